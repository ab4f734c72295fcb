//! Secure parameters: variables of the caller that become parameters of the descriptor, as the established client has them.
//!
//! `__MTA___NAME` is a text, `__MTA_JSON___NAME` any value as JSON, `__MTA_CERT___NAME` a certificate in base64. All of them are
//! secret, and taken as they are: a password may hold `${`.

use super::exit::{Exit, Failure};
use super::kept::Kept;
use crate::descriptor::given::Given;
use crate::finding::{BAD_SECURE_PARAMETER, Finding, Findings, Staged};
use crate::name;
use crate::source::{FileId, Sources, Span};
use crate::text::literal;
use crate::tree::read::read_json;
use crate::tree::{Key, Kind, Map, Origin, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Json,
    Certificate,
}

/// In the order in which a name's first variable is found.
const PREFIXES: [(&str, Form); 3] =
    [("__MTA___", Form::Text), ("__MTA_JSON___", Form::Json), ("__MTA_CERT___", Form::Certificate)];

/// Reads the variables of this process, or those that were read before.
pub fn open(sources: &mut Sources, kept: &mut Kept) -> Result<Staged<Option<Given>>, Failure> {
    let all: Vec<(String, Option<String>)> = match &kept.secure {
        Some(noted) => noted.iter().map(|(name, value)| (name.clone(), Some(value.clone()))).collect(),
        None => std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok())))
            .collect(),
    };
    let mut variables = Vec::new();
    for (name, value) in all {
        if let Some((prefix, form)) = PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix)) {
            variables.push((name, prefix.len(), *form, value));
        }
    }
    let noted = variables.iter().filter_map(|(name, _, _, value)| Some((name.clone(), value.clone()?)));
    kept.secure = Some(noted.collect());
    if variables.is_empty() {
        return Err(Failure::new(Exit::Usage, "`--require-secure-parameters` finds no secure parameter")
            .why("no variable begins with `__MTA___`, `__MTA_JSON___` or `__MTA_CERT___`")
            .next("`export __MTA___db_password=…` gives a value to the parameter `db_password`")
            .next("or leave the option out"));
    }
    variables.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(parameters(
        sources,
        variables.iter().map(|(name, prefix, form, value)| (&**name, *prefix, *form, value.as_deref())),
    ))
}

/// The names of variables that would be secure parameters, for who does not ask for them.
pub fn left_out() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| PREFIXES.iter().any(|(prefix, _)| name.starts_with(prefix))).collect();
    names.sort();
    names
}

/// Each variable: its name, the length of its prefix, its form, its value if that is UTF-8.
fn parameters<'v>(
    sources: &mut Sources,
    variables: impl Iterator<Item = (&'v str, usize, Form, Option<&'v str>)>,
) -> Staged<Option<Given>> {
    let mut findings = Findings::default();
    let mut map = Map::default();
    let mut first_file = None;
    for (variable, prefix, form, value) in variables {
        // Only the name: what is quoted of it may be read by anyone.
        let file = sources.add_given(variable, variable);
        first_file.get_or_insert(file);
        let name = &variable[prefix..];
        let at = Span::new(file, prefix..variable.len());
        if let Err(why) = check(name) {
            findings.push(
                Finding::new(&BAD_SECURE_PARAMETER, at, format!("The variable `{variable}` {why}."))
                    .help("Behind the three underscores stands the name of a parameter."),
            );
            continue;
        }
        let parsed =
            value.ok_or_else(|| "is no text in UTF-8".to_owned()).and_then(|value| self::value(form, value, at));
        let value = match parsed {
            Ok(value) => value.sealed(),
            Err(why) => {
                findings.push(Finding::new(&BAD_SECURE_PARAMETER, at, format!("The variable `{variable}` {why}.")));
                continue;
            }
        };
        if let Some((key, _)) = map.get_key_value(name) {
            let mut finding =
                Finding::new(&BAD_SECURE_PARAMETER, at, format!("The parameter `{name}` is given by two variables."))
                    .help("Leave one of them out.");
            if let Some(other) = key.span {
                finding = finding.related(other, "the other one");
            }
            findings.push(finding);
            continue;
        }
        map.insert(Key { text: name.into(), span: Some(at) }, value);
    }
    let file: Option<FileId> = first_file;
    Staged::new(file.map(|file| Given::Secure { file, parameters: map }), findings)
}

fn check(name: &str) -> Result<(), String> {
    match name::check(name) {
        Ok(()) => Ok(()),
        Err(name::BadName::Empty) => Err("names no parameter".to_owned()),
        Err(name::BadName::TooLong) => Err(format!("names a parameter of more than {} characters", name::MAX_LENGTH)),
        Err(name::BadName::Character { character, .. }) => {
            Err(format!("names a parameter with the character {character:?}"))
        }
    }
}

/// The value of one variable, or what is wrong with it, in words that do not repeat it.
fn value(form: Form, text: &str, at: Span) -> Result<Value, String> {
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    let origin = Origin::Written(at);
    let value = match form {
        Form::Text => Value::text(text, origin),
        Form::Json => read_json(text, &origin)
            .map_err(|error| format!("holds no JSON: at character {} it stops making sense", error.column()))?,
        Form::Certificate if text.trim_start().starts_with("-----BEGIN") => Value::text(text, origin),
        Form::Certificate => {
            // Tools wrap base64 in rows.
            let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
            let decoded = STANDARD.decode(compact).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            Value::text(decoded.ok_or("holds no certificate in base64, nor one that begins with `-----BEGIN`")?, origin)
        }
    };
    as_it_is(&value)
        .ok_or_else(|| "holds a placeholder inside another one, which cannot be taken as plain text".to_owned())
}

/// The value with its texts escaped, so that nothing in them is looked up.
fn as_it_is(value: &Value) -> Option<Value> {
    let kind = match &value.kind {
        Kind::Text(text) => Kind::Text(literal(text)?.into()),
        Kind::List(items) => Kind::List(items.iter().map(as_it_is).collect::<Option<Vec<_>>>()?.into()),
        Kind::Map(map) => {
            let entries = map.iter().map(|(key, value)| Some((key.clone(), as_it_is(value)?)));
            Kind::Map(entries.collect::<Option<Map>>()?)
        }
        scalar => scalar.clone(),
    };
    Some(Value { kind, ..value.clone() })
}
