//! The scans against the table of the reference, against the grammar, and against the clock.

use super::*;
use pest::Parser;
use pest::iterators::Pair;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/expression.pest"]
struct Grammar;

fn shown(text: &str, form: Form) -> String {
    pieces(text, form).map_or("none".into(), |pieces| {
        pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => format!("'{text}'"),
                Piece::Hole(hole) => match hole.owner {
                    Some(owner) => format!("<{owner}|{}>", hole.key),
                    None => format!("<{}>", hole.key),
                },
            })
            .collect::<Vec<_>>()
            .join(" ")
    })
}

#[test]
fn placeholders_follow_the_reference() {
    for (text, expected) in [
        ("${a}", "<a>"),
        ("x${a}y${b}", "'x' <a> 'y' <b>"),
        ("${ a }", "< a >"),
        ("${a${b}}", "<a${b> '}'"),
        ("$${a}", "'$' <a>"),
        ("${}", "none"),
        ("${}}", "<}>"),
        ("\\${a}", "none"),
        ("\\${a} ${a}", "'\\${a} ' <a>"),
        ("\\\\${a}", "none"),
        ("\\${a${b}}", "'\\${a' <b> '}'"),
        ("${a\nb}", "none"),
        ("a $ { ~{x}", "none"),
        ("${ä/ö}", "<ä/ö>"),
    ] {
        assert_eq!(shown(text, Form::Placeholder), expected, "{text}");
    }
}

#[test]
fn references_follow_the_reference() {
    for (text, form, expected) in [
        ("~{url}/sources", Form::Short, "<url> '/sources'"),
        ("~{a/b}", Form::Short, "<a/b>"),
        ("~{a}", Form::Qualified, "none"),
        ("~{a/b/c}", Form::Qualified, "<a|b/c>"),
        ("~{x}/~{y/z}", Form::Qualified, "'~{x}/' <y|z>"),
        ("\\~{a/b}~{a/b}", Form::Qualified, "'\\~{a/b}' <a|b>"),
        ("{\"n\" : \"~{h/i}\"}", Form::Qualified, "'{\"n\" : \"' <h|i> '\"}'"),
    ] {
        assert_eq!(shown(text, form), expected, "{text}");
    }
}

#[test]
fn escapes_lose_their_backslash_once() {
    assert_eq!(unescape("\\${a}-\\~{b/c}").as_deref(), Some("${a}-~{b/c}"));
    assert_eq!(unescape("\\${unclosed"), None);
    assert_eq!(unescape("\\x"), None);
    assert_eq!(unescape("\\\\${a}").as_deref(), Some("\\${a}"));
}

#[test]
fn a_literal_text_is_no_hole_and_comes_back() {
    let texts =
        ["", "plain", "p$", "${a}", "x\\${a}y", "\\\\${a}", "~{a/b}~{c}", "$${a}", "${", "{}", "a\n${b}\n~{c}", "${}}"];
    for text in texts {
        let literal = literal(text).expect(text);
        for form in [Form::Placeholder, Form::Short, Form::Qualified] {
            assert_eq!(pieces(&literal, form), None, "{text} as {literal}");
        }
        assert_eq!(unescape(&literal).as_deref().unwrap_or(&literal), text, "as {literal}");
    }
    assert_eq!(literal("${a${b}}"), None);
}

#[test]
fn what_opens_and_is_no_hole_is_found() {
    for (text, form, expected) in [
        ("https://${default-host/x", Form::Placeholder, Some("${default-host/x")),
        ("${a} ${b", Form::Placeholder, Some("${b")),
        ("${a\nb}", Form::Placeholder, Some("${a")),
        ("a ${} b", Form::Placeholder, Some("${}")),
        ("${a}${}", Form::Placeholder, Some("${}")),
        ("${}}", Form::Placeholder, None),
        ("${a${b}", Form::Placeholder, None),
        ("\\${a \\${}", Form::Placeholder, None),
        ("${a} $b {c ~{d", Form::Placeholder, None),
        ("~{a/b} ~{c", Form::Qualified, Some("~{c")),
        ("~{a} ~{b~{c}", Form::Qualified, None),
        ("~{}", Form::Short, Some("~{}")),
    ] {
        assert_eq!(lonely(text, form).map(|lonely| &text[lonely.range]), expected, "{text}");
    }
    let many = "${a}".repeat(50_000);
    assert_eq!(lonely(&many, Form::Placeholder), None);
    assert_eq!(lonely(&format!("{}a}}", "~{".repeat(50_000)), Form::Qualified), None);
}

