//! Each change in texts of every style. `⟦…⟧` marks the places of a change and is no part of the text.

use super::{Editor, apply};
use crate::finding::{Applicability, Change, Emptied, Fix, Words};
use crate::source::{FileId, Sources, Span, yaml};

/// The text without marks, and the places between them.
fn marked(text: &str) -> (String, Vec<std::ops::Range<usize>>) {
    let (mut plain, mut places) = (String::new(), Vec::new());
    let mut parts = text.split('⟦');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (inside, behind) = part.split_once('⟧').expect("every mark is closed");
        places.push(plain.len()..plain.len() + inside.len());
        plain.push_str(inside);
        plain.push_str(behind);
    }
    (plain, places)
}

/// What becomes of a text; `None` when the change cannot be made.
fn changed(text: &str, change: impl Fn(&[Span]) -> Change) -> Option<String> {
    let (plain, places) = marked(text);
    let mut sources = Sources::default();
    let file: FileId = sources.add("a.yaml", plain.as_str());
    let places: Vec<Span> = places.into_iter().map(|place| Span::new(file, place)).collect();
    assert!(yaml::read(&sources, file).findings.is_empty(), "{plain}");
    let edits = Editor::new(&sources).write(&Fix::safe("", [change(&places)]))?.edits;
    let after = apply(&plain, &edits);
    let mut again = Sources::default();
    let file = again.add("a.yaml", after.as_str());
    let read = yaml::read(&again, file);
    assert!(read.product.is_some() && read.findings.is_empty(), "{after}\n{:?}", read.findings);
    Some(after)
}

#[track_caller]
fn becomes(table: &[(&str, &str)], change: impl Fn(&[Span]) -> Change) {
    for (text, expected) in table {
        assert_eq!(changed(text, &change).as_deref(), Some(*expected), "{text}");
    }
}

#[track_caller]
fn stays(texts: &[&str], change: impl Fn(&[Span]) -> Change) {
    for text in texts {
        assert_eq!(changed(text, &change), None, "{text}");
    }
}

fn delete(at: &[Span]) -> Change {
    Change::delete(at[0])
}

#[test]
fn an_entry_goes_with_its_rows_and_its_comment() {
    becomes(
        &[
            ("a: 1\n⟦b⟧: 2 # two\nc: 3\n", "a: 1\nc: 3\n"),
            ("a: 1\r\n⟦b⟧: 2\r\nc: 3\r\n", "a: 1\r\nc: 3\r\n"),
            ("a: 1\r⟦b⟧: 2\rc: 3\r", "a: 1\rc: 3\r"),
            ("⟦a⟧: 1\nb: 2\n", "b: 2\n"),
            ("a: 1\n⟦b⟧: 2", "a: 1"),
            ("a: 1\r\n⟦b⟧: 2", "a: 1"),
            ("a: 1\n\n⟦b⟧: 2", "a: 1\n"),
            ("a: 1\n# about b\n⟦b⟧:\n  x: 1\n  y:\n    - z\n# about c\nc: 3\n", "a: 1\n# about c\nc: 3\n"),
            ("⟦b⟧: |\n  one\n  two\nc: 3\n", "c: 3\n"),
            ("a: ä\n⟦ö⟧: 'ü' # €\nc: 3\n", "a: ä\nc: 3\n"),
            ("- ⟦a⟧: 1 # one\n  b: 2\n", "- b: 2\n"),
            ("- ⟦a⟧: 1\n  # about b\n\n  b: 2\n", "- # about b\n\n  b: 2\n"),
            ("- a: 1\n  ⟦b⟧:\n- c: 3\n", "- a: 1\n- c: 3\n"),
            ("a: 1\n⟦b⟧: &x 2\nc: 3\n", "a: 1\nc: 3\n"),
        ],
        delete,
    );
}

