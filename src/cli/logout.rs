//! `windlass logout`: forgets what `windlass login` keeps.

use super::Global;
use super::exit::{Exit, Failure, Outcome};
use super::login::registry;
use crate::name::nearest;
use crate::store::Access;

/// Forget the credentials for an image registry
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Only what `windlass login` keeps is forgotten; the Docker configuration stays as it is.

Examples:
  windlass logout registry.gitlab.com
  windlass logout docker.io              Docker Hub")]
pub struct Args {
    #[arg(value_name = "HOST")]
    pub server: String,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let registry = registry(&args.server)?;
    // Nothing is made for the sake of removing something from it.
    let kept = global.store(Access::Read)?.logins()?;
    if !kept.iter().any(|login| login.registry == registry) {
        let failure = Failure::new(Exit::Usage, format!("nobody is logged in to `{registry}`"));
        return Err(match nearest(&registry, kept.iter().map(|login| login.registry.as_str())) {
            Some(near) => failure.next(format!("did you mean `{near}`?")),
            None => failure.next("`windlass doctor` lists the registries that credentials are kept for"),
        });
    }
    global.store(Access::Write)?.forget_login(&registry)?;
    global.note(&format!("the credentials for `{registry}` are forgotten"));
    Ok(Exit::Ok)
}
