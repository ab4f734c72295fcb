//! In which order extensions apply: each one says whom it extends, so they form a chain that begins at the descriptor.

use crate::descriptor::given::SECURE;
use crate::descriptor::{Descriptor, Extension};
use crate::finding::{self, Finding, Findings, Fix};
use crate::name::{MtaId, nearest};
use crate::source::Span;
use crate::stage::load::Parsed;
use crate::target::Compat;
use std::collections::{BTreeSet, HashMap};

/// Returns the extensions in the order in which they apply. The one made from secrets of the caller's environment is the last
/// link of the chain, whatever it says that it extends; of several, the last one given counts. Behind it come the settings
/// of the command line.
///
/// The deploy service passes over extensions that are no part of the chain, and of rivals takes the first; so it is done here
/// when windlass is told to be like it, with warnings.
pub fn chain<'p>(parsed: &'p Parsed, compat: Compat, findings: &mut Findings) -> Vec<&'p Extension> {
    let (secure, ordinary): (Vec<&Extension>, Vec<&Extension>) =
        parsed.extensions.iter().partition(|extension| extension.id.value.as_str() == SECURE);
    same_ids(&parsed.descriptor, &ordinary, findings);
    let mut strays = Findings::default();
    let children = children(&ordinary, &mut strays);
    let mut chain = follow(&parsed.descriptor, &ordinary, &children);
    left_over(parsed, &ordinary, &chain, &mut strays);
    findings.extend(match compat {
        Compat::Documented => strays,
        Compat::DeployService => strays.into_iter().map(Finding::as_warning).collect(),
    });
    chain.extend(secure.last());
    chain.extend(&parsed.settings);
    schema_versions(&parsed.descriptor, &chain, findings);
    chain
}

fn same_ids(descriptor: &Descriptor, extensions: &[&Extension], findings: &mut Findings) {
    let mut ids: HashMap<&str, Span> = HashMap::from([(descriptor.id.value.as_str(), descriptor.id.span)]);
    for extension in extensions {
        let id = extension.id.value.as_str();
        match ids.get(id) {
            // That it is missing was said where the file was read.
            _ if id.is_empty() => {}
            None => _ = ids.insert(id, extension.id.span),
            Some(first) => findings.push(
                Finding::new(
                    &finding::EXT_ID_CLASH,
                    extension.id.span,
                    format!("Another file has the ID `{id}` already."),
                )
                .path("ID")
                .related(*first, format!("`{id}` is taken here"))
                .help("Every extension needs an ID of its own, for example the descriptor's with a suffix."),
            ),
        }
    }
}

/// Extensions by what they extend; of rivals, the first. Rivals are reported: the order between them would be chance.
fn children<'p>(extensions: &[&'p Extension], findings: &mut Findings) -> HashMap<&'p str, &'p Extension> {
    let mut children: HashMap<&str, &Extension> = HashMap::new();
    for extension in extensions {
        let parent = extension.extends.value.as_str();
        match children.get(parent) {
            _ if parent.is_empty() => {}
            None => _ = children.insert(parent, extension),
            Some(first) => findings.push(
                Finding::new(
                    &finding::EXT_SAME_EXTENDS,
                    extension.extends.span,
                    format!("`{}` and `{}` both extend `{parent}`.", first.id.value, extension.id.value),
                )
                .path("extends")
                .related(first.extends.span, format!("`{}` extends it first", first.id.value))
                .help(format!(
                    "Let one extend the other, for example `extends: {}` here: the later one wins.",
                    first.id.value
                )),
            ),
        }
    }
    children
}

fn follow<'p>(
    descriptor: &Descriptor,
    extensions: &[&'p Extension],
    children: &HashMap<&str, &'p Extension>,
) -> Vec<&'p Extension> {
    let mut chain: Vec<&Extension> = Vec::new();
    let mut id = descriptor.id.value.as_str();
    // No chain is longer than the number of extensions; the bound ends the walk when two files have one ID.
    while let Some(extension) = children.get(id).filter(|_| chain.len() < extensions.len()) {
        chain.push(extension);
        id = extension.id.value.as_str();
    }
    chain
}

