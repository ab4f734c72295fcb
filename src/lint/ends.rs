//! Both ends of what is wrong with an extension: where it says something, and what in the descriptor that is about.

use crate::descriptor::{Descriptor, Extension};
use crate::finding::Finding;
use crate::source::{FileId, Span};
use crate::tree::{Built, Kind, Map, Origin, Value};

/// What the extensions of one descriptor touch.
#[derive(Default)]
pub struct Ends {
    /// An element as an extension has it, its name in the descriptor, and what messages call it.
    elements: Vec<(Span, Span, String)>,
    /// An entry as an extension has it, and the value that it replaces.
    replaced: Vec<(Span, Span)>,
}

impl Ends {
    /// Of documents that are not merged yet.
    pub fn of<'e>(descriptor: &Descriptor, extensions: impl IntoIterator<Item = &'e Extension>) -> Ends {
        let mut ends = Ends::default();
        for extension in extensions {
            for patch in &extension.modules {
                let same = descriptor.modules.iter().find(|module| module.name.value == patch.name.value);
                let Some(module) = same else { continue };
                ends.element(patch.span, module.name.span, format!("module `{}`", module.name.value));
                for set in &patch.provides {
                    let sets = || descriptor.modules.iter().flat_map(|module| &module.provides);
                    if let Some(held) = sets().find(|held| held.name.value.as_str() == set.name.value) {
                        ends.element(set.span, held.name.span, format!("provided set `{}`", set.name.value));
                    }
                }
            }
            for patch in &extension.resources {
                if let Some(resource) = descriptor.resources.iter().find(|held| held.name.value == patch.name.value) {
                    ends.element(patch.span, resource.name.span, format!("resource `{}`", resource.name.value));
                }
            }
        }
        ends
    }

    fn element(&mut self, patch: Span, original: Span, title: String) {
        self.elements.push((patch, original, title));
    }

    /// Takes in what was replaced in a map of the merged descriptor.
    pub fn look_at(&mut self, map: &Map) {
        for (key, value) in map.iter() {
            if let Some((now, before)) = overwrote(value) {
                self.replaced.push((now, before));
                self.replaced.extend(key.span.map(|key| (key, before)));
            }
            match &value.kind {
                Kind::Map(map) => self.look_at(map),
                _ => continue,
            }
        }
    }

    /// The finding with its other end, when it has none and stands in an extension.
    pub fn tell(&self, finding: Finding, descriptor: FileId) -> Finding {
        let at = finding.at;
        if at.file == descriptor || finding.related.iter().any(|related| related.at.file == descriptor) {
            return finding;
        }
        let holds = |outer: Span| outer.file == at.file && outer.start <= at.start && at.end <= outer.end;
        let narrow = |span: &Span| span.end - span.start;
        if let Some((_, before)) =
            self.replaced.iter().filter(|(now, _)| holds(*now)).min_by_key(|(now, _)| narrow(now))
        {
            return finding.related(*before, "the value in the descriptor that it replaces");
        }
        let around = self.elements.iter().filter(|(patch, ..)| holds(*patch)).min_by_key(|(patch, ..)| narrow(patch));
        match around {
            Some((_, original, title)) => finding.related(*original, format!("{title} of the descriptor")),
            None => finding,
        }
    }
}

/// Where a value stands, and where the one that it was put over.
fn overwrote(value: &Value) -> Option<(Span, Span)> {
    let Origin::Built(built) = &value.origin else { return None };
    match &**built {
        Built::Overwrote { now, before } => Some((now.span()?, first(before)?)),
        Built::Computed { .. } | Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => None,
    }
}

/// The oldest value of a chain of extensions is the descriptor's.
fn first(origin: &Origin) -> Option<Span> {
    match origin {
        Origin::Built(built) => match &**built {
            Built::Overwrote { before, .. } => first(before),
            _ => origin.span(),
        },
        _ => origin.span(),
    }
}
