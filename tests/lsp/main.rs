//! The language server, from outside: conversations as files, what it survives, and a real editor.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "these tests read their own files")]

mod client;
mod conversation;
mod hardship;
mod neovim;

use std::fs;
use std::path::Path;

#[test]
fn conversations_go_as_they_are_written() {
    let update = std::env::var_os("WINDLASS_UPDATE").is_some();
    let only = std::env::var("WINDLASS_ONLY").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/lsp");
    let mut claims: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    claims.retain(|path| path.to_string_lossy().contains(&only));
    claims.sort();
    assert!(!claims.is_empty(), "no conversation is there");
    let mut wrong = Vec::new();
    for claim in claims {
        let path = claim.join("conversation");
        let expected = fs::read_to_string(&path).unwrap();
        let said = conversation::speak(&claim, &expected);
        if said == expected {
            continue;
        }
        if update {
            fs::write(&path, said).unwrap();
        } else {
            let first = expected.lines().zip(said.lines()).position(|(a, b)| a != b).unwrap_or_default();
            let line = |text: &str| text.lines().nth(first).unwrap_or_default().to_owned();
            let name = claim.file_name().unwrap().to_string_lossy().into_owned();
            wrong.push(format!("{name}:{}:\n  expected {}\n  said     {}", first + 1, line(&expected), line(&said)));
        }
    }
    assert!(wrong.is_empty(), "{}\nWINDLASS_UPDATE=1 writes them anew", wrong.join("\n"));
}
