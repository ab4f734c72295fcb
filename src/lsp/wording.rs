//! Answers in the shapes of the protocol: the only file that turns spans into positions and names into addresses.

use super::actions::{Action, Preferred};
use super::capabilities::FIX_ALL;
use super::client::Client;
use super::command::EXPLAIN;
use super::complete::Item;
use super::diagnostics::tag;
use super::family::Family;
use super::index::{Occurrence, Role};
use super::inlay::Hint;
use super::outline::Kind;
use super::protocol::{Location, Range, TextEdit};
use super::symbols::Symbol;
use super::tokens::Token;
use super::workspace::Workspace;
use crate::finding::{Edit, Finding};
use crate::report::hidden::Hidden;
use crate::source::{FileId, Span};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Says things about one family to one client.
pub struct Wording<'a> {
    pub family: &'a Family,
    pub workspace: &'a Workspace,
    pub client: &'a Client,
}

impl Wording<'_> {
    pub fn range(&self, span: Span) -> Range {
        self.family.lines(span.file).range_of(self.family.text(span.file), span.range(), self.client.encoding)
    }

    pub fn uri(&self, file: FileId) -> String {
        self.family.member(file).map(|member| self.workspace.uri(&member.name)).unwrap_or_default()
    }

    pub fn location(&self, span: Span) -> Location {
        Location { uri: self.uri(span.file), range: self.range(span) }
    }

    pub fn edit(&self, span: Span, content: &str) -> TextEdit {
        TextEdit { range: self.range(span), new_text: content.to_owned() }
    }

    /// Edits of several files, with the versions they are meant for where the client takes them.
    pub fn workspace_edit(&self, edits: &[(Span, String)]) -> Value {
        let mut by_file: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
        for (span, content) in edits {
            by_file.entry(span.file).or_default().push(self.edit(*span, content));
        }
        if self.client.document_changes {
            let changes = by_file.iter().map(|(file, edits)| {
                let version = self.family.member(*file).and_then(|member| self.workspace.version(&member.name));
                json!({"textDocument": {"uri": self.uri(*file), "version": version}, "edits": edits})
            });
            json!({"documentChanges": changes.collect::<Vec<_>>()})
        } else {
            let changes = by_file.iter().map(|(file, edits)| (self.uri(*file), json!(edits)));
            json!({"changes": changes.collect::<serde_json::Map<_, _>>()})
        }
    }

    pub fn diagnostic(&self, finding: &Finding, hidden: &Hidden<'_>) -> Value {
        let mut message = hidden.over(&finding.message).into_owned();
        if let Some(help) = &finding.help {
            message = format!("{message}\n{}", hidden.over(help));
        }
        let severity = match finding.severity.word() {
            "error" => 1,
            "warning" => 2,
            "info" => 3,
            _ => 4,
        };
        let mut diagnostic = json!({
            "range": self.range(finding.at),
            "severity": severity,
            "code": finding.code.id,
            "source": "windlass",
            "message": message,
        });
        if let Some(tag) = tag(finding.code) {
            diagnostic["tags"] = json!([tag as u8]);
        }
        if self.client.related_information || self.client.pulls {
            let related = finding.related.iter().filter(|related| self.family.member(related.at.file).is_some());
            let related: Vec<Value> = related
                .map(|related| json!({"location": self.location(related.at), "message": hidden.over(&related.message)}))
                .collect();
            if !related.is_empty() {
                diagnostic["relatedInformation"] = json!(related);
            }
        }
        diagnostic
    }

    pub fn symbol(&self, symbol: &Symbol) -> Value {
        let children: Vec<Value> = symbol.children.iter().map(|child| self.symbol(child)).collect();
        json!({
            "name": symbol.name,
            "detail": symbol.detail,
            "kind": symbol_kind(symbol.kind),
            "range": self.range(symbol.span),
            "selectionRange": self.range(symbol.selection),
            "children": children,
        })
    }

    /// The same without nesting, for clients that know no other form.
    pub fn flat_symbols(&self, symbols: &[Symbol], around: &str, out: &mut Vec<Value>) {
        for symbol in symbols {
            out.push(self.symbol_information(symbol, around));
            self.flat_symbols(&symbol.children, &symbol.name, out);
        }
    }

    pub fn symbol_information(&self, symbol: &Symbol, around: &str) -> Value {
        json!({
            "name": symbol.name,
            "kind": symbol_kind(symbol.kind),
            "location": self.location(symbol.selection),
            "containerName": around,
        })
    }

    /// The bytes of a range.
    pub fn bytes(&self, file: FileId, range: Range) -> std::ops::Range<usize> {
        let (lines, text) = (self.family.lines(file), self.family.text(file));
        let offset = |position| lines.offset(text, position, self.client.encoding);
        offset(range.start)..offset(range.end)
    }

    /// `at`: its place in the list, which editors would change to that of the alphabet.
    pub fn completion(&self, item: &Item, at: usize, hidden: &Hidden<'_>) -> Value {
        let mut completion = json!({
            "label": item.label,
            "kind": item.kind as u8,
            "sortText": format!("{at:05}"),
            "filterText": item.label,
            "insertTextFormat": 1,
            // Line ends in it are indented already.
            "insertTextMode": 1,
            "textEdit": self.edit(item.at, &item.insert),
        });
        if !item.besides.is_empty() {
            let edits: Vec<_> = item.besides.iter().map(|edit| self.edit(edit.at, &edit.content)).collect();
            completion["additionalTextEdits"] = json!(edits);
        }
        if !item.detail.is_empty() {
            completion["detail"] = json!(hidden.over(&item.detail));
        }
        if !item.documentation.is_empty() {
            completion["documentation"] = json!({"kind": "markdown", "value": item.documentation});
        }
        completion
    }

    pub fn hint(&self, file: FileId, hint: &Hint, hidden: &Hidden<'_>) -> Value {
        let position = self.family.lines(file).position(self.family.text(file), hint.at, self.client.encoding);
        let (label, tooltip) = (hidden.over(&hint.text), hidden.over(&hint.more));
        json!({"position": position, "label": label, "tooltip": tooltip, "paddingLeft": true})
    }

    /// Five numbers each: lines and characters from the one before, length, kind, nothing.
    pub fn tokens(&self, tokens: &[(Span, Token)]) -> Value {
        let mut data: Vec<u32> = Vec::with_capacity(tokens.len() * 5);
        let (mut line, mut character) = (0, 0);
        for (span, token) in tokens {
            let Range { start, end } = self.range(*span);
            // The protocol has no token of several lines, and a hole has none either.
            if start.line != end.line {
                continue;
            }
            let from = if start.line == line { start.character - character } else { start.character };
            data.extend([start.line - line, from, end.character - start.character, *token as u32, 0]);
            (line, character) = (start.line, start.character);
        }
        json!({"data": data})
    }

    /// `None` when the client could not take it.
    pub fn action(&self, action: &Action<'_>, hidden: &Hidden<'_>) -> Option<Value> {
        let explain = |finding: &Finding| {
            let title = format!("Explain `{}`", finding.code.id);
            json!({"title": title, "command": EXPLAIN, "arguments": [finding.code.id]})
        };
        if !self.client.action_literals {
            return match action {
                Action::Explain(finding) => Some(explain(finding)),
                Action::Edit { .. } | Action::FixAll(_) => None,
            };
        }
        Some(match action {
            Action::Edit { finding, title, edits, preferred } => json!({
                "title": hidden.over(title),
                "kind": "quickfix",
                "diagnostics": [self.diagnostic(finding, hidden)],
                "isPreferred": *preferred == Preferred::Yes,
                "edit": self.workspace_edit(&written(edits)),
            }),
            Action::Explain(finding) => json!({
                "title": format!("Explain `{}`", finding.code.id),
                "kind": "quickfix",
                "diagnostics": [self.diagnostic(finding, hidden)],
                "command": explain(finding),
            }),
            Action::FixAll(edit) => json!({
                "title": "Apply all fixes that change no meaning",
                "kind": FIX_ALL,
                "edit": self.workspace_edit(&written(std::slice::from_ref(edit))),
            }),
        })
    }

    pub fn highlight(&self, occurrence: &Occurrence) -> Value {
        let kind = match occurrence.role {
            Role::Definition | Role::Change => 3,
            Role::Reference => 2,
        };
        json!({"range": self.range(occurrence.at), "kind": kind})
    }
}

fn written(edits: &[Edit]) -> Vec<(Span, String)> {
    edits.iter().map(|edit| (edit.at, edit.content.clone())).collect()
}

/// The nearest of the protocol's kinds: module, interface, object, event, and so on.
fn symbol_kind(kind: Kind) -> u8 {
    match kind {
        Kind::Root => 1,
        Kind::Module => 2,
        Kind::Provides => 11,
        Kind::Requires => 20,
        Kind::Hook => 24,
        Kind::Resource => 19,
    }
}
