//! Whatever is in the texts and wherever the cursor is, every feature has an answer, and every place in it is in a text.

use super::actions::{Action, actions, fix_all};
use super::command::resolved;
use super::complete::{Beyond, complete};
use super::definition::{Declaration, definition, highlights, references};
use super::family::{Family, Surroundings};
use super::folding::folds;
use super::format::format;
use super::hover::hover;
use super::inlay::hints;
use super::links::links;
use super::peek::is_ours_by_name;
use super::position::Encoding;
use super::protocol::{Change, FormatOptions, Position, Range};
use super::rename::{prepare, published, rename};
use super::settings::{Place, Places};
use super::symbols::{Symbol, symbols};
use super::tokens::tokens;
use super::workspace::Workspace;
use crate::package::Listings;
use crate::source::{FileId, Span};
use crate::target::supply::Supplies;
use crate::target::{Compat, Facts, Generator, Space, Target};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

const DESCRIPTOR: &str = include_str!("../../testdata/lsp/values-are-shown-with-their-origin/mtad.yaml");
const EXTENSION: &str = include_str!("../../testdata/lsp/values-are-shown-with-their-origin/prod.mtaext");

/// Addresses that are no files, so that nothing on this machine plays a part.
const NAMES: [&str; 2] = ["test:/mtad.yaml", "test:/prod.mtaext"];

fn workspace(descriptor: &str, extension: &str) -> Workspace {
    workspace_of([(NAMES[0].to_owned(), descriptor.to_owned()), (NAMES[1].to_owned(), extension.to_owned())])
}

fn workspace_of(texts: impl IntoIterator<Item = (String, String)>) -> Workspace {
    let space = Space { org: "local".into(), space: "dev".into() };
    let facts = Facts {
        timestamp: "1735689600000".into(),
        user: "tester".into(),
        engine_url: "unix:///engine".into(),
        generated: Generator::new([0; 32]),
        supplies: Supplies::unasked(),
    };
    let target = Target::built_in(space, None, Compat::Documented);
    let settings = Places { project: Place::Nowhere, users: None };
    let surroundings = Surroundings {
        target,
        target_is_known: false,
        facts,
        texts: Vec::new(),
        settings,
        listings: Listings::default(),
    };
    let mut workspace = Workspace::new(Arc::new(surroundings));
    for (name, text) in texts {
        workspace.opened(name, 1, text);
    }
    workspace
}

fn family(workspace: &mut Workspace, name: &str) -> Option<(Rc<Family>, FileId)> {
    let family = workspace.family(&name.into())?;
    let file = family.file(name)?;
    Some((family, file))
}

fn in_text(family: &Family, at: Span) {
    let text = family.text(at.file);
    assert!(text.get(at.range()).is_some(), "{at:?} is no place in\n{text}");
}

/// Asks everything that there is to ask.
fn ask_everything(family: &Family, file: FileId, offset: usize) {
    ask_at(family, file, offset);
    if prepare(family, file, offset).is_ok() {
        rename(family, file, offset, "other", &[]).into_iter().flatten().for_each(|(at, _)| in_text(family, at));
    }
    ask_about_file(family, file);
}

/// Asks everything that is about one place.
fn ask_at(family: &Family, file: FileId, offset: usize) {
    let in_text = |at: Span| in_text(family, at);
    hover(family, file, offset).into_iter().for_each(|hover| in_text(hover.at));
    definition(family, file, offset).into_iter().for_each(in_text);
    references(family, file, offset, Declaration::Included).into_iter().for_each(|one| in_text(one.at));
    highlights(family, file, offset).into_iter().for_each(|one| in_text(one.at));
    complete(family, file, offset, &Beyond::default).into_iter().for_each(|item| {
        in_text(item.at);
        item.besides.iter().for_each(|edit| in_text(edit.at));
    });
    if let Ok((at, name)) = prepare(family, file, offset) {
        in_text(at);
        let there = family.text(file).get(at.range()).unwrap_or_default();
        assert!(there == name || there.starts_with(['"', '\'']), "{name} is not {there}");
        _ = published(family, file, offset);
    }
}

