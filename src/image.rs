//! Image references: `registry.example.org:5000/shop/web:2.1@sha256:…`.
//!
//! One parser for everyone: descriptors are checked with it before an engine is asked, credentials are looked up by its
//! registry, and errors of a pull name the part that is at fault. It follows the grammar that Docker itself uses
//! (`distribution/reference`), including its one surprise: the first part is a host only when it looks like one.

use std::fmt;
use std::ops::Range;

/// The registry that is meant when a reference names none.
pub const DOCKER_HUB: &str = "docker.io";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    /// Host name or address of the registry, without port; `docker.io` when the reference names none.
    pub host: String,
    pub port: Option<u16>,
    /// `shop/web`; `library/nginx` for `nginx`.
    pub path: String,
    pub tag: Option<String>,
    /// `sha256:…`
    pub digest: Option<String>,
}

/// Which part of a reference is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    Host,
    Port,
    Path,
    Tag,
    Digest,
}

/// Why a text is no image reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadReference {
    pub part: Part,
    /// The wrong bytes in the text, to be underlined.
    pub at: Range<usize>,
    /// A sentence without its full stop.
    pub reason: String,
}

impl fmt::Display for BadReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for BadReference {}

impl ImageReference {
    pub fn parse(text: &str) -> Result<ImageReference, BadReference> {
        check_whole(text)?;
        let (name_and_tag, digest) = match text.split_once('@') {
            Some((before, digest)) => (before, Some((before.len() + 1, digest))),
            None => (text, None),
        };
        let last_slash = name_and_tag.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match name_and_tag[last_slash..].rfind(':') {
            Some(colon) => {
                let colon = last_slash + colon;
                (&name_and_tag[..colon], Some((colon + 1, &name_and_tag[colon + 1..])))
            }
            None => (name_and_tag, None),
        };
        let (registry, path) = match name.split_once('/') {
            Some((first, rest)) if looks_like_host(first) => (Some(first), (first.len() + 1, rest)),
            _ => (None, (0, name)),
        };
        let (host, port) = match registry {
            Some(registry) => parse_registry(registry)?,
            None => (DOCKER_HUB.to_owned(), None),
        };
        check_path(path.0, path.1, registry.is_some())?;
        if let Some((at, tag)) = tag {
            check_tag(at, tag)?;
        }
        if let Some((at, digest)) = digest {
            check_digest(at, digest)?;
        }
        let path =
            if host == DOCKER_HUB && !path.1.contains('/') { format!("library/{}", path.1) } else { path.1.to_owned() };
        Ok(ImageReference {
            host,
            port,
            path,
            tag: tag.map(|(_, tag)| tag.to_owned()),
            digest: digest.map(|(_, digest)| digest.to_owned()),
        })
    }

    /// Host and port as they are written: `registry.example.org:5000`.
    pub fn registry(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// Whether the text itself says the host: `docker.io/library/nginx` and not `nginx`.
    pub fn names_its_host(text: &str) -> bool {
        text.split_once('/').is_some_and(|(first, _)| looks_like_host(first))
    }

    /// The tag that a pull asks for; `None` when a digest says it all.
    pub fn wanted_tag(&self) -> Option<&str> {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => Some(tag),
            (None, Some(_)) => None,
            (None, None) => Some("latest"),
        }
    }

    /// What follows the repository in a request to the registry: the digest, else the tag.
    pub fn version(&self) -> &str {
        self.digest.as_deref().or(self.wanted_tag()).unwrap_or("latest")
    }
}

/// The registry that a text means, by which its credentials are kept: hosts, or addresses such as
/// `https://registry.example.org/v2/`. Docker Hub has several names.
pub fn registry_of(text: &str) -> &str {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    match rest.split('/').next().unwrap_or(rest) {
        "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB,
        host => host,
    }
}

/// The reference with everything spelled out: `docker.io/library/nginx:latest`.
impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry(), self.path)?;
        if let Some(tag) = self.wanted_tag() {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// Docker's rule: `shop/web` is a repository of Docker Hub, `shop.example/web` and `shop:5000/web` are not. A first part
/// with a capital can only be a host, because repositories have none.
fn looks_like_host(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.chars().any(|c| c.is_ascii_uppercase())
}

fn bad<T>(part: Part, at: Range<usize>, reason: impl Into<String>) -> Result<T, BadReference> {
    Err(BadReference { part, at, reason: reason.into() })
}

fn check_whole(text: &str) -> Result<(), BadReference> {
    if text.is_empty() {
        return bad(Part::Whole, 0..0, "it is empty");
    }
    if let Some(scheme) = ["https://", "http://", "docker://"].iter().find(|scheme| text.starts_with(**scheme)) {
        let reason = format!("it begins with `{scheme}`, and an image reference has no scheme");
        return bad(Part::Whole, 0..scheme.len(), reason);
    }
    match text.char_indices().find(|(_, c)| c.is_whitespace() || c.is_control()) {
        Some((at, c)) => bad(Part::Whole, at..at + c.len_utf8(), "it contains white space"),
        None => Ok(()),
    }
}

fn parse_registry(registry: &str) -> Result<(String, Option<u16>), BadReference> {
    let (host, port) = if registry.starts_with('[') {
        let Some(end) = registry.find(']') else {
            return bad(Part::Host, 0..registry.len(), format!("the host `{registry}` lacks its closing bracket"));
        };
        let (host, rest) = registry.split_at(end + 1);
        if host[1..end].parse::<std::net::Ipv6Addr>().is_err() {
            return bad(Part::Host, 0..host.len(), format!("the host `{host}` is no IPv6 address"));
        }
        if !rest.is_empty() && !rest.starts_with(':') {
            return bad(Part::Host, host.len()..registry.len(), format!("the host `{host}` is followed by `{rest}`"));
        }
        (host, rest.strip_prefix(':'))
    } else {
        match registry.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (registry, None),
        }
    };
    if !host.starts_with('[') {
        check_host(host)?;
    }
    let port = match port {
        None => None,
        Some(digits) => {
            let at = host.len() + 1..registry.len();
            let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            match digits.parse::<u16>() {
                Ok(port) if all_digits && port > 0 => Some(port),
                _ => {
                    return bad(Part::Port, at, format!("the port `{digits}` is no number from 1 to 65535"));
                }
            }
        }
    };
    // Docker Hub has two names and one set of images.
    let host = if host == "index.docker.io" { DOCKER_HUB } else { host };
    Ok((host.to_owned(), port))
}

