//! `datatype` in `properties-metadata`, outside its set of words.

use super::super::page::{Page, text};
use crate::finding::{Finding, Findings, Fix, SCHEMA_BAD_ENUM};
use crate::name::nearest;

pub const DATATYPES: &[&str] = &["str", "int", "float", "bool"];

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    for part in &page.parts {
        for (name, flags) in part.entries("properties-metadata").iter().map(|pair| (&pair.key.value, &pair.value)) {
            let Some(datatype) = flags.pair("datatype") else {
                continue;
            };
            let Some(word) = text(&datatype.value).filter(|word| !DATATYPES.contains(word)) else { continue };
            let message = format!("`{word}` is no data type for `{name}` of {}.", part.title());
            // `integer`, `string`, `boolean`: the word begins as the right one does.
            let meant = DATATYPES.iter().copied().find(|known| word.to_lowercase().starts_with(known));
            let meant = meant.or_else(|| nearest(word, DATATYPES.iter().copied()));
            let finding = Finding::new(&SCHEMA_BAD_ENUM, datatype.value.span, message)
                .path(part.path_of(&["properties-metadata", name, "datatype"]))
                .help("Write `str`, `int`, `float` or `bool`.")
                .fix(meant.map(|meant| Fix::replace(datatype.value.span, meant)));
            findings.push(finding);
        }
    }
}
