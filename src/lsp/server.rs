//! The life of a server: what comes in, in which order it is dealt with, and what ends it.
//!
//! One thread reads, one writes, and this one does everything else, message by message; so an answer is always about the text
//! that the editor had when it asked. Findings are worked out while nothing else waits. The reading thread notes what is
//! cancelled, so a request that still waits is answered without work.

use super::answer::{Refusal, answer};
use super::client::Client;
use super::complete::Beyond;
use super::family::{Family, Surroundings};
use super::protocol::{Changed, FoldersChanged, Initialize, OnDocument, Opened};
use super::wire::{self, Frame};
use super::workspace::Workspace;
use super::{publish, watch};
use crate::store::{Selection, Store};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{BufReader, BufWriter, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How long nothing must come in before findings are worked out.
const QUIET: Duration = Duration::from_millis(15);

/// How many messages may wait. Then the editor has to, which keeps memory flat however fast it writes.
const WAITING: usize = 256;

/// Codes of the protocol.
pub const PARSE_ERROR: i32 = -32700;
pub const INVALID_REQUEST: i32 = -32600;
pub const METHOD_NOT_FOUND: i32 = -32601;
pub const INVALID_PARAMS: i32 = -32602;
pub const NOT_INITIALIZED: i32 = -32002;
pub const REQUEST_FAILED: i32 = -32803;
pub const REQUEST_CANCELLED: i32 = -32800;

/// What comes in.
pub enum Event {
    Message(Value),
    Unreadable,
    /// Nobody will write any more.
    Closed,
    /// The process that started us has ended.
    Orphaned,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As agreed: `shutdown`, then `exit`.
    Agreed,
    /// The editor is gone, or said `exit` without `shutdown`.
    Abrupt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    New,
    Running,
    ShutDown,
}

pub struct Server {
    phase: Phase,
    pub client: Client,
    pub workspace: Workspace,
    /// Entries of the configuration registry, where there is one.
    pub store: Option<Store>,
    out: Sender<Value>,
    events: SyncSender<Event>,
    cancelled: Arc<Mutex<HashSet<String>>>,
    /// Files whose findings may have changed.
    pub dirty: BTreeSet<Arc<str>>,
    /// What was sent of each file, as a digest.
    pub published: HashMap<Arc<str>, u64>,
    requests: u64,
}

/// Serves one editor until it ends.
pub fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    surroundings: Surroundings,
    store: Option<Store>,
) -> End {
    let (events, incoming) = sync_channel(WAITING);
    let (out, outgoing) = channel();
    let cancelled = Arc::new(Mutex::new(HashSet::new()));
    let reader = (events.clone(), Arc::clone(&cancelled));
    thread::spawn(move || read_all(input, &reader.0, &reader.1));
    let writer = thread::spawn(move || write_all(output, &outgoing));
    let mut server = Server {
        phase: Phase::New,
        client: Client::default(),
        workspace: Workspace::new(Arc::new(surroundings)),
        store,
        out,
        events,
        cancelled,
        dirty: BTreeSet::new(),
        published: HashMap::new(),
        requests: 0,
    };
    let end = server.run(&incoming);
    // The last answers go out before the process ends, unless nobody takes them.
    drop(server);
    if end == End::Agreed {
        _ = writer.join();
    }
    end
}

fn read_all(input: impl Read, events: &SyncSender<Event>, cancelled: &Mutex<HashSet<String>>) {
    let mut input = BufReader::new(input);
    loop {
        let event = match wire::read(&mut input) {
            Ok(Some(Frame::Message(message))) => {
                if message["method"] == "$/cancelRequest" {
                    let mut cancelled = cancelled.lock().unwrap_or_else(PoisonError::into_inner);
                    // An id that nobody asks for is remembered for nothing, so not many are.
                    if cancelled.len() > WAITING {
                        cancelled.clear();
                    }
                    cancelled.insert(message["params"]["id"].to_string());
                    continue;
                }
                Event::Message(message)
            }
            Ok(Some(Frame::Unreadable)) => Event::Unreadable,
            Ok(None) | Err(_) => Event::Closed,
        };
        let is_end = matches!(event, Event::Closed);
        if events.send(event).is_err() || is_end {
            return;
        }
    }
}

