//! Conversations as files: `testdata/lsp/<claim>/conversation`, spoken with the real program.
//!
//! ```text
//! open mtad.yaml                                   the editor opens a file of the folder
//! edit mtad.yaml 3:1-3:5 "text"                    … types in it: the range is replaced
//! close mtad.yaml
//! write prod.mtaext "text"                         the file on the disk gets this text, and the editor says that files changed
//! delete prod.mtaext
//! -> textDocument/hover mtad.yaml 7:12             a request; behind the file a place or a range, behind that more parameters
//! <- {…}                                           its answer
//! <- publishDiagnostics mtad.yaml                  what the server says by itself
//! [ … ]
//! ```
//!
//! Places are as people count them, from 1, in UTF-16 units. In answers, places and ranges are written the same way, and the folder
//! is `$FOLDER`. A first line `initialize {…}` replaces the capabilities of the client. `WINDLASS_UPDATE=1 cargo test --test lsp`
//! writes the answers anew: read the difference.

use super::client::Client;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// What most editors can do.
fn usual_capabilities() -> Value {
    json!({
        "textDocument": {
            "documentSymbol": {"hierarchicalDocumentSymbolSupport": true},
            "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
            "publishDiagnostics": {"relatedInformation": true},
        },
    })
}

struct Speaker {
    client: Option<Client>,
    folder: PathBuf,
    uri: String,
    texts: BTreeMap<String, (i32, String)>,
    pending: Option<u64>,
}

/// Speaks one conversation and hands back what was said, in the form of the file.
pub fn speak(folder: &Path, script: &str) -> String {
    let work = tempfile::tempdir().expect("a folder for the test");
    copy(folder, work.path());
    let root = work.path().canonicalize().expect("the folder is there");
    let uri = format!("file://{}", root.display());
    let mut speaker = Speaker { client: None, folder: root, uri, texts: BTreeMap::new(), pending: None };
    let mut out = String::new();
    let mut lines = script.lines().peekable();
    let mut capabilities = usual_capabilities();
    while let Some(line) = lines.next() {
        if let Some(given) = line.strip_prefix("initialize ") {
            capabilities = serde_json::from_str(given).expect("capabilities are JSON");
            writeln!(out, "{line}").expect("text takes text");
            continue;
        }
        if line.trim().is_empty() || line.starts_with('#') {
            writeln!(out, "{line}").expect("text takes text");
            continue;
        }
        if speaker.client.is_none() {
            speaker.begin(&capabilities);
        }
        let said = speaker.line(line);
        match said {
            None => writeln!(out, "{line}").expect("text takes text"),
            Some((head, answer)) => {
                // What was there is replaced by what was said.
                while lines.peek().is_some_and(|line| line.starts_with([' ', '{', '}', '[', ']', '"'])) {
                    lines.next();
                }
                writeln!(out, "{head}{answer}").expect("text takes text");
            }
        }
    }
    if let Some(client) = speaker.client {
        assert!(client.end().success(), "the server did not end well");
    }
    out
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("the claim is a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a folder for the test");
            copy(&path, &target);
        } else if path.file_name().is_some_and(|name| name != "conversation") {
            fs::copy(&path, &target).expect("a file for the test");
        }
    }
}

impl Speaker {
    fn begin(&mut self, capabilities: &Value) {
        let mut client = Client::start(&self.folder, &[]);
        let folders: Vec<Value> = match capabilities["folders"].as_array() {
            Some(folders) => folders
                .iter()
                .map(|name| json!({"name": name, "uri": self.uri_of(name.as_str().unwrap_or_default())}))
                .collect(),
            None => vec![json!({"name": "work", "uri": self.uri})],
        };
        client.initialize(&json!({
            "processId": std::process::id(),
            "workspaceFolders": folders,
            "capabilities": capabilities,
        }));
        self.client = Some(client);
    }

    fn client(&mut self) -> &mut Client {
        self.client.as_mut().expect("the conversation has begun")
    }

    fn uri_of(&self, name: &str) -> String {
        format!("{}/{name}", self.uri)
    }

