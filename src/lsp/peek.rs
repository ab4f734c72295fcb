//! What a text is, at a glance: enough to know which files belong together, also while one of them is half typed.

/// The keys at the left edge of a text that say what it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peek {
    pub has_schema: bool,
    pub id: Option<String>,
    pub extends: Option<String>,
}

impl Peek {
    pub fn of(text: &str) -> Peek {
        let mut peek = Peek::default();
        for line in text.lines() {
            let line = line.trim_start_matches('\u{feff}');
            let Some((key, value)) = line.split_once(':') else { continue };
            let found = match key.trim_end().trim_matches(['"', '\'']) {
                "_schema-version" => {
                    peek.has_schema = true;
                    continue;
                }
                "ID" => &mut peek.id,
                "extends" => &mut peek.extends,
                _ => continue,
            };
            found.get_or_insert_with(|| scalar(value).to_owned());
        }
        peek
    }
}

/// Whether a file is one of ours: by its name, or else by its content.
pub fn is_ours(name: &str, peek: &Peek) -> bool {
    is_ours_by_name(name) || (peek.has_schema && peek.id.is_some())
}

/// `mtad.yaml`, `mta.yml`, `shop.mtad.yaml`, `prod.mtaext`.
pub fn is_ours_by_name(name: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let descriptor =
        |stem: &str| ["mtad", "mta"].iter().any(|word| stem == *word || stem.ends_with(&format!(".{word}")));
    let stem = file.strip_suffix(".yaml").or_else(|| file.strip_suffix(".yml"));
    file.ends_with(".mtaext") || stem.is_some_and(descriptor)
}

/// A value without its quotes, and without a comment behind it.
pub fn scalar(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = text.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or_default();
        }
    }
    text.split(" #").next().unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_left_edge_says_what_a_text_is() {
        let text =
            "\u{feff}_schema-version: \"3.1\"\nID: shop # ours\n  extends: no\nmodules:\n  - na\nextends : 'x'\n";
        let (id, extends) = (Some("shop".to_owned()), Some("x".to_owned()));
        assert_eq!(Peek::of(text), Peek { has_schema: true, id, extends });
    }

    #[test]
    fn files_are_known_by_name_or_by_content() {
        for name in ["/a/mtad.yaml", "mta.yml", "shop.mtad.yaml", "C:\\x\\prod.mtaext"] {
            assert!(is_ours_by_name(name), "{name}");
        }
        for name in ["smtad.yaml", "mtad.yaml.bak", "mtad", "values.yaml"] {
            assert!(!is_ours_by_name(name), "{name}");
        }
        assert!(is_ours("values.yaml", &Peek::of("_schema-version: 3\nID: a\n")));
        assert!(!is_ours("values.yaml", &Peek::of("ID: a\n")));
    }
}
