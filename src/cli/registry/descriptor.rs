//! `registry entries` and `registry subscriptions`: what a deployment of a descriptor would publish and follow.

use super::super::console::print;
use super::super::exit::{Exit, Failure, Outcome};
use super::super::inputs::{Asked, Resolved};
use super::super::secrets::ShowSecrets;
use super::super::{Global, Inputs};
use super::Form;
use crate::registry::Subscription;
use crate::registry::interchange::value;
use crate::report::registry as report;
use crate::stage::renew;
use crate::store::Access;
use crate::tree::read::read_json;
use crate::tree::{Key, Map, Origin, Secrecy, Value};

/// Print the entries that a deployment of a descriptor would publish
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Published are the public provided sets of each module that have a property. Nothing is changed.

Examples:
  windlass registry entries
  windlass registry entries mtad.yaml -e prod.mtaext -o json")]
pub struct EntriesArgs {
    #[command(flatten)]
    inputs: Inputs,
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    output_format: Form,
    #[command(flatten)]
    secrets: ShowSecrets,
}

pub fn entries(args: &EntriesArgs, global: &Global) -> Outcome {
    let visible = args.secrets.decide(global)?;
    let store = global.store(Access::Read)?;
    let Resolved { sources, stages, warnings, .. } = args.inputs.resolve(global, &store)?;
    global.show_findings(&sources, &warnings);
    match args.output_format {
        Form::Json => {
            let list = stages.offers.iter().map(|entry| visible.filter(value(entry))).collect();
            print(&(Value::list(list, Origin::Nowhere).to_json() + "\n"))?;
        }
        Form::Table if stages.offers.is_empty() => global.note("a deployment would publish nothing"),
        Form::Table => print(&report::entries(&stages.offers, global.page()))?,
    }
    Ok(Exit::Ok)
}

/// Print the subscriptions that a deployment of a descriptor would store
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A module subscribes to a configuration resource that it requires with `managed: true`. Nothing is changed.

Examples:
  windlass registry subscriptions
  windlass registry subscriptions mtad.yaml -o json")]
pub struct SubscriptionsArgs {
    #[command(flatten)]
    inputs: Inputs,
    #[arg(short, long, value_name = "FORM", default_value = "table")]
    output_format: Form,
    #[command(flatten)]
    secrets: ShowSecrets,
}

pub fn subscriptions(args: &SubscriptionsArgs, global: &Global) -> Outcome {
    let visible = args.secrets.decide(global)?;
    let store = global.store(Access::Read)?;
    // Nothing has to match for a subscription, so the registry is not asked and references stay open.
    let Asked { sources, target, asking, warnings, .. } = args.inputs.combine(global)?.ask(global, &store)?;
    let subscriptions = renew::subscriptions(asking.remembered(), &asking.questions, &target);
    global.show_findings(&sources, &warnings);
    match args.output_format {
        Form::Json => {
            let list = subscriptions.iter().map(|s| Ok(visible.filter(shape(s)?)));
            let list = list.collect::<Result<Vec<_>, Failure>>()?;
            print(&(Value::list(list, Origin::Nowhere).to_json() + "\n"))?;
        }
        Form::Table if subscriptions.is_empty() => global.note("a deployment would follow nothing"),
        Form::Table => print(&report::subscriptions(&subscriptions, global.page()))?,
    }
    Ok(Exit::Ok)
}

/// `mta-id`, `module`, `resource`, and the module's `properties` and `requires` as they are remembered.
fn shape(subscription: &Subscription) -> Result<Value, Failure> {
    let fragment = read_json(&subscription.fragment, &Origin::Nowhere).map_err(|error| {
        Failure::new(Exit::Bug, format!("the subscription of `{}` cannot be read back", subscription.module))
            .why(error.to_string())
    })?;
    let first = |value: &Value, key: &str| value.as_map()?.get(key)?.as_list()?.first().cloned();
    let module = first(&fragment, "modules");
    // Those that share its variable are remembered with it, and have subscriptions of their own.
    let requires = module.as_ref().and_then(|module| {
        let all = module.as_map()?.get("requires")?.as_list()?;
        let is_its_own = |one: &&Value| {
            one.as_map().and_then(|one| one.get("name")).and_then(Value::as_text)
                == Some(subscription.resource.as_str())
        };
        all.iter().find(is_its_own).cloned()
    });
    let text = |text: &str| Value::text(text, Origin::Nowhere);
    let mut fields: Map = [
        ("mta-id", text(subscription.subscriber.mta.as_str())),
        ("module", text(subscription.module.as_str())),
        ("resource", text(subscription.resource.as_str())),
        ("filter", text(&report::filter(&subscription.filter))),
    ]
    .into_iter()
    .map(|(key, value)| (Key::from(key), value))
    .collect();
    fields.insert(Key::from("properties"), Value::map(properties(module.as_ref()), Origin::Nowhere));
    let mut required = Map::default();
    for (key, value) in requires.as_ref().and_then(Value::as_map).into_iter().flat_map(Map::iter) {
        if !key.text.ends_with("-metadata") && &*key.text != "properties" {
            required.insert(key.clone(), value.clone());
        }
    }
    required.insert(Key::from("properties"), Value::map(properties(requires.as_ref()), Origin::Nowhere));
    fields.insert(Key::from("requires"), Value::map(required, Origin::Nowhere));
    Ok(Value::map(fields, Origin::Nowhere))
}

/// The properties of a module or a requirement; those that its metadata calls sensitive are secret again.
fn properties(element: Option<&Value>) -> Map {
    let part = |name: &str| element.and_then(Value::as_map)?.get(name)?.as_map();
    let sensitive = |key: &str| {
        let flags = part("properties-metadata").and_then(|metadata| metadata.get(key)).and_then(Value::as_map);
        flags.and_then(|flags| flags.get("sensitive")).and_then(Value::as_bool) == Some(true)
    };
    let marked = |(key, value): (&Key, &Value)| {
        let secrecy = if sensitive(&key.text) { Secrecy::Secret } else { Secrecy::Open };
        (key.clone(), value.clone().secret(secrecy))
    };
    part("properties").into_iter().flat_map(Map::iter).map(marked).collect()
}
