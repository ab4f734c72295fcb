//! What extensions make of a descriptor, against merging as one would explain it: maps meet key by key, all else is replaced.

use super::cases;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;
use windlass::finding::{Findings, Staged};
use windlass::source::{Sources, yaml};
use windlass::stage::combine;
use windlass::stage::merge::Merged;
use windlass::target::{Compat, Space, Target};
use windlass::tree::{self, Kind, Map, Origin, Value};

#[derive(Clone, Debug, PartialEq)]
enum Tree {
    Leaf(u32),
    List(Vec<u32>),
    Map(BTreeMap<String, Tree>),
}

type Trees = BTreeMap<String, Tree>;

/// Few keys, so that they meet.
fn trees() -> impl Strategy<Value = Trees> {
    let leaf = prop_oneof![any::<u32>().prop_map(Tree::Leaf), vec(any::<u32>(), 0..3).prop_map(Tree::List)];
    let tree = leaf.prop_recursive(3, 16, 4, |inner| btree_map("[a-d]", inner, 0..4).prop_map(Tree::Map));
    btree_map("[a-d]", tree, 0..4)
}

/// `None` where a map meets something else: that is refused.
fn merged(below: &Trees, above: &Trees) -> Option<Trees> {
    let mut out = below.clone();
    for (key, above) in above {
        let next = match (out.get(key), above) {
            (Some(Tree::Map(below)), Tree::Map(above)) => Tree::Map(merged(below, above)?),
            (Some(Tree::Map(_)), _) | (Some(_), Tree::Map(_)) => return None,
            (_, above) => above.clone(),
        };
        out.insert(key.clone(), next);
    }
    Some(out)
}

/// In one row: what is tested is merging, not reading.
fn written(trees: &Trees) -> String {
    let pair = |(key, tree): (&String, &Tree)| {
        let value = match tree {
            Tree::Leaf(number) => number.to_string(),
            Tree::List(numbers) => format!("{numbers:?}"),
            Tree::Map(map) => written(map),
        };
        format!("{key}: {value}")
    };
    format!("{{{}}}", trees.iter().map(pair).collect::<Vec<_>>().join(", "))
}

/// A descriptor whose module has these properties, with each extension on the one before.
fn combined(below: &Trees, above: &[&Trees], metadata: &str) -> (Sources, Staged<Option<Merged>>) {
    let mut sources = Sources::default();
    let body = |trees: &Trees, more: &str| format!("modules: [{{name: m, {more}properties: {}}}]\n", written(trees));
    let text =
        format!("_schema-version: '3.1'\nID: e0\nversion: 1.0.0\n{}", body(below, &format!("type: x, {metadata}")));
    let descriptor = sources.add("mtad.yaml", text);
    let mut extensions = Vec::new();
    for (at, trees) in above.iter().enumerate() {
        let text = format!("_schema-version: '3.1'\nID: e{}\nextends: e{at}\n{}", at + 1, body(trees, ""));
        extensions.push(sources.add(format!("{at}.mtaext"), text));
    }
    let target = Target::built_in(Space { org: "o".into(), space: "s".into() }, None, Compat::Documented);
    let staged = combine(&sources, descriptor, &extensions, &target);
    (sources, staged)
}

fn properties(merged: &Merged) -> &Map {
    &merged.modules[0].properties.map
}

fn value(trees: &Trees) -> Value {
    let pairs = trees.iter().map(|(key, tree)| {
        let number = |number: &u32| Value::new(Kind::Int(i64::from(*number)), Origin::Nowhere);
        let value = match tree {
            Tree::Leaf(leaf) => number(leaf),
            Tree::List(numbers) => Value::list(numbers.iter().map(number).collect(), Origin::Nowhere),
            Tree::Map(map) => value(map),
        };
        (key.as_str().into(), value)
    });
    Value::map(pairs.collect::<Map>(), Origin::Nowhere)
}

fn sound(staged: Staged<Option<Merged>>) -> Result<Merged, Findings> {
    let findings = staged.findings;
    if findings.has_errors() { Err(findings) } else { staged.product.ok_or(findings) }
}

