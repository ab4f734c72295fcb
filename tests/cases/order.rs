//! `mtad.yaml` (with `target.yaml`) → `order.txt`, what `plan --order-only` prints, and `findings.txt`; then the deployment is
//! really done, on an engine in memory, and its steps are watched.
//!
//! One after the other (`--parallel 1`) they must run in exactly the order that was printed. All at once, each module must
//! begin after everything that it waits for, near or far, is complete; and those that wait for nothing must begin together.
//! Modules of the type `application` have an image here, so that a claim can be about order alone.

use crate::claims::{self, Claim, long};
use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};
use windlass::deploy::event::{Event, Events};
use windlass::deploy::images::Inquiry;
use windlass::deploy::look::{Operation, Request};
use windlass::deploy::recorder::Intent;
use windlass::deploy::stop::stop;
use windlass::deploy::{Options, Outcome, deploy};
use windlass::engine::recording::Recording;
use windlass::finding::Findings;
use windlass::operation::Kind;
use windlass::package::Origin;
use windlass::plan::desired::Wishes;
use windlass::plan::difference::PlanOptions;
use windlass::plan::{Hooks, Restart, Secrets, Suspended};
use windlass::report;
use windlass::source::{FileId, Sources, yaml};
use windlass::stage::{combine, order};
use windlass::store::{Access, Store};
use windlass::target::{Compat, Space, Target, read};

const TYPES: &str = "name: memory\nmodule-types:\n- name: application\n  \
    parameters: {docker: {image: 'app:1'}, no-route: true, health-check-type: http}\n";

#[test]
fn claims_about_order_hold() {
    claims::of_room("order", |claim| {
        let mut sources = Sources::default();
        let file = claim.input(&mut sources, "mtad.yaml").expect("every claim has a descriptor");
        let target = target(claim, &mut sources);
        let mut findings = Findings::default();
        let merged = findings.keep(combine(&sources, file, &[], &target));
        let order = merged.as_ref().map(|merged| {
            findings.extend(order::unusable_parameters(merged));
            findings.keep(order::order(merged))
        });
        claim.expect("findings.txt", &long(&sources, &findings));
        claim.expect_comments(&sources, &findings);
        let order = order.filter(|_| !findings.has_errors());
        claim.expect("order.txt", &order.as_ref().map(report::order::text).unwrap_or_default());
        if let Some(order) = order {
            one_by_one(claim, &order, &deployed(&mut sources, file, &target, 1));
            let at_once = deployed(&mut sources, file, &target, 64);
            if target.compat == Compat::DeployService && !order.parallel {
                one_by_one(claim, &order, &at_once);
            } else {
                as_they_may(claim, &order, &at_once);
            }
        }
    });
}

/// A ring as long as a large descriptor is told on one page, each link that is told with its line.
#[test]
fn a_ring_of_a_thousand_modules_is_told_in_a_few_words() {
    for (key, wraps) in [("deployed-after", ""), ("requires", "name: ")] {
        let mut text = String::from("_schema-version: '3.3'\nID: ring\nversion: 1.0.0\nmodules:\n");
        for at in 0..1_000 {
            let next = (at + 1) % 1_000;
            let element = if wraps.is_empty() { format!("m{next}") } else { format!("{{{wraps}m{next}}}") };
            text += &format!("- {{name: m{at}, type: application, {key}: [{element}]}}\n");
        }
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", text);
        let target = Target::built_in(space(), None, Compat::Documented);
        let merged = combine(&sources, file, &[], &target).product.expect("it is a descriptor");
        let told = long(&sources, &order::order(&merged).findings);
        assert!(told.contains("`m7` → … 988 more → `m996`"), "{told}");
        assert!(told.contains("mtad.yaml:1004: `m999` waits for `m0`"), "{told}");
        assert!(told.len() < 2_000, "{} bytes", told.len());
    }
}

fn space() -> Space {
    Space { org: "local".into(), space: "dev".into() }
}

fn target(claim: &Claim, sources: &mut Sources) -> Target {
    let mut target = Target::built_in(space(), None, Compat::Documented);
    let types = sources.add("types.yaml", TYPES);
    for file in [Some(types), claim.input(sources, "target.yaml")].into_iter().flatten() {
        let node = yaml::read(sources, file).product.expect("the target is YAML");
        target = read::read(&target, &node).product;
    }
    target
}

