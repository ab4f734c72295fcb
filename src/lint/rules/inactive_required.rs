//! A requirement of a resource that is not active, with references to it.

use super::super::whole::{Whole, texts};
use crate::descriptor::Resource;
use crate::finding::{Finding, Findings, INACTIVE_REQUIRED};
use crate::text::{Form, has_hole};
use std::collections::HashMap;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let inactive = whole.descriptor.resources.iter().filter(|resource| !resource.active);
    let inactive: HashMap<&str, &Resource> =
        inactive.map(|resource| (resource.name.value.as_str(), resource)).collect();
    for (at, module) in whole.descriptor.modules.iter().enumerate() {
        for (place, required) in module.requires.iter().enumerate() {
            let name = required.name.value.as_str();
            let Some(resource) = inactive.get(name) else { continue };
            let mut refers = false;
            for (_, value) in required.properties.map.iter() {
                texts(value, &mut |text| refers |= has_hole(text, Form::Short));
            }
            if !refers {
                continue;
            }
            let message = format!("Module `{}` refers to `{name}`, which is not active.", module.name.value);
            findings.push(
                Finding::new(&INACTIVE_REQUIRED, required.name.span, message)
                    .path(format!("modules[{at}].requires[{place}].name"))
                    .related(resource.name.span, "it has `active: false`")
                    .help("Make it active, in an extension perhaps, or take the references out."),
            );
        }
    }
}
