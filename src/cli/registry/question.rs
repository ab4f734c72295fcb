//! `registry match`: what answers a question, and for everything else which part refused it.

use super::super::console::print;
use super::super::exit::{Exit, Failure, Outcome};
use super::super::inputs::{Asked, Combined};
use super::super::{Global, Inputs};
use super::Form;
use crate::name::{ResourceName, nearest};
use crate::registry::interchange::value;
use crate::registry::matching::{Verdict, effective_namespace, explain};
use crate::registry::{Entry, Filter, NamespaceFilter, Question};
use crate::report::registry::{explained, filter};
use crate::store::{Access, Store};
use crate::target::Space;
use crate::tree::read::read_json;
use crate::tree::{Key, Kind, Map, Origin, Value};
use crate::version::VersionRange;

/// Tell which entries answer a question, and what refused the others
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
The question is that of a configuration resource (-r), or is put together from options. It is asked from the space that --org
and --space name: entries that are not visible there do not answer.

Examples:
  windlass registry match -r plugins                                   As the resource of mtad.yaml asks
  windlass registry match --provider-id shop:api --version-range ^2    As options say
  windlass registry match --filter kind=index --in '*/*'               In every org and space")]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// A configuration resource of the descriptor
    #[arg(short, long, value_name = "NAME", conflicts_with_all = ["provider_id", "provider_nid", "version_range", "provider_namespace", "filter", "target_space"])]
    resource: Option<String>,
    /// As the parameter `provider-id`: who publishes, and which set (`shop:api`)
    #[arg(long, value_name = "ID")]
    provider_id: Option<String>,
    /// As the parameter `provider-nid`; what deployments publish has `mta`
    #[arg(long, value_name = "NID")]
    provider_nid: Option<String>,
    /// As the parameter `version`: `^1.2`, `>=2.0.0 <3.0.0`, `[1.0,2.0)`
    #[arg(long, value_name = "RANGE")]
    version_range: Option<String>,
    /// Only entries of this namespace; `default` means those without one
    #[arg(long, value_name = "NS")]
    provider_namespace: Option<String>,
    /// A key of the content and the value it must have, as JSON or as a plain text; may be repeated
    #[arg(long, value_name = "KEY=JSON", value_parser = content_part)]
    filter: Vec<(String, String)>,
    /// Where entries must have been published; `*` takes any
    #[arg(long = "in", id = "target_space", value_name = "ORG/SPACE", value_parser = org_and_space)]
    target: Option<Space>,
    /// How many entries to explain
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    output_format: Form,
}

pub fn run(args: &Args, global: &Global) -> Outcome {
    let store = global.store(Access::Read)?;
    let question = match &args.resource {
        Some(name) => of_resource(args, name, &store, global)?,
        None if args.inputs.descriptor.is_some() || !args.inputs.extensions.is_empty() => {
            return Err(Failure::new(Exit::Usage, "a descriptor asks through its resources, and none was named")
                .next("add `-r RESOURCE`"));
        }
        None => of_options(args, global)?,
    };
    let answered = store.answer(std::slice::from_ref(&question))?.remove(0).len();
    let near = store.near(&question, args.limit)?;
    let explained_entries: Vec<(&Entry, Vec<Verdict>)> =
        near.iter().map(|entry| (entry, explain(entry, &question))).collect();
    if args.output_format == Form::Json {
        return print(&json(&question, answered, &explained_entries)).map(|()| Exit::Ok);
    }
    let colour = global.stdout().colour;
    let mut out = String::new();
    for (entry, verdicts) in &explained_entries {
        out.push_str(&explained(entry, verdicts, colour));
    }
    let total = store.entry_count()?;
    let asked = format!("{}, seen from {}", filter(&question.filter), question.viewer);
    out.push_str(&format!("{answered} of {total} entries match: {asked}\n"));
    if near.len() < total {
        out.push_str(&format!("The nearest {} are explained; `--limit N` explains more.\n", near.len()));
    }
    print(&out)?;
    Ok(Exit::Ok)
}

