//! `META-INF/MANIFEST.MF`: which entry of an archive is the content of which module.
//!
//! The form is that of a JAR manifest, which is older than it looks: a line has at most 72 bytes and goes on in the next one
//! after a blank, names of attributes ignore case, sections are separated by empty lines. A line may end in the middle of a
//! character, so lines are put together as bytes and become text afterwards.
//!
//! What the names mean is not known here; [`super::unmatched`] looks for those that match nothing in the descriptor.

mod lines;

use super::path::EntryPath;
use crate::finding::{ARCHIVE_BAD_PATH, Finding, Findings, MANIFEST_NAMED_TWICE, MANIFEST_SYNTAX, Staged};
use crate::name::{ModuleName, ResourceName};
use crate::source::{FileId, Sources, Span, Spanned};
use lines::{Attribute, Section};
use std::collections::BTreeMap;
use std::collections::btree_map;
use std::ops::Range;

/// Where the manifest stands in an archive.
pub const MANIFEST: &str = "META-INF/MANIFEST.MF";

/// What a manifest says, each path at its place in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Manifest {
    /// `MTA-Module`: the content of a module.
    pub modules: BTreeMap<ModuleName, Named>,
    /// `MTA-Resource`: a JSON file with parameters for creating a service.
    pub resources: BTreeMap<ResourceName, Named>,
    /// `MTA-Requires: module/dependency`: a JSON file with parameters for a binding.
    pub requires: BTreeMap<(ModuleName, String), Named>,
}

/// An entry, and where it was named.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    pub path: Spanned<EntryPath>,
    /// The place of the name that it is for, in the value of the attribute.
    pub name: Span,
}

impl Manifest {
    /// Every entry that is named, in no particular order.
    pub fn named(&self) -> impl Iterator<Item = &Named> {
        self.modules.values().chain(self.resources.values()).chain(self.requires.values())
    }
}

/// After so many findings the rest would say nothing new.
const MOST_FINDINGS: usize = 100;

/// Reads a manifest. `name` is what messages call it; the text becomes a file of `sources`, with `U+FFFD` where a line is
/// no UTF-8.
pub fn read(sources: &mut Sources, name: &str, bytes: &[u8]) -> (FileId, Staged<Manifest>) {
    let (text, lines) = lines::split(bytes);
    let file = sources.add(name, text);
    let shown = sources.get(file).text();
    let mut reader = Reader { file, shown, manifest: Manifest::default(), findings: Findings::default() };
    for (at, section) in lines::sections(&lines, shown).enumerate() {
        if reader.findings.len() >= MOST_FINDINGS {
            break;
        }
        reader.section(at == 0, &section);
    }
    (file, Staged::new(reader.manifest, reader.findings.sorted()))
}

struct Reader<'a> {
    file: FileId,
    shown: &'a str,
    manifest: Manifest,
    findings: Findings,
}

