//! A machine that is against windlass: the disk of its state full, its clock wrong.

use crate::hit::{ended_decently, run_with, same, undisturbed};
use crate::lane::Lane;
use crate::scene::{FIRST_DEPLOYMENT, REDEPLOYMENT, SUBSCRIBER_UPDATE};
use crate::small_disk::{SmallDisk, fill};
use crate::world::{World, engine, marks};
use crate::{say, skipped};
use std::path::PathBuf;
use std::process::Child;

#[test]
fn a_state_disk_that_is_full_from_the_beginning_is_said_before_anything_is_touched() {
    let test = "a_state_disk_that_is_full_from_the_beginning_is_said_before_anything_is_touched";
    let Some(engine) = engine(test) else { return };
    let Some(disk) = SmallDisk::new(8 << 20) else {
        skipped(test, "no file system can be mounted here (root can)");
        return;
    };
    let mut lane = Lane::new(&engine, &FIRST_DEPLOYMENT, 80);
    lane.state_dir = Some(disk.path().join("state"));
    let filler = disk.path().join("filler");
    // Without a state, and with one that was there before.
    for _ in 0..2 {
        fill(&filler);
        let full = lane.run("deploy first.yaml");
        assert_ne!(full.code, Some(0), "{full:#?}");
        assert!(full.err.contains("full") && full.err.contains("make room"), "{full:#?}");
        assert!(!full.err.contains("bug in windlass"), "{full:#?}");
        assert_eq!(World::of(&engine, &lane.space), World::default(), "nothing was touched");
        assert_eq!(marks(&engine, &lane.applications()), Vec::<String>::new());
        std::fs::remove_file(&filler).unwrap();
        lane.must("deploy first.yaml");
        lane.plan_is_empty().unwrap();
        lane.must("undeploy SPACE-shop --yes --delete-data");
    }
}

/// It runs full while the operation is at work: no harm is done, and with room again the same command comes to the same end.
#[test]
fn a_state_disk_that_runs_full_in_the_middle_does_no_harm() {
    let test = "a_state_disk_that_runs_full_in_the_middle_does_no_harm";
    let Some(engine) = engine(test) else { return };
    for scene in [&REDEPLOYMENT, &SUBSCRIBER_UPDATE] {
        let Some(disk) = SmallDisk::new(8 << 20) else {
            skipped(test, "no file system can be mounted here (root can)");
            return;
        };
        let mut lane = Lane::new(&engine, scene, 81);
        lane.state_dir = Some(disk.path().join("state"));
        let expected = undisturbed(&lane);
        let filler = disk.path().join("filler");
        for at in (1..expected.events).step_by(7) {
            let begin = lane.begin();
            same("the beginning", &begin, &expected.begin).unwrap();
            let run = run_with(&lane, None, Some((at, &|_: &mut Child| fill(&filler))));
            let _ = std::fs::remove_file(&filler);
            ended_decently(&run.said).unwrap();
            if run.said.code != Some(0) {
                let all = format!("{}{}", run.said.out, run.said.err);
                assert!(all.contains("full"), "{}: event {at}: {:#?}", scene.name, run.said);
            }
            say(&format!("{}: disk full from event {at} on: exit code {:?}", scene.name, run.said.code));
            lane.must(scene.operation);
            let context = format!("{}: disk full from event {at} on: {:#?}", scene.name, run.said);
            same("the end", &lane.state(), &expected.end).unwrap_or_else(|wrong| panic!("{context}\n{wrong}"));
            lane.plan_is_empty().unwrap();
        }
    }
}

/// The library that lies about the time, where Debian's package puts it on any architecture.
fn fake_time() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok);
    let places = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    places.into_iter().find(|place| place.exists())
}

/// The clock that the program reads is another one each time, and jumps while it works; the engine's clock and the one that only
/// counts go right.
#[test]
fn a_clock_that_was_moved_changes_nothing() {
    let test = "a_clock_that_was_moved_changes_nothing";
    let Some(engine) = engine(test) else { return };
    let Some(library) = fake_time() else {
        skipped(test, "Debian's package `faketime` is not installed");
        return;
    };
    let lane = Lane::new(&engine, &REDEPLOYMENT, 82);
    let expected = undisturbed(&lane);
    let clock = lane.folder.path().join("clock");
    let set = |offset: &str| std::fs::write(&clock, offset).unwrap();
    set("+0");
    *lane.variables.borrow_mut() = vec![
        ("LD_PRELOAD", library.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", clock.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    for (at_begin, at_event, jump, killed) in
        [("-3d", 9, "+3d", false), ("+3d", 9, "-3d", false), ("+400d", 12, "-400d", true), ("-400d", 20, "+1h", true)]
    {
        set("+0");
        same("the beginning", &lane.begin(), &expected.begin).unwrap();
        set(at_begin);
        let hit = |child: &mut Child| {
            set(jump);
            if killed {
                let _ = child.kill();
            } else {
                // Nobody takes the lock from a process that lives, whatever the time.
                let second = lane.run(lane.scene.operation);
                assert_eq!(second.code, Some(7), "{second:#?}");
                let elsewhere = lane.folder.path().join("elsewhere");
                let mut command = lane.command(lane.scene.operation, &lane.engine);
                let third = command.env("WINDLASS_STATE_DIR", elsewhere).output().unwrap();
                assert_eq!(third.status.code(), Some(7), "{third:#?}");
            }
        };
        let run = run_with(&lane, None, Some((at_event, &hit)));
        assert!(run.hit);
        if !killed {
            assert_eq!(run.said.code, Some(0), "{:#?}", run.said);
        }
        let again = lane.must(lane.scene.operation);
        assert_eq!(again.err.contains("taken over"), killed, "{again:#?}");
        same("the end", &lane.state(), &expected.end).unwrap();
        lane.plan_is_empty().unwrap();
    }
}