fn json(question: &Question, answered: usize, explained: &[(&Entry, Vec<Verdict>)]) -> String {
    let text = |text: &str| Value::text(text, Origin::Nowhere);
    let map = |fields: Vec<(&str, Value)>| {
        Value::map(fields.into_iter().map(|(key, value)| (Key::from(key), value)).collect(), Origin::Nowhere)
    };
    let verdict = |verdict: &Verdict| {
        let accepted = Value::new(Kind::Bool(!verdict.refused()), Origin::Nowhere);
        map(vec![("part", text(&verdict.part.to_string())), ("accepted", accepted), ("why", text(&verdict.why))])
    };
    let entries = explained.iter().map(|(entry, verdicts)| {
        let matches = Value::new(Kind::Bool(!verdicts.iter().any(Verdict::refused)), Origin::Nowhere);
        let verdicts = Value::list(verdicts.iter().map(verdict).collect(), Origin::Nowhere);
        map(vec![("entry", value(entry)), ("matches", matches), ("parts", verdicts)])
    });
    let count = Value::new(Kind::Int(i64::try_from(answered).unwrap_or(i64::MAX)), Origin::Nowhere);
    let entries = Value::list(entries.collect(), Origin::Nowhere);
    let fields = vec![("asks", text(&filter(&question.filter))), ("matches", count), ("entries", entries)];
    map(fields).to_json() + "\n"
}

fn of_resource(args: &Args, name: &str, store: &Store, global: &Global) -> Result<Question, Failure> {
    let combined: Combined = args.inputs.combine(global)?;
    let Asked { sources, asking, warnings, .. } = combined.ask(global, store)?;
    global.show_findings(&sources, &warnings);
    let questions = asking.questions;
    if let Some(question) = questions.iter().find(|question| question.resource.as_str() == name) {
        return Ok(question.clone());
    }
    let exists = asking.filled.resources.iter().any(|resource| resource.name.value.as_str() == name);
    let names: Vec<&str> = questions.iter().map(|question| question.resource.as_str()).collect();
    let failure = match exists {
        true => Failure::new(Exit::Findings, format!("resource `{name}` asks the registry nothing"))
            .why("only active resources of type `configuration` ask, and only when something requires them"),
        false => Failure::new(Exit::Usage, format!("the descriptor has no resource `{name}`")),
    };
    Err(match (nearest(name, names.iter().copied()), names.is_empty()) {
        (Some(near), _) => failure.next(format!("did you mean `-r {near}`?")),
        (None, false) => failure.next(format!("these ask: {}", names.join(", "))),
        (None, true) => {
            failure.next("no resource of the descriptor asks the registry; leave `-r` out to ask with options alone")
        }
    })
}

fn of_options(args: &Args, global: &Global) -> Result<Question, Failure> {
    let version = match &args.version_range {
        None => None,
        Some(text) => Some(VersionRange::parse(text).map_err(|error| {
            Failure::new(Exit::Usage, format!("`--version-range {text}` is no range"))
                .why(error.to_string())
                .next("ranges look like `^1.2`, `>=2.0.0 <3.0.0` or `[1.0,2.0)`")
        })?),
    };
    let namespace = match args.provider_namespace.as_deref().or(global.namespace.as_deref()) {
        None => NamespaceFilter::Any,
        Some(name) => match effective_namespace(Some(name)) {
            Some(name) => NamespaceFilter::Named(name.to_owned()),
            None => NamespaceFilter::Without,
        },
    };
    // As in a descriptor's own text: what is not JSON is a plain text.
    let value = |json: &String| {
        read_json(json, &Origin::Nowhere).unwrap_or_else(|_| Value::text(json.as_str(), Origin::Nowhere))
    };
    let content: Map = args.filter.iter().map(|(key, json)| (Key::from(key.as_str()), value(json))).collect();
    let viewer = global.known_target()?.space;
    Ok(Question {
        resource: ResourceName::new("question"),
        filter: Filter {
            provider_nid: args.provider_nid.clone(),
            provider_id: args.provider_id.clone(),
            version,
            namespace,
            target: args.target.clone().unwrap_or_else(|| viewer.clone()),
            content,
        },
        viewer,
    })
}

fn content_part(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("write a key, an equals sign and the value".to_owned()),
    }
}

fn org_and_space(text: &str) -> Result<Space, String> {
    match text.split_once('/') {
        Some((org, space)) if !org.is_empty() && !space.is_empty() => {
            Ok(Space { org: org.to_owned(), space: space.to_owned() })
        }
        _ => Err("write org, a slash, space; `*` takes any".to_owned()),
    }
}