#[test]
fn comments_directly_above_and_inside_go_and_those_of_neighbours_stay() {
    becomes(
        &[
            ("a: 1 # one\n# about b\n# and more\n⟦b⟧: 2\nc: 3 # three\n", "a: 1 # one\nc: 3 # three\n"),
            ("a: 1 # one\r\n# about b\r\n⟦b⟧: 2\r\n# about c\r\nc: 3\r\n", "a: 1 # one\r\n# about c\r\nc: 3\r\n"),
            ("a: 1\n# about b\n⟦b⟧: 2", "a: 1"),
            ("a:\n  - x # x\n  # about y\n  - ⟦y⟧\n  # about z\n  - z\n", "a:\n  - x # x\n  # about z\n  - z\n"),
            ("a:\n- x\n# about y\n- ⟦y⟧\n", "a:\n- x\n"),
            ("a: 1\n# about b\nb:\n  # about c\n  c:\n    - ⟦x⟧\n", "a: 1\n"),
            // Not directly above, at another depth, behind something: about something else.
            ("a: 1\n# a section\n\n⟦b⟧: 2\nc: 3\n", "a: 1\n# a section\n\nc: 3\n"),
            ("z: 1\na:\n  x: 1\n  # about x\n⟦b⟧: 2\nc: 3\n", "z: 1\na:\n  x: 1\n  # about x\nc: 3\n"),
            ("a: |\n  text\n  # text\nb:\n  ⟦c⟧: 1\n  d: 2\n", "a: |\n  text\n  # text\nb:\n  d: 2\n"),
            ("a:\n  - b: |\n      # text\n    ⟦c⟧: 1\n", "a:\n  - b: |\n      # text\n"),
            // What a text begins with is about all of it.
            ("# The shop\n⟦a⟧: 1\nb: 2\n", "# The shop\nb: 2\n"),
        ],
        delete,
    );
}

#[test]
fn a_fix_that_takes_a_comment_along_is_no_safe_one() {
    let table = [
        ("a: 1\n# about b\n⟦b⟧: 2\n", 1),
        ("a: 1\n# about b\n⟦b⟧:\n  # about c\n  c: |\n    # text\n", 2),
        ("a: [x, y,\n  ⟦{ # about z\n  z: 1}⟧]\n", 0),
        ("a: 1\n⟦b⟧: 2 # two\n# about c\nc: 3\n", 0),
        ("a: 1\n⟦b⟧: 2\n\n# the end\n", 0),
    ];
    for (text, comments) in table {
        let (plain, places) = marked(text);
        let mut sources = Sources::default();
        let file = sources.add("a.yaml", plain);
        let fix = Fix::safe("", [delete(&[Span::new(file, places[0].clone())])]);
        let written = Editor::new(&sources).write(&fix).expect(text);
        assert_eq!(written.comments, comments, "{text}");
        assert_eq!(written.applicability == Applicability::Unsafe, comments > 0, "{text}");
    }
}

#[test]
fn an_item_goes_with_its_dash() {
    becomes(
        &[
            ("a:\n  - x\n  - ⟦y⟧ # y\n  - z\n", "a:\n  - x\n  - z\n"),
            ("a:\n- ⟦x⟧\n- y\n", "a:\n- y\n"),
            ("a:\n  - x\n  -   ⟦y⟧", "a:\n  - x"),
            ("- - ⟦x⟧\n  - y\n", "- - y\n"),
            ("a: [⟦x⟧, y]\n", "a: [y]\n"),
            ("a: [x, ⟦y⟧]\n", "a: [x]\n"),
            ("a: [ x ,⟦y⟧ , z ]\n", "a: [ x , z ]\n"),
            ("a: [\n  x,\n  ⟦y⟧,\n  z, # z\n]\n", "a: [\n  x,\n  z, # z\n]\n"),
            ("a: {⟦x⟧: 1, y: 2}\n", "a: {y: 2}\n"),
            ("a: {x: 1, ⟦y⟧: {z: 2}}\n", "a: {x: 1}\n"),
        ],
        delete,
    );
}

