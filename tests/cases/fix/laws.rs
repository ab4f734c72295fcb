//! What holds for every fix of every text: it does what it says and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use windlass::finding::{Applicability, Edit, Finding, Findings, Severity};
use windlass::lint::fix::{Fixed, fix};
use windlass::lint::{self, Job};
use windlass::source::edit::{Editor, apply};
use windlass::source::yaml::{self, Node, NodeKind};
use windlass::source::{FileId, Sources};
use windlass::target::supply::Supplies;
use windlass::target::{Compat, Facts, Generator, Space, Target};

/// What lint says of a descriptor with its extensions, or of an extension alone.
pub fn findings(sources: &mut Sources, files: &[FileId]) -> Findings {
    let Some((file, extensions)) = files.split_first() else { return Findings::default() };
    let target = Target::built_in(Space { org: "local".into(), space: "dev".into() }, None, Compat::Documented);
    let facts = Facts {
        timestamp: "0".into(),
        user: "tester".into(),
        engine_url: "unix:///engine".into(),
        generated: Generator::new([0; 32]),
        supplies: Supplies::unasked(),
    };
    let job = Job {
        sources,
        file: *file,
        extensions,
        given: &[],
        target: &target,
        target_is_known: true,
        facts: &facts,
        beside: &|_, _| true,
    };
    let found = lint::check(&job);
    // What a file is for is not the matter here.
    found.into_iter().filter(|finding| finding.code.id != "missing-image").collect()
}

pub fn fixed(sources: &Sources, files: &[FileId], most: Applicability) -> Fixed {
    fix(sources, files, most, |sources| findings(sources, files))
}

/// Which fixes are looked at one by one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Each {
    Fix,
    /// The first one of each rule.
    Rule,
}

/// The laws that are broken, in words.
pub fn obey(sources: &Sources, files: &[FileId], each: Each) -> Vec<String> {
    let mut broken = Vec::new();
    let before = findings(&mut sources.with(&BTreeMap::new()), files);
    let editor = Editor::new(sources);
    let mut seen = BTreeSet::new();
    for finding in before.iter() {
        let first = finding.fix.is_some() && seen.insert(finding.code.id);
        if !first && each == Each::Rule {
            continue;
        }
        if let Some(edits) = finding.fix.as_ref().and_then(|fix| Some(editor.write(fix)?.edits)) {
            broken.extend(alone(sources, files, &before, finding, &edits));
        }
    }
    for most in [Applicability::Safe, Applicability::Unsafe] {
        let once = fixed(sources, files, most);
        let twice = fixed(&once.sources, files, most);
        if twice.count > 0 {
            broken.push(format!("{most:?} twice fixes {} more", twice.count));
        }
        for file in files {
            let readable = |sources: &Sources| yaml::read(sources, *file).product.is_some();
            if readable(sources) && !readable(&once.sources) {
                broken.push(format!("{most:?} leaves no YAML:\n{}", once.sources.get(*file).text()));
            }
        }
        // A guess may bring to light what was passed over before; in texts that people wrote, it should not.
        let strict = most == Applicability::Safe || each == Each::Rule;
        if strict && !before.has_errors() && once.findings.has_errors() {
            let errors: Vec<_> = once.findings.iter().filter(|found| found.severity == Severity::Error).collect();
            broken.push(format!("{most:?} brings errors: {errors:#?}"));
        }
    }
    broken
}

/// What one fix does when it is applied by itself.
fn alone(sources: &Sources, files: &[FileId], before: &Findings, finding: &Finding, edits: &[Edit]) -> Vec<String> {
    let mut broken = Vec::new();
    let what = format!("{} {:?}", finding.code.id, edits);
    let mut texts: BTreeMap<FileId, Arc<str>> = BTreeMap::new();
    for file in edits.iter().map(|edit| edit.at.file).collect::<BTreeSet<_>>() {
        let own: Vec<&Edit> = edits.iter().filter(|edit| edit.at.file == file).collect();
        texts.insert(file, apply(sources.get(file).text(), own.iter().copied()).into());
    }
    let mut after = sources.with(&texts);
    for file in texts.keys() {
        let own: Vec<&Edit> = edits.iter().filter(|edit| edit.at.file == *file).collect();
        let (old, new) = (yaml::read(sources, *file).product, yaml::read(&after, *file).product);
        match (old, new) {
            (Some(old), Some(new)) => {
                if let Err(difference) = same(&old, &new, sources.get(*file).text(), &own) {
                    broken.push(format!("{what} changes something else: {difference}"));
                }
            }
            (Some(_), None) => broken.push(format!("{what} leaves no YAML:\n{}", after.get(*file).text())),
            (None, _) => {}
        }
    }
    // The finding is gone: there is one fewer that says the same.
    let count = |findings: &Findings| {
        findings.iter().filter(|other| other.code == finding.code && other.message == finding.message).count()
    };
    let left = findings(&mut after, files);
    if count(&left) >= count(before) {
        let texts: Vec<_> = texts.values().collect();
        broken.push(format!("{what} leaves what it is for: {}\n{texts:#?}", finding.message));
    }
    broken
}

