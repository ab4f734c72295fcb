import assert from "node:assert/strict";
import test from "node:test";
import { type State, shown } from "../src/status";

test("nothing is shown until a descriptor is opened", () => {
  assert.equal(shown({ kind: "idle" }), undefined);
});

test("each state says what it is, and a bad one why", () => {
  const states: [State, RegExp, "none" | "warning" | "error"][] = [
    [{ kind: "starting" }, /is starting/, "none"],
    [{ kind: "running", version: "0.1.0", command: "/usr/bin/windlass lsp" }, /^windlass 0\.1\.0 is running\n.*lsp$/, "none"],
    [{ kind: "running", version: undefined, command: "w lsp" }, /^windlass is running/, "none"],
    [{ kind: "stopped", why: "It ended with 1." }, /not running\nIt ended with 1\.$/, "warning"],
    [{ kind: "missing", why: "No program." }, /not installed\nNo program\.$/, "error"],
  ];
  for (const [state, tooltip, severity] of states) {
    const item = shown(state);
    assert.ok(item);
    assert.match(item.text, /^\$\([a-z~]+\) windlass$/);
    assert.match(item.tooltip, tooltip);
    assert.equal(item.severity, severity);
  }
});
