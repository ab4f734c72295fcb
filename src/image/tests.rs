//! References that are taken apart, and those that are not, part by part.

use super::*;

const SHA: &str = "sha256:9b1c0de59b1c0de59b1c0de59b1c0de59b1c0de59b1c0de59b1c0de59b1c0de5";

#[test]
fn good_references_are_taken_apart() {
    let with_digest = format!("web@{SHA}");
    let with_both = format!("ghcr.io/o/web:1@{SHA}");
    let long_tag = format!("web:{}", "t".repeat(128));
    type Row<'a> = (&'a str, &'a str, Option<u16>, &'a str, Option<&'a str>);
    let rows: &[Row<'_>] = &[
        ("nginx", "docker.io", None, "library/nginx", None),
        ("nginx:1.27", "docker.io", None, "library/nginx", Some("1.27")),
        ("grafana/grafana", "docker.io", None, "grafana/grafana", None),
        ("docker.io/nginx", "docker.io", None, "library/nginx", None),
        ("docker.io/library/nginx:1", "docker.io", None, "library/nginx", Some("1")),
        ("index.docker.io/nginx", "docker.io", None, "library/nginx", None),
        ("localhost/web", "localhost", None, "web", None),
        ("localhost:5000/web:2", "localhost", Some(5000), "web", Some("2")),
        ("localhost:5000", "docker.io", None, "library/localhost", Some("5000")),
        ("127.0.0.1:5055/windlass-test:1", "127.0.0.1", Some(5055), "windlass-test", Some("1")),
        ("[::1]:5000/web", "[::1]", Some(5000), "web", None),
        ("[2001:db8::1]/web:1", "[2001:db8::1]", None, "web", Some("1")),
        ("registry:5000/a/b/c:x", "registry", Some(5000), "a/b/c", Some("x")),
        ("Registry/web", "Registry", None, "web", None),
        (
            "registry.gitlab.com/oneentry-skd-js/test-module:prod-v1.0.10",
            "registry.gitlab.com",
            None,
            "oneentry-skd-js/test-module",
            Some("prod-v1.0.10"),
        ),
        ("a.b/c__d/e.f/g---h:T_1.-x", "a.b", None, "c__d/e.f/g---h", Some("T_1.-x")),
        ("x", "docker.io", None, "library/x", None),
        ("1/2", "docker.io", None, "1/2", None),
        ("host.xn--p1ai:443/web", "host.xn--p1ai", Some(443), "web", None),
        (&with_digest, "docker.io", None, "library/web", None),
        (&with_both, "ghcr.io", None, "o/web", Some("1")),
        (&long_tag, "docker.io", None, "library/web", Some(&long_tag[4..])),
    ];
    for (text, host, port, path, tag) in rows {
        let parsed = ImageReference::parse(text).unwrap_or_else(|bad| panic!("{text}: {bad}"));
        assert_eq!(
            (parsed.host.as_str(), parsed.port, parsed.path.as_str(), parsed.tag.as_deref()),
            (*host, *port, *path, *tag),
            "{text}"
        );
        assert_eq!(parsed.digest.is_some(), text.contains('@'), "{text}");
    }
}

#[test]
fn bad_references_name_their_wrong_part_and_place() {
    let short = format!("web@{}", &SHA[..20]);
    let upper = format!("web@{}", SHA.replace('b', "B"));
    let algorithm = format!("web@md5:{}", &SHA[7..]);
    let id = &SHA[7..];
    let long_path = "a/".repeat(130) + "b";
    let long_tag = format!("web:{}", "t".repeat(129));
    let rows: &[(&str, Part, &str)] = &[
        ("", Part::Whole, ""),
        ("https://ghcr.io/o/web", Part::Whole, "https://"),
        ("docker://web", Part::Whole, "docker://"),
        ("web :1", Part::Whole, " "),
        ("web\n", Part::Whole, "\n"),
        (":1", Part::Path, ""),
        ("ghcr.io/", Part::Path, ""),
        ("/web", Part::Path, ""),
        ("ghcr.io//web", Part::Path, ""),
        ("ghcr.io/o/", Part::Path, ""),
        ("ghcr.io/o/Web", Part::Path, "W"),
        ("Web", Part::Path, "W"),
        ("wéb", Part::Path, "é"),
        ("web$", Part::Path, "$"),
        ("-web", Part::Path, "-web"),
        ("web_", Part::Path, "web_"),
        ("o/a..b", Part::Path, ".."),
        ("o/a___b", Part::Path, "___"),
        ("o/a._b", Part::Path, "._"),
        (id, Part::Path, id),
        (&long_path, Part::Path, &long_path),
        ("ghcr..io/web", Part::Host, "ghcr..io"),
        ("-a.io/web", Part::Host, "-a"),
        ("a_b.io/web", Part::Host, "_"),
        ("[::1/web", Part::Host, "[::1"),
        ("[x]:1/web", Part::Host, "[x]"),
        ("[::1].x/web", Part::Host, ".x"),
        (":5000/web", Part::Host, ""),
        ("ghcr.io:/web", Part::Port, ""),
        ("ghcr.io:http/web", Part::Port, "http"),
        ("ghcr.io:0/web", Part::Port, "0"),
        ("ghcr.io:65536/web", Part::Port, "65536"),
        ("ghcr.io:+80/web", Part::Port, "+80"),
        ("web:", Part::Tag, ""),
        ("web:.1", Part::Tag, "."),
        ("web:1+2", Part::Tag, "+"),
        ("web:${tag}", Part::Tag, "$"),
        (&long_tag, Part::Tag, &long_tag[4..]),
        ("web@", Part::Digest, ""),
        ("web@9b1c", Part::Digest, "9b1c"),
        (&algorithm, Part::Digest, "md5"),
        (&short, Part::Digest, &short[11..]),
        (&upper, Part::Digest, &upper[11..]),
    ];
    for (text, part, underlined) in rows {
        let bad = ImageReference::parse(text).expect_err(text);
        assert_eq!((bad.part, &text[bad.at.clone()]), (*part, *underlined), "{text}: {bad}");
    }
}

#[test]
fn a_reference_is_written_out_in_full() {
    let full = |text: &str| ImageReference::parse(text).unwrap().to_string();
    assert_eq!(full("nginx"), "docker.io/library/nginx:latest");
    assert_eq!(full("localhost:5000/web:2"), "localhost:5000/web:2");
    assert_eq!(full(&format!("web@{SHA}")), format!("docker.io/library/web@{SHA}"));
}
