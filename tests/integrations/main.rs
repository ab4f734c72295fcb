//! What stands beside the program: shells, manual pages, pipelines, editors. Each is tried with the real other side.
//!
//! The other sides are found on the PATH; `scripts/tools` installs them. One that is missing is said, loudly, and what needs
//! it is left out.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests that run programs")]

mod editors;
mod github;
mod gitlab;
mod manual;
mod pre_commit;
mod problem_matcher;
mod shells;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const WINDLASS: &str = env!("CARGO_BIN_EXE_windlass");

/// A descriptor with three mistakes of three severities.
const WRONG: &str = "_schema-version: \"3.1\"\nID: shop\nversion: 1.0.0\nmodules:\n  - name: web\n    type: application\n    parameters: { memroy: 1G }\n    requires:\n      - name: databse\nresources:\n  - name: database\n    type: org.example.database\n";

const RIGHT: &str = "_schema-version: \"3.1\"\nID: shop\nversion: 1.0.0\nmodules:\n  - name: backend\n    type: application\n    parameters: { docker: { image: \"windlass-test:1\" }, no-route: true }\n  - name: web\n    type: application\n    parameters: { docker: { image: \"windlass-test:1\" }, no-route: true }\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Says past the capture of the test runner what is left out: who reads the log must see it.
fn loudly(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// A program of the other side. When it is missing, says so.
fn tool(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    if found.is_none() {
        loudly(&format!("no `{name}` on the PATH (scripts/tools installs it)"));
    }
    found
}

/// PATH with windlass in front, under its own name.
fn path() -> std::ffi::OsString {
    let own = Path::new(WINDLASS).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&others))).unwrap()
}

/// A command in a world of its own: this PATH, a home that is empty, nothing of whoever runs the tests.
fn command(program: impl AsRef<std::ffi::OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", path()).env("HOME", home).env("LANG", "C.UTF-8").env("TERM", "dumb");
    command.stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Where a container engine answers, as the environment says or at the usual place.
fn engine() -> Option<String> {
    let host = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
    let answers = host.strip_prefix("unix://").is_none_or(|path| std::os::unix::net::UnixStream::connect(path).is_ok());
    if !answers {
        loudly(&format!("no container engine answers at {host}"));
    }
    answers.then_some(host)
}
