// What package.json promises to the editor, held against the code and against what may be in the repository.

import assert from "node:assert/strict";
import * as fs from "node:fs";
import test from "node:test";

interface Manifest {
  version: string;
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; category: string }[];
    configuration: { properties: Record<string, { default: unknown; description?: string; markdownDescription?: string }> };
    languages: { id: string; extensions: string[] }[];
  };
}

const manifest = JSON.parse(fs.readFileSync("package.json", "utf8")) as Manifest;
const code = fs.readFileSync("src/extension.ts", "utf8");

test("every command of the manifest is registered, and the other way round", () => {
  const registered = [...code.matchAll(/registerCommand\("([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(manifest.contributes.commands.map(({ command }) => command).sort(), registered.sort());
});

test("every setting that is read is described, with a default", () => {
  const settings = manifest.contributes.configuration.properties;
  for (const [, name] of code.matchAll(/\.get\("([a-z]+)"/g)) {
    assert.ok(`windlass.${name ?? ""}` in settings, name);
  }
  for (const [name, setting] of Object.entries(settings)) {
    assert.ok((setting.description ?? setting.markdownDescription ?? "").length > 20, name);
    assert.notEqual(setting.default, undefined, name);
  }
});

test("a folder that is not trusted cannot choose what is started", () => {
  const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
  assert.deepEqual(restricted.sort(), ["windlass.arguments", "windlass.path"]);
});

test("the files that are asked about wake the extension", () => {
  const patterns = manifest.contributes.configuration.properties["windlass.files"]?.default as string[];
  for (const pattern of patterns) {
    assert.ok(manifest.activationEvents.includes(`workspaceContains:${pattern}`), pattern);
  }
  // Without an open folder, the language of a file is all there is: `.mtaext` must be YAML for that.
  assert.ok(manifest.activationEvents.includes("onLanguage:yaml"));
  assert.deepEqual(manifest.contributes.languages, [{ id: "yaml", extensions: [".mtaext"] }]);
});

test("the changelog begins with this version", () => {
  const first = /^## (\S+)/m.exec(fs.readFileSync("CHANGELOG.md", "utf8"));
  assert.equal(first?.[1], manifest.version);
});

test("the lock file names no place that packages come from", () => {
  const lock = fs.readFileSync("package-lock.json", "utf8");
  assert.doesNotMatch(lock, /"resolved"|registry\./);
});
