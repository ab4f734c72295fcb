// A stand-in for the editor: remembers what the extension does to it. What is not written here is a class that does nothing,
// which is all that loading the language client needs.

const seen = { messages: [], executed: [], commands: new Map(), item: { visible: false }, output: [] };
const world = { settings: {}, documents: [], listeners: { open: [] }, answer: undefined };

const nothing = () => ({ dispose() {} });
const log = (level) => (text) => seen.output.push(`${level}: ${text instanceof Error ? text.message : text}`);
const known = {
  seen,
  world,
  workspace: {
    get textDocuments() {
      return world.documents;
    },
    workspaceFolders: undefined,
    getConfiguration: () => ({ get: (name, otherwise) => world.settings[name] ?? otherwise }),
    onDidOpenTextDocument(listener) {
      world.listeners.open.push(listener);
      return nothing();
    },
    onDidChangeConfiguration: nothing,
    onDidGrantWorkspaceTrust: nothing,
  },
  languages: {
    // Enough of a match for one name.
    match: (_, document) => (document.fileName.endsWith("mtad.yaml") ? 10 : 0),
  },
  commands: {
    registerCommand(name, run) {
      seen.commands.set(name, run);
      return nothing();
    },
    executeCommand: async (...words) => seen.executed.push(words),
  },
  window: {
    createOutputChannel: () => ({ info: log("info"), error: log("error"), show: log("show"), dispose() {} }),
    createStatusBarItem: () =>
      Object.assign(seen.item, { show: () => (seen.item.visible = true), hide: () => (seen.item.visible = false) }),
    async showErrorMessage(text, ...choices) {
      seen.messages.push({ text, choices });
      return choices.find((choice) => choice === world.answer);
    },
  },
  StatusBarAlignment: { Left: 1, Right: 2 },
  ThemeColor: class {
    constructor(id) {
      this.id = id;
    }
  },
};

const editor = new Proxy(known, {
  get: (target, name) => (name in target ? target[name] : class {}),
});
// Bundlers copy the names of what is no ES module: those that are made up on demand would be missing.
known.__esModule = true;
known.default = editor;
module.exports = editor;
