//! Names and addresses that are corrected rather than refused (reference `parameters.md`, section 9).
//!
//! Texts only: what is corrected where, and what the author is told, is in [`super::names`].

use super::namespace::{Affix, Side};
use crate::target::Space;

/// How long names may be, in characters (sections 2, 3 and 9).
pub const LONGEST_APP_NAME: usize = 1024;
pub const LONGEST_SERVICE_NAME: usize = 50;
const LONGEST_HOST: usize = 63;
const LONGEST_DOMAIN: usize = 253;

/// A host name: lower case, `[a-z0-9]` with inner `-`, at most 63 characters, or `*`. `None`: nothing usable is left of it.
pub fn host(text: &str, affix: Option<Affix<'_>>) -> Option<String> {
    if text == "*" {
        return Some(text.into());
    }
    let clean = host_characters(text);
    if clean.is_empty() {
        return None;
    }
    let Some(Affix { namespace, side }) = affix else { return Some(shorten(&clean, LONGEST_HOST)) };
    let namespace = host_characters(namespace);
    let affix = Affix { namespace: &namespace, side };
    Some(if affix.is_on(&clean) { shorten(&clean, LONGEST_HOST) } else { with_affix(&clean, affix, LONGEST_HOST) })
}

fn host_characters(text: &str) -> String {
    let lowered = text.to_lowercase();
    let clean: String = lowered.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    clean.trim_matches('-').into()
}

/// A domain: `[a-z0-9.-]` without a dash at either end, at most 253 characters. `None`: nothing usable is left of it.
pub fn domain(text: &str) -> Option<String> {
    let lowered = text.to_lowercase();
    let clean: String = lowered.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' }).collect();
    let clean = clean.trim_matches('-');
    clean.contains(|c: char| c.is_ascii_alphanumeric()).then(|| shorten(clean, LONGEST_DOMAIN))
}

/// Whether a route begins with a host, or is a domain alone (`no-hostname`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteForm {
    Hosted,
    Bare,
}

/// `host.domain/path`, part by part; a port and a path stay as they are, and a protocol in front goes, because descriptors in
/// the field have `${default-url}` here. `Err`: why it is no route, as the end of a sentence.
pub fn route(text: &str, form: RouteForm, affix: Option<Affix<'_>>) -> Result<String, &'static str> {
    let text = text.split_once("://").map_or(text, |(_, text)| text);
    let (authority, path) = text.find('/').map_or((text, ""), |at| text.split_at(at));
    let is_port = |port: &&str| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit());
    let port = authority.rsplit_once(':').map(|(_, port)| port).filter(is_port);
    let name = &authority[..authority.len() - port.map_or(0, |port| port.len() + 1)];
    let name = match form {
        RouteForm::Bare => domain(name).ok_or("has no usable domain")?,
        RouteForm::Hosted => {
            let (first, rest) = name.split_once('.').ok_or("has no domain behind its host")?;
            let host = host(first, affix).ok_or("has no usable host")?;
            format!("{host}.{}", domain(rest).ok_or("has no usable domain")?)
        }
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{name}{port}{path}"))
}

/// The name of an application or a service, at most `max` characters long. It always takes the namespace, even one that it
/// seems to have already.
pub fn name(text: &str, affix: Option<Affix<'_>>, max: usize) -> String {
    match affix {
        Some(affix) => with_affix(text, affix, max),
        None => shorten(text, max),
    }
}

/// In front; or behind, but before the ending that tells one side of a blue-green deployment from the other, for which
/// there is always left room.
fn with_affix(text: &str, Affix { namespace, side }: Affix<'_>, max: usize) -> String {
    match side {
        Side::Front => shorten(&format!("{namespace}-{text}"), max),
        Side::Back => {
            let (stem, colour) = Affix::split_colour(text);
            let room = max.saturating_sub(namespace.chars().count() + 1 + "-green".len());
            format!("{}-{namespace}{colour}", shorten(stem, room))
        }
    }
}

/// `ORG_SPACE_RESOURCE`: upper case, anything but `A-Z0-9_` becomes `_`, at most 64 characters.
pub fn container_name(space: &Space, resource: &str) -> String {
    let whole = format!("{}_{}_{resource}", space.org, space.space).to_uppercase();
    let cleaned: String = whole.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    shorten(&cleaned, 64)
}

/// A leading `sap_system` is cut, other than letters, digits and `._-\/` becomes `_`; at most 240 characters.
pub fn xsappname(resource: &str) -> String {
    let text = resource.strip_prefix("sap_system").unwrap_or(resource);
    let cleaned: String = text
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '\\' | '/') { c } else { '_' })
        .collect();
    if cleaned.is_empty() { "_".into() } else { shorten(&cleaned, 240) }
}

