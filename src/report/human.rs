//! Findings for people: the text, what is wrong with it, and the way out.
//!
//! miette draws the snippets; no other file knows it. A miette diagnostic has one source text and ours may point into
//! several, so a finding is drawn file by file.

use super::hidden::Hidden;
use super::paint::{Colour, Paint, harmless};
use crate::finding::{Finding, Findings, Severity};
use crate::source::{FileId, Sources, Span, Text};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SpanContents};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Past this many, more findings about one file help nobody.
const SHOWN_PER_FILE: usize = 100;
/// A longer row (minified text) is not quoted.
const LONGEST_ROW: usize = 1000;

#[derive(Clone, Copy, Debug)]
pub struct Style {
    pub colour: Colour,
    /// In columns.
    pub width: usize,
}

/// Renders findings in their order, at most `SHOWN_PER_FILE` for a file, and says how many were left out.
pub fn render(sources: &Sources, findings: &Findings, style: Style) -> String {
    let mut out = String::new();
    let mut count: BTreeMap<FileId, usize> = BTreeMap::new();
    let mut shown: BTreeMap<FileId, Quotable<'_>> = BTreeMap::new();
    let hidden = Hidden::of(sources);
    for finding in findings.iter() {
        let number = count.entry(finding.at.file).or_default();
        *number += 1;
        if *number <= SHOWN_PER_FILE {
            for file in std::iter::once(finding.at.file).chain(finding.related.iter().map(|related| related.at.file)) {
                shown.entry(file).or_insert_with(|| Quotable::new(sources.get(file), hidden.text(file)));
            }
            one(finding, &shown, &hidden, style, &mut out);
            out.push('\n');
        }
    }
    for (file, number) in count.into_iter().filter(|(_, number)| *number > SHOWN_PER_FILE) {
        out.push_str(&format!("and {} more in {}\n", number - SHOWN_PER_FILE, sources.get(file).name()));
    }
    out
}

/// What could not be done, why, and what to do next.
pub fn message(what: &str, why: Option<&str>, next: &[String], colour: Colour) -> String {
    let mut out = format!("{}: {}\n", colour.paint(Paint::Red, "error"), harmless(what));
    let indented = |text: &str| harmless(text).replace('\n', "\n        ");
    if let Some(why) = why {
        out.push_str(&format!("   why: {}\n", indented(why)));
    }
    for step in next {
        out.push_str(&format!("  {}: {}\n", colour.paint(Paint::Cyan, "next"), indented(step)));
    }
    out
}

fn one(finding: &Finding, texts: &BTreeMap<FileId, Quotable<'_>>, hidden: &Hidden<'_>, style: Style, out: &mut String) {
    let paint = match finding.severity {
        Severity::Error => Paint::Red,
        Severity::Warning => Paint::Yellow,
        Severity::Info => Paint::Blue,
    };
    let heading = style.colour.paint(paint, format_args!("{}[{}]", finding.severity.word(), finding.code.id));
    out.push_str(&format!("{heading}: {}\n", finding.code.title));

    // The finding's own file first, then the others in the order of their first mention.
    let mut files = vec![finding.at.file];
    for related in &finding.related {
        if !files.contains(&related.at.file) {
            files.push(related.at.file);
        }
    }
    let draw = |part: &Part<'_>, out: &mut String| draw(part, finding.severity, style, out);
    draw(&Part { message: Some(&harmless(&hidden.over(&finding.message))), ..Part::default() }, out);
    for file in files {
        let Some(text) = texts.get(&file) else { continue };
        let mut labels = Vec::new();
        if finding.at.file == file {
            labels.push((finding.at, finding.label.as_deref(), true));
        }
        for related in finding.related.iter().filter(|related| related.at.file == file) {
            labels.push((related.at, Some(&*related.message), false));
        }
        if labels.iter().all(|(at, ..)| text.can_quote(*at)) {
            let labels = labels.into_iter().map(|(at, label, primary)| text.label(at, label, primary)).collect();
            draw(&Part { source: Some(text), labels, ..Part::default() }, out);
        } else {
            for (at, label, _) in labels {
                let place = text.text.position(at.start);
                let label = label.map(|label| format!(": {}", harmless(label))).unwrap_or_default();
                out.push_str(&format!("   at {}:{}:{}{label}\n", text.text.name(), place.row, place.column));
            }
        }
    }
    if let Some(help) = &finding.help {
        draw(&Part { help: Some(&harmless(&hidden.over(help))), ..Part::default() }, out);
    }
    out.push_str(&format!("  {}: windlass explain {}\n", style.colour.paint(Paint::Cyan, "next"), finding.code.id));
}

