//! From a folder to an archive: the descriptor, what its modules and services need of the folder, and a manifest that says
//! what is what.
//!
//! The same folder makes the same archive, byte for byte: entries are sorted, times and permissions fixed. Nothing is built
//! and nothing left out; what a module's `path` names is packed as it is.

use super::files::{Files, From, OneFile};
use super::find::{Located, check_file, module_path};
use super::manifest::MANIFEST;
use super::open::{DESCRIPTOR, Input, Origin};
use super::parameters::{Role, parameter_files};
use super::path::EntryPath;
use super::write::{WriteError, Writer};
use crate::descriptor::Descriptor;
use crate::finding::{CONTENT_MISSING, CONTENT_UNUSABLE, Finding, Findings, PARAMETER_FILE, Staged};
use crate::source::Sources;
use crate::target::Target;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek, Write};
use std::path::Path;

/// An archive that could be written.
#[derive(Debug)]
pub struct Packing {
    descriptor: Vec<u8>,
    manifest: String,
    /// The paths that the manifest names.
    named: BTreeSet<String>,
    /// By path in the archive.
    files: BTreeMap<String, OneFile>,
}

/// What a section of the manifest says of one path: its attributes, each with names.
type Sections = BTreeMap<String, BTreeMap<&'static str, Vec<String>>>;

/// Collects what belongs into the archive. `None` when something is missing or may not be packed.
pub fn pack(sources: &mut Sources, input: &Input, descriptor: &Descriptor, target: &Target) -> Staged<Option<Packing>> {
    let mut findings = Findings::default();
    let Origin::Folder { root, manifest: None } = &input.origin else {
        return Staged::new(None, findings);
    };
    let (mut files, mut sections) = (BTreeMap::new(), Sections::new());
    for module in &descriptor.modules {
        match module_path(module) {
            Ok(None) => {}
            Ok(Some(Located { path, at })) if path == EntryPath::here() => {
                let what = format!(
                    "The content of module `{}` is the whole folder, the descriptor included; no archive can say that.",
                    module.name.value
                );
                findings.push(
                    Finding::new(&CONTENT_UNUSABLE, at, what).help("Move it to a folder of its own: `path: web`"),
                );
            }
            Ok(Some(Located { path, at })) => match Files::on_disk(root, &path) {
                Ok(found) => {
                    findings.extend(check_file(sources, root, &Located { path: path.clone(), at }, module));
                    let name = put(&mut files, root, &path, found);
                    if reserved(&name) {
                        let what = format!(
                            "The content of module `{}` stands in `META-INF`, which belongs to the archive.",
                            module.name.value
                        );
                        findings.push(Finding::new(&CONTENT_UNUSABLE, at, what).help("Move it to another folder."));
                    }
                    name_it(&mut sections, name, "MTA-Module", module.name.value.to_string());
                }
                Err(trouble) => findings.push(trouble.finding(at, module)),
            },
            Err(finding) => findings.push(*finding),
        }
    }
    for file in findings.keep(parameter_files(&input.origin, descriptor, target)) {
        let found = Files::on_disk(root, &file.path);
        match found {
            Ok(found) if !root.join(file.path.bare()).is_dir() && !reserved(file.path.as_str()) => {
                let name = put(&mut files, root, &file.path, found);
                sections.entry(name.clone()).or_default().insert("Content-Type", vec!["application/json".to_owned()]);
                match file.role {
                    Role::Resource(resource) => name_it(&mut sections, name, "MTA-Resource", resource.to_string()),
                    Role::Requires(module, requires) => {
                        name_it(&mut sections, name, "MTA-Requires", format!("{module}/{requires}"));
                    }
                }
            }
            Ok(_) => {
                let what = format!("`{}` is no file with parameters that could be packed.", file.path);
                findings.push(
                    file.severe(Finding::new(&PARAMETER_FILE, file.at, what))
                        .help("Name a JSON file below the folder."),
                );
            }
            Err(trouble) => {
                let what = format!("The file `{}` cannot be packed: {}.", file.path, trouble.in_words());
                findings.push(
                    file.severe(Finding::new(&PARAMETER_FILE, file.at, what))
                        .help("It is a JSON file whose content becomes part of `config`."),
                );
            }
        }
    }
    let text = sources.get(input.descriptor).text().as_bytes().to_owned();
    let named = sections.keys().cloned().collect();
    let packing = Packing { descriptor: text, manifest: manifest(&sections), named, files };
    Staged::new(Some(packing).filter(|_| !findings.has_errors()), findings.sorted())
}

