//! What to say when a text is not YAML.
//!
//! The parser names the rule that its grammar ran into; an author wants to know which row to change. So the rows around the
//! place are looked at for the mistakes that people make: a forgotten blank, a row that is indented by one too many, a text
//! that needs quotes. What the author wrote is named by its key, never by its value, which may be a password.

use super::rows::Row;
use crate::finding::{Finding, YAML_SYNTAX};
use crate::source::{FileId, Span};
use granit_parser::ErrorKind;
use std::ops::Range;

/// A list or map in which the parser stopped, or that it had just closed.
#[derive(Clone, Copy)]
pub struct Open {
    pub list: bool,
    pub start: usize,
}

/// Returns the finding for a text at which the parser stopped: `at` is where, `seen` is behind what it understood, `open`
/// are the lists and maps around, the outermost first, and then those just closed.
pub fn syntax(kind: &ErrorKind, at: usize, seen: usize, open: &[Open], text: &str, file: FileId) -> Finding {
    // A marker at the end of the text stands in the row behind its last line end; the last row is where to look.
    let at = if at >= text.len() { text.trim_end().len() } else { at };
    let place = Place { text, at, seen: seen.min(at), open };
    let said = place.say(kind);
    let span = |range: Range<usize>| Span::new(file, range);
    let mut finding = Finding::new(&YAML_SYNTAX, span(said.at), said.message);
    if let Some((range, message)) = said.related {
        finding = finding.related(span(range), message);
    }
    match said.help {
        Some(help) => finding.help(help),
        None => finding,
    }
}

struct Said {
    at: Range<usize>,
    message: String,
    related: Option<(Range<usize>, String)>,
    help: Option<String>,
}

impl Said {
    fn new(at: Range<usize>, message: impl Into<String>) -> Said {
        Said { at, message: message.into(), related: None, help: None }
    }

    fn related(mut self, at: Range<usize>, message: impl Into<String>) -> Said {
        self.related = Some((at, message.into()));
        self
    }

    fn help(mut self, help: impl Into<String>) -> Said {
        self.help = Some(help.into());
        self
    }
}

struct Place<'t> {
    text: &'t str,
    at: usize,
    seen: usize,
    open: &'t [Open],
}

