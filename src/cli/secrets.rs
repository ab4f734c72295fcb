//! Secrets are masked wherever values are shown, unless the person in front of the screen asks for them.

use super::Global;
use super::exit::{Exit, Failure};
use crate::report::hidden::Hidden;
use crate::report::mask::masked;
use crate::source::Sources;
use crate::tree::Value;

#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ShowSecrets {
    /// Show sensitive values; needs a terminal on standard output, or --force
    #[arg(long)]
    pub show_secrets: bool,
    /// Show them also into a file or a pipe
    #[arg(long, requires = "show_secrets")]
    pub force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visible {
    Secrets,
    Masked,
}

impl ShowSecrets {
    /// Decides before any work is done.
    pub fn decide(self, global: &Global) -> Result<Visible, Failure> {
        match (self.show_secrets, self.force || global.stdout().terminal) {
            (false, _) => Ok(Visible::Masked),
            (true, true) => Ok(Visible::Secrets),
            (true, false) => Err(Failure::new(Exit::Usage, "secrets are not written to what is no terminal")
                .next("add `--force` if whatever reads this may know them")),
        }
    }
}

impl Visible {
    /// A descriptor as it may be shown: a tag may also stand at a name or a version, which are no values of the stages and are
    /// known by their places.
    pub fn filter_descriptor(self, value: Value, sources: &Sources) -> Value {
        match self {
            Visible::Secrets => value,
            Visible::Masked => Hidden::of(sources).value(&masked(&value)),
        }
    }

    /// The value as it may be shown.
    pub fn filter(self, value: Value) -> Value {
        match self {
            Visible::Secrets => value,
            Visible::Masked => masked(&value),
        }
    }
}
