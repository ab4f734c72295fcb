//! The findings of everything that is to be checked, worked out on all cores.

use super::files::Work;
use crate::descriptor::given::Given;
use crate::disk;
use crate::finding::{Finding, Findings, Severity};
use crate::lint::control::Looked;
use crate::lint::{self, Job};
use crate::package::{Asked, Input, Listings, about_files};
use crate::source::{FileId, Sources, Span};
use crate::target::{Facts, Target};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What is known for everything that is checked.
pub struct Known<'a> {
    pub given: &'a [Given],
    pub target: &'a Target,
    /// Whether somebody said which target it is.
    pub target_is_known: bool,
    pub facts: &'a Facts,
}

/// Sorted findings, and which documents they are about.
pub struct Checked {
    pub findings: Findings,
    pub looked: Vec<Looked>,
}

/// Checks everything. The order of work has no influence on what comes out.
pub fn check(sources: &mut Sources, work: &[Work], known: &Known<'_>) -> Checked {
    // Contents are read into the sources, so one after the other, and before anybody else looks at them.
    let listings = Listings::default();
    let contents: Vec<Findings> = work
        .iter()
        .map(|Work { input, extensions }| {
            let Input { descriptor, ref origin } = *input;
            let Known { target, facts, .. } = *known;
            about_files(sources, Asked { descriptor, extensions, origin, target, facts }, &listings)
        })
        .collect();
    let found = on_all_cores(work, |work| {
        lint::check(&Job {
            sources,
            file: work.input.descriptor,
            extensions: &work.extensions,
            given: known.given,
            target: known.target,
            target_is_known: known.target_is_known,
            facts: known.facts,
            beside: &|file, path| beside(sources, file, path),
        })
    });
    let found: Vec<Findings> = found
        .into_iter()
        .zip(contents)
        .map(|(mut found, contents)| {
            found.extend(contents);
            found
        })
        .collect();
    let looked = work.iter().zip(&found).flat_map(|(work, found)| {
        let looked = |file| Looked { file, alone: work.extensions.is_empty(), sound: !found.has_errors() };
        files(work).map(looked).collect::<Vec<_>>()
    });
    Checked { looked: looked.collect(), findings: together(work, found) }
}

fn files(work: &Work) -> impl Iterator<Item = FileId> + '_ {
    std::iter::once(work.input.descriptor).chain(work.extensions.iter().copied())
}

/// A text that is checked with several chains of extensions is wrong if it is wrong with one of them; what is only doubtful
/// must be so with all, for what seems to be unused with one may be used with another. A chain with an error says less than
/// the others, and is asked only if all have one.
fn together(work: &[Work], found: Vec<Findings>) -> Findings {
    let mut chains: BTreeMap<FileId, Vec<usize>> = BTreeMap::new();
    for (at, work) in work.iter().enumerate() {
        files(work).for_each(|file| chains.entry(file).or_default().push(at));
    }
    chains.retain(|_, chains| chains.len() > 1);
    for chains in chains.values_mut() {
        if chains.iter().any(|at| !found[*at].has_errors()) {
            chains.retain(|at| !found[*at].has_errors());
        }
    }
    let doubts = |findings: &Findings| -> BTreeSet<(Span, &str)> {
        let shared = findings.iter().filter(|finding| chains.contains_key(&finding.at.file));
        shared.map(|finding| (finding.at, finding.code.id)).collect()
    };
    let told: Vec<BTreeSet<(Span, &str)>> = found.iter().map(doubts).collect();
    let stays = |finding: &Finding| match chains.get(&finding.at.file) {
        Some(chains) if finding.severity != Severity::Error => {
            chains.iter().all(|at| told[*at].contains(&(finding.at, finding.code.id)))
        }
        _ => true,
    };
    found.iter().flat_map(Findings::iter).filter(|finding| stays(finding)).cloned().collect::<Findings>().sorted()
}

/// Fewer are done sooner than a thread is started.
const WORTH_A_THREAD: usize = 8;

/// As much as the main thread has: values may be nested, and are walked by recursion.
const STACK: usize = 8 << 20;

/// Does the same with everything, on as many threads as there are cores. The results stand in the order of what was given.
fn on_all_cores<T: Sync, R: Send>(all: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = match all.len() / WORTH_A_THREAD {
        // To ask for the cores, several files are read.
        0 | 1 => 1,
        most => thread::available_parallelism().map_or(1, usize::from).min(most),
    };
    if cores < 2 {
        return all.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(all.len()));
    let run = || {
        let mut own = Vec::new();
        while let Some((at, one)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, all.get(at)?))) {
            own.push((at, work(one)));
        }
        done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(own);
    };
    thread::scope(|scope| {
        for _ in 1..cores {
            // Without a further thread, this one does all of it.
            let _ = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run);
        }
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Whether a path leads to something, seen from a document. Of a text without a folder nobody can say.
fn beside(sources: &Sources, file: FileId, path: &str) -> bool {
    let name = sources.get(file).name();
    name.contains('!') || name == "<stdin>" || disk::exists(&Path::new(name).with_file_name(path))
}
