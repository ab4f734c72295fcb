//! An editor's end of a conversation with the real program.

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Longer than anything takes on the slowest machine; only what never comes takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Client {
    pub child: Child,
    input: Option<ChildStdin>,
    incoming: Receiver<Value>,
    /// What came while something else was waited for.
    early: VecDeque<Value>,
    requests: u64,
}

impl Client {
    /// Starts a server that has no state and knows no target but the one that is built in.
    pub fn start(folder: &Path, options: &[&str]) -> Client {
        let mut child = Command::new(env!("CARGO_BIN_EXE_windlass"))
            .arg("lsp")
            .args(["--timestamp", "1735689600000", "--user", "tester", "--state-dir"])
            .arg(folder.join("state"))
            .args(options)
            .env_remove("DOCKER_HOST")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let output = child.stdout.take().expect("its output is ours");
        let (out, incoming) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = next(&mut output) {
                if out.send(message).is_err() {
                    return;
                }
            }
        });
        let input = child.stdin.take();
        Client { child, input, incoming, early: VecDeque::new(), requests: 0 }
    }

    /// Bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("the input is open");
        // A server that has ended reads nothing; what is expected of it then is seen elsewhere.
        _ = input.write_all(bytes).and_then(|()| input.flush());
    }

    pub fn send(&mut self, message: &Value) {
        self.write(&framed(message));
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request and hands back its id.
    pub fn request(&mut self, method: &str, params: Value) -> u64 {
        self.requests += 1;
        self.send(&json!({"jsonrpc": "2.0", "id": self.requests, "method": method, "params": params}));
        self.requests
    }

    /// The whole answer to a request.
    pub fn answer(&mut self, id: u64) -> Value {
        self.wait(|message| message["id"] == id && message["method"].is_null())
    }

    /// The result of a request, or what was said against it.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        let mut answer = self.answer(id);
        match answer.get("error") {
            Some(error) => json!({"error": error}),
            None => answer["result"].take(),
        }
    }

    pub fn wait(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.early.iter().position(&is_it) {
            return self.early.remove(at).expect("it was just seen");
        }
        let end = Instant::now() + PATIENCE;
        loop {
            match self.incoming.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(message) if is_it(&message) => return message,
                Ok(message) => self.early.push_back(message),
                Err(RecvTimeoutError::Timeout) => panic!("nothing came; before that: {:#?}", self.early),
                Err(RecvTimeoutError::Disconnected) => {
                    let mut said = String::new();
                    _ = self.child.stderr.as_mut().map(|stderr| stderr.read_to_string(&mut said));
                    panic!("the server has ended: {said}\nbefore that: {:#?}", self.early)
                }
            }
        }
    }

    pub fn initialize(&mut self, params: &Value) -> Value {
        let result = self.ask("initialize", params.clone());
        self.notify("initialized", json!({}));
        result
    }

    /// Says good-bye as agreed.
    pub fn end(mut self) -> ExitStatus {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.notify("exit", Value::Null);
        self.ended()
    }

    /// Closes the input, as an editor does that dies.
    pub fn die(mut self) -> ExitStatus {
        self.input = None;
        self.ended()
    }

    pub fn ended(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                return status;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server goes on without an editor");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

pub fn framed(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn next(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            line => {
                let text = line.strip_prefix("Content-Length: ").expect("the only header there is");
                length = text.parse().expect("a length is a number");
            }
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).expect("the server writes JSON"))
}
