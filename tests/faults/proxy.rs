//! A proxy between windlass and the engine's socket that counts requests and makes trouble at one of them.
//!
//! It understands of HTTP/1.1 only where a request ends; all else are bytes that it hands on as they come, so that streams and
//! upgraded connections pass. "After" means that the engine has begun to answer, so it has done what it was asked.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trouble {
    /// SIGKILL for the program; the engine never hears of the request.
    KillBefore,
    /// SIGKILL for the program, which never hears the answer.
    KillAfter,
    /// The engine never hears of the request, and the connection is cut.
    CutBefore,
    /// The connection is cut before the answer.
    CutAfter,
    /// The answer is an error of the engine, which never hears of the request.
    Refuse,
    /// All connections are cut and no new ones accepted for so long.
    Down(Duration),
    /// This request and all after it wait so long before the engine hears of them.
    Slow(Duration),
}

pub struct Proxy {
    pub socket: PathBuf,
    shared: Arc<Shared>,
}

struct Shared {
    engine: PathBuf,
    requests: AtomicUsize,
    trouble: Option<(usize, Trouble)>,
    victim: Mutex<Option<Arc<Mutex<Child>>>>,
    made: AtomicBool,
    log: Mutex<Vec<String>>,
    open: Mutex<Vec<UnixStream>>,
    down_until: Mutex<Option<Instant>>,
    ended: AtomicBool,
}

impl Proxy {
    /// Listens at `socket`. The trouble comes with the request of that number, counted from 1.
    pub fn start(socket: &Path, engine: &Path, trouble: Option<(usize, Trouble)>) -> Proxy {
        let _ = std::fs::remove_file(socket);
        let listener = UnixListener::bind(socket).unwrap();
        let shared = Arc::new(Shared {
            engine: engine.to_owned(),
            requests: AtomicUsize::new(0),
            trouble,
            victim: Mutex::default(),
            made: AtomicBool::new(false),
            log: Mutex::default(),
            open: Mutex::default(),
            down_until: Mutex::default(),
            ended: AtomicBool::new(false),
        });
        let (at, listening) = (socket.to_owned(), Arc::clone(&shared));
        std::thread::spawn(move || listen(listener, &at, &listening));
        Proxy { socket: socket.to_owned(), shared }
    }

    /// Whom to kill. Must be called soon after the program was started: a kill waits for it.
    pub fn victim(&self, child: &Arc<Mutex<Child>>) {
        *self.shared.victim.lock().unwrap() = Some(Arc::clone(child));
    }

    /// Whether the trouble came: the program may have ended before.
    pub fn made(&self) -> bool {
        self.shared.made.load(Ordering::SeqCst)
    }

    /// Method and path of each request.
    pub fn log(&self) -> Vec<String> {
        self.shared.log.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.cut_all();
    }
}