/// Draws one part with miette. Without a message, its line for the message is dropped.
fn draw(part: &Part<'_>, severity: Severity, style: Style, out: &mut String) {
    let mut theme = GraphicalTheme::unicode_nocolor();
    if style.colour == Colour::On {
        theme.styles = miette::ThemeStyles::ansi();
    }
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_width(style.width.clamp(40, 140))
        // A name that is broken at its hyphen cannot be copied.
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
        .with_context_lines(1);
    let mut text = String::new();
    let diagnostic = Drawn { part, severity };
    handler.render_report(&mut text, &diagnostic).expect("writing to a string does not fail");
    match part.message {
        Some(_) => out.push_str(&text),
        None => out.push_str(text.split_once('\n').map_or("", |(_, rest)| rest)),
    }
}

/// A piece of a finding: its sentence, or its places in one file, or its help.
#[derive(Default)]
struct Part<'a> {
    message: Option<&'a str>,
    source: Option<&'a Quotable<'a>>,
    labels: Vec<LabeledSpan>,
    help: Option<&'a str>,
}

struct Drawn<'a> {
    part: &'a Part<'a>,
    severity: Severity,
}

impl std::fmt::Debug for Drawn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.part.message.unwrap_or("-"))
    }
}

impl std::error::Error for Drawn<'_> {}

impl miette::Diagnostic for Drawn<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Info => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.part.help.map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.part.source.map(|source| source as &dyn miette::SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.part.labels.iter().cloned()))
    }
}

/// A text that miette can quote: found by its row index, so that a late row of a long file is as cheap as an early one.
struct Quotable<'a> {
    text: &'a Text,
    /// The same number of bytes as the text: secrets and what would steer a terminal are replaced, and a bare CR, which ends a row for
    /// us, is a line feed for miette.
    shown: Cow<'a, str>,
}

impl<'a> Quotable<'a> {
    fn new(text: &'a Text, source: Cow<'a, str>) -> Quotable<'a> {
        let harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
        if !source.contains(harmful) {
            return Quotable { text, shown: source };
        }
        let mut shown = String::with_capacity(source.len());
        let mut characters = source.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '\r' if characters.peek() == Some(&'\n') => shown.push('\r'),
                '\r' => shown.push('\n'),
                c if harmful(c) => shown.extend(std::iter::repeat_n('?', c.len_utf8())),
                c => shown.push(c),
            }
        }
        Quotable { text, shown: shown.into() }
    }

    fn row_of(&self, offset: usize) -> usize {
        self.text.rows().partition_point(|start| *start as usize <= offset).max(1) - 1
    }

    /// Where a row begins; rows behind the last begin at the end of the text.
    fn row_start(&self, row: usize) -> usize {
        self.text.rows().get(row).map_or(self.shown.len(), |start| *start as usize)
    }

    /// Whether the rows around a place are there and short enough to be quoted.
    fn can_quote(&self, at: Span) -> bool {
        let row = self.row_of(at.range().start);
        at.range().start <= self.shown.len()
            && !self.shown.is_empty()
            && (row.saturating_sub(1)..=row + 1).all(|row| self.row_start(row + 1) - self.row_start(row) <= LONGEST_ROW)
    }

    /// A label on the first row of a place: a whole module underlined says less than its first line.
    fn label(&self, at: Span, text: Option<&str>, primary: bool) -> LabeledSpan {
        let start = at.range().start.min(self.shown.len());
        let row_end = self.row_start(self.row_of(start) + 1);
        let first_row = self.shown.get(start..row_end.min(at.range().end).max(start)).unwrap_or_default();
        let span = (start, first_row.trim_end().len());
        let text = text.map(|text| harmless(text).into_owned());
        if primary { LabeledSpan::new_primary_with_span(text, span) } else { LabeledSpan::new_with_span(text, span) }
    }
}

