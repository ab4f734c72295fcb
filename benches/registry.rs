//! How fast the registry answers among 1,000,000 entries: questions with 1 to 1,000 rows, by provider and by content.
//!
//! A plain program (`cargo bench --bench registry`, or with another number of entries: `… -- 100000`). What should be seen:
//! a selective question stays under a millisecond, and time grows with the rows answered.

#![allow(clippy::print_stdout, reason = "a program that prints figures")]

use std::time::{Duration, Instant};
use windlass::name::ResourceName;
use windlass::registry::{Entry, EntryChanges, Filter, NamespaceFilter, Question, Subscription};
use windlass::store::{Access, Store};
use windlass::target::Space;
use windlass::tree::{Key, Map, Origin, Value};
use windlass::version::VersionRange;

/// Groups of 1, 10, 100 and 1,000 entries share a provider, and another such group a content value.
const ROWS: [usize; 4] = [1, 10, 100, 1_000];

fn main() {
    let count = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(1_000_000);
    let folder = tempfile::tempdir().expect("a folder for the file");
    let path = folder.path().join("state.sqlite");
    let store = Store::open(&path, Access::Write).expect("the store opens");

    let begun = Instant::now();
    let entries: Vec<Entry> = (0..count).map(entry).collect();
    let made = begun.elapsed();
    let begun = Instant::now();
    for batch in entries.chunks(10_000) {
        store.publish(batch).expect("published");
    }
    let inserted = begun.elapsed();
    let size = path.metadata().map_or(0, |file| file.len()) / 1_000_000;
    println!(
        "  {count} entries published in {:.1} s ({:.0} entries/s), file of {size} MB (made in {:.1} s)",
        inserted.as_secs_f64(),
        count as f64 / inserted.as_secs_f64(),
        made.as_secs_f64()
    );

    // As a command does: a new process, a new connection.
    drop(store);
    let begun = Instant::now();
    let store = Store::open(&path, Access::Read).expect("the store opens");
    println!("  opening the file: {}", shown(begun.elapsed()));
    println!("  {:44} {:>6} {:>12} {:>12} {:>12}", "question", "rows", "first", "median", "per row");
    for rows in ROWS {
        let mut asked = question();
        asked.filter.provider_id = Some(format!("provider-{rows}:api"));
        asked.filter.target = space("acme", "*");
        measure(&store, "by provider", &asked, rows);
    }
    let mut asked = question();
    asked.filter.provider_id = Some("provider-1000:api".to_owned());
    asked.filter.version = Some(VersionRange::parse(">=1.500.0 <1.510.0").expect("a range"));
    asked.filter.target = space("acme", "space-0");
    measure(&store, "by provider, target and range of versions", &asked, 10);
    for rows in ROWS {
        let mut asked = question();
        asked.filter.content = map(&[("kind", "plugin"), ("group", &format!("group-{rows}"))]);
        measure(&store, "by content (one narrow, one wide property)", &asked, rows);
    }
    let mut asked = question();
    asked.filter.target = space("acme", "small");
    asked.filter.content = map(&[("kind", "plugin")]);
    measure(&store, "by target, content wide", &asked, count / 20_000);
    let mut asked = question();
    asked.viewer = space("guest", "dev");
    measure(&store, "by who may read it, anything else open", &asked, (count / 50_000).saturating_sub(1));
    subscriptions(&path);
}

