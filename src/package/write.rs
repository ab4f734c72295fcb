//! Writing a zip archive that is the same, byte for byte, whenever and wherever it is written.
//!
//! Times are the earliest that zip can say, permissions are one of two, entries stand in the order in which they are given.
//! What is written is what [`super::contents`] reads: deflate, UTF-8 names, no extras.

use super::limits;
use crc32fast::Hasher;
use flate2::{Compression, write::DeflateEncoder};
use std::io::{self, Read, Seek, SeekFrom, Write};

pub struct Writer<W: Write + Seek> {
    out: W,
    /// The list of entries, for the end.
    list: Vec<u8>,
    entries: usize,
}

/// Why an archive cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("an archive holds at most {} entries", limits::ENTRIES - 1)]
    TooMany,
    #[error("an archive has at most 4 GiB")]
    TooLarge,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// 1 January 1980, midnight.
const DATE: u16 = 1 << 5 | 1;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
const DEFLATED: u16 = 8;
const VERSION: u16 = 20;
/// Made on a system that has permissions.
const UNIX: u16 = 3 << 8;

impl<W: Write + Seek> Writer<W> {
    pub fn new(out: W) -> Writer<W> {
        Writer { out, list: Vec::new(), entries: 0 }
    }

    /// Adds an entry. A name that ends with `/` is a folder, and `content` empty.
    pub fn add(&mut self, name: &str, executable: bool, mut content: impl Read) -> Result<(), WriteError> {
        if self.entries >= limits::ENTRIES - 1 {
            return Err(WriteError::TooMany);
        }
        let offset = narrow(self.out.stream_position()?)?;
        // The sizes are known when the content is written; until then there are zeros.
        self.out.write_all(&local(name, &[0; 12])?)?;
        let begin = self.out.stream_position()?;
        let mut encoder = DeflateEncoder::new(&mut self.out, Compression::best());
        let (mut checksum, mut size) = (Hasher::new(), 0_u64);
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = content.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            checksum.update(&buffer[..read]);
            size += read as u64;
            encoder.write_all(&buffer[..read])?;
        }
        encoder.finish()?;
        let end = self.out.stream_position()?;
        let mut sizes = [0; 12];
        sizes[..4].copy_from_slice(&checksum.finalize().to_le_bytes());
        sizes[4..8].copy_from_slice(&narrow(end - begin)?.to_le_bytes());
        sizes[8..].copy_from_slice(&narrow(size)?.to_le_bytes());
        self.out.seek(SeekFrom::Start(offset.into()))?;
        self.out.write_all(&local(name, &sizes)?)?;
        self.out.seek(SeekFrom::Start(end))?;
        self.entries += 1;
        self.remember(name, executable, &sizes, offset)
    }

    fn remember(&mut self, name: &str, executable: bool, sizes: &[u8; 12], offset: u32) -> Result<(), WriteError> {
        let mode: u32 = match (name.ends_with('/'), executable) {
            (true, _) => 0o040_755,
            (false, true) => 0o100_755,
            (false, false) => 0o100_644,
        };
        self.list.extend(b"PK\x01\x02");
        self.list.extend((UNIX | VERSION).to_le_bytes());
        self.list.extend(common(name, sizes)?);
        // Comment, disk, kind of text.
        self.list.extend([0; 6]);
        self.list.extend((mode << 16).to_le_bytes());
        self.list.extend(offset.to_le_bytes());
        self.list.extend(name.as_bytes());
        Ok(())
    }

    /// Writes the end and hands the file back.
    pub fn finish(mut self) -> Result<W, WriteError> {
        let offset = narrow(self.out.stream_position()?)?;
        let size = narrow(self.list.len() as u64)?;
        let entries = u16::try_from(self.entries).map_err(|_| WriteError::TooMany)?;
        self.out.write_all(&self.list)?;
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        end.extend(entries.to_le_bytes());
        end.extend(entries.to_le_bytes());
        end.extend(size.to_le_bytes());
        end.extend(offset.to_le_bytes());
        end.extend([0, 0]);
        self.out.write_all(&end)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

fn local(name: &str, sizes: &[u8; 12]) -> Result<Vec<u8>, WriteError> {
    let mut header = b"PK\x03\x04".to_vec();
    header.extend(common(name, sizes)?);
    header.extend(name.as_bytes());
    Ok(header)
}

/// What both headers of an entry say: from the version to the lengths of name and extras.
fn common(name: &str, sizes: &[u8; 12]) -> Result<Vec<u8>, WriteError> {
    let length = u16::try_from(name.len()).map_err(|_| WriteError::TooLarge)?;
    let mut bytes = Vec::with_capacity(26);
    for short in [VERSION, FLAGS, DEFLATED, 0, DATE] {
        bytes.extend(short.to_le_bytes());
    }
    bytes.extend(sizes);
    bytes.extend(length.to_le_bytes());
    bytes.extend([0, 0]);
    Ok(bytes)
}

fn narrow(number: u64) -> Result<u32, WriteError> {
    // The highest number means "said elsewhere".
    u32::try_from(number).ok().filter(|number| *number != u32::MAX).ok_or(WriteError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::super::contents;
    use super::*;
    use crate::source::Sources;
    use std::io::Cursor;

    fn written() -> Vec<u8> {
        let mut writer = Writer::new(Cursor::new(Vec::new()));
        writer.add("web/ä.txt", false, &b"hello hello hello hello"[..]).expect("fits");
        writer.add("web/run.sh", true, &b"#!/bin/sh\n"[..]).expect("fits");
        writer.add("web/logs/", false, io::empty()).expect("fits");
        writer.finish().expect("fits").into_inner()
    }

    #[test]
    fn what_is_written_is_read_here_and_by_others() {
        let bytes = written();
        assert_eq!(bytes, written());
        let mut sources = Sources::default();
        let read = contents::read(&mut sources, "a.zip", &mut Cursor::new(&bytes)).expect("no disk, no fault");
        assert!(read.findings.is_empty(), "{:?}", read.findings);
        let ours: Vec<(String, u64)> = read
            .product
            .expect("it is good")
            .entries()
            .iter()
            .map(|entry| (entry.path.to_string(), entry.size))
            .collect();
        let mut second_opinion = zip::ZipArchive::new(Cursor::new(&bytes)).expect("another reader opens it");
        let mut theirs = Vec::new();
        for at in 0..second_opinion.len() {
            let mut file = second_opinion.by_index(at).expect("it has that entry");
            assert!(file.read_to_end(&mut Vec::new()).is_ok(), "the checksum fits");
            let name = file.name().expect("UTF-8").into_owned();
            theirs.push((name.clone(), file.size()));
            assert_eq!(file.unix_mode().map(|mode| mode & 0o111 != 0), Some(name != "web/ä.txt"));
        }
        assert_eq!(ours, theirs);
    }

    #[test]
    fn what_others_write_is_read() {
        let mut other = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        other.start_file("META-INF/mtad.yaml", options).expect("fits");
        other.write_all(b"ID: shop\n").expect("fits");
        other.add_directory("web", options).expect("fits");
        let bytes = other.finish().expect("fits").into_inner();
        let read =
            contents::read(&mut Sources::default(), "a.zip", &mut Cursor::new(&bytes)).expect("no disk, no fault");
        let contents = read.product.unwrap_or_else(|| panic!("{:?}", read.findings));
        let mut content = String::new();
        super::super::unpack::unpack(Cursor::new(&bytes), &contents.entries()[0])
            .and_then(|mut file| file.read_to_string(&mut content))
            .expect("good");
        assert_eq!(content, "ID: shop\n");
    }
}