impl<'t> Place<'t> {
    fn say(&self, kind: &ErrorKind) -> Said {
        use ErrorKind as E;
        match kind {
            E::MappingValueNotAllowed | E::SimpleKeyExpected | E::InvalidSimpleKey => self.strange_key(),
            E::ExpectedBlockMappingKey
            | E::ExpectedBlockSequenceEntry
            | E::ExpectedDocumentStart
            | E::InvalidIndentation
            | E::MappingKeyNotAllowed
            | E::ExpectedNodeContent
            | E::UnexpectedEofBlockMapping
            | E::UnexpectedEofBlockSequence => self.out_of_place(),
            E::BlockSequenceEntryNotAllowed => self
                .said("A list item cannot begin in the row of its key.")
                .help("Put it into the next row, or write the list in brackets: `[a, b]`."),
            E::TabInBlockIndentation
            | E::TabInIndentation
            | E::TabNotAllowed
            | E::TabInPlainScalar
            | E::TabAtBlockScalarStart => self.tab(),
            E::UnexpectedCharacter { character } => self.character(*character),
            E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent | E::DocumentIndicatorInQuotedScalar => {
                self.open_quote()
            }
            E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => self.behind_quote(kind),
            E::UnknownQuotedScalarEscape => self.escape(),
            E::InvalidQuotedScalarHexEscape
            | E::InvalidLowSurrogateHexEscape
            | E::InvalidLowSurrogate
            | E::MissingLowSurrogate
            | E::UnpairedLowSurrogate
            | E::InvalidUnicodeEscape => self
                .said("An escape in this text does not name a character.")
                .help("Behind `\\x`, `\\u` and `\\U` stand 2, 4 and 8 hexadecimal digits. In single quotes a backslash is an ordinary character."),
            E::UnclosedFlowCollection { open } => self.said(format!("The bracket `{open}` is never closed.")),
            E::MismatchedFlowCollectionEnd { open, close } => {
                self.said(format!("The bracket `{open}` is closed by `{close}`."))
            }
            E::MisplacedFlowCollectionEnd => self
                .said("This bracket closes nothing.")
                .help("To begin a text with it, put the text in quotes."),
            E::ExpectedFlowMappingSeparator
            | E::ExpectedFlowSequenceSeparator
            | E::UnexpectedEofFlowMapping
            | E::UnexpectedEofFlowSequence
            | E::UnexpectedEofImplicitFlowMapping
            | E::InvalidColonPlacement
            | E::FlowMappingValueAdjacentCollection
            | E::InvalidFlowScalarIndent
            | E::BlockEntryInFlowCollection => self.in_brackets(),
            E::InvalidBlockScalarHeader => self
                .said("Behind `|` or `>` only an indentation, `+`, `-` or a comment may stand in the row.")
                .help("Begin the text in the next row, or put a text that begins with `|` or `>` in quotes."),
            E::ZeroBlockScalarIndent => self.said("The indentation behind `|` or `>` is a digit from 1 to 9."),
            E::InvalidBlockScalarIndent => self.said("This row of a text is indented less than the rows before it."),
            E::CommentNotSeparated => self
                .said("A comment needs a blank before its `#`.")
                .help("When the `#` is part of a text, put the whole text in quotes."),
            E::CommentInterceptedScalar => self.behind_comment(),
            E::MissingAnchorOrAliasName => self
                .said("Behind `&` or `*` the name of an anchor is expected.")
                .help("To begin a text with such a character, put the text in quotes."),
            E::UndeclaredTagHandle
            | E::InvalidTagTerminator
            | E::UnclosedVerbatimTag
            | E::InvalidGlobalTagCharacter
            | E::ExpectedTagBang
            | E::MissingTagUri
            | E::InvalidTagEscape => {
                self.said("This is not a tag.").help("To begin a text with `!`, put the text in quotes.")
            }
            E::PlainScalarStartsWithDashFlowIndicator => {
                self.said("A text cannot begin with `-` here.").help("Put the text in quotes.")
            }
            E::BomInsideDocument => self.said("A byte-order mark stands in the middle of the text.").help(
                "It cannot be seen in most editors; it usually comes from joining files. Delete the character.",
            ),
            E::InvalidDocumentEnd => self.said("Behind `...`, the end of the document, nothing may stand in the row."),
            E::MissingDocumentEndBeforeDirective => self.character('%'),
            other => self.said(plainly(&other.to_string())),
        }
    }

    /// The text from the place to the end of its word, so that there is something to underline.
    fn said(&self, message: impl Into<String>) -> Said {
        Said::new(self.word(self.at), message)
    }

    fn word(&self, from: usize) -> Range<usize> {
        let rest = &self.text[from..];
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let length = rest.find(|end: char| end.is_whitespace() || ",[]{}:".contains(end)).unwrap_or(rest.len());
        from..from + if rest.starts_with(char::is_whitespace) { 0 } else { length.max(first) }
    }

