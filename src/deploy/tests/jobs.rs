//! Tasks, hooks and modules that are run once, against an engine in memory.

use super::*;
use crate::deploy::look::look_and_plan_undeploy;
use crate::plan::difference::{PlanOptions, Volumes};
use crate::plan::job::{Execution, Job, JobKind, Marker, Phase, Run, hooks_at};
use crate::plan::{Hooks, Secrets, Suspended, job};
use crate::target::{Compat, Target};

fn a_job(kind: JobKind, name: &str) -> Job {
    Job {
        kind,
        name: name.into(),
        declared: Some(format!("mtad.yaml:{}", if kind == JobKind::Task { 9 } else { 12 })),
        command: vec!["./run".into()],
        secret_command: false,
        secret_words: Vec::new(),
        memory: None,
        environment: [("STEP".to_owned(), secret("geheim-2"))].into(),
        timeout: 43_200,
    }
}

fn task(name: &str) -> Action {
    let task = a_job(JobKind::Task, name);
    Action::RunTask { unit: Arc::new(Unit { tasks: vec![task.clone()], ..unit("a") }), task }
}

fn with_hooks(module: &str) -> Unit {
    let hook = |phase: Phase| job::Hook { job: a_job(JobKind::Hook, phase.word()), phases: vec![phase] };
    Unit { hooks: Phase::ALL.map(hook).into(), ..unit(module) }
}

fn run_once(module: &str) -> Unit {
    let execution = Execution { success: None, failure: None, check_deploy_id: false, stop: false, timeout: 43_200 };
    Unit { execution: Some(execution), ..unit(module) }
}

/// A plan of one step, with these hooks around it.
fn hooked(action: Action, phases: &[Phase]) -> Plan {
    let hooks = with_hooks("a");
    let mut plan = plan(vec![(action, vec![])]);
    plan.steps[0].hooks = hooks_at(phases, &hooks, &Arc::new(hooks.clone()));
    plan
}

fn runs(scene: &Scene) -> Vec<(String, Option<String>)> {
    let runs: Vec<Run> = scene.store.deployed(&shop()).unwrap().runs;
    runs.into_iter().map(|run| (run.module.to_string(), run.task)).collect()
}

fn report_of(report: &Report) -> &crate::deploy::failure::InstanceReport {
    let Problem::Instance(failed) = &report.failures[0].problem else { panic!("{:?}", report.failures) };
    failed
}

#[test]
fn tasks_run_one_by_one_and_leave_nothing_but_a_memory() {
    let scene = Scene::new();
    let engine = with_old(engine(), "a");
    let report = scene.run(&plan(vec![(task("migrate"), vec![]), (task("seed"), vec![0])]), &engine);
    assert_eq!(report.outcome, Outcome::Finished, "{:?}", report.failures);
    assert_eq!(
        engine.journal(),
        [
            "create windlass-shop-a-task-migrate-op1",
            "start windlass-shop-a-task-migrate-op1",
            "remove windlass-shop-a-task-migrate-op1",
            "create windlass-shop-a-task-seed-op1",
            "start windlass-shop-a-task-seed-op1",
            "remove windlass-shop-a-task-seed-op1",
        ]
    );
    assert!(scene.heard("task.started") && scene.heard("task.wrote") && scene.heard("task.ended"));
    let told = scene.heard.lines.lock().unwrap().join("\n");
    assert!(told.contains("STEP is (sensitive)") && !told.contains("geheim"), "{told}");
}

#[test]
fn a_task_that_fails_says_how_and_where_and_nothing_runs_after_it() {
    let scene = Scene::new();
    let engine = engine().with_fault(Fault::JobFails { job: "migrate".into(), code: 3 });
    let steps = vec![(start("a"), vec![]), (task("migrate"), vec![0]), (task("seed"), vec![1])];
    let report = scene.run(&plan(steps), &engine);
    assert_eq!(report.outcome, Outcome::Partial);
    assert_eq!(engine.containers(), ["windlass-shop-a-1 running"]);
    let failed = report_of(&report);
    assert_eq!(failed.job, Some((JobKind::Task, "migrate".into())));
    assert_eq!(failed.verdict, Verdict::Ended { code: Some(3), out_of_memory: false });
    assert_eq!(failed.last_lines.last().unwrap(), "STEP is (sensitive)");
    assert_eq!(report.failures[0].declared.as_deref(), Some("mtad.yaml:9"));
    assert!(failed.sentence().starts_with("task `migrate` of module `a` ended after "), "{}", failed.sentence());
    assert_eq!((report.skipped.as_slice(), runs(&scene)), (&["task a/seed: run".to_owned()][..], vec![]));
}

