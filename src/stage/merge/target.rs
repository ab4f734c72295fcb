//! The target's values, underneath the descriptor's (reference 2.7).
//!
//! Here a key of the descriptor hides the target's key completely, even where both are maps, and even where the
//! descriptor's value is null.

use crate::descriptor::{Descriptor, Values};
use crate::target::Target;
use crate::target::types::{TypeDefaults, Types};
use crate::tree::Map;
use std::collections::HashMap;

pub fn put_underneath(merged: &mut Descriptor, target: &Target) {
    underneath(&mut merged.parameters, &target.parameters);
    let types = by_name(&target.module_types);
    for module in &mut merged.modules {
        if let Some(defaults) = types.get(module.kind.value.as_str()) {
            underneath(&mut module.properties, &defaults.properties);
            underneath(&mut module.parameters, &defaults.parameters);
        }
    }
    let types = by_name(&target.resource_types);
    for resource in &mut merged.resources {
        if let Some(defaults) = resource.kind.as_ref().and_then(|kind| types.get(kind.value.as_str())) {
            underneath(&mut resource.parameters, &defaults.parameters);
        }
    }
}

fn by_name(types: &Types) -> HashMap<&str, &TypeDefaults> {
    types.list.iter().map(|defaults| (defaults.name.as_str(), defaults)).collect()
}

fn underneath(values: &mut Values, defaults: &Map) {
    if defaults.is_empty() {
        return;
    }
    if values.map.is_empty() {
        values.map = defaults.clone();
    } else {
        for (key, value) in defaults.iter() {
            if !values.map.contains(&key.text) {
                values.map.insert(key.clone(), value.clone());
            }
        }
    }
    values.seal();
}