/// The beginnings (`true`) and ends of modules, as they happened.
type Watched = Vec<(bool, String)>;

#[derive(Default)]
struct Watch(Mutex<Watched>);

impl Events for Watch {
    fn tell(&self, _at: SystemTime, event: &Event) {
        let (begins, subject) = match event {
            Event::StepStarted { subject, .. } => (true, subject),
            Event::StepFinished { subject, .. } => (false, subject),
            _ => return,
        };
        if let Some(module) = subject.strip_prefix("module ") {
            self.0.lock().expect("nobody panics with it").push((begins, module.to_owned()));
        }
    }
}

fn deployed(sources: &mut Sources, descriptor: FileId, target: &Target, parallel: usize) -> Watched {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let store = Store::open(&folder.path().join("state.sqlite"), Access::Write).expect("a store");
    let engine = Recording::new().with_image("app:1").with_latency(Duration::from_millis(2));
    let (_stopper, stop) = stop();
    let options = Options {
        operation: "op1".into(),
        parallel: NonZeroUsize::new(parallel).expect("at least one"),
        start_timeout: None,
        task_timeout: None,
        abort_on_error: false,
        heartbeat: Duration::from_secs(30),
        patience: Duration::ZERO,
        subscriber_patience: Duration::from_millis(100),
        stop,
    };
    let mut request = Request {
        sources,
        descriptor,
        origin: &Origin::Nowhere,
        extensions: &[],
        given: &[],
        target,
        operation: &Operation { timestamp: "1700000000000".into(), user: "tester".into() },
        environment: &|_| windlass::target::supply::Supply::Missing { near: None },
        wishes: &Wishes::default(),
        options: &PlanOptions {
            subscribers: Restart::Now,
            hooks: Hooks::Run,
            secrets: Secrets::Mask,
            suspended: Suspended::Stay,
        },
        images: &Inquiry::Ask,
    };
    let watch = Watch::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let work = deploy(&mut request, &store, &engine, &options, &watch, |_, _, _| Ok::<Intent, ()>(intent()));
    let (_, report) = runtime.block_on(work).expect("the claim can be deployed");
    assert_eq!(report.outcome, Outcome::Finished, "{report:?}");
    watch.0.into_inner().expect("nobody panics with it")
}

/// Each module is complete before the next one in the order begins.
fn one_by_one(claim: &mut Claim, order: &order::Order, watched: &Watched) {
    let ran: HashSet<&str> = watched.iter().map(|(_, module)| module.as_str()).collect();
    let names = order.modules.iter().map(|module| module.name.as_str()).filter(|name| ran.contains(name));
    let expected: Watched = names.flat_map(|name| [(true, name.to_owned()), (false, name.to_owned())]).collect();
    if *watched != expected {
        claim.fail(&format!("one after the other, it ran as {watched:?}"));
    }
}

/// Each module begins as early as it may, and no earlier.
fn as_they_may(claim: &mut Claim, order: &order::Order, watched: &Watched) {
    let direct: HashMap<&str, Vec<&str>> = order
        .modules
        .iter()
        .map(|module| (module.name.as_str(), module.after.iter().map(|name| name.as_str()).collect()))
        .collect();
    let ran: HashSet<&str> = watched.iter().map(|(_, module)| module.as_str()).collect();
    let awaited = |module: &str| {
        let (mut seen, mut open) = (HashSet::new(), direct[module].clone());
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(&direct[next]);
            }
        }
        seen.retain(|name| ran.contains(name));
        seen
    };
    let mut complete: HashSet<&str> = HashSet::new();
    for (begins, module) in watched {
        if !begins {
            complete.insert(module);
            continue;
        }
        let awaited = awaited(module);
        if let Some(missing) = awaited.iter().find(|name| !complete.contains(*name)) {
            claim.fail(&format!("`{module}` began before `{missing}` was complete: {watched:?}"));
        }
        if awaited.is_empty() && !complete.is_empty() {
            claim.fail(&format!("`{module}` waits for nothing, and began after {complete:?} was complete"));
        }
    }
}

fn intent() -> Intent {
    let (order, plan) = (String::new(), String::new());
    Intent { kind: Kind::Deploy, order, plan, repeats: None, form: windlass::report::progress::said }
}
