//! What the command line says over all extensions: `--set`, `--set-file`, and secure parameters.
//!
//! Each becomes an extension of its own, so that the same rules hold for it as for a file: it names what the descriptor
//! has, it cannot change what must not be changed, and what it sets has a place, which is the option. The text of an option
//! holds its path and never its value, for the value may be a secret.

use super::{Document, Extension, keys, read};
use crate::descriptor::Descriptor;
use crate::finding::{BAD_SETTING, Finding, Findings, Severity, Staged};
use crate::name::{MtaId, nearest};
use crate::source::yaml::{self, Node, NodeKind, Pair, SENSITIVE, Scalar, Style};
use crate::source::{FileId, Sources, Span, Spanned};
use crate::text;
use crate::tree::read::value;
use crate::tree::shape::{Element, Expects, Role};
use crate::tree::{Map, Origin, Value};
use pest::Parser;
use std::sync::Arc;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/setting.pest"]
struct Grammar;

/// The ID of the extension that is made from secure parameters. It is the last of the chain, and nothing extends it.
pub const SECURE: &str = "__mta.secure";

/// One thing that the command line gives.
#[derive(Clone, Debug)]
pub enum Given {
    Setting(Setting),
    /// Parameters of the descriptor, for the extension [`SECURE`].
    Secure {
        file: FileId,
        parameters: Map,
    },
}

/// A value and the path to where it goes.
#[derive(Clone, Debug)]
pub struct Setting {
    file: FileId,
    path: Vec<Step>,
    value: Node,
    from: From,
}

/// Where the value of a setting stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// Others can read it there.
    CommandLine,
    File,
}

type Step = Spanned<Arc<str>>;

/// Reads `PATH=VALUE`; the value is YAML.
pub fn set(sources: &mut Sources, option: &str, argument: &str) -> Staged<Option<Setting>> {
    let (file, path, value) = match split(sources, option, argument) {
        Ok(parts) => parts,
        Err(finding) => return refused(*finding),
    };
    let at = whole(&path);
    let mut elsewhere = Sources::default();
    let text = elsewhere.add("value", value);
    let Staged { product, findings } = yaml::read(&elsewhere, text);
    let wrong = findings.into_iter().find(|finding| finding.severity == Severity::Error);
    match (product, wrong) {
        (Some(node), None) => {
            let value = moved(&node, at);
            Staged::new(Some(Setting { file, path, value, from: From::CommandLine }), Findings::default())
        }
        // An empty document is an error for a descriptor; here it is null, written out.
        _ if matches!(value.trim(), "null" | "~") => {
            let value = scalar("null", Style::Plain, at);
            Staged::new(Some(Setting { file, path, value, from: From::CommandLine }), Findings::default())
        }
        _ if value.trim().is_empty() => refused(
            Finding::new(&BAD_SETTING, at, format!("`{option}` gives no value to `{}`.", sources.slice(at)))
                .help("Write `=''` for an empty text, `=null` to take the value away."),
        ),
        // In its own words only, for a message about the text would quote it.
        (_, wrong) => {
            let what = wrong.map_or("no value", |wrong| wrong.code.title).to_lowercase();
            refused(
                Finding::new(&BAD_SETTING, at, format!("The value for `{}` is {what}.", sources.slice(at)))
                    .help("Values are YAML: put a text that looks like something else in quotes, `='a: b'`."),
            )
        }
    }
}

/// Takes `PATH=FILE` apart, and says which file is meant.
pub fn set_file(sources: &mut Sources, option: &str, argument: &str) -> Staged<Option<(PathOf, String)>> {
    match split(sources, option, argument) {
        Ok((_, path, "")) => refused(
            Finding::new(&BAD_SETTING, whole(&path), format!("`{option}` names no file.")).help("Write `PATH=FILE`."),
        ),
        Ok((file, path, name)) => Staged::new(Some((PathOf { file, path }, name.to_owned())), Findings::default()),
        Err(finding) => refused(*finding),
    }
}