/// Its own thread, so that an editor that does not read at the moment does not keep us from reading what it writes: both
/// would wait for each other without end.
fn write_all(output: impl Write, outgoing: &Receiver<Value>) {
    let mut output = BufWriter::new(output);
    while let Ok(message) = outgoing.recv() {
        if wire::write(&mut output, &message).is_err() {
            return;
        }
    }
}

impl Server {
    fn run(&mut self, incoming: &Receiver<Event>) -> End {
        loop {
            let event = if self.dirty.is_empty() {
                incoming.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                incoming.recv_timeout(QUIET)
            };
            match event {
                Ok(Event::Message(message)) => {
                    if let Some(end) = self.message(message) {
                        return end;
                    }
                }
                Ok(Event::Unreadable) => self.refuse(&Value::Null, PARSE_ERROR, "this is no JSON, or too much of it"),
                Ok(Event::Closed | Event::Orphaned) | Err(RecvTimeoutError::Disconnected) => return End::Abrupt,
                Err(RecvTimeoutError::Timeout) => publish::next(self),
            }
        }
    }

    fn message(&mut self, message: Value) -> Option<End> {
        let Value::Object(mut message) = message else {
            self.refuse(&Value::Null, INVALID_REQUEST, "a message is an object");
            return None;
        };
        let params = message.remove("params").unwrap_or_default();
        let id = message.remove("id");
        match (message.remove("method"), id) {
            (Some(Value::String(method)), Some(id)) => self.request(&id, &method, params),
            (Some(Value::String(method)), None) => return self.notification(&method, params),
            // The answer to a request of ours. None of them needs one.
            (None, Some(_)) if message.contains_key("result") || message.contains_key("error") => {}
            (_, id) => self.refuse(&id.unwrap_or_default(), INVALID_REQUEST, "a message has a `method`"),
        }
        None
    }