#[test]
fn what_becomes_empty_goes_too_or_stays_as_brackets() {
    becomes(
        &[
            ("a: 1\nb:\n  c:\n    - ⟦x⟧\n", "a: 1\n"),
            ("a: 1\nb: {c: [⟦x⟧]}\n", "a: 1\n"),
            ("- a: 1\n  b:\n    ⟦c⟧: 2\n- d: 3\n", "- a: 1\n- d: 3\n"),
        ],
        delete,
    );
    // An element of a list is more than what it holds.
    stays(&["- ⟦a⟧: 1\n- b: 2\n", "⟦a⟧: 1\n", "- - ⟦a⟧\n- b\n"], delete);
    let stay = |at: &[Span]| Change::Delete { at: at[0], emptied: Emptied::Stays };
    becomes(
        &[
            ("a:\n  - ⟦x⟧ # x\nb: 1\n", "a: [] # x\nb: 1\n"),
            ("a: [⟦x⟧]\n", "a: []\n"),
            ("a: [ ⟦x⟧ ]\n", "a: []\n"),
            ("a: {b: {⟦c⟧: 1}}\n", "a: {b: {}}\n"),
            ("a:\n  - ⟦x⟧\n  - y\n", "a:\n  - y\n"),
        ],
        stay,
    );
    stays(&["a: # why\n  - ⟦x⟧\n"], stay);
}

#[test]
fn nothing_goes_that_somebody_names() {
    stays(
        &[
            "a: 1\n⟦b⟧: &x 2\nc: *x\n",
            "a: 1\n⟦b⟧:\n  d: &x 2\nc: *x\n",
            "a: &x\n  ⟦b⟧: 1\n  c: 2\nd: *x\n",
            "a: &x [⟦b⟧, c]\nd: *x\n",
            "a: 1\nb:\n  c: &x [⟦d⟧]\ne: *x\n",
            // Something else stands on the row, or a comment is in the way.
            "a: [x, # why\n  ⟦y⟧]\n",
            "? ⟦a⟧\n: 1\n? b\n: 2\n",
        ],
        delete,
    );
    becomes(&[("a: &x 1\nb:\n  ⟦c⟧: *x\n  d: *x\n", "a: &x 1\nb:\n  d: *x\n")], delete);
}

#[test]
fn a_text_is_said_in_the_quotes_that_are_there() {
    let say = |text: &'static str| move |at: &[Span]| Change::Say { at: at[0], text: text.to_owned() };
    becomes(
        &[
            ("a: ⟦x⟧ # x\n", "a: web # x\n"),
            ("a: ⟦'x'⟧\n", "a: 'web'\n"),
            ("a: ⟦\"x\"⟧\n", "a: \"web\"\n"),
            ("⟦x⟧: 1\n", "web: 1\n"),
            ("a: {⟦\"x\"⟧: 1}\n", "a: {\"web\": 1}\n"),
            ("a: &b ⟦x⟧\nc: *b\n", "a: &b web\nc: *b\n"),
            ("\u{feff}⟦ä⟧: 1\n", "\u{feff}web: 1\n"),
        ],
        say("web"),
    );
    becomes(&[("a: ⟦x⟧\nb: 'y'\n", "a: '1'\nb: 'y'\n"), ("a: ⟦x⟧\nb: \"y\"\n", "a: \"1\"\nb: \"y\"\n")], say("1"));
    becomes(
        &[("a: ⟦x⟧\n", "a: it's, so [it] is\n"), ("a: [⟦x⟧]\n", "a: [\"it's, so [it] is\"]\n")],
        say("it's, so [it] is"),
    );
    becomes(&[("a: ⟦'x'⟧\n", "a: 'it''s'\n"), ("a: ⟦\"x\"⟧\n", "a: \"it's\"\n")], say("it's"));
    becomes(&[("a: ⟦x⟧\n", "a: \"*.a: b\"\n"), ("a: ⟦'x'⟧\n", "a: '*.a: b'\n")], say("*.a: b"));
    becomes(&[("a: ⟦'x'⟧\n", "a: \"1\\n2\\\"\\\\\"\n")], say("1\n2\"\\"));
    stays(&["a: ⟦|\n  x⟧\n", "a: &b x\nc: ⟦*b⟧\n", "a: ⟦[x]⟧\n", "a:⟦⟧\n"], say("web"));
}

