//! What is wrong with the files that a descriptor speaks of, for whoever looks at it and deploys nothing: the command line and
//! the editor say the same.
//!
//! Content in folders is listed and not read, so that it can be looked at whenever something changes. Archives are unpacked:
//! damage in them shows nowhere else.

use super::find::{contents_of, files_of, no_content};
use super::manifest::Manifest;
use super::open::Origin;
use super::parameters::{Absence, attached};
use crate::descriptor::{Descriptor, Module};
use crate::finding::{CONTENT_MISSING, Finding, Findings, Severity};
use crate::name::ModuleName;
use crate::plan::parameters::with_content;
use crate::source::{FileId, Sources, Span};
use crate::stage;
use crate::target::{Facts, Target};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// A descriptor with its extensions, and where it is from.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub descriptor: FileId,
    pub extensions: &'a [FileId],
    pub origin: &'a Origin,
    pub target: &'a Target,
    pub facts: &'a Facts,
}

/// What is wrong with files of parameters and content of modules. Whether there are any is seen before the descriptor is read
/// for them; of one with errors nothing is said, for it does not say reliably which files are meant.
pub fn about_files(sources: &mut Sources, asked: Asked<'_>, listings: &Listings) -> Findings {
    let Asked { descriptor, extensions, origin, target, facts } = asked;
    if matches!(origin, Origin::Nowhere) {
        return Findings::default();
    }
    let names_some = origin.manifest().is_some_and(|manifest| manifest.named().next().is_some());
    let some = names_some || may_speak_of_files(sources, descriptor, extensions);
    let merged = some.then(|| stage::combine(sources, descriptor, extensions, target).product).flatten();
    let Some(asking) = merged.and_then(|merged| stage::ask(merged, target, facts).product) else {
        return Findings::default();
    };
    let mut findings = attached(sources, origin, &asking.filled, target, Absence::Warning).findings;
    findings.extend(match origin {
        Origin::Folder { root, manifest: None } => in_folder(sources, origin, root, &asking.filled, listings),
        Origin::Folder { manifest: Some(manifest), .. } => carried(sources, origin, manifest, &asking.filled),
        Origin::Archive(archive) => carried(sources, origin, &archive.manifest, &asking.filled),
        Origin::Nowhere => Findings::default(),
    });
    findings
}

/// Whether a descriptor has the words without which [`about_files`] has nothing to look at.
pub fn may_speak_of_files(sources: &Sources, descriptor: FileId, extensions: &[FileId]) -> bool {
    let says = |file: &FileId| ["config-path", "content"].iter().any(|word| sources.get(*file).text().contains(word));
    says(&descriptor) || extensions.iter().any(says)
}

/// All that is in an archive is unpacked once.
fn carried(sources: &mut Sources, origin: &Origin, manifest: &Manifest, descriptor: &Descriptor) -> Findings {
    let mut modules = with_content(descriptor);
    let asked: Vec<&ModuleName> = modules.iter().map(|(module, _)| &module.name.value).collect();
    let packed =
        |module: &&Module| manifest.modules.contains_key(&module.name.value) && !asked.contains(&&module.name.value);
    let others: Vec<_> = descriptor.modules.iter().filter(packed).map(|module| (module, module.name.span)).collect();
    modules.extend(others);
    contents_of(sources, origin, &modules).findings
}

/// Of a folder, only what will be carried.
fn in_folder(
    sources: &mut Sources,
    origin: &Origin,
    root: &Path,
    descriptor: &Descriptor,
    listings: &Listings,
) -> Findings {
    let mut findings = Findings::default();
    for (module, at) in with_content(descriptor) {
        if module.path.as_ref().is_none_or(|path| path.value.is_empty()) {
            findings.push(may_be_built(no_content(origin, module, at)));
            continue;
        }
        let listed = listings.of(root, module, || files_of(sources, origin, module).findings);
        findings.extend(listed.into_iter().map(may_be_built).collect());
    }
    findings
}

/// What is not there may be built later.
fn may_be_built(mut finding: Finding) -> Finding {
    if finding.code == &CONTENT_MISSING {
        finding.severity = Severity::Warning;
    }
    finding
}

/// What was found in the folders of modules, for whoever asks again with every letter that is typed.
///
/// A folder is listed again when it has changed itself. What changes further down shows in no one place that could be looked
/// at, so whoever knows that files may have changed says so with [`Listings::forget`].
#[derive(Debug, Default)]
pub struct Listings {
    known: Mutex<HashMap<(PathBuf, ModuleName), Listing>>,
}

#[derive(Debug)]
struct Listing {
    path: String,
    changed: Option<SystemTime>,
    /// Where the module's path and name stood.
    places: [Span; 2],
    findings: Vec<Finding>,
}

/// How many are remembered.
const MOST: usize = 1000;

impl Listings {
    pub fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn of(&self, root: &Path, module: &Module, list: impl FnOnce() -> Findings) -> Vec<Finding> {
        let path = module.path.as_ref().map_or("", |path| &path.value);
        let places = [module.path.as_ref().map_or(module.name.span, |path| path.span), module.name.span];
        let changed = std::fs::metadata(root.join(path)).and_then(|about| about.modified()).ok();
        let key = (root.to_owned(), module.name.value.clone());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listing) = known.get(&key).filter(|known| known.path == path && known.changed == changed) {
            return listing.findings.iter().map(|finding| moved(finding, &listing.places, &places)).collect();
        }
        let findings: Vec<Finding> = list().into_iter().collect();
        // What is in an archive has a place of this run only.
        let is_here = |finding: &Finding| places.contains(&finding.at);
        if known.len() < MOST && findings.iter().all(is_here) {
            known.insert(key, Listing { path: path.to_owned(), changed, places, findings: findings.clone() });
        }
        findings
    }
}

/// The finding where its module stands now.
fn moved(finding: &Finding, from: &[Span; 2], to: &[Span; 2]) -> Finding {
    let at = from.iter().position(|place| *place == finding.at).and_then(|place| to.get(place)).copied();
    Finding { at: at.unwrap_or(finding.at), ..finding.clone() }
}
