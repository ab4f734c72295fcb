//! Findings of a family, file by file: exactly those of `windlass lint`, for every set that a file is in.

use super::family::{Family, Set, Surroundings};
use crate::finding::{
    Code, Finding, MANDATORY_WITHOUT_VALUE, Severity, UNRESOLVED_PLACEHOLDER, UNUSED_PARAMETER, UNUSED_PROVIDES,
    UNUSED_RESOURCE,
};
use crate::lint::control::{Comments, Control, Looked, Strictness};
use crate::lint::{Job, check};
use crate::package::{Asked, DESCRIPTOR, Origin, about_files, may_speak_of_files};
use crate::source::{FileId, Sources, Span};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Findings that something is missing or unused: another file may bring or use it, so all sets must agree.
static OF_ABSENCE: [&Code; 5] =
    [&MANDATORY_WITHOUT_VALUE, &UNRESOLVED_PLACEHOLDER, &UNUSED_PARAMETER, &UNUSED_PROVIDES, &UNUSED_RESOURCE];

/// What a diagnostic says of its text beside the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    Unnecessary = 1,
    Deprecated = 2,
}

pub fn tag(code: &Code) -> Option<Tag> {
    match code.id {
        id if id.starts_with("unused-") => Some(Tag::Unnecessary),
        id if id.contains("deprecated") => Some(Tag::Deprecated),
        _ => None,
    }
}

/// All findings of a family, each once, sorted. What holds in some sets only says in which. `sources`: the texts of the
/// family, as they are or as they could be.
pub fn findings(family: &Family, sources: &Sources) -> Vec<Finding> {
    let mut found: BTreeMap<(Span, &str, String), (Finding, Vec<usize>)> = BTreeMap::new();
    for (at, set) in family.sets.iter().enumerate() {
        for finding in of_set(family, sources, set) {
            let key = (finding.at, finding.code.id, finding.message.clone());
            found.entry(key).or_insert_with(|| (finding, Vec::new())).1.push(at);
        }
    }
    let mut findings: Vec<Finding> = Vec::new();
    for (mut finding, told_by) in found.into_values() {
        let concerned: Vec<usize> = (0..family.sets.len())
            .filter(|at| family.sets.get(*at).is_some_and(|set| set.files.contains(&finding.at.file)))
            .collect();
        let everywhere = concerned.iter().all(|at| told_by.contains(at));
        let is_of_absence = OF_ABSENCE.contains(&finding.code) && finding.severity != Severity::Error;
        if !everywhere && is_of_absence {
            continue;
        }
        if !everywhere && let Some(set) = told_by.first().and_then(|at| family.sets.get(*at)) {
            finding.message = format!("{} (with {})", finding.message, family.title(set));
        }
        findings.push(finding);
    }
    controlled(family, sources, findings)
}

/// What comments and settings leave of them.
fn controlled(family: &Family, sources: &Sources, findings: Vec<Finding>) -> Vec<Finding> {
    let has_errors = |file: FileId| findings.iter().any(|one| one.at.file == file && one.severity == Severity::Error);
    let looked = family.files().map(|file| Looked { file, alone: !family.has_descriptor, sound: !has_errors(file) });
    let looked: Vec<Looked> = looked.collect();
    let control = Control {
        sources,
        settings: &|file| family.settings(file),
        looked: &looked,
        comments: Comments::Heeded,
        strictness: Strictness::Usual,
        place: &|file| family.member(file).map(|member| PathBuf::from(&*member.name)),
    };
    let (counting, _) = control.apply(findings.into_iter().collect()).apart();
    counting.into_iter().collect()
}

fn of_set(family: &Family, sources: &Sources, set: &Set) -> Vec<Finding> {
    let Some((file, extensions)) = set.files.split_first() else { return Vec::new() };
    let around = family.surroundings();
    let job = Job {
        sources,
        file: *file,
        extensions,
        given: &[],
        target: &around.target,
        target_is_known: around.target_is_known,
        facts: &around.facts,
        beside: &|file, path| beside(family, file, path),
    };
    check(&job).into_iter().chain(about_the_files(family, sources, set)).collect()
}

/// What is wrong with the files that a descriptor speaks of. Of a text without a folder nobody can say, and in a folder that has
/// the form of an archive its manifest would have to be read.
fn about_the_files(family: &Family, sources: &Sources, set: &Set) -> Vec<Finding> {
    let Some((descriptor, extensions)) = set.files.split_first() else { return Vec::new() };
    let path = family.member(*descriptor).map(|member| Path::new(&*member.name));
    let Some(path) = path.filter(|path| path.is_absolute() && !path.ends_with(DESCRIPTOR)) else { return Vec::new() };
    if !family.has_descriptor || !may_speak_of_files(sources, *descriptor, extensions) {
        return Vec::new();
    }
    let root = path.parent().unwrap_or(path).to_owned();
    let mut texts = sources.with(&BTreeMap::new());
    let origin = Origin::Folder { root: root.clone(), manifest: None };
    let Surroundings { target, facts, listings, .. } = family.surroundings();
    let asked = Asked { descriptor: *descriptor, extensions, origin: &origin, target, facts };
    let findings = about_files(&mut texts, asked, listings);
    findings.into_iter().filter_map(|finding| in_family(finding, family, &texts, &root)).collect()
}

/// A finding in a file that is no descriptor, such as JSON with parameters, is told where the descriptor names that file.
fn in_family(finding: Finding, family: &Family, texts: &Sources, root: &Path) -> Option<Finding> {
    if family.member(finding.at.file).is_some() {
        return Some(finding);
    }
    let named = finding.related.iter().find(|related| family.member(related.at.file).is_some())?.at;
    let place = texts.line_of(finding.at);
    let root = root.to_string_lossy();
    let place = place.strip_prefix(&*root).map_or(&*place, |below| below.trim_start_matches(['/', '\\']));
    let message = format!("{place}: {}", finding.message);
    Some(Finding { at: named, message, related: Vec::new(), fix: None, ..finding })
}

/// Whether a path leads to something, seen from a document. Of a text without a folder nobody can say.
pub fn beside(family: &Family, file: FileId, path: &str) -> bool {
    let name = family.member(file).map(|member| Path::new(&*member.name));
    name.filter(|name| name.is_absolute()).is_none_or(|name| crate::disk::exists(&name.with_file_name(path)))
}