/// A path whose value is still to be read from a file.
#[derive(Debug)]
pub struct PathOf {
    file: FileId,
    path: Vec<Step>,
}

impl PathOf {
    /// The content of the file is a text, taken as it is, and a secret: that is what files are for here.
    pub fn holding(self, content: &str) -> Staged<Option<Setting>> {
        let at = whole(&self.path);
        let Some(literal) = text::literal(content) else {
            return refused(
                Finding::new(
                    &BAD_SETTING,
                    at,
                    "The file holds a placeholder inside another one, which cannot be taken as plain text.",
                )
                .help("Choose a value without that."),
            );
        };
        let mut value = scalar(&literal, Style::Quoted, at);
        value.tag = Some(Box::new(Spanned::new(SENSITIVE.to_owned(), at)));
        Staged::new(Some(Setting { file: self.file, path: self.path, value, from: From::File }), Findings::default())
    }
}

/// Two settings of one place, or one inside the other's value: nobody could say which is meant.
pub fn clashes(settings: &[Setting]) -> Findings {
    let mut findings = Findings::default();
    for (at, later) in settings.iter().enumerate() {
        let words = |setting: &Setting| setting.path.iter().map(|step| Arc::clone(&step.value)).collect::<Vec<_>>();
        let path = words(later);
        let earlier = settings[..at].iter().find(|earlier| {
            let other = words(earlier);
            path.starts_with(&other) || other.starts_with(&path)
        });
        if let Some(earlier) = earlier {
            let message = "Two options set this value.".to_owned();
            findings.push(
                Finding::new(&BAD_SETTING, whole(&later.path), message)
                    .related(whole(&earlier.path), "the other one")
                    .help("Leave one of them out."),
            );
        }
    }
    findings
}

fn split<'a>(
    sources: &mut Sources,
    option: &str,
    argument: &'a str,
) -> Result<(FileId, Vec<Step>, &'a str), Box<Finding>> {
    let parsed = match Grammar::parse(Rule::setting, argument) {
        Ok(mut parsed) => parsed.next(),
        Err(error) => return Err(Box::new(unreadable(sources, option, argument, &error))),
    };
    let mut parts = parsed.into_iter().flat_map(pest::iterators::Pair::into_inner);
    let (path, value) = (parts.next(), parts.next());
    let written = path.as_ref().map_or("", |path| path.as_str());
    let file = sources.add_given(format!("{option} {written}"), written);
    let mut steps = Vec::new();
    for step in path.into_iter().flat_map(pest::iterators::Pair::into_inner) {
        let inner = match step.as_rule() {
            Rule::bracket => step.into_inner().next(),
            _ => Some(step),
        };
        steps.extend(inner.map(|step| {
            Spanned::new(step.as_str().into(), Span::new(file, step.as_span().start()..step.as_span().end()))
        }));
    }
    Ok((file, steps, value.map_or("", |value| value.as_str())))
}

fn unreadable(sources: &mut Sources, option: &str, argument: &str, error: &pest::error::Error<Rule>) -> Finding {
    let at = match error.location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
    };
    // What stands behind the sign may be a secret.
    let written = argument.split('=').next().unwrap_or_default();
    let file = sources.add_given(option, written);
    let rest = argument.get(at..).unwrap_or_default();
    let span = Span::new(file, at.min(written.len())..(at + 1).min(written.len()));
    let (message, help) = if rest.is_empty() && !argument.contains('=') {
        (
            format!("`{option}` needs a path and a value."),
            "Write `PATH=VALUE`, for example `modules.web.parameters.memory=1G`.",
        )
    } else if rest.starts_with('[') {
        (
            "A list is replaced as a whole; no path leads to one of its elements.".to_owned(),
            "Give the whole list: `…parameters.routes=[{route: a}, {route: b}]`. Modules and the like are named: `modules.web`.",
        )
    } else {
        (
            "This is no path.".to_owned(),
            "Names stand between dots: `modules.web.parameters.memory`; one that holds a dot in quotes: `modules[\"my.web\"]`.",
        )
    };
    Finding::new(&BAD_SETTING, span, message).help(help)
}

