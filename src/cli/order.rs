//! `windlass plan --order-only`: the order of the work, without engine, state or values.

use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::inputs::Combined;
use super::{Global, Inputs};
use crate::report;
use crate::stage::order;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Text,
    Json,
}

/// Prints in which order resources are processed and modules are deployed.
pub fn show(inputs: &Inputs, form: Form, global: &Global) -> Outcome {
    let Combined { sources, merged, mut warnings, .. } = inputs.combine(global)?;
    let mut ordered = order::order(&merged);
    ordered.findings.extend(order::unusable_parameters(&merged));
    let order = warnings.keep(ordered);
    if warnings.has_errors() {
        return Err(Failure::Findings { sources, findings: warnings.sorted() });
    }
    global.show_findings(&sources, &warnings.sorted());
    print(&match form {
        Form::Text => report::order::text(&order),
        Form::Json => report::order::json(&order),
    })?;
    Ok(Exit::Ok)
}
