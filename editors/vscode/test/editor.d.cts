interface Editor {
  seen: {
    messages: { text: string; choices: string[] }[];
    executed: unknown[][];
    commands: Map<string, () => unknown>;
    item: { visible: boolean; text?: string; command?: string; backgroundColor?: { id: string } };
    output: string[];
  };
  world: {
    settings: Record<string, unknown>;
    documents: { fileName: string }[];
    listeners: { open: ((document: { fileName: string }) => Promise<void>)[] };
    answer: string | undefined;
  };
}
declare const editor: Editor;
export = editor;
