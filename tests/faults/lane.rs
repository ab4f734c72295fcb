//! One way on which operations run one after another: a space, a state directory and applications of its own, so that
//! several lanes do not see each other.

use crate::scene::Scene;
use crate::world::{World, ask, marks};
use serde_json::Value;
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub struct Lane {
    pub engine: PathBuf,
    pub space: String,
    pub folder: tempfile::TempDir,
    pub scene: &'static Scene,
    /// Where the state is; `None`: in the lane's folder.
    pub state_dir: Option<PathBuf>,
    /// Variables of the process beside those that every run has.
    pub variables: RefCell<Vec<(&'static str, String)>>,
}

/// What a run of the program said.
#[derive(Debug)]
pub struct Said {
    /// `None`: ended by a signal.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: &Output) -> Said {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// Everything that the end of an operation is judged by.
#[derive(Debug, PartialEq)]
pub struct State {
    pub world: World,
    pub registry: Value,
    pub subscriptions: String,
    pub marks: Vec<String>,
}

impl Lane {
    pub fn new(engine: &Path, scene: &'static Scene, number: usize) -> Lane {
        // `/tmp` keeps the path of the proxy's socket short enough.
        let folder = tempfile::Builder::new().prefix("wlf").tempdir_in("/tmp").unwrap();
        let space = format!("{}-{number}-{}", scene.name, std::process::id());
        let lane =
            Lane { engine: engine.to_owned(), space, folder, scene, state_dir: None, variables: RefCell::default() };
        for (file, text) in scene.files {
            // Applications are told apart by their ids also where no space is shown, as in the marks.
            std::fs::write(lane.folder.path().join(file), text.replace("SPACE", &lane.space)).unwrap();
        }
        lane
    }

    pub fn applications(&self) -> Vec<String> {
        self.scene.applications.iter().map(|name| name.replace("SPACE", &self.space)).collect()
    }

    /// The program with the words of a command line, against the engine behind `socket`.
    pub fn command(&self, line: &str, socket: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.args(line.replace("SPACE", &self.space).split_whitespace());
        command.current_dir(self.folder.path()).stdin(Stdio::null()).env("NO_COLOR", "1");
        command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
        let state = self.state_dir.clone().unwrap_or_else(|| self.folder.path().join("state"));
        command.env("WINDLASS_STATE_DIR", state).env("WINDLASS_SPACE", &self.space);
        // Scenes begin anew with what was deployed first.
        command.env("WINDLASS_VERSION_RULE", "all");
        command.envs(self.variables.borrow().iter().map(|(name, value)| (*name, value)));
        command
    }

    pub fn run(&self, line: &str) -> Said {
        Said::of(&self.command(line, &self.engine).output().unwrap())
    }

    /// Runs it, and panics when it does not end well.
    pub fn must(&self, line: &str) -> Said {
        let said = self.run(line);
        assert_eq!(said.code, Some(0), "{}: windlass {line}: {said:#?}", self.space);
        said
    }

    /// To the beginning of the scene's operation, from whatever end.
    pub fn begin(&self) -> State {
        for line in self.scene.before {
            self.must(line);
        }
        self.state()
    }

    pub fn state(&self) -> State {
        let registry = self.must("registry ls -o json").out;
        let mut registry: Value = serde_json::from_str(&registry).unwrap();
        // A row that was taken away and put back is another one.
        registry.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut).for_each(|entry| {
            entry.remove("id");
        });
        let status = self.scene.applications.iter().map(|name| {
            let said = self.run(&format!("status {name} -o json"));
            let status: Value = serde_json::from_str(&said.out).unwrap_or_default();
            let modules = status["modules"].as_array().cloned().unwrap_or_default();
            let warnings: Vec<String> = modules.iter().map(|module| module["warnings"].to_string()).collect();
            let (drifted, subscriptions) = (&status["drifted"], &status["subscriptions"]);
            format!("{name} drifted {drifted} {} subscriptions {subscriptions}\n", warnings.join(" "))
        });
        State {
            world: World::of(&self.engine, &self.space),
            registry,
            subscriptions: status.collect(),
            marks: marks(&self.engine, &self.applications()),
        }
    }

    /// After an operation that ended well the plan is empty.
    pub fn plan_is_empty(&self) -> Result<(), String> {
        let Some(line) = self.scene.plan else { return Ok(()) };
        let said = self.run(line);
        if said.code == Some(0) { Ok(()) } else { Err(format!("windlass {line}: {said:#?}")) }
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        for application in self.scene.applications {
            self.run(&format!("undeploy {application} --yes --delete-data --no-hooks --no-restart-subscribed-apps"));
        }
        // After a failure: whatever is left, by its labels.
        let world = World::of(&self.engine, &self.space);
        for name in world.containers.keys() {
            ask(&self.engine, "DELETE", &format!("/containers/{name}?force=1&v=1"));
        }
        for name in &world.networks {
            ask(&self.engine, "DELETE", &format!("/networks/{name}"));
        }
        for name in &world.volumes {
            ask(&self.engine, "DELETE", &format!("/volumes/{name}"));
        }
        for mark in marks(&self.engine, &self.applications()) {
            let name = mark.split(' ').next().unwrap_or_default();
            ask(&self.engine, "DELETE", &format!("/volumes/{name}"));
        }
    }
}
