//! `windlass lsp`: the language server, for editors.

use super::Global;
use super::exit::{Exit, Failure, Outcome};
use super::inputs::facts;
use super::target::known::target;
use crate::finding::Findings;
use crate::lsp::{self, End, Place, Places, Surroundings};
use crate::package::Listings;
use crate::source::Sources;
use crate::store::Access;
use crate::target::Generator;
use crate::target::supply::Supplies;
use std::sync::Arc;

/// Serve an editor: the language server protocol on standard input and output
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
An editor starts it, and ends it. Exit codes: 0 ended as agreed, 1 the editor was gone.

Examples:
  windlass lsp                      For one editor, until it ends
  windlass lsp --target prod.yaml   Values as that target would give them")]
pub struct Args {
    /// Editors say so; it is the only way there is
    #[arg(long, hide = true)]
    pub stdio: bool,
}

pub fn run(_args: Args, global: &Global) -> Outcome {
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let target = target(global, &mut sources, &mut findings)?;
    if findings.has_errors() {
        return Err(Failure::Findings { sources, findings });
    }
    let texts = sources.files().map(|file| sources.get(file));
    let texts = texts.map(|text| (text.name().to_owned(), Arc::clone(text.text()))).collect();
    let surroundings = Surroundings {
        target,
        target_is_known: global.target_file()?.is_some(),
        facts: facts(global, Generator::new([0; 32]), Supplies::unasked()),
        texts,
        settings: Places { project: place(global), users: global.users_file() },
        listings: Listings::default(),
    };
    // Only for suggestions: without a registry, or with one that cannot be read, there are none.
    let store = global.store(Access::Read).ok();
    match lsp::serve(std::io::stdin(), std::io::stdout(), surroundings, store) {
        End::Agreed => Ok(Exit::Ok),
        End::Abrupt => Ok(Exit::Findings),
    }
}

/// Where the settings of projects are. The server may stand elsewhere than the files that it is asked about.
fn place(global: &Global) -> Place {
    match &global.config {
        _ if global.no_config => Place::Nowhere,
        Some(path) => Place::Here(std::path::absolute(path).unwrap_or_else(|_| path.clone())),
        None => Place::Nearest,
    }
}
