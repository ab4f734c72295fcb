//! What a plan does to one thing, as a symbol, a few words and lines below.

use super::values::{self, Length};
use super::{PlanStyle, View};
use crate::plan::job::{Job, Phase};
use crate::plan::observed::{Container, all_run};
use crate::plan::unit::{Start, Unit};
use crate::plan::{
    Action, BrokenSubscriber, Cause, Change, Detail, Handover, Plan, Restart, Step, SubscriberUpdate, changes,
    variables,
};
use crate::registry::{DeploymentId, Entry};
use crate::report::paint::Paint;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    Create,
    Change,
    Restart,
    Replace,
    Remove,
    Run,
    Problem,
    Unchanged,
}

impl Symbol {
    pub fn text(self) -> &'static str {
        match self {
            Symbol::Create => "+",
            Symbol::Change => "~",
            Symbol::Restart => "r",
            Symbol::Replace => "-/+",
            Symbol::Remove => "-",
            Symbol::Run => ">",
            Symbol::Problem => "!",
            Symbol::Unchanged => "",
        }
    }

    pub fn paint(self) -> Option<Paint> {
        match self {
            Symbol::Create => Some(Paint::Green),
            Symbol::Run => Some(Paint::Cyan),
            Symbol::Change | Symbol::Restart | Symbol::Replace => Some(Paint::Yellow),
            Symbol::Remove | Symbol::Problem => Some(Paint::Red),
            Symbol::Unchanged => None,
        }
    }
}

#[derive(Debug)]
pub struct Block {
    pub symbol: Symbol,
    /// `module web`.
    pub subject: String,
    /// `replace, new first`.
    pub headline: String,
    pub lines: Vec<Line>,
}

#[derive(Debug)]
pub struct Line {
    pub indent: usize,
    pub text: String,
    /// Where a value comes from.
    pub margin: Option<String>,
}

impl Line {
    fn new(indent: usize, text: impl Into<String>) -> Line {
        Line { indent, text: text.into(), margin: None }
    }
}

/// Blocks in the order in which people read: problems, modules in deploy order with what they need, the registry,
/// subscribers of others, removals.
pub fn blocks(plan: &Plan, style: &PlanStyle<'_>) -> Vec<Block> {
    let mut blocks: Vec<Block> = plan.broken_subscribers.iter().map(|broken| self::broken(plan, broken)).collect();
    let mut steps: Vec<&Step> = plan.steps.iter().collect();
    // Stable: inside a rank the order of the plan stays.
    steps.sort_by_key(|step| rank(&step.action));
    let mut steps = steps.into_iter().peekable();
    while let Some(step) = steps.next_if(|step| rank(&step.action) <= MODULES) {
        blocks.extend(of_step(plan, step, style));
    }
    if style.view == View::Full {
        let unchanged = |module| Block {
            symbol: Symbol::Unchanged,
            subject: format!("module {module}"),
            headline: "unchanged".to_owned(),
            lines: Vec::new(),
        };
        blocks.extend(plan.unchanged.iter().map(unchanged));
        let alone = |module| Block { headline: "not selected".to_owned(), ..unchanged(module) };
        blocks.extend(plan.left_alone.iter().map(alone));
    }
    for step in steps {
        blocks.extend(of_step(plan, step, style));
    }
    if style.view == View::Summary {
        blocks.iter_mut().for_each(|block| block.lines.clear());
    }
    blocks
}

const MODULES: u8 = 2;

fn rank(action: &Action) -> u8 {
    match action {
        Action::RemoveVolume { .. } => 0,
        Action::ClearAway { .. } => 0,
        Action::PullImage { .. } | Action::CreateNetwork { .. } | Action::CreateVolume { .. } => 1,
        Action::StartUnit { .. }
        | Action::AddInstances { .. }
        | Action::ReplaceUnit { .. }
        | Action::WakeUnit { .. }
        | Action::StopUnit { .. }
        | Action::RunTask { .. } => MODULES,
        Action::Publish { .. } | Action::Retract { .. } => 3,
        Action::Subscribe { .. } | Action::Unsubscribe { .. } => 4,
        Action::UpdateSubscriber(_) => 5,
        Action::RemoveUnit { .. } => 6,
        Action::RemoveNetwork { .. } => 7,
    }
}

