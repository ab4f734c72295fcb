//! Descriptor, extensions and target through all stages to the wanted state, and on into every report.
//!
//! The input is a byte of options and texts with [`SEPARATOR`] between them: the descriptor, extensions, and at last a
//! target when the options say so. Seeds are made like that by `tests/fuzz.rs`.

use super::tree::findings_have_places;
use windlass::finding::{Findings, Staged};
use windlass::plan::desired::{Wishes, desired};
use windlass::registry::Entry;
use windlass::report::environment::{Shown, dotenv, json, table};
use windlass::report::{graph, order, paint::Colour, yaml::to_yaml};
use windlass::source::{Sources, yaml};
use windlass::stage::{self, Stages, environment::Environment, order::order as in_order};
use windlass::target::{self, Compat, Facts, Generator, Space, Target, supply};
use windlass::tree::{Origin, Value};

/// Between two texts: a character that no YAML may hold.
pub const SEPARATOR: char = '\u{1e}';

// The bits of the first byte. What is not set is the usual case; ASCII digits and letters make them all.
/// How many entries answer each question: 0 to 3.
pub const ANSWERS: u8 = 0b0000_0011;
pub const DEPLOY_SERVICE: u8 = 0b0000_0100;
/// The last text is a target.
pub const TARGET: u8 = 0b0000_1000;

pub fn check(data: &[u8]) {
    let Some((options, rest)) = data.split_first() else { return };
    let Ok(rest) = std::str::from_utf8(rest) else { return };
    let mut texts: Vec<&str> = rest.split(SEPARATOR).collect();
    let target_text = if options & TARGET != 0 && texts.len() > 1 { texts.pop() } else { None };
    let compat = if options & DEPLOY_SERVICE == 0 { Compat::Documented } else { Compat::DeployService };
    let mut sources = Sources::default();
    let descriptor = sources.add("mtad.yaml", texts[0]);
    let extensions: Vec<_> =
        texts[1..].iter().enumerate().map(|(at, text)| sources.add(format!("{at}.mtaext"), *text)).collect();
    let mut target = Target::built_in(Space { org: "o".into(), space: "s".into() }, None, compat);
    if let Some(text) = target_text {
        let file = sources.add("target.yaml", text);
        if let Some(node) = told(&sources, yaml::read(&sources, file)) {
            target = told(&sources, target::read::read(&target, &node));
        }
    }

    let Some(merged) = told(&sources, stage::combine(&sources, descriptor, &extensions, &target)) else { return };
    let content = Value::map(merged.parameters.map.clone(), Origin::Nowhere);
    let facts = Facts {
        timestamp: "1700000000000".into(),
        user: "u".into(),
        engine_url: "unix:///run/engine.sock".into(),
        generated: Generator::new([7; 32]),
        supplies: supply::Supplies::default(),
    };
    let Some(asking) = told(&sources, stage::ask(merged, &target, &facts)) else { return };
    let filled = asking.filled.clone();
    let answer: Vec<Entry> = (0..options & ANSWERS).map(|number| entry(number, &content, &target)).collect();
    let answers = vec![answer; asking.questions.len()];
    let concluded = told(&sources, stage::conclude(asking, answers, &target));
    let Some(stages) = concluded else { return };
    reports(&sources, &filled, &stages, &target);
    let again = stages.order.clone();
    assert_eq!(told(&sources, in_order(&filled)), again, "the order is not by chance");
    told(&sources, desired(stages, &target, &sources, &Wishes::default()));
}

/// The product, once its findings were seen to be well-formed.
fn told<T>(sources: &Sources, staged: Staged<T>) -> T {
    let mut findings = Findings::default();
    let product = findings.keep(staged);
    findings_have_places(sources, &findings);
    product
}

fn entry(number: u8, content: &Value, target: &Target) -> Entry {
    Entry {
        row: Some(i64::from(number)),
        provider_nid: Some("mta".into()),
        provider_id: format!("other{number}:set"),
        provider_version: Some("1.2.3".into()),
        provider_namespace: None,
        target: target.space.clone(),
        content: Some(content.clone()),
        visibility: None,
        module: None,
    }
}

fn reports(sources: &Sources, filled: &windlass::stage::fill::Filled, stages: &Stages, target: &Target) {
    let written = windlass::descriptor::write::descriptor(&stages.bound);
    to_yaml(&written).expect("every value has a YAML form");
    let environments: Vec<&Environment> = stages.environments.iter().collect();
    for mask in [true, false] {
        let shown = Shown { sources, explain: true, mask };
        table(&environments, &shown, Colour::Off);
        json(&environments, &shown);
        environments.iter().for_each(|environment| drop(dotenv(environment, &shown)));
    }
    order::text(&stages.order);
    let picture = graph::graph(filled, Some(&stages.order), target);
    picture.dot();
    picture.mermaid();
    picture.svg();
}
