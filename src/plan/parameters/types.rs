//! What a parameter's value must be: said in words, and checked in one place.
//!
//! The table gives each parameter a type; the check walks all of them before anything is read, so whoever reads a value
//! takes it as it is, or passes it over when it is not of its type: then there is a finding already, and nothing is
//! deployed.

use super::read::Found;
use super::size;
use crate::finding::{Finding, Findings, Severity};
use crate::name::nearest;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    Text,
    /// A number counts as its text: `user: 1000`.
    TextOrNumber,
    Flag,
    /// A flag, or `"true"` and `"false"` as text.
    FlagOrText,
    /// From one number to the other, both included.
    Whole(u32, u32),
    /// From one number to the other, both included.
    Seconds(u32, u32),
    /// A number with `M` or `G`, as text; at least so many bytes unless 0.
    Size(u64),
    Word(&'static [&'static str]),
    /// Text that begins with `/`.
    Path,
    Texts,
    TextOrTexts,
    Map,
    /// A map of names that nobody lists here to flags.
    Flags,
    /// A map of these names to flags.
    FlagsOf(&'static [&'static str]),
    /// A map with these keys.
    Keys(&'static [Field]),
    /// A list of maps with these keys.
    Maps(&'static [Field]),
    /// A list of names, or of maps with these keys.
    NamesOrMaps(&'static [Field]),
    /// Of a form of its own, here in words; who reads the value checks it.
    Special(&'static str),
}

/// A key of a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    pub name: &'static str,
    pub is: Type,
    pub needed: Needed,
    /// A few words of Markdown, for editors.
    pub about: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    Always,
    No,
}

impl Field {
    pub const fn needed(name: &'static str, is: Type, about: &'static str) -> Field {
        Field { name, is, needed: Needed::Always, about }
    }

    pub const fn optional(name: &'static str, is: Type, about: &'static str) -> Field {
        Field { name, is, needed: Needed::No, about }
    }
}

impl Type {
    /// As the reference page says it: `whole number from 0 to 1000`.
    pub fn words(self) -> String {
        match self {
            Type::Text => "text".to_owned(),
            Type::TextOrNumber => "text or number".to_owned(),
            Type::Flag | Type::FlagOrText => "boolean".to_owned(),
            Type::Whole(least, most) => format!("whole number from {least} to {most}"),
            Type::Seconds(least, most) => format!("seconds from {least} to {most}"),
            Type::Size(_) => "size".to_owned(),
            Type::Word(words) => one_of(words),
            Type::Path => "path".to_owned(),
            Type::Texts => "list of text".to_owned(),
            Type::TextOrTexts => "text or list of text".to_owned(),
            Type::Map => "map".to_owned(),
            Type::Flags => "map of booleans".to_owned(),
            Type::FlagsOf(names) => format!("map of booleans: {}", listed(names)),
            Type::Keys(fields) => format!("map with {}", listed(&names(fields))),
            Type::Maps(fields) => format!("list of maps with {}", listed(&names(fields))),
            Type::NamesOrMaps(fields) => format!("list of names, or of maps with {}", listed(&names(fields))),
            Type::Special(words) => words.to_owned(),
        }
    }

    /// A finding for everything in the value that is not of this type.
    pub fn check(self, found: &Found<'_>, findings: &mut Findings) {
        match self {
            Type::Special(_) => {}
            Type::Text => _ = found.text(findings),
            Type::TextOrNumber => _ = found.text_or_number(findings),
            Type::Flag => _ = found.flag(findings),
            Type::FlagOrText if matches!(found.value.as_text(), Some("true" | "false")) => {}
            Type::FlagOrText => _ = found.flag(findings),
            Type::Whole(least, most) => _ = found.whole(least, most, "", findings),
            Type::Seconds(least, most) => _ = found.whole(least, most, "seconds", findings),
            Type::Size(least) => _ = size::size(found, least, findings),
            Type::Word(words) => word(found, words, findings),
            Type::Path => path(found, findings),
            Type::Texts => _ = found.texts(findings),
            Type::TextOrTexts if found.value.as_list().is_some() => _ = found.texts(findings),
            Type::TextOrTexts if found.value.as_text().is_some() => {}
            Type::TextOrTexts => findings.push(found.bad("text, or a list of text")),
            Type::Map if found.value.as_map().is_some() => {}
            Type::Map => {
                findings.push(found.bad("a map").help(format!("Write `{}: {{key: value}}`.", found.key_name())))
            }
            Type::Flags => flags(found, findings),
            Type::FlagsOf(names) => {
                flags(found, findings);
                unknown_keys(found, names, Severity::Warning, findings);
            }
            Type::Keys(fields) => keys(found, fields, findings),
            Type::Maps(fields) if found.value.as_list().is_some() => {
                found.items().iter().for_each(|item| keys(item, fields, findings));
            }
            Type::NamesOrMaps(fields) if found.value.as_list().is_some() => {
                let maps = found.items().into_iter().filter(|item| item.value.as_text().is_none());
                maps.for_each(|item| keys(&item, fields, findings));
            }
            Type::Maps(fields) | Type::NamesOrMaps(fields) => {
                let needed: Vec<&str> =
                    fields.iter().filter(|field| field.needed == Needed::Always).map(|field| field.name).collect();
                let example: Vec<String> = needed.iter().map(|name| format!("{name}: …")).collect();
                let help = format!("Write `{}: [{{{}}}]`.", found.key_name(), example.join(", "));
                findings.push(found.bad(&format!("a list of maps with {}", listed(&needed))).help(help));
            }
        }
    }
}

fn word(found: &Found<'_>, words: &[&str], findings: &mut Findings) {
    let Some(text) = found.text(findings) else { return };
    if !words.contains(&&*text) {
        let near = nearest(&text, words.iter().copied());
        findings.push(found.bad(&one_of(words)).did_you_mean(near));
    }
}

fn path(found: &Found<'_>, findings: &mut Findings) {
    if let Some(path) = found.text(findings).filter(|path| !path.starts_with('/')) {
        let finding = found.bad("a path that begins with `/`");
        findings.push(if found.value.holds_secret() { finding } else { finding.help(format!("Write `/{path}`.")) });
    }
}

fn flags(found: &Found<'_>, findings: &mut Findings) {
    let Some(map) = found.value.as_map() else {
        findings.push(found.bad("a map of booleans").help(format!("Write `{}: {{NAME: true}}`.", found.key_name())));
        return;
    };
    for flag in map.keys().filter_map(|name| found.key(name)) {
        flag.flag(findings);
    }
}

fn keys(found: &Found<'_>, fields: &[Field], findings: &mut Findings) {
    if found.value.as_map().is_none() {
        let bad = found.bad(&format!("a map with {}", listed(&names(fields))));
        let needed = fields.iter().find(|field| field.needed == Needed::Always);
        findings.push(match needed.filter(|_| found.value.as_text().is_some()) {
            Some(field) => bad.help(format!("Write it as a map: `{}: …`.", field.name)),
            None => bad,
        });
        return;
    }
    for field in fields {
        match found.key(field.name) {
            Some(value) => field.is.check(&value, findings),
            None if found.is_unknown(field.name) => {}
            None if field.needed == Needed::Always => {
                let near = found.value.as_map().and_then(|map| nearest(field.name, map.keys()));
                let missing = found.refuse(format!("`{}` has no `{}`.", found.name, field.name));
                findings.push(match near {
                    Some(near) => missing.help(format!("Did you mean `{}` where it has `{near}`?", field.name)),
                    None => missing.help(format!("Add `{}: …`: {}.", field.name, field.is.words())),
                });
                // The key that was meant is not told as an unknown one, too.
                if near.is_some() {
                    return;
                }
            }
            None => {}
        }
    }
    unknown_keys(found, &names(fields), Severity::Warning, findings);
}

/// A finding for each key that nobody knows; what windlass does with a map of its own is never silent.
pub fn unknown_keys(found: &Found<'_>, known: &[&str], severity: Severity, findings: &mut Findings) {
    for (key, _) in found.value.as_map().iter().flat_map(|map| map.iter()) {
        if known.contains(&&*key.text) {
            continue;
        }
        let message = format!("`{}` has no key `{}`.", found.name, key.text);
        let at = key.span.unwrap_or(found.at);
        let finding = Finding { at, severity, ..found.refuse(message).path(format!("{}.{}", found.path, key.text)) };
        findings.push(match nearest(&key.text, known.iter().copied()) {
            Some(near) => finding.help(format!("Did you mean `{near}`?")),
            None => finding.help(format!("It knows: {}.", known.join(", "))),
        });
    }
}

fn names(fields: &[Field]) -> Vec<&'static str> {
    fields.iter().map(|field| field.name).collect()
}

/// `` `a`, `b` or `c` ``.
pub fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

/// `` `a`, `b` ``.
fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