#[test]
fn keys_given_twice_are_left_to_people() {
    let (plain, places) = marked("a: 1\n⟦b⟧: 2\n⟦b⟧: 3\n");
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", plain);
    let at = |place: usize| Span::new(file, places[place].clone());
    let edits = |change| Editor::new(&sources).write(&Fix::safe("", [change])).map(|written| written.edits);
    assert_eq!(edits(Change::Say { at: at(1), text: "c".into() }), None, "the other one would count");
    assert_eq!(edits(Change::delete(at(1))), None, "the other one would count");
    assert!(edits(Change::delete(at(0))).is_some());
    stays(&["a: 1\n⟦b⟧: 2\n"], |at| Change::Say { at: at[0], text: "a".into() });
}

#[test]
fn quotes_are_those_that_the_document_has_most_of() {
    let quote = |at: &[Span]| Change::Quote { at: at[0] };
    becomes(
        &[
            ("a: ⟦1.10⟧ # x\n", "a: \"1.10\" # x\n"),
            ("a: ⟦1.10⟧\nb: 'x'\nc: 'y'\nd: \"z\"\n", "a: '1.10'\nb: 'x'\nc: 'y'\nd: \"z\"\n"),
            ("a: [⟦1e3⟧, 'b']\n", "a: ['1e3', 'b']\n"),
        ],
        quote,
    );
    stays(&["a: ⟦'1'⟧\n", "a: ⟦1\n  2⟧\n", "a: &b 1\nc: ⟦*b⟧\n"], quote);
}

#[test]
fn a_part_of_a_scalar_is_replaced_wherever_it_stands() {
    let inside = |at: &[Span]| Change::Inside { at: at[0], from: "${x}".into(), to: "${y}".into() };
    becomes(
        &[
            ("a: ⟦https://${x}/${x}⟧ # ${x}\n", "a: https://${y}/${y} # ${x}\n"),
            ("a: ⟦\"ä ${x}\"⟧\n", "a: \"ä ${y}\"\n"),
            ("a: ⟦>\n  ${x}\n  or\n  ${x}⟧\n", "a: >\n  ${y}\n  or\n  ${y}\n"),
            ("a: ⟦'\\${x} ${x}'⟧\n", "a: '\\${x} ${y}'\n"),
        ],
        inside,
    );
    stays(&["a: ⟦\"$\\x7bx}\"⟧\n", "a: ⟦'\\${x}'⟧\n", "a: &b ${x}\nc: ⟦*b⟧\n"], inside);
}

#[test]
fn a_text_becomes_a_list_of_one() {
    let list = |at: &[Span]| Change::List { at: at[0] };
    becomes(
        &[
            ("a: ⟦x⟧ # x\n", "a: [x] # x\n"),
            ("a: ⟦'x, y'⟧\n", "a: ['x, y']\n"),
            ("a: ⟦x, y⟧\n", "a: [\"x, y\"]\n"),
            ("a: {b: ⟦x⟧}\n", "a: {b: [x]}\n"),
            ("a:\n  ⟦x⟧\n", "a:\n  [x]\n"),
        ],
        list,
    );
    stays(&["a: &b ⟦x⟧\nc: *b\n", "a: !!str ⟦x⟧\n", "a: ⟦|\n  x⟧\n", "a: ⟦x\n  y⟧\n"], list);
}

