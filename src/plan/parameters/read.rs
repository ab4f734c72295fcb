//! Reading parameters: the value, or a finding that says what was expected instead.

use crate::descriptor::{Descriptor, Module};
use crate::finding::{BAD_PARAMETER_VALUE, Finding, Findings};
use crate::source::Span;
use crate::tree::{Built, Key, Kind, Origin, Value};

/// A value and how to speak of it.
#[derive(Clone)]
pub struct Found<'a> {
    /// `memory`, `container.ports[0]`.
    pub name: String,
    pub value: &'a Value,
    /// The value, or what is nearest to it when the value was not written in a text of this run.
    pub at: Span,
    /// `modules[0].parameters.memory`.
    pub path: String,
}

/// The parameters of one module: its own (with those of its type), then the descriptor's. A null falls through.
///
/// They have been checked against the table before ([`super::check`]): what is not of its type is passed over here.
pub struct Reader<'a, 'f> {
    pub module: &'a Module,
    pub descriptor: &'a Descriptor,
    /// Position among the descriptor's modules.
    pub index: usize,
    /// For what only the reader can tell.
    pub findings: &'f mut Findings,
}

/// Whose parameter it is.
#[derive(Clone, Copy)]
enum Whose {
    Module,
    Descriptor,
}

impl<'a> Reader<'a, '_> {
    pub fn find(&self, name: &str) -> Option<Found<'a>> {
        let (key, value, whose) = self.given(name)?;
        let at = value.span().or(key.span).unwrap_or(self.module.name.span);
        let path = match whose {
            Whose::Module => format!("modules[{}].parameters.{name}", self.index),
            Whose::Descriptor => format!("parameters.{name}"),
        };
        Some(Found { name: name.to_owned(), value, at, path })
    }

    /// What the descriptor says of all modules, or the target beneath it, whatever the module says.
    pub fn of_descriptor(&self, name: &str) -> Option<Found<'a>> {
        let (key, value) = self.descriptor.parameters.map.get_key_value(name)?;
        let at = value.span().or(key.span).unwrap_or(self.module.name.span);
        let path = format!("parameters.{name}");
        (!value.is_null()).then(|| Found { name: name.to_owned(), value, at, path })
    }

    fn given(&self, name: &str) -> Option<(&'a Key, &'a Value, Whose)> {
        let Reader { module, descriptor, .. } = self;
        [(&module.parameters.map, Whose::Module), (&descriptor.parameters.map, Whose::Descriptor)]
            .into_iter()
            .filter_map(|(map, whose)| map.get_key_value(name).map(|(key, value)| (key, value, whose)))
            .find(|(_, value, _)| !value.is_null())
    }

    /// Whether there is something of which nothing is known, because of what was reported before.
    pub fn is_unknown(&self, name: &str) -> bool {
        let own = self.module.parameters.map.get(name);
        own.or_else(|| self.descriptor.parameters.map.get(name)).is_some_and(Value::is_broken)
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.given(name).map(|(_, value, _)| value)
    }

    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.value(name)?.as_text()
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.value(name)?.as_bool()
    }

    /// A flag in a map of flags: `keep-existing: {env: true}`.
    pub fn flag_of(&self, name: &str, key: &str) -> Option<bool> {
        self.find(name)?.key(key)?.value.as_bool()
    }

    /// A whole number, such as seconds.
    pub fn number(&self, name: &str) -> Option<u32> {
        u32::try_from(self.value(name)?.as_int()?).ok()
    }
}

