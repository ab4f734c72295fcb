//! What it costs to write operations down: of one deployment, and of a year of them. For scripts/bench (`operations`).
//!
//! The engine is one in memory that answers at once, so all that is seen is windlass's own work: `execute` alone against
//! `carry_out`, which is the same with the record. Prints lines of a name and numbers.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a program that prints figures")]

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};
use windlass::deploy::event::Silence;
use windlass::deploy::execute::execute;
use windlass::deploy::images::Inquiry;
use windlass::deploy::look::{Operation, Planned, Request, look_and_plan};
use windlass::deploy::recorder::Intent;
use windlass::deploy::stop::stop;
use windlass::deploy::survey::survey;
use windlass::deploy::{Options, Outcome, carry_out};
use windlass::engine::recording::Recording;
use windlass::operation::Kind;
use windlass::package::Origin;
use windlass::plan::desired::Wishes;
use windlass::plan::difference::PlanOptions;
use windlass::plan::{Hooks, Restart, Secrets, Suspended};
use windlass::report::{plan_json, progress};
use windlass::source::Sources;
use windlass::store::{Access, Keep, Store, Which};
use windlass::target::supply::Supply;
use windlass::target::{Compat, Space, Target};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder for the files");
    let days = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(365);
    runtime.block_on(async {
        recording(folder.path()).await;
        year(folder.path(), days).await;
    });
}

/// Deploys 50 modules, again and again, with and without the record, turn and turn about; the least of each.
async fn recording(folder: &Path) {
    const MODULES: usize = 50;
    let mut least: BTreeMap<bool, Duration> = BTreeMap::new();
    for turn in 0..20 {
        for recorded in [false, true] {
            let path = folder.join(format!("{turn}-{recorded}.sqlite"));
            let place = Place { store: Store::open(&path, Access::Write).expect("a store"), engine: engine() };
            let took = place.deploy(MODULES, 0, recorded).await;
            least.entry(recorded).and_modify(|least| *least = took.min(*least)).or_insert(took);
        }
    }
    let [without, with] = [false, true].map(|recorded| least[&recorded].as_secs_f64() * 1000.0);
    println!("recording {without:.3} {with:.3}");
}

/// Twenty operations a day on an application of ten modules, two of which change each time.
async fn year(folder: &Path, days: usize) {
    const A_DAY: usize = 20;
    let path = folder.join("year.sqlite");
    let place = Place { store: Store::open(&path, Access::Write).expect("a store"), engine: engine() };
    let (mut first, mut last) = (Duration::ZERO, Duration::ZERO);
    let operations = days * A_DAY;
    for number in 0..operations {
        let took = place.deploy(10, number, true).await;
        if number < 200 {
            first += took;
        } else if number + 200 >= operations {
            last += took;
        }
    }
    println!("year-operations {operations}");
    println!("year-operation-first {:.3}", first.as_secs_f64() * 1000.0 / 200.0);
    println!("year-operation-last {:.3}", last.as_secs_f64() * 1000.0 / 200.0);
    println!("year-size {}", size(&path));
    let begun = Instant::now();
    let listed = place.store.operations(&Which { deployment: None, last: Some(20) }).expect("a list");
    println!("year-list {:.3}", begun.elapsed().as_secs_f64() * 1000.0);
    let deployment = &listed.first().expect("there are some").deployment;
    let begun = Instant::now();
    survey(deployment, &place.store, &place.engine).await.expect("a survey").expect("it is deployed");
    println!("year-status {:.3}", begun.elapsed().as_secs_f64() * 1000.0);
    // As many as are kept by default.
    let keep = Keep { age: Duration::from_secs(180 * 24 * 60 * 60), operations: 200, revisions: 20 };
    let begun = Instant::now();
    let pruned = place.store.prune(&keep).expect("pruned");
    println!("year-prune {:.3} {}", begun.elapsed().as_secs_f64() * 1000.0, pruned.operations);
    drop(place);
    // What is forgotten leaves room in the file: the same again in a fresh one, pruned after each operation as the program does.
    let path = folder.join("pruned.sqlite");
    let place = Place { store: Store::open(&path, Access::Write).expect("a store"), engine: engine() };
    for number in 0..operations.min(2_000) {
        place.deploy(10, number, true).await;
        place.store.prune(&keep).expect("pruned");
    }
    println!("pruned-size {}", size(&path));
}

/// Bytes, with what is not yet in the file itself.
fn size(path: &Path) -> u64 {
    let of = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        std::fs::metadata(name).map_or(0, |file| file.len())
    };
    of("") + of("-wal")
}

fn engine() -> Recording {
    Recording::new().with_image("windlass-test:1")
}

struct Place {
    store: Store,
    engine: Recording,
}

impl Place {
    /// Plans, and returns how long it took to do it.
    async fn deploy(&self, modules: usize, number: usize, recorded: bool) -> Duration {
        let text = descriptor(modules, number);
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", text.as_str());
        let target = Target::built_in(Space { org: "local".into(), space: "dev".into() }, None, Compat::Documented);
        let options = PlanOptions {
            subscribers: Restart::Now,
            hooks: Hooks::Run,
            secrets: Secrets::Mask,
            suspended: Suspended::Stay,
        };
        let mut request = Request {
            sources: &mut sources,
            descriptor: file,
            origin: &Origin::Nowhere,
            extensions: &[],
            given: &[],
            target: &target,
            operation: &Operation { timestamp: number.to_string(), user: "bench".into() },
            environment: &|_| Supply::Missing { near: None },
            wishes: &Wishes::default(),
            options: &options,
            images: &Inquiry::Never,
        };
        let planned = look_and_plan(&mut request, &self.store, &self.engine).await.expect("the descriptor is sound");
        let Planned { plan, contents, .. } = planned;
        let (_stopper, stop) = stop();
        let options = Options {
            operation: format!("{number:08x}"),
            parallel: NonZeroUsize::new(8).expect("more than none"),
            start_timeout: None,
            task_timeout: None,
            abort_on_error: false,
            heartbeat: Duration::from_secs(30),
            patience: Duration::ZERO,
            subscriber_patience: Duration::ZERO,
            stop,
        };
        let begun = Instant::now();
        let report = if recorded {
            let intent = Intent {
                kind: Kind::Deploy,
                order: text,
                plan: plan_json::plan(&plan).to_string(),
                repeats: None,
                form: progress::said,
            };
            let work = carry_out(&plan, &contents, &intent, &self.engine, &self.store, &options, &Silence);
            work.await.expect("it can be written down")
        } else {
            execute(&plan, &contents, &self.engine, &self.store, &options, &Silence).await
        };
        let took = begun.elapsed();
        assert_eq!(report.outcome, Outcome::Finished, "{:?}", report.failures);
        took
    }
}

/// Modules that do nothing but run; two of them, others each time, get another variable.
fn descriptor(modules: usize, number: usize) -> String {
    let mut text = format!("_schema-version: \"3.1\"\nID: bench.year\nversion: 1.0.{number}\nmodules:\n");
    for module in 0..modules {
        // The last number at which this module's turn came.
        let turn = (0..=number).rev().take(modules).find(|turn| (turn * 2) % modules / 2 == module / 2).unwrap_or(0);
        text += &format!(
            "  - name: module-{module}\n    type: application\n    parameters: {{docker: {{image: \"windlass-test:1\"}}, no-route: true, health-check-type: process}}\n    properties: {{NUMBER: \"{turn}\"}}\n"
        );
    }
    text
}
