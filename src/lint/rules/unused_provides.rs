//! A provided set that nobody requires and that is not public.

use super::super::whole::Whole;
use crate::finding::{Finding, Findings, UNUSED_PROVIDES};

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    let descriptor = whole.descriptor;
    let used = whole.required();
    for (at, module) in descriptor.modules.iter().enumerate() {
        for (place, set) in module.provides.iter().enumerate() {
            let name = set.name.value.as_str();
            // A set of the module's own name is what others name when they mean the module.
            if set.public || set.implicit || name == module.name.value.as_str() || used.contains(name) {
                continue;
            }
            findings.push(
                Finding::new(
                    &UNUSED_PROVIDES,
                    set.name.span,
                    format!("Nobody requires the set `{name}` of module `{}`.", module.name.value),
                )
                .path(format!("modules[{at}].provides[{place}].name"))
                .help("Require it, make it `public: true` for other applications, or delete it."),
            );
        }
    }
}
