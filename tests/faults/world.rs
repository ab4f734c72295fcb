//! What is there, asked of the engine itself, never of windlass.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// The socket of the engine under test; `None`, loudly, when there is none.
pub fn engine(test: &str) -> Option<PathBuf> {
    let named = std::env::var("WINDLASS_TEST_ENGINE").or_else(|_| std::env::var("DOCKER_HOST"));
    let socket = named.ok().and_then(|host| host.strip_prefix("unix://").map(PathBuf::from));
    let answers = socket.filter(|socket| get(socket, "/version").is_some());
    if answers.is_none() {
        super::skipped(test, "no engine answers at a socket that WINDLASS_TEST_ENGINE or DOCKER_HOST names");
    }
    answers
}

/// One question to the engine. By HTTP/1.0, so that the answer comes in one piece and ends with the connection.
pub fn get(engine: &Path, path: &str) -> Option<Value> {
    ask(engine, "GET", path)
}

pub fn ask(engine: &Path, method: &str, path: &str) -> Option<Value> {
    let mut stream = UnixStream::connect(engine).ok()?;
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: engine\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?;
    if status == "204" {
        return Some(Value::Null);
    }
    status.starts_with('2').then(|| serde_json::from_str(body).ok())?
}

/// Everything of one space on the engine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct World {
    /// By name: image, state, and the labels that say what it is.
    pub containers: BTreeMap<String, String>,
    pub environments: BTreeMap<String, Vec<String>>,
    pub networks: Vec<String>,
    pub volumes: Vec<String>,
}

impl World {
    pub fn of(engine: &Path, space: &str) -> World {
        let filters = format!("%7B%22label%22:%5B%22windlass.space={space}%22%5D%7D");
        let names = |list: &Value| -> Vec<String> {
            let all = list.as_array().into_iter().flatten();
            let mut names: Vec<String> = all.map(|one| one["Name"].as_str().unwrap_or_default().to_owned()).collect();
            names.sort();
            names
        };
        let mut world = World {
            // The engine's own ones carry no label.
            networks: names(&get(engine, &format!("/networks?filters={filters}")).unwrap()),
            volumes: names(&get(engine, &format!("/volumes?filters={filters}")).unwrap()["Volumes"]),
            ..World::default()
        };
        let listed = get(engine, &format!("/containers/json?all=1&filters={filters}")).unwrap();
        for one in listed.as_array().unwrap() {
            // One that vanishes meanwhile is still being removed: the state says so.
            let Some(one) = get(engine, &format!("/containers/{}/json", one["Id"].as_str().unwrap())) else { continue };
            let labels = &one["Config"]["Labels"];
            let label = |name: &str| labels[format!("windlass.{name}")].as_str().unwrap_or("-").to_owned();
            let name = one["Name"].as_str().unwrap().trim_start_matches('/').to_owned();
            let state = match one["State"]["Running"].as_bool() {
                Some(true) => "running".to_owned(),
                _ => format!("{} {}", one["State"]["Status"], one["State"]["ExitCode"]),
            };
            let what = format!(
                "{}/{}/{} {} {} {} {}",
                label("mta.id"),
                label("module"),
                label("instance"),
                label("kind"),
                one["Config"]["Image"].as_str().unwrap_or_default(),
                state,
                label("config-hash")
            );
            let variables = one["Config"]["Env"].as_array().into_iter().flatten();
            let mut variables: Vec<String> = variables.map(|one| one.as_str().unwrap().to_owned()).collect();
            variables.sort();
            world.environments.insert(name.clone(), variables);
            world.containers.insert(name, what);
        }
        world
    }
}

/// The marks of operations at work on these applications, by their own words.
pub fn marks(engine: &Path, applications: &[String]) -> Vec<String> {
    let filters = "%7B%22label%22:%5B%22windlass.kind=lock%22%5D%7D";
    let listed = get(engine, &format!("/volumes?filters={filters}")).unwrap();
    let all = listed["Volumes"].as_array().into_iter().flatten();
    let ours = all.filter(|one| {
        let of = one["Labels"]["windlass.lock.of"].as_str().unwrap_or_default();
        applications.iter().any(|application| of == application)
    });
    ours.map(|one| format!("{} {}", one["Name"].as_str().unwrap(), one["Labels"])).collect()
}
