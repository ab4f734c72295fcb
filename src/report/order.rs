//! The order of the work, for programs and for people (`plan --order-only`).

use crate::stage::order::Order;
use serde_json::json;

/// `{"parallel": …, "modules": [{"name", "after"}], "resources": [[…]]}`, on one line.
pub fn json(order: &Order) -> String {
    let modules = order.modules.iter().map(|module| json!({"name": module.name, "after": module.after}));
    let document =
        json!({"parallel": order.parallel, "modules": modules.collect::<Vec<_>>(), "resources": order.resources});
    format!("{document}\n")
}

/// A line per batch of resources, then a line per module with what it waits for.
pub fn text(order: &Order) -> String {
    let mut out = String::new();
    for (at, batch) in order.resources.iter().enumerate() {
        let names: Vec<&str> = batch.iter().map(|name| name.as_str()).collect();
        out.push_str(&format!("resources {}  {}\n", at + 1, names.join(", ")));
    }
    let width = order.modules.iter().map(|module| module.name.as_str().chars().count()).max().unwrap_or(0);
    for (at, module) in order.modules.iter().enumerate() {
        let after: Vec<&str> = module.after.iter().map(|name| name.as_str()).collect();
        let after = if after.is_empty() { String::new() } else { format!("  after {}", after.join(", ")) };
        let line = format!("module {:>4}  {:width$}{after}", at + 1, module.name.as_str());
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
