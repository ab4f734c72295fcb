//! `before/*.yaml`, deployed one after another, then `world.yaml` (what has happened since) and `mtad.yaml` (what is wanted
//! now) → `plan.txt`, and `findings.txt`.
//!
//! Deploying here means: plan, and believe that every step went well. So each claim runs through the registry's own file, the
//! stages and the plan; only the engine is one in memory. Every claim's plan is also checked as JSON against the schema, and
//! for secrets: what is written `!sensitive` in a claim is called `geheim…`, and must not be found in what is shown.

mod world;

use crate::claims::{self, Claim, long};
use std::fs;
use std::path::Path;
use windlass::deploy::images::Inquiry;
use windlass::deploy::lifecycle::{Order, look_and_plan_act};
use windlass::deploy::look::{LookError, Operation, Planned, Request, look_and_plan, look_and_plan_undeploy};
use windlass::finding::Findings;
use windlass::name::ModuleName;
use windlass::package::Origin;
use windlass::plan::Plan;
use windlass::plan::desired::Wishes;
use windlass::plan::difference::{PlanOptions, Volumes};
use windlass::plan::lifecycle::Act;
use windlass::plan::selection::{Pick, Selection};
use windlass::plan::unit::Start;
use windlass::plan::{Hooks, Restart, Secrets, Suspended};
use windlass::report::paint::Colour;
use windlass::report::plan_json;
use windlass::report::plan_text::{PlanStyle, View, render};
use windlass::source::{Sources, yaml};
use windlass::target::supply::Supply;
use windlass::target::{self, Compat, Space, Target};
use windlass::version::VersionRule;
use world::{Changes, World};

#[test]
fn claims_about_plans_hold() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    claims::of_room("plan", |claim| runtime.block_on(check(claim)));
}

async fn check(claim: &mut Claim) {
    let folder = claim.folder.clone();
    let mut world = World::new();
    let mut files: Vec<_> = match fs::read_dir(claim.folder.join("before")) {
        Ok(entries) => entries.map(|entry| entry.expect("the folder can be listed").path()).collect(),
        Err(_) => Vec::new(),
    };
    files.sort();
    for file in files {
        let text = fs::read_to_string(&file).expect("the descriptor can be read");
        world.know_images(&text);
        match planned(&Input::of(&text, &folder), &world, &Changes::default()).await {
            Ok((planned, _)) => world.apply(&planned.plan),
            Err((sources, findings)) => {
                return claim.fail(&format!("{} is not sound:\n{}", file.display(), long(&sources, &findings)));
            }
        }
    }
    let changes = world::read(&claim.folder.join("world.yaml"));
    let text = fs::read_to_string(claim.folder.join("mtad.yaml")).unwrap_or_default();
    world.know_images(&text);
    world.change(&changes);
    let read = |name: &str| fs::read_to_string(claim.folder.join(name)).ok();
    let input = Input { extension: read("prod.mtaext"), target: read("target.yaml"), ..Input::of(&text, &folder) };
    let (plan, warnings) = match changes.undeploy.as_ref().or(changes.act.as_ref()) {
        Some(act) if changes.act.is_some() => (acted(act, &text, &world, &changes).await, String::new()),
        Some(mta) => (undeployment(mta, &world, &changes).await, String::new()),
        None => match planned(&input, &world, &changes).await {
            Ok((Planned { plan, warnings, .. }, sources)) => (plan, long(&sources, &warnings)),
            Err((sources, findings)) => {
                claim.expect("findings.txt", &long(&sources, &findings));
                return claim.expect("plan.txt", "");
            }
        },
    };
    claim.expect("findings.txt", &warnings);
    let view = if changes.full { View::Full } else { View::Changes };
    let style = |view| PlanStyle {
        view,
        colour: Colour::Off,
        width: 100,
        secrets: Secrets::Mask,
        engine: Some("memory"),
        next: None,
    };
    claim.expect("plan.txt", &render(&plan, &style(view)));
    let json = plan_json::plan(&plan);
    for problem in crate::shapes::problems("plan", &json) {
        claim.fail(&format!("the JSON is not as the schema says: {problem}"));
    }
    for shown in [render(&plan, &style(View::Full)), json.to_string(), format!("{:?}", plan.world)] {
        if shown.contains("geheim") {
            claim.fail(&format!("a secret is shown:\n{shown}"));
        }
    }
    // The same inputs lead to the same plan, byte for byte.
    if changes.undeploy.is_none() && changes.act.is_none() {
        let again = planned(&input, &world, &changes).await.map(|(planned, _)| planned.plan);
        if again.ok().as_ref() != Some(&plan) {
            claim.fail("planned again, it is another plan");
        }
    }
}

