// Which program is started, and how: from settings to a path and arguments. Knows nothing of the editor, so that it can be
// tested without one.

import * as path from "node:path";

/** The settings of this extension that say what is started. */
export interface ProgramSettings {
  /** `windlass.path`: a name that is looked for on the PATH, or a path; `~` and `${workspaceFolder}` are understood. */
  readonly path: string;
  /** `windlass.arguments`: what comes behind `windlass lsp`. */
  readonly arguments: readonly string[];
}

/** What the world looks like, as far as looking for a program needs it. */
export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly workspaceFolder: string | undefined;
  /** Whether there is a file that may be executed. */
  readonly isProgram: (file: string) => boolean;
}

export type Located =
  | { readonly found: true; readonly command: string; readonly arguments: readonly string[] }
  | { readonly found: false; readonly why: string };

/** The program to start, or a sentence that says why there is none. */
export function locate(settings: ProgramSettings, world: Surroundings): Located {
  const wanted = settings.path.trim();
  if (wanted === "") {
    return { found: false, why: "The setting `windlass.path` is empty." };
  }
  if (wanted.includes("${workspaceFolder}") && world.workspaceFolder === undefined) {
    return { found: false, why: `\`windlass.path\` is \`${wanted}\`, and no folder is open.` };
  }
  const tools = world.platform === "win32" ? path.win32 : path.posix;
  const expanded = wanted
    .replace(/^~(?=$|[/\\])/, () => world.home)
    .replaceAll("${workspaceFolder}", () => world.workspaceFolder ?? "");
  const isPath = expanded.includes("/") || (world.platform === "win32" && expanded.includes("\\"));
  const folders = isPath ? [] : searchPath(world, tools.delimiter);
  const base = isPath ? absolute(expanded, world, tools) : expanded;
  const places = isPath ? [base] : folders.map((folder) => tools.join(folder, expanded));
  const command = places.flatMap((place) => withEndings(place, world)).find(world.isProgram);
  if (command !== undefined) {
    return { found: true, command, arguments: ["lsp", ...settings.arguments] };
  }
  return {
    found: false,
    why: isPath
      ? `There is no program \`${base}\` (setting \`windlass.path\`).`
      : `There is no program \`${wanted}\` in the folders of the variable PATH.`,
  };
}

/** A relative path is meant from the open folder; without one from where the editor was started. */
function absolute(file: string, world: Surroundings, tools: path.PlatformPath): string {
  if (tools.isAbsolute(file) || world.workspaceFolder === undefined) {
    return file;
  }
  return tools.join(world.workspaceFolder, file);
}

function searchPath(world: Surroundings, delimiter: string): string[] {
  // Windows spells it `Path`.
  const name = Object.keys(world.environment).find((key) => key.toUpperCase() === "PATH");
  const value = name === undefined ? undefined : world.environment[name];
  // An empty part means the current folder: nothing that happens to lie there is started.
  return (value ?? "").split(delimiter).filter((folder) => folder !== "");
}

function withEndings(file: string, world: Surroundings): string[] {
  return world.platform === "win32" && !/\.exe$/i.test(file) ? [`${file}.exe`] : [file];
}
