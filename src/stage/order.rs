//! In which order modules and resources are worked on (semantics 5).
//!
//! Two rules exist for modules: by `requires`, or, as soon as one module has the key `deployed-after` or the descriptor
//! allows parallel deployment, by `deployed-after` alone. The order is then: the first module of the descriptor whose
//! predecessors have all been taken; repeat. (The deploy service sorts with a comparator that is no total order and gets
//! some of these wrong; the rule is what its tests expect, and what its authors meant.)

mod graph;

use crate::descriptor::{Descriptor, Module};
use crate::finding::{
    BAD_PARAMETER_VALUE, Change, DEPENDENCY_CYCLE, Emptied, Finding, Findings, Fix, SELF_DEPENDENCY, Severity, Staged,
    UNKNOWN_DEPLOYED_AFTER, UNKNOWN_PROCESSED_AFTER, ring,
};
use crate::name::{ModuleName, ResourceName, Suggestions};
use crate::source::{Span, Spanned};
use crate::text::{Form, has_hole};
use crate::tree::{Kind, Map};
use graph::{Group, Link, Waits};
use std::collections::{HashMap, HashSet};

/// The order of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Whether the descriptor allows modules at the same time (`enable-parallel-deployments`, schema 3).
    pub parallel: bool,
    /// In deployment order.
    pub modules: Vec<Ordered>,
    /// Batches in processing order; inside a batch as in the descriptor.
    pub resources: Vec<Vec<ResourceName>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Ordered {
    pub name: ModuleName,
    /// The modules that must be complete before; what these wait for in turn is left out.
    pub after: Vec<ModuleName>,
}

/// Orders modules and resources. Of elements that wait for each other, each has its turn as the descriptor lists them.
pub fn order(descriptor: &Descriptor) -> Staged<Order> {
    let mut findings = Findings::default();
    let parallel = descriptor.schema.value.major >= 3
        && descriptor.parameters.map.get(PARALLEL).and_then(|value| value.as_bool()) == Some(true);
    let by_name = descriptor.schema.value.major >= 3
        && (parallel || descriptor.modules.iter().any(|module| module.deployed_after.is_some()));
    let waits = if by_name { by_deployed_after(descriptor, &mut findings) } else { by_requires(descriptor) };
    let groups = waits.groups();
    let ranks: Vec<_> =
        descriptor.modules.iter().map(|module| if by_name { Rank::Soft } else { rank(module) }).collect();
    report_cycles(descriptor, &waits, &groups, &ranks, by_name, &mut findings);
    let resources = batches(descriptor, &mut findings);

    let name = |at: usize| descriptor.modules[at].name.value.clone();
    let sequence = waits.sequence(&groups, |at| ranks[at] == Rank::Hard);
    let modules = sequence
        .into_iter()
        .map(|(at, after)| Ordered { name: name(at), after: after.into_iter().map(name).collect() });
    Staged::new(Order { parallel, modules: modules.collect(), resources }, findings)
}

/// Whether modules may be deployed at the same time; a boolean at the top.
const PARALLEL: &str = "enable-parallel-deployments";
/// Who goes first when modules require each other; a text at a module.
const RANK: &str = "dependency-type";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rank {
    Hard,
    Soft,
}

/// Any other word than `hard` is as good as none.
fn rank(module: &Module) -> Rank {
    match module.parameters.map.get(RANK).and_then(|value| value.as_text()) {
        Some("hard") => Rank::Hard,
        _ => Rank::Soft,
    }
}

/// What is wrong with the parameters that decide about order. A deployment checks all parameters together; this is for
/// those who want the order alone, and may see placeholders that are not filled yet.
pub fn unusable_parameters(descriptor: &Descriptor) -> Findings {
    let mut findings = Findings::default();
    let mut check = |parameters: &Map, owner: &str, name: &str, expected: &str, fits: fn(&Kind) -> bool| {
        let Some((key, value)) = parameters.get_key_value(name).filter(|(_, value)| !value.is_null()) else { return };
        let open = matches!(&value.kind, Kind::Text(text) if has_hole(text, Form::Placeholder));
        let Some(at) = value.span().or(key.span).filter(|_| open || !fits(&value.kind)) else { return };
        let message = match open {
            true => format!("`{name}` is not known before its placeholders are filled, and does not count here."),
            false => format!("`{name}` is {}, but must be {expected}.", value.kind_name()),
        };
        let mut finding = Finding::new(&BAD_PARAMETER_VALUE, at, message).path(format!("{owner}parameters.{name}"));
        if open {
            finding.severity = Severity::Warning;
        }
        findings.push(finding);
    };
    if descriptor.schema.value.major >= 3 {
        check(&descriptor.parameters.map, "", PARALLEL, "`true` or `false`", |kind| matches!(kind, Kind::Bool(_)));
    }
    for (at, module) in descriptor.modules.iter().enumerate() {
        let owner = format!("modules[{at}].");
        check(&module.parameters.map, &owner, RANK, "`soft` or `hard`", |kind| matches!(kind, Kind::Text(_)));
    }
    findings
}

