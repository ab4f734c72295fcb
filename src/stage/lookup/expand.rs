//! A text that mentions an expanded resource becomes a list of that text, one element per match.
//!
//! `"https://~{search/host}"` with two matches is `["https://~{search.0/host}", "https://~{search.1/host}"]`. One match
//! makes a list of one that keeps the name; none makes an empty list.

use crate::source::Span;
use crate::text::{Form, Hole, Piece, pieces};
use crate::tree::{Kind, Map, Value};

/// The names that take the place of one resource's name.
#[derive(Clone, Debug)]
pub struct Names(Vec<String>);

impl Names {
    pub fn none() -> Names {
        Names(Vec::new())
    }

    pub fn of(name: &str, matches: usize) -> Names {
        match matches {
            0 => Names::none(),
            1 => Names(vec![name.into()]),
            _ => Names((0..matches).map(|at| format!("{name}.{at}")).collect()),
        }
    }

    pub fn each(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How many more texts may be written. Ten matches of each of eight lists in one text are a hundred million.
pub struct Budget(usize);

/// How many values copying for each of several matches may make.
pub const MAX_COPIES: usize = 100_000;

impl Default for Budget {
    fn default() -> Budget {
        Budget(MAX_COPIES)
    }
}

/// The text that would have become too many.
#[derive(Debug)]
pub struct TooMany {
    pub at: Option<Span>,
}

/// Expands every value of a map that mentions `required`.
pub fn map(map: &mut Map, required: &str, names: &Names, budget: &mut Budget) -> Result<(), TooMany> {
    let mut changed = Vec::new();
    for (key, item) in map.iter() {
        changed.extend(value(item, required, names, budget)?.map(|item| (key.clone(), item)));
    }
    for (key, item) in changed {
        map.insert(key, item);
    }
    Ok(())
}

/// `None`: the resource is not mentioned.
fn value(item: &Value, required: &str, names: &Names, budget: &mut Budget) -> Result<Option<Value>, TooMany> {
    let kind = match &item.kind {
        Kind::Text(text) => match pieces(text, Form::Qualified) {
            Some(pieces) if pieces.iter().any(|piece| mentions(piece, required)) => {
                budget.0 = budget.0.checked_sub(names.len()).ok_or(TooMany { at: item.span() })?;
                let texts = names.each().map(|name| {
                    let text = renamed(&pieces, required, name);
                    Value { kind: Kind::Text(text.into()), ..item.clone() }
                });
                return Ok(Some(Value::list(texts.collect(), item.origin.clone()).secret(item.secrecy)));
            }
            _ => return Ok(None),
        },
        Kind::List(items) => {
            let mut changed: Option<Vec<Value>> = None;
            for (at, inner) in items.iter().enumerate() {
                if let Some(new) = value(inner, required, names, budget)? {
                    changed.get_or_insert_with(|| items.to_vec())[at] = new;
                }
            }
            let Some(changed) = changed else { return Ok(None) };
            Kind::List(changed.into())
        }
        Kind::Map(inner) => {
            let mut copy = inner.clone();
            map(&mut copy, required, names, budget)?;
            if copy.shares_memory_with(inner) {
                return Ok(None);
            }
            Kind::Map(copy)
        }
        Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Big(_) => return Ok(None),
    };
    Ok(Some(Value { kind, ..item.clone() }))
}

fn mentions(piece: &Piece<'_>, required: &str) -> bool {
    matches!(piece, Piece::Hole(Hole { owner: Some(owner), .. }) if *owner == required)
}

fn renamed(pieces: &[Piece<'_>], required: &str, name: &str) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Hole(hole) if mentions(piece, required) => format!("~{{{name}/{}}}", hole.key),
            Piece::Hole(hole) => hole.written.into(),
            Piece::Text(text) => (*text).into(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Origin;

    fn expanded(text: &str, matches: usize) -> String {
        let mut properties = [("k".into(), Value::text(text, Origin::Nowhere))].into_iter().collect();
        map(&mut properties, "bar", &Names::of("bar", matches), &mut Budget::default()).expect("it is little");
        properties.get("k").map(Value::to_json).unwrap_or_default()
    }

    #[test]
    fn texts_become_lists_that_follow_the_matches() {
        assert_eq!(
            expanded("~{bar/user}|~{bar/pass}", 2),
            r#"["~{bar.0/user}|~{bar.0/pass}","~{bar.1/user}|~{bar.1/pass}"]"#
        );
        assert_eq!(expanded("~{bar/user}", 1), r#"["~{bar/user}"]"#);
        assert_eq!(expanded("~{bar/user}", 0), "[]");
        assert_eq!(expanded("~{foo/user} ~{bar} \\~{bar/x}", 2), r#""~{foo/user} ~{bar} \\~{bar/x}""#);
    }
}
