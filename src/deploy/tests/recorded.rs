//! Operations as they are written down while they happen.

use super::super::carry_out;
use super::super::recorder::{Intent, Said};
use super::*;
use crate::operation::{Kind, OperationId, State, StepState};
use crate::store::Which;

fn intent() -> Intent {
    Intent {
        kind: Kind::Deploy,
        order: "{}".into(),
        plan: "{}".into(),
        repeats: None,
        form: |_, _, event| Said {
            json: event.name().to_owned(),
            lines: vec![(event.name().to_owned(), "said".to_owned())],
        },
    }
}

impl Scene {
    fn run_recorded(&self, plan: &Plan, engine: &Recording) -> Report {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let intent = intent();
        let work = carry_out(plan, &self.contents, &intent, engine, &self.store, &self.options, &self.heard);
        runtime.block_on(work).unwrap()
    }

    fn id(&self) -> OperationId {
        OperationId::new(self.options.operation.as_str())
    }

    fn causes(&self, mta: &str, module: &str) -> Vec<(u32, String)> {
        let starts = self.store.starts(&deployment(mta), &ModuleName::new(module)).unwrap();
        starts.into_iter().map(|one| (one.instance, one.cause)).collect()
    }
}

#[test]
fn what_an_operation_does_is_written_down_with_the_cause_of_each_start() {
    let scene = Scene::new();
    let report = scene.run_recorded(&plan(vec![(start("a"), vec![]), (start("b"), vec![0])]), &engine());
    assert_eq!(report.outcome, Outcome::Finished);
    let operations = scene.store.operations(&Which { deployment: Some(&shop()), last: None }).unwrap();
    assert_eq!(operations.len(), 1);
    assert_eq!((operations[0].state, &*operations[0].outcome), (State::Finished, "finished"));
    assert_eq!(operations[0].revision, Some(1));
    let steps = scene.store.steps_of(&scene.id()).unwrap();
    assert!(steps.iter().all(|step| step.state == StepState::Done && step.began.is_some() && step.ended.is_some()));
    let events = scene.store.events_of(&scene.id(), 0).unwrap();
    assert_eq!(events.first().map(|event| &*event.json), Some("operation.started"));
    assert_eq!(events.last().map(|event| &*event.json), Some("operation.finished"));
    // All that was told, in the same order.
    let heard = scene.heard.lines.lock().unwrap();
    let told: Vec<&str> = heard.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(events.iter().map(|event| &*event.json).collect::<Vec<_>>(), told);
    assert_eq!(scene.causes("shop", "a"), [(1, "it was not there".to_owned())]);
    let revisions = scene.store.revisions(&shop()).unwrap();
    assert_eq!((revisions.len(), revisions[0].good, revisions[0].operation.clone()), (1, true, Some(scene.id())));
}

#[test]
fn a_failure_is_written_down_and_what_was_not_begun() {
    let scene = Scene::new();
    let engine =
        with_old(engine(), "a").with_fault(Fault::Dies { module: ModuleName::new("a"), code: 1, out_of_memory: false });
    let report =
        scene.run_recorded(&plan(vec![(replace("a", Handover::OldFirst), vec![]), (start("b"), vec![0])]), &engine);
    assert_eq!(report.outcome, Outcome::Restored);
    let steps = scene.store.steps_of(&scene.id()).unwrap();
    assert_eq!((steps[0].state, steps[1].state), (StepState::Failed, StepState::Skipped));
    assert_eq!(steps[0].detail, report.failures[0].problem.to_string());
    assert_eq!(scene.store.operations_like("op1").unwrap()[0].state, State::Failed);
    let causes = ["its replacement failed, so the old one runs again", "replaced: it was not there"];
    assert_eq!(scene.causes("shop", "a"), causes.map(|cause| (1, cause.to_owned())));
}

#[test]
fn what_is_to_be_aborted_on_error_is_not_kept_to_be_resumed() {
    let scene = Scene::new();
    let scene = Scene { options: Options { abort_on_error: true, ..scene.options.clone() }, ..scene };
    let dies = Fault::Dies { module: ModuleName::new("a"), code: 1, out_of_memory: false };
    scene.run_recorded(&plan(vec![(start("a"), vec![])]), &engine().with_fault(dies));
    let operation = scene.store.operations_like("op1").unwrap().remove(0);
    assert_eq!((operation.state, operation.is_open()), (State::Aborted, false));
}

#[test]
fn nothing_begins_that_cannot_be_written_down() {
    let scene = Scene::new();
    scene.store.sql("DROP TABLE operation_step");
    let engine = engine();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (plan, intent) = (plan(vec![(start("a"), vec![])]), intent());
    let work = carry_out(&plan, &scene.contents, &intent, &engine, &scene.store, &scene.options, &scene.heard);
    assert!(runtime.block_on(work).is_err());
    assert!(engine.containers().is_empty());
}

#[test]
fn what_has_begun_goes_on_when_it_can_no_longer_be_written_down_and_says_so_once() {
    /// At the first event, the table of events goes.
    struct Breaks<'a>(&'a Scene);
    impl Events for Breaks<'_> {
        fn tell(&self, at: SystemTime, event: &Event) {
            if event.name() == "operation.started" {
                self.0.store.sql("ALTER TABLE operation_event RENAME TO elsewhere");
            }
            self.0.heard.tell(at, event);
        }
    }
    let scene = Scene::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (plan, intent, engine) = (plan(vec![(start("a"), vec![])]), intent(), engine());
    let breaks = Breaks(&scene);
    let work = carry_out(&plan, &scene.contents, &intent, &engine, &scene.store, &scene.options, &breaks);
    assert_eq!(runtime.block_on(work).unwrap().outcome, Outcome::Finished);
    assert_eq!(engine.containers(), ["windlass-shop-a-1 running"]);
    let heard = scene.heard.lines.lock().unwrap();
    assert_eq!(heard.iter().filter(|line| line.starts_with("operation.unrecorded ")).count(), 1);
    assert!(heard.last().unwrap().starts_with("operation.finished "), "the last event is the last one");
}
