//! How much is read of an archive, at most (semantics 7), and the reader that holds to it.

use std::io::{self, Read};

/// `META-INF/mtad.yaml`, `META-INF/MANIFEST.MF`, a JSON file of a requirement: each 1 MiB.
pub const SMALL_FILE: u64 = 1 << 20;

/// The content of one module, all files of a folder together; a JSON file of a resource: 1 GiB.
pub const CONTENT: u64 = 1 << 30;

/// All JSON files together, as they are copied into the descriptor: 10 MiB.
pub const ALL_JSON: u64 = 10 << 20;

/// The archive itself: 4 GiB.
pub use crate::disk::MAX_ARCHIVE as ARCHIVE;

/// Entries of one archive. The classic form of zip cannot say more.
pub const ENTRIES: usize = 65_535;

/// The list of entries at the end of an archive. With [`ENTRIES`] this leaves 512 bytes for each.
pub const DIRECTORY: u64 = 32 << 20;

/// What `from` holds, if that is at most `limit` bytes. The limit is on what arrives, whatever was announced: not one byte
/// more than `limit + 1` is taken.
pub fn read_all(from: impl Read, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    from.take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// `1 MiB`, `4 GiB`, `20 bytes`.
pub fn in_words(bytes: u64) -> String {
    match bytes {
        _ if bytes >= 1 << 30 && bytes.is_multiple_of(1 << 30) => format!("{} GiB", bytes >> 30),
        _ if bytes >= 1 << 20 && bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        1 => "1 byte".to_owned(),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_reader_is_left_after_the_limit() {
        assert_eq!(read_all(io::repeat(7), 10).expect("reads"), None);
        assert_eq!(read_all(&[7; 10][..], 10).expect("reads").map(|bytes| bytes.len()), Some(10));
    }
}