fn check_host(host: &str) -> Result<(), BadReference> {
    if host.is_empty() {
        return bad(Part::Host, 0..0, "the host is empty");
    }
    let mut start = 0;
    for label in host.split('.') {
        let end = start + label.len();
        if label.is_empty() {
            return bad(Part::Host, 0..host.len(), format!("the host `{host}` has an empty part"));
        }
        if let Some((at, c)) = label.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || *c == '-')) {
            let at = start + at;
            return bad(Part::Host, at..at + c.len_utf8(), format!("the host `{host}` contains `{c}`"));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return bad(Part::Host, start..end, format!("the host part `{label}` begins or ends with `-`"));
        }
        start = end + 1;
    }
    Ok(())
}

/// Parts of lower-case letters and digits; between them `.`, `_`, `__` or any number of `-`.
fn check_path(offset: usize, path: &str, has_host: bool) -> Result<(), BadReference> {
    let whole = offset..offset + path.len();
    if path.is_empty() {
        let reason = if has_host { "the repository after the host is missing" } else { "the repository is missing" };
        return bad(Part::Path, whole, reason);
    }
    if path.len() > 255 {
        return bad(Part::Path, whole, "the repository is longer than 255 characters");
    }
    if !has_host && path.len() == 64 && path.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return bad(Part::Path, whole, "64 hexadecimal digits are an image's id, not its name");
    }
    let mut start = offset;
    for part in path.split('/') {
        check_path_part(start, part)?;
        start += part.len() + 1;
    }
    Ok(())
}

fn check_path_part(start: usize, part: &str) -> Result<(), BadReference> {
    let whole = start..start + part.len();
    if part.is_empty() {
        return bad(Part::Path, whole, "the repository has an empty part");
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    if let Some((at, c)) = part.char_indices().find(|(_, c)| !allowed(*c)) {
        let at = start + at;
        let reason = if c.is_uppercase() {
            format!("the repository part `{part}` has the capital `{c}`; repositories are lower case")
        } else {
            format!("the repository part `{part}` contains `{c}`")
        };
        return bad(Part::Path, at..at + c.len_utf8(), reason);
    }
    let separator = |c: char| matches!(c, '.' | '_' | '-');
    if part.starts_with(separator) || part.ends_with(separator) {
        let reason = format!("the repository part `{part}` begins or ends with a separator");
        return bad(Part::Path, whole, reason);
    }
    let mut runs = part.split(|c: char| !separator(c)).filter(|run| !run.is_empty());
    match runs.find(|run| !matches!(*run, "." | "_" | "__") && !run.bytes().all(|byte| byte == b'-')) {
        Some(run) => {
            let at = start + part.find(run).unwrap_or(0);
            let reason = format!("the repository part `{part}` has `{run}` between letters");
            bad(Part::Path, at..at + run.len(), reason)
        }
        None => Ok(()),
    }
}

fn check_tag(offset: usize, tag: &str) -> Result<(), BadReference> {
    let whole = offset..offset + tag.len();
    if tag.is_empty() {
        return bad(Part::Tag, whole, "the tag after `:` is empty");
    }
    if tag.len() > 128 {
        return bad(Part::Tag, whole, "the tag is longer than 128 characters");
    }
    if tag.starts_with(['.', '-']) {
        return bad(Part::Tag, offset..offset + 1, format!("the tag `{tag}` begins with a separator"));
    }
    match tag.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))) {
        Some((at, c)) => {
            let at = offset + at;
            bad(Part::Tag, at..at + c.len_utf8(), format!("the tag `{tag}` contains `{c}`"))
        }
        None => Ok(()),
    }
}

fn check_digest(offset: usize, digest: &str) -> Result<(), BadReference> {
    let whole = offset..offset + digest.len();
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return bad(Part::Digest, whole, format!("the digest `{digest}` has no `algorithm:` before its digits"));
    };
    let wanted = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => {
            let at = offset..offset + algorithm.len();
            return bad(Part::Digest, at, format!("the digest's algorithm `{algorithm}` is unknown"));
        }
    };
    let at = offset + algorithm.len() + 1..whole.end;
    if hex.len() != wanted {
        let reason = format!("a {algorithm} digest has {wanted} digits, this one has {}", hex.chars().count());
        return bad(Part::Digest, at, reason);
    }
    if !hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
        return bad(Part::Digest, at, "the digest has other characters than 0-9 and a-f");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