fn ask_about_file(family: &Family, file: FileId) {
    let in_text = |at: Span| in_text(family, at);
    let all = 0..family.text(file).len();
    symbols(family, file).iter().for_each(|symbol| all_symbols(symbol, &in_text));
    hints(family, file, all.clone()).iter().for_each(|hint| in_text(Span::new(file, hint.at..hint.at)));
    let tokens = tokens(family, file, all.clone());
    assert!(tokens.windows(2).all(|pair| pair[0].0.end <= pair[1].0.start), "tokens over each other");
    tokens.into_iter().for_each(|(at, _)| in_text(at));
    links(family, file).into_iter().for_each(|link| in_text(link.at));
    assert!(folds(family, file).iter().all(|(first, last, _)| first < last && *last < family.lines(file).count()));
    let options =
        FormatOptions { trim_trailing_whitespace: true, insert_final_newline: true, trim_final_newlines: true };
    format(family, file, options).into_iter().for_each(|(at, _)| in_text(at));
    for action in actions(family, file, all).into_iter().chain(fix_all(family, file)) {
        match action {
            Action::Edit { edits, .. } => edits.into_iter().for_each(|edit| in_text(edit.at)),
            Action::FixAll(edit) => in_text(edit.at),
            Action::Explain(_) => {}
        }
    }
    family.findings().iter().filter(|finding| family.member(finding.at.file).is_some()).for_each(|one| in_text(one.at));
    _ = resolved(family, file);
}

fn all_symbols(symbol: &Symbol, visit: &impl Fn(Span)) {
    visit(symbol.span);
    visit(symbol.selection);
    assert!(symbol.span.start <= symbol.selection.start && symbol.selection.end <= symbol.span.end);
    symbol.children.iter().for_each(|child| all_symbols(child, visit));
}

/// What people type, and what breaks texts.
const PIECES: [&str; 36] = [
    "",
    "${",
    "~{",
    "}",
    "~{backend-api/",
    "${greeting}",
    "\n",
    "  ",
    "    - ",
    "- name: ",
    "name: web",
    "requires:\n",
    "é😀",
    "\"",
    "'",
    "&a ",
    "*a",
    "!sensitive ",
    "|\n",
    ">-\n",
    "#",
    "\t",
    "[",
    "{",
    ":",
    ": ",
    "<<: *a",
    "ID: shop",
    "extends: shop-prod",
    "\r\n",
    "\r",
    "\u{feff}",
    "---\n",
    "~{${x}/y}",
    "properties-metadata:\n",
    "${a/b/0}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_edit_and_no_place_is_too_much(
        edits in prop::collection::vec((any::<bool>(), 0..45_u32, 0..50_u32, 0..3_u32, 0..12_u32, 0..PIECES.len()), 1..8),
        places in prop::collection::vec(any::<prop::sample::Index>(), 3),
    ) {
        let mut workspace = workspace(DESCRIPTOR, EXTENSION);
        for (version, (which, line, character, lines, length, piece)) in edits.into_iter().enumerate() {
            let name = NAMES[usize::from(which)];
            let start = Position { line, character };
            let end = Position { line: line + lines / 2, character: character + length };
            let change = Change { range: Some(Range { start, end }), text: PIECES[piece].into() };
            prop_assert!(workspace.changed(name, Some(version as i32 + 2), vec![change], Encoding::Utf16));
            for name in NAMES {
                let Some((family, file)) = family(&mut workspace, name) else { continue };
                for place in &places {
                    ask_everything(&family, file, place.index(family.text(file).len() + 1));
                }
            }
        }
    }

    /// Also in the middle of a word, and with everything behind the cursor not written yet.
    #[test]
    fn a_text_can_be_typed_from_its_beginning(at in any::<prop::sample::Index>()) {
        let places: Vec<usize> = DESCRIPTOR.char_indices().map(|(at, _)| at).chain([DESCRIPTOR.len()]).collect();
        let end = *at.get(&places);
        let mut workspace = workspace(&DESCRIPTOR[..end], EXTENSION);
        if let Some((family, file)) = family(&mut workspace, NAMES[0]) {
            ask_everything(&family, file, end);
        }
    }
}