/// A module waits for those that provide what it requires. Resources are no modules, so most names lead nowhere.
fn by_requires(descriptor: &Descriptor) -> Waits {
    let mut providers: HashMap<&str, usize> = HashMap::new();
    for (at, module) in descriptor.modules.iter().enumerate() {
        for provides in &module.provides {
            providers.entry(provides.name.value.as_str()).or_insert(at);
        }
    }
    let mut waits = Waits::new(descriptor.modules.len());
    for (at, module) in descriptor.modules.iter().enumerate() {
        for requires in &module.requires {
            if let Some(provider) = providers.get(requires.name.value.as_str()) {
                waits.add(at, *provider, requires.name.span);
            }
        }
    }
    waits
}

fn by_deployed_after(descriptor: &Descriptor, findings: &mut Findings) -> Waits {
    let modules = descriptor.modules.iter().map(|module| &module.name);
    let places: HashMap<&str, usize> = modules.enumerate().map(|(at, name)| (name.value.as_str(), at)).collect();
    let mut waits = Waits::new(descriptor.modules.len());
    let mut unknown = Vec::new();
    for (at, module) in descriptor.modules.iter().enumerate() {
        for (entry, name) in module.deployed_after.iter().flatten().enumerate() {
            let path = || format!("modules[{at}].deployed-after[{entry}]");
            match places.get(name.value.as_str()) {
                Some(other) if *other == at => {
                    let mut finding = waits_for_itself("module", name.value.as_str(), "deployed-after", name.span);
                    // The deploy service steps over it, and real descriptors have it.
                    finding.severity = Severity::Warning;
                    findings.push(finding.path(path()));
                }
                Some(other) => waits.add(at, *other, name.span),
                None => unknown.push((at, unknown_module(module, name).path(path()), name.value.as_str())),
            }
        }
    }
    let names: Vec<&str> = descriptor.modules.iter().map(|module| module.name.value.as_str()).collect();
    guess(unknown, &names, &waits, findings);
    waits
}

/// Tells of names that nothing has, each with the one that was likely meant: never one that would close a ring.
fn guess(unknown: Vec<(usize, Finding, &str)>, names: &[&str], waits: &Waits, findings: &mut Findings) {
    if unknown.is_empty() {
        return;
    }
    let suggestions = Suggestions::default();
    // With what was guessed before.
    let mut waits = waits.clone();
    for (from, finding, name) in unknown {
        let at = finding.at;
        let closed = if suggestions.are_enough() { HashSet::new() } else { waits.closed_to(from) };
        let free = names.iter().enumerate().filter(|(other, _)| !closed.contains(other)).map(|(_, name)| *name);
        let near = suggestions.nearest(name, free);
        findings.push(match near {
            Some(near) => finding.did_you_mean(Some(near)).fix(Fix::replace(at, near)),
            None => finding.help("Delete it, or write the name that was meant."),
        });
        if let Some(to) = near.and_then(|near| names.iter().position(|name| *name == near)) {
            waits.add(from, to, at);
        }
    }
}

fn unknown_module(module: &Module, name: &Spanned<ModuleName>) -> Finding {
    let message = format!(
        "`{}` in `deployed-after` of module `{}` is no module, so nothing waits for it.",
        name.value, module.name.value
    );
    Finding::new(&UNKNOWN_DEPLOYED_AFTER, name.span, message).label("no module has this name")
}

fn waits_for_itself(what: &str, name: &str, key: &str, at: Span) -> Finding {
    // A list of modules to wait for takes the place of all requirements, even without an entry.
    let emptied = if key == "deployed-after" { Emptied::Stays } else { Emptied::Goes };
    Finding::new(&SELF_DEPENDENCY, at, format!("The {what} `{name}` names itself in its own `{key}`."))
        .label(format!("`{name}` cannot come before itself"))
        .help(format!("Remove `{name}` from the list."))
        .fix(Fix::safe(format!("Delete `{name}`"), [Change::Delete { at, emptied }]))
}

