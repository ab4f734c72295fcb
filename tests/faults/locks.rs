//! Two who work on one application at the same time: with one state directory, and with two, as two machines have.

use crate::lane::{Lane, Said};
use crate::scene::Scene;
use crate::world::{engine, marks};
use crate::{say, world};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A check that never succeeds holds the lock for a while.
const NEVER_UP: &str = r#"
_schema-version: "3.3"
ID: SPACE-lock
version: 1.0.0
modules:
  - name: web
    type: application
    parameters:
      docker: {image: "windlass-test:1"}
      no-route: true
      health-check-type: http
      health-check-http-endpoint: /cgi-bin/fail
      container: {stop-timeout: 1}
"#;

const UP: &str = r#"
_schema-version: "3.3"
ID: SPACE-lock
version: 1.0.1
modules:
  - name: web
    type: application
    parameters: {docker: {image: "windlass-test:1"}, no-route: true, container: {stop-timeout: 1}}
"#;

static LOCKED: Scene = Scene {
    name: "lock",
    files: &[("never-up.yaml", NEVER_UP), ("up.yaml", UP)],
    applications: &["SPACE-lock"],
    before: &[],
    operation: "deploy never-up.yaml",
    plan: None,
};

/// Ends the process when the test fails before it has.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Begins a deployment that does not come up, and waits until it is at work.
fn holder(lane: &Lane, timeout: &str) -> Running {
    let mut command = lane.command(&format!("deploy never-up.yaml --start-timeout {timeout}"), &lane.engine);
    let running = Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let deadline = Instant::now() + Duration::from_secs(60);
    while world::World::of(&lane.engine, &lane.space).containers.is_empty() {
        assert!(Instant::now() < deadline, "waited for a container in vain");
        std::thread::sleep(Duration::from_millis(50));
    }
    running
}

/// The program on another machine: with a state of its own.
fn elsewhere(lane: &Lane, line: &str) -> Said {
    let mut command = lane.command(line, &lane.engine);
    Said::of(&command.env("WINDLASS_STATE_DIR", lane.folder.path().join("elsewhere")).output().unwrap())
}

fn lane(engine: &Path, number: usize) -> Lane {
    Lane::new(engine, &LOCKED, number)
}

fn assert_says(said: &Said, code: i32, words: &[&str]) {
    assert_eq!(said.code, Some(code), "{said:#?}");
    for word in words {
        assert!(said.err.contains(word) || said.out.contains(word), "`{word}` is missing: {said:#?}");
    }
}

#[test]
fn two_machines_with_one_engine_exclude_each_other() {
    let Some(engine) = engine("two_machines_with_one_engine_exclude_each_other") else { return };
    let lane = lane(&engine, 1);
    let mut first = holder(&lane, "25s");
    let pid = format!("process {} of", first.0.id());
    for refused in [lane.run("deploy up.yaml"), elsewhere(&lane, "deploy up.yaml")] {
        assert_says(&refused, 7, &["deploy of", "is running since", &pid, "--lock-timeout"]);
    }
    assert_says(&elsewhere(&lane, "undeploy SPACE-lock --yes --delete-data"), 7, &["is running since"]);
    // To look is allowed to everybody, and shows who is at work; a mark is nobody's data.
    assert_says(&elsewhere(&lane, "status SPACE-lock"), 0, &["deploy is running since"]);
    assert!(elsewhere(&lane, "doctor").out.contains(&pid), "the doctor knows of every lock on the engine");
    let plan = elsewhere(&lane, "plan up.yaml");
    assert_says(&plan, 0, &[]);
    assert!(!format!("{}{}", plan.out, plan.err).contains("windlass-lock"), "{plan:#?}");
    // Who waits says for whom, and gets it.
    let waited = elsewhere(&lane, "deploy up.yaml --lock-timeout 2m --progress plain");
    assert_says(&waited, 0, &["waiting for its end: deploy of", &pid]);
    assert_eq!(first.0.wait().unwrap().code(), Some(3), "the first one ended by itself");
    assert_eq!(marks(&engine, &lane.applications()), Vec::<String>::new());
    elsewhere(&lane, "undeploy SPACE-lock --yes --delete-data");
}

#[test]
fn a_killed_holders_lock_is_taken_over() {
    let Some(engine) = engine("a_killed_holders_lock_is_taken_over") else { return };
    let lane = lane(&engine, 2);
    let kill = |mut running: Running| {
        running.0.kill().unwrap();
        running.0.wait().unwrap();
    };
    // Who shares the state knows at once.
    kill(holder(&lane, "2m"));
    assert_says(&lane.run("deploy up.yaml"), 0, &["did not end (deploy, process", "was taken over"]);
    assert_eq!(marks(&engine, &lane.applications()), Vec::<String>::new());
    lane.must("undeploy SPACE-lock --yes");
    // Another machine cannot know, and waits until there was no sign of life for long enough. Two wait; one after the other
    // gets it.
    kill(holder(&lane, "2m"));
    let killed = Instant::now();
    assert_says(&elsewhere(&lane, "deploy up.yaml"), 7, &["is running since"]);
    let others = ["elsewhere", "further"].map(|state| {
        let mut command = lane.command("deploy up.yaml --lock-timeout 5m", &engine);
        command.env("WINDLASS_STATE_DIR", lane.folder.path().join(state));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    let said = others.map(|other| Said::of(&other.wait_with_output().unwrap()));
    let waited = killed.elapsed();
    assert!(said.iter().all(|said| said.code == Some(0)), "{said:#?}");
    let took_over = said.iter().filter(|said| said.err.contains("was taken over")).count();
    assert_eq!(took_over, 1, "{said:#?}");
    assert!(waited > Duration::from_secs(85), "nobody may be thought dead after {waited:?}");
    say(&format!("a killed holder's lock was taken over from another machine after {:.0} s", waited.as_secs_f64()));
    assert_eq!(marks(&engine, &lane.applications()), Vec::<String>::new());
    elsewhere(&lane, "undeploy SPACE-lock --yes");
}

/// Stopped for as long as a laptop sleeps, a holder wakes up to find that it was replaced, or that its container is gone, and
/// takes nothing from the other one.
#[test]
fn a_holder_that_slept_too_long_stops_when_it_wakes() {
    let Some(engine) = engine("a_holder_that_slept_too_long_stops_when_it_wakes") else { return };
    let lane = lane(&engine, 3);
    let signal = |running: &Running, signal: &str| {
        assert!(Command::new("kill").args([signal, &running.0.id().to_string()]).status().unwrap().success());
    };
    let mut sleeper = holder(&lane, "10m");
    signal(&sleeper, "-STOP");
    assert_says(&elsewhere(&lane, "deploy up.yaml --lock-timeout 5m"), 0, &["was taken over"]);
    let there = world::World::of(&engine, &lane.space);
    signal(&sleeper, "-CONT");
    assert!(matches!(sleeper.0.wait().unwrap().code(), Some(4 | 130)));
    assert_eq!(world::World::of(&engine, &lane.space), there, "it has touched nothing of what the other made");
    assert_says(&elsewhere(&lane, "status SPACE-lock --detailed-exitcode"), 0, &["Running"]);
    elsewhere(&lane, "undeploy SPACE-lock --yes");
}