#[test]
fn a_text_becomes_a_map_of_one() {
    let map = |at: &[Span]| Change::Map { at: at[0], key: "name" };
    becomes(
        &[
            ("a:\n  - ⟦db⟧ # x\n", "a:\n  - name: db # x\n"),
            ("a: [⟦db⟧, ⟦x⟧]\n", "a: [{name: db}, x]\n"),
            ("- ⟦'db'⟧\n", "- name: 'db'\n"),
        ],
        map,
    );
    stays(&["- &a ⟦db⟧\n- *a\n", "- ⟦|\n  db⟧\n"], map);
}

#[test]
fn a_requirement_is_added_where_and_as_the_others_are() {
    let require = |at: &[Span]| Change::Require { owner: at[0], name: "db".into() };
    becomes(
        &[
            (
                "modules:\n  - name: ⟦web⟧\n    type: x # why\n    path: .\n",
                "modules:\n  - name: web\n    type: x # why\n    requires:\n      - name: db\n    path: .\n",
            ),
            (
                "modules:\r\n- name: ⟦web⟧\r\n  properties: {a: 1}\r\n",
                "modules:\r\n- name: web\r\n  requires:\r\n  - name: db\r\n  properties: {a: 1}\r\n",
            ),
            (
                "modules:\n  - name: ⟦web⟧\n    requires:\n    - name: x # x\n    path: .\n",
                "modules:\n  - name: web\n    requires:\n    - name: x # x\n    - name: db\n    path: .\n",
            ),
            (
                "modules:\n  - requires:\n      - name: x\n        properties:\n          a: 1\n    name: ⟦web⟧",
                "modules:\n  - requires:\n      - name: x\n        properties:\n          a: 1\n      - name: db\n    name: web",
            ),
            ("modules:\n  - name: ⟦web⟧", "modules:\n  - name: web\n    requires:\n      - name: db"),
            ("modules: [{name: ⟦web⟧, type: x}]\n", "modules: [{name: web, type: x, requires: [{name: db}]}]\n"),
            ("- name: ⟦web⟧\n  requires: [{name: x}]\n", "- name: web\n  requires: [{name: x}, {name: db}]\n"),
            ("- name: ⟦web⟧\n  requires: []\n", "- name: web\n  requires: [{name: db}]\n"),
        ],
        require,
    );
    stays(
        &[
            "a: &x\n  - name: ⟦web⟧\nb: *x\n",
            "- name: a\n  requires: &x [{name: y}]\n- name: ⟦b⟧\n  requires: *x\n",
            "- name: ⟦a⟧\n  requires: &x [{name: y}]\n- name: b\n  requires: *x\n",
            "- name: ⟦a⟧\n  requires:\n",
        ],
        require,
    );
}

#[test]
fn two_entries_of_one_name_become_one() {
    let join = |at: &[Span]| Change::Join { first: at[0], second: at[1] };
    becomes(
        &[
            ("- name: ⟦a⟧\n- name: ⟦a⟧\n", "- name: a\n"),
            ("- name: ⟦a⟧\n- name: b\n- name: ⟦a⟧ # again\n", "- name: a\n- name: b\n"),
            (
                "- name: ⟦a⟧\n  x: 1 # one\n- name: ⟦a⟧\n  # two\n  y:\n    z: 2 # two\n- name: c\n",
                "- name: a\n  x: 1 # one\n  # two\n  y:\n    z: 2 # two\n- name: c\n",
            ),
            ("- name: ⟦a⟧\n  x: 1\n- name: b\n- name: ⟦a⟧\n  y: 2", "- name: a\n  x: 1\n  y: 2\n- name: b"),
            ("- name: ⟦a⟧\r\n- name: ⟦a⟧\r\n  y: 2\r\n", "- name: a\r\n  y: 2\r\n"),
            ("[{name: ⟦a⟧, x: 1}, {name: ⟦a⟧, y: 2, z: 3}]\n", "[{name: a, x: 1, y: 2, z: 3}]\n"),
            ("- {name: ⟦a⟧}\n- {name: ⟦a⟧, y: 2}\n", "- {name: a, y: 2}\n"),
        ],
        join,
    );
    stays(
        &[
            "- name: ⟦a⟧\n  x: 1\n- name: ⟦a⟧\n  x: 2\n",
            "- name: ⟦a⟧\n- {name: ⟦a⟧, x: 1}\n",
            "- name: ⟦a⟧\n- x: 1\n  name: ⟦a⟧\n",
            "- name: ⟦a⟧\n- name: ⟦a⟧\n  x: &b 1\n- *b\n",
            "- name: ⟦a⟧\n-  name: ⟦a⟧\n   x: 1\n",
        ],
        join,
    );
}

