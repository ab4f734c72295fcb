//! Whether an entry answers a question, and which part of the filter refused it (reference `configuration-registry.md` 3).
//!
//! One walk over the parts serves both: [`answers`] stops at the first refusal and makes no words, [`explain`] goes on and
//! says for each part why. The store narrows its rows by index and then asks [`answers`], so the meaning stands here only.

use super::{Entry, Filter, NamespaceFilter, Question};
use crate::target::Space;
use crate::tree::Value;
use crate::version::Version;
use std::ops::ControlFlow;

/// The parts of a question, named as the parameters of a `configuration` resource are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    ProviderId,
    ProviderNid,
    Version,
    Namespace,
    Target,
    /// One key of `filter`.
    Content(String),
    Visibility,
}

impl std::fmt::Display for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Part::ProviderId => "provider-id",
            Part::ProviderNid => "provider-nid",
            Part::Version => "version",
            Part::Namespace => "provider-namespace",
            Part::Target => "target",
            Part::Visibility => "visibility",
            Part::Content(key) => return write!(f, "filter.{key}"),
        })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    Accepted,
    Refused,
}

/// What one part of a question says to one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub part: Part,
    pub judgement: Judgement,
    /// A few words without a subject: `is 1.2.0, which does not satisfy >=2.0.0`.
    pub why: String,
}

impl Verdict {
    pub fn refused(&self) -> bool {
        self.judgement == Judgement::Refused
    }
}

/// Whether the entry answers the question: every part of the filter accepts it, and the viewer may see it.
pub fn answers(entry: &Entry, question: &Question) -> bool {
    matches(entry, &question.filter, &question.viewer)
}

/// The same for a filter and a viewer that do not come from a resource (subscriptions).
pub fn matches(entry: &Entry, filter: &Filter, viewer: &Space) -> bool {
    let walk = judge(entry, filter, viewer, &mut |_, judgement, _| match judgement {
        Judgement::Accepted => ControlFlow::Continue(()),
        Judgement::Refused => ControlFlow::Break(()),
    });
    walk.is_continue()
}

/// What each part of the question says to the entry. Parts that the filter leaves open are not listed; target and
/// visibility always are.
pub fn explain(entry: &Entry, question: &Question) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let _ = judge(entry, &question.filter, &question.viewer, &mut |part, judgement, why| {
        verdicts.push(Verdict { part: part(), judgement, why: why() });
        ControlFlow::Continue(())
    });
    verdicts
}

/// How far an entry is from answering, for showing the nearest first: another provider counts more than another value.
pub fn distance(verdicts: &[Verdict]) -> usize {
    let weight = |verdict: &Verdict| match verdict.part {
        Part::ProviderId => 100,
        Part::ProviderNid => 20,
        Part::Version | Part::Namespace | Part::Target | Part::Content(_) | Part::Visibility => 10,
    };
    verdicts.iter().filter(|verdict| verdict.refused()).map(weight).sum()
}

type Visit<'a> = dyn FnMut(&dyn Fn() -> Part, Judgement, &dyn Fn() -> String) -> ControlFlow<()> + 'a;

