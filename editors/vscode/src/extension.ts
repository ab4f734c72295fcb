// Starts `windlass lsp` when a descriptor is opened, and shows how it stands with it. All knowledge about descriptors is in
// the server; what can be decided without the editor is in the files beside this one.

import * as fs from "node:fs";
import * as os from "node:os";
import * as vscode from "vscode";
import { LanguageClient, State as ClientState, type LanguageClientOptions } from "vscode-languageclient/node";
import { type Located, locate } from "./program";
import { type State, shown } from "./status";

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const started = new Server(context.extension.id);
  server = started;
  context.subscriptions.push(
    started,
    vscode.commands.registerCommand("windlass.restart", () => started.restart()),
    vscode.commands.registerCommand("windlass.showOutput", () => { started.showOutput(); }),
    vscode.workspace.onDidOpenTextDocument((document) => started.opened(document)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => started.restart()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      const restarting = ["windlass.path", "windlass.arguments", "windlass.files"];
      return restarting.some((name) => change.affectsConfiguration(name)) ? started.restart() : undefined;
    }),
  );
  await Promise.all(vscode.workspace.textDocuments.map((document) => started.opened(document)));
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}

/** The one server of this window, and its place in the status bar. */
class Server implements vscode.Disposable {
  private readonly output = vscode.window.createOutputChannel("windlass", { log: true });
  private readonly item = vscode.window.createStatusBarItem("windlass.status", vscode.StatusBarAlignment.Right);
  private client: LanguageClient | undefined;
  /** One start or stop after the other, whatever events come in between. */
  private work: Promise<void> = Promise.resolve();

  constructor(private readonly extension: string) {
    this.item.name = "windlass";
    this.item.command = "windlass.showOutput";
    this.show({ kind: "idle" });
  }

  /** The first descriptor that is opened starts the server; in folders without one nothing runs. */
  opened(document: vscode.TextDocument): Promise<void> {
    return this.after(async () => {
      if (this.client === undefined && vscode.languages.match(selector(), document) > 0) {
        await this.start();
      }
    });
  }

  restart(): Promise<void> {
    return this.after(async () => {
      await this.end();
      await this.start();
    });
  }

  stop(): Promise<void> {
    return this.after(() => this.end());
  }

  showOutput(): void {
    this.output.show();
  }

  dispose(): void {
    this.item.dispose();
    this.output.dispose();
  }

  private after(next: () => Promise<void>): Promise<void> {
    this.work = this.work.then(next).catch((error: unknown) => {
      this.output.error(error instanceof Error ? error : String(error));
    });
    return this.work;
  }

  private async start(): Promise<void> {
    const program = located();
    if (!program.found) {
      this.show({ kind: "missing", why: program.why });
      this.output.error(program.why);
      void this.offerHelp(program.why);
      return;
    }
    const command = [program.command, ...program.arguments].join(" ");
    this.output.info(`starts ${command}`);
    this.show({ kind: "starting" });
    // Which files on disk it wants to hear of, the server says itself.
    const options: LanguageClientOptions = { documentSelector: selector(), outputChannel: this.output };
    const client = new LanguageClient(
      "windlass",
      "windlass",
      { command: program.command, args: [...program.arguments] },
      options,
    );
    client.onDidChangeState(({ newState }) => {
      if (client !== this.client) {
        return;
      }
      if (newState === ClientState.Running) {
        this.show({ kind: "running", version: client.initializeResult?.serverInfo?.version, command });
      } else if (newState === ClientState.Starting) {
        this.show({ kind: "starting" });
      } else {
        this.show({ kind: "stopped", why: "The output says why. The command “windlass: Restart” begins anew." });
      }
    });
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.show({ kind: "stopped", why });
      void this.offerOutput(`windlass does not start: ${why}`);
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.show({ kind: "idle" });
    // One that never came up cannot be stopped.
    if (client?.state === ClientState.Running) {
      await client.dispose();
    }
  }

  private async offerHelp(why: string): Promise<void> {
    const install = "How to install";
    const settings = "Open settings";
    const text = `${why} Descriptors are not checked until windlass is installed, or \`windlass.path\` names it.`;
    const chosen = await vscode.window.showErrorMessage(text, install, settings);
    if (chosen === install) {
      // The page of this extension says it.
      await vscode.commands.executeCommand("extension.open", this.extension);
    } else if (chosen === settings) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "windlass.path");
    }
  }

  private async offerOutput(text: string): Promise<void> {
    const look = "Show output";
    if ((await vscode.window.showErrorMessage(text, look)) === look) {
      this.showOutput();
    }
  }

  private show(state: State): void {
    const what = shown(state);
    if (what === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = what.text;
    this.item.tooltip = what.tooltip;
    this.item.backgroundColor =
      what.severity === "none" ? undefined : new vscode.ThemeColor(`statusBarItem.${what.severity}Background`);
    this.item.show();
  }
}

function located(): Located {
  const settings = vscode.workspace.getConfiguration("windlass");
  return locate(
    { path: settings.get("path", "windlass"), arguments: settings.get("arguments", []) },
    {
      platform: process.platform,
      environment: process.env,
      home: os.homedir(),
      workspaceFolder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
      isProgram,
    },
  );
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

/** `windlass.files`: glob patterns of what the server is asked about. */
function files(): string[] {
  return vscode.workspace.getConfiguration("windlass").get("files", []);
}

/** Files on disk, and texts that have a name and are not saved yet. */
function selector(): { scheme: string; pattern: string }[] {
  return files().flatMap((pattern) => ["file", "untitled"].map((scheme) => ({ scheme, pattern })));
}
