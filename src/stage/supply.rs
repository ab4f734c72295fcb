//! `${env:NAME}` and `${secret:NAME}`: which names a descriptor asks for, and what becomes of the placeholder.
//!
//! A value that was supplied is taken as it is: a password may hold `${` or `~{`, and nothing in it is ever looked up.

use super::close::{Absence, Closer, Missing, Seen, Shared, Sight, may_have_hole};
use super::scope::Place;
use crate::descriptor::{Descriptor, Requires, Values};
use crate::finding::{self, Code, Findings, Severity};
use crate::source::Span;
use crate::target::supply::{Ask, Giver, Supplies, Supply};
use crate::text::{self, Form, Hole, Piece};
use crate::tree::{Built, Kind, Map, Origin, Secrecy, Value};
use std::collections::BTreeSet;

/// Everything that the placeholders of a descriptor ask for. Requirements of resources are never filled, so they ask nothing.
pub fn asked(descriptor: &Descriptor) -> BTreeSet<Ask> {
    let mut asked = BTreeSet::new();
    let requires = |list: &[Requires], asked: &mut BTreeSet<Ask>| {
        for one in list {
            in_map(&one.properties.map, asked);
            in_map(&one.parameters.map, asked);
        }
    };
    in_map(&descriptor.parameters.map, &mut asked);
    for module in &descriptor.modules {
        in_map(&module.properties.map, &mut asked);
        in_map(&module.parameters.map, &mut asked);
        requires(&module.requires, &mut asked);
        for provides in &module.provides {
            in_map(&provides.properties.map, &mut asked);
            in_map(&provides.parameters.map, &mut asked);
        }
        for hook in &module.hooks {
            in_map(&hook.parameters, &mut asked);
            requires(&hook.requires, &mut asked);
        }
    }
    for resource in &descriptor.resources {
        in_map(&resource.properties.map, &mut asked);
        in_map(&resource.parameters.map, &mut asked);
    }
    asked
}

fn in_map(map: &Map, asked: &mut BTreeSet<Ask>) {
    map.iter().for_each(|(_, value)| in_value(value, asked));
}

fn in_value(value: &Value, asked: &mut BTreeSet<Ask>) {
    match &value.kind {
        Kind::Text(text) => in_text(text, asked),
        Kind::List(items) => items.iter().for_each(|item| in_value(item, asked)),
        Kind::Map(map) => in_map(map, asked),
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => {}
    }
}

/// What the placeholders of one text ask for; a descriptor as JSON is one such text, too.
pub fn in_text(text: &str, asked: &mut BTreeSet<Ask>) {
    // Most placeholders are names of parameters; this spares them the grammar.
    if !text.contains("${env:") && !text.contains("${secret:") {
        return;
    }
    for piece in text::pieces(text, Form::Placeholder).unwrap_or_default() {
        if let Piece::Hole(hole) = piece {
            asked.extend(Ask::read(hole.key));
        }
    }
}

/// What a placeholder with this key sees.
pub fn seen(ask: &Ask, hole: &Hole<'_>, supplies: &Supplies) -> Seen {
    let origin = || Origin::built(Built::Supplied { by: ask.to_string() });
    let absent = |message: String, help: String| {
        let (severity, related) = (Severity::Error, Vec::new());
        Seen::Absent(Absence {
            code: &finding::SECRET_MISSING,
            severity,
            message,
            help: Some(help),
            related,
            remedy: None,
        })
    };
    let (what, set) = match ask.giver {
        Giver::Environment => ("The environment variable", format!("Set it for windlass: `export {}=…`.", ask.name)),
        Giver::Vault => ("The secret", format!("Set it with `windlass secret set {}`.", ask.name)),
    };
    // A command that cannot work is no way out.
    let set = ask.cannot_be_set().map_or(set, |rule| format!("Choose another name for it: {rule}."));
    match supplies.get(ask) {
        Supply::Given(text) => match text::literal(text.reveal()) {
            Some(literal) => Seen::Value(Value::text(literal, origin()).secret(Secrecy::Secret), Vec::new()),
            None => absent(
                format!(
                    "{what} `{}` holds a placeholder inside another one, which cannot be taken as plain text",
                    ask.name
                ),
                "Choose a value without that.".to_owned(),
            ),
        },
        Supply::Unasked => Seen::Value(Value::broken(None).secret(Secrecy::Secret), Vec::new()),
        Supply::Kept => Seen::Keep(Secrecy::Secret),
        Supply::Missing { near } => {
            let message = format!("{what} `{}` is not set", ask.name);
            match near {
                Some(near) => absent(
                    message,
                    format!(
                        "Did you mean `${{{}:{near}}}`? Otherwise {}{}",
                        ask.giver.prefix(),
                        set[..1].to_lowercase(),
                        &set[1..]
                    ),
                ),
                None if hole.key.ends_with(':') => {
                    absent(format!("`{}` names nothing", hole.written), "Write a name behind the colon.".to_owned())
                }
                None => absent(message, set),
            }
        }
        Supply::Unusable { why } => absent(format!("{what} `{}` cannot be used, because {why}", ask.name), set),
    }
}

/// Closes what was left open for the vault in the remembered part of a subscriber ([`Supply::Kept`]).
pub fn close(fragment: &mut Descriptor, supplies: &Supplies) -> Findings {
    let mut shared = Shared::default();
    let fallback = Span::start_of(fragment.file);
    let mut close = |values: &mut Values, section: &'static str, place: &Place<'_>| {
        if values.map.iter().any(|(_, value)| may_have_hole(value, Form::Placeholder)) {
            let sight = Remembered(supplies);
            values.map = Closer::new(&sight, place, Missing::Report, fallback, &mut shared).map(section, &values.map);
        }
    };
    for (at, module) in fragment.modules.iter_mut().enumerate() {
        let place = Place::module(at, module.name.value.as_str());
        close(&mut module.properties, "properties", &place);
        for (at, requires) in module.requires.iter_mut().enumerate() {
            close(&mut requires.properties, "properties", &place.requirement(at, requires.name.value.as_str()));
        }
    }
    for (at, resource) in fragment.resources.iter_mut().enumerate() {
        let place = Place::resource(at, resource.name.value.as_str());
        close(&mut resource.properties, "properties", &place);
        close(&mut resource.parameters, "parameters", &place);
    }
    shared.findings
}

/// In what is remembered, every other placeholder was closed long ago; what looks like one is text.
struct Remembered<'a>(&'a Supplies);

impl Sight for Remembered<'_> {
    fn form(&self) -> Form {
        Form::Placeholder
    }

    fn find(&self, hole: &Hole<'_>, _asking: &dyn Fn(&str) -> bool) -> Seen {
        Ask::read(hole.key).map_or(Seen::Keep(Secrecy::Open), |ask| seen(&ask, hole, self.0))
    }

    fn cycle_code(&self) -> &'static Code {
        &finding::PLACEHOLDER_CYCLE
    }
}
