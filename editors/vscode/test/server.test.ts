// The command that the extension starts is a language server: asked with the real program, without an editor.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import test from "node:test";
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { locate } from "../src/program";

const program = process.env.WINDLASS;
const skip = program === undefined ? "WINDLASS names no program to test with" : false;

test("the server that is started answers, finds a mistake, and ends when asked", { skip, timeout: 20_000 }, async () => {
  const located = locate(
    { path: program ?? "", arguments: [] },
    {
      platform: process.platform,
      environment: process.env,
      home: os.homedir(),
      workspaceFolder: undefined,
      isProgram: (file) => fs.statSync(file).isFile(),
    },
  );
  assert.ok(located.found);
  const child = spawn(located.command, [...located.arguments], { stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  const uri = "file:///nowhere/mtad.yaml";
  const found = new Promise<{ uri: string; diagnostics: { code?: string }[] }>((resolve) => {
    connection.onNotification("textDocument/publishDiagnostics", (told: Awaited<typeof found>) => {
      if (told.diagnostics.length > 0) {
        resolve(told);
      }
    });
  });
  connection.listen();
  const answer: { serverInfo?: { name: string } } = await connection.sendRequest("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: { textDocument: { publishDiagnostics: {} } },
  });
  assert.equal(answer.serverInfo?.name, "windlass");
  await connection.sendNotification("initialized", {});
  const text = '_schema-version: "3.1"\nID: shop\nversion: 1.0.0\nmodules:\n  - name: web\n    type: application\n    requires: [{ name: databse }]\n';
  await connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "yaml", version: 1, text },
  });
  const told = await found;
  assert.equal(told.uri, uri);
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  assert.equal(await ended, 0);
});
