//! Both forms there and back, and every mistake with its place.

use super::*;

fn space(org: &str, space: &str) -> Space {
    Space { org: org.to_owned(), space: space.to_owned() }
}

fn mistakes(text: &str) -> String {
    let list = read(text, &SpaceIds::new()).expect_err(text);
    list.iter()
        .map(|m| format!("{m}{}\n", m.help.as_deref().map(|help| format!(" / {help}")).unwrap_or_default()))
        .collect()
}

const ALL_FIELDS: &str = r#"[
  {"provider-nid": "mta", "provider-id": "shop:api", "provider-version": "1.2", "provider-namespace": "blue",
   "target": {"org": "acme", "space": "dev"}, "content": {"z": 1, "a": [null, 123456789012345678901, "<&\"\u0001"]},
   "visibility": [{"org": "acme"}, {"space": "qa"}], "module": "web", "id": 7},
  {"provider-id": "shop:ui", "provider-nid": "N/A", "provider-version": null, "target": {"org": "acme", "space": "dev"},
   "content": "{\"b\": true}"},
  {"provider-id": "shop:none", "target": {"org": "acme", "space": "dev"}, "content": null, "visibility": []}
]"#;

#[test]
fn json_comes_back_as_it_was_written() {
    let entries = read(ALL_FIELDS, &SpaceIds::new()).expect("entries");
    assert_eq!(entries[0].provider_version.as_deref(), Some("1.2.0"));
    assert_eq!(entries[0].visibility, Some(vec![space("acme", "*"), space("*", "qa")]));
    assert_eq!((&entries[1].provider_nid, &entries[1].provider_version), (&None, &None));
    assert_eq!(entries[1].content.as_ref().map(Value::to_json).as_deref(), Some(r#"{"b":true}"#));
    assert_eq!((&entries[2].content, &entries[2].visibility), (&None, &Some(Vec::new())));
    assert_eq!(read(&write_json(&entries), &SpaceIds::new()).as_ref(), Ok(&entries));
    // The order of keys and every digit are kept.
    let first = write_json(&entries).lines().nth(1).expect("a line").to_owned();
    assert!(first.contains(r#""content":{"z":1,"a":[null,123456789012345678901,"<&\"\u0001"]}"#), "{first}");
}

#[test]
fn xml_comes_back_as_it_was_written_but_for_the_module() {
    let mut entries = read(ALL_FIELDS, &SpaceIds::new()).expect("entries");
    let xml = write_xml(&entries);
    entries[0].module = None;
    assert_eq!(read(&xml, &SpaceIds::new()), Ok(entries), "{xml}");
}

#[test]
fn content_may_be_escaped_or_stand_in_cdata_and_comments_are_skipped() {
    let xml = r#"<?xml version="1.0"?>
<!-- exported --><x:configuration-entries xmlns:x="urn:x"><configuration-entry><id>8</id><provider-id> a:b </provider-id>
<target-org>acme</target-org><target-space>dev</target-space><provider-namespace/>
<content>{"a":"1 &lt; 2 &#38; 3", <![CDATA["b":"<x>"]]>}</content></configuration-entry></x:configuration-entries>"#;
    let entries = read(xml, &SpaceIds::new()).expect("entries");
    assert_eq!(entries[0].provider_id, "a:b");
    assert_eq!(entries[0].content.as_ref().map(Value::to_json).as_deref(), Some(r#"{"a":"1 < 2 & 3","b":"<x>"}"#));
}

const OLD_FORM: &str = "<configuration-entries>\n  <configuration-entry>\n    <provider-id>p:q</provider-id>\n    \
                        <target-space>2172-ab</target-space>\n  </configuration-entry>\n</configuration-entries>";

#[test]
fn a_space_id_is_refused_until_one_says_which_space_it_is() {
    let refused = mistakes(OLD_FORM);
    assert!(refused.starts_with("line 2, entry 1 (`p:q`): there is no `target-org`"), "{refused}");
    assert!(refused.contains("--space-id 2172-ab=ORG/SPACE"), "{refused}");
    let told = SpaceIds::from([("2172-ab".to_owned(), space("acme", "dev"))]);
    assert_eq!(read(OLD_FORM, &told).expect("entries")[0].target, space("acme", "dev"));
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, says) in [
        ("", "the file: it is empty"),
        ("[\n  {},,]", "line 2, column 6: this is not JSON"),
        ("{}", "the file: it holds a map and no list of entries"),
        ("[3]", "entry 1: it is an integer; a map is expected"),
        (r#"[{"target": {"org": "a", "space": "b"}}]"#, "entry 1: it has no `provider-id`"),
        (r#"[{"provider-id": "a:b"}]"#, "entry 1 (`a:b`): it has no `target` / add \"target\""),
        (r#"[{"provider-id": "a:b", "target": {"org": "a"}}]"#, "`target` has no `space`"),
        (
            r#"[{"provider-id": "a:b", "target": {"org": "a", "space": ""}}]"#,
            "`space` of `target` must be a text that is not empty",
        ),
        (r#"[{"provider-id": "a:b", "target": {"org": "a", "space": "b", "x": 1}}]"#, "`target` has the key `x`"),
        (r#"[{"provider-idd": "a:b"}]"#, "`provider-idd` is no field of an entry / did you mean `provider-id`?"),
        (
            r#"[{"provider-id": "a:b", "provider-version": 2.0}]"#,
            "`provider-version` is a number; a text is expected / write it in quotes",
        ),
        (r#"[{"provider-id": "a:b", "content": "no JSON"}]"#, "`content` is a text that is not JSON"),
        (r#"[{"provider-id": "a:b", "visibility": {}}]"#, "`visibility` is a map; a list"),
        ("<a/>", "line 1, column 1: the root is `a`; `configuration-entries` is expected"),
        (
            "<configuration-entries>\n <b/></configuration-entries>",
            "line 2, column 2: `b` stands in `configuration-entries`",
        ),
        (
            "<configuration-entries><configuration-entry>",
            "the file ends inside `configuration-entries/configuration-entry`",
        ),
        ("<configuration-entries>\n x</configuration-entries>", "line 2, column 2: `x` stands outside of a field"),
        ("<configuration-entries></wrong>", "this is not XML"),
        (
            "<configuration-entries><configuration-entry><content>&bomb;</content></configuration-entry></configuration-entries>",
            "`&bomb;` is not one of XML's own entities",
        ),
        (
            "<configuration-entries><configuration-entry><contents/></configuration-entry></configuration-entries>",
            "`contents` is no field of an entry / did you mean `content`?",
        ),
        (
            "<configuration-entries><configuration-entry><id/><id/></configuration-entry></configuration-entries>",
            "`id` stands twice in one entry",
        ),
    ] {
        let said = mistakes(text);
        assert!(said.contains(says), "{text}\n{said}");
    }
}

#[test]
fn all_mistakes_are_said_and_the_same_identity_twice_is_one() {
    let one = r#"{"provider-id": "a:b", "provider-version": "1", "target": {"org": "a", "space": "b"}}"#;
    let same = r#"{"provider-id": "a:b", "provider-version": "1.0.0", "provider-namespace": "default", "target": {"org": "a", "space": "b"}}"#;
    let said = mistakes(&format!("[{one}, {{}}, {same}]"));
    assert_eq!(said.lines().count(), 3, "{said}");
    assert!(said.contains("entry 3 (`a:b`): `a:b` has the same identity as entry 1 (`a:b`)"), "{said}");
}