    fn request(&mut self, id: &Value, method: &str, params: Value) {
        let is_cancelled = self.cancelled.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.to_string());
        match (self.phase, method) {
            (Phase::New, "initialize") => self.initialize(id, params),
            (Phase::New, _) => self.refuse(id, NOT_INITIALIZED, "`initialize` comes first"),
            (Phase::ShutDown, _) => self.refuse(id, INVALID_REQUEST, "after `shutdown` comes only `exit`"),
            (Phase::Running, "initialize") => self.refuse(id, INVALID_REQUEST, "`initialize` came before"),
            (Phase::Running, "shutdown") => {
                self.phase = Phase::ShutDown;
                self.dirty.clear();
                self.say(json!({"jsonrpc": "2.0", "id": id, "result": null}));
            }
            (Phase::Running, _) if is_cancelled => self.refuse(id, REQUEST_CANCELLED, "cancelled"),
            (Phase::Running, _) => match answer(self, method, params) {
                Ok(result) => self.say(json!({"jsonrpc": "2.0", "id": id, "result": result})),
                Err(Refusal { code, message }) => self.refuse(id, code, &message),
            },
        }
    }

    fn initialize(&mut self, id: &Value, params: Value) {
        let Ok(params) = serde_json::from_value::<Initialize>(params) else {
            return self.refuse(id, INVALID_PARAMS, "the parameters of `initialize` are not as the protocol has them");
        };
        self.client = Client::of(&params);
        let root = params.root_uri.clone().or_else(|| {
            let path = params.root_path.as_deref()?;
            Some(super::address::of_path(std::path::Path::new(path)))
        });
        let folders = match params.workspace_folders {
            Some(folders) => folders.into_iter().map(|folder| folder.uri).collect(),
            None => root.into_iter().collect::<Vec<_>>(),
        };
        self.workspace.change_folders(&folders, &[]);
        if let Some(parent) = params.process_id {
            watch::process(parent, self.events.clone());
        }
        self.phase = Phase::Running;
        let capabilities = super::capabilities::capabilities(&self.client);
        let about = json!({"name": "windlass", "version": env!("CARGO_PKG_VERSION")});
        self.say(json!({"jsonrpc": "2.0", "id": id, "result": {"capabilities": capabilities, "serverInfo": about}}));
    }

    fn notification(&mut self, method: &str, params: Value) -> Option<End> {
        match (self.phase, method) {
            (Phase::ShutDown, "exit") => return Some(End::Agreed),
            (_, "exit") => return Some(End::Abrupt),
            (Phase::New | Phase::ShutDown, _) => {}
            (Phase::Running, "initialized") => self.initialized(),
            (Phase::Running, "textDocument/didOpen") => {
                if let Some(Opened { text_document }) = self.params(method, params) {
                    let name = Workspace::name(&text_document.uri);
                    self.workspace.opened(text_document.uri, text_document.version, text_document.text);
                    self.dirty.insert(name);
                }
            }
            (Phase::Running, "textDocument/didChange") => {
                if let Some(Changed { text_document, content_changes }) = self.params(method, params) {
                    let (uri, version) = (&text_document.uri, text_document.version);
                    if self.workspace.changed(uri, version, content_changes, self.client.encoding) {
                        self.dirty.insert(Workspace::name(uri));
                    }
                }
            }
            (Phase::Running, "textDocument/didClose") => {
                if let Some(OnDocument { text_document }) = self.params(method, params) {
                    self.workspace.closed(&text_document.uri);
                    self.dirty.insert(Workspace::name(&text_document.uri));
                    self.everything_is_dirty();
                }
            }
            (Phase::Running, "textDocument/didSave" | "workspace/didChangeWatchedFiles") => {
                self.workspace.look();
                self.everything_is_dirty();
            }
            (Phase::Running, "workspace/didChangeWorkspaceFolders") => {
                if let Some(FoldersChanged { event }) = self.params(method, params) {
                    let uris = |folders: Vec<super::protocol::Folder>| -> Vec<String> {
                        folders.into_iter().map(|folder| folder.uri).collect()
                    };
                    self.workspace.change_folders(&uris(event.added), &uris(event.removed));
                    self.everything_is_dirty();
                }
            }
            // What nobody knows may be passed over, says the protocol, and what nobody needs is.
            (Phase::Running, _) => {}
        }
        None
    }

    /// Asks to be told of changes on the disk, where the editor can.
    fn initialized(&mut self) {
        if !self.client.watches_files {
            return;
        }
        let globs = ["**/*.mtaext", "**/*mtad.{yaml,yml}", "**/*mta.{yaml,yml}", "**/windlass.toml"];
        let watchers: Vec<Value> = globs.iter().map(|glob| json!({"globPattern": glob})).collect();
        let method = "workspace/didChangeWatchedFiles";
        let registration = json!({"id": "files", "method": method, "registerOptions": {"watchers": watchers}});
        self.ask("client/registerCapability", json!({"registrations": [registration]}));
    }

    /// What is known beside a family: entries of the registry, and the files at hand.
    pub fn beyond(&self, family: &Family) -> Beyond {
        let mut published = Vec::new();
        let any = Selection::default();
        let entries = self.store.as_ref().and_then(|store| store.entries(&any).ok()).unwrap_or_default();
        for entry in entries {
            published.push((entry.provider_id, format!("in the registry, from {}", entry.target)));
        }
        published.extend(self.workspace.publishing());
        let mut seen = HashSet::new();
        published.retain(|(id, _)| seen.insert(id.clone()));
        let own: Vec<_> = family.members.iter().map(|member| self.workspace.shown(&member.name)).collect();
        published.sort_by_key(|(_, from)| own.iter().any(|own| from.contains(own)));
        Beyond { published, ids: self.workspace.ids() }
    }

    pub fn everything_is_dirty(&mut self) {
        self.dirty.extend(self.workspace.open_files().cloned());
    }

    /// Parameters of a notification. Nobody waits for an answer, so what is wrong with them is only logged.
    fn params<T: DeserializeOwned>(&mut self, method: &str, params: Value) -> Option<T> {
        match serde_json::from_value(params) {
            Ok(params) => Some(params),
            Err(error) => {
                self.tell(
                    "window/logMessage",
                    json!({"type": 2, "message": format!("`{method}` is passed over: {error}")}),
                );
                None
            }
        }
    }

    /// A notification.
    pub fn tell(&mut self, method: &str, params: Value) {
        self.say(json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// A request whose answer makes no difference.
    pub fn ask(&mut self, method: &str, params: Value) {
        self.requests += 1;
        let id = format!("windlass-{}", self.requests);
        self.say(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
    }

    fn refuse(&mut self, id: &Value, code: i32, message: &str) {
        self.say(json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}}));
    }

    /// When nobody takes it any more, reading will find the end as well.
    fn say(&mut self, message: Value) {
        _ = self.out.send(message);
    }
}
