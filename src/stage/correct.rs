//! Names that are corrected rather than refused (reference `parameters.md`, section 9).

use crate::target::Space;

/// A host name: lower case, `[a-z0-9]` with inner `-`, at most 63 characters.
pub fn host(text: &str) -> String {
    let lowered = text.to_lowercase();
    let cleaned: String = lowered.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    shorten(cleaned.trim_matches('-'), 63)
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
    let kept: String = text.chars().take(max - hash.len()).collect();
    kept + &hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_corrected() {
        assert_eq!(host("My Org-dev-Web.Shop_1"), "my-org-dev-web-shop-1");
        assert_eq!(host(&"a".repeat(80)).len(), 63);
        let space = Space { org: "acme".into(), space: "dev-1".into() };
        assert_eq!(container_name(&space, "my.db"), "ACME_DEV_1_MY_DB");
        assert_eq!(xsappname("sap_system"), "_");
        assert_eq!(xsappname("a b/c"), "a_b/c");
    }

    #[test]
    fn too_long_names_end_with_their_hash() {
        // "abc".hashCode() is 96354 = 0x17862.
        assert_eq!(shorten("abc", 3), "abc");
        let text = "abc".repeat(30);
        let short = shorten(&text, 20);
        assert_eq!(short.len(), 20);
        assert!(text.starts_with(&short[..12]));
    }
}
