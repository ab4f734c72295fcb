//! A property whose value is of another type than its metadata says.

use super::super::page::{Page, text};
use crate::finding::{Finding, Findings, METADATA_TYPE_MISMATCH};
use crate::source::yaml::{Node, NodeKind, Pair, Scalar, Style, scalar};
use crate::text::{Form, has_hole};
use std::collections::HashMap;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in &page.parts {
        let flagged = part.entries("properties-metadata");
        let properties: HashMap<&str, &Pair> = match flagged {
            [] => continue,
            _ => part.entries("properties").iter().map(|pair| (&*pair.key.value, pair)).collect(),
        };
        for flags in flagged {
            let name = &*flags.key.value;
            let datatype = flags.value.pair("datatype");
            let Some(datatype) = datatype.and_then(|pair| text(&pair.value)) else { continue };
            let Some(value) = properties.get(name) else { continue };
            if fits(&value.value, datatype) {
                continue;
            }
            let found = value.value.kind_name();
            let message = format!("`{name}` of {} is {found}; its data type is `{datatype}`.", part.title());
            findings.push(
                Finding::new(&METADATA_TYPE_MISMATCH, value.value.span, message)
                    .path(part.path_of(&["properties", name]))
                    .related(flags.key.span, "the data type stands here")
                    .help("Change the value or the data type."),
            );
        }
    }
}

/// Whether a value may be of a data type; what is empty, or is still to be filled in, may be of any.
fn fits(node: &Node, datatype: &str) -> bool {
    use scalar::Plain;
    let NodeKind::Scalar(Scalar { text, style }) = &node.kind else {
        return !super::schema_bad_enum::DATATYPES.contains(&datatype);
    };
    let open = [Form::Placeholder, Form::Short, Form::Qualified].into_iter().any(|form| has_hole(text, form));
    let meaning = match style {
        Style::Plain if node.tag.is_none() => scalar::resolve(text),
        _ => Plain::Text,
    };
    open || match datatype {
        "str" => matches!(meaning, Plain::Text | Plain::Null),
        "int" => matches!(meaning, Plain::Int(_) | Plain::Big(_) | Plain::Null),
        "float" => matches!(meaning, Plain::Float(_) | Plain::Int(_) | Plain::Big(_) | Plain::Null),
        "bool" => matches!(meaning, Plain::Bool(_) | Plain::Null),
        _ => true,
    }
}
