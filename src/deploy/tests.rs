//! Plans against an engine in memory: what happens in which order, and what is left when something fails.

mod jobs;
mod recorded;

use super::event::{Event, Events};
use super::execute::execute;
use super::failure::{Aftermath, Problem, Verdict};
use super::stop::{Stopper, stop};
use super::{Options, Outcome, Report};
use crate::engine::recording::{Fault, Recording};
use crate::name::{ModuleName, MtaId};
use crate::package::ModuleContents;
use crate::package::content::Content;
use crate::package::files::Files;
use crate::package::path::EntryPath;
use crate::plan::fingerprint::fingerprint;
use crate::plan::observed::{Container, ContainerState, Role};
use crate::plan::unit::{Check, Health, Port, Start, Traffic, Unit, UnitContent, Variable};
use crate::plan::{Action, Cause, Handover, Plan, PlanKind, Record, Restart, Step, StepId, SubscriberUpdate, names};
use crate::registry::{DeploymentId, Entry};
use crate::store::{Access, Store};
use crate::target::Space;
use crate::tree::{Origin, Value};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

fn shop() -> DeploymentId {
    deployment("shop")
}

fn deployment(mta: &str) -> DeploymentId {
    let space = Space { org: "local".into(), space: "dev".into() };
    DeploymentId { mta: MtaId::new(mta), namespace: None, space }
}

/// A module whose health is asked over HTTP.
fn unit(module: &str) -> Unit {
    Unit {
        module: ModuleName::new(module),
        key: Default::default(),
        declared: Some("mtad.yaml:4".into()),
        image: "app:1".into(),
        digest: None,
        credentials: None,
        instances: 1,
        start: Start::Yes,
        entrypoint: None,
        command: None,
        environment: [("PASSWORD".to_owned(), secret("geheim-1"))].into(),
        port: Some(8080),
        ports: Vec::new(),
        volumes: Vec::new(),
        content: None,
        user: None,
        working_dir: None,
        memory: None,
        disk_quota: None,
        milli_cpus: None,
        restart: Default::default(),
        stop_signal: None,
        stop_timeout: 10,
        read_only: false,
        init: false,
        cap_add: Vec::new(),
        cap_drop: Vec::new(),
        keeps_capabilities: false,
        new_privileges: false,
        extra_hosts: Vec::new(),
        networks: Vec::new(),
        log: None,
        services_file: None,
        labels: Default::default(),
        health: Health {
            check: Check::Http { port: 8080, path: "/".into() },
            timeout: 60,
            invocation_timeout: 1,
            interval: 5,
        },
        readiness: None,
        routes: Vec::new(),
        protocols: std::collections::BTreeMap::new(),
        traffic: Traffic::Http,
        provides: Vec::new(),
        secret_inputs: Vec::new(),
        secret_words: Vec::new(),
        alias: None,
        tasks: Vec::new(),
        hooks: Vec::new(),
        held_back: Vec::new(),
        display_name: None,
        execution: None,
    }
}

fn secret(text: &str) -> Variable {
    Variable { secret: true, ..Variable::new(text) }
}

fn start(module: &str) -> Action {
    Action::StartUnit { unit: Arc::new(unit(module)) }
}

/// The running container of an older version of the unit.
fn old(mta: &str, module: &str) -> (Container, Unit) {
    let mut before = unit(module);
    before.image = "app:0".into();
    let deployment = deployment(mta);
    let container = Container {
        id: format!("old-{module}"),
        name: names::container(&deployment, &before.module, 1),
        deployment,
        module: before.module.clone(),
        role: Role::Instance,
        instance: 1,
        config_hash: fingerprint(&before),
        image_id: "sha256:app:0".into(),
        state: ContainerState::Running,
        ports: Vec::new(),
        address: None,
        restarts: 0,
        started_at: None,
        version: None,
        made_from: None,
    };
    (container, before)
}

fn replace(module: &str, handover: Handover) -> Action {
    Action::ReplaceUnit { unit: Arc::new(unit(module)), old: vec![old("shop", module).0], handover }
}