/// Among 100,000 subscriptions, those that a changed entry concerns are found by index too.
fn subscriptions(path: &std::path::Path) {
    let store = Store::open(path, Access::Write).expect("the store opens");
    let subscriber = |n: usize| {
        let mut filter = question().filter;
        filter.provider_id = Some(format!("app-{n}:api"));
        Subscription {
            subscriber: windlass::registry::DeploymentId {
                mta: windlass::name::MtaId::new(format!("subscriber-{n}")),
                namespace: None,
                space: space("acme", "dev"),
            },
            module: windlass::name::ModuleName::new("web"),
            resource: ResourceName::new("api"),
            filter,
            fragment: "{}".to_owned(),
        }
    };
    let all: Vec<Subscription> = (0..100_000).map(subscriber).collect();
    store.subscribe(&all).expect("subscribed");
    let changes = EntryChanges { published: vec![entry(77_778)], ..EntryChanges::default() };
    let (first, median, touched) = timed(|| store.touched(&changes, &all[0].subscriber).expect("asked").len());
    println!(
        "  {:44} {touched:>6} {:>12} {:>12}",
        "subscribers of a changed entry, of 100,000",
        shown(first),
        shown(median)
    );
}

fn measure(store: &Store, what: &str, asked: &Question, rows: usize) {
    let (first, median, found) = timed(|| store.answer(std::slice::from_ref(asked)).expect("answered")[0].len());
    assert_eq!(found, rows, "{what}");
    let per_row = median / u32::try_from(found.max(1)).expect("few rows");
    println!("  {what:44} {found:>6} {:>12} {:>12} {:>12}", shown(first), shown(median), shown(per_row));
}

/// The first run, with nothing in SQLite's memory, and the median of the following.
fn timed(mut run: impl FnMut() -> usize) -> (Duration, Duration, usize) {
    let mut once = || {
        let begun = Instant::now();
        let found = run();
        (begun.elapsed(), found)
    };
    let (first, found) = once();
    let mut times: Vec<Duration> = (0..51).map(|_| once().0).collect();
    times.sort();
    (first, times[times.len() / 2], found)
}

fn shown(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1_000.0)
}

fn space(org: &str, space: &str) -> Space {
    Space { org: org.to_owned(), space: space.to_owned() }
}

fn map(entries: &[(&str, &str)]) -> Map {
    entries.iter().map(|(key, text)| (Key::from(*key), Value::text(*text, Origin::Nowhere))).collect()
}

fn question() -> Question {
    Question {
        resource: ResourceName::new("found"),
        filter: Filter {
            provider_nid: Some("mta".to_owned()),
            provider_id: None,
            version: None,
            namespace: NamespaceFilter::Any,
            target: space("*", "*"),
            content: Map::default(),
        },
        viewer: space("acme", "dev"),
    }
}

/// The first entries form the groups; all others are providers of their own, in 1,000 spaces of two orgs.
fn entry(n: usize) -> Entry {
    let group = ROWS.iter().copied().find(|rows| (*rows..2 * rows).contains(&n));
    let provider = group.map_or_else(|| format!("app-{n}:api"), |rows| format!("provider-{rows}:api"));
    let kind = if n.is_multiple_of(2) || group.is_some() { "plugin" } else { "service" };
    let group = group.map_or_else(|| format!("single-{n}"), |rows| format!("group-{rows}"));
    let target = match n {
        n if n >= 4_000 && n.is_multiple_of(20_000) || n == 2_000 => space("acme", "small"),
        n if n < 4_000 => space("acme", &format!("space-{}", n % 4 / 4)),
        n if n % 50_000 == 1 => space("hidden", "shared"),
        n => space(if n % 2 == 0 { "acme" } else { "hidden" }, &format!("space-{}", n % 1_000)),
    };
    let shared = target.space == "shared";
    Entry {
        row: None,
        provider_nid: Some("mta".to_owned()),
        provider_id: provider,
        provider_version: Some(format!("1.{}.0", n % 1_000)),
        provider_namespace: None,
        target,
        content: Some(Value::map(
            map(&[
                ("kind", kind),
                ("group", &group),
                ("url", &format!("https://app-{n}.example.org:8443/api/v1")),
                ("name", &format!("app-{n}")),
            ]),
            Origin::Nowhere,
        )),
        visibility: shared.then(|| vec![space("guest", "*")]),
        module: None,
    }
}
