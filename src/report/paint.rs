//! Colour, where the reader has any. Colour never carries meaning alone.

/// Whether a stream takes colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    Red,
    Green,
    Yellow,
    Blue,
    Cyan,
    Bold,
    Dim,
}

impl Colour {
    /// Returns the text with the escapes of `paint` around it, or as it is.
    pub fn paint(self, paint: Paint, text: impl std::fmt::Display) -> String {
        match self {
            Colour::Off => text.to_string(),
            Colour::On => format!("\u{1b}[{}m{text}\u{1b}[0m", paint.code()),
        }
    }
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Paint::Red => "31;1",
            Paint::Green => "32",
            Paint::Yellow => "33",
            Paint::Blue => "34",
            Paint::Cyan => "36",
            Paint::Bold => "1",
            Paint::Dim => "2",
        }
    }
}

/// Returns the text with control characters spelled out, so that a name in a descriptor cannot steer the terminal.
/// Line breaks and tabs stay.
pub fn harmless(text: &str) -> std::borrow::Cow<'_, str> {
    let harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(harmful) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if harmful(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(harmless("a\u{1b}[31m\tb\n"), "a\\u{1b}[31m\tb\n");
        assert!(matches!(harmless("plain ü"), std::borrow::Cow::Borrowed(_)));
    }
}
