//! A parameter that counts for nothing because of another one, where only one of the two stands in an extension.
//!
//! What stands in one document is found there: [`super::replaced_parameters`].

use super::super::whole::Whole;
use super::replaced_parameters::REPLACES;
use crate::finding::{Finding, Findings, REPLACED_PARAMETERS};
use crate::source::Span;

pub fn check(whole: &Whole<'_>, findings: &mut Findings) {
    for (at, module) in whole.descriptor.modules.iter().enumerate() {
        let map = &module.parameters.map;
        let find = |name: &str| -> Option<Span> {
            map.get_key_value(name).filter(|(_, value)| !value.is_null()).and_then(|(key, _)| key.span)
        };
        for (winner, losers) in REPLACES {
            let Some(by) = find(winner) else { continue };
            for (loser, dropped) in losers.iter().filter_map(|loser| Some((loser, find(loser)?))) {
                if dropped.file == by.file {
                    continue;
                }
                let in_extension = |span: Span| span.file != whole.descriptor.file;
                // The extension made it so: there it is told, unless both are extensions.
                let (place, key, other, what) = match in_extension(by) && !in_extension(dropped) {
                    true => (by, winner, dropped, "this one counts no more"),
                    false => (dropped, loser, by, "this one counts"),
                };
                let message = format!("`{loser}` of module `{}` has no effect beside `{winner}`.", module.name.value);
                findings.push(
                    Finding::new(&REPLACED_PARAMETERS, place, message)
                        .path(format!("modules[{at}].parameters.{key}"))
                        .related(other, what)
                        .help(format!("Take `{loser}` away with an empty value (`~`), or leave `{winner}` out.")),
                );
            }
        }
    }
}