/// Keeps the beginning of a name that is too long and ends it with a hash of the whole, as the deploy service does: the
/// lower-case hexadecimal of the absolute value of Java's `String.hashCode`.
pub fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.into();
    }
    let hash = text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    let hash = format!("{:x}", i64::from(hash).unsigned_abs());
    // A long namespace behind a name can leave less room than a hash needs.
    let kept = max.saturating_sub(hash.len());
    text.chars().take(kept).chain(hash.chars().take(max)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn front(namespace: &str) -> Option<Affix<'_>> {
        Some(Affix { namespace, side: Side::Front })
    }

    fn back(namespace: &str) -> Option<Affix<'_>> {
        Some(Affix { namespace, side: Side::Back })
    }

    #[test]
    fn hosts_and_domains_are_corrected() {
        let cases = [
            ("My Org-dev-Web.Shop_1", Some("my-org-dev-web-shop-1")),
            ("-edge-", Some("edge")),
            ("*", Some("*")),
            ("___", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(host(text, None).as_deref(), expected, "{text}");
        }
        assert_eq!(host(&"a".repeat(80), None).map(|host| host.len()), Some(63));
        assert_eq!(domain("Shop_1.Example.COM-").as_deref(), Some("shop-1.example.com"));
        assert_eq!(domain("..-"), None);
        assert_eq!(domain(&"a.".repeat(200)).map(|domain| domain.len()), Some(253));
    }

    #[test]
    fn a_host_takes_the_namespace_once_and_a_name_always() {
        assert_eq!(host("shop", front("blue")).as_deref(), Some("blue-shop"));
        assert_eq!(host("blue-shop", front("blue")).as_deref(), Some("blue-shop"));
        assert_eq!(host("shop", front("My_Team")).as_deref(), Some("my-team-shop"));
        assert_eq!(host("*", front("blue")).as_deref(), Some("*"));
        assert_eq!(host("___", front("blue")), None);
        assert_eq!(host("shop-idle", back("ns")).as_deref(), Some("shop-ns-idle"));
        assert_eq!(host("shop-ns-idle", back("ns")).as_deref(), Some("shop-ns-idle"));
        assert_eq!(name("blue-shop", front("blue"), 1024), "blue-blue-shop");
        for (text, expected) in [("web", "web-ns"), ("web-blue", "web-ns-blue"), ("web-green", "web-ns-green")] {
            assert_eq!(name(text, back("ns"), 1024), expected);
        }
    }

    #[test]
    fn a_route_is_corrected_part_by_part() {
        let hosted = |text| route(text, RouteForm::Hosted, front("ns"));
        assert_eq!(hosted("My_Shop.Example.org:8443/A/b").as_deref(), Ok("ns-my-shop.example.org:8443/A/b"));
        assert_eq!(hosted("https://Shop.example.org").as_deref(), Ok("ns-shop.example.org"));
        assert_eq!(hosted("*.example.org").as_deref(), Ok("*.example.org"));
        assert_eq!(route("Example.org/x", RouteForm::Bare, front("ns")).as_deref(), Ok("example.org/x"));
        for wrong in ["shop", "https://", ".example.org", "shop.", "/path"] {
            assert!(hosted(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_of_services_are_corrected() {
        let space = Space { org: "acme".into(), space: "dev-1".into() };
        assert_eq!(container_name(&space, "my.db"), "ACME_DEV_1_MY_DB");
        assert_eq!(xsappname("sap_system"), "_");
        assert_eq!(xsappname("a b/c"), "a_b/c");
    }

    #[test]
    fn too_long_names_end_with_their_hash() {
        // Java says: "abc".repeat(30).hashCode() is 0x5393d0c0.
        assert_eq!(shorten("abc", 3), "abc");
        assert_eq!(shorten(&"abc".repeat(30), 20), "abcabcabcabc5393d0c0");
        // Room for `-green` is left although nothing green is there.
        let long = name(&"x".repeat(80), back("team"), 50);
        assert_eq!(long.len(), 50 - "-green".len());
        assert!(long.ends_with("-team"), "{long}");
        // Less room than a hash: still no longer than it may be, and no panic.
        let namespace = "n".repeat(36);
        assert!(name(&"y".repeat(60), back(&namespace), 50).len() <= 50);
        assert_eq!(host(&"y".repeat(80), front(&namespace)).map(|host| host.len()), Some(63));
    }
}