proptest! {
    #![proptest_config(cases(300))]

    /// The model merges one after the other; so this is identity, and the order of the chain, and what replaces what.
    #[test]
    fn a_chain_of_extensions_is_merged_link_by_link(below in trees(), above in vec(trees(), 0..4)) {
        // An extension is compared with the descriptor, not with what another one made of it: a map that meets another kind
        // in the chain alone is refused as well, when it is merged.
        let wanted = above.iter().try_fold(below.clone(), |below, above| merged(&below, above));
        let (_, staged) = combined(&below, &above.iter().collect::<Vec<_>>(), "");
        match (wanted, sound(staged)) {
            (Some(wanted), Ok(merged)) => {
                let found = Value::map(properties(&merged).clone(), Origin::Nowhere);
                prop_assert_eq!(found, value(&wanted));
            }
            (None, Err(_)) => {}
            (wanted, found) => prop_assert!(false, "wanted {wanted:?}, found {found:?}"),
        }
    }

    #[test]
    fn two_extensions_are_one_that_says_both(below in trees(), first in trees(), second in trees()) {
        let Some(both) = merged(&first, &second) else { return Ok(()) };
        let one = sound(combined(&below, &[&both], "").1);
        let two = sound(combined(&below, &[&first, &second], "").1);
        prop_assert_eq!(one.is_ok(), two.is_ok());
        if let (Ok(one), Ok(two)) = (one, two) {
            prop_assert_eq!(properties(&one), properties(&two));
        }
    }

    #[test]
    fn an_extension_said_twice_is_said_once(below in trees(), above in trees()) {
        let once = sound(combined(&below, &[&above], "").1);
        let twice = sound(combined(&below, &[&above, &above], "").1);
        prop_assert_eq!(once.is_ok(), twice.is_ok());
        if let (Ok(once), Ok(twice)) = (once, twice) {
            prop_assert_eq!(properties(&once), properties(&twice));
        }
    }

    /// What stands where a value is said to come from is that value.
    #[test]
    fn every_leaf_knows_where_it_was_written(below in trees(), above in vec(trees(), 0..3)) {
        let (sources, staged) = combined(&below, &above.iter().collect::<Vec<_>>(), "");
        let Ok(merged) = sound(staged) else { return Ok(()) };
        let mut open: Vec<&Value> = properties(&merged).iter().map(|(_, value)| value).collect();
        while let Some(value) = open.pop() {
            match &value.kind {
                Kind::Map(map) => open.extend(map.iter().map(|(_, value)| value)),
                Kind::List(items) => open.extend(items.iter()),
                _ => {
                    let Some(span) = value.span() else { return Err(TestCaseError::fail(format!("{value:?} is from nowhere"))) };
                    let mut alone = Sources::default();
                    let file = alone.add("leaf.yaml", sources.slice(span));
                    let read = yaml::read(&alone, file).product.map(|node| tree::read::value(&node));
                    prop_assert_eq!(read.as_ref(), Some(value), "{:?}", sources.slice(span));
                }
            }
        }
    }

    /// An empty list or map may be filled all the same (semantics 2.4).
    #[test]
    fn what_must_not_be_overwritten_stays(below in trees(), above in trees()) {
        let is_empty = |tree: &Tree| match tree {
            Tree::Leaf(_) => false,
            Tree::List(items) => items.is_empty(),
            Tree::Map(map) => map.is_empty(),
        };
        let Some((fixed, _)) = below.iter().find(|(_, tree)| !is_empty(tree)) else { return Ok(()) };
        let metadata = format!("properties-metadata: {{{fixed}: {{overwritable: false}}}}, ");
        match sound(combined(&below, &[&above], &metadata).1) {
            Ok(merged) => {
                let before = value(&below);
                prop_assert_eq!(properties(&merged).get(fixed), before.as_map().unwrap().get(fixed));
            }
            Err(_) => prop_assert!(above.contains_key(fixed) || merged(&below, &above).is_none()),
        }
    }
}
