//! Lays an extension over the descriptor (reference 2.6).
//!
//! Maps are merged key by key; anything else is replaced, lists as a whole. Null replaces everything and leaves the key
//! without a value. What was replaced is remembered in the value's origin, and what was secret stays secret.

use super::aim::{Address, Changes};
use super::walk::Section;
use crate::descriptor::{Descriptor, Requires, Values};
use crate::finding::{self, Finding, Findings};
use crate::source::Span;
use crate::tree::{Built, Key, Kind, Map, Origin, Place, Secrecy, Value};
use std::collections::HashSet;

/// What stands at a `refused` place was reported, and changes nothing.
pub fn apply(merged: &mut Descriptor, changes: &Changes<'_>, refused: &HashSet<Span>, findings: &mut Findings) {
    let has_metadata = merged.schema.value.major >= 3;
    for change in &changes.maps {
        let mut over = Over { changes, owner: &change.owner, refused, findings };
        let path = Place::walked(&change.path);
        match base(merged, change.at, change.section) {
            Base::Map(map) => over.map(map, change.over, &path),
            Base::Values(values) => {
                over.map(&mut values.map, change.over, &path);
                if has_metadata {
                    // A value that the extension marks `!sensitive` is as if the descriptor had marked it.
                    for (key, _) in change.over.iter() {
                        if values.map.get(&key.text).is_some_and(Value::holds_secret) {
                            values.mark_sensitive(key);
                        }
                    }
                }
                values.seal();
            }
        }
    }
    for (at, active, optional) in &changes.flags {
        let resource = &mut merged.resources[*at];
        resource.active = active.unwrap_or(resource.active);
        resource.optional = optional.unwrap_or(resource.optional);
    }
}

enum Base<'d> {
    Values(&'d mut Values),
    /// Parameters of hooks, which have no metadata.
    Map(&'d mut Map),
}

fn base(descriptor: &mut Descriptor, at: Address, section: Section) -> Base<'_> {
    let Descriptor { modules, resources, parameters: root, .. } = descriptor;
    let (properties, parameters) = match at {
        Address::Descriptor => return Base::Values(root),
        Address::Module(at) => {
            let module = &mut modules[at];
            (&mut module.properties, &mut module.parameters)
        }
        Address::ModuleRequires(at, it) => pair(&mut modules[at].requires[it]),
        Address::Provides(at, it) => {
            let set = &mut modules[at].provides[it];
            (&mut set.properties, &mut set.parameters)
        }
        Address::Hook(at, hook) => return Base::Map(&mut modules[at].hooks[hook].parameters),
        Address::HookRequires(at, hook, it) => pair(&mut modules[at].hooks[hook].requires[it]),
        Address::Resource(at) => {
            let resource = &mut resources[at];
            (&mut resource.properties, &mut resource.parameters)
        }
        Address::ResourceRequires(at, it) => pair(&mut resources[at].requires[it]),
    };
    Base::Values(match section {
        Section::Properties => properties,
        Section::Parameters => parameters,
    })
}

fn pair(requires: &mut Requires) -> (&mut Values, &mut Values) {
    (&mut requires.properties, &mut requires.parameters)
}

struct Over<'a> {
    changes: &'a Changes<'a>,
    owner: &'a str,
    refused: &'a HashSet<Span>,
    findings: &'a mut Findings,
}