/// A plan of these actions, each after the ones with the given numbers.
fn plan(actions: Vec<(Action, Vec<usize>)>) -> Plan {
    let units = actions.iter().filter_map(|(action, _)| match action {
        Action::StartUnit { unit } | Action::ReplaceUnit { unit, .. } => Some((**unit).clone()),
        _ => None,
    });
    let record = record("2.0.0", units.collect());
    let steps = actions.into_iter().enumerate().map(|(id, (action, after))| Step {
        id: StepId(id),
        action,
        causes: vec![Cause::Missing],
        after: after.into_iter().map(StepId).collect(),
        hooks: Vec::new(),
    });
    Plan {
        deployment: shop(),
        kind: PlanKind::Deploy,
        from: None,
        to: Some("2.0.0".into()),
        steps: steps.collect(),
        broken_subscribers: Vec::new(),
        suspends: Vec::new(),
        resumes: Vec::new(),
        held_back: Vec::new(),
        unchanged: Vec::new(),
        left_alone: Vec::new(),
        drift: Vec::new(),
        notices: Vec::new(),
        world: Default::default(),
        record: Some(record),
    }
}

fn record(version: &str, units: Vec<Unit>) -> Record {
    let network = names::network(&shop());
    let units = units.into_iter().map(Arc::new).collect();
    Record { version: version.into(), units, network, volumes: Vec::new(), after: Default::default() }
}

/// An engine with the images and the deployment's network.
fn engine() -> Recording {
    Recording::new().with_image("app:1").with_image("app:0").with_network(&names::network(&shop()))
}

fn with_old(engine: Recording, module: &str) -> Recording {
    let (container, unit) = old("shop", module);
    engine.with_container(container, &unit, &names::network(&shop()))
}

struct Scene {
    _folder: tempfile::TempDir,
    store: Store,
    options: Options,
    stopper: Stopper,
    heard: Heard,
    contents: ModuleContents,
}

#[derive(Default)]
struct Heard {
    lines: Mutex<Vec<String>>,
    /// At the first event of each name, somebody presses Ctrl-C.
    press_at: Mutex<Vec<(&'static str, Stopper)>>,
}

impl Events for Heard {
    fn tell(&self, _at: SystemTime, event: &Event) {
        self.lines.lock().unwrap().push(format!("{} {event:?}", event.name()));
        let mut press_at = self.press_at.lock().unwrap();
        if let Some(at) = press_at.iter().position(|(name, _)| *name == event.name()) {
            press_at.remove(at).1.press();
        }
    }
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state.db"), Access::Write).unwrap();
        let (stopper, stop) = stop();
        let options = Options {
            operation: "op1".into(),
            parallel: NonZeroUsize::new(4).unwrap(),
            start_timeout: None,
            task_timeout: None,
            abort_on_error: false,
            heartbeat: Duration::from_secs(30),
            patience: Duration::ZERO,
            subscriber_patience: Duration::from_millis(200),
            stop,
        };
        Scene { _folder: folder, store, options, stopper, heard: Heard::default(), contents: ModuleContents::new() }
    }

    fn run(&self, plan: &Plan, engine: &Recording) -> Report {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(execute(plan, &self.contents, engine, &self.store, &self.options, &self.heard))
    }

    fn recorded(&self, mta: &str) -> Vec<(String, String)> {
        let record = self.store.deployed(&deployment(mta)).unwrap().record;
        let units = record.into_iter().flat_map(|record| record.units);
        units.map(|unit| (unit.module.to_string(), unit.image.clone())).collect()
    }

    fn press_at(&self, name: &'static str) {
        self.heard.press_at.lock().unwrap().push((name, self.stopper.clone()));
    }

