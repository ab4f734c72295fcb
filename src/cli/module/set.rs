//! `windlass module set`: changes what is recorded of a module, row by row of its descriptor.

use super::super::Global;
use super::super::exit::{Exit, Failure, Outcome};
use super::super::operate::OperationArgs;
use super::super::ports::now;
use super::known::{check, inputs, own};
use super::values::ValueArgs;
use super::{add, deploy};
use crate::descriptor::own::{Refusal, Unwritable, Wish, changed};
use crate::name::nearest;
use crate::store::{Access, OwnModule};

/// Change what is recorded of a module; `--apply` deploys it, too
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Only what has changed makes a difference: another tag or variable replaces the container, another name restarts nothing.

Examples:
  windlass module set currency --tag 1.0.1 --apply
  windlass module set currency --env RATE=30 --unset-env DEBUG
  windlass module set currency --name \"Rates\"")]
pub struct Args {
    /// A module that was added
    #[arg(value_name = "NAME")]
    pub own: String,
    /// Another tag of its image
    #[arg(long, value_name = "TAG", conflicts_with = "image")]
    pub tag: Option<String>,
    /// Another image
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,
    /// What people call it; an empty text for nothing
    #[arg(long = "name", value_name = "TEXT")]
    pub display_name: Option<String>,
    /// Take a variable out; may be repeated
    #[arg(long, value_name = "K")]
    pub unset_env: Vec<String>,
    /// Port that it listens on; published
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Limit of its memory: `256M`, `1G`
    #[arg(long, value_name = "SIZE")]
    pub memory: Option<String>,
    #[command(flatten)]
    pub values: ValueArgs,
    /// Deploy it, too
    #[arg(long)]
    pub apply: bool,
    #[command(flatten)]
    pub operation: OperationArgs,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let store = global.store(Access::Write)?;
    let (deployment, known) = own(&args.own, "set", &store, global)?;
    let marker = known.outline.marker.clone();
    let values = args.values.read(&marker)?;
    let mut wishes: Vec<Wish> = Vec::new();
    wishes.extend(args.image.clone().map(Wish::Image));
    wishes.extend(args.tag.clone().map(Wish::Tag));
    wishes.extend(args.display_name.clone().map(|name| Wish::DisplayName(Some(name).filter(|name| !name.is_empty()))));
    wishes.extend(args.values.registry_host.clone().map(Wish::Registry));
    wishes.extend(args.values.username.clone().map(Wish::Username));
    wishes.extend(values.password.clone().map(Wish::Password));
    wishes.extend(args.port.map(Wish::Port));
    wishes.extend(args.memory.clone().map(Wish::Memory));
    wishes.extend(args.unset_env.iter().cloned().map(Wish::UnsetVariable));
    wishes.extend(values.variables.iter().cloned().map(|(name, variable)| Wish::Variable(name, variable)));
    if wishes.is_empty() {
        return Err(Failure::new(Exit::Usage, format!("`module set {marker}` does not say what is to change"))
            .next("`windlass module set --help` lists what can"));
    }
    let before = &known.kept.descriptor;
    let text = changed(before, &wishes).map_err(|refusal| refused(refusal, &args.own))?;
    check(&inputs(&marker, &text), &store, global)?;
    let secrets = values.store(&store, now())?;
    let same = text == *before && secrets.is_empty();
    store.keep_own_module(&OwnModule { deployment, added: known.kept.added, descriptor: text.clone() })?;
    for secret in secrets {
        global.note(&format!("the secret `{secret}` is kept, encrypted"));
    }
    if args.apply {
        return deploy::text(&marker, &text, args.operation, global);
    }
    global.note(&match same {
        true => format!("module `{marker}` is so already; nothing is changed"),
        false => format!("module `{marker}` is changed; `windlass module deploy {marker}` brings it about"),
    });
    Ok(Exit::Ok)
}

fn refused(refusal: Refusal, module: &str) -> Failure {
    match refusal {
        Refusal::NoVariable { name, known } => {
            let failure = Failure::new(Exit::Usage, format!("module `{module}` has no variable `{name}`"));
            match nearest(&name, known.iter().map(String::as_str)) {
                Some(near) => failure.next(format!("did you mean `{near}`?")),
                None if known.is_empty() => failure.next("it has no variables at all"),
                None => failure.next(format!("it has {}", known.join(", "))),
            }
        }
        Refusal::Unwritable(name) => add::unwritable(Unwritable(name)),
        Refusal::NotSimple { path } => {
            Failure::new(Exit::Usage, format!("`{path}` of module `{module}` is no single value, and stays as it is"))
                .next(format!("`windlass module export {module}` prints the descriptor, to be deployed from a file"))
        }
    }
}
