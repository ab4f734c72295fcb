//! Files with parameters: which there are, and what they say.
//!
//! In an archive the manifest names them. In a folder a service says `config-path` or `path`, and a requirement `path`
//! (parameters 3 and 4). A parameter `path` may as well be something of the author's own, for a placeholder; so where it leads
//! nowhere, that is a warning, and only `config-path` must lead to a file.

use super::files::{Files, Positioned};
use super::manifest::{Manifest, Named};
use super::open::Origin;
use super::path::EntryPath;
use super::unmatched::unmatched;
use super::{limits, unpack};
use crate::descriptor::{Descriptor, Requires, Resource};
use crate::finding::{ARCHIVE_TOO_LARGE, Finding, Findings, PARAMETER_FILE, Severity, Staged};
use crate::name::{ModuleName, ResourceName};
use crate::source::{FileId, Sources, Span};
use crate::stage::attach::{Attached, unspeakable};
use crate::target::{Compat, Target};
use crate::tree::{Map, Origin as ValueOrigin, Value, read::read_json};
use std::io;

/// A file with parameters, and whom it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterFile {
    pub role: Role,
    pub path: EntryPath,
    /// Where it is named.
    pub at: Span,
    must: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Role {
    Resource(ResourceName),
    Requires(ModuleName, String),
}

impl ParameterFile {
    /// A finding about the file: only what must be there is an error when it is not.
    pub fn severe(&self, finding: Finding) -> Finding {
        severe(finding, self.must)
    }
}

/// The files with parameters that belong to something in the descriptor.
pub fn parameter_files(origin: &Origin, descriptor: &Descriptor, target: &Target) -> Staged<Vec<ParameterFile>> {
    match origin {
        Origin::Archive(archive) => Staged::new(by_manifest(&archive.manifest, descriptor), Findings::default()),
        Origin::Folder { manifest: Some(manifest), .. } => {
            Staged::new(by_manifest(manifest, descriptor), Findings::default())
        }
        Origin::Folder { manifest: None, .. } => by_parameters(descriptor, target),
        Origin::Nowhere => Staged::new(Vec::new(), Findings::default()),
    }
}

/// What matches nothing in the descriptor is left to [`super::unmatched`].
fn by_manifest(manifest: &Manifest, descriptor: &Descriptor) -> Vec<ParameterFile> {
    let file =
        |role, named: &Named| ParameterFile { role, path: named.path.value.clone(), at: named.path.span, must: true };
    let resources = descriptor.resources.iter().filter_map(|resource| {
        let name = &resource.name.value;
        Some(file(Role::Resource(name.clone()), manifest.resources.get(name)?))
    });
    let requires =
        descriptor.modules.iter().flat_map(|module| module.requires.iter().map(move |requires| (module, requires)));
    let requires = requires.filter_map(|(module, requires)| {
        let name = (module.name.value.clone(), requires.name.value.to_string());
        Some(file(Role::Requires(name.0.clone(), name.1.clone()), manifest.requires.get(&name)?))
    });
    resources.chain(requires).collect()
}

fn by_parameters(descriptor: &Descriptor, target: &Target) -> Staged<Vec<ParameterFile>> {
    let mut findings = Findings::default();
    let mut files = Vec::new();
    for resource in descriptor.resources.iter().filter(|resource| is_service(resource, target)) {
        let role = Role::Resource(resource.name.value.clone());
        let parameters = &resource.parameters.map;
        match parameters.get("config-path") {
            // The deploy service needs the file when it makes the service, which nobody does here.
            Some(value) => {
                let must = target.compat == Compat::Documented;
                files.extend(file(role, value, must, &mut findings));
            }
            None => files.extend(parameters.get("path").and_then(|value| file(role, value, false, &mut findings))),
        }
    }
    for module in &descriptor.modules {
        for requires in module.requires.iter().filter(|requires| of_service(requires, descriptor, target)) {
            let role = Role::Requires(module.name.value.clone(), requires.name.value.to_string());
            let path = requires.parameters.map.get("path");
            files.extend(path.and_then(|value| file(role, value, false, &mut findings)));
        }
    }
    Staged::new(files, findings)
}

fn is_service(resource: &Resource, target: &Target) -> bool {
    let kind = resource.kind.as_ref().map_or("", |kind| &kind.value);
    let meaning = target.resource_meaning(kind, &resource.parameters.map);
    resource.active
        && matches!(meaning, "managed-service" | "user-provided-service" | "existing-service" | "existing-service-key")
}

fn of_service(requires: &Requires, descriptor: &Descriptor, target: &Target) -> bool {
    let name = requires.name.value.as_str();
    descriptor.resources.iter().any(|resource| resource.name.value.as_str() == name && is_service(resource, target))
}

fn file(role: Role, value: &Value, must: bool, findings: &mut Findings) -> Option<ParameterFile> {
    let at = value.span()?;
    let text = value.as_text()?;
    match EntryPath::parse(text.trim_start_matches("./")) {
        Ok(path) => Some(ParameterFile { role, path, at, must }),
        Err(bad) => {
            let what = format!(
                "The path `{text}` {}; a file with parameters lies below the folder of the descriptor.",
                bad.in_words()
            );
            findings.push(severe(Finding::new(&PARAMETER_FILE, at, what), must).help("Write it as `config/db.json`."));
            None
        }
    }
}

fn severe(mut finding: Finding, must: bool) -> Finding {
    if !must {
        finding.severity = Severity::Warning;
    }
    finding
}

