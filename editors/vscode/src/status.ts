// What the status bar says in each state. Knows nothing of the editor.

/** How it stands with the server. */
export type State =
  | { readonly kind: "idle" }
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly version: string | undefined; readonly command: string }
  | { readonly kind: "stopped"; readonly why: string }
  | { readonly kind: "missing"; readonly why: string };

export interface Shown {
  /** With the editor's icons, `$(name)`. */
  readonly text: string;
  readonly tooltip: string;
  readonly severity: "none" | "warning" | "error";
}

/** `undefined`: nothing is shown, since no descriptor has been opened. */
export function shown(state: State): Shown | undefined {
  switch (state.kind) {
    case "idle":
      return undefined;
    case "starting":
      return { text: "$(loading~spin) windlass", tooltip: "windlass is starting", severity: "none" };
    case "running": {
      const name = state.version === undefined ? "windlass" : `windlass ${state.version}`;
      return { text: "$(check) windlass", tooltip: `${name} is running\n${state.command}`, severity: "none" };
    }
    case "stopped":
      return { text: "$(warning) windlass", tooltip: `windlass is not running\n${state.why}`, severity: "warning" };
    case "missing":
      return { text: "$(error) windlass", tooltip: `windlass is not installed\n${state.why}`, severity: "error" };
  }
}
