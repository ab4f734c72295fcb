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
    match meant(found) {
        Some(meant) if !written => finding.help(format!("Write `{meant}`.")),
        Some(meant) => {
            let message = format!("Write `{meant}`");
            finding.help(format!("{message}.")).fix(Fix::safe(message, [Change::Say { at: found.at, text: meant }]))
        }
        None => finding.help("Write `256M` or `1G`."),
    }
}

/// The size that somebody means with `256Mi`, `0.5G`, `1 GiB` or an unquoted `512`.
fn meant(found: &Found<'_>) -> Option<String> {
    if let Some(number) = found.value.as_int() {
        return (number >= 0).then(|| format!("{number}M"));
    }
    let text = found.value.as_text()?.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.parse().ok()?;
    let megabytes = match &*unit.trim().to_ascii_lowercase() {
        "m" | "mb" | "mi" | "mib" => number,
        "g" | "gb" | "gi" | "gib" => number * 1024.0,
        "k" | "kb" | "ki" | "kib" => number / 1024.0,
        _ => return None,
    };
    if megabytes < 1.0 || megabytes.fract() != 0.0 || megabytes > 1e9 {
        return None;
    }
    Some(if megabytes % 1024.0 == 0.0 { format!("{}G", megabytes / 1024.0) } else { format!("{megabytes}M") })
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
}
