//! Scalars without quotes that YAML 1.1 and YAML 1.2 read differently: `on`, `0755`, `12:30`, a date.
//!
//! windlass reads them as the deploy service does, by YAML 1.1. Editors, other tools and people often follow 1.2.

use super::super::page::{Page, plain, scalars};
use crate::finding::{Change, Finding, Findings, Fix, YAML_AMBIGUOUS_SCALAR};
use crate::source::yaml::scalar::Plain;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    scalars(page.root, &mut |node| {
        let Some((text, old)) = plain(node) else { return };
        let date = is_date(text);
        let new = core(text);
        if (same(&old, &new) && !date) || page.written(node.span) != text {
            return;
        }
        let reading = |plain: &Plain| match plain {
            Plain::Null => "nothing".to_owned(),
            Plain::Bool(yes) => format!("the boolean {yes}"),
            Plain::Int(number) => format!("the number {number}"),
            Plain::Big(digits) => format!("the number {digits}"),
            Plain::Float(number) => format!("the number {number}"),
            Plain::Text => "a text".to_owned(),
        };
        let message = if date {
            format!("`{text}` is a date to some YAML readers and a text to others; windlass reads a text.")
        } else {
            format!("`{text}` is {} in YAML 1.1, which counts here, and {} in YAML 1.2.", reading(&old), reading(&new))
        };
        let quoted = format!("\"{text}\"");
        let meant = match &old {
            Plain::Bool(yes) => Some(yes.to_string()),
            Plain::Int(number) => Some(number.to_string()),
            Plain::Big(digits) => Some(digits.clone()),
            Plain::Float(number) if number.is_finite() => Some(format!("{number:?}")),
            Plain::Text | Plain::Float(_) | Plain::Null => None,
        };
        let help = match &meant {
            Some(meant) => format!("Write `{meant}`, or `{quoted}` for the text."),
            None => format!("Write `{quoted}`."),
        };
        // The reading that counts is written out; a text that is one here stays one in quotes.
        let fix = match (meant, &old) {
            (Some(meant), _) => {
                let message = format!("Write `{meant}`");
                Some(Fix::safe(message, [Change::Text { at: node.span, content: meant }]))
            }
            (None, Plain::Text) => Some(Fix::safe("Put it in quotes", [Change::Quote { at: node.span }])),
            (None, _) => None,
        };
        findings.push(Finding::new(&YAML_AMBIGUOUS_SCALAR, node.span, message).help(help).fix(fix));
    });
}

/// The core schema of YAML 1.2.
fn core(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Bool(true),
        "false" | "False" | "FALSE" => return Plain::Bool(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let number =
        |digits: &str, radix| i64::from_str_radix(digits, radix).map_or(Plain::Big(text.to_owned()), Plain::Int);
    let digits = |digits: &str, radix| !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if let Some(octal) = text.strip_prefix("0o").filter(|rest| digits(rest, 8)) {
        return number(octal, 8);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x").filter(|rest| digits(rest, 16)) {
        return number(hexadecimal, 16);
    }
    if digits(unsigned, 10) {
        return number(text, 10);
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        // Both versions read these alike, but for a sign.
        return crate::source::yaml::scalar::resolve(text);
    }
    let floating = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.contains(|c: char| c.is_ascii_digit())
        && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'));
    match text.parse() {
        Ok(number) if floating => Plain::Float(number),
        _ => Plain::Text,
    }
}

fn same(old: &Plain, new: &Plain) -> bool {
    match (old, new) {
        (Plain::Float(a), Plain::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        // Too large for both: the same digits, or at least nobody's mistake.
        (Plain::Big(_), Plain::Big(_)) => true,
        (old, new) => old == new,
    }
}

/// `2024-01-31`, alone or before a time.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && bytes.get(7) == Some(&b'-')
        && digits(8..10)
        && bytes.get(10).is_none_or(|next| matches!(next, b't' | b'T' | b' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::yaml::scalar::resolve;

    #[test]
    fn only_what_two_readers_read_differently_is_ambiguous() {
        for text in ["on", "Off", "yes", "0755", "1_000", "12:30", "0o17", "08", "0b11", "-.5", "-0x1F"] {
            assert!(!same(&resolve(text), &core(text)), "{text}");
        }
        for text in [
            "true", "null", "~", "12", "-3", "+4", "1.5", "1e3", ".5", "0x1F", ".inf", "-.inf", "0", "1.2.3", "-", "a",
            "",
        ] {
            assert!(same(&resolve(text), &core(text)), "{text}: {:?} {:?}", resolve(text), core(text));
        }
        assert!(is_date("2024-01-31") && is_date("2001-12-14t21:59:43.10-05:00"));
        assert!(!is_date("2024-01-311") && !is_date("2024-1-31") && !is_date("äöüß-01-31"));
    }
}