impl Over<'_> {
    fn map(&mut self, base: &mut Map, over: &Map, place: &Place<'_>) {
        let refused = self.refused;
        for (key, value) in over.iter().filter(|(key, _)| key.span.is_none_or(|span| !refused.contains(&span))) {
            let held = base.get_key_value(&key.text).map(|(key, value)| (key.clone(), value.clone()));
            let (key, value) = match held {
                None => (key.clone(), value.clone()),
                Some(held) => self.entry(held, key, value, &place.key(&key.text)),
            };
            base.insert(key, value);
        }
    }

    /// One entry that both have.
    fn entry(&mut self, (held_key, held): (Key, Value), key: &Key, over: &Value, place: &Place<'_>) -> (Key, Value) {
        let secrecy = held.secrecy.or(over.secrecy);
        let sealed = |value: Value| if secrecy == Secrecy::Secret { value.sealed() } else { value };
        match (&held.kind, &over.kind) {
            (Kind::Map(base), Kind::Map(over)) => {
                let mut merged = base.clone();
                self.map(&mut merged, over, place);
                (held_key, sealed(Value::map(merged, held.origin)))
            }
            (Kind::Map(_), Kind::Null) | (Kind::Null, Kind::Map(_)) => (key.clone(), sealed(replaced(&held, over))),
            (Kind::Map(_), _) | (_, Kind::Map(_)) => {
                self.conflict(&held_key, &held, key, over, place);
                (held_key, held)
            }
            _ => (key.clone(), sealed(replaced(&held, over))),
        }
    }

    fn conflict(&mut self, held_key: &Key, held: &Value, key: &Key, over: &Value, place: &Place<'_>) {
        let extension = self.changes.extension;
        let mut finding = Finding::new(
            &finding::EXT_TYPE_CONFLICT,
            key.span.or(over.span()).unwrap_or(Span::start_of(extension.file)),
            format!(
                "The extension `{}` has {} for `{}` of {}, where {} was.",
                extension.id.value,
                over.kind_name(),
                key.text,
                self.owner,
                held.kind_name()
            ),
        )
        .label(format!("{} here", over.kind_name()))
        .path(place.to_string())
        .help("A map can only be merged with a map; an empty value (`~`) takes it away.");
        if let Some(span) = held_key.span.or(held.span()) {
            finding = finding.related(span, format!("{} here", held.kind_name()));
        }
        self.findings.push(finding);
    }
}

fn replaced(held: &Value, over: &Value) -> Value {
    let origin = Origin::built(Built::Overwrote { now: over.origin.clone(), before: held.origin.clone() });
    Value { kind: over.kind.clone(), origin, secrecy: over.secrecy }
}

#[cfg(test)]
mod tests {
    use crate::finding::Findings;
    use crate::source::Sources;
    use crate::stage::{load, merge};
    use crate::target::{Compat, Space, Target};
    use crate::tree::{Built, Origin, Value};

    /// The root parameters of a descriptor after one extension.
    fn merged(schema: &str, parameters: &str, over: &str) -> (Sources, merge::Merged) {
        let mut sources = Sources::default();
        let descriptor = sources.add(
            "mtad.yaml",
            format!("_schema-version: \"{schema}\"\nID: shop\nversion: 1.0.0\nparameters: {parameters}"),
        );
        let extension = sources
            .add("dev.mtaext", format!("_schema-version: \"{schema}\"\nID: dev\nextends: shop\nparameters: {over}"));
        let target = Target::built_in(Space { org: "o".into(), space: "s".into() }, None, Compat::Documented);
        let mut findings = Findings::default();
        let parsed = findings.keep(load::load(&sources, descriptor, &[extension])).unwrap();
        let merged = findings.keep(merge::merge(parsed, &target));
        assert!(findings.is_empty(), "{findings:?}");
        (sources, merged)
    }

    fn at<'m>(merged: &'m merge::Merged, path: &[&str]) -> &'m Value {
        let mut map = &merged.parameters.map;
        for key in &path[..path.len() - 1] {
            map = map.get(key).and_then(Value::as_map).unwrap();
        }
        map.get(path[path.len() - 1]).unwrap()
    }

    #[test]
    fn what_was_replaced_is_remembered_at_the_leaf() {
        let (sources, merged) = merged("3.1", "{env: {A: old, B: same}}", "{env: {A: new}}");
        let Origin::Built(built) = &at(&merged, &["env", "A"]).origin else { panic!("A was replaced") };
        let Built::Overwrote { now, before } = &**built else { panic!("A was replaced") };
        assert_eq!(sources.slice(now.span().unwrap()), "new");
        assert_eq!(sources.slice(before.span().unwrap()), "old");
        assert!(matches!(at(&merged, &["env", "B"]).origin, Origin::Written(_)));
        let key = merged.parameters.map.get("env").and_then(Value::as_map).unwrap().get_key_value("A").unwrap().0;
        assert_eq!(sources.line_of(key.span.unwrap()), "dev.mtaext:4", "messages about A point at the extension");
    }

    #[test]
    fn a_secret_stays_one_whoever_sets_it_and_however_deep() {
        let (_, v3) =
            merged("3.1", "{a: !sensitive x, m: {p: !sensitive x}, o: x}", "{a: y, m: {q: y}, o: !sensitive y}");
        for path in [&["a"][..], &["m", "p"], &["m", "q"], &["o"]] {
            assert!(at(&v3, path).holds_secret(), "{path:?}");
        }
        let (_, v2) = merged("2.1", "{a: !sensitive '', m: x}", "{a: y}");
        assert!(at(&v2, &["a"]).holds_secret());
        assert!(!at(&v2, &["m"]).holds_secret());
    }
}