/// Modules that wait for each other: an error where nothing says who goes first.
fn report_cycles(
    descriptor: &Descriptor,
    waits: &Waits,
    groups: &[Group],
    ranks: &[Rank],
    by_name: bool,
    findings: &mut Findings,
) {
    for group in groups.iter().filter(|group| group.members.len() > 1) {
        let hard: Vec<usize> = group.members.iter().copied().filter(|at| ranks[*at] == Rank::Hard).collect();
        let first = hard.first().or(group.members.first()).copied().expect("a cycle has members");
        let links = waits.ring(group, first, hard.get(1).copied());
        let name = |at: usize| descriptor.modules[at].name.value.as_str();
        let finding = cycle(&links, "Modules", name, |at| format!("modules[{at}]"));
        findings.push(if by_name {
            finding.help("Take one name out of `deployed-after`; it lists only what must be complete before.")
        } else if let [first, second, ..] = &*hard {
            finding.help(format!(
                "Both `{}` and `{}` are `dependency-type: hard`, so both would have to go first: leave it on one of them.",
                name(*first),
                name(*second)
            ))
        } else {
            let mut finding = finding;
            finding.severity = Severity::Warning;
            finding.help(match hard.first() {
                Some(first) => format!("`{}` is `dependency-type: hard` and goes first.", name(*first)),
                None => "They are started in the order of the descriptor; `dependency-type: hard` on one of them lets \
                         it go first."
                    .to_owned(),
            })
        });
    }
}

/// One finding for a ring of elements: at its first line in the file, the other lines as related places. Of a very long
/// ring, beginning and end are told.
fn cycle<'a>(
    links: &[Link],
    elements: &str,
    name: impl Fn(usize) -> &'a str,
    path: impl Fn(usize) -> String,
) -> Finding {
    let start = (0..links.len()).min_by_key(|at| links[*at].at).expect("a ring has links");
    let links: Vec<Link> = links[start..].iter().chain(&links[..start]).copied().collect();
    let told = ring::told(&links);
    let message = format!("{elements} wait for each other: {}", told.words(|link| name(link.from).to_owned()));
    let says = |link: &Link| format!("`{}` waits for `{}`", name(link.from), name(link.to));
    let finding =
        Finding::new(&DEPENDENCY_CYCLE, links[0].at, message).label(says(&links[0])).path(path(links[0].from));
    told.links().skip(1).fold(finding, |finding, link| finding.related(link.at, says(link)))
}

/// Resources by weight: 0, or one more than the heaviest that it names in `processed-after`.
///
/// Merging asks for them too, for the sake of what is found on the way: there, `processed-after` is checked on the descriptor
/// alone, before any extension counts (semantics 2.3).
pub(super) fn batches(descriptor: &Descriptor, findings: &mut Findings) -> Vec<Vec<ResourceName>> {
    let resources = &descriptor.resources;
    let names = || resources.iter().map(|resource| resource.name.value.clone());
    if descriptor.schema.value.major < 3 {
        return if resources.is_empty() { Vec::new() } else { vec![names().collect()] };
    }
    let places: HashMap<&str, usize> =
        resources.iter().enumerate().map(|(at, resource)| (resource.name.value.as_str(), at)).collect();
    let mut waits = Waits::new(resources.len());
    let mut unknown = Vec::new();
    for (at, resource) in resources.iter().enumerate() {
        for (entry, name) in resource.processed_after.iter().enumerate() {
            let path = || format!("resources[{at}].processed-after[{entry}]");
            match places.get(name.value.as_str()) {
                Some(other) if *other == at => findings
                    .push(waits_for_itself("resource", name.value.as_str(), "processed-after", name.span).path(path())),
                Some(other) => waits.add(at, *other, name.span),
                None => {
                    let message = format!(
                        "`{}` in `processed-after` of resource `{}` is no resource.",
                        name.value, resource.name.value
                    );
                    let finding = Finding::new(&UNKNOWN_PROCESSED_AFTER, name.span, message)
                        .label("no resource has this name")
                        .path(path());
                    unknown.push((at, finding, name.value.as_str()));
                }
            }
        }
    }
    let all: Vec<&str> = resources.iter().map(|resource| resource.name.value.as_str()).collect();
    guess(unknown, &all, &waits, findings);
    let groups = waits.groups();
    for group in groups.iter().filter(|group| group.members.len() > 1) {
        let links = waits.ring(group, group.members[0], None);
        let finding =
            cycle(&links, "Resources", |at| resources[at].name.value.as_str(), |at| format!("resources[{at}]"));
        findings.push(finding.help("Take one name out of `processed-after`."));
    }
    let mut batches: Vec<Vec<ResourceName>> = Vec::new();
    for (weight, name) in waits.weights(&groups).into_iter().zip(names()) {
        if batches.len() <= weight {
            batches.resize_with(weight + 1, Vec::new);
        }
        batches[weight].push(name);
    }
    batches
}