/// What it is that a file is not there which must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// For who deploys.
    Error,
    /// For who looks at a descriptor, perhaps without all that belongs to it.
    Warning,
}

/// Reads all files with parameters.
pub fn attached(
    sources: &mut Sources,
    origin: &Origin,
    descriptor: &Descriptor,
    target: &Target,
    absence: Absence,
) -> Staged<Attached> {
    let mut findings = origin.manifest().map(|manifest| unmatched(manifest, descriptor)).unwrap_or_default();
    let mut attached = Attached::default();
    let mut all = 0;
    for mut file in findings.keep(parameter_files(origin, descriptor, target)) {
        file.must &= absence == Absence::Error;
        let limit = match file.role {
            Role::Resource(_) => limits::ALL_JSON,
            Role::Requires(..) => limits::SMALL_FILE,
        };
        let Some(bytes) = text_of(sources, origin, &file, limit, &mut findings) else { continue };
        all += bytes.len() as u64;
        if all > limits::ALL_JSON {
            let limit = limits::in_words(limits::ALL_JSON);
            let what = format!("With `{}` the files with parameters have more than {limit} together.", file.path);
            findings.push(Finding::new(&ARCHIVE_TOO_LARGE, file.at, what).help("Services take parameters, not data."));
            break;
        }
        let name = match origin {
            Origin::Archive(archive) => format!("{}!{}", archive.zip.name, file.path),
            Origin::Folder { root, .. } => root.join(file.path.as_str()).to_string_lossy().into_owned(),
            Origin::Nowhere => file.path.to_string(),
        };
        let mut inside = Findings::default();
        let map = parsed(sources, name, &bytes, &mut inside);
        let named_at = |finding: Finding| finding.related(file.at, "the file is named here");
        findings.extend(inside.into_iter().map(named_at).collect());
        let Some(map) = map else { continue };
        match file.role {
            Role::Resource(name) => drop(attached.resources.insert(name, map)),
            Role::Requires(module, name) => drop(attached.requires.insert((module, name), map)),
        }
    }
    Staged::new(attached, findings)
}

fn text_of(
    sources: &mut Sources,
    origin: &Origin,
    file: &ParameterFile,
    limit: u64,
    findings: &mut Findings,
) -> Option<Vec<u8>> {
    let unreadable = |what: String| {
        severe(Finding::new(&PARAMETER_FILE, file.at, what), file.must)
            .help("It is a JSON file whose content becomes part of `config`.")
    };
    let read = match origin {
        Origin::Archive(archive) => {
            // A folder was found to be there; it is no file.
            let entry = archive.contents.get(&file.path).filter(|entry| !entry.path.is_folder());
            let Some(entry) = entry else {
                findings.push(unreadable(format!("`{}` is no file.", file.path)));
                return None;
            };
            unpack::small(sources, &archive.zip.name, &mut Positioned::at_start(&archive.zip), entry, limit)
                .map(|read| findings.keep(read).map(Some).unwrap_or_default())
        }
        Origin::Folder { root, .. } => match Files::on_disk(root, &file.path) {
            Ok(files) => match files.list.as_slice() {
                [one] if !root.join(file.path.bare()).is_dir() => one.open().and_then(|from| {
                    let bytes = limits::read_all(from, limit)?;
                    let larger = || io::Error::other(format!("it has more than {}", limits::in_words(limit)));
                    bytes.map(Some).ok_or_else(larger)
                }),
                _ => Err(io::Error::other("it is a folder")),
            },
            Err(trouble) => Err(io::Error::other(trouble.in_words())),
        },
        Origin::Nowhere => Ok(None),
    };
    match read {
        Ok(bytes) => bytes,
        Err(error) => {
            findings.push(unreadable(format!("The file `{}` cannot be read: {error}.", file.path)));
            None
        }
    }
}

fn parsed(sources: &mut Sources, name: String, bytes: &[u8], findings: &mut Findings) -> Option<Map> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let file = sources.add(name, text);
    let text = sources.get(file).text();
    let origin = ValueOrigin::Written(Span::start_of(file));
    let read = read_json(text, &origin);
    if let Some(text) = read.as_ref().ok().and_then(unspeakable) {
        let what = format!("The text `{text}` cannot be carried: it has a hole (`${{…}}`) inside a hole.");
        findings.push(
            Finding::new(&PARAMETER_FILE, Span::start_of(file), what).help("Say it in `config` in the descriptor."),
        );
        return None;
    }
    match read {
        Ok(value) => match value.as_map() {
            Some(map) => Some(map.clone()),
            None => {
                let what = format!("The file holds {}; parameters are a JSON object.", value.kind_name());
                findings.push(
                    Finding::new(&PARAMETER_FILE, Span::start_of(file), what).help("Write `{\"key\": \"value\"}`."),
                );
                None
            }
        },
        Err(error) => {
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or_default().to_owned();
            let at = offset(sources, file, error.line(), error.column());
            let what = format!("The file is not readable as JSON: {said}.");
            findings.push(
                Finding::new(&PARAMETER_FILE, at, what).help("JSON has no comments and no comma behind the last item."),
            );
            None
        }
    }
}

/// The place of a row and a column in bytes, both from 1.
fn offset(sources: &Sources, file: FileId, row: usize, column: usize) -> Span {
    let text = sources.get(file);
    let start = text.rows().get(row.saturating_sub(1)).map_or(text.text().len(), |start| *start as usize);
    let mut at = (start + column.saturating_sub(1)).min(text.text().len());
    while !text.text().is_char_boundary(at) {
        at -= 1;
    }
    Span::new(file, at..at)
}