#[test]
fn what_ended_well_is_remembered_although_something_fails_after_it() {
    let scene = Scene::new();
    let engine = with_old(engine(), "a").with_fault(Fault::JobFails { job: "seed".into(), code: 1 });
    let report = scene.run(&plan(vec![(task("migrate"), vec![]), (task("seed"), vec![0])]), &engine);
    assert_eq!(report.outcome, Outcome::Partial);
    assert_eq!(runs(&scene), [("a".to_owned(), Some("migrate".to_owned()))]);
}

#[test]
fn a_task_that_takes_too_long_is_stopped_and_removed() {
    let mut scene = Scene::new();
    scene.options.task_timeout = Some(Duration::from_millis(80));
    let engine = engine().with_fault(Fault::NeverEnds("migrate".into()));
    let report = scene.run(&plan(vec![(task("migrate"), vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Restored);
    assert_eq!(report_of(&report).verdict, Verdict::RanTooLong { limit: Duration::from_millis(80) });
    assert!(engine.journal().contains(&"stop windlass-shop-a-task-migrate-op1".to_owned()));
    assert_eq!((engine.containers(), runs(&scene)), (vec![], vec![]));
}

#[test]
fn an_interrupt_stops_a_task_at_once() {
    let scene = Scene::new();
    scene.press_at("task.started");
    let engine = engine().with_fault(Fault::NeverEnds("migrate".into()));
    let report = scene.run(&plan(vec![(task("migrate"), vec![]), (task("seed"), vec![0])]), &engine);
    assert_eq!(report.outcome, Outcome::Interrupted);
    assert_eq!(report_of(&report).verdict, Verdict::Interrupted);
    assert!(report.elapsed < Duration::from_secs(5));
    assert_eq!((engine.containers(), runs(&scene)), (vec![], vec![]));
}

#[test]
fn the_second_interrupt_leaves_a_container_that_the_next_operation_clears_away() {
    let scene = Scene::new();
    scene.press_at("task.wrote");
    // Stopping takes long, and somebody loses patience.
    scene.press_at("operation.interrupted");
    let engine = with_old(engine(), "a").with_fault(Fault::NeverEnds("migrate".into()));
    let engine = engine.with_latency(Duration::from_millis(100));
    let report = scene.run(&plan(vec![(task("migrate"), vec![])]), &engine);
    assert_eq!((report.outcome, engine.containers().len()), (Outcome::Interrupted, 2));

    // Undeploying finds it, whether it still runs or not.
    scene.store.record(&shop(), &record("1.0.0", vec![old("shop", "a").1])).unwrap();
    let target = Target::built_in(shop().space, None, Compat::Documented);
    let options = PlanOptions {
        subscribers: Restart::Now,
        hooks: Hooks::Run,
        secrets: Secrets::Mask,
        suspended: Suspended::Stay,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let deployment = shop();
    let look = look_and_plan_undeploy(&deployment, &scene.store, &engine, &target, &options, Volumes::Keep);
    let undeploy = runtime.block_on(look).unwrap();
    let calm = Scene::new();
    assert_eq!(calm.run(&undeploy, &engine).outcome, Outcome::Finished);
    assert_eq!(engine.containers(), [""; 0]);
}

#[test]
fn hooks_stand_around_a_replacement_that_begins_with_the_new_one() {
    let scene = Scene::new();
    let engine = with_old(engine(), "a");
    let phases = [Phase::BeforeStart, Phase::BeforeStop];
    let report = scene.run(&hooked(replace("a", Handover::NewFirst), &phases), &engine);
    assert_eq!(report.outcome, Outcome::Finished, "{:?}", report.failures);
    let starts: Vec<String> = engine.journal().into_iter().filter(|line| !line.starts_with("create")).collect();
    assert_eq!(
        starts,
        [
            "start windlass-shop-a-hook-before-start-op1",
            "remove windlass-shop-a-hook-before-start-op1",
            "start windlass-shop-a-1-next-op1",
            "start windlass-shop-a-hook-before-stop-op1",
            "remove windlass-shop-a-hook-before-stop-op1",
            "stop windlass-shop-a-1",
            "remove windlass-shop-a-1",
            "rename windlass-shop-a-1-next-op1 to windlass-shop-a-1",
        ]
    );
}

#[test]
fn hooks_stand_around_a_replacement_that_begins_with_the_stop() {
    let scene = Scene::new();
    let engine = with_old(engine(), "a");
    let phases = [Phase::BeforeStop, Phase::AfterStop, Phase::BeforeStart];
    let report = scene.run(&hooked(replace("a", Handover::OldFirst), &phases), &engine);
    assert_eq!(report.outcome, Outcome::Finished, "{:?}", report.failures);
    let starts: Vec<String> =
        engine.journal().into_iter().filter(|line| line.starts_with("start") || line.starts_with("stop")).collect();
    assert_eq!(
        starts,
        [
            "start windlass-shop-a-hook-before-stop-op1",
            "stop windlass-shop-a-1",
            "start windlass-shop-a-hook-after-stop-op1",
            "start windlass-shop-a-hook-before-start-op1",
            "start windlass-shop-a-1-next-op1",
            // It does not run any more.
            "stop windlass-shop-a-1",
        ]
    );
}

#[test]
fn whichever_hook_of_a_replacement_fails_the_old_one_runs_in_the_end() {
    let phases = [Phase::BeforeStop, Phase::AfterStop, Phase::BeforeStart];
    for (handover, failing) in [
        (Handover::NewFirst, Phase::BeforeStart),
        (Handover::NewFirst, Phase::BeforeStop),
        (Handover::OldFirst, Phase::BeforeStop),
        (Handover::OldFirst, Phase::AfterStop),
        (Handover::OldFirst, Phase::BeforeStart),
    ] {
        let scene = Scene::new();
        let engine = with_old(engine(), "a").with_fault(Fault::JobFails { job: failing.word().into(), code: 1 });
        let report = scene.run(&hooked(replace("a", handover), &phases), &engine);
        assert_eq!(report.outcome, Outcome::Restored, "{handover:?} {failing:?}");
        assert_eq!(engine.containers(), ["windlass-shop-a-1 running"], "{handover:?} {failing:?}");
        // The hook stands elsewhere than its module.
        assert_eq!(report.failures[0].declared.as_deref(), Some("mtad.yaml:12"), "{handover:?} {failing:?}");
    }
}

#[test]
fn hooks_of_a_removal_come_before_it_is_too_late() {
    let phases = [Phase::BeforeUnmapRoutes, Phase::BeforeStop, Phase::AfterStop];
    let removal = || {
        let containers = vec![old("shop", "a").0];
        hooked(Action::RemoveUnit { module: ModuleName::new("a"), containers }, &phases)
    };
    let scene = Scene::new();
    let calm = with_old(engine(), "a");
    assert_eq!(scene.run(&removal(), &calm).outcome, Outcome::Finished);
    let lines: Vec<String> = calm.journal().into_iter().filter(|line| !line.contains("create")).collect();
    assert_eq!(
        lines,
        [
            "start windlass-shop-a-hook-before-unmap-routes-op1",
            "remove windlass-shop-a-hook-before-unmap-routes-op1",
            "start windlass-shop-a-hook-before-stop-op1",
            "remove windlass-shop-a-hook-before-stop-op1",
            "stop windlass-shop-a-1",
            "start windlass-shop-a-hook-after-stop-op1",
            "remove windlass-shop-a-hook-after-stop-op1",
            "stop windlass-shop-a-1",
            "remove windlass-shop-a-1",
        ]
    );
    for failing in phases {
        let engine = with_old(engine(), "a").with_fault(Fault::JobFails { job: failing.word().into(), code: 1 });
        assert_eq!(scene.run(&removal(), &engine).outcome, Outcome::Restored, "{failing:?}");
        assert_eq!(engine.containers(), ["windlass-shop-a-1 running"], "{failing:?}");
    }
}

#[test]
fn a_module_that_is_run_once_is_awaited_and_remembered() {
    let scene = Scene::new();
    let unit = Arc::new(run_once("a"));
    let engine = engine();
    let report = scene.run(&plan(vec![(Action::StartUnit { unit }, vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Finished, "{:?}", report.failures);
    assert_eq!(engine.containers(), ["windlass-shop-a-1 exited"]);
    assert_eq!(runs(&scene), [("a".to_owned(), None)]);
    assert!(scene.heard("module.instance.wrote") && scene.heard("module.instance.completed"));
}

#[test]
fn a_run_that_fails_leaves_no_container_and_no_memory() {
    let scene = Scene::new();
    let unit = Arc::new(run_once("a"));
    let engine = engine().with_fault(Fault::JobFails { job: "a".into(), code: 4 });
    let report = scene.run(&plan(vec![(Action::StartUnit { unit }, vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Restored);
    assert_eq!(report_of(&report).verdict, Verdict::Ended { code: Some(4), out_of_memory: false });
    assert_eq!((engine.containers(), runs(&scene)), (vec![], vec![]));
}

#[test]
fn markers_decide_before_the_end_and_without_one_an_end_is_no_success() {
    let with = |success: Option<&str>, failure: Option<&str>| {
        let mut unit = run_once("a");
        let execution = unit.execution.as_mut().unwrap();
        execution.success = success.map(|text| Marker::parse(text).unwrap());
        execution.failure = failure.map(|text| Marker::parse(text).unwrap());
        execution.stop = true;
        plan(vec![(Action::StartUnit { unit: Arc::new(unit) }, vec![])])
    };
    // The engine in memory says `a says its last words` on its standard output.
    let goes_on = || engine().with_fault(Fault::NeverEnds("a".into()));
    let (scene, said) = (Scene::new(), goes_on());
    let report = scene.run(&with(Some("STDOUT:last words$"), None), &said);
    assert_eq!((report.outcome, runs(&scene).len()), (Outcome::Finished, 1), "{:?}", report.failures);
    assert_eq!(said.containers(), ["windlass-shop-a-1 exited"], "it was stopped");

    let (scene, said) = (Scene::new(), goes_on());
    let report = scene.run(&with(Some("STDOUT:PASSWORD"), Some("STDOUT:last")), &said);
    let line = "a says its last words".to_owned();
    assert_eq!(report_of(&report).verdict, Verdict::SaidFailure { line });
    assert_eq!((said.containers(), runs(&scene)), (vec![], vec![]));

    let scene = Scene::new();
    let report = scene.run(&with(Some("STDERR:last words"), None), &engine());
    let marker = "STDERR:last words".to_owned();
    assert_eq!(report_of(&report).verdict, Verdict::Silent { marker, deploy_id: None });
}

#[test]
fn with_check_deploy_id_a_line_must_hold_the_id() {
    let mut unit = run_once("a");
    let execution = unit.execution.as_mut().unwrap();
    execution.success = Some(Marker::parse("STDOUT:DEPLOY_ID is").unwrap());
    execution.check_deploy_id = true;
    unit.environment.insert("DEPLOY_ID".into(), Variable { tells_the_time: true, ..Variable::new("") });
    let scene = Scene::new();
    let report = scene.run(&plan(vec![(Action::StartUnit { unit: Arc::new(unit.clone()) }, vec![])]), &engine());
    assert_eq!(report.outcome, Outcome::Finished, "{:?}", report.failures);

    unit.execution.as_mut().unwrap().success = Some(Marker::parse("STDOUT:last words").unwrap());
    let scene = Scene::new();
    let report = scene.run(&plan(vec![(Action::StartUnit { unit: Arc::new(unit) }, vec![])]), &engine());
    let marker = "STDOUT:last words".to_owned();
    assert_eq!(report_of(&report).verdict, Verdict::Silent { marker, deploy_id: Some("op1".into()) });
}

#[test]
fn what_still_runs_is_not_run_a_second_time_when_its_next_run_fails() {
    let scene = Scene::new();
    let unit = Arc::new(run_once("a"));
    let engine = with_old(engine(), "a").with_fault(Fault::JobFails { job: "a".into(), code: 1 });
    let action = Action::ReplaceUnit { unit, old: vec![old("shop", "a").0], handover: Handover::OldFirst };
    let report = scene.run(&plan(vec![(action, vec![])]), &engine);
    assert_eq!(report.outcome, Outcome::Partial);
    assert_eq!(engine.containers(), ["windlass-shop-a-1 exited"]);
    let stopped = Aftermath::Remains(vec!["what still ran of `a` is stopped".into()]);
    assert_eq!(report.failures[0].after, stopped);
}