/// Compares what was with what is, but for the places of edits.
fn same(old: &Node, new: &Node, text: &str, edits: &[&Edit]) -> Result<(), String> {
    let touched = |node: &Node| touches(edits, node.span.start, node.span.end);
    let deleted =
        |node: &Node| edits.iter().any(|edit| edit.at.start <= node.span.start && node.span.end <= edit.at.end);
    match (&old.kind, &new.kind) {
        (NodeKind::Scalar(a), NodeKind::Scalar(b)) => {
            // An alias says what its anchor says.
            let alias = text[old.span.range()].starts_with('*');
            let equal = a.text == b.text && a.style == b.style;
            if equal || alias || touched(old) { Ok(()) } else { Err(format!("{:?} became {:?}", a.text, b.text)) }
        }
        (NodeKind::List(a), NodeKind::List(b)) => {
            let mut gone = a.len().saturating_sub(b.len());
            let mut rest = b.iter();
            for item in a.iter() {
                if gone > 0 && deleted(item) {
                    gone -= 1;
                    continue;
                }
                same(item, rest.next().ok_or("an item is gone")?, text, edits)?;
            }
            if rest.next().is_some() && !touched(old) { Err("an item came".to_owned()) } else { Ok(()) }
        }
        (NodeKind::Map(a), NodeKind::Map(b)) => {
            // A key that is renamed at its anchor is another one wherever that is merged.
            let mut renamed = 0;
            for pair in a.iter() {
                let (start, end) = (pair.key.span.start, pair.value.span.end.max(pair.key.span.end));
                match b.iter().find(|other| other.key.value == pair.key.value) {
                    Some(other) => same(&pair.value, &other.value, text, edits)?,
                    None if touches(edits, start, end) => renamed += 1,
                    None => return Err(format!("`{}` is gone", pair.key.value)),
                }
            }
            let mut new = b.iter().filter(|pair| !a.iter().any(|other| other.key.value == pair.key.value));
            match new.nth(renamed).filter(|_| !touched(old)) {
                Some(pair) => Err(format!("`{}` came", pair.key.value)),
                None => Ok(()),
            }
        }
        _ if touched(old) => Ok(()),
        _ => Err(format!("{} became {}", old.kind_name(), new.kind_name())),
    }
}

fn touches(edits: &[&Edit], start: u32, end: u32) -> bool {
    edits.iter().any(|edit| edit.at.start <= end && start <= edit.at.end)
}

type Form = fn(&str) -> String;

/// What is done does not depend on how rows end, nor on a mark at the beginning.
pub fn line_ends(sources: &Sources, files: &[FileId]) -> Vec<String> {
    let forms: [(&str, Form); 4] = [
        ("CRLF", |text| text.replace('\n', "\r\n")),
        ("CR", |text| text.replace('\n', "\r")),
        ("a byte-order mark", |text| format!("\u{feff}{text}")),
        ("no line end at the end", |text| text.trim_end_matches('\n').to_owned()),
    ];
    let mut broken = Vec::new();
    for most in [Applicability::Safe, Applicability::Unsafe] {
        let usual = fixed(sources, files, most);
        for (name, form) in forms {
            let texts = files.iter().map(|file| (*file, form(sources.get(*file).text()).into()));
            let unusual = fixed(&sources.with(&texts.collect()), files, most);
            for file in files {
                let (wanted, found) = (form(usual.sources.get(*file).text()), unusual.sources.get(*file).text());
                if wanted != **found {
                    broken.push(format!("{most:?} with {name}:\n{wanted:?}\n{found:?}"));
                }
            }
        }
    }
    broken
}
