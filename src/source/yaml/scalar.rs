//! What a scalar without quotes means: the rules of YAML 1.1 as SnakeYAML applies them.
//!
//! The established deployer reads descriptors with SnakeYAML, so `on` is a boolean, `0777` is octal and `12:30` is the
//! number 750. YAML 1.2 reads those three as texts; telling the author so is a matter for lint.
//!
//! Dates are the exception: `2020-01-02` stays the text that it is. The deployer makes a Java date of it, which then
//! reaches the application in whatever form that class prints, by the time zone of the machine. Nobody can mean that.

/// The meaning of a plain scalar. `Text` stands for the scalar's own text.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    /// The decimal digits, with a minus when negative, of an integer that needs more than 64 bits.
    Big(String),
    Float(f64),
    Text,
}

impl Plain {
    pub fn kind_name(&self) -> &'static str {
        match self {
            Plain::Null => "nothing",
            Plain::Bool(_) => "a boolean",
            Plain::Int(_) | Plain::Big(_) => "an integer",
            Plain::Float(_) => "a number",
            Plain::Text => "a string",
        }
    }
}

/// Returns what a plain scalar means.
pub fn resolve(text: &str) -> Plain {
    // The first character decides for nearly every text of a descriptor.
    let number = match text.as_bytes().first() {
        None => return Plain::Null,
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => integer(text).or_else(|| float(text)),
        Some(_) => return word(text),
    };
    number.unwrap_or(Plain::Text)
}

/// SnakeYAML knows these words in three letter cases each, and no others: `yEs` and `y` are texts.
fn word(text: &str) -> Plain {
    match text {
        "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Plain::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Plain::Bool(false),
        _ => Plain::Text,
    }
}

fn signed(text: &str) -> (bool, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    }
}

/// `0b101`, `0x1F`, `0777`, `12:30:45` (base 60) and decimal, each with `_` between digits.
fn integer(text: &str) -> Option<Plain> {
    let (negative, digits) = signed(text);
    let number = if let Some(binary) = digits.strip_prefix("0b") {
        Magnitude::of(binary, 2)?
    } else if let Some(hexadecimal) = digits.strip_prefix("0x") {
        Magnitude::of(hexadecimal, 16)?
    } else if digits == "0" {
        Magnitude::default()
    } else if let Some(octal) = digits.strip_prefix('0') {
        Magnitude::of(octal, 8)?
    } else if digits.contains(':') {
        let mut parts = digits.split(':');
        let mut number = Magnitude::of(parts.next()?, 10)?;
        for part in parts {
            number.append(60, sixtieth(part)?)?;
        }
        number
    } else {
        Magnitude::of(digits, 10)?
    };
    Some(number.plain(negative))
}

/// A place of a number of base 60: one or two digits below 60.
fn sixtieth(part: &str) -> Option<u32> {
    let plausible = (1..=2).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit());
    plausible.then(|| part.parse().ok()).flatten().filter(|number| *number < 60)
}