impl Reader<'_> {
    /// Widened to whole characters: a byte that is no UTF-8 is shown as one of three bytes.
    fn span(&self, range: &Range<usize>) -> Span {
        let (mut start, mut end) = (range.start.min(self.shown.len()), range.end.min(self.shown.len()));
        while !self.shown.is_char_boundary(start) {
            start -= 1;
        }
        while !self.shown.is_char_boundary(end) {
            end += 1;
        }
        Span::new(self.file, start..end)
    }

    fn section(&mut self, main: bool, section: &Section<'_>) {
        for fault in &section.faults {
            let finding = Finding::new(&MANIFEST_SYNTAX, self.span(&fault.at), fault.what.clone());
            self.findings.push(finding.help(fault.help));
        }
        // The main attributes describe the archive as a whole.
        if main {
            return;
        }
        let Some(first) = section.attributes.first() else { return };
        if !first.is("Name") {
            let message = format!("The section begins with `{}`; every section begins with `Name: PATH`.", first.name);
            let help =
                "An empty line ends a section. If this line belongs to the section before, take the empty line out.";
            self.findings.push(Finding::new(&MANIFEST_SYNTAX, self.span(&first.name_at), message).help(help));
            return;
        }
        let roles: Vec<&Attribute<'_>> =
            section.attributes.iter().filter(|attribute| ROLES.iter().any(|role| attribute.is(role))).collect();
        if roles.is_empty() {
            // Digests, sealed packages and the like.
            return;
        }
        let Some(path) = self.path(first) else { return };
        for attribute in roles {
            self.role(&path, attribute);
        }
    }

    fn path(&mut self, attribute: &Attribute<'_>) -> Option<Spanned<EntryPath>> {
        let text = self.text(attribute)?;
        let span = self.span(&attribute.value_at(0..attribute.value.len()));
        match EntryPath::parse(text) {
            Ok(path) => Some(Spanned::new(path, span)),
            Err(bad) => {
                let message = format!("The path `{text}` {}.", bad.in_words());
                let help = "Name the entry as the archive does: `web/app.zip`, or `web/` for a folder.";
                self.findings.push(Finding::new(&ARCHIVE_BAD_PATH, span, message).help(help));
                None
            }
        }
    }

    fn text<'a>(&mut self, attribute: &'a Attribute<'_>) -> Option<&'a str> {
        match std::str::from_utf8(&attribute.value) {
            Ok(text) => Some(text),
            Err(error) => {
                let at = error.valid_up_to();
                let message = format!(
                    "The value of `{}` is not UTF-8: byte 0x{:02X} does not belong to a text.",
                    attribute.name, attribute.value[at]
                );
                let span = self.span(&attribute.value_at(at..at + 1));
                self.findings.push(Finding::new(&MANIFEST_SYNTAX, span, message).help("Save the manifest as UTF-8."));
                None
            }
        }
    }

    /// Takes in one attribute that says what the entry is for.
    fn role(&mut self, path: &Spanned<EntryPath>, attribute: &Attribute<'_>) {
        let Some(text) = self.text(attribute) else { return };
        let mut from = 0;
        for item in text.split(',') {
            let blank = item.len() - item.trim_start().len();
            let name = item.trim();
            let at = self.span(&attribute.value_at(from + blank..from + blank + name.len()));
            from += item.len() + 1;
            if name.is_empty() {
                continue;
            }
            let named = Named { path: path.clone(), name: at };
            let earlier = if attribute.is(MODULE) {
                put(&mut self.manifest.modules, ModuleName::new(name), named)
            } else if attribute.is(RESOURCE) {
                put(&mut self.manifest.resources, ResourceName::new(name), named)
            } else if let Some((module, dependency)) = name.split_once('/') {
                put(&mut self.manifest.requires, (ModuleName::new(module), dependency.to_owned()), named)
            } else {
                let message = format!("`{name}` names no requirement: there is no `/` in it.");
                let help = "Write the module and what it requires: `web/database`";
                self.findings.push(Finding::new(&MANIFEST_SYNTAX, at, message).help(help));
                None
            };
            if let Some(earlier) = earlier {
                let message = format!(
                    "`{}` of `{name}` is `{}` here and `{}` elsewhere; which of them counts would be chance.",
                    attribute.name, path.value, earlier.path.value
                );
                self.findings.push(
                    Finding::new(&MANIFEST_NAMED_TWICE, at, message)
                        .related(earlier.name, "named here before")
                        .help("Leave one of the two."),
                );
            }
        }
    }
}

const MODULE: &str = "MTA-Module";
const RESOURCE: &str = "MTA-Resource";
const REQUIRES: &str = "MTA-Requires";
const ROLES: [&str; 3] = [MODULE, RESOURCE, REQUIRES];

