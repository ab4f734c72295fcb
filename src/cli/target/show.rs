//! `windlass target show`: all that holds for a target, with the place of each value.

use super::find;
use super::known::{content, target_of};
use super::{Form, ShowArgs};
use crate::cli::Global;
use crate::cli::console::print;
use crate::cli::exit::{Exit, Failure, Outcome};
use crate::finding::Findings;
use crate::report::yaml::to_yaml;
use crate::source::Sources;
use crate::source::yaml::{Node, NodeKind};
use crate::target::types::{Others, Types};
use crate::target::{Compat, Target};
use crate::tree::{Key, Map, Origin, Value};

pub fn run(args: &ShowArgs, global: &Global) -> Outcome {
    let visible = args.secrets.decide(global)?;
    let (mut sources, mut findings) = (Sources::default(), Findings::default());
    let located = args.located(global)?;
    let node = content(global, located.as_ref(), &mut sources, &mut findings)?;
    let target = target_of(global, located.as_ref(), node.as_ref(), &mut findings)?;
    if findings.has_errors() {
        return Err(Failure::Findings { sources, findings });
    }
    global.show_findings(&sources, &findings);
    let from = |key: &str| match origin(key, global, node.as_ref(), &sources) {
        Some(from) if key.ends_with("-types") && target.module_types.others == Others::Usable => {
            format!("{from}, and built in")
        }
        Some(from) => from,
        None if key == "name" && located.as_ref().is_some_and(|located| located.name.is_some()) => {
            match located.as_ref().map(|located| located.form) {
                Some(find::Form::Table) => "the name of its table".to_owned(),
                _ => "the name of its file".to_owned(),
            }
        }
        None => "built in".to_owned(),
    };
    let shown: Vec<(&str, Value, String)> =
        values(&target).into_iter().map(|(key, value)| (key, visible.filter(value), from(key))).collect();
    match args.output_format {
        Form::Yaml => {
            for (key, value, from) in shown {
                let alone = Value::map([(Key::from(key), value)].into_iter().collect(), Origin::Nowhere);
                let text = to_yaml(&alone)
                    .map_err(|error| Failure::new(Exit::Bug, "the target has no YAML form").why(error.to_string()))?;
                let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
                print(&format!("{first}  # {from}\n{rest}"))?;
            }
        }
        Form::Json => {
            let places: serde_json::Map<String, serde_json::Value> =
                shown.iter().map(|(key, _, from)| ((*key).to_owned(), from.as_str().into())).collect();
            let map: Map = shown.into_iter().map(|(key, value, _)| (Key::from(key), value)).collect();
            let places = serde_json::Value::from(places);
            print(&format!("{{\"target\":{},\"from\":{places}}}\n", Value::map(map, Origin::Nowhere).to_json()))?;
        }
    }
    Ok(Exit::Ok)
}

/// Who said the value of a key last; `None`: nobody.
fn origin(key: &str, global: &Global, node: Option<&Node>, sources: &Sources) -> Option<String> {
    let flag = match key {
        "org" => global.org.is_some(),
        "space" => global.space.is_some(),
        "compat" => global.compat.is_some(),
        _ => false,
    };
    if flag {
        return Some(format!("--{key}"));
    }
    let Some(NodeKind::Map(pairs)) = node.map(|node| &node.kind) else { return None };
    pairs.iter().find(|pair| *pair.key.value == *key).map(|pair| sources.line_of(pair.key.span))
}

/// The keys of a target file, in its order. Together they are one.
fn values(target: &Target) -> Vec<(&'static str, Value)> {
    let text = |text: &str| Value::text(text, Origin::Nowhere);
    let list = |items: Vec<Value>| Value::list(items, Origin::Nowhere);
    let map = |map: Map| Value::map(map, Origin::Nowhere);
    let compat = match target.compat {
        Compat::Documented => "documented",
        Compat::DeployService => "deploy-service",
    };
    let others = match target.module_types.others {
        Others::Refused => "refused",
        Others::Usable => "built-in",
    };
    let plural = target.plural_parameters.iter().map(|(one, many)| (Key::from(one.as_str()), text(many)));
    let api = target.developer_api_host.as_deref().map(|api| ("developer-api-host", text(api)));
    let template = target.host_template.as_deref().map(|template| ("host-template", text(template)));
    let mut values =
        vec![("name", text(&target.name)), ("org", text(&target.space.org)), ("space", text(&target.space.space))];
    values.extend(target.host.as_deref().map(|host| ("host", text(host))));
    values.extend(target.context.as_deref().map(|context| ("context", text(context))));
    values.extend([("default-domain", text(&target.default_domain)), ("protocol", text(&target.protocol))]);
    values.extend(template);
    values.extend(api);
    values.extend([
        ("compat", text(compat)),
        ("parameters", sealed(map(target.parameters.clone()))),
        ("other-types", text(others)),
        ("module-types", types(&target.module_types)),
        ("resource-types", types(&target.resource_types)),
        ("dynamic-parameters", list(target.dynamic_parameters.iter().map(|name| text(name)).collect())),
        ("plural-parameters", map(plural.collect())),
    ]);
    values
}

fn types(types: &Types) -> Value {
    let each = types.list.iter().map(|one| {
        let mut map = Map::default();
        map.insert(Key::from("name"), Value::text(one.name.as_str(), Origin::Nowhere));
        for (key, values) in [("properties", &one.properties), ("parameters", &one.parameters)] {
            if !values.is_empty() {
                map.insert(Key::from(key), sealed(Value::map(values.clone(), Origin::Nowhere)));
            }
        }
        Value::map(map, Origin::Nowhere)
    });
    Value::list(each.collect(), Origin::Nowhere)
}

/// What pulls an image is a secret, whether its author says so or not.
fn sealed(value: Value) -> Value {
    let Some(docker) = value.as_map().and_then(|map| map.get("docker")).and_then(Value::as_map) else { return value };
    let Some(password) = docker.get("password") else { return value };
    let mut docker = docker.clone();
    docker.insert(Key::from("password"), password.clone().sealed());
    let mut map = value.as_map().cloned().unwrap_or_default();
    map.insert(Key::from("docker"), Value::map(docker, Origin::Nowhere));
    Value::map(map, Origin::Nowhere)
}
