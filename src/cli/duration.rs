//! Durations as people type them: `90s`, `2m`, `1h30m`, `500ms`; a bare number is seconds.

use std::time::Duration;

const UNITS: [(&str, u64); 4] = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no duration; say `90s`, `2m`, `1h30m`, or a number of seconds");
    if let Ok(seconds) = text.parse::<u32>() {
        return Ok(Duration::from_secs(seconds.into()));
    }
    let mut rest = text;
    let mut millis: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, behind) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let (unit, factor) = UNITS.iter().find(|(unit, _)| behind.starts_with(unit)).ok_or_else(wrong)?;
        millis = number.checked_mul(*factor).and_then(|part| millis.checked_add(part)).ok_or_else(wrong)?;
        rest = behind.strip_prefix(unit).unwrap_or_default();
    }
    if text.is_empty() { Err(wrong()) } else { Ok(Duration::from_millis(millis)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_and_bare_numbers_are_seconds() {
        let read = |text: &str| parse(text).map(|span| span.as_millis()).ok();
        assert_eq!(["90", "90s", "1h30m", "500ms"].map(read), [Some(90_000), Some(90_000), Some(5_400_000), Some(500)]);
        assert_eq!(["", "s", "5 s", "5x", "m5", "-1", "99999999999999999999h"].map(read), [None; 7]);
    }
}