/// Puts files into the archive; returns the path that the manifest names.
fn put(files: &mut BTreeMap<String, OneFile>, root: &Path, path: &EntryPath, found: Files) -> String {
    if !root.join(path.bare()).is_dir() {
        files.extend(found.list.into_iter().map(|file| (path.bare().to_owned(), file)));
        return path.bare().to_owned();
    }
    let folder = format!("{}/", path.bare());
    if found.list.is_empty() {
        let nothing = OneFile { path: String::new(), size: 0, executable: false, from: From::EmptyFolder };
        files.insert(folder.clone(), nothing);
    }
    for file in found.list {
        let ending = if matches!(file.from, From::EmptyFolder) { "/" } else { "" };
        files.insert(format!("{folder}{}{ending}", file.path), file);
    }
    folder
}

fn reserved(path: &str) -> bool {
    path.split('/').next().is_some_and(|first| first.eq_ignore_ascii_case("META-INF"))
}

fn name_it(sections: &mut Sections, path: String, attribute: &'static str, name: String) {
    sections.entry(path).or_default().entry(attribute).or_default().push(name);
}

/// A JAR manifest, whose lines have at most 72 bytes.
fn manifest(sections: &Sections) -> String {
    let mut text = String::from("Manifest-Version: 1.0\nCreated-By: windlass\n");
    for (path, attributes) in sections {
        text.push('\n');
        line(&mut text, "Name", path);
        for (attribute, names) in attributes {
            line(&mut text, attribute, &names.join(", "));
        }
    }
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    const LONGEST: usize = 72;
    let mut length = 0;
    for character in format!("{name}: {value}").chars() {
        if length + character.len_utf8() > LONGEST {
            text.push_str("\n ");
            length = 1;
        }
        text.push(character);
        length += character.len_utf8();
    }
    text.push('\n');
}

impl Packing {
    /// Leaves a file of the disk out: the archive itself, where it lies in a folder that is packed. Returns whether it was there.
    /// What a module names as its only content stays, and stays a mistake.
    pub fn leave_out(&mut self, file: &Path) -> bool {
        let found = self.files.iter().find(|(_, one)| matches!(&one.from, From::Disk(path) if path == file));
        let Some(path) = found.map(|(path, _)| path.clone()) else { return false };
        if self.named.contains(&path) {
            return false;
        }
        self.files.remove(&path).is_some()
    }

    /// Files besides descriptor and manifest.
    pub fn files(&self) -> impl Iterator<Item = (&str, &OneFile)> {
        self.files.iter().map(|(path, file)| (path.as_str(), file))
    }

    /// Writes the archive. Descriptor and manifest stand in front, where readers from the front look for them.
    pub fn write<W: Write + Seek>(&self, into: W) -> Result<W, WriteError> {
        let mut writer = Writer::new(into);
        writer.add(MANIFEST, false, self.manifest.as_bytes())?;
        writer.add(DESCRIPTOR, false, self.descriptor.as_slice())?;
        for (path, file) in &self.files {
            writer.add(path, file.executable, file.open()?)?;
        }
        writer.finish()
    }
}

/// A finding for a module that says no path, when nothing at all would be packed.
pub fn nothing_to_pack(packing: &Packing, descriptor: &Descriptor) -> Option<Finding> {
    let module = descriptor.modules.first().filter(|_| packing.files.is_empty())?;
    let what = "No module names content with `path`, so the archive holds nothing but the descriptor.".to_owned();
    let mut finding =
        Finding::new(&CONTENT_MISSING, module.name.span, what).help("Deploy the folder itself: `windlass deploy`");
    finding.severity = crate::finding::Severity::Info;
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::super::manifest as reading;
    use super::*;

    #[test]
    fn long_lines_are_written_as_they_are_read() {
        let mut sections = Sections::new();
        let path = format!("{}/ä.zip", "folder-with-a-long-name/".repeat(5));
        let path = path.replace("//", "/");
        name_it(&mut sections, path.clone(), "MTA-Module", "web".into());
        name_it(&mut sections, path.clone(), "MTA-Module", "admin".into());
        name_it(&mut sections, "db.json".into(), "MTA-Requires", "web/db".into());
        let text = manifest(&sections);
        assert!(text.lines().all(|line| line.len() <= 72), "{text}");
        let (_, read) = reading::read(&mut Sources::default(), "MANIFEST.MF", text.as_bytes());
        assert!(read.findings.is_empty(), "{:?}", read.findings);
        let named: Vec<String> = read.product.named().map(|named| named.path.value.to_string()).collect();
        assert_eq!(named, [path.clone(), path, "db.json".to_owned()]);
    }
}
