//! What a server must survive, and how it ends.

use super::client::{Client, framed};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const TEXT: &str = "_schema-version: \"3.1\"\nID: shop\nversion: 1.0.0\nmodules:\n  - name: web\n    type: application\n    parameters:\n      docker: { image: \"windlass-test:1\" }\n    properties:\n      HOST: ${default-host}\n";

fn begun(folder: &Path) -> Client {
    let mut client = Client::start(folder, &[]);
    client.initialize(&json!({"processId": null, "rootUri": uri(folder, ""), "capabilities": {}}));
    client
}

fn uri(folder: &Path, name: &str) -> String {
    format!("file://{}/{name}", folder.canonicalize().unwrap().display()).trim_end_matches('/').to_owned()
}

fn open(client: &mut Client, uri: &str, text: &str) {
    let document = json!({"uri": uri, "languageId": "yaml", "version": 1, "text": text});
    client.notify("textDocument/didOpen", json!({"textDocument": document}));
}

fn change(client: &mut Client, uri: &str, version: i32, change: Value) {
    let document = json!({"uri": uri, "version": version});
    client.notify("textDocument/didChange", json!({"textDocument": document, "contentChanges": [change]}));
}

/// The findings of one version of a text.
fn findings_of(client: &mut Client, uri: &str, version: i32) -> Vec<String> {
    let told = client.wait(|message| {
        message["method"] == "textDocument/publishDiagnostics"
            && message["params"]["uri"] == uri
            && message["params"]["version"] == version
    });
    let items = told["params"]["diagnostics"].as_array().unwrap().clone();
    items.iter().map(|item| item["code"].as_str().unwrap().to_owned()).collect()
}

fn hover(client: &mut Client, uri: &str, line: u32, character: u32) -> Value {
    client.ask(
        "textDocument/hover",
        json!({"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}),
    )
}

#[test]
fn rubbish_and_disorder_are_survived() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = Client::start(folder.path(), &[]);
    // Before `initialize`, nothing is answered but that.
    assert_eq!(client.ask("textDocument/hover", json!({}))["error"]["code"], -32002);
    client.notify("textDocument/didOpen", json!({"nothing": true}));
    client.write(b"what is this\r\n\r\n");
    client.write(b"Content-Length: 5\r\n\r\n{\"a\":");
    assert_eq!(client.wait(|message| message["id"].is_null())["error"]["code"], -32700);
    client.initialize(&json!({"processId": null, "capabilities": {}}));
    assert_eq!(client.ask("initialize", json!({}))["error"]["code"], -32600);
    assert_eq!(client.ask("textDocument/nothing", json!({}))["error"]["code"], -32601);
    assert_eq!(client.ask("textDocument/hover", json!({"position": 1}))["error"]["code"], -32602);
    client.send(&json!([1, 2]));
    assert_eq!(client.wait(|message| message["id"].is_null())["error"]["code"], -32600);
    client.notify(
        "textDocument/didChange",
        json!({"textDocument": {"uri": "file:///nowhere", "version": 1}, "contentChanges": []}),
    );
    client.notify("textDocument/didChange", json!({}));
    client.notify("$/whatever", json!({}));
    // What is not ours has no answers, and no findings.
    open(&mut client, "file:///other.yaml", "a: [\n");
    assert_eq!(hover(&mut client, "file:///other.yaml", 0, 0), Value::Null);
    // A text without a file is as good as any other.
    open(&mut client, "untitled:Untitled-1", TEXT);
    assert!(
        hover(&mut client, "untitled:Untitled-1", 9, 6)["contents"]["value"]
            .as_str()
            .unwrap()
            .contains("local-dev-web")
    );
    assert_eq!(client.ask("shutdown", Value::Null), Value::Null);
    assert_eq!(client.ask("textDocument/hover", json!({}))["error"]["code"], -32600);
    client.notify("exit", Value::Null);
    assert_eq!(client.ended().code(), Some(0));
}

#[test]
fn a_server_ends_with_its_editor() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(begun(folder.path()).die().code(), Some(1), "input closed without `shutdown`");
    let mut client = begun(folder.path());
    client.notify("exit", Value::Null);
    assert_eq!(client.ended().code(), Some(1), "`exit` without `shutdown`");
    // An editor that dies while another process still holds the input open.
    let mut editor = Command::new("sleep").arg("600").stdin(Stdio::null()).spawn().unwrap();
    let mut client = Client::start(folder.path(), &[]);
    client.initialize(&json!({"processId": editor.id(), "capabilities": {}}));
    editor.kill().unwrap();
    editor.wait().unwrap();
    assert_eq!(client.ended().code(), Some(1), "the editor's process ended");
}

