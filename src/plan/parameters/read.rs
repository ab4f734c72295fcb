//! Typed reading of parameters: the value, or a finding that says what was expected instead.

use crate::descriptor::{Descriptor, Module};
use crate::finding::{BAD_PARAMETER_VALUE, Finding, Findings};
use crate::source::Span;
use crate::tree::{Kind, Value};

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
pub struct Reader<'a, 'f> {
    pub module: &'a Module,
    pub descriptor: &'a Descriptor,
    /// Position among the descriptor's modules.
    pub index: usize,
    pub findings: &'f mut Findings,
}

impl<'a> Reader<'a, '_> {
    pub fn find(&self, name: &str) -> Option<Found<'a>> {
        let own = self.module.parameters.map.get_key_value(name).map(|found| (found, true));
        let outer = || self.descriptor.parameters.map.get_key_value(name).map(|found| (found, false));
        let ((key, value), own) = own.filter(|((_, value), _)| !value.is_null()).or_else(outer)?;
        if value.is_null() {
            return None;
        }
        let at = value.span().or(key.span).unwrap_or(self.module.name.span);
        let path =
            if own { format!("modules[{}].parameters.{name}", self.index) } else { format!("parameters.{name}") };
        Some(Found { name: name.to_owned(), value, at, path })
    }

    pub fn text(&mut self, name: &str) -> Option<String> {
        let found = self.find(name)?;
        found.text(self.findings)
    }

    pub fn flag(&mut self, name: &str) -> Option<bool> {
        let found = self.find(name)?;
        found.flag(self.findings)
    }

    /// Whole seconds, more than none.
    pub fn seconds(&mut self, name: &str, at_most: u32) -> Option<u32> {
        let found = self.find(name)?;
        found.whole(1, at_most, "seconds", self.findings)
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
            Kind::Text(text) if !self.value.holds_secret() && text.chars().count() <= 60 => {
                format!("`{}` is {kind} `{text}`", self.name).replace(" is a string", " is the string")
            }
            Kind::Int(_) | Kind::Float(_) | Kind::Bool(_) | Kind::Big(_) if !self.value.holds_secret() => {
                format!("`{}` is `{}`", self.name, self.value.to_json())
            }
            _ => format!("`{}` is {kind}", self.name),
        }
    }

    pub fn bad(&self, expected: &str) -> Finding {
        self.refuse(format!("{}, but must be {expected}.", self.described())).label(format!("expected {expected}"))
    }

    pub fn refuse(&self, message: impl Into<String>) -> Finding {
        Finding::new(&BAD_PARAMETER_VALUE, self.at, message).path(&*self.path)
    }

    pub fn text(&self, findings: &mut Findings) -> Option<String> {
        let text = self.value.as_text();
        if text.is_none() {
            findings.push(self.bad("text"));
        }
        text.map(str::to_owned)
    }

    /// Text, or a number as its text (`user: 1000`).
    pub fn text_or_number(&self, findings: &mut Findings) -> Option<String> {
        match self.value.as_int() {
            Some(number) => Some(number.to_string()),
            None => self.text(findings),
        }
    }

    pub fn flag(&self, findings: &mut Findings) -> Option<bool> {
        let flag = self.value.as_bool();
        if flag.is_none() {
            findings.push(self.bad("`true` or `false`"));
        }
        flag
    }

    /// A whole number; `unit` is for the message (`seconds`), and may be empty.
    pub fn whole(&self, at_least: u32, at_most: u32, unit: &str, findings: &mut Findings) -> Option<u32> {
        let number = self.value.as_int().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (at_least..=at_most).contains(number));
        if number.is_none() {
            let of = if unit.is_empty() { String::new() } else { format!(" of {unit}") };
            findings.push(self.bad(&match at_most {
                u32::MAX => format!("a whole number{of}, at least {at_least}"),
                _ => format!("a whole number{of} from {at_least} to {at_most}"),
            }));
        }
        number
    }

    pub fn texts(&self, findings: &mut Findings) -> Option<Vec<String>> {
        if self.value.as_list().is_none() {
            findings.push(self.bad("a list of text"));
            return None;
        }
        self.items().iter().map(|item| item.text_or_number(findings)).collect()
    }
}