    fn heard(&self, name: &str) -> bool {
        self.heard.lines.lock().unwrap().iter().any(|line| line.starts_with(&format!("{name} ")))
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn a_step_begins_when_all_before_it_are_done() {
    let scene = Scene::new();
    let engine = Recording::new();
    let network = names::network(&shop());
    let report = scene.run(
        &plan(vec![
            (Action::CreateNetwork { name: network }, vec![]),
            (
                Action::PullImage {
                    module: ModuleName::new("a"),
                    reference: "app:1".into(),
                    credentials: None,
                    timeout: 60,
                },
                vec![],
            ),
            (start("a"), vec![0, 1]),
            (start("b"), vec![2]),
        ]),
        &engine,
    );
    assert_eq!(report.outcome, Outcome::Finished);
    let mut journal = engine.journal();
    journal[..2].sort();
    assert_eq!(
        journal,
        [
            "create network windlass-shop",
            "pull app:1",
            "create windlass-shop-a-1",
            "start windlass-shop-a-1",
            "create windlass-shop-b-1",
            "start windlass-shop-b-1"
        ]
    );
    assert_eq!(scene.recorded("shop"), owned(&[("a", "app:1"), ("b", "app:1")]));
}

#[test]
fn engine_calls_are_bounded_and_waits_are_not() {
    let scene = Scene::new();
    let slow = |number| Fault::HealthyAfter { module: ModuleName::new(format!("m{number}")), probes: 2 };
    let engine = (0..12).fold(engine().with_latency(Duration::from_millis(2)), |engine, n| engine.with_fault(slow(n)));
    let report = scene.run(&plan((0..12).map(|number| (start(&format!("m{number}")), vec![])).collect()), &engine);
    assert_eq!(report.outcome, Outcome::Finished);
    assert_eq!(engine.most_at_work(), 4);
    // Two pauses of 50 and 100 ms each; twelve modules one after another would take 1.8 s.
    assert!(report.elapsed < Duration::from_millis(1200), "{:?}", report.elapsed);
}

#[test]
fn a_first_deployment_that_fails_leaves_nothing_and_says_why() {
    let scene = Scene::new();
    let module = ModuleName::new("a");
    let engine =
        Recording::new().with_image("app:1").with_fault(Fault::Dies { module, code: 137, out_of_memory: true });
    let report = scene.run(
        &plan(vec![
            (Action::CreateNetwork { name: names::network(&shop()) }, vec![]),
            (Action::CreateVolume { name: "windlass-shop-data".into() }, vec![]),
            (start("a"), vec![0, 1]),
            (start("b"), vec![2]),
        ]),
        &engine,
    );
    assert_eq!(report.outcome, Outcome::Restored);
    assert!(engine.containers().is_empty() && engine.networks().is_empty() && engine.volumes().is_empty());
    assert_eq!(scene.recorded("shop"), []);
    let Problem::Instance(failed) = &report.failures[0].problem else { panic!("{:?}", report.failures) };
    assert_eq!(failed.verdict, Verdict::Ended { code: Some(137), out_of_memory: true });
    assert_eq!((failed.signal(), failed.declared.as_deref()), (Some("SIGKILL"), Some("mtad.yaml:4")));
    // The log is there; the secret that the application wrote into it is not.
    assert_eq!(failed.last_lines, ["a says its last words", "PASSWORD is (sensitive)"]);
    assert!(scene.heard("step.skipped"));
}

#[test]
fn what_keeps_dying_is_given_up_at_once() {
    let scene = Scene::new();
    let engine = engine().with_fault(Fault::KeepsDying { module: ModuleName::new("a"), code: 3 });
    let report = scene.run(&plan(vec![(start("a"), vec![])]), &engine);
    let Problem::Instance(failed) = &report.failures[0].problem else { panic!("{:?}", report.failures) };
    assert_eq!((failed.verdict.clone(), failed.restarts), (Verdict::Ended { code: Some(3), out_of_memory: false }, 2));
    assert!(report.elapsed < Duration::from_secs(2));
}

#[test]
fn a_long_wait_says_what_is_awaited() {
    let mut scene = Scene::new();
    scene.options.start_timeout = Some(Duration::from_millis(400));
    scene.options.heartbeat = Duration::from_millis(100);
    let engine = engine().with_fault(Fault::Unhealthy(ModuleName::new("a")));
    scene.run(&plan(vec![(start("a"), vec![])]), &engine);
    let lines = scene.heard.lines.lock().unwrap();
    let beats: Vec<&String> = lines.iter().filter(|line| line.starts_with("operation.awaited ")).collect();
    assert!(beats.len() >= 2, "{lines:?}");
    assert!(beats.iter().all(|line| line.contains("module a") && line.contains("last: HTTP 503")), "{beats:?}");
}

#[test]
fn a_unit_that_is_never_healthy_shows_its_probes() {
    let mut scene = Scene::new();
    scene.options.start_timeout = Some(Duration::from_millis(120));
    let engine = engine().with_fault(Fault::Unhealthy(ModuleName::new("a")));
    let report = scene.run(&plan(vec![(start("a"), vec![])]), &engine);
    let Problem::Instance(failed) = &report.failures[0].problem else { panic!("{:?}", report.failures) };
    assert!(matches!(&failed.verdict, Verdict::TimedOut { limit, .. } if limit.from_option));
    assert_eq!(failed.probes[0].answer, "HTTP 503");
    assert!(failed.probe_count() >= 3, "{:?}", failed.probes);
    assert_eq!(engine.containers(), [""; 0]);
}

#[test]
fn the_new_one_comes_up_before_the_old_one_goes() {
    let scene = Scene::new();
    let engine = with_old(engine(), "a");
    let report = scene.run(&plan(vec![(replace("a", Handover::NewFirst), vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Finished);
    assert_eq!(
        engine.journal(),
        [
            "create windlass-shop-a-1-next-op1",
            "start windlass-shop-a-1-next-op1",
            "stop windlass-shop-a-1",
            "remove windlass-shop-a-1",
            "rename windlass-shop-a-1-next-op1 to windlass-shop-a-1"
        ]
    );
    assert_eq!(engine.containers(), ["windlass-shop-a-1 running"]);
}

#[test]
fn the_old_one_keeps_running_when_the_new_one_fails() {
    let scene = Scene::new();
    let before = record("1.0.0", vec![old("shop", "a").1]);
    scene.store.record(&shop(), &before).unwrap();
    let engine = with_old(engine(), "a").with_fault(Fault::StartRefused(ModuleName::new("a")));
    let report = scene.run(&plan(vec![(replace("a", Handover::NewFirst), vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Restored);
    assert_eq!(engine.containers(), ["windlass-shop-a-1 running"]);
    assert!(!engine.journal().contains(&"stop windlass-shop-a-1".to_owned()), "the old one was never touched");
    assert_eq!(scene.recorded("shop"), owned(&[("a", "app:0")]));
}

#[test]
fn old_first_starts_the_old_one_again_when_the_new_one_fails() {
    let scene = Scene::new();
    let module = ModuleName::new("a");
    // The new one is refused by name: the fault holds for the module, so the old one could not be started again either.
    let engine = with_old(engine(), "a").with_fault(Fault::Verb(3));
    let report = scene.run(&plan(vec![(replace("a", Handover::OldFirst), vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Restored);
    assert_eq!(engine.containers(), ["windlass-shop-a-1 running"]);
    assert!(scene.heard("module.instance.restored"));

    let engine = with_old(self::engine(), "a").with_fault(Fault::StartRefused(module));
    let report = scene.run(&plan(vec![(replace("a", Handover::OldFirst), vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Partial, "the old one stays stopped, and that is said");
    assert!(matches!(&report.failures[0].after, Aftermath::Remains(lines) if lines[0].contains("is stopped")));
}

#[test]
fn a_host_port_that_is_taken_names_its_holder() {
    let scene = Scene::new();
    let mut unit = unit("a");
    unit.ports.push(Port { container: 8080, host: Some(80), address: None, protocol: Default::default() });
    let engine = engine().with_taken_port(80, "container nginx");
    let report = scene.run(&plan(vec![(Action::StartUnit { unit: Arc::new(unit) }, vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Restored);
    assert_eq!(report.failures[0].problem.to_string(), "host port 80 is taken by container nginx");
}

#[test]
fn after_a_failure_nothing_new_begins_and_what_is_done_is_remembered() {
    let scene = Scene::new();
    let engine = with_old(engine(), "b").with_fault(Fault::Unhealthy(ModuleName::new("b")));
    let mut scene_plan =
        plan(vec![(start("a"), vec![]), (replace("b", Handover::NewFirst), vec![0]), (start("c"), vec![1])]);
    scene_plan.from = Some("1.0.0".into());
    scene.store.record(&shop(), &record("1.0.0", vec![old("shop", "b").1])).unwrap();
    let scene =
        Scene { options: Options { start_timeout: Some(Duration::from_millis(80)), ..scene.options.clone() }, ..scene };
    let report = scene.run(&scene_plan, &engine);
    assert_eq!(report.outcome, Outcome::Partial);
    assert_eq!(engine.containers(), ["windlass-shop-a-1 running", "windlass-shop-b-1 running"]);
    assert_eq!(scene.recorded("shop"), owned(&[("a", "app:1"), ("b", "app:0")]));
    assert_eq!(scene.store.deployed(&shop()).unwrap().record.unwrap().version, "1.0.0");
    assert_eq!(report.done, ["module a: started"]);
    assert_eq!(report.skipped, ["module c: start"]);
}

#[test]
fn the_first_interrupt_lets_current_steps_end() {
    let scene = Scene::new();
    scene.press_at("module.instance.started");
    let engine = engine();
    let report = scene.run(&plan(vec![(start("a"), vec![]), (start("b"), vec![0])]), &engine);
    assert_eq!(report.outcome, Outcome::Interrupted);
    assert_eq!(engine.containers(), ["windlass-shop-a-1 running"]);
    assert_eq!((report.done.len(), report.skipped.len()), (1, 1));
    assert_eq!(scene.recorded("shop"), owned(&[("a", "app:1")]));
    assert!(scene.heard("operation.finished"));
}

#[test]
fn the_second_interrupt_ends_it_at_once() {
    let scene = Scene::new();
    scene.stopper.press();
    let scene_plan = plan(vec![(start("a"), vec![])]);
    let scene2 = Scene::new();
    scene2.press_at("module.instance.probed");
    let twice = scene2.stopper.clone();
    let engine = engine().with_fault(Fault::Unhealthy(ModuleName::new("a")));
    let handle = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(150));
        twice.press();
    });
    let report = scene2.run(&scene_plan, &engine);
    handle.join().unwrap();
    assert_eq!(report.outcome, Outcome::Interrupted);
    assert!(report.elapsed < Duration::from_secs(5));
    assert_eq!(report.done, ["module a: left in the middle"]);
    // Pressed before it began: nothing happens at all.
    let report = scene.run(&scene_plan, &self::engine());
    assert_eq!((report.outcome, report.skipped.len()), (Outcome::Interrupted, 1));
}

fn entry() -> Entry {
    Entry {
        row: None,
        provider_nid: Some("mta".into()),
        provider_id: "shop:api".into(),
        provider_version: Some("2.0.0".into()),
        provider_namespace: None,
        target: shop().space,
        content: None,
        visibility: None,
        module: Some(ModuleName::new("a")),
    }
}

fn subscriber_update(mta: &str, restart: Restart) -> Action {
    let (container, _) = old(mta, "web");
    Action::UpdateSubscriber(Box::new(SubscriberUpdate {
        subscriber: deployment(mta),
        unit: unit("web"),
        changes: Vec::new(),
        restart,
        old: vec![container],
        handover: Handover::NewFirst,
    }))
}

/// A deployed application with one module `web` that follows others.
fn with_subscriber(scene: &Scene, engine: Recording, mta: &str) -> Recording {
    let network = names::network(&deployment(mta));
    let (mut container, unit) = old(mta, "web");
    container.id = "old-web".to_owned();
    scene.store.record(&deployment(mta), &record("1.0.0", vec![unit.clone()])).unwrap();
    engine.with_network(&network).with_container(container, &unit, &network)
}

#[test]
fn subscribers_get_their_environment_after_the_entries_are_published() {
    let scene = Scene::new();
    let engine = with_subscriber(&scene, engine(), "portal");
    let publish = Action::Publish { module: ModuleName::new("a"), entries: vec![entry()] };
    let actions = vec![(start("a"), vec![]), (publish, vec![0]), (subscriber_update("portal", Restart::Now), vec![1])];
    let report = scene.run(&plan(actions), &engine);
    assert_eq!(report.outcome, Outcome::Finished, "{:?}", report.subscriber_failures);
    assert_eq!(scene.store.published_by(&shop()).unwrap().len(), 1);
    assert_eq!(scene.recorded("portal"), owned(&[("web", "app:1")]));
    assert_eq!(engine.containers(), ["windlass-portal-web-1 running", "windlass-shop-a-1 running"]);
    assert!(scene.heard("subscriber.updated"));
}

#[test]
fn entries_are_taken_back_when_their_subscribers_were_not_told() {
    let scene = Scene::new();
    let engine = with_subscriber(&scene, engine(), "portal").with_fault(Fault::StartRefused(ModuleName::new("b")));
    let old = Entry { content: Some(Value::text("old", Origin::Nowhere)), ..entry() };
    scene.store.publish(std::slice::from_ref(&old)).unwrap();
    let new = Entry { content: Some(Value::text("new", Origin::Nowhere)), ..entry() };
    let more = Entry { provider_id: "shop:more".into(), ..entry() };
    let publish = Action::Publish { module: ModuleName::new("a"), entries: vec![new, more] };
    let actions = vec![
        (start("a"), vec![]),
        (publish, vec![0]),
        (start("b"), vec![1]),
        (subscriber_update("portal", Restart::Now), vec![2]),
    ];
    let report = scene.run(&plan(actions), &engine);
    assert_eq!(report.outcome, Outcome::Partial);
    let published = scene.store.published_by(&shop()).unwrap();
    assert_eq!(published.iter().map(|entry| entry.content.clone()).collect::<Vec<_>>(), [old.content]);
    assert_eq!(report.skipped, ["entries of a: publish", "subscriber portal/web: update"]);
}

#[test]
fn a_subscriber_that_is_only_recorded_keeps_its_container() {
    let scene = Scene::new();
    let engine = with_subscriber(&scene, engine(), "portal");
    let report = scene.run(&plan(vec![(subscriber_update("portal", Restart::Later), vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Finished);
    assert!(engine.journal().is_empty());
    assert_eq!(scene.recorded("portal"), owned(&[("web", "app:1")]));
}

#[test]
fn a_subscriber_that_is_locked_is_left_alone_and_the_next_one_is_updated() {
    let scene = Scene::new();
    let engine = with_subscriber(&scene, engine(), "portal");
    scene.store.record(&deployment("other"), &record("1.0.0", vec![unit("web")])).unwrap();
    let _held = scene.store.lock(&deployment("portal"), "deploy").unwrap();
    let Action::UpdateSubscriber(mut second) = subscriber_update("other", Restart::Later) else { unreachable!() };
    second.old.clear();
    let actions =
        vec![(subscriber_update("portal", Restart::Now), vec![]), (Action::UpdateSubscriber(second), vec![0])];
    let report = scene.run(&plan(actions), &engine);
    assert_eq!(report.outcome, Outcome::Subscribers);
    assert_eq!(report.subscriber_failures.len(), 1);
    assert_eq!(report.subscriber_failures[0].subject, "subscriber portal/web");
    assert_eq!(engine.containers(), ["windlass-portal-web-1 running"]);
    assert_eq!(scene.recorded("portal"), owned(&[("web", "app:0")]));
    assert_eq!(scene.recorded("other"), owned(&[("web", "app:1")]));
    assert!(scene.store.deployed(&shop()).unwrap().record.is_some(), "the deployment itself is done");
}

#[test]
fn a_subscriber_that_changed_since_the_plan_is_left_alone() {
    let scene = Scene::new();
    scene.store.record(&deployment("portal"), &record("1.0.0", vec![unit("web")])).unwrap();
    let report = scene.run(&plan(vec![(subscriber_update("portal", Restart::Now), vec![])]), &engine());
    assert_eq!(report.outcome, Outcome::Subscribers);
    assert!(matches!(report.subscriber_failures[0].problem, Problem::Moved(_)));
}

#[test]
fn an_undeployment_is_forgotten_only_when_all_of_it_is_done() {
    let scene = Scene::new();
    scene.store.record(&shop(), &record("1.0.0", vec![old("shop", "a").1])).unwrap();
    let engine = with_old(engine(), "a").with_fault(Fault::Verb(3));
    let mut undeploy = plan(vec![
        (Action::RemoveUnit { module: ModuleName::new("a"), containers: vec![old("shop", "a").0] }, vec![]),
        (Action::RemoveNetwork { name: names::network(&shop()) }, vec![0]),
    ]);
    (undeploy.kind, undeploy.from, undeploy.to, undeploy.record) =
        (PlanKind::Undeploy, Some("1.0.0".into()), None, None);
    assert_eq!(scene.run(&undeploy, &engine).outcome, Outcome::Partial);
    assert_eq!(scene.recorded("shop"), []);
    assert!(scene.store.deployed(&shop()).unwrap().record.is_some());

    undeploy.steps.remove(0);
    undeploy.steps[0].after.clear();
    assert_eq!(scene.run(&undeploy, &engine).outcome, Outcome::Finished);
    assert!(scene.store.deployed(&shop()).unwrap().record.is_none());
    assert!(engine.networks().is_empty());
}

/// The content of module `a`: one file, with this text.
fn content(folder: &std::path::Path, text: &str) -> Arc<Content> {
    #[expect(clippy::disallowed_methods, reason = "the test writes what it reads")]
    std::fs::write(folder.join("page.html"), text).unwrap();
    let path = EntryPath::parse("page.html").unwrap();
    Arc::new(Content::of(Files::on_disk(folder, &path).unwrap()).unwrap())
}

fn with_content(unit: Unit, content: &Content) -> Unit {
    Unit { content: Some(UnitContent { at: "/srv/www".into(), digest: content.digest.clone() }), ..unit }
}

#[test]
fn content_is_there_before_the_container_starts() {
    let folder = tempfile::tempdir().unwrap();
    let content = content(folder.path(), "hello");
    let mut scene = Scene::new();
    scene.contents.insert(ModuleName::new("a"), Arc::clone(&content));
    let unit = Unit { instances: 2, ..with_content(unit("a"), &content) };
    let engine = engine();
    let report = scene.run(&plan(vec![(Action::StartUnit { unit: Arc::new(unit) }, vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Finished, "{report:?}");
    for number in [1, 2] {
        let name = format!("windlass-shop-a-{number}");
        let of_it: Vec<String> = engine.journal().into_iter().filter(|line| line.ends_with(&name)).collect();
        assert_eq!(of_it, [format!("create {name}"), format!("fill {name}"), format!("start {name}")]);
        let mut poured = Vec::new();
        content.pour("/srv/www", &mut poured).unwrap();
        assert_eq!(engine.content(&name), poured);
    }
}

#[test]
fn content_that_changes_while_it_is_deployed_fails_the_step_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let planned = content(folder.path(), "hello");
    for changed in ["hullo", "a longer text", "short", ""] {
        content(folder.path(), changed);
        let mut scene = Scene::new();
        scene.contents.insert(ModuleName::new("a"), Arc::clone(&planned));
        let engine = with_old(engine(), "a");
        let action = Action::ReplaceUnit {
            unit: Arc::new(with_content(unit("a"), &planned)),
            old: vec![old("shop", "a").0],
            handover: Handover::NewFirst,
        };
        let report = scene.run(&plan(vec![(action, vec![])]), &engine);
        assert_eq!(report.outcome, Outcome::Restored, "{changed}: {report:?}");
        let problem = report.failures[0].problem.to_string();
        let expected = "the content of `a` cannot be copied: `page.html` has changed since the plan was made";
        assert_eq!(problem, expected, "{changed}");
        assert_eq!(engine.containers(), ["windlass-shop-a-1 running"], "{changed}");
    }
}

#[test]
fn a_subscribers_content_comes_from_the_instance_that_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let content = content(folder.path(), "of portal");
    let scene = Scene::new();
    let portal = deployment("portal");
    let subscribed = with_content(unit("web"), &content);
    let engine = with_subscriber(&scene, engine(), "portal");
    let (holder, _) = old("portal", "web");
    let action = Action::UpdateSubscriber(Box::new(SubscriberUpdate {
        subscriber: portal,
        unit: subscribed,
        changes: Vec::new(),
        restart: Restart::Now,
        old: vec![holder],
        handover: Handover::NewFirst,
    }));
    let report = scene.run(&plan(vec![(action, vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Finished, "{report:?}");
    let journal = engine.journal();
    let next = "windlass-portal-web-1-next-op1";
    assert_eq!(
        journal[..4],
        [
            format!("create {next}"),
            format!("fill {next}"),
            format!("copy /srv/www from windlass-portal-web-1 to {next}"),
            format!("start {next}"),
        ]
    );
}