#[test]
fn a_cancelled_request_is_answered_without_work() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = begun(folder.path());
    let uri = uri(folder.path(), "mtad.yaml");
    let module =
        |at: usize| format!("  - name: m{at}\n    type: application\n    properties:\n      A: ${{default-host}}\n");
    let modules: String = (0..1500).map(module).collect();
    open(&mut client, &uri, &format!("_schema-version: \"3.1\"\nID: shop\nversion: 1.0.0\nmodules:\n{modules}"));
    // The first takes long enough for the others to wait; all are written at once.
    let asked = |id: u64| {
        let params = json!({"textDocument": {"uri": &uri}, "position": {"line": 7, "character": 12}});
        framed(&json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/hover", "params": params}))
    };
    let cancelled = framed(&json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1002}}));
    client.write(&[asked(1001), asked(1002), asked(1003), cancelled].concat());
    assert!(client.answer(1001)["result"].is_object());
    assert_eq!(client.answer(1002)["error"]["code"], -32800);
    assert!(client.answer(1003)["result"].is_object());
}

#[test]
fn ten_thousand_edits_in_a_row_leave_the_right_text_and_flat_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = begun(folder.path());
    let uri = uri(folder.path(), "mtad.yaml");
    open(&mut client, &uri, TEXT);
    findings_of(&mut client, &uri, 1);
    // Typing at the end of the value in row 10, letter by letter, and taking it away again.
    let mut version = 1;
    let mut memory = Vec::new();
    for round in 0..100 {
        for letter in 0..50 {
            let at = json!({"line": 9, "character": 27 + letter});
            version += 1;
            change(&mut client, &uri, version, json!({"range": {"start": at, "end": at}, "text": "x"}));
        }
        for letter in (0..50).rev() {
            let (start, end) =
                (json!({"line": 9, "character": 27 + letter}), json!({"line": 9, "character": 28 + letter}));
            version += 1;
            change(&mut client, &uri, version, json!({"range": {"start": start, "end": end}, "text": ""}));
        }
        if round % 10 == 9 {
            assert!(hover(&mut client, &uri, 9, 15)["contents"]["value"].as_str().unwrap().contains("local-dev-web"));
            memory.extend(resident(client.child.id()));
        }
    }
    assert_eq!(version, 10_001);
    let before = findings_of(&mut client, &uri, version);
    assert_eq!(before, Vec::<String>::new());
    // Where the system says how much memory a process has. A tenth of the edits is for warming up.
    if let (Some(first), Some(last)) = (memory.first(), memory.last()) {
        assert!(*last < first + (8 << 20), "memory grows: {memory:?}");
    }
}

/// Bytes of memory that a process has.
fn resident(id: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/statm")).ok()?;
    text.split(' ').nth(1)?.parse::<u64>().ok().map(|pages| pages * 4096)
}

#[test]
fn an_editor_that_does_not_read_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut client = begun(folder.path());
    let uri = uri(folder.path(), "mtad.yaml");
    open(&mut client, &uri, TEXT);
    let started = Instant::now();
    let mut last = 0;
    // Far more than a pipe holds, in both directions.
    for _ in 0..2000 {
        let params = json!({"textDocument": {"uri": &uri}, "position": {"line": 9, "character": 15}});
        last = client.request("textDocument/hover", params);
    }
    assert!(client.answer(last)["result"].is_object());
    assert!(started.elapsed() < Duration::from_secs(60));
}

#[test]
fn entries_of_the_registry_are_offered_and_none_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let text = "_schema-version: \"3.1\"\nID: asks\nversion: 1.0.0\nresources:\n  - name: other\n    type: configuration\n    parameters:\n      provider-id: \n";
    let offered = || {
        let mut client = begun(folder.path());
        let uri = uri(folder.path(), "mtad.yaml");
        open(&mut client, &uri, text);
        let at = json!({"textDocument": {"uri": &uri}, "position": {"line": 7, "character": 19}});
        let answer = client.ask("textDocument/completion", at);
        let items = answer["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(offered(), Vec::<String>::new());
    assert!(!folder.path().join("state").exists(), "a server that only looks makes no registry");
    let entries = json!([{
        "provider-nid": "mta", "provider-id": "shop:api", "provider-version": "1.0.0",
        "target": {"org": "local", "space": "dev"}, "content": {"url": "http://shop"},
    }]);
    let file = folder.path().join("entries.json");
    fs::write(&file, entries.to_string()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_windlass"))
        .args(["registry", "import", "--state-dir"])
        .args([folder.path().join("state"), file])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(offered(), ["shop:api"]);
}