/// Walks over the parts, cheap ones first. Part and words are made only when the visitor asks for them.
fn judge(entry: &Entry, filter: &Filter, viewer: &Space, visit: &mut Visit<'_>) -> ControlFlow<()> {
    let mut part = |part: &dyn Fn() -> Part, accepted: bool, why: &dyn Fn() -> String| {
        visit(part, if accepted { Judgement::Accepted } else { Judgement::Refused }, why)
    };
    if let Some(asked) = &filter.provider_id {
        let held = &entry.provider_id;
        part(&|| Part::ProviderId, held == asked, &|| compared(Some(held), asked))?;
    }
    if let Some(asked) = &filter.provider_nid {
        let held = entry.provider_nid.as_deref();
        part(&|| Part::ProviderNid, held == Some(asked), &|| compared(held, asked))?;
    }
    if let Some(range) = &filter.version {
        let version = entry.provider_version.as_deref().map(Version::parse);
        let satisfied = matches!(&version, Some(Ok(version)) if range.satisfied_by(version));
        part(&|| Part::Version, satisfied, &|| match &version {
            None => format!("is absent, and only a version can satisfy `{range}`"),
            Some(Err(error)) => format!("cannot be read: {error}"),
            Some(Ok(version)) if satisfied => format!("is {version}, which satisfies `{range}`"),
            Some(Ok(version)) => format!("is {version}, which does not satisfy `{range}`"),
        })?;
    }
    let namespace = effective_namespace(entry.provider_namespace.as_deref());
    match &filter.namespace {
        NamespaceFilter::Any => {}
        NamespaceFilter::Without => part(&|| Part::Namespace, namespace.is_none(), &|| match namespace {
            None => "is absent, as asked".to_owned(),
            Some(held) => format!("is `{held}`, and only entries without a namespace are asked for"),
        })?,
        NamespaceFilter::Named(asked) => {
            part(&|| Part::Namespace, namespace == Some(asked), &|| compared(namespace, asked))?;
        }
    }
    let fits = |asked: &str, held: &str| asked == "*" || asked == held;
    let in_target = fits(&filter.target.org, &entry.target.org) && fits(&filter.target.space, &entry.target.space);
    part(&|| Part::Target, in_target, &|| {
        let (held, asked) = (&entry.target, &filter.target);
        if in_target && held != asked {
            format!("is `{held}`, which `{asked}` takes")
        } else {
            compared(Some(&held.to_string()), &asked.to_string())
        }
    })?;
    let content = entry.content.as_ref().and_then(Value::as_map);
    for (key, asked) in filter.content.iter() {
        let held = content.and_then(|content| content.get(&key.text));
        let equal = held == Some(asked);
        part(&|| Part::Content(key.text.to_string()), equal, &|| match (&entry.content, held) {
            (_, Some(_)) if equal => format!("is {}, as asked", shown(asked)),
            (_, Some(held)) => format!("is {}, and {} is asked for", shown(held), shown(asked)),
            (None, None) => "is absent: the entry has no content".to_owned(),
            (Some(content), None) if content.as_map().is_none() => {
                format!("is absent: the content is {}, not a map", content.kind_name())
            }
            (Some(_), None) => format!("is absent from the content, and {} is asked for", shown(asked)),
        })?;
    }
    part(&|| Part::Visibility, visible(entry, viewer), &|| {
        let readers = match &entry.visibility {
            None => format!("`{}/*`", entry.target.org),
            Some(list) if list.is_empty() => "nobody".to_owned(),
            Some(list) => list.iter().map(|space| format!("`{space}`")).collect::<Vec<_>>().join(", "),
        };
        match visible(entry, viewer) {
            true => format!("lets `{viewer}` read it (readable for {readers})"),
            false => format!("hides it from `{viewer}` (readable for {readers})"),
        }
    })
}

/// Whether somebody who works in `viewer` may read the entry.
pub fn visible(entry: &Entry, viewer: &Space) -> bool {
    let admits = |org: &str, space: &str| {
        // A star in the list takes any; the service knows these four forms.
        (org == "*" || org == viewer.org) && (space == "*" || space == viewer.space)
    };
    match &entry.visibility {
        None => admits(&entry.target.org, "*"),
        Some(list) => list.iter().any(|reader| admits(&reader.org, &reader.space)),
    }
}

/// `default` is another word for no namespace at all.
pub fn effective_namespace(namespace: Option<&str>) -> Option<&str> {
    namespace.filter(|namespace| !namespace.is_empty() && *namespace != "default")
}

fn compared(held: Option<&str>, asked: &str) -> String {
    match held {
        Some(held) if held == asked => format!("is `{held}`, as asked"),
        Some(held) => format!("is `{held}`, and `{asked}` is asked for"),
        None => format!("is absent, and `{asked}` is asked for"),
    }
}

