//! What a deployment is about, and what it may do: options that `plan` and `deploy` have in common, and a kept plan holds.

use crate::plan::desired::Wishes;
use crate::plan::difference::Volumes;
use crate::plan::saved::Inputs;
use crate::plan::selection::{Pick, Selection};
use crate::plan::unit::Start;
use crate::version::VersionRule;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

#[derive(Clone, Debug, Default, clap::Args)]
pub struct SelectionArgs {
    /// Deploy only this module (repeatable); what is not named stays as it is, and its entries with it
    #[arg(short, long = "module", value_name = "NAME")]
    pub modules: Vec<String>,
    /// Take along what the descriptor says of this service (repeatable); modules keep what they were told of others
    #[arg(short, long = "resource", value_name = "NAME")]
    pub resources: Vec<String>,
    /// All modules, beside the resources that `-r` names
    #[arg(long, conflicts_with = "modules")]
    pub all_modules: bool,
    /// All resources, beside the modules that `-m` names
    #[arg(long, conflicts_with = "resources")]
    pub all_resources: bool,
    /// Which versions may follow the one that is deployed (default: same-higher)
    #[arg(long, value_name = "RULE", ignore_case = true, value_parser = version_rule())]
    pub version_rule: Option<VersionRule>,
    /// Do not start the containers that are created; stop those that run
    #[arg(long)]
    pub no_start: bool,
    /// Delete volumes that no module uses any more, with everything in them
    #[arg(long)]
    pub delete_data: bool,
}

/// Reads a rule by its word; the names of the deploy service are understood, too.
pub fn version_rule() -> impl TypedValueParser<Value = VersionRule> {
    let value = |rule: VersionRule| PossibleValue::new(rule.word()).alias(rule.name());
    PossibleValuesParser::new(VersionRule::ALL.map(value))
        .map(|word| VersionRule::parse(&word).expect("each possible value is a rule"))
}

impl SelectionArgs {
    pub fn wishes(&self) -> Wishes {
        let whole = self.modules.is_empty() && self.resources.is_empty() && !self.all_modules && !self.all_resources;
        let pick = |names: &[String], all: bool| match all || whole {
            true => Pick::All,
            false => Pick::Only(names.to_vec()),
        };
        Wishes {
            start: if self.no_start { Start::No } else { Start::Yes },
            selection: Selection {
                modules: pick(&self.modules, self.all_modules),
                resources: pick(&self.resources, self.all_resources),
            },
            version_rule: self.version_rule.unwrap_or_default(),
            unused_volumes: if self.delete_data { Volumes::Remove } else { Volumes::Keep },
        }
    }
}

/// What was wished when a plan was kept, or an operation recorded.
pub fn wishes(kept: &Inputs) -> Wishes {
    let pick = |names: &Option<Vec<String>>| names.clone().map_or(Pick::All, Pick::Only);
    Wishes {
        start: if kept.no_start { Start::No } else { Start::Yes },
        selection: Selection { modules: pick(&kept.modules), resources: pick(&kept.resources) },
        version_rule: kept.version_rule.as_deref().and_then(VersionRule::parse).unwrap_or_default(),
        unused_volumes: if kept.delete_data { Volumes::Remove } else { Volumes::Keep },
    }
}

/// The names, unless all are meant.
pub fn names(pick: &Pick) -> Option<Vec<String>> {
    match pick {
        Pick::All => None,
        Pick::Only(names) => Some(names.clone()),
    }
}

/// The options that say these wishes.
pub fn words(wishes: &Wishes) -> Vec<String> {
    let mut words = Vec::new();
    let Selection { modules, resources } = &wishes.selection;
    for (pick, flag, all) in [(modules, "-m", "--all-modules"), (resources, "-r", "--all-resources")] {
        match pick {
            Pick::Only(names) => words.extend(names.iter().flat_map(|name| [flag.to_owned(), name.clone()])),
            Pick::All if !wishes.selection.is_whole() => words.push(all.to_owned()),
            Pick::All => {}
        }
    }
    if wishes.version_rule != VersionRule::default() {
        words.extend(["--version-rule".to_owned(), wishes.version_rule.word().to_owned()]);
    }
    if wishes.start == Start::No {
        words.push("--no-start".to_owned());
    }
    if wishes.unused_volumes == Volumes::Remove {
        words.push("--delete-data".to_owned());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_option_means_only_what_is_named() {
        let only = |names: &[&str]| Pick::Only(names.iter().map(|name| (*name).to_owned()).collect());
        let asked = |args: SelectionArgs| args.wishes().selection;
        assert!(asked(SelectionArgs::default()).is_whole());
        let modules = asked(SelectionArgs { modules: vec!["web".into()], ..SelectionArgs::default() });
        assert_eq!((modules.modules, modules.resources), (only(&["web"]), only(&[])));
        let mixed = SelectionArgs { modules: vec!["web".into()], all_resources: true, ..SelectionArgs::default() };
        assert_eq!(asked(mixed.clone()).resources, Pick::All);
        assert_eq!(words(&mixed.wishes()), ["-m", "web", "--all-resources"]);
    }
}