fn of_step(plan: &Plan, step: &Step, style: &PlanStyle<'_>) -> Vec<Block> {
    let block = |symbol, subject: String, headline: &str| Block {
        symbol,
        subject,
        headline: headline.to_owned(),
        lines: causes(&step.causes, style),
    };
    let one = match &step.action {
        Action::PullImage { reference, .. } => block(Symbol::Create, format!("image {reference}"), "pull"),
        Action::CreateNetwork { name } => block(Symbol::Create, format!("network {name}"), "create"),
        Action::CreateVolume { name } => block(Symbol::Create, format!("volume {name}"), "create"),
        Action::StartUnit { unit } if unit.execution.is_some() => {
            let mut run = block(Symbol::Run, module(unit), &format!("run once, {}", unit_in_words(unit)));
            if style.view == View::Full {
                run.lines.extend(everything(unit, style));
            }
            run
        }
        Action::ReplaceUnit { unit, .. } if unit.execution.is_some() => {
            block(Symbol::Run, module(unit), &format!("run once more, {}", unit_in_words(unit)))
        }
        Action::RunTask { unit, task } => {
            let subject = format!("task {}/{}", unit.module, task.name);
            block(Symbol::Run, subject, &format!("run {}", command(task)))
        }
        Action::ClearAway { containers } => {
            let mut block = block(
                Symbol::Problem,
                "leftovers".to_owned(),
                &format!("remove {}", count(containers.len(), "container")),
            );
            block.lines.extend(containers.iter().map(|container| Line::new(8, container.name.clone())));
            block
        }
        Action::StartUnit { unit } => {
            let headline = match unit.start {
                Start::Yes => format!("create, {}", unit_in_words(unit)),
                Start::No => format!("create without starting, {}", unit_in_words(unit)),
            };
            let mut made = block(Symbol::Create, module(unit), &headline);
            if style.view == View::Full {
                made.lines.extend(everything(unit, style));
            }
            made
        }
        Action::AddInstances { unit, instances } => {
            let numbers: Vec<String> = instances.iter().map(u32::to_string).collect();
            block(Symbol::Create, module(unit), &format!("add instance {}", numbers.join(", ")))
        }
        Action::ReplaceUnit { unit, handover, old } => {
            let order = match step.hooks.iter().find(|hook| hook.phase == Phase::AfterStop) {
                Some(hook) => format!("old first: hook `{}` runs after the stop", hook.job.name),
                None => order(*handover, unit, old),
            };
            let headline = format!("replace{}, {order}", several(unit));
            block(Symbol::Replace, module(unit), &headline)
        }
        Action::WakeUnit { unit, containers } if all_run(containers) => {
            let headline = match containers.iter().any(Container::is_misnamed) {
                true => "wait until it is up, and give it its name",
                false => "wait until it is up, nothing else",
            };
            block(Symbol::Change, module(unit), headline)
        }
        Action::WakeUnit { unit, containers } => {
            block(Symbol::Restart, module(unit), &format!("start ({})", count(containers.len(), "container")))
        }
        Action::StopUnit { module, containers } => {
            let headline = format!("stop ({})", count(containers.len(), "container"));
            block(Symbol::Change, format!("module {module}"), &headline)
        }
        Action::RemoveUnit { module, containers } => {
            let mut headline = format!("remove {}", count(containers.len(), "container"));
            if is_in_the_way(plan, step) {
                headline.push_str(", before anything else: its host port is wanted");
            }
            block(Symbol::Remove, format!("module {module}"), &headline)
        }
        Action::Publish { entries, .. } => return entries.iter().map(published).collect(),
        Action::Retract { entries } => {
            let gone = |entry: &Entry| entry_block(Symbol::Remove, entry, "retracted");
            return entries.iter().map(gone).collect();
        }
        Action::Subscribe { subscriptions } => {
            let new = subscriptions.iter().map(|subscription| {
                let subject = format!("subscription {}", subscription.resource);
                block(Symbol::Create, subject, &format!("module {} follows its entries", subscription.module))
            });
            return new.collect();
        }
        Action::Unsubscribe { subscriptions } => {
            let gone = subscriptions.iter().map(|subscription| {
                let subject = format!("subscription {}", subscription.resource);
                block(Symbol::Remove, subject, &format!("module {} no longer follows", subscription.module))
            });
            return gone.collect();
        }
        Action::UpdateSubscriber(update) => subscriber(plan, update, style),
        Action::RemoveVolume { name } => block(Symbol::Problem, format!("volume {name}"), "removed with its data"),
        Action::RemoveNetwork { name } => block(Symbol::Remove, format!("network {name}"), "remove"),
    };
    let hooks = step.hooks.iter().map(|hook| Block {
        symbol: Symbol::Run,
        subject: format!("hook {}/{}", hook.unit.module, hook.job.name),
        headline: format!("{}, run {}", hook.phase.in_words(), command(&hook.job)),
        lines: Vec::new(),
    });
    [one].into_iter().chain(hooks).collect()
}

/// What a job runs, in one line.
fn command(job: &Job) -> String {
    if job.secret_command {
        return values::SENSITIVE.to_owned();
    }
    const LONGEST: usize = 60;
    let command = changes::command(job);
    let line = command.trim().lines().next().unwrap_or_default();
    let cut: String = line.chars().take(LONGEST).collect();
    if cut.len() < command.trim().len() { format!("`{}…`", cut.trim_end()) } else { format!("`{cut}`") }
}

/// Removals come last, but for what holds a host port that a wanted module needs.
fn is_in_the_way(plan: &Plan, removal: &Step) -> bool {
    let starts = |step: &&Step| matches!(step.action, Action::StartUnit { .. } | Action::ReplaceUnit { .. });
    plan.steps.iter().filter(starts).any(|step| step.after.contains(&removal.id))
}