/// What a plan is made from. An extension is called `prod.mtaext`, a target file `target.yaml`.
struct Input<'a> {
    descriptor: &'a str,
    extension: Option<String>,
    target: Option<String>,
    /// Where the content of modules is.
    folder: &'a Path,
}

impl<'a> Input<'a> {
    fn of(descriptor: &'a str, folder: &'a Path) -> Input<'a> {
        Input { descriptor, extension: None, target: None, folder }
    }
}

async fn planned(
    input: &Input<'_>,
    world: &World,
    changes: &Changes,
) -> Result<(Planned, Sources), (Sources, Findings)> {
    let mut sources = Sources::default();
    let text = input.descriptor;
    let descriptor = sources.add("mtad.yaml", text);
    let extensions: Vec<_> = input.extension.iter().map(|text| sources.add("prod.mtaext", text.as_str())).collect();
    let target = match &input.target {
        Some(text) => {
            let file = sources.add("target.yaml", text.as_str());
            let node = yaml::read(&sources, file).product.expect("the target can be read");
            target::read::read(&built_in_target(), &node).sound().expect("the target is sound").into_parts().0
        }
        None => built_in_target(),
    };
    let mta = text.split("\nID: ").nth(1).and_then(|rest| rest.lines().next()).expect("a line with the ID");
    let timestamp = changes.timestamp.clone().unwrap_or_else(|| "1700000000000".into());
    let operation = Operation { timestamp, user: "tester".into() };
    let pick = |names: &Option<Vec<String>>| names.clone().map_or(Pick::All, Pick::Only);
    let wishes = Wishes {
        start: if changes.no_start { Start::No } else { Start::Yes },
        selection: Selection { modules: pick(&changes.modules), resources: pick(&changes.resources) },
        version_rule: changes
            .version_rule
            .as_deref()
            .map_or_else(Default::default, |rule| VersionRule::parse(rule).expect(rule)),
        unused_volumes: if changes.delete_data { Volumes::Remove } else { Volumes::Keep },
    };
    let mut request = Request {
        sources: &mut sources,
        descriptor,
        origin: &Origin::Folder { root: input.folder.to_owned(), manifest: None },
        extensions: &extensions,
        given: &[],
        target: &target,
        operation: &operation,
        environment: &|_| Supply::Missing { near: None },
        wishes: &wishes,
        options: &options(changes),
        images: &Inquiry::Ask,
    };
    match look_and_plan(&mut request, &world.store, &world.engine(mta)).await {
        Ok(planned) => Ok((planned, sources)),
        Err(LookError::Findings(findings)) => Err((sources, findings)),
        Err(other) => panic!("{other:?}"),
    }
}

async fn undeployment(mta: &str, world: &World, changes: &Changes) -> Plan {
    let deployment = world::deployment(mta);
    let engine = world.engine(mta);
    look_and_plan_undeploy(&deployment, &world.store, &engine, &built_in_target(), &options(changes), changes.volumes())
        .await
        .expect("an undeployment can be planned")
}

async fn acted(act: &str, descriptor: &str, world: &World, changes: &Changes) -> Plan {
    let (act, module) = act.split_once(' ').expect("an act and a module");
    let act = match act {
        "suspend" => Act::Suspend,
        "resume" => Act::Resume,
        "restart" => Act::Restart,
        "delete" => Act::Delete(changes.volumes()),
        other => panic!("unknown act {other}"),
    };
    let mta = descriptor.split("\nID: ").nth(1).and_then(|rest| rest.lines().next()).expect("a line with the ID");
    let (deployment, module) = (world::deployment(mta), ModuleName::new(module));
    let (target, options) = (built_in_target(), options(changes));
    let order = Order { act, deployment: &deployment, module: &module, target: &target, options: &options };
    look_and_plan_act(&order, &world.store, &world.engine(mta)).await.expect("it can be planned")
}

fn options(changes: &Changes) -> PlanOptions {
    let subscribers = if changes.restart_later { Restart::Later } else { Restart::Now };
    let hooks = if changes.no_hooks { Hooks::Skip } else { Hooks::Run };
    let suspended = if changes.resume { Suspended::Resume } else { Suspended::Stay };
    PlanOptions { subscribers, hooks, secrets: Secrets::Mask, suspended }
}

fn built_in_target() -> Target {
    Target::built_in(Space { org: "local".into(), space: "dev".into() }, None, Compat::Documented)
}