impl<'a> Found<'a> {
    /// What stands under a key of a map; a null is as good as nothing.
    pub fn key(&self, key: &str) -> Option<Found<'a>> {
        let (key, value) = self.value.as_map()?.get_key_value(key)?;
        (!value.is_null()).then(|| Found {
            name: format!("{}.{}", self.name, key.text),
            value,
            at: value.span().or(key.span).unwrap_or(self.at),
            path: format!("{}.{}", self.path, key.text),
        })
    }

    /// The same as [`Reader::is_unknown`], of a key of a map.
    pub fn is_unknown(&self, key: &str) -> bool {
        self.value.as_map().and_then(|map| map.get(key)).is_some_and(Value::is_broken)
    }

    /// The last word of the name: `port` of `container.port`.
    pub fn key_name(&self) -> &str {
        self.name.rsplit('.').next().unwrap_or(&self.name)
    }

    /// The elements of a list; a single value counts as a list of one.
    pub fn items(&self) -> Vec<Found<'a>> {
        let Some(items) = self.value.as_list() else { return vec![self.clone()] };
        let item = |(at, value): (usize, &'a Value)| Found {
            name: format!("{}[{at}]", self.name),
            value,
            at: value.span().unwrap_or(self.at),
            path: format!("{}[{at}]", self.path),
        };
        items.iter().enumerate().map(item).collect()
    }

    /// `` `instances` is the string `many` ``, without the value when that must not be seen.
    pub fn described(&self) -> String {
        let kind = self.value.kind_name();
        match &self.value.kind {
            Kind::Text(_) | Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) | Kind::Big(_) => match self.shown() {
                Some(text) if self.value.as_text().is_some() => format!("`{}` is the string `{text}`", self.name),
                Some(text) => format!("`{}` is `{text}`", self.name),
                None => format!("`{}` is {kind}", self.name),
            },
            Kind::Null | Kind::List(_) | Kind::Map(_) => format!("`{}` is {kind}", self.name),
        }
    }

    /// A scalar as messages may repeat it.
    fn shown(&self) -> Option<String> {
        let text = match &self.value.kind {
            Kind::Text(text) => text.to_string(),
            Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) | Kind::Big(_) => self.value.to_json(),
            Kind::Null | Kind::List(_) | Kind::Map(_) => return None,
        };
        (!self.value.holds_secret() && text.chars().count() <= 60).then_some(text)
    }

    /// Text that somebody wrote as it is, and that messages may repeat.
    fn plain_text(&self) -> Option<&'a str> {
        let as_it_is = written_at(&self.value.origin) == Some(self.at);
        self.value.as_text().filter(|_| as_it_is && !self.value.holds_secret())
    }

    pub fn bad(&self, expected: &str) -> Finding {
        self.refuse(format!("{}, but must be {expected}.", self.described())).label(format!("expected {expected}"))
    }

    /// Points at the value; where an expression gave it, also at where it was written.
    pub fn refuse(&self, message: impl Into<String>) -> Finding {
        let finding = Finding::new(&BAD_PARAMETER_VALUE, self.at, message).path(&*self.path);
        match written_at(&self.value.origin) {
            Some(written) if written != self.at => finding.related(written, "the value is written here"),
            _ => finding,
        }
    }

    pub fn text(&self, findings: &mut Findings) -> Option<String> {
        if let Some(text) = self.value.as_text() {
            return Some(text.to_owned());
        }
        let finding = self.bad("text");
        findings.push(match self.shown() {
            Some(text) => finding.help(format!("Put it in quotes: `\"{text}\"`.")),
            None => finding,
        });
        None
    }

    /// Text, or a number as its text (`user: 1000`).
    pub fn text_or_number(&self, findings: &mut Findings) -> Option<String> {
        match self.value.as_int() {
            Some(number) => Some(number.to_string()),
            None => self.text(findings),
        }
    }

    pub fn flag(&self, findings: &mut Findings) -> Option<bool> {
        if let Some(flag) = self.value.as_bool() {
            return Some(flag);
        }
        let meant = self.plain_text().and_then(|text| match &*text.to_ascii_lowercase() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        });
        let finding = self.bad("`true` or `false`");
        findings.push(match meant {
            Some(meant) => finding.help(format!("Write `{meant}`, without quotes.")),
            None => finding,
        });
        None
    }

    /// A whole number; `unit` is for the message (`seconds`), and may be empty.
    pub fn whole(&self, at_least: u32, at_most: u32, unit: &str, findings: &mut Findings) -> Option<u32> {
        let in_range = |number: &u32| (at_least..=at_most).contains(number);
        let number = self.value.as_int().and_then(|number| u32::try_from(number).ok()).filter(in_range);
        if number.is_some() {
            return number;
        }
        let of = if unit.is_empty() { String::new() } else { format!(" of {unit}") };
        let finding = self.bad(&match at_most {
            u32::MAX => format!("a whole number{of}, at least {at_least}"),
            _ => format!("a whole number{of} from {at_least} to {at_most}"),
        });
        let meant =
            self.plain_text().and_then(|text| if unit == "seconds" { seconds(text) } else { text.parse().ok() });
        findings.push(match meant.filter(in_range) {
            Some(meant) => finding.help(format!("Write `{meant}`, without quotes and unit.")),
            None => finding,
        });
        None
    }

    pub fn texts(&self, findings: &mut Findings) -> Option<Vec<String>> {
        if self.value.as_list().is_none() {
            let finding = self.bad("a list of text");
            findings.push(match self.shown() {
                Some(text) => finding.help(format!("Write `[{text}]`.")),
                None => finding,
            });
            return None;
        }
        self.items().iter().map(|item| item.text_or_number(findings)).collect()
    }
}

/// What somebody means with `90s`, `5m`, `1h` or a number in quotes.
fn seconds(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit.trim() {
        "" | "s" | "sec" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        _ => return None,
    };
    number.parse::<u32>().ok()?.checked_mul(factor)
}

/// Where the text stands that a value comes from, when one expression after the other handed it on unchanged.
fn written_at(origin: &Origin) -> Option<Span> {
    let mut origin = origin;
    loop {
        let Origin::Built(built) = origin else { return origin.span() };
        origin = match &**built {
            Built::Overwrote { now, .. } => now,
            Built::Computed { parts, .. } => match parts.as_slice() {
                [part] => &part.from,
                _ => return None,
            },
            Built::System { .. } | Built::Supplied { .. } | Built::Registry { .. } => return None,
        };
    }
}