    /// For an expected answer, its head and what was said.
    fn line(&mut self, line: &str) -> Option<(String, String)> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let (first, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "open" => {
                let text = fs::read_to_string(self.folder.join(first)).expect("the file is there");
                let document = json!({"uri": self.uri_of(first), "languageId": "yaml", "version": 1, "text": text});
                self.texts.insert(first.to_owned(), (1, text));
                self.client().notify("textDocument/didOpen", json!({"textDocument": document}));
            }
            "edit" => self.edit(first, behind),
            "close" => {
                let document = json!({"uri": self.uri_of(first)});
                self.texts.remove(first);
                self.client().notify("textDocument/didClose", json!({"textDocument": document}));
            }
            "write" | "delete" => {
                let path = self.folder.join(first);
                if word == "write" {
                    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder for the test");
                    fs::write(&path, serde_json::from_str::<String>(behind).expect("a text in quotes"))
                        .expect("it can be written");
                } else {
                    fs::remove_file(&path).expect("it can be deleted");
                }
                let kind = if word == "write" { 2 } else { 3 };
                let change = json!({"uri": self.uri_of(first), "type": kind});
                self.client().notify("workspace/didChangeWatchedFiles", json!({"changes": [change]}));
            }
            "->" => {
                let params = self.params(behind);
                self.pending = Some(self.client().request(first, params));
            }
            "<-" if first == "publishDiagnostics" => {
                let uri = self.uri_of(behind);
                let is_it = |message: &Value| {
                    message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri
                };
                let mut told = self.client().wait(is_it);
                let shown = self.shown(told["params"]["diagnostics"].take());
                return Some((format!("<- publishDiagnostics {behind}\n"), shown));
            }
            "<-" => {
                let id = self.pending.take().expect("a request comes before its answer");
                let mut answer = self.client().answer(id);
                let shown = match answer.get("error") {
                    Some(error) => self.shown(json!({"error": error})),
                    None => self.shown(answer["result"].take()),
                };
                return Some(("<- ".to_owned(), shown));
            }
            _ => panic!("`{line}` is no line of a conversation"),
        }
        None
    }

    fn edit(&mut self, name: &str, rest: &str) {
        let (range, text) = rest.split_once(' ').expect("a range and a text");
        let new: String = serde_json::from_str(text).expect("a text in quotes");
        let uri = self.uri_of(name);
        let (version, _) = self.texts.get_mut(name).expect("the file is open");
        *version += 1;
        let document = json!({"uri": uri, "version": version});
        let change = json!({"range": range_of(range), "text": new});
        self.client().notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
    }

    /// `mtad.yaml 7:12 {"newName": "x"}`: what is left out is left out. Without a file, only more parameters.
    fn params(&self, text: &str) -> Value {
        let mut params = json!({});
        let mut rest = text.trim();
        if !rest.is_empty() && !rest.starts_with('{') {
            let (name, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            params["textDocument"] = json!({"uri": self.uri_of(name)});
            rest = behind.trim();
            if rest.starts_with(|c: char| c.is_ascii_digit()) {
                let (place, behind) = rest.split_once(' ').unwrap_or((rest, ""));
                match place.contains('-') {
                    true => params["range"] = range_of(place),
                    false => params["position"] = position_of(place),
                }
                rest = behind.trim();
            }
        }
        if !rest.is_empty() {
            let more: Value =
                serde_json::from_str(&rest.replace("$FOLDER", &self.uri)).expect("more parameters are JSON");
            for (key, value) in more.as_object().expect("more parameters are an object") {
                params[key] = value.clone();
            }
        }
        params
    }

    fn shown(&self, value: Value) -> String {
        let text = serde_json::to_string_pretty(&compact(value)).expect("JSON can be written");
        let path = self.folder.display().to_string();
        text.replace(&self.uri, "$FOLDER").replace(&path, "$FOLDER")
    }
}

fn position_of(text: &str) -> Value {
    let (line, column) = text.split_once(':').expect("a place is line:column");
    let number = |text: &str| text.parse::<u32>().expect("a number") - 1;
    json!({"line": number(line), "character": number(column)})
}

fn range_of(text: &str) -> Value {
    let (start, end) = text.split_once('-').expect("a range is place-place");
    json!({"start": position_of(start), "end": position_of(end)})
}

/// `label | detail | "what is inserted" range`, and the same for each edit besides: there are many of them.
fn suggestion(label: &Value, detail: Option<&Value>, edit: &Value, besides: Option<&Value>) -> Value {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let detail = detail.map(text).unwrap_or_default();
    let besides = besides.and_then(Value::as_array).into_iter().flatten();
    let besides: String = besides.map(|edit| format!(" + {} {}", edit["newText"], text(&edit["range"]))).collect();
    json!(format!("{} | {detail} | {} {}{besides}", text(label), edit["newText"], text(&edit["range"])))
}

/// Places and ranges as people count and write them.
fn compact(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(compact).collect()),
        Value::Object(map) => {
            if let (2, Some(line), Some(character)) = (map.len(), map.get("line"), map.get("character")) {
                let number = |value: &Value| value.as_u64().expect("a number") + 1;
                return json!(format!("{}:{}", number(line), number(character)));
            }
            let map: serde_json::Map<_, _> = map.into_iter().map(|(key, value)| (key, compact(value))).collect();
            if let (2, Some(Value::String(start)), Some(Value::String(end))) =
                (map.len(), map.get("start"), map.get("end"))
            {
                return json!(format!("{start}-{end}"));
            }
            if let (Some(label), Some(edit)) = (map.get("label"), map.get("textEdit")) {
                return suggestion(label, map.get("detail"), edit, map.get("additionalTextEdits"));
            }
            Value::Object(map)
        }
        plain => plain,
    }
}
