//! `operation ls`, `show` and `logs`: what is known.

use super::find::find;
use super::{ListArgs, LogForm, LogsArgs, ShowArgs};
use crate::cli::Global;
use crate::cli::console::print;
use crate::cli::exit::{Exit, Outcome};
use crate::cli::ordered::Order;
use crate::cli::ports::now;
use crate::cli::status::Output;
use crate::operation::OperationId;
use crate::report::operations::{self, Page, Style};
use crate::store::{Access, Store, Which};
use serde_json::Value;
use std::time::UNIX_EPOCH;
use time::UtcOffset;

/// Must be called while the process has one thread: only then does the system tell the offset of local time.
pub fn style(global: &Global) -> Style {
    let offset = UtcOffset::current_local_offset().unwrap_or(UtcOffset::UTC);
    Style { colour: global.stdout().colour, offset }
}

pub fn now_in_millis() -> i64 {
    i64::try_from(now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(i64::MAX)
}

pub(super) fn list(args: &ListArgs, global: &Global) -> Outcome {
    let style = style(global);
    let store = global.store(Access::Read)?;
    let deployment = args.mta.as_deref().map(|mta| global.deployment(mta)).transpose()?;
    let wanted = Which { deployment: deployment.as_ref(), last: None };
    let mut found = store.operations(&wanted)?;
    let more = if args.all { 0 } else { found.len().saturating_sub(args.last) };
    found.truncate(found.len() - more);
    match args.output_format {
        Output::Json => {
            let all: Vec<Value> = found.iter().map(operations::operation_json).collect();
            print(&format!("{:#}\n", Value::from(all)))?;
        }
        Output::Text if found.is_empty() => match &deployment {
            Some(deployment) => print(&format!("no operation on `{deployment}` is known\n"))?,
            None => print("there is no operation yet; `windlass deploy` begins one\n")?,
        },
        Output::Text => print(&operations::list(&found, now_in_millis(), style))?,
    }
    if more > 0 && args.output_format == Output::Text {
        global.note(&format!("{more} more: `--all` shows them"));
    }
    Ok(Exit::Ok)
}

pub(super) fn show(args: &ShowArgs, global: &Global) -> Outcome {
    let style = style(global);
    let store = global.store(Access::Read)?;
    let operation = find(&store, &args.operation)?;
    let inputs = inputs(&store, &operation.id)?;
    let plan = store.plan_of(&operation.id)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Value::Null);
    let steps = store.steps_of(&operation.id)?;
    let others = store.operations(&Which { deployment: Some(&operation.deployment), last: None })?;
    let mut repeated_by: Vec<OperationId> = others
        .into_iter()
        .filter(|other| other.repeats.as_ref() == Some(&operation.id))
        .map(|other| other.id)
        .collect();
    repeated_by.reverse();
    let page = Page { operation: &operation, inputs: &inputs, plan: &plan, steps: &steps, repeated_by: &repeated_by };
    match args.output_format {
        Output::Json => print(&format!("{:#}\n", operations::page_json(&page)))?,
        Output::Text => {
            print(&operations::page(&page, now_in_millis(), style))?;
            if operation.is_open() && repeated_by.is_empty() {
                global.note(&format!("`windlass operation resume {}` does what is left of it", operation.id));
            }
        }
    }
    Ok(Exit::Ok)
}

/// What it was told. An order that cannot be read hides nothing else.
fn inputs(store: &Store, id: &OperationId) -> Result<Vec<(String, String)>, crate::cli::exit::Failure> {
    let Some(text) = store.order_of(id)? else { return Ok(Vec::new()) };
    Ok(match Order::read(&text, id) {
        Ok(order) => order.shown(),
        Err(_) => vec![("inputs".to_owned(), "(of another version of windlass)".to_owned())],
    })
}

pub(super) fn logs(args: &LogsArgs, global: &Global) -> Outcome {
    let style = style(global);
    let store = global.store(Access::Read)?;
    let operation = find(&store, &args.operation)?;
    let told = store.events_of(&operation.id, 0)?;
    print(&match args.output_format {
        LogForm::Text => operations::log(&told, style),
        LogForm::JsonLines => told.iter().map(|one| format!("{}\n", one.json)).collect(),
    })?;
    Ok(Exit::Ok)
}
