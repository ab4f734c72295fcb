//! `windlass login`: credentials for an image registry, sealed in the state directory.

use super::Global;
use super::exit::{Exit, Failure, Outcome};
use super::secret::{bounded, prompt, usable};
use crate::image::{ImageReference, registry_of};
use crate::plan::unit::ImageCredentials;
use crate::store::Access;
use std::io::IsTerminal;

/// Keep credentials for an image registry, encrypted in the state directory
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What a module says (`docker.username`, `docker.password`) counts before it, the Docker configuration after it. The registry is not asked
here; `windlass doctor --image IMAGE` says whether an image can be had.

A token that may only read is enough: `read_registry` on GitLab, `read:packages` on GitHub.

Examples:
  windlass login registry.gitlab.com --username deploy --password-stdin    Takes the token from standard input
  windlass login registry.example.org:5000 --username ci                   Asks for the password
  windlass login docker.io --username shop                                 Docker Hub")]
pub struct Args {
    /// Registry, with its port where it has one: the part of an image's reference before the first slash
    #[arg(value_name = "HOST")]
    pub server: String,
    /// User name, or the id of a token
    #[arg(short, long, value_name = "ID")]
    pub username: String,
    /// Take password or token from standard input
    #[arg(long)]
    pub password_stdin: bool,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let registry = registry(&args.server)?;
    // First of all: nobody should be asked for a password that cannot be kept.
    let store = global.store(Access::Write)?;
    let password = match args.password_stdin {
        true => bounded(std::io::stdin().lock(), "standard input")?,
        false if std::io::stdin().is_terminal() => prompt(&format!("Password or token for `{registry}`"))?,
        false => {
            return Err(Failure::new(Exit::Usage, "no password is given, and nobody can be asked for it")
                .next("add `--password-stdin`, and send it through standard input"));
        }
    };
    let credentials = ImageCredentials { username: args.username, password: usable(password)?.reveal().to_owned() };
    let replaced = store.keep_login(&registry, &credentials)?;
    global.note(&match replaced {
        true => format!("the credentials for `{registry}` are replaced"),
        false => format!("the credentials for `{registry}` are kept"),
    });
    Ok(Exit::Ok)
}

/// The name under which credentials are kept: `registry.example.org:5000`, `docker.io`.
pub(super) fn registry(text: &str) -> Result<String, Failure> {
    let host = registry_of(text).to_ascii_lowercase();
    let refused = |why: String| Failure::new(Exit::Usage, format!("`{text}` is no registry")).why(why);
    match ImageReference::parse(&format!("{host}/image")) {
        Ok(image) if image.registry() == host => Ok(host),
        Ok(_) => Err(refused("the host of an image has a dot or a port, or is `localhost`".to_owned())
            .next("write it as in the image's reference, such as `registry.example.org`")),
        Err(bad) => Err(refused(bad.reason)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_kept_under_the_name_that_images_have_for_it() {
        for (given, kept) in [
            ("registry.gitlab.com", "registry.gitlab.com"),
            ("https://Registry.Example.org:5000/v2/", "registry.example.org:5000"),
            ("localhost", "localhost"),
            ("https://index.docker.io/v1/", "docker.io"),
            ("docker.io", "docker.io"),
        ] {
            assert_eq!(registry(given).expect(given), kept);
        }
        for wrong in ["", "registry", "a..b", "host:port", "registry.example.org:99999"] {
            assert!(registry(wrong).is_err(), "{wrong}");
        }
    }
}