/// The files of a folder under addresses that are none, its folders included.
#[expect(clippy::disallowed_methods, reason = "the test reads its own files")]
fn texts_below(folder: &Path, name: &str, texts: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        let name = format!("{name}/{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            texts_below(&path, &name, texts);
        } else if is_ours_by_name(&name) {
            texts.push((name, std::fs::read_to_string(&path).expect("it is a text")));
        }
    }
}

/// What is found by how a name looks, and not by what it means.
const BY_NAME: [&str; 4] = ["plain-secret", "reserved-env-name", "schema-property-name", "unknown-parameter"];

/// The codes of what is found in a family.
fn codes(family: &Family) -> Vec<&'static str> {
    let mut codes: Vec<_> = family.findings().iter().map(|finding| finding.code.id).collect();
    codes.retain(|code| !BY_NAME.contains(code));
    codes.sort_unstable();
    codes
}

#[test]
fn every_place_of_the_conversations_has_answers_and_what_is_renamed_is_as_good_as_before() {
    let mut texts = Vec::new();
    texts_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/lsp"), "test:", &mut texts);
    texts.sort();
    let claim = |name: &str| name.split('/').nth(1).map(str::to_owned);
    let mut renamed = 0;
    for texts in texts.chunk_by(|(a, _), (b, _)| claim(a) == claim(b)) {
        let mut workspace = workspace_of(texts.iter().cloned());
        for (name, text) in texts.iter().filter(|(_, text)| text.len() < 2000) {
            let Some((family, file)) = family(&mut workspace, name) else { continue };
            ask_about_file(&family, file);
            let places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            places.step_by(7).for_each(|at| ask_at(&family, file, at));
            let mut entities = BTreeSet::new();
            for place in family.index().in_file(file).filter(|place| entities.insert(&place.entity)) {
                let at = place.at.start as usize;
                let Ok(mut edits) = rename(&family, file, at, "zz", &[]) else { continue };
                edits.sort();
                let apart =
                    |pair: &[(Span, String)]| pair[0].0.file != pair[1].0.file || pair[0].0.end <= pair[1].0.start;
                assert!(edits.windows(2).all(apart), "edits over each other: {edits:?}");
                let after = family.edited(&edits);
                assert!(!after.is_mended, "{name} is no YAML with {edits:?}");
                assert_eq!(codes(&after), codes(&family), "{} in {name}", place.entity.words());
                renamed += 1;
            }
        }
    }
    assert!(renamed > 50, "only {renamed} names could be changed");
}

#[test]
fn formatting_twice_changes_nothing_more_and_values_stay() {
    let options =
        FormatOptions { trim_trailing_whitespace: true, insert_final_newline: true, trim_final_newlines: true };
    for text in [
        "_schema-version: \"3.1\"  \nID: a \t\nversion: 1\nmodules:\n  - name: x\n    type: y\n    properties:\n      A: |+\n        one  \n\n\n",
        "_schema-version: \"3.1\"\r\nID: a  \r\nversion: 1\r\n\r\n\r\n",
        "_schema-version: \"3.1\"\nID: a\nversion: 1",
        "_schema-version: \"3.1\"\nID: a\nversion: \"1  \n  2\"  \n   ",
    ] {
        let formatted = |text: &str| {
            let mut workspace = workspace(text, EXTENSION);
            let (family, file) = family(&mut workspace, NAMES[0]).expect("it is ours");
            let mut out = text.to_owned();
            for (at, new) in format(&family, file, options).into_iter().rev() {
                out.replace_range(at.range(), &new);
            }
            let tree = format!(
                "{:?}",
                family
                    .parts(file)
                    .iter()
                    .map(|part| part
                        .pairs
                        .iter()
                        .map(|pair| super::outline::text(&pair.value).cloned())
                        .collect::<Vec<_>>())
                    .collect::<Vec<_>>()
            );
            (out, tree)
        };
        let (once, before) = formatted(text);
        let (twice, after) = formatted(&once);
        assert_eq!(once, twice);
        assert_eq!(before, after, "a value of {text:?} has changed");
        assert!(once.ends_with('\n'));
    }
}