/// A value as short JSON; secrets are masked.
fn shown(value: &Value) -> String {
    const WIDTH: usize = 60;
    if value.holds_secret() {
        return "(sensitive)".to_owned();
    }
    let json = value.to_json();
    match json.char_indices().nth(WIDTH) {
        Some((cut, _)) => format!("`{}…`", &json[..cut]),
        None => format!("`{json}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::ResourceName;
    use crate::tree::{Key, Kind, Map, Origin, Secrecy};
    use crate::version::VersionRange;

    fn space(text: &str) -> Space {
        let (org, space) = text.split_once('/').expect("org/space");
        Space { org: org.to_owned(), space: space.to_owned() }
    }

    fn value(kind: Kind) -> Value {
        Value::new(kind, Origin::Nowhere)
    }

    fn text(text: &str) -> Value {
        Value::text(text, Origin::Nowhere)
    }

    fn map(entries: &[(&str, Value)]) -> Map {
        entries.iter().map(|(key, value)| (Key::from(*key), value.clone())).collect()
    }

    fn entry() -> Entry {
        let content = map(&[("a", value(Kind::Int(1))), ("b", text("two")), ("n", value(Kind::Null))]);
        Entry {
            row: None,
            provider_nid: Some("mta".to_owned()),
            provider_id: "shop:api".to_owned(),
            provider_version: Some("1.2.0".to_owned()),
            provider_namespace: None,
            target: space("acme/dev"),
            content: Some(Value::map(content, Origin::Nowhere)),
            visibility: None,
            module: None,
        }
    }

    fn question() -> Question {
        Question {
            resource: ResourceName::new("found"),
            filter: Filter {
                provider_nid: None,
                provider_id: None,
                version: None,
                namespace: NamespaceFilter::Any,
                target: space("acme/dev"),
                content: Map::default(),
            },
            viewer: space("acme/dev"),
        }
    }

    /// The parts that refuse; both forms of the answer must agree.
    fn refusals(entry: &Entry, question: &Question) -> Vec<String> {
        let verdicts = explain(entry, question);
        let refused: Vec<_> =
            verdicts.iter().filter(|v| v.refused()).map(|v| format!("{} {}", v.part, v.why)).collect();
        assert_eq!(answers(entry, question), refused.is_empty());
        refused
    }

    #[test]
    fn an_empty_filter_takes_any_entry_of_its_space_also_one_without_content() {
        assert!(refusals(&entry(), &question()).is_empty());
        assert!(refusals(&Entry { content: None, ..entry() }, &question()).is_empty());
    }

    #[test]
    fn provider_nid_and_id_must_be_equal_with_regard_to_case() {
        let mut asked = question();
        asked.filter.provider_nid = Some("mta".to_owned());
        asked.filter.provider_id = Some("shop:api".to_owned());
        assert!(refusals(&entry(), &asked).is_empty());
        assert_eq!(
            refusals(&Entry { provider_nid: None, ..entry() }, &asked),
            ["provider-nid is absent, and `mta` is asked for"]
        );
        let other = Entry { provider_id: "shop:API".to_owned(), ..entry() };
        assert_eq!(refusals(&other, &asked), ["provider-id is `shop:API`, and `shop:api` is asked for"]);
    }

    #[test]
    fn only_a_version_satisfies_a_range() {
        let mut asked = question();
        asked.filter.version = Some(VersionRange::parse("^1.0.0").expect("a range"));
        assert!(refusals(&entry(), &asked).is_empty());
        for (version, why) in [
            (Some("2.0.0-rc.1"), "version is 2.0.0-rc.1, which does not satisfy `^1.0.0`"),
            (None, "version is absent, and only a version can satisfy `^1.0.0`"),
            (Some("abc"), "version cannot be read: `abc` holds no number, so it is no version"),
        ] {
            let other = Entry { provider_version: version.map(str::to_owned), ..entry() };
            assert_eq!(refusals(&other, &asked), [why]);
        }
    }

    #[test]
    fn namespaces_are_not_asked_or_absent_or_equal() {
        let named = |namespace: &str| Entry { provider_namespace: Some(namespace.to_owned()), ..entry() };
        for (filter, absent, default, blue) in [
            (NamespaceFilter::Any, true, true, true),
            (NamespaceFilter::Without, true, true, false),
            (NamespaceFilter::Named("blue".to_owned()), false, false, true),
        ] {
            let mut asked = question();
            asked.filter.namespace = filter;
            let found = [entry(), named("default"), named("blue")].map(|entry| refusals(&entry, &asked).is_empty());
            assert_eq!(found, [absent, default, blue], "{:?}", asked.filter.namespace);
        }
    }

    #[test]
    fn a_star_in_the_target_takes_any_org_or_space() {
        for (target, accepted) in [
            ("acme/dev", true),
            ("*/*", true),
            ("*/dev", true),
            ("acme/*", true),
            ("*/other", false),
            ("other/*", false),
            ("other/other", false),
        ] {
            let mut asked = question();
            asked.filter.target = space(target);
            assert_eq!(refusals(&entry(), &asked).is_empty(), accepted, "{target}");
        }
    }

    #[test]
    fn content_is_compared_deeply_and_with_types() {
        let nested =
            |number| Value::map(map(&[("x", Value::list(vec![value(number)], Origin::Nowhere))]), Origin::Nowhere);
        let with = |key: &str, value: Value| Entry {
            content: Some(Value::map(map(&[(key, value)]), Origin::Nowhere)),
            ..entry()
        };
        let asking = |key: &str, value: Value| {
            let mut asked = question();
            asked.filter.content = map(&[(key, value)]);
            asked
        };
        let mut both = question();
        both.filter.content = map(&[("b", text("two")), ("a", value(Kind::Int(1)))]);
        assert!(refusals(&entry(), &both).is_empty());
        assert_eq!(refusals(&entry(), &asking("a", text("1"))), ["filter.a is `1`, and `\"1\"` is asked for"]);
        assert_eq!(
            refusals(&entry(), &asking("c", text("1"))),
            ["filter.c is absent from the content, and `\"1\"` is asked for"]
        );
        assert!(refusals(&with("m", nested(Kind::Int(1))), &asking("m", nested(Kind::Int(1)))).is_empty());
        assert!(!refusals(&with("m", nested(Kind::Int(1))), &asking("m", nested(Kind::Int(2)))).is_empty());
        // A key that is null is there; a key that is absent is not null.
        assert!(refusals(&entry(), &asking("n", value(Kind::Null))).is_empty());
        assert!(!refusals(&entry(), &asking("o", value(Kind::Null))).is_empty());
        for content in
            [None, Some(text("no map")), Some(value(Kind::Null)), Some(Value::map(Map::default(), Origin::Nowhere))]
        {
            assert_eq!(refusals(&Entry { content, ..entry() }, &asking("a", value(Kind::Int(1)))).len(), 1);
        }
    }

    #[test]
    fn a_secret_that_is_asked_for_is_not_said() {
        let mut asked = question();
        asked.filter.content = map(&[("b", text("hunter2").secret(Secrecy::Secret))]);
        assert_eq!(refusals(&entry(), &asked), ["filter.b is `\"two\"`, and (sensitive) is asked for"]);
    }

    #[test]
    fn visibility_admits_the_pair_and_three_forms_with_stars() {
        for (list, viewer, accepted) in [
            (None, "acme/any", true),
            (None, "other/dev", false),
            (Some(&["other/qa"][..]), "other/qa", true),
            (Some(&["*/*"]), "other/qa", true),
            (Some(&["*/qa"]), "other/qa", true),
            (Some(&["other/*"]), "other/qa", true),
            (Some(&["else/*", "*/dev", "other/dev"]), "other/qa", false),
            (Some(&["other/qa"]), "acme/dev", false),
            (Some(&[]), "acme/dev", false),
        ] {
            let visibility = list.map(|list| list.iter().map(|text| space(text)).collect());
            let asked = Question { viewer: space(viewer), ..question() };
            assert_eq!(refusals(&Entry { visibility, ..entry() }, &asked).is_empty(), accepted, "{list:?} {viewer}");
        }
    }

    #[test]
    fn the_nearest_entry_is_of_the_same_provider() {
        let mut asked = question();
        asked.filter.provider_id = Some("shop:api".to_owned());
        asked.filter.version = Some(VersionRange::parse(">=2").expect("a range"));
        let near = Entry { target: space("acme/qa"), ..entry() };
        let far = Entry { provider_id: "shop:ui".to_owned(), provider_version: Some("2.0.0".to_owned()), ..entry() };
        assert!(distance(&explain(&near, &asked)) < distance(&explain(&far, &asked)));
    }
}
