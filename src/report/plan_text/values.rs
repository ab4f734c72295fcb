//! Old and new values, on one line where they fit, masked where they must not be seen.

use super::block::Line;
use crate::plan::{Shown, VariableChange};

pub const SENSITIVE: &str = "(sensitive)";

/// How long a value may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Cut,
    Whole,
}

const LONGEST: usize = 120;

/// One line for each change, names in a column.
pub fn variables(changes: &[VariableChange], indent: usize, length: Length) -> Vec<Line> {
    let name = |change: &VariableChange| change.name.chars().count() + change.path.chars().count();
    let width = changes.iter().map(name).max().unwrap_or(0).min(40);
    changes.iter().map(|change| variable(change, width, indent, length)).collect()
}

/// `~ DB_POOL  "10" -> "20"`, with its origin at the margin; texts of several lines as a diff below the name.
fn variable(change: &VariableChange, width: usize, indent: usize, length: Length) -> Line {
    let name = format!("{}{}", change.name, change.path);
    let text = match (&change.old, &change.new) {
        (Shown::Plain(old), Shown::Plain(new))
            if change.path.is_empty() && (old.contains('\n') || new.contains('\n')) =>
        {
            format!("~ {name}\n{}", diff(old, new))
        }
        (Shown::Absent, new) => format!("+ {name:<width$}  {}", value(new, change, length)),
        (old, Shown::Absent) => format!("- {name:<width$}  {}", value(old, change, length)),
        (Shown::Masked, _) | (_, Shown::Masked) => format!("~ {name:<width$}  (sensitive, changed)"),
        (old, new) => format!("~ {name:<width$}  {} -> {}", value(old, change, length), value(new, change, length)),
    };
    Line { indent, text, margin: change.origin.clone() }
}

fn value(shown: &Shown, change: &VariableChange, length: Length) -> String {
    // Below a variable, values are JSON already.
    if change.path.is_empty() { whole(shown, length) } else { raw(shown, length) }
}

/// A variable's own text, quoted unless it is a structure.
pub fn whole(shown: &Shown, length: Length) -> String {
    match shown {
        Shown::Plain(text) if !text.starts_with(['{', '[']) => {
            cut(&serde_json::Value::from(text.as_str()).to_string(), length)
        }
        other => raw(other, length),
    }
}

fn raw(shown: &Shown, length: Length) -> String {
    match shown {
        Shown::Absent => "absent".to_owned(),
        Shown::Masked => SENSITIVE.to_owned(),
        Shown::Plain(text) => cut(text, length),
    }
}

fn cut(text: &str, length: Length) -> String {
    let count = text.chars().count();
    if length == Length::Whole || count <= LONGEST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONGEST - 20).collect();
    format!("{kept}… ({} more characters)", count - (LONGEST - 20))
}

/// `a -> b`, for inputs beside the environment.
pub fn from_to(old: &Shown, new: &Shown) -> String {
    match (old, new) {
        (Shown::Masked, Shown::Masked) => "(sensitive, changed)".to_owned(),
        (Shown::Absent, new) => format!("+ {}", raw(new, Length::Whole)),
        (old, Shown::Absent) => format!("- {}", raw(old, Length::Whole)),
        (old, new) => format!("{} -> {}", raw(old, Length::Whole), raw(new, Length::Whole)),
    }
}

/// `2 changed, 1 added`, counted in variables.
pub fn counts(changes: &[VariableChange]) -> String {
    let (mut changed, mut added, mut removed) = (0, 0, 0);
    for variable in changes.chunk_by(|a, b| a.name == b.name) {
        match variable {
            [VariableChange { path, old: Shown::Absent, .. }] if path.is_empty() => added += 1,
            [VariableChange { path, new: Shown::Absent, .. }] if path.is_empty() => removed += 1,
            _ => changed += 1,
        }
    }
    let counts = [(changed, "changed"), (added, "added"), (removed, "removed")];
    let words: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    words.join(", ")
}

/// Lines around what differs.
const CONTEXT: usize = 3;

/// The lines that differ, with three around them; what begins and ends alike is left out.
fn diff(old: &str, new: &str) -> String {
    // What ends both, ends the last line of both, and begins no further one.
    let (old, new) = match (old.strip_suffix('\n'), new.strip_suffix('\n')) {
        (Some(old), Some(new)) => (old, new),
        _ => (old, new),
    };
    let (old, new): (Vec<&str>, Vec<&str>) = (old.split('\n').collect(), new.split('\n').collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(a, b)| a == b).count();
    let head = same(&mut old.iter().zip(&new));
    let rest = old.len().min(new.len()) - head;
    let tail = same(&mut old.iter().rev().zip(new.iter().rev())).min(rest);
    let mut lines: Vec<String> = Vec::new();
    let from = head.saturating_sub(CONTEXT);
    if from > 0 {
        lines.push(format!("    @@ line {} @@", from + 1));
    }
    lines.extend(old[from..head].iter().map(|line| format!("      {line}")));
    lines.extend(old[head..old.len() - tail].iter().map(|line| format!("    - {line}")));
    lines.extend(new[head..new.len() - tail].iter().map(|line| format!("    + {line}")));
    lines.extend(old[old.len() - tail..].iter().take(CONTEXT).map(|line| format!("      {line}")));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_show_only_what_differs() {
        let old: Vec<String> = (1..=9).map(|line| format!("line {line}")).collect();
        let mut new = old.clone();
        new[5] = "other".to_owned();
        let expected = "    @@ line 3 @@\n      line 3\n      line 4\n      line 5\n    - line 6\n    + other\n      line 7\n      line 8\n      line 9";
        assert_eq!(diff(&old.join("\n"), &new.join("\n")), expected);
        assert_eq!(diff("a\na", "a\na\na"), "      a\n      a\n    + a");
    }

    #[test]
    fn long_values_say_how_much_is_left_out() {
        let text = "x".repeat(200);
        assert!(whole(&Shown::Plain(text.clone()), Length::Cut).ends_with("… (102 more characters)"));
        assert_eq!(whole(&Shown::Plain(text.clone()), Length::Whole), format!("\"{text}\""));
    }
}