impl miette::SourceCode for Quotable<'_> {
    fn read_span<'b>(
        &'b self,
        span: &miette::SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'b> + 'b>, MietteError> {
        let end = span.offset() + span.len();
        if end > self.shown.len() {
            return Err(MietteError::OutOfBounds);
        }
        let (first, last) = (self.row_of(span.offset()), self.row_of(end));
        let from = first.saturating_sub(context_lines_before);
        let to = (last + context_lines_after).min(self.text.rows().len() - 1);
        // Without context miette asks for a place, not for rows.
        let (start, column) = if context_lines_before == 0 {
            let offset = u32::try_from(span.offset()).unwrap_or(u32::MAX);
            (span.offset(), self.text.position(offset).column as usize - 1)
        } else {
            (self.row_start(from), 0)
        };
        let data = &self.shown.as_bytes()[start..self.row_start(to + 1)];
        Ok(Box::new(MietteSpanContents::new_named(
            harmless(self.text.name()).into_owned(),
            data,
            (start, data.len()).into(),
            from,
            column,
            to - from + 1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::YAML_SYNTAX;

    const STYLE: Style = Style { colour: Colour::Off, width: 80 };

    fn rendered(text: &str, at: std::ops::Range<usize>) -> String {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", text);
        let finding = Finding::new(&YAML_SYNTAX, Span::new(file, at), "Something is wrong.").label("here");
        render(&sources, &[finding].into_iter().collect(), STYLE)
    }

    #[test]
    fn a_place_of_many_rows_is_marked_on_its_first() {
        let text = rendered("a:\n  b: 1\n  c: 2\nd: 3\n", 0..17);
        assert!(text.contains("─[a.yaml:1:1]") && !text.contains("c: 2"), "{text}");
    }

    #[test]
    fn rows_are_counted_as_everywhere_else_when_a_bare_carriage_return_ends_them() {
        let text = rendered("a: 1\rb: 2\rc: 3\r", 10..11);
        assert!(text.contains("─[a.yaml:3:1]") && text.contains(" 3 │ c: 3"), "{text}");
    }

    #[test]
    fn a_secret_is_not_quoted() {
        let text = rendered("a: !sensitive hunter2\nb: 1\n", 22..23);
        assert!(!text.contains("hunter2") && text.contains("!sensitive *******"), "{text}");
    }

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        let text = rendered("a: \u{1b}[31mred\u{9b}\n", 3..4);
        assert!(!text.contains(['\u{1b}', '\u{9b}']) && text.contains("?[31mred"), "{text}");
    }

    #[test]
    fn an_endless_row_is_named_and_not_quoted() {
        let text = rendered(&format!("a: {}\n", "x".repeat(5000)), 3..4);
        assert!(text.contains("at a.yaml:1:4: here") && text.len() < 500, "{text}");
    }

    #[test]
    fn places_at_and_behind_the_end_are_shown() {
        for at in [0..0, 5..5, 4..5, 900..901] {
            assert!(rendered("a: 1\n", at.clone()).contains("a.yaml:"), "{at:?}");
        }
        assert!(rendered("", 0..0).contains("at a.yaml:1:1"));
    }

    #[test]
    fn after_a_hundred_findings_the_rest_is_counted() {
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", "a: 1\n".repeat(130));
        let finding = |row: usize| Finding::new(&YAML_SYNTAX, Span::new(file, row * 5..row * 5 + 1), "Wrong.");
        let text = render(&sources, &(0..130).map(finding).collect(), STYLE);
        assert_eq!(text.matches("error[yaml-syntax]").count(), 100);
        assert!(text.ends_with("and 30 more in a.yaml\n"));
    }
}
