//! Archives from recipes: a text says what is in an archive and what is wrong with it, so that hostile archives can be read
//! in a review like everything else.
//!
//! ```text
//! == META-INF/mtad.yaml
//! the lines of the file
//! == web/zeros.bin | zeros=2000000 says=10
//! == ! cut=20
//! ```
//!
//! Behind `|` stand the entry's peculiarities, behind `!` those of the whole archive; [`entry`] and [`build`] list them.

#![allow(clippy::unwrap_used, reason = "a recipe that cannot be read fails the test")]

use std::io::Write as _;

struct Item {
    name: Vec<u8>,
    content: Vec<u8>,
    options: Vec<String>,
}

/// Builds the archive. For the whole: `cut=N` takes bytes off the end, `comment` puts one behind the list of entries, `behind=N` puts N bytes behind the end, `zip64`
/// and `parts` claim another form, `count=N` claims so many entries, `bare` leaves the list of entries away.
pub fn build(recipe: &str) -> Vec<u8> {
    let (items, whole) = parse(recipe);
    let option = |name: &str| whole.iter().find_map(|word| word.strip_prefix(name));
    let (mut bytes, mut list, mut last) = (Vec::new(), Vec::new(), 0);
    for item in &items {
        let at = bytes.len();
        entry(item, if item.has("inside") { last } else { at }, &mut bytes, &mut list);
        last = at;
    }
    if option("bare").is_none() {
        let at = bytes.len() as u32;
        let count = option("count=").map_or(items.len() as u16, |text| text.parse().unwrap());
        bytes.extend(&list);
        if option("zip64").is_some() {
            bytes.extend(b"PK\x06\x07");
            bytes.extend([0; 16]);
        }
        let comment: &[u8] = if option("comment").is_some() { b"made by hand" } else { b"" };
        bytes.extend(b"PK\x05\x06");
        for short in [if option("parts").is_some() { 1 } else { 0 }, 0, count, count] {
            bytes.extend(u16::to_le_bytes(short));
        }
        bytes.extend((list.len() as u32).to_le_bytes());
        bytes.extend(at.to_le_bytes());
        bytes.extend((comment.len() as u16).to_le_bytes());
        bytes.extend(comment);
    }
    let cut = option("cut=").map_or(0, |text| text.parse().unwrap());
    bytes.truncate(bytes.len() - cut);
    bytes.extend(vec![b'x'; option("behind=").map_or(0, |text| text.parse().unwrap())]);
    bytes
}

/// Appends an entry and its line in the list. `stored` or else deflated; `zeros=N` or `bytes=HEX` instead of content; `says=N` announces
/// another size; `encrypted`, `method=N`, `link`, `pipe`, `executable`; `wrong-checksum`; `raw=HEX` for a name that is no text;
/// `other-name` in front than in the list; `inside`: begins where the entry before begins.
fn entry(item: &Item, at: usize, bytes: &mut Vec<u8>, list: &mut Vec<u8>) {
    let content = item.number("zeros").map_or(item.content.clone(), |count| vec![0; count]);
    let deflated = !item.has("stored");
    let packed = if deflated { deflate(&content) } else { content.clone() };
    let checksum = crc32fast::hash(&content) ^ u32::from(item.has("wrong-checksum"));
    let method = item.number("method").unwrap_or(if deflated { 8 } else { 0 }) as u16;
    let mode: u32 = match item {
        _ if item.has("link") => 0o120_777,
        _ if item.has("pipe") => 0o010_644,
        _ if item.has("executable") => 0o100_755,
        _ => 0o100_644,
    };
    let mut common = Vec::new();
    for short in [20, u16::from(item.has("encrypted")), method, 0, 0x21] {
        common.extend(u16::to_le_bytes(short));
    }
    let size = item.number("says").unwrap_or(content.len());
    for long in [checksum, packed.len() as u32, size as u32] {
        common.extend(long.to_le_bytes());
    }
    common.extend((item.name.len() as u16).to_le_bytes());
    common.extend([0, 0]);
    bytes.extend(b"PK\x03\x04");
    bytes.extend(&common);
    match item.has("other-name") {
        true => bytes.extend(vec![b'x'; item.name.len()]),
        false => bytes.extend(&item.name),
    }
    bytes.extend(packed);
    list.extend(b"PK\x01\x02\x14\x03");
    list.extend(common);
    list.extend([0; 6]);
    list.extend((mode << 16).to_le_bytes());
    list.extend((at as u32).to_le_bytes());
    list.extend(&item.name);
}

fn deflate(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

impl Item {
    fn has(&self, option: &str) -> bool {
        self.options.iter().any(|word| word == option)
    }

    fn number(&self, option: &str) -> Option<usize> {
        self.options.iter().find_map(|word| word.strip_prefix(option)?.strip_prefix('=')?.parse().ok())
    }
}

fn parse(recipe: &str) -> (Vec<Item>, Vec<String>) {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<String>>();
    let (mut items, mut whole): (Vec<Item>, Vec<String>) = (Vec::new(), Vec::new());
    for line in recipe.lines() {
        if let Some(options) = line.strip_prefix("== !") {
            whole.extend(words(options));
        } else if let Some(head) = line.strip_prefix("== ") {
            let (name, options) = head.split_once(" | ").unwrap_or((head, ""));
            let options = words(options);
            let raw = options.iter().find_map(|word| word.strip_prefix("raw=")).map(hex);
            let content = options.iter().find_map(|word| word.strip_prefix("bytes=")).map(hex);
            let name = raw.unwrap_or_else(|| name.into());
            items.push(Item { name, content: content.unwrap_or_default(), options });
        } else if let Some(item) = items.last_mut() {
            item.content.extend(line.as_bytes());
            item.content.push(b'\n');
        }
    }
    (items, whole)
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
