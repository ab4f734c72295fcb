//! `registry rm` and `registry purge`: what goes is listed, and asked for.

use super::super::Global;
use super::super::console::print;
use super::super::exit::{Exit, Failure, Outcome};
use super::super::operate::{ask, can_ask};
use super::show::named;
use super::{entries_in_words, no_such_entry};
use crate::registry::{DeploymentId, Entry, Subscription};
use crate::report::registry as report;
use crate::store::{Access, Selection, Store};
use crate::target::Space;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, clap::Args)]
struct Consent {
    /// Remove without asking
    #[arg(short, long)]
    yes: bool,
    /// Show what would go, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Remove entries
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Subscribers are not told; they notice at their next deployment. Entries of a deployment go with `windlass undeploy`.

Examples:
  windlass registry rm 31
  windlass registry rm old-shop:api --dry-run")]
pub struct RemoveArgs {
    /// Id of an entry, or a provider id (then all its entries, narrowed by --org, --space and --namespace)
    #[arg(value_name = "ENTRY", required = true)]
    entries: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

pub fn remove(args: &RemoveArgs, global: &Global) -> Outcome {
    let store = open(args.consent, global)?;
    let mut going: Vec<Entry> = Vec::new();
    for name in &args.entries {
        let named = named(&store, name, global)?;
        if named.is_empty() {
            return Err(no_such_entry(&format!("`{name}`")));
        }
        // One entry may be named twice: by its id and by its provider.
        going.extend(
            named.into_iter().filter(|entry| !going.iter().any(|held| held.row == entry.row)).collect::<Vec<_>>(),
        );
    }
    remove_all(&store, args.consent, &going, &[], global)
}

/// Remove what no deployed application stands behind any more
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Meant is one space (--org, --space): its subscriptions whose module is not deployed, and its entries with the nid `mta` that no
deployed application provides in that version. Entries that were imported from elsewhere are among them.

Examples:
  windlass registry purge --dry-run
  windlass registry purge --org acme --space dev --yes")]
pub struct PurgeArgs {
    #[command(flatten)]
    consent: Consent,
}

pub fn purge(args: &PurgeArgs, global: &Global) -> Outcome {
    let store = open(args.consent, global)?;
    let space = global.known_target()?.space;
    let (entries, subscriptions) = orphans(&store, &space)?;
    if entries.is_empty() && subscriptions.is_empty() {
        global.note(&format!("nothing to remove in {space}: everything there belongs to a deployed application"));
        return Ok(Exit::Ok);
    }
    remove_all(&store, args.consent, &entries, &subscriptions, global)
}

/// Without a file there is nothing to remove, so none is made; a dry run writes nothing anyway.
fn open(consent: Consent, global: &Global) -> Result<Store, Failure> {
    let exists = global.state_file()?.exists();
    global.store(if exists && !consent.dry_run { Access::Write } else { Access::Read })
}

/// The rows of a space that belong to no deployed application (registry reference, section 7).
fn orphans(store: &Store, space: &Space) -> Result<(Vec<Entry>, Vec<Subscription>), Failure> {
    let mut provided = BTreeSet::new();
    let mut modules: BTreeSet<(DeploymentId, String)> = BTreeSet::new();
    for (deployment, deployed) in store.deployments()? {
        let Some(record) = deployed.record.filter(|_| deployment.space == *space) else { continue };
        let version = crate::version::Version::parse(&record.version).map_or(record.version.clone(), |v| v.to_string());
        for unit in &record.units {
            modules.insert((deployment.clone(), unit.module.to_string()));
            provided.extend(unit.provides.iter().map(|name| (format!("{}:{name}", deployment.mta), version.clone())));
        }
    }
    let nid = Some("mta".to_owned());
    let selection = Selection {
        provider_nid: nid,
        org: Some(space.org.clone()),
        space: Some(space.space.clone()),
        ..Selection::default()
    };
    let mut entries = store.entries(&selection)?;
    entries.retain(|entry| {
        let version = entry.provider_version.clone().unwrap_or_default();
        !provided.contains(&(entry.provider_id.clone(), version))
    });
    let mut subscriptions = store.subscriptions()?;
    subscriptions
        .retain(|s| s.subscriber.space == *space && !modules.contains(&(s.subscriber.clone(), s.module.to_string())));
    Ok((entries, subscriptions))
}

fn remove_all(
    store: &Store,
    consent: Consent,
    entries: &[Entry],
    subscriptions: &[Subscription],
    global: &Global,
) -> Outcome {
    let mut what = Vec::new();
    let mut shown = String::new();
    if !entries.is_empty() {
        what.push(entries_in_words(entries.len()));
        shown.push_str(&report::entries(entries, global.page()));
    }
    if !subscriptions.is_empty() {
        what.push(match subscriptions.len() {
            1 => "1 subscription".to_owned(),
            count => format!("{count} subscriptions"),
        });
        shown.push_str(&report::subscriptions(subscriptions, global.page()));
    }
    let what = what.join(" and ");
    print(&shown)?;
    if consent.dry_run {
        global.note(&format!("a dry run: {what} would go"));
        return Ok(Exit::Ok);
    }
    if !consent.yes {
        confirm(&format!("Remove {what}?"))?;
    }
    let removed = store.retract(entries)?;
    store.unsubscribe(subscriptions)?;
    let gone = entries.len() - removed;
    let note = if gone > 0 { format!(" ({gone} had gone in the meantime)") } else { String::new() };
    global.note(&format!("removed {what}{note}"));
    Ok(Exit::Ok)
}

/// Asks on a terminal; where nobody can answer, names the flag that answers.
fn confirm(question: &str) -> Result<(), Failure> {
    if can_ask() {
        return ask(question);
    }
    Err(Failure::new(Exit::Usage, "nothing was removed, because nobody can be asked here")
        .next("add `--yes` to remove what is listed")
        .next("`--dry-run` only lists it"))
}
