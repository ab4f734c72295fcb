//! The smallest HTTP client that does: one GET over a TCP connection, for health probes and for registries on this machine.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// More of an answer than this is not read.
const LARGEST: usize = 64 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The header `Location`.
    pub location: Option<String>,
    /// The header `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// Empty when nobody wanted it.
    pub body: String,
}

impl Answer {
    /// An answer of which nothing but the status is known.
    pub fn status(status: u16) -> Answer {
        Answer { status, location: None, challenge: None, body: String::new() }
    }
}

/// Whether what follows the headers is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    Read,
    Leave,
}

/// Asks for `path` at `address` (`127.0.0.1:8080`). The error says in words what came instead of an answer.
pub async fn get(
    address: &str,
    path: &str,
    headers: &[(&str, &str)],
    timeout: Duration,
    body: Body,
) -> Result<Answer, String> {
    match tokio::time::timeout(timeout, exchange(address, path, headers, body)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer from {path} within {}", seconds(timeout))),
    }
}

pub fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}

async fn exchange(address: &str, path: &str, headers: &[(&str, &str)], body: Body) -> Result<Answer, String> {
    let mut connection = TcpStream::connect(address).await.map_err(|error| said(&error))?;
    let path = encoded(path);
    // To the older version a body is sent as it is, up to the end of the connection.
    let version = if body == Body::Read { "1.0" } else { "1.1" };
    let mut request = format!("GET {path} HTTP/{version}\r\nUser-Agent: windlass\r\nConnection: close\r\n");
    if !headers.iter().any(|(name, _)| *name == "Accept") {
        request.push_str("Accept: */*\r\n");
    }
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    connection.write_all(request.as_bytes()).await.map_err(|error| said(&error))?;
    let mut answer = Vec::new();
    let mut chunk = vec![0; 8192];
    loop {
        let count = match connection.read(&mut chunk).await {
            Ok(count) => count,
            // What came before a reset counts.
            Err(error) if answer.is_empty() => return Err(said(&error)),
            Err(_) => 0,
        };
        answer.extend_from_slice(chunk.get(..count).unwrap_or_default());
        let head_is_there = || answer.windows(4).any(|bytes| bytes == b"\r\n\r\n");
        if count == 0 || answer.len() > LARGEST || (body == Body::Leave && head_is_there()) {
            break;
        }
    }
    if answer.is_empty() {
        return Err("the connection was closed without an answer".to_owned());
    }
    let mut parsed = parse(&String::from_utf8_lossy(&answer));
    if body == Body::Leave
        && let Some(answer) = &mut parsed
    {
        answer.body.clear();
    }
    parsed.ok_or_else(|| "what came back is not HTTP".to_owned())
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    if !first.next()?.starts_with("HTTP/") {
        return None;
    }
    let status = first.next()?.parse().ok()?;
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let header = |wanted: &str| {
        let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.trim().to_owned())
    };
    let (location, challenge) = (header("location"), header("www-authenticate"));
    Some(Answer { status, location, challenge, body: body.to_owned() })
}

/// A path as it may stand in a request: nothing in it can end the line or begin a header.
fn encoded(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len() + 1);
    if !path.starts_with('/') {
        encoded.push('/');
    }
    for byte in path.bytes() {
        if byte.is_ascii_graphic() {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// What went wrong with a connection, without the operating system's numbers.
pub fn said(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        std::io::ErrorKind::ConnectionReset => "connection reset".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_location_are_read_and_other_talk_is_not_http() {
        let answer = parse("HTTP/1.1 302 Found\r\nlocation: /login\r\n\r\nhi").unwrap();
        let location = Some("/login".into());
        assert_eq!(answer, Answer { status: 302, location, challenge: None, body: "hi".into() });
        assert_eq!(parse("SSH-2.0-OpenSSH_9\r\n"), None);
        assert_eq!(parse("HTTP/1.0 200\r\n\r\n").map(|answer| answer.status), Some(200));
    }

    #[test]
    fn a_path_cannot_smuggle_headers() {
        assert_eq!(encoded("a b\r\nX: y"), "/a%20b%0D%0AX:%20y");
        assert_eq!(encoded("/health?full=1"), "/health?full=1");
    }
}