impl Shared {
    fn kill(&self) {
        self.made.store(true, Ordering::SeqCst);
        loop {
            if let Some(child) = &*self.victim.lock().unwrap() {
                let _ = child.lock().unwrap().kill();
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn cut_all(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn is_down(&self) -> bool {
        self.down_until.lock().unwrap().is_some_and(|until| Instant::now() < until)
    }
}

fn listen(mut listener: UnixListener, socket: &Path, shared: &Arc<Shared>) {
    listener.set_nonblocking(true).unwrap();
    while !shared.ended.load(Ordering::SeqCst) {
        if shared.is_down() {
            // Nobody listens: as after the end of an engine's process, the file stays.
            drop(listener);
            while shared.is_down() {
                std::thread::sleep(Duration::from_millis(5));
            }
            let _ = std::fs::remove_file(socket);
            listener = UnixListener::bind(socket).unwrap();
            listener.set_nonblocking(true).unwrap();
        }
        match listener.accept() {
            Ok((client, _)) => {
                client.set_nonblocking(false).unwrap();
                let shared = Arc::clone(shared);
                std::thread::spawn(move || _ = serve(client, &shared));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// One connection, request by request.
fn serve(mut client: UnixStream, shared: &Arc<Shared>) -> std::io::Result<()> {
    let mut engine = UnixStream::connect(&shared.engine)?;
    shared.open.lock().unwrap().extend([client.try_clone()?, engine.try_clone()?]);
    // What to do when the answer comes to the request that is at work.
    let at_answer = Arc::new(Mutex::new(None));
    let answers = {
        let (mut from, mut to) = (engine.try_clone()?, client.try_clone()?);
        let (at_answer, shared) = (Arc::clone(&at_answer), Arc::clone(shared));
        std::thread::spawn(move || {
            let mut bytes = [0; 16 * 1024];
            while let Ok(count @ 1..) = from.read(&mut bytes) {
                match at_answer.lock().unwrap().take() {
                    Some(Trouble::KillAfter) => {
                        shared.kill();
                        break;
                    }
                    Some(_) => {
                        shared.made.store(true, Ordering::SeqCst);
                        break;
                    }
                    None => {}
                }
                if to.write_all(&bytes[..count]).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(std::net::Shutdown::Both);
            let _ = from.shutdown(std::net::Shutdown::Both);
        })
    };
    let mut held = Vec::new();
    while let Some(head) = head(&mut client, &mut held)? {
        let number = shared.requests.fetch_add(1, Ordering::SeqCst) + 1;
        shared.log.lock().unwrap().push(head.lines().next().unwrap_or_default().replace(" HTTP/1.1", ""));
        let (at, trouble) = shared.trouble.unzip();
        match trouble.filter(|_| at == Some(number)) {
            Some(Trouble::KillBefore) => {
                shared.kill();
                break;
            }
            Some(Trouble::CutBefore) => {
                shared.made.store(true, Ordering::SeqCst);
                break;
            }
            Some(after @ (Trouble::KillAfter | Trouble::CutAfter)) => *at_answer.lock().unwrap() = Some(after),
            Some(Trouble::Refuse) => {
                shared.made.store(true, Ordering::SeqCst);
                let body = r#"{"message":"the proxy was told to make trouble"}"#;
                write!(
                    client,
                    "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                )?;
                break;
            }
            Some(Trouble::Down(time)) => {
                shared.made.store(true, Ordering::SeqCst);
                *shared.down_until.lock().unwrap() = Some(Instant::now() + time);
                shared.cut_all();
                break;
            }
            Some(Trouble::Slow(_)) => shared.made.store(true, Ordering::SeqCst),
            None => {}
        }
        if let (Some(Trouble::Slow(time)), Some(at)) = (trouble, at)
            && number >= at
        {
            std::thread::sleep(time);
        }
        engine.write_all(head.as_bytes())?;
        if !body(&head, &mut client, &mut held, &mut engine)? {
            break;
        }
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = engine.shutdown(std::net::Shutdown::Both);
    let _ = answers.join();
    Ok(())
}

/// Reads a request up to the empty line; `None` at the end of the connection. `held`: what was read beyond.
fn head(client: &mut UnixStream, held: &mut Vec<u8>) -> std::io::Result<Option<String>> {
    loop {
        if let Some(end) = held.windows(4).position(|window| window == b"\r\n\r\n") {
            let head: Vec<u8> = held.drain(..end + 4).collect();
            return Ok(Some(String::from_utf8_lossy(&head).into_owned()));
        }
        if !more(client, held)? {
            return Ok(None);
        }
    }
}

fn more(client: &mut UnixStream, held: &mut Vec<u8>) -> std::io::Result<bool> {
    let mut bytes = [0; 16 * 1024];
    let count = client.read(&mut bytes)?;
    held.extend_from_slice(&bytes[..count]);
    Ok(count > 0)
}

/// Hands on the body of a request; `false` when the connection is used up with it.
fn body(head: &str, client: &mut UnixStream, held: &mut Vec<u8>, engine: &mut UnixStream) -> std::io::Result<bool> {
    let header = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    };
    if header("upgrade").is_some() {
        engine.write_all(held)?;
        std::io::copy(client, engine)?;
        return Ok(false);
    }
    if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        loop {
            let line_end = loop {
                match held.windows(2).position(|window| window == b"\r\n") {
                    Some(end) => break end,
                    None if !more(client, held)? => return Ok(false),
                    None => {}
                }
            };
            let line = String::from_utf8_lossy(&held[..line_end]).into_owned();
            let size = usize::from_str_radix(line.split(';').next().unwrap_or("0").trim(), 16).unwrap_or(0);
            let whole = line_end + 2 + size + 2;
            while held.len() < whole {
                if !more(client, held)? {
                    return Ok(false);
                }
            }
            engine.write_all(&held.drain(..whole).collect::<Vec<u8>>())?;
            if size == 0 {
                return Ok(true);
            }
        }
    }
    let mut left: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while left > 0 {
        if held.is_empty() && !more(client, held)? {
            return Ok(false);
        }
        let now = left.min(held.len());
        engine.write_all(&held.drain(..now).collect::<Vec<u8>>())?;
        left -= now;
    }
    Ok(true)
}
