//! Findings, sent when nothing else waits.

use super::family::Family;
use super::server::Server;
use super::settings::Told;
use super::wording::Wording;
use crate::report::hidden::Hidden;
use crate::source::FileId;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

/// What one file is told at most, as on the command line.
const MOST: usize = 100;

/// Works out the findings of the next file that waits for it, with all files that belong to it, and sends those that have
/// changed.
pub fn next(server: &mut Server) {
    let Some(name) = server.dirty.pop_first() else { return };
    let Some(family) = server.workspace.family(&name) else {
        return clear(server, &name);
    };
    for member in &family.members {
        server.dirty.remove(&member.name);
    }
    if server.client.pulls {
        // Nobody asks for those of the settings: what pulls, pulls descriptors.
        about_settings(server, &family);
        return refresh(server, &family);
    }
    let is_open = family.members.iter().any(|member| server.workspace.version(&member.name).is_some());
    if !is_open {
        for member in &family.members {
            clear(server, &member.name);
        }
        return;
    }
    for (file, items) in items(server, &family) {
        let Some(member) = family.member(file) else { continue };
        send(server, &member.name, &items);
    }
    about_settings(server, &family);
    // What does not belong to anybody any more is taken back.
    let gone: Vec<Arc<str>> = server
        .published
        .keys()
        .filter(|name| !server.workspace.is_ours(name) && !name.ends_with(".toml"))
        .cloned()
        .collect();
    for name in gone {
        clear(server, &name);
    }
}

fn about_settings(server: &mut Server, family: &Family) {
    let hidden = Hidden::of(&family.written);
    for Told { name, findings, .. } in family.about_settings() {
        let wording = Wording { family, workspace: &server.workspace, client: &server.client };
        let items: Vec<Value> = findings.iter().map(|finding| wording.diagnostic(finding, &hidden)).collect();
        // One without mistakes is nothing to speak of, unless it had some.
        if !items.is_empty() || server.published.contains_key(name) {
            send(server, name, &items);
        }
    }
}

fn clear(server: &mut Server, name: &Arc<str>) {
    if !server.client.pulls && server.published.contains_key(name) {
        send(server, name, &[]);
        server.published.remove(name);
    }
}

fn send(server: &mut Server, name: &Arc<str>, items: &[Value]) {
    let version = server.workspace.version(name);
    // The version is part of it: an editor that waits for the findings of a version gets them.
    let digest = digest(&(version, json!(items).to_string()));
    if server.published.insert(Arc::clone(name), digest) == Some(digest) {
        return;
    }
    let mut params = json!({"uri": server.workspace.uri(name), "diagnostics": items});
    if let Some(version) = version {
        params["version"] = json!(version);
    }
    server.tell("textDocument/publishDiagnostics", params);
}

/// An editor that pulls asks again for the file that it changed; of other files of the family it must be told.
fn refresh(server: &mut Server, family: &Rc<Family>) {
    if !server.client.refreshes_diagnostics || family.members.len() < 2 {
        return;
    }
    let mut changed = false;
    for (file, items) in items(server, family) {
        let Some(member) = family.member(file) else { continue };
        let digest = digest(&json!(items).to_string());
        changed |= server.published.insert(Arc::clone(&member.name), digest) != Some(digest);
    }
    if changed {
        server.ask("workspace/diagnostic/refresh", Value::Null);
    }
}

/// The diagnostics of every file of a family; an empty list for those without.
pub fn items(server: &Server, family: &Family) -> BTreeMap<FileId, Vec<Value>> {
    let wording = Wording { family, workspace: &server.workspace, client: &server.client };
    let hidden = Hidden::of(&family.written);
    let mut items: BTreeMap<FileId, Vec<Value>> = family.files().map(|file| (file, Vec::new())).collect();
    let mut left_out: BTreeMap<FileId, usize> = BTreeMap::new();
    for finding in family.findings() {
        let Some(of_file) = items.get_mut(&finding.at.file) else { continue };
        if of_file.len() < MOST {
            of_file.push(wording.diagnostic(finding, &hidden));
        } else {
            *left_out.entry(finding.at.file).or_default() += 1;
        }
    }
    for (file, count) in left_out {
        if let Some(last) = items.get_mut(&file).and_then(|of_file| of_file.last_mut()) {
            let message = last["message"].as_str().unwrap_or_default();
            last["message"] = json!(format!("{message}\n… and {count} more findings in this file"));
        }
    }
    items
}

pub fn digest(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