#[test]
fn hostile_texts_are_answered_in_linear_time() {
    let text = "${".repeat(50_000);
    assert_eq!(pieces(&text, Form::Placeholder), None);
    assert_eq!(pieces(&format!("{text}\n}}"), Form::Placeholder), None);
    assert_eq!(pieces(&format!("{text}}}"), Form::Placeholder).map(|pieces| pieces.len()), Some(1));
    assert_eq!(unescape(&"\\${".repeat(50_000)), None);
    assert_eq!(pieces(&"~{".repeat(50_000), Form::Qualified), None);
}
/// Every text of up to six characters that matter, read as the grammar says.
#[test]
fn the_scans_find_what_the_grammar_describes() {
    for (form, rule, alphabet) in [
        (Form::Placeholder, Rule::with_placeholders, r"\${}a"),
        (Form::Short, Rule::with_short, r"\~{}a"),
        (Form::Qualified, Rule::with_qualified, r"\~{}/a"),
    ] {
        for text in texts(&format!("{alphabet}\n"), 5).chain(texts(alphabet, 6)) {
            assert_eq!(shown(&text, form), shown_by_the_grammar(&text, rule), "{text:?}");
        }
    }
    for text in texts("\\${}a\n", 5).chain(texts("\\${}a", 6)).chain(texts("\\~{}a", 6)) {
        assert_eq!(unescape(&text), unescaped_by_the_grammar(&text), "{text:?}");
    }
    for separator in ["\r", "\u{85}", "\u{2028}", "\u{2029}", "ä", "\u{2027}"] {
        let text = format!("${{{separator}}}${{a{separator}b}}");
        assert_eq!(shown(&text, Form::Placeholder), shown_by_the_grammar(&text, Rule::with_placeholders), "{text:?}");
        let text = format!("~{{a{separator}/b}}");
        assert_eq!(shown(&text, Form::Qualified), shown_by_the_grammar(&text, Rule::with_qualified), "{text:?}");
    }
}

/// All texts of exactly so many characters.
fn texts(alphabet: &str, length: u32) -> impl Iterator<Item = String> {
    let alphabet: Vec<char> = alphabet.chars().collect();
    (0..alphabet.len().pow(length)).map(move |number| {
        let digit = |place| alphabet[number / alphabet.len().pow(place) % alphabet.len()];
        (0..length).map(digit).collect()
    })
}

fn parsed(rule: Rule, text: &str) -> impl Iterator<Item = Pair<'_, Rule>> {
    let mut whole = Grammar::parse(rule, text).expect("any text has pieces");
    whole.next().expect("each of the rules makes one pair of the whole text").into_inner()
}

fn shown_by_the_grammar(text: &str, rule: Rule) -> String {
    let mut found = false;
    let pieces = parsed(rule, text).filter_map(|pair| {
        let written = pair.as_str();
        let rule = pair.as_rule();
        let mut parts = pair.into_inner().map(|part| part.as_str().to_owned());
        found |= matches!(rule, Rule::placeholder | Rule::short | Rule::qualified);
        match rule {
            Rule::placeholder | Rule::short => Some(format!("<{}>", parts.next()?)),
            Rule::qualified => Some(format!("<{}|{}>", parts.next()?, parts.next()?)),
            Rule::EOI => None,
            _ => Some(format!("'{written}'")),
        }
    });
    let pieces = pieces.collect::<Vec<_>>().join(" ");
    if found { pieces } else { "none".into() }
}

fn unescaped_by_the_grammar(text: &str) -> Option<String> {
    let out: String = parsed(Rule::with_escapes, text)
        .map(|pair| match pair.as_rule() {
            Rule::escape => pair.into_inner().map(|escaped| escaped.as_str().to_owned()).collect::<String>(),
            _ => pair.as_str().to_owned(),
        })
        .collect();
    (out != text).then_some(out)
}