/// `1.5`, `1.`, `.5`, `1e3`, `1:30.5` (base 60), `.inf`, `.nan`.
fn float(text: &str) -> Option<Plain> {
    let (negative, digits) = signed(text);
    let sign = if negative { -1.0 } else { 1.0 };
    match digits {
        ".inf" | ".Inf" | ".INF" => return Some(Plain::Float(sign * f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" if digits.len() == text.len() => return Some(Plain::Float(f64::NAN)),
        _ => {}
    }
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let number_like = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    if !fraction.is_none_or(number_like) || (fraction.is_none() && exponent.is_none()) {
        return None;
    }
    if let Some(exponent) = exponent {
        let (_, power) = signed(exponent);
        if power.is_empty() || !power.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    let (sixties, whole) = match whole.rsplit_once(':') {
        Some((before, last)) => (sixties(before, last, exponent, fraction)?, "0"),
        None => (0.0, whole),
    };
    // A number begins with a digit, or with a point and then a digit; a sign before the point makes it a text.
    let begins_with_digit = |part: &str| part.starts_with(|first: char| first.is_ascii_digit());
    let well_formed = match whole {
        "" => digits.len() == text.len() && fraction.is_some_and(begins_with_digit),
        whole => begins_with_digit(whole) && number_like(whole),
    };
    if !well_formed {
        return None;
    }
    let written = format!("{whole}.{}0e{}", fraction.unwrap_or(""), exponent.unwrap_or("0")).replace('_', "");
    written.parse().ok().map(|number: f64| Plain::Float(sign * (sixties + number)))
}

/// The whole part of a number of base 60 with a fraction.
fn sixties(before: &str, last: &str, exponent: Option<&str>, fraction: Option<&str>) -> Option<f64> {
    if exponent.is_some() || fraction.is_none() {
        return None;
    }
    let mut parts = before.split(':');
    let first = parts.next()?;
    if !first.starts_with(|digit: char| digit.is_ascii_digit()) {
        return None;
    }
    let mut number: f64 = first.replace('_', "").parse().ok()?;
    for part in parts.chain([last]) {
        number = number * 60.0 + f64::from(sixtieth(part)?);
    }
    Some(number)
}

/// An integer without its sign: parts of nine decimal digits, the lowest first.
#[derive(Default)]
struct Magnitude(Vec<u32>);

/// Integers of more than 306 digits are texts: as numbers of JSON hardly a reader could take them.
const MAX_PARTS: usize = 34;

impl Magnitude {
    /// Reads digits with `_` between them; `None` when there is anything else, no digit, or too many.
    fn of(text: &str, radix: u32) -> Option<Magnitude> {
        let mut number = Magnitude::default();
        for character in text.chars().filter(|character| *character != '_') {
            number.append(radix, character.to_digit(radix)?)?;
        }
        text.contains(|character| character != '_').then_some(number)
    }

    /// Makes `self` `self * radix + digit`, unless that is too large.
    fn append(&mut self, radix: u32, digit: u32) -> Option<()> {
        const PART: u64 = 1_000_000_000;
        let mut carry = u64::from(digit);
        for part in &mut self.0 {
            let sum = u64::from(*part) * u64::from(radix) + carry;
            *part = (sum % PART) as u32;
            carry = sum / PART;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
        (self.0.len() <= MAX_PARTS).then_some(())
    }

    fn plain(&self, negative: bool) -> Plain {
        let mut digits = String::from(if negative { "-" } else { "" });
        match self.0.split_last() {
            None => return Plain::Int(0),
            Some((highest, lower)) => {
                digits.push_str(&highest.to_string());
                digits.extend(lower.iter().rev().map(|part| format!("{part:09}")));
            }
        }
        digits.parse().map_or(Plain::Big(digits), Plain::Int)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_mean_what_snakeyaml_makes_of_them() {
        use Plain::{Bool, Float, Int, Null, Text};
        let table = [
            ("", Null),
            ("~", Null),
            ("null", Null),
            ("NULL", Null),
            ("nUll", Text),
            ("yes", Bool(true)),
            ("On", Bool(true)),
            ("TRUE", Bool(true)),
            ("no", Bool(false)),
            ("OFF", Bool(false)),
            ("yEs", Text),
            ("y", Text),
            ("0", Int(0)),
            ("-0", Int(0)),
            ("+12", Int(12)),
            ("1_000", Int(1000)),
            ("0777", Int(511)),
            ("0_7", Int(7)),
            ("08", Text),
            ("0o17", Text),
            ("0x1F", Int(31)),
            ("-0x_f_f", Int(-255)),
            ("0x", Text),
            ("0b1010_0111", Int(167)),
            ("0b2", Text),
            ("12:30:45", Int(45045)),
            ("-1:0", Int(-60)),
            ("1:60", Text),
            ("0:30", Text),
            ("9223372036854775807", Int(i64::MAX)),
            ("-9223372036854775808", Int(i64::MIN)),
            ("9223372036854775808", Plain::Big("9223372036854775808".into())),
            ("-0xffffffffffffffffff", Plain::Big("-4722366482869645213695".into())),
            ("1000000000000000000000", Plain::Big("1000000000000000000000".into())),
            ("1.5", Float(1.5)),
            ("-1.5", Float(-1.5)),
            ("0.10", Float(0.1)),
            ("1.", Float(1.0)),
            (".5", Float(0.5)),
            ("-.5", Text),
            (".", Text),
            ("1e3", Float(1000.0)),
            ("1.5E-1", Float(0.15)),
            ("1e", Text),
            ("1_0.2_5", Float(10.25)),
            ("190:20:30.15", Float(685_230.15)),
            (".inf", Float(f64::INFINITY)),
            ("-.Inf", Float(f64::NEG_INFINITY)),
            ("+.nan", Text),
            ("1.2.3", Text),
            ("2020-01-02", Text),
            ("2001-12-14t21:59:43.10-05:00", Text),
            ("-", Text),
            ("+", Text),
            ("--", Text),
            ("1 2", Text),
            ("١", Text),
            ("256M", Text),
            ("${a}", Text),
        ];
        for (text, expected) in table {
            assert_eq!(resolve(text), expected, "{text:?}");
        }
        assert!(matches!(resolve(".NaN"), Float(number) if number.is_nan()));
        assert_eq!(resolve(&"9".repeat(1_000_000)), Text);
        assert_eq!(resolve(&"1:1".repeat(100_000)), Text);
    }
}
