//! Sizes: a whole number with `M`, `MB`, `G` or `GB`, as the deploy service reads them.

use super::read::Found;
use crate::finding::{BAD_MEMORY_UNIT, Change, Finding, Findings, Fix, Severity};
use crate::tree::Origin;

const MEBIBYTE: u64 = 1024 * 1024;

/// What Docker refuses to go below.
pub const LEAST_MEMORY: u64 = 6 * MEBIBYTE;

/// Bytes of a size that has been checked; `None` for no limit (0).
pub fn bytes(found: &Found<'_>) -> Option<u64> {
    found.value.as_text().and_then(parse).filter(|bytes| *bytes > 0)
}

/// Bytes of a limit of memory, which an engine cannot set below [`LEAST_MEMORY`].
pub fn memory(found: &Found<'_>) -> Option<u64> {
    bytes(found).map(|bytes| bytes.max(LEAST_MEMORY))
}

/// Checks a size. One below `least` is only a warning, because a platform that gives so little may be another target.
pub fn size(found: &Found<'_>, least: u64, findings: &mut Findings) -> Option<u64> {
    let Some(bytes) = found.value.as_text().and_then(parse) else {
        findings.push(unreadable(found));
        return None;
    };
    if bytes > 0 && bytes < least {
        let least = least / MEBIBYTE;
        let message =
            format!("{}; an engine gives no container less than {least}M, so it gets {least}M.", found.described());
        let finding =
            found.refuse(message).help(format!("Write `{least}M` or more, or leave it out: then there is no limit."));
        findings.push(Finding { severity: Severity::Warning, ..finding });
    }
    Some(bytes)
}

/// A number alone means megabytes.
fn parse(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let factor = match &*unit.to_ascii_lowercase() {
        "" | "m" | "mb" => 1,
        "g" | "gb" => 1024,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)?.checked_mul(MEBIBYTE)
}

fn unreadable(found: &Found<'_>) -> Finding {
    let message = format!("{}, but a size is a whole number with `M` or `G`, as text.", found.described());
    let finding = Finding { code: &BAD_MEMORY_UNIT, ..found.refuse(message) };
    // Only what stands there as such can be replaced; not what a placeholder brought.
    let written = matches!(found.value.origin, Origin::Written(_));
    let said = found.value.as_int().map(|number| number.to_string());
    let Some((meant, how)) = said.as_deref().or(found.value.as_text()).and_then(meant) else {
        return finding.help("Write `256M` or `1G`: `M` and `G` are all the units there are.");
    };
    let help = match how {
        Meant::Exactly => format!("Write `{meant}`."),
        Meant::Perhaps => format!("Did you mean `{meant}`?"),
        Meant::AtLeast => format!("There are only whole megabytes: write `{meant}`."),
    };
    let change = || [Change::Say { at: found.at, text: meant.clone() }];
    let fix = match how {
        Meant::Exactly => Some(Fix::safe(format!("Write `{meant}`"), change())),
        Meant::Perhaps | Meant::AtLeast => Some(Fix::risky(format!("Write `{meant}`"), change())),
    };
    finding.help(help).fix(fix.filter(|_| written))
}

/// How well it is known what somebody means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meant {
    /// It is the same size.
    Exactly,
    /// The number and the first letter say it.
    Perhaps,
    /// It is the next larger one that can be written.
    AtLeast,
}

/// The size that somebody means with `256Mi`, `0.5G`, `1 GiB`, `1T`, `128MM` or an unquoted `512`.
fn meant(text: &str) -> Option<(String, Meant)> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    // A comma may stand for a point or between thousands.
    let comma = number.contains(',');
    let number: f64 = number.replace(',', ".").parse().ok()?;
    let unit = unit.trim().to_ascii_lowercase();
    let per_megabyte = match unit.chars().next() {
        Some('b') => 1.0 / 1024.0 / 1024.0,
        Some('k') => 1.0 / 1024.0,
        Some('m') | None => 1.0,
        Some('g') => 1024.0,
        Some('t') => 1024.0 * 1024.0,
        Some(_) => return None,
    };
    let known = unit.strip_prefix(['k', 'm', 'g', 't']).is_some_and(|rest| matches!(rest, "" | "b" | "i" | "ib"));
    let known = known || matches!(&*unit, "" | "b" | "byte" | "bytes");
    // `128MM` and `64 megabytes` are sizes, `64 bananas` are none.
    let spelt = ["kilo", "mega", "giga", "tera"].iter().any(|prefix| unit.starts_with(prefix));
    if !known && !spelt && unit.len() > 3 {
        return None;
    }
    let megabytes = number * per_megabyte;
    if megabytes <= 0.0 || megabytes > 1e9 {
        return None;
    }
    let how = match (known && !comma, megabytes.fract() == 0.0) {
        (true, true) => Meant::Exactly,
        (true, false) => Meant::AtLeast,
        (false, _) => Meant::Perhaps,
    };
    let megabytes = megabytes.ceil();
    let size = if megabytes % 1024.0 == 0.0 { format!("{}G", megabytes / 1024.0) } else { format!("{megabytes}M") };
    Some((size, how))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_the_deploy_service_reads_them() {
        assert_eq!(parse("256M"), Some(256 * MEBIBYTE));
        assert_eq!(parse("2gB"), Some(2048 * MEBIBYTE));
        assert_eq!(parse("64"), Some(64 * MEBIBYTE));
        for wrong in ["", "M", "256Mi", "0.5G", "1K", "-1M", "1 G", "99999999999999999999M", "18446744073709551615M"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn advice_comes_from_what_was_written() {
        let table = [
            ("256Mi", "256M", Meant::Exactly),
            ("0.5G", "512M", Meant::Exactly),
            ("1 GiB", "1G", Meant::Exactly),
            ("1T", "1024G", Meant::Exactly),
            ("2048k", "2M", Meant::Exactly),
            ("268435456B", "256M", Meant::Exactly),
            ("128MM", "128M", Meant::Perhaps),
            ("128 megabytes", "128M", Meant::Perhaps),
            ("1,5G", "1536M", Meant::Perhaps),
            ("0.3G", "308M", Meant::AtLeast),
            ("100KB", "1M", Meant::AtLeast),
        ];
        for (text, size, how) in table {
            assert_eq!(meant(text), Some((size.to_owned(), how)), "{text}");
            assert!(parse(size).is_some(), "{size}");
        }
        for nothing in ["", "lots", "M", "-1M", "0 pounds", "1..5G", "5 apples", "64 bananas", "1Gb/s", "1e400G"] {
            assert_eq!(meant(nothing), None, "{nothing}");
        }
    }
}