#[test]
fn changes_of_one_fix_do_not_overlap() {
    let (plain, places) = marked("a: 1\n⟦b⟧: ⟦2⟧\n");
    let mut sources = Sources::default();
    let file = sources.add("a.yaml", plain);
    let at = |place: usize| Span::new(file, places[place].clone());
    let both = Fix::safe("", [Change::delete(at(0)), Change::Quote { at: at(1) }]);
    assert!(Editor::new(&sources).write(&both).is_none());
    assert!(Editor::new(&sources).write(&Fix::safe("", [])).is_none());
}

#[test]
fn an_entry_is_put_where_it_belongs_and_nothing_else_moves() {
    let put = |path: &'static [&'static str], words: Words| {
        move |at: &[Span]| {
            let path = path.iter().map(ToString::to_string).collect();
            Change::Put { at: at[0], path, words: words.clone() }
        }
    };
    let text = |text: &str| Words::Text(text.to_owned());
    becomes(
        &[
            // What is there says something else, in its own quotes.
            ("⟦a: {b: 1, c: 'x'}⟧\n", "a: {b: 1, c: 'no'}\n"),
            ("⟦a:\n  b: 1\n  c: old⟧ # why\n", "a:\n  b: 1\n  c: \"no\" # why\n"),
            // What is not there comes behind the others.
            ("⟦a:\n  b: 1 # one\n# end\nz: 9⟧\n", "a:\n  b: 1 # one\n  c: \"no\"\n# end\nz: 9\n"),
            ("⟦a:\r\n    b: 1\r\nz: 9⟧\r\n", "a:\r\n    b: 1\r\n    c: \"no\"\r\nz: 9\r\n"),
            ("⟦a: {b: 1}⟧\n", "a: {b: 1, c: \"no\"}\n"),
            ("⟦a: {}⟧\n", "a: {c: \"no\"}\n"),
            ("⟦a:\n  b: |\n    text\n    more\nz: 9⟧\n", "a:\n  b: |\n    text\n    more\n  c: \"no\"\nz: 9\n"),
            // With the map on the way.
            ("⟦z: 9⟧\n", "z: 9\na:\n  c: \"no\"\n"),
            ("⟦a:\nz: 9⟧\n", "a:\n  c: \"no\"\nz: 9\n"),
            ("x: ⟦{z: 9}⟧\n", "x: {z: 9, a: {c: \"no\"}}\n"),
            ("⟦z: 9⟧", "z: 9\na:\n  c: \"no\""),
        ],
        put(&["a", "c"], text("no")),
    );
    becomes(
        &[("- ⟦name: x\n  y: 1⟧\n- q\n", "- name: x\n  y: 1\n  c: 8080\n- q\n")],
        put(&["c"], Words::Plain("8080".into())),
    );
    becomes(&[("⟦c:⟧\n", "c: x\n"), ("⟦c: 1⟧\n", "c: x\n")], put(&["c"], text("x")));
    stays(&["⟦c: [1]⟧\n", "⟦c: {d: 1}⟧\n", "a: &x\n  c: |\n    1\nb: ⟦*x⟧\n", "⟦c: |\n  1⟧\n"], put(&["c"], text("x")));
    stays(&["⟦a: 1⟧\n", "⟦a: &x {b: 1}\nb: *x⟧\n", "⟦a: []⟧\n"], put(&["a", "c"], text("x")));
}