    fn row(&self) -> Row<'t> {
        Row::at(self.text, self.at)
    }

    /// A colon makes a key where none can stand, or a row has no colon where a key must stand.
    fn strange_key(&self) -> Said {
        let row = self.row();
        if let Some(colon) = row.glued_colon() {
            return missing_blank(colon, "colon", PAIR);
        }
        if let Some(dash) = row.glued_dash().filter(|_| row.above(self.text).is_some_and(Row::is_list_item)) {
            return missing_blank(dash, "dash", "An item of a list is `- value`.");
        }
        if self.at - row.content_start() > 1024 {
            return Said::new(row.content_start()..self.at, "A key has at most 1024 characters.")
                .help("Put the text in quotes if the colon belongs to it.");
        }
        let before = &self.text[row.start..self.at];
        if before.contains(": ") || before.trim_start().starts_with(['"', '\'', '[', '{']) {
            let key = row.key().map_or("key", |key| key.name);
            return self
                .said("A second colon in one row: a value that holds a colon and a blank must stand in quotes.")
                .help(format!("Write `{key}: \"…\"`, or give each key a row of its own."));
        }
        let Some(key) = row.key().filter(|_| self.text[self.at..].starts_with(':')) else {
            return Said::new(
                row.content_range(),
                "This row has no colon: it is neither a key with a value nor a list item.",
            )
            .help(
                "A row of a map is `key: value`, with a blank behind the colon. Longer texts need `|`, `>` or quotes.",
            );
        };
        let Some(above) = row.above(self.text) else { return self.said("No key can stand here.") };
        if let Some(colon) = above.glued_colon() {
            return missing_blank(colon, "colon", PAIR);
        }
        match above.key() {
            Some(owner) if row.content_start() > owner.start => deeper(row, key.range(), owner),
            _ if row.is_list_item() && row.content_start() > above.content_start() => {
                Said::new(row.content_range(), "This list item is indented deeper than the row above, which is a text.")
                    .help("Indent it like the other items of its list.")
            }
            _ => Said::new(above.content_range(), "This row has no colon, but the next one is a key of a map.")
                .help("A row of a map is `key: value`, with a blank behind the colon.")
                .related(key.range(), "the next key"),
        }
    }

    /// A row begins where nothing open can go on.
    fn out_of_place(&self) -> Said {
        let row = self.row();
        let leading = |character| character == '-' || character == ' ';
        // Something behind a complete value of the same row.
        if !self.text[row.content_start().min(self.at)..self.at].chars().all(leading) {
            let first = self.text[self.at..].chars().next().unwrap_or(' ');
            if first == ',' {
                return self.character(first);
            }
            return self
                .said("The value ends before this, and nothing else may stand in its row.")
                .help("Put the whole value in quotes if it is one text.");
        }
        if let Some(colon) = row.glued_colon() {
            return missing_blank(colon, "colon", PAIR);
        }
        let name = match row.key() {
            Some(key) if row.is_list_item() => format!("`- {}`", key.name),
            Some(key) => format!("`{}`", key.name),
            None => "this row".to_owned(),
        };
        let column = self.column(row.content_start());
        let blocks: Vec<Open> = self.open.iter().copied().filter(|open| !self.in_bracket(*open)).collect();
        let same = blocks.iter().rev().find(|open| self.column(open.start) == column);
        let range = self.named(row);
        match same {
            Some(open) if open.list && row.glued_dash().is_some() => {
                missing_blank(row.content_start(), "dash", "An item of a list is `- value`.")
            }
            Some(open) if open.list => {
                let said =
                    Said::new(range, format!("In the column of the list's dashes stands {name}, which has no dash."));
                said.related(self.word(open.start), "the list begins here")
                    .help("Begin it with `- `, or indent it like the map that it belongs to.")
            }
            Some(open) if row.is_list_item() => {
                let said = Said::new(row.content_range(), "A list item stands where a key is expected.");
                said.related(self.word(open.start), "the keys of the map stand in this column").help(
                    "Indent the item like its list, or put the key above it that the list belongs to (`modules:`).",
                )
            }
            _ => self.fits_nothing(row, &name, &blocks),
        }
    }

    fn fits_nothing(&self, row: Row<'t>, name: &str, blocks: &[Open]) -> Said {
        let range = self.named(row);
        let blanks = row.content_start() - row.start;
        let said = Said::new(range, format!("The indentation of {name}, {}, fits nothing above it.", count(blanks)));
        // The two levels between which it stands are what the author may have meant.
        let columns = || blocks.iter().map(|open| (self.column(open.start), *open));
        let deeper = columns().filter(|(column, _)| *column > blanks).min_by_key(|(column, _)| *column);
        let lesser = columns().filter(|(column, _)| *column < blanks).max_by_key(|(column, _)| *column);
        let what = |(column, open): (usize, Open)| {
            let kind = if open.list { "the list" } else { "the map" };
            let row = Row::at(self.text, open.start);
            let name = match row.key() {
                Some(key) if open.list => format!("`- {}`", key.name),
                Some(key) => format!("`{}`", key.name),
                None => "a text".to_owned(),
            };
            format!("{} for {kind} that begins with {name}", count(column))
        };
        let help = match (deeper, lesser) {
            (Some(deeper), Some(lesser)) => format!("Give it {}, or {}.", what(deeper), what(lesser)),
            (Some(one), None) | (None, Some(one)) => format!("Give it {}.", what(one)),
            (None, None) => "Indent it like the rows above.".to_owned(),
        };
        let said = said.help(help);
        match deeper.or(lesser) {
            Some((_, open)) => said
                .related(self.word(open.start), if open.list { "the list begins here" } else { "the map begins here" }),
            None => said,
        }
    }

    /// What to underline of a row: up to its key, else all of it.
    fn named(&self, row: Row<'t>) -> Range<usize> {
        row.key().map_or(row.content_range(), |key| row.content_start()..key.range().end)
    }

    /// How many characters stand before an offset in its row.
    fn column(&self, offset: usize) -> usize {
        let row = Row::at(self.text, offset);
        self.text[row.start..offset].trim_start_matches('\u{feff}').chars().count()
    }

    fn in_bracket(&self, open: Open) -> bool {
        self.text[open.start..].starts_with(['[', '{'])
    }

    fn tab(&self) -> Said {
        // For a text over several rows the parser points at its beginning.
        let start = self.row().start;
        let tabs = self.text[start..].match_indices('\t').map(|(at, _)| start + at).take(100);
        let tab = tabs.into_iter().find(|at| Row::at(self.text, *at).content_start() > *at);
        let message = "A tab stands in the indentation, where YAML allows blanks only.";
        tab.map_or_else(|| self.said(message), |tab| Said::new(tab..tab + 1, message)).help("Replace it by blanks.")
    }

    fn character(&self, character: char) -> Said {
        let range = self.at..self.at + self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        if character.is_control() {
            let message = format!("The control character U+{:04X} cannot stand in YAML.", u32::from(character));
            return Said::new(range, message).help("In double quotes it can be written as an escape, such as `\\x07`.");
        }
        let shown = if character == '`' { "a backtick".to_owned() } else { format!("`{character}`") };
        Said::new(range, format!("A text cannot begin with {shown}.")).help("Put the whole text in quotes.")
    }

    fn open_quote(&self) -> Said {
        let quote = self.text[self.seen..].find(['"', '\'']).map(|at| self.seen + at).filter(|quote| *quote <= self.at);
        let quote = quote.unwrap_or(self.at);
        let said = Said::new(quote..self.word(quote).end.max(quote), "The quote that opens here is not closed.")
            .help("Close it. The further rows of a text over several rows are indented deeper than its key.");
        if Row::at(self.text, quote).start == self.row().start {
            said
        } else {
            said.related(self.row().content_range(), "this row cannot belong to the text any more")
        }
    }

    fn behind_quote(&self, kind: &ErrorKind) -> Said {
        let said = self.said("Behind the closing quote, nothing else may stand in the row.");
        if self.text[self.at..].split_whitespace().next().is_some_and(|word| word.ends_with(':')) {
            return said.help("Give each key a row of its own.");
        }
        said.help(match kind {
            ErrorKind::InvalidTrailingSingleQuotedScalar => {
                "A single quote inside single quotes is written twice: `'it''s'`."
            }
            _ => "A double quote inside double quotes is written `\\\"`.",
        })
    }

    fn escape(&self) -> Said {
        let mut characters = self.text[self.at..].char_indices().skip(1);
        while let Some((offset, character)) = characters.next() {
            let Some((_, escaped)) = (character == '\\').then(|| characters.next()).flatten() else { continue };
            if !"0abt\tnvfre \"/\\N_LPxuU\r\n".contains(escaped) {
                let start = self.at + offset;
                let message = format!("`\\{escaped}` is no escape that YAML knows.");
                return Said::new(start..start + 1 + escaped.len_utf8(), message).help(
                    "Write the backslash twice, or use single quotes, where a backslash is an ordinary character. In a path, write `/`.",
                );
            }
        }
        self.said("A backslash in this text begins no escape that YAML knows.")
    }

    fn in_brackets(&self) -> Said {
        let bracket = self.open.iter().rev().find(|open| self.in_bracket(**open));
        let Some(bracket) = bracket else {
            return self.said("This cannot stand in brackets.");
        };
        let before = &self.text[..self.at];
        if before.ends_with(['$', '~']) && self.text[self.at..].starts_with('{') {
            return Said::new(
                self.at - 1..self.at + 1,
                "In brackets, a placeholder or reference must stand in quotes.",
            )
            .related(bracket.start..bracket.start + 1, "the bracket opens here")
            .help("Write `\"${…}\"`; without quotes, `{` begins a map in there.");
        }
        let opening = &self.text[bracket.start..=bracket.start];
        let closing = if opening == "[" { "]" } else { "}" };
        let said = self
            .said(format!("In the brackets `{opening}…{closing}`, a `,` or the `{closing}` is expected before this."))
            .related(bracket.start..bracket.start + 1, "the bracket opens here");
        said.help(format!(
            "Close the bracket before this row, or put a text with `:`, `,` or `{closing}` in it in quotes."
        ))
    }

    fn behind_comment(&self) -> Said {
        let Some(below) = self.row().below(self.text) else {
            return self.said("A comment ends this text, so it cannot go on below.");
        };
        match self.row().key() {
            Some(owner) if below.content_start() - below.start > owner.start - self.row().start => {
                let range = below.key().map_or(below.content_range(), |key| key.range());
                deeper(below, range, owner)
            }
            _ => Said::new(below.content_range(), "This row goes on with a text that a comment has ended.")
                .related(self.row().content_range(), "the text begins here")
                .help("Put the text in quotes, or the comment into a row of its own."),
        }
    }
}