fn refused<T>(finding: Finding) -> Staged<Option<T>> {
    Staged::new(None, [finding].into_iter().collect())
}

fn whole(path: &[Step]) -> Span {
    let (first, last) = path.first().zip(path.last()).expect("the grammar wants at least one step");
    first.span.to(last.span)
}

impl Given {
    /// The extension that says the same.
    pub fn extension(&self, descriptor: &Descriptor) -> Staged<Option<Extension>> {
        match self {
            Given::Setting(setting) => setting.extension(descriptor),
            Given::Secure { file, parameters } => {
                let at = Span::start_of(*file);
                let extension = Extension {
                    file: *file,
                    schema: Spanned::new(descriptor.schema.value, at),
                    id: Spanned::new(MtaId::new(SECURE), at),
                    extends: Spanned::new(descriptor.id.value.clone(), at),
                    modules: Vec::new(),
                    resources: Vec::new(),
                    parameters: parameters.clone(),
                };
                Staged::new(Some(extension), Findings::default())
            }
        }
    }

    /// The text that stands for it, and what it says as JSON; the latter may be a secret.
    pub fn file_and_value(&self) -> (FileId, String) {
        match self {
            Given::Setting(setting) => (setting.file, value(&setting.value).to_json()),
            Given::Secure { file, parameters } => (*file, Value::map(parameters.clone(), Origin::Nowhere).to_json()),
        }
    }

    /// Whether others can read the value where it stood.
    pub fn is_exposed(&self) -> bool {
        matches!(self, Given::Setting(Setting { from: From::CommandLine, .. }))
    }
}

impl Setting {
    fn extension(&self, descriptor: &Descriptor) -> Staged<Option<Extension>> {
        let mut root = match self.node(&self.path, &keys::EXTENSION) {
            Ok(pairs) => pairs,
            Err(finding) => return refused(*finding),
        };
        let at = whole(&self.path);
        let text = |key: &str, text: &str| pair(key, at, scalar(text, Style::Quoted, at));
        root.push(text("_schema-version", &descriptor.schema.value.to_string()));
        root.push(text("ID", "--set"));
        root.push(text("extends", descriptor.id.value.as_str()));
        let node = Node { kind: NodeKind::Map(Arc::new(root)), span: at, tag: None };
        let Staged { product, findings } = read::extension(self.file, node);
        // What is a slip in a file would here be an option without effect.
        let findings: Findings =
            findings.into_iter().map(|finding| Finding { severity: Severity::Error, ..finding }).collect();
        let extension = match product {
            Some(Document::Extension(extension)) if !findings.has_errors() => Some(*extension),
            _ => None,
        };
        Staged::new(extension, findings)
    }

    /// The pairs of an element of this kind in which the rest of the path leads to the value.
    fn node(&self, path: &[Step], element: &'static Element) -> Result<Vec<Pair>, Box<Finding>> {
        let Some((step, rest)) = path.split_first() else {
            let message = format!("The path ends at {} and names none of its values.", an(element));
            return Err(Box::new(
                self.refuse(whole(&self.path), message).help(format!("Go on with {}.", known(element))),
            ));
        };
        let key = element.key(&step.value);
        let (name, expects) = match key.map(|key| (key.name, key.expects, key.role)) {
            Some((name, _, Role::Forbidden(instead))) => {
                let message = format!("`{name}` of {} cannot be set from outside.", an(element));
                return Err(Box::new(self.refuse(step.span, message).help(instead)));
            }
            Some((name, expects, Role::Read)) if can_be_set(name) => (name, expects),
            _ => {
                let message = format!("{} has no `{}` that could be set.", capital(&an(element)), step.value);
                let near = nearest(&step.value, settable(element));
                let finding = self.refuse(step.span, message);
                return Err(Box::new(match near {
                    Some(near) => finding.did_you_mean(Some(near)),
                    None => finding.help(format!("It has {}.", known(element))),
                }));
            }
        };
        let value = match expects {
            Expects::Map => self.inside(rest, step)?,
            Expects::Elements => {
                let Some((element_name, rest)) = rest.split_first() else {
                    let message = format!("The path ends at `{name}` and names none of them.");
                    return Err(Box::new(
                        self.refuse(step.span, message).help(format!("Go on with a name: `{name}.NAME`.")),
                    ));
                };
                let mut pairs = self.node(rest, element_of(name, element))?;
                let at = element_name.span;
                pairs.insert(0, pair("name", at, scalar(&element_name.value, Style::Quoted, at)));
                let item = Node { kind: NodeKind::Map(Arc::new(pairs)), span: at, tag: None };
                Node { kind: NodeKind::List(Arc::new(vec![item])), span: step.span, tag: None }
            }
            _ if rest.is_empty() => self.value.clone(),
            _ => {
                let message = format!("`{name}` of {} has nothing inside it.", an(element));
                return Err(Box::new(self.refuse(rest[0].span, message).help("End the path before this.")));
            }
        };
        Ok(vec![pair(name, step.span, value)])
    }

