//! A number that becomes an environment variable and arrives there as another text: `1.10` as `1.1`.

use super::super::page::{Kind, Page, plain, scalars};
use crate::finding::{Change, Finding, Findings, Fix, SUSPICIOUS_TYPE};
use crate::source::yaml::scalar::Plain;
use crate::tree::read;

/// Integers beyond 2^53 lose digits in programs that keep numbers as JavaScript does.
const EXACT: u64 = 1 << 53;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    let places = [Kind::Module, Kind::Requires, Kind::Provides, Kind::Resource];
    for part in page.parts.iter().filter(|part| places.contains(&part.kind)) {
        for pair in part.entries("properties") {
            scalars(&pair.value, &mut |node| {
                let Some((text, meaning)) = plain(node) else { return };
                let arrives = match &meaning {
                    Plain::Int(number) if text.contains(['x', 'X', '+', '_']) || number.unsigned_abs() > EXACT => {
                        number.to_string()
                    }
                    Plain::Big(digits) => digits.clone(),
                    Plain::Float(_) => read::value(node).to_json(),
                    _ => return,
                };
                let large = matches!(meaning, Plain::Int(number) if number.unsigned_abs() > EXACT)
                    || matches!(meaning, Plain::Big(_));
                // What YAML 1.1 and 1.2 disagree about has a rule of its own.
                if (arrives == text && !large) || text.contains(['_', ':']) || page.written(node.span) != text {
                    return;
                }
                let message = if arrives == text {
                    format!("`{text}` of `{}` is a number that many programs cannot hold exactly.", pair.key.value)
                } else {
                    format!("`{text}` of `{}` is a number, and arrives as `{arrives}`.", pair.key.value)
                };
                let quoted = format!("\"{text}\"");
                // Inside a list or a map it arrives as JSON, where a text is something else than a number.
                let make = if node.span == pair.value.span { Fix::safe } else { Fix::risky };
                findings.push(
                    Finding::new(&SUSPICIOUS_TYPE, node.span, message)
                        .path(part.path_of(&["properties", &pair.key.value]))
                        .help(format!("Write `{quoted}` if the text is meant."))
                        .fix(make("Put it in quotes", [Change::Quote { at: node.span }])),
                );
            });
        }
    }
}