/// Puts an entry under a name, unless another one is there: that is returned, and stays.
fn put<K: Ord>(map: &mut BTreeMap<K, Named>, name: K, named: Named) -> Option<Named> {
    match map.entry(name) {
        btree_map::Entry::Vacant(place) => {
            place.insert(named);
            None
        }
        btree_map::Entry::Occupied(there) => {
            Some(there.get().clone()).filter(|there| there.path.value != named.path.value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(bytes: &[u8]) -> (Vec<String>, Vec<String>) {
        let mut sources = Sources::default();
        let (_, read) = read(&mut sources, "MANIFEST.MF", bytes);
        let Manifest { modules, resources, requires } = read.product;
        let mut said: Vec<String> = modules.iter().map(|(name, it)| format!("{name} = {}", it.path.value)).collect();
        said.extend(resources.iter().map(|(name, it)| format!("resource {name} = {}", it.path.value)));
        said.extend(requires.iter().map(|((module, name), it)| format!("{module}/{name} = {}", it.path.value)));
        let place = |finding: &Finding| {
            let (at, _) = sources.positions(finding.at);
            format!("{}:{} {} {}", at.row, at.column, finding.code.id, sources.slice(finding.at))
        };
        (said, read.findings.iter().map(place).collect())
    }

    fn sections(text: &str) -> (Vec<String>, Vec<String>) {
        read_text(format!("Manifest-Version: 1.0\n\n{text}").as_bytes())
    }

    #[test]
    fn sections_say_what_an_entry_is_for() {
        let text = "Name: web/app.zip\r\nContent-Type: application/zip\r\nmta-MODULE: web , web-admin,\r\n\r\n\r\n\
                    Name: db/grants.json\r\nMTA-Requires: web/db\r\nMTA-Resource: db\r\n\r\n\
                    Name: com/Some.class\r\nSHA-256-Digest: x=\r\n";
        let (said, findings) = sections(text);
        assert_eq!(
            said,
            ["web = web/app.zip", "web-admin = web/app.zip", "resource db = db/grants.json", "web/db = db/grants.json"]
        );
        assert_eq!(findings, Vec::<String>::new());
    }

    #[test]
    fn long_lines_go_on_after_a_blank_even_inside_a_character() {
        let mut text = b"Manifest-Version: 1.0\n\nName: web/\xc3\n \xa4/a\n pp.zip\nMTA-Module: we\n b\n".to_vec();
        assert_eq!(read_text(&text), (vec!["web = web/ä/app.zip".into()], vec![]));
        // The same with bare carriage returns, and without the last one.
        text.iter_mut().for_each(|byte| *byte = if *byte == b'\n' { b'\r' } else { *byte });
        text.pop();
        assert_eq!(read_text(&text), (vec!["web = web/ä/app.zip".into()], vec![]));
    }

    #[test]
    fn what_cannot_be_meant_is_found_at_its_place() {
        for (text, expected) in [
            ("Name: ../x\nMTA-Module: a\n", "3:7 archive-bad-path ../x"),
            ("Name: a\\b\nMTA-Module: a\n", "3:7 archive-bad-path a\\b"),
            ("Name: x\nMTA-Module a\n", "4:1 manifest-syntax MTA-Module a"),
            ("Name: x\nMTA-Module:a\n", "4:1 manifest-syntax MTA-Module:a"),
            ("Name: x\nMTA Module: a\n", "4:1 manifest-syntax MTA Module: a"),
            ("Name: x\nMTA-Module: a\nMTA-Module: b\n", "5:1 manifest-syntax MTA-Module"),
            ("MTA-Module: a\n", "3:1 manifest-syntax MTA-Module"),
            ("Name: x\nMTA-Requires: a, web\n", "4:18 manifest-syntax web"),
            ("Name: x\nMTA-Module: a\n\nName: y\nMTA-Module: b,a\n", "7:15 manifest-named-twice a"),
            (" x\n", "3:1 manifest-syntax  x"),
        ] {
            let (_, findings) = sections(text);
            assert!(findings.contains(&expected.to_owned()), "{text}: {findings:?}");
        }
        let (said, findings) = read_text(b"A: b\n\nName: \xff\nMTA-Module: a\n");
        assert_eq!((said, findings), (vec![], vec!["3:7 manifest-syntax \u{fffd}".to_owned()]));
    }

    #[test]
    fn the_same_entry_twice_is_no_contradiction() {
        let (said, findings) = sections("Name: x\nMTA-Module: a\n\nName: x\nMTA-Module: a, b\n");
        assert_eq!((said, findings), (vec!["a = x".into(), "b = x".into()], vec![]));
    }
}