/// A row below `owner: value` that is indented as if it belonged to it.
fn deeper(row: Row<'_>, range: Range<usize>, owner: super::rows::Key<'_>) -> Said {
    let message = match (row.is_list_item(), row.key()) {
        (true, _) => format!("This list item is indented deeper than `{}`, which has a value already.", owner.name),
        (false, Some(key)) => {
            format!("`{}` is indented deeper than `{}`, which has a value already.", key.name, owner.name)
        }
        (false, None) => format!("This row is indented deeper than `{}`, which has a value already.", owner.name),
    };
    let help = if let Some(item) = owner.name.strip_prefix('-') {
        format!("Put a blank behind the dash of the row above: `- {item}: …`.")
    } else if row.is_list_item() {
        "Is the key missing above, to which this list belongs (`modules:`, `resources:`)?".to_owned()
    } else {
        format!("Indent both alike if they belong to one map, or put what belongs to `{}` below it only.", owner.name)
    };
    Said::new(range, message).related(owner.range(), "a value follows this key in its own row").help(help)
}

const PAIR: &str = "A row of a map is `key: value`.";

fn missing_blank(at: usize, behind: &str, help: &str) -> Said {
    Said::new(at..at + 1, format!("A blank is missing behind this {behind}.")).help(help)
}

fn count(blanks: usize) -> String {
    match blanks {
        0 => "no blanks".to_owned(),
        1 => "1 blank".to_owned(),
        more => format!("{more} blanks"),
    }
}

/// A message of the parser as a sentence, without what it was doing at the time.
fn plainly(message: &str) -> String {
    let rest = match message.split_once(", ") {
        Some((doing, rest)) if doing.starts_with("while ") => rest,
        _ => message,
    };
    let mut characters = rest.chars();
    let first = characters.next().map(char::to_uppercase).into_iter().flatten();
    let mut sentence: String = first.chain(characters).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}
