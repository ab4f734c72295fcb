//! Files as the protocol names them, and as this machine does.

use crate::disk::tidy;
use std::path::{Path, PathBuf};

/// The path of a `file:` address; `None` for all others (`untitled:…`, a file of another machine).
pub fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = decoded(rest.split(['?', '#']).next()?)?;
    path.starts_with('/').then_some(())?;
    // `/c:/folder` on Windows.
    let drive = matches!(path.as_bytes(), [b'/', letter, b':', ..] if letter.is_ascii_alphabetic());
    Some(tidy(Path::new(if drive && cfg!(windows) { &path[1..] } else { &path })))
}

/// The address of a path.
pub fn of_path(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut uri = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(behind.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = behind.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_its_path_are_the_same_file() {
        for (uri, path) in [
            ("file:///a/b%20c/mtad.yaml", "/a/b c/mtad.yaml"),
            ("file:///a/%C3%A4%25.yaml", "/a/ä%.yaml"),
            ("file://localhost/a", "/a"),
            ("file:///a/./b/../c", "/a/c"),
        ] {
            assert_eq!(to_path(uri), Some(PathBuf::from(path)), "{uri}");
            assert_eq!(to_path(&of_path(Path::new(path))), Some(PathBuf::from(path)));
        }
        for uri in
            ["untitled:Untitled-1", "file://server/share", "file:///%zz", "file:///%ff", "file:", "", "file:///%a"]
        {
            assert_eq!(to_path(uri), None, "{uri}");
        }
    }
}
