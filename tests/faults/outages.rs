//! An engine that answers with errors, slowly, not at all for a while, or is restarted: the operation ends with words and an exit
//! code, or gets over it, and the next one comes to the same end.

use crate::hit::{Point, Undisturbed, ended_decently, run_with, same, try_all, undisturbed};
use crate::lane::Lane;
use crate::proxy::Trouble;
use crate::scene::{FIRST_DEPLOYMENT, PROVIDER_GONE, REDEPLOYMENT, SUBSCRIBER_UPDATE, UNDEPLOYMENT};
use crate::{say, skipped, world};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const FOR_A_MOMENT: Trouble = Trouble::Down(Duration::from_secs(2));

fn everywhere(run: &Undisturbed) -> Vec<Point> {
    let troubles = [Trouble::Refuse, Trouble::CutBefore, Trouble::CutAfter, FOR_A_MOMENT];
    let points = (1..=run.requests.len()).flat_map(|number| troubles.map(|trouble| Point::Request(number, trouble)));
    points.chain([Point::Request(1, Trouble::Slow(Duration::from_millis(300)))]).collect()
}

const LANES: usize = 3;
const ONE_IN: usize = 30;

#[test]
fn an_engine_that_fails_in_a_first_deployment_leaves_nothing_behind() {
    try_all(&FIRST_DEPLOYMENT, everywhere, ONE_IN, LANES);
}

#[test]
fn an_engine_that_fails_in_a_redeployment_leaves_nothing_half_done() {
    try_all(&REDEPLOYMENT, everywhere, ONE_IN, LANES);
}

#[test]
fn an_engine_that_fails_in_an_undeployment_leaves_nothing_behind() {
    try_all(&UNDEPLOYMENT, everywhere, ONE_IN, LANES);
}

#[test]
fn an_engine_that_fails_lets_no_subscriber_be_forgotten() {
    try_all(&SUBSCRIBER_UPDATE, everywhere, ONE_IN, LANES);
    try_all(&PROVIDER_GONE, everywhere, ONE_IN, LANES);
}

/// An engine of our own, which may be stopped.
struct Engine {
    folder: tempfile::TempDir,
    process: Mutex<Option<Child>>,
}

impl Engine {
    /// With the images of the engine under test; `None`, loudly, where none can be started.
    fn start(test: &str, images_from: &Path) -> Option<Engine> {
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
        if !root || !Command::new("dockerd").arg("--version").output().is_ok_and(|said| said.status.success()) {
            skipped(test, "only root can start an engine (dockerd) that may be stopped");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("wle").tempdir_in("/var/tmp").unwrap();
        let engine = Engine { folder, process: Mutex::default() };
        engine.up();
        if !engine.answers() {
            skipped(test, &format!("the engine did not start: {}", engine.log()));
            return None;
        }
        let (from, to) = (images_from.display().to_string(), engine.socket().display().to_string());
        let images = format!(
            "docker -H unix://{from} save windlass-test:1 windlass-test:2 | docker -H unix://{to} load >/dev/null"
        );
        assert!(Command::new("sh").args(["-c", &images]).status().unwrap().success());
        Some(engine)
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("engine.sock")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn up(&self) {
        let at = |name: &str| self.folder.path().join(name).display().to_string();
        let log = std::fs::File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut command = Command::new("dockerd");
        command.args(["--data-root", &at("data"), "--exec-root", &at("exec"), "--pidfile", &at("pid")]);
        command.args(["-H", &format!("unix://{}", at("engine.sock"))]);
        // Networks of its own, without touching the firewall or the bridge of any other engine.
        command.args(["--bridge", "none", "--iptables=false", "--ip6tables=false"]);
        command.args(["--default-address-pool", "base=10.94.0.0/16,size=24"]);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        *self.process.lock().unwrap() = Some(command.spawn().unwrap());
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.answers() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn answers(&self) -> bool {
        world::get(&self.socket(), "/version").is_some()
    }

    /// Asks it to end, and waits for that.
    fn down(&self) {
        let Some(mut process) = self.process.lock().unwrap().take() else { return };
        let _ = Command::new("kill").arg(process.id().to_string()).status();
        let _ = process.wait();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.down();
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let under = self.folder.path().display().to_string();
        let mut ours: Vec<&str> = mounts.lines().filter_map(|line| line.split(' ').nth(1)).collect();
        ours.retain(|mount| mount.starts_with(&under));
        for mount in ours.iter().rev() {
            let _ = Command::new("umount").args(["-l", mount]).status();
        }
    }
}

/// At several moments of a redeployment the engine is restarted, or stopped and started only after the operation has ended.
#[test]
fn an_engine_that_is_restarted_in_the_middle_gets_where_it_should() {
    let test = "an_engine_that_is_restarted_in_the_middle_gets_where_it_should";
    let Some(shared) = world::engine(test) else { return };
    let Some(engine) = Engine::start(test, &shared) else { return };
    let lane = Lane::new(&engine.socket(), &REDEPLOYMENT, 90);
    let expected = undisturbed(&lane);
    for (at, stays_away) in [(4, false), (14, true), (22, false)] {
        let begin = lane.begin();
        same("the beginning", &begin, &expected.begin).unwrap();
        let restart = |_: &mut Child| {
            engine.down();
            if !stays_away {
                engine.up();
            }
        };
        let run = run_with(&lane, None, Some((at, &restart)));
        assert!(run.hit, "the operation has fewer than {at} events");
        ended_decently(&run.said).unwrap();
        if stays_away {
            assert_ne!(run.said.code, Some(0), "{:#?}", run.said);
            engine.up();
        }
        say(&format!(
            "an engine {} at event {at} of {}: exit code {:?}",
            if stays_away { "stopped" } else { "restarted" },
            run.events,
            run.said.code
        ));
        lane.must(lane.scene.operation);
        same("the end", &lane.state(), &expected.end).unwrap();
        lane.plan_is_empty().unwrap();
    }
}
