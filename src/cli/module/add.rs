//! `windlass module add`: records a module, and starts nothing.

use super::super::Global;
use super::super::exit::{Exit, Failure, Outcome};
use super::super::ports::now;
use super::known::{check, inputs};
use super::values::ValueArgs;
use crate::deploy::roster::{Added, added};
use crate::descriptor::own::{NewModule, Unwritable, descriptor};
use crate::name::{BadName, ModuleName};
use crate::registry::DeploymentId;
use crate::report::yaml::to_yaml;
use crate::store::{Access, OwnModule, Store};

/// Record a module: an image and its variables. Nothing is started; `module deploy` does that
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What is recorded is a descriptor with one module; `module export NAME` prints it.

Examples:
  windlass module add currency --image registry.example.org/demo/currency:1.0.0 --name 'Exchange rates'
  windlass module add mailer --image mailer:2.1 --env SMTP_HOST=mail --env SMTP_PASSWORD=-
  windlass module add shop --image shop:4 --port 8080 --env-file shop.env --memory 256M")]
pub struct Args {
    /// What the module is known by: letters, digits, `_`, `-` and `.`
    #[arg(value_name = "MARKER")]
    pub marker: String,
    /// Image that it is made from
    #[arg(long, value_name = "REF")]
    pub image: String,
    /// What people call it
    #[arg(long = "name", value_name = "TEXT")]
    pub display_name: Option<String>,
    /// ID of its application (default: the marker)
    #[arg(long, value_name = "ID")]
    pub mta: Option<String>,
    /// Port that it listens on; published. Without one it is a worker that nobody reaches
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Limit of its memory: `256M`, `1G`
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    #[command(flatten)]
    pub values: ValueArgs,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    check_name("marker", &args.marker)?;
    let mta = args.mta.clone().unwrap_or_else(|| args.marker.clone());
    check_name("ID", &mta)?;
    let store = global.store(Access::Write)?;
    let deployment = global.deployment(&mta)?;
    let marker = ModuleName::new(args.marker.as_str());
    unknown(&marker, &deployment, &store)?;
    let values = args.values.read(&marker)?;
    values.check_unused(&store.secrets()?)?;
    let new = NewModule {
        mta,
        marker: marker.clone(),
        image: args.image,
        display_name: args.display_name,
        registry: args.values.registry_host.clone(),
        username: args.values.username.clone(),
        password: values.password.clone(),
        port: args.port,
        memory: args.memory,
        variables: values.variables.clone(),
    };
    let value = descriptor(&new).map_err(unwritable)?;
    let text = to_yaml(&value)
        .map_err(|error| Failure::new(Exit::Bug, "the descriptor has no YAML form").why(error.to_string()))?;
    check(&inputs(&marker, &text), &store, global)?;
    let secrets = values.store(&store, now())?;
    store.keep_own_module(&OwnModule { deployment, added: now(), descriptor: text })?;
    for secret in secrets {
        global.note(&format!("the secret `{secret}` is kept, encrypted"));
    }
    global.note(&format!("module `{marker}` is added, not deployed; `windlass module deploy {marker}` starts it"));
    Ok(Exit::Ok)
}

pub fn unwritable(unwritable: Unwritable) -> Failure {
    let Unwritable(name) = unwritable;
    Failure::new(Exit::Usage, format!("the value of `{name}` cannot stand in a descriptor as it is"))
        .why("it has a placeholder inside a placeholder, and no way of writing keeps both as text")
        .next(format!("keep it as a secret: `windlass secret set NAME`, and then `--secret-env {name}=NAME`"))
}

fn check_name(what: &str, name: &str) -> Result<(), Failure> {
    let failure = || Failure::new(Exit::Usage, format!("`{}` cannot be the {what} of a module", name.escape_debug()));
    match crate::name::check(name) {
        Ok(()) if name.starts_with('-') => Err(failure().why("it would be taken for an option")),
        Ok(()) => Ok(()),
        Err(BadName::Empty) => Err(failure().why("it is empty")),
        Err(BadName::TooLong) => Err(failure().why("it has more than 128 characters")),
        Err(BadName::Character { character, .. }) => Err(failure()
            .why(format!("it has a `{}`, and may have letters, digits, `_`, `-` and `.`", character.escape_debug()))),
    }
}

/// Two modules of one name would be two answers to one question.
fn unknown(marker: &ModuleName, deployment: &DeploymentId, store: &Store) -> Result<(), Failure> {
    let here = |added: &Added| {
        let other = &added.kept.deployment;
        other.space == deployment.space && other.namespace == deployment.namespace
    };
    let all = added(store)?;
    let same = all.iter().filter(|added| here(added));
    if let Some(Added { outline, .. }) =
        same.clone().find(|added| added.outline.marker == *marker || added.kept.deployment == *deployment)
    {
        let image = outline.image.as_deref().unwrap_or("no image");
        let name = &outline.marker;
        return Err(Failure::new(Exit::Usage, format!("there is a module `{name}` already, with {image}"))
            .next(format!("change it: `windlass module set {name} --image …`"))
            .next(format!("or delete it first: `windlass module delete {name}`")));
    }
    if store.deployed(deployment)?.record.is_some() {
        return Err(Failure::new(Exit::Usage, format!("`{deployment}` is deployed already, from a descriptor"))
            .why("a module that is added becomes an application of its own, and would take its place")
            .next("give it another ID: `--mta ID`"));
    }
    Ok(())
}