    /// The value, as deep inside maps as the rest of the path says.
    fn inside(&self, path: &[Step], around: &Step) -> Result<Node, Box<Finding>> {
        if path.is_empty() {
            let message = format!("The path ends at `{0}` and names none of the {0}.", around.value);
            return Err(Box::new(
                self.refuse(around.span, message).help(format!("Go on with a key: `{}.KEY`.", around.value)),
            ));
        }
        Ok(path.iter().rev().fold(self.value.clone(), |inner, step| {
            let pairs = vec![pair(&step.value, step.span, inner)];
            Node { kind: NodeKind::Map(Arc::new(pairs)), span: step.span, tag: None }
        }))
    }

    fn refuse(&self, at: Span, message: String) -> Finding {
        Finding::new(&BAD_SETTING, at, message)
    }
}

/// The kind of element that the entries of a list are.
fn element_of(list: &str, around: &'static Element) -> &'static Element {
    match list {
        "modules" => &keys::MODULE_PATCH,
        "resources" => &keys::RESOURCE_PATCH,
        "requires" => &keys::REQUIRES_PATCH,
        "provides" => &keys::PROVIDES_PATCH,
        "hooks" => &keys::HOOK_PATCH,
        _ => around,
    }
}

/// What says which element is meant is not set, it is the path.
fn can_be_set(key: &str) -> bool {
    !matches!(key, "name" | "ID" | "_schema-version" | "extends")
}

fn settable(element: &Element) -> impl Iterator<Item = &'static str> {
    element.keys.iter().filter(|key| key.role == Role::Read && can_be_set(key.name)).map(|key| key.name)
}

/// `` `properties`, `parameters` or `requires` ``
fn known(element: &Element) -> String {
    let names: Vec<String> = settable(element).map(|name| format!("`{name}`")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

fn an(element: &Element) -> String {
    match element.name {
        "extension" => "the descriptor".to_owned(),
        name => format!("a {name}"),
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

fn pair(key: &str, at: Span, value: Node) -> Pair {
    Pair { key: Spanned::new(key.into(), at), value }
}

fn scalar(text: &str, style: Style, span: Span) -> Node {
    Node { kind: NodeKind::Scalar(Scalar { text: text.into(), style }), span, tag: None }
}

/// The same node, standing at another place as a whole.
fn moved(node: &Node, at: Span) -> Node {
    let kind = match &node.kind {
        NodeKind::Scalar(scalar) => NodeKind::Scalar(scalar.clone()),
        NodeKind::List(items) => NodeKind::List(Arc::new(items.iter().map(|item| moved(item, at)).collect())),
        NodeKind::Map(pairs) => {
            let pairs = pairs
                .iter()
                .map(|pair| Pair { key: Spanned::new(Arc::clone(&pair.key.value), at), value: moved(&pair.value, at) });
            NodeKind::Map(Arc::new(pairs.collect()))
        }
    };
    let tag = node.tag.as_ref().map(|tag| Box::new(Spanned::new(tag.value.clone(), at)));
    Node { kind, span: at, tag }
}
