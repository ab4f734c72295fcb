// The extension against a stand-in for the editor: what wakes it, and what it says when there is no program.

import assert from "node:assert/strict";
import test from "node:test";
import type { ExtensionContext } from "vscode";
import { activate } from "../src/extension";
import editor from "./editor.cjs";

const { seen, world } = editor;
const document = (fileName: string) => ({ fileName });
const context = { subscriptions: [], extension: { id: "windlass.windlass" } } as unknown as ExtensionContext;

test("it sleeps until a descriptor is opened, and says what is missing with a way out", async () => {
  world.settings = { path: "/nowhere/windlass" };
  world.documents = [document("compose.yaml")];
  await activate(context);
  assert.equal(seen.item.visible, false);
  assert.equal(seen.messages.length, 0);

  world.answer = "How to install";
  for (const open of world.listeners.open) {
    await open(document("shop/mtad.yaml"));
  }
  assert.equal(seen.messages.length, 1);
  assert.match(seen.messages[0]?.text ?? "", /no program `\/nowhere\/windlass`.*not checked until/);
  assert.deepEqual(seen.messages[0]?.choices, ["How to install", "Open settings"]);
  await new Promise(setImmediate);
  assert.deepEqual(seen.executed, [["extension.open", "windlass.windlass"]]);
  assert.equal(seen.item.visible, true);
  assert.equal(seen.item.text, "$(error) windlass");
  assert.equal(seen.item.backgroundColor?.id, "statusBarItem.errorBackground");
  assert.equal(seen.item.command, "windlass.showOutput");
});

test("a restart looks again", async () => {
  world.settings = { path: "" };
  await seen.commands.get("windlass.restart")?.();
  assert.match(seen.messages.at(-1)?.text ?? "", /`windlass\.path` is empty/);
  assert.match(seen.output.at(-1) ?? "", /^error: .*is empty/);
  await seen.commands.get("windlass.showOutput")?.();
  assert.match(seen.output.at(-1) ?? "", /^show/);
});
