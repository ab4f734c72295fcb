//! Texts with holes: what is put together from pieces comes apart into the same pieces.

use super::cases;
use crate::properties::tree::text_is_its_pieces;
use proptest::collection::vec;
use proptest::prelude::*;
use windlass::text::{Form, Piece, pieces, unescape};

const SIGNS: &[&str] = &["$", "~", "{", "}", "${", "~{", "\\", "/", "a", "b c", "é", "\n", "\r", "\u{2028}", ""];

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Hole { owner: String, key: String },
}

fn parts() -> impl Strategy<Value = Vec<Part>> {
    let text = "[ a-zé.:,\n\u{2028}]{1,6}".prop_map(Part::Text);
    let hole = ("[a-zé.-]{1,5}", "[a-z/.é-]{1,8}").prop_map(|(owner, key)| Part::Hole { owner, key });
    vec(prop_oneof![text, hole], 1..8)
}

/// How a part is written where holes have this form.
fn written(part: &Part, form: Form) -> String {
    match (part, form) {
        (Part::Text(text), _) => text.clone(),
        (Part::Hole { key, .. }, Form::Placeholder) => format!("${{{key}}}"),
        (Part::Hole { key, .. }, Form::Short) => format!("~{{{key}}}"),
        (Part::Hole { owner, key }, Form::Qualified) => format!("~{{{owner}/{key}}}"),
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn any_text_is_its_pieces(signs in vec(proptest::sample::select(SIGNS), 0..24)) {
        text_is_its_pieces(&signs.concat());
    }

    #[test]
    fn holes_are_found_as_they_were_put(parts in parts()) {
        for form in [Form::Placeholder, Form::Short, Form::Qualified] {
            let text: String = parts.iter().map(|part| written(part, form)).collect();
            let wanted: Vec<(Option<&str>, &str)> = parts.iter().filter_map(|part| match part {
                Part::Hole { owner, key } => Some(((form == Form::Qualified).then_some(owner.as_str()), key.as_str())),
                Part::Text(_) => None,
            }).collect();
            let pieces = pieces(&text, form).unwrap_or_default();
            let found: Vec<(Option<&str>, &str)> = pieces.iter().filter_map(|piece| match piece {
                Piece::Hole(hole) => Some((hole.owner, hole.key)),
                Piece::Text(_) => None,
            }).collect();
            prop_assert_eq!(found, wanted, "{}", text);
        }
    }

    #[test]
    fn escaped_holes_are_text_and_lose_one_backslash(parts in parts()) {
        for form in [Form::Placeholder, Form::Qualified] {
            let plain: String = parts.iter().map(|part| written(part, form)).collect();
            let escaped: String = parts.iter().map(|part| match part {
                Part::Text(text) => text.clone(),
                hole => format!("\\{}", written(hole, form)),
            }).collect();
            prop_assert!(pieces(&escaped, form).is_none(), "{}", escaped);
            prop_assert_eq!(unescape(&escaped).unwrap_or(escaped), plain);
        }
    }
}
