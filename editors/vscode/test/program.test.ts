import assert from "node:assert/strict";
import test from "node:test";
import { locate, type Surroundings } from "../src/program";

function world(programs: string[], changes: Partial<Surroundings> = {}): Surroundings {
  return {
    platform: "linux",
    environment: { PATH: "/usr/bin:/home/ann/.cargo/bin" },
    home: "/home/ann",
    workspaceFolder: "/projects/shop",
    isProgram: (file) => programs.includes(file),
    ...changes,
  };
}

test("a name is looked for in the folders of PATH, in their order", () => {
  const both = world(["/home/ann/.cargo/bin/windlass", "/usr/bin/windlass"]);
  assert.deepEqual(locate({ path: "windlass", arguments: [] }, both), {
    found: true,
    command: "/usr/bin/windlass",
    arguments: ["lsp"],
  });
  const one = world(["/home/ann/.cargo/bin/windlass"]);
  assert.equal(found(locate({ path: "windlass", arguments: [] }, one)), "/home/ann/.cargo/bin/windlass");
});

test("arguments come behind `lsp`", () => {
  const located = locate({ path: "windlass", arguments: ["--target", "prod"] }, world(["/usr/bin/windlass"]));
  assert.deepEqual(located.found && located.arguments, ["lsp", "--target", "prod"]);
});

test("home, the open folder and relative paths are understood", () => {
  const files = world(["/home/ann/bin/windlass", "/projects/shop/tools/windlass"]);
  for (const [path, command] of [
    ["~/bin/windlass", "/home/ann/bin/windlass"],
    ["${workspaceFolder}/tools/windlass", "/projects/shop/tools/windlass"],
    ["tools/windlass", "/projects/shop/tools/windlass"],
    ["  /home/ann/bin/windlass ", "/home/ann/bin/windlass"],
  ] as const) {
    assert.equal(found(locate({ path, arguments: [] }, files)), command, path);
  }
});

test("a home with a dollar sign in it is taken as it is", () => {
  const home = "/home/$&ann";
  const files = world([`${home}/windlass`], { home });
  assert.equal(found(locate({ path: "~/windlass", arguments: [] }, files)), `${home}/windlass`);
});

test("a path is not looked for anywhere else", () => {
  const located = locate({ path: "/opt/windlass", arguments: [] }, world(["/usr/bin/windlass"]));
  assert.deepEqual(located, { found: false, why: "There is no program `/opt/windlass` (setting `windlass.path`)." });
});

test("what is missing is said", () => {
  const nothing = world([]);
  assert.match(missing(locate({ path: "windlass", arguments: [] }, nothing)), /no program `windlass` in the folders of/);
  assert.match(missing(locate({ path: "", arguments: [] }, nothing)), /is empty/);
  const alone = world([], { workspaceFolder: undefined });
  assert.match(missing(locate({ path: "${workspaceFolder}/w", arguments: [] }, alone)), /no folder is open/);
});

test("the current folder is never searched", () => {
  const asked: string[] = [];
  const isProgram = (file: string) => {
    asked.push(file);
    return false;
  };
  locate({ path: "windlass", arguments: [] }, world([], { environment: { PATH: ":/usr/bin:" }, isProgram }));
  assert.deepEqual(asked, ["/usr/bin/windlass"]);
});

test("on Windows the variable may be `Path`, and programs end in .exe", () => {
  const files = world(["C:\\tools\\windlass.exe"], {
    platform: "win32",
    environment: { Path: "C:\\Windows;C:\\tools" },
    workspaceFolder: "C:\\work",
  });
  assert.equal(found(locate({ path: "windlass", arguments: [] }, files)), "C:\\tools\\windlass.exe");
  assert.equal(found(locate({ path: "C:\\tools\\windlass.exe", arguments: [] }, files)), "C:\\tools\\windlass.exe");
  assert.equal(found(locate({ path: "..\\tools\\windlass", arguments: [] }, files)), "C:\\tools\\windlass.exe");
});

function found(located: ReturnType<typeof locate>): string {
  assert.ok(located.found, located.found ? "" : located.why);
  return located.command;
}

function missing(located: ReturnType<typeof locate>): string {
  assert.ok(!located.found);
  return located.why;
}