/// Reports extensions that the chain does not reach. One mistake, one finding: those that hang on a misplaced one are
/// shown with it. What hangs on a file that could not be read, or has no ID, may well be in its place.
fn left_over(parsed: &Parsed, extensions: &[&Extension], chain: &[&Extension], findings: &mut Findings) {
    let Parsed { descriptor, unread, .. } = parsed;
    let nameless = |id: &MtaId| id.as_str().is_empty();
    let may_be_unread =
        *unread || nameless(&descriptor.id.value) || extensions.iter().any(|extension| nameless(&extension.id.value));
    let reached: BTreeSet<&str> = std::iter::once(descriptor.id.value.as_str())
        .chain(chain.iter().map(|extension| extension.id.value.as_str()))
        .collect();
    let left: Vec<&Extension> = extensions
        .iter()
        // Rivals of a link have a reached parent: they have been reported, and so have those behind them.
        .filter(|extension| !reached.contains(extension.extends.value.as_str()))
        .copied()
        .collect();
    let rivals: BTreeSet<&str> = extensions
        .iter()
        .filter(|extension| reached.contains(extension.extends.value.as_str()))
        .map(|extension| extension.id.value.as_str())
        .collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let is_left = |id: &str| left.iter().any(|extension| extension.id.value.as_str() == id);
    // First those whose parent is nowhere, then what is still untold: rings.
    for ring in [false, true] {
        for extension in &left {
            let parent = extension.extends.value.as_str();
            if told.contains(extension.id.value.as_str()) || (!ring && is_left(parent)) {
                continue;
            }
            let followers = followers(extension, &left);
            told.insert(extension.id.value.as_str());
            told.extend(followers.iter().map(|follower| follower.id.value.as_str()));
            if !rivals.contains(parent) && !parent.is_empty() && (ring || !may_be_unread) {
                findings.push(unreached(extension, &followers, parent, ring, &reached));
            }
        }
    }
}

/// The extensions that hang on `root`, directly or not.
fn followers<'p>(root: &Extension, left: &[&'p Extension]) -> Vec<&'p Extension> {
    let mut ids: BTreeSet<&str> = BTreeSet::from([root.id.value.as_str()]);
    let mut followers = Vec::new();
    loop {
        let next: Vec<&Extension> = left
            .iter()
            .filter(|it| ids.contains(it.extends.value.as_str()) && !ids.contains(it.id.value.as_str()))
            .copied()
            .collect();
        if next.is_empty() {
            return followers;
        }
        ids.extend(next.iter().map(|extension| extension.id.value.as_str()));
        followers.extend(next);
    }
}

fn unreached(
    extension: &Extension,
    followers: &[&Extension],
    parent: &str,
    ring: bool,
    reached: &BTreeSet<&str>,
) -> Finding {
    let id = &extension.id.value;
    let message = match (ring, parent == SECURE) {
        (true, _) => format!("The extension `{id}` extends `{parent}`, which in the end extends `{id}` itself."),
        (false, true) => format!("The extension `{id}` extends `{SECURE}`, which nothing can extend."),
        (false, false) => format!("The extension `{id}` extends `{parent}`, which is not among the given files."),
    };
    let mut finding = Finding::new(&finding::EXT_UNKNOWN_EXTENDS, extension.extends.span, message).path("extends");
    for follower in followers {
        let note = format!("`{}` hangs on it, and so has no place either", follower.id.value);
        finding = finding.related(follower.extends.span, note);
    }
    let near = nearest(parent, reached.iter().copied());
    match near {
        Some(near) => finding.did_you_mean(Some(near)).fix(Fix::replace(extension.extends.span, near)),
        None => {
            let known: Vec<String> = reached.iter().map(|id| format!("`{id}`")).collect();
            finding.help(format!("It can extend {}; or leave the file out.", known.join(" or ")))
        }
    }
}

/// All links must follow the rules of the descriptor's major schema version.
fn schema_versions(descriptor: &Descriptor, chain: &[&Extension], findings: &mut Findings) {
    for extension in chain.iter().filter(|it| it.schema.value.major != descriptor.schema.value.major) {
        findings.push(
            Finding::new(
                &finding::EXT_SCHEMA_VERSION,
                extension.schema.span,
                format!(
                    "The extension `{}` has schema version {}, the descriptor has {}.",
                    extension.id.value, extension.schema.value, descriptor.schema.value
                ),
            )
            .path("_schema-version")
            .related(descriptor.schema.span, "the descriptor's schema version")
            .help("The major numbers must be equal, because the rules differ."),
        );
    }
}
