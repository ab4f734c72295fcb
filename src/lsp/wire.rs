//! Messages on the wire: a header that says how long, then JSON.
//!
//! Written by hand, because it must outlive what it reads: a header that makes no sense, a body that is no JSON and one of
//! absurd length are passed over, and the next message is found again.

use serde_json::Value;
use std::io::{self, BufRead, Read, Write};

/// The longest message that is taken: a text of the largest size that is read, with every byte escaped.
const LONGEST: u64 = 6 * (64 << 20);

/// The longest line of a header.
const LONGEST_LINE: u64 = 4096;

const LENGTH: &[u8] = b"content-length:";

#[derive(Debug, PartialEq)]
pub enum Frame {
    Message(Value),
    /// A body that is no JSON, or is too long.
    Unreadable,
}

/// Reads the next message; `None` at the end.
pub fn read(input: &mut impl BufRead) -> io::Result<Option<Frame>> {
    let Some(length) = header(input)? else { return Ok(None) };
    if length > LONGEST {
        io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
        return Ok(Some(Frame::Unreadable));
    }
    let mut body = Vec::new();
    input.by_ref().take(length).read_to_end(&mut body)?;
    if (body.len() as u64) < length {
        return Ok(None);
    }
    Ok(Some(serde_json::from_slice(&body).map_or(Frame::Unreadable, Frame::Message)))
}

/// Reads up to the blank line behind a length. Lines that say no length are passed over, whatever they are.
fn header(input: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        let blank = line.trim_ascii().is_empty();
        match length {
            Some(length) if blank => return Ok(Some(length)),
            _ => length = length_in(&line).or(length),
        }
    }
}

/// What stands before the word on its line is rubbish that nobody ended with a line end.
fn length_in(line: &[u8]) -> Option<u64> {
    let lower = line.to_ascii_lowercase();
    let at = memchr::memmem::rfind(&lower, LENGTH)? + LENGTH.len();
    std::str::from_utf8(line.get(at..)?).ok()?.trim().parse().ok()
}

pub fn write(output: &mut impl Write, message: &Value) -> io::Result<()> {
    let body = message.to_string();
    write!(output, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn all(mut bytes: &[u8]) -> Vec<Frame> {
        std::iter::from_fn(|| read(&mut bytes).expect("a slice can be read")).collect()
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let message = json!({"method": "ä", "params": [1, "x\r\n\r\ny"]});
        let mut bytes = Vec::new();
        write(&mut bytes, &message).expect("a vector can be written");
        assert_eq!(all(&bytes), [Frame::Message(message)]);
    }

    #[test]
    fn rubbish_between_messages_is_passed_over() {
        let good = framed("1");
        for rubbish in [
            "\r\n\r\n",
            "hello\n",
            "Content-Length: many\r\n\r\n",
            "Content-Length: -1\r\n\r\n",
            "Content-Type: x\r\n",
            "{}",
            &framed("{"),
        ] {
            let frames = all(format!("{good}{rubbish}{good}").as_bytes());
            let messages = frames.iter().filter(|frame| **frame == Frame::Message(json!(1))).count();
            assert_eq!(messages, 2, "{rubbish:?} gives {frames:?}");
        }
    }

    #[test]
    fn other_headers_and_other_spellings_are_fine() {
        let text = "content-length:1\nContent-Type: application/vscode-jsonrpc; charset=utf-8\n\n7";
        assert_eq!(all(text.as_bytes()), [Frame::Message(json!(7))]);
    }

    #[test]
    fn a_message_that_ends_early_is_the_end() {
        assert_eq!(all(b"Content-Length: 10\r\n\r\n{}"), []);
        assert_eq!(all(b"Content-Length: 999999999999\r\n\r\n{}"), [Frame::Unreadable]);
    }
}
