//! What is wrong with a text that is no range: the word at fault, and how it is written instead.

use std::ops::Range;

/// A text that is no range: the part of it that cannot be read, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RangeError {
    /// Bytes of the text; never empty when the text is not.
    pub at: Range<usize>,
    pub message: String,
}

/// Says what is wrong with the word at which reading stopped.
pub(super) fn explain(text: &str, location: &pest::error::InputLocation) -> RangeError {
    let stop = match location {
        pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => *at,
    };
    if let Some(at) = text.find("||").filter(|_| text.split("||").any(|side| side.trim().is_empty())) {
        let message = "nothing stands on one side of `||`; write `*` for any version".to_owned();
        return RangeError { at: at..at + 2, message };
    }
    if let (Some(first), Some(last)) = (text.find(['[', ']', '(']), text.rfind([']', '[', ')'])) {
        let at = first..last.max(first) + 1;
        let help = "write `[1.0,2.0]`, `[1.0,2.0)`, `[1.0,)` or `(,2.0]`, without blanks, alone in its alternative";
        return RangeError { message: format!("`{}` is no interval; {help}", &text[at.clone()]), at };
    }
    let lone = |at: &usize| !text[..*at].ends_with('|') && !text[at + 1..].starts_with('|');
    if let Some(at) = text.match_indices('|').map(|(at, _)| at).find(lone) {
        let message = "`|` is no operator; between alternatives stands `||`".to_owned();
        return RangeError { at: at..at + 1, message };
    }
    let stop = if stop >= text.len() { text.trim_end().len().saturating_sub(1) } else { stop };
    let at = word_around(text, stop);
    let word = &text[at.clone()];
    let only_operator = !word.is_empty() && word.chars().all(|c| "<>=^~".contains(c));
    let message = if only_operator && ["<", ">", "<=", ">=", "=", "^", "~", "~>"].contains(&word) {
        format!("`{word}` needs a version behind it")
    } else if only_operator || word.starts_with(['!', '&', '|']) {
        format!("`{word}` is no operator; there are `<`, `<=`, `=`, `>=`, `>`, `^`, `~` and `||`")
    } else if word.contains(',') {
        format!("`{word}` holds a comma; conditions that all must hold stand side by side: `>=1.0.0 <2.0.0`")
    } else if word == "-" {
        "`-` needs one version in front and one behind it: `1.2 - 2.3`".to_owned()
    } else if word.trim_start_matches(['<', '>', '=', '^', '~', 'v']).split('.').count() > 3
        && word.chars().all(|c| c.is_ascii_digit() || "<>=^~v.".contains(c))
    {
        format!("`{word}` has more than three numbers")
    } else {
        format!("`{word}` is no version and no condition such as `>=1.2.0` or `^1.4`")
    };
    RangeError { at, message }
}

/// The word that holds the byte at `stop`: up to a blank or `||` on either side.
fn word_around(text: &str, stop: usize) -> Range<usize> {
    let is_edge = |c: char| matches!(c, ' ' | '\t' | '|');
    let stop = (0..=stop).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    // Reading may stop at the blank behind a lone operator or before a foreign word: take the nearest word.
    let rest = &text[stop..];
    let stop = match rest.find(|c: char| !is_edge(c)) {
        Some(skipped) if rest.starts_with(is_edge) && !text[..stop].ends_with(['<', '>', '=', '^', '~', '-']) => {
            stop + skipped
        }
        Some(0) => stop,
        _ => text[..stop].trim_end_matches(is_edge).char_indices().next_back().map_or(stop, |(at, _)| at),
    };
    let start = text[..stop].rfind(is_edge).map_or(0, |at| at + 1);
    let end = text[stop..].find(is_edge).map_or(text.len(), |length| stop + length);
    // `1|||2`: an edge with no word beside it. Then the fault is the character itself.
    let character = text[start..].chars().next().map_or(0, char::len_utf8);
    start..end.max(start + character)
}
