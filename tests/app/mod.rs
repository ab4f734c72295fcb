//! An application under test: a folder with a descriptor, a state of its own, the program, and the engine behind it.
//!
//! `WINDLASS_TEST_ENGINE` names the engine, else `DOCKER_HOST`. Without one the tests say that they are skipped. They need
//! the image `windlass-test:1` (busybox that serves `/www`). What containers hold is read back through `docker inspect`.

#![allow(dead_code, reason = "each test program that uses this module uses a part of it")]

#[path = "../shapes/mod.rs"]
mod shapes;

use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// One application with its own folder and state; nothing of it is left when the test ends, however it ends.
pub struct App {
    pub id: String,
    pub folder: tempfile::TempDir,
    pub engine: String,
}

pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// `None`, and a line that says so, when no engine answers.
pub fn app(test: &str) -> Option<App> {
    let named = std::env::var("WINDLASS_TEST_ENGINE").or_else(|_| std::env::var("DOCKER_HOST"));
    let skipped = |why: &str| _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
    let Ok(engine) = named else {
        skipped("neither WINDLASS_TEST_ENGINE nor DOCKER_HOST names an engine");
        return None;
    };
    let answers = Command::new("docker").args(["--host", &engine, "version"]).output();
    if !answers.is_ok_and(|answer| answer.status.success()) {
        skipped(&format!("`docker --host {engine} version` fails"));
        return None;
    }
    let id = format!("deploy-{test}-{}", std::process::id());
    Some(App { id, folder: tempfile::tempdir().unwrap(), engine })
}

impl App {
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.args(arguments).current_dir(self.folder.path()).env("DOCKER_HOST", &self.engine);
        command.env("WINDLASS_STATE_DIR", self.folder.path().join("state")).stdin(Stdio::null());
        for name in ["WINDLASS_YES", "WINDLASS_HOST", "DOCKER_CONTEXT", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        let said = said(self.command(arguments).output().unwrap());
        let problems = shapes::problems_of(arguments, &said.out, &said.err);
        assert!(problems.is_empty(), "windlass {arguments:?}: {problems:#?}\n{}", said.out);
        said
    }

    /// Runs, and shows everything when the exit code is another one.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, code, "windlass {arguments:?}\n--- out\n{}\n--- err\n{}", said.out, said.err);
        said
    }

    pub fn write(&self, modules: &str) {
        self.write_version("1.0.0", modules);
    }

    pub fn write_version(&self, version: &str, modules: &str) {
        let text = format!("_schema-version: \"3.3\"\nID: {}\nversion: {version}\nmodules:\n{modules}", self.id);
        std::fs::write(self.folder.path().join("mtad.yaml"), text).unwrap();
    }

    pub fn docker(&self, arguments: &[&str]) -> String {
        let output = Command::new("docker").args(["--host", &self.engine]).args(arguments).output().unwrap();
        assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// `name id` of every container of the application, under any namespace, sorted.
    pub fn containers(&self) -> Vec<String> {
        let filter = format!("name={}", self.id);
        let listed = self.docker(&["ps", "-a", "--no-trunc", "--filter", &filter, "--format", "{{.Names}} {{.ID}}"]);
        let mut lines: Vec<String> = listed.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    }

    pub fn inspect(&self, module: &str) -> Value {
        let name = format!("windlass-{}-{module}-1", self.id);
        let all: Value = serde_json::from_str(&self.docker(&["inspect", &name])).unwrap();
        all[0].clone()
    }

    pub fn status(&self) -> Value {
        serde_json::from_str(&self.expect(0, &["status", &self.id, "-o", "json"]).out).unwrap()
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let filter = format!("name={}", self.id);
        let docker =
            |arguments: &[&str]| Command::new("docker").args(["--host", &self.engine]).args(arguments).output();
        for (list, remove) in [
            (vec!["ps", "-aq", "--filter", &filter], vec!["rm", "-fv"]),
            (vec!["network", "ls", "-q", "--filter", &filter], vec!["network", "rm"]),
            (vec!["volume", "ls", "-q", "--filter", &filter], vec!["volume", "rm"]),
        ] {
            let Ok(listed) = docker(&list) else { continue };
            for id in String::from_utf8_lossy(&listed.stdout).lines() {
                let _ = docker(&[remove.clone(), vec![id]].concat());
            }
        }
    }
}

pub fn said(output: Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A module that answers HTTP; `more` are further lines of its parameters.
pub fn web(name: &str, greeting: &str, more: &str) -> String {
    format!(
        "  - name: {name}
    type: application
    parameters:
      docker: {{image: \"windlass-test:1\"}}
      health-check-type: http
{more}    properties:
      GREETING: {greeting}
"
    )
}

/// A module without a port.
pub fn worker(name: &str, command: &str) -> String {
    format!(
        "  - name: {name}
    type: application
    parameters:
      docker: {{image: \"windlass-test:1\"}}
      no-route: true
      health-check-type: process
      command: {command}
      container: {{stop-timeout: 1}}
"
    )
}

pub const STAYS: &str = "'exec sleep 600'";
