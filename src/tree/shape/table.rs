//! Tables of known keys, as data.

/// A kind of map: a module, an entry of `requires`, the root of an extension …
#[derive(Debug)]
pub struct Element {
    /// What messages call one, without article.
    pub name: &'static str,
    pub keys: &'static [Key],
    pub others: Others,
}

/// What becomes of keys that are not in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// A warning: most likely a slip.
    Reported,
    /// Nothing, unless it is nearly a known key: people may write there what they like.
    Free,
}

/// A known key of an element.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub expects: Expects,
    pub presence: Presence,
    /// The first major schema version that has it.
    pub since: u32,
    pub role: Role,
    /// One line of Markdown, without a full stop: for reference pages, schemas and editors.
    pub about: &'static str,
    /// A value as one would write it, in YAML on one line; empty where no value makes sense.
    pub example: &'static str,
}

impl Key {
    /// What an editor shows of the key, in Markdown: what it means, since when, and an example.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}.", self.about);
        if self.since > 1 {
            text.push_str(&format!(" Since schema version {}.", self.since));
        }
        match self.role {
            Role::Read => {}
            Role::Foreign => text.push_str("\n\nFor other tools: windlass passes it over."),
            Role::Forbidden(why) => text.push_str(&format!("\n\n**Not possible here.** {why}")),
        }
        if !self.example.is_empty() {
            text.push_str(&example(self.name, self.example));
        }
        text
    }
}

/// A key with its value as a block of YAML, for the end of a Markdown text.
pub fn example(name: &str, value: &str) -> String {
    format!("\n\n```yaml\n{name}: {value}\n```")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Required,
    Optional,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Windlass reads it.
    Read,
    /// Part of the format for the sake of other tools (build tools, mostly): no finding, no effect.
    Foreign,
    /// Part of the format elsewhere, and an error here; the text says where it belongs.
    Forbidden(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// Text that is a valid identifier.
    Name,
    Text,
    /// Text or an unquoted number, kept as written.
    Version,
    Boolean,
    /// A map with free keys.
    Map,
    /// A list of texts.
    Texts,
    /// A list of maps with known keys.
    Elements,
    Anything,
}

impl Expects {
    pub(super) fn words(self) -> &'static str {
        match self {
            Expects::Name | Expects::Text => "a string",
            Expects::Version => "a version",
            Expects::Boolean => "`true` or `false`",
            Expects::Map => "a map",
            Expects::Texts => "a list of strings",
            Expects::Elements => "a list",
            Expects::Anything => "a value",
        }
    }
}

impl Element {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}