fn module(unit: &Unit) -> String {
    format!("module {}", unit.module)
}

fn order(handover: Handover, unit: &Unit, old: &[Container]) -> String {
    if handover == Handover::NewFirst {
        return "new first".to_owned();
    }
    let held = |host: &u16| old.iter().flat_map(|container| &container.ports).any(|port| port.host == *host);
    match unit.ports.iter().filter_map(|port| port.host).find(held) {
        Some(port) => format!("old first: both want the host port {port}"),
        None => "old first: both write the same volume".to_owned(),
    }
}

fn several(unit: &Unit) -> String {
    if unit.instances == 1 { String::new() } else { format!(" ({} instances)", unit.instances) }
}

fn unit_in_words(unit: &Unit) -> String {
    let mut words = format!("image {}", hidden(unit, "image", &unit.image));
    let ports: Vec<String> = unit.ports.iter().map(changes::port).collect();
    if !ports.is_empty() {
        words.push_str(&format!(", published {}", ports.join(", ")));
    }
    if unit.instances != 1 {
        words.push_str(&format!(", {} instances", unit.instances));
    }
    words
}

fn hidden<'a>(unit: &Unit, input: &str, text: &'a str) -> &'a str {
    if unit.secret_inputs.iter().any(|secret| secret == input) { values::SENSITIVE } else { text }
}

fn everything(unit: &Unit, style: &PlanStyle<'_>) -> Vec<Line> {
    let facts = changes::facts(unit);
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let fact = |(name, value): &(&str, String)| Line::new(8, format!("{name:<width$} {}", hidden(unit, name, value)));
    let mut lines: Vec<Line> = facts.iter().map(fact).collect();
    for (name, variable) in &unit.environment {
        let shown = values::whole(&variables::shown(name, variable, style.secrets), Length::Whole);
        let text = format!("{:<width$} {name} {shown}", "env");
        lines.push(Line { indent: 8, text, margin: variable.origin.clone() });
    }
    lines
}

fn published(entry: &Entry) -> Block {
    // A row is known of what was there before.
    match entry.row {
        Some(_) => entry_block(Symbol::Change, entry, "published again, with other content"),
        None => entry_block(Symbol::Create, entry, "published"),
    }
}

fn entry_block(symbol: Symbol, entry: &Entry, headline: &str) -> Block {
    let version = entry.provider_version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let subject = format!("entry {}{version}", entry.provider_id);
    Block { symbol, subject, headline: headline.to_owned(), lines: Vec::new() }
}

fn subscriber(plan: &Plan, update: &SubscriberUpdate, style: &PlanStyle<'_>) -> Block {
    let (symbol, headline) = match update.restart {
        Restart::Now => (
            Symbol::Restart,
            format!("restart with another environment, {}", order(update.handover, &update.unit, &update.old)),
        ),
        Restart::Later => (Symbol::Change, "another environment is recorded; the restart is left to you".to_owned()),
    };
    let lines = values::variables(&update.changes, 8, length(style));
    Block { symbol, subject: subscriber_name(plan, &update.subscriber, update.unit.module.as_str()), headline, lines }
}

fn broken(plan: &Plan, broken: &BrokenSubscriber) -> Block {
    Block {
        symbol: Symbol::Problem,
        subject: subscriber_name(plan, &broken.subscriber, broken.module.as_str()),
        headline: format!("keeps its old environment: `{}` cannot be answered", broken.resource),
        lines: vec![Line::new(8, broken.reason.clone())],
    }
}

/// `subscriber portal/frontend`, with the space when it is another one.
fn subscriber_name(plan: &Plan, subscriber: &DeploymentId, module: &str) -> String {
    let place =
        if subscriber.space == plan.deployment.space { String::new() } else { format!(" in {}", subscriber.space) };
    format!("subscriber {subscriber}/{module}{place}")
}

fn length(style: &PlanStyle<'_>) -> Length {
    match style.view {
        View::Full => Length::Whole,
        View::Summary | View::Changes => Length::Cut,
    }
}

fn causes(causes: &[Cause], style: &PlanStyle<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for cause in causes {
        match cause {
            // The symbol says it already.
            Cause::Missing | Cause::Requested | Cause::Needed => {}
            Cause::Orphaned => lines.push(Line::new(8, "because the descriptor no longer deploys it")),
            Cause::Drifted(what) | Cause::Due(what) => lines.push(Line::new(8, format!("because {what}"))),
            Cause::Changed(changes) => changes.iter().for_each(|change| lines.extend(changed(change, style))),
        }
    }
    lines
}

fn changed(change: &Change, style: &PlanStyle<'_>) -> Vec<Line> {
    let what = format!("because {:<9}", change.what);
    match &change.detail {
        Detail::Values { old, new } => vec![Line::new(8, format!("{what} {}", values::from_to(old, new)))],
        Detail::Variables(variables) => {
            let mut lines = vec![Line::new(8, format!("{what} {}", values::counts(variables)))];
            lines.extend(values::variables(variables, 12, length(style)));
            lines
        }
    }
}

/// `1 container`, `2 containers`.
pub fn count(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
