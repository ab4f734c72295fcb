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
}

/// Asks for `path` at `address` (`127.0.0.1:8080`) and reads status and headers. The error says in words what came instead of an answer.
pub async fn get(address: &str, path: &str, headers: &[(&str, &str)], timeout: Duration) -> Result<Answer, String> {
    match tokio::time::timeout(timeout, exchange(address, path, headers)).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer from {path} within {}", seconds(timeout))),
    }
}

pub fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f32())
}

async fn exchange(address: &str, path: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
    let mut connection = TcpStream::connect(address).await.map_err(|error| said(&error))?;
    let path = encoded(path);
    let mut request = format!("GET {path} HTTP/1.1\r\nUser-Agent: windlass\r\nAccept: */*\r\nConnection: close\r\n");
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
        let head_is_there = answer.windows(4).any(|bytes| bytes == b"\r\n\r\n");
        if count == 0 || answer.len() > LARGEST || head_is_there {
            break;
        }
    }
    if answer.is_empty() {
        return Err("the connection was closed without an answer".to_owned());
    }
    parse(&String::from_utf8_lossy(&answer)).ok_or_else(|| "what came back is not HTTP".to_owned())
}

fn parse(text: &str) -> Option<Answer> {
    let head = text.split_once("\r\n\r\n").map_or(text, |(head, _)| head);
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    if !first.next()?.starts_with("HTTP/") {
        return None;
    }
    let status = first.next()?.parse().ok()?;
    let location = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("location"))
        .map(|(_, value)| value.trim().to_owned());
    Some(Answer { status, location })
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
        assert_eq!(answer, Answer { status: 302, location: Some("/login".into()) });
        assert_eq!(parse("SSH-2.0-OpenSSH_9\r\n"), None);
        assert_eq!(parse("HTTP/1.0 200\r\n\r\n").map(|answer| answer.status), Some(200));
    }

    #[test]
    fn a_path_cannot_smuggle_headers() {
        assert_eq!(encoded("a b\r\nX: y"), "/a%20b%0D%0AX:%20y");
        assert_eq!(encoded("/health?full=1"), "/health?full=1");
    }
}
