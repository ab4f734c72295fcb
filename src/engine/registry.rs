//! A question to an image registry, where an engine's error leaves one open.
//!
//! Most registries answer "manifest unknown" for a missing tag and for a missing repository alike, and engines say
//! "unauthorized" of a wrong password and of a right one that may not read. A registry on this machine speaks plain HTTP, so
//! asking it is a few small requests; others are not asked, and the report names what it can be.

use super::ImageProblem;
use super::credentials::Pass;
use super::docker::Docker;
use super::http::{self, Answer, Body};
use crate::image::ImageReference;
use base64::Engine as _;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(3);

/// Makes a problem more exact where that is simple; gives it back as it is where nothing more is known.
pub async fn tell_apart(docker: &Docker, problem: ImageProblem, image: &ImageReference, pass: &Pass) -> ImageProblem {
    let open = matches!(
        problem,
        ImageProblem::Missing { .. }
            | ImageProblem::Credentials { .. }
            | ImageProblem::Repository { .. }
            | ImageProblem::Scope { .. }
            | ImageProblem::Other { .. }
    );
    // The loopback of an engine elsewhere is not the one here.
    if !open || !docker.is_local() || !is_loopback(&image.host) {
        return problem;
    }
    inquire(image, pass).await.unwrap_or(problem)
}

/// Asks for the manifest as an engine does. `None`: the answers say nothing more.
async fn inquire(image: &ImageReference, pass: &Pass) -> Option<ImageProblem> {
    let (host, repository) = (image.registry(), image.path.clone());
    let used = pass.used.clone();
    let basic = basic(pass);
    let path = format!("/v2/{repository}/manifests/{}", image.version());
    let mut allowed = basic.clone();
    let mut answer = ask(image, &path, allowed.as_deref()).await?;
    let mut token = false;
    if answer.status == 401
        && let Some(challenge) = answer.challenge.as_deref().and_then(bearer)
    {
        let given = authority(&challenge, image, basic.as_deref()).await?;
        if matches!(given.status, 400..=403) {
            return Some(match given.body.to_lowercase().contains("expired") {
                true => ImageProblem::Expired { host, used },
                false => ImageProblem::Credentials { host, used },
            });
        }
        allowed = Some(format!("Bearer {}", token_in(&given.body)?));
        answer = ask(image, &path, allowed.as_deref()).await?;
        token = true;
    }
    let expired = answer.body.to_lowercase().contains("expired");
    match answer.status {
        401 | 403 if expired => Some(ImageProblem::Expired { host, used }),
        // Whoever got a token is known: it is the right to read that is missing.
        403 => Some(ImageProblem::Scope { host, repository, used }),
        401 if token && basic.is_some() => Some(ImageProblem::Scope { host, repository, used }),
        401 => Some(ImageProblem::Credentials { host, used }),
        404 => {
            let tags = ask(image, &format!("/v2/{repository}/tags/list?n=1"), allowed.as_deref()).await?;
            match tags.status {
                200 => {
                    let tag = image.version().to_owned();
                    Some(ImageProblem::Tag { repository: format!("{host}/{repository}"), tag })
                }
                404 => Some(ImageProblem::Repository { host, repository, used }),
                _ => None,
            }
        }
        _ => None,
    }
}

async fn ask(image: &ImageReference, path: &str, authorization: Option<&str>) -> Option<Answer> {
    let address = format!("{}:{}", image.host, image.port.unwrap_or(80));
    let registry = image.registry();
    let mut headers = vec![("Host", registry.as_str()), ("Accept", MANIFESTS)];
    headers.extend(authorization.map(|value| ("Authorization", value)));
    http::get(&address, path, &headers, TIMEOUT, Body::Read).await.ok()
}

const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
                         application/vnd.docker.distribution.manifest.list.v2+json, \
                         application/vnd.docker.distribution.manifest.v2+json";

fn basic(pass: &Pass) -> Option<String> {
    let credentials = pass.credentials.as_ref()?;
    let pair = format!("{}:{}", credentials.username.as_ref()?, credentials.password.as_ref()?);
    Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}

/// Who gives tokens, as `WWW-Authenticate: Bearer realm="http://127.0.0.1:5001/token",service="registry"` says it.
#[derive(Debug, PartialEq, Eq)]
struct Bearer {
    /// `127.0.0.1:5001`
    address: String,
    path: String,
    service: String,
}

/// `None` for another kind of challenge, and for an authority that is not on this machine: credentials go nowhere else.
fn bearer(challenge: &str) -> Option<Bearer> {
    let (kind, rest) = challenge.split_once(' ')?;
    if !kind.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let value = |name: &str| {
        let (_, after) = rest.split_once(&format!("{name}=\""))?;
        after.split_once('"').map(|(value, _)| value.to_owned())
    };
    let realm = value("realm")?;
    let (address, path) = realm.strip_prefix("http://")?.split_once('/')?;
    let (host, _) = address.rsplit_once(':').unwrap_or((address, ""));
    is_loopback(host).then(|| Bearer {
        address: if host == address { format!("{address}:80") } else { address.to_owned() },
        path: format!("/{path}"),
        service: value("service").unwrap_or_default(),
    })
}

async fn authority(bearer: &Bearer, image: &ImageReference, basic: Option<&str>) -> Option<Answer> {
    let path = format!("{}?service={}&scope=repository:{}:pull", bearer.path, bearer.service, image.path);
    let mut headers = vec![("Host", bearer.address.as_str())];
    headers.extend(basic.map(|value| ("Authorization", value)));
    http::get(&bearer.address, &path, &headers, TIMEOUT, Body::Read).await.ok()
}

fn token_in(body: &str) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_str(body).ok()?;
    let token = answer.get("token").or_else(|| answer.get("access_token"))?;
    token.as_str().filter(|token| token.bytes().all(|byte| byte.is_ascii_graphic())).map(str::to_owned)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_asked_for_on_this_machine_only() {
        let here = bearer(r#"Bearer realm="http://127.0.0.1:5001/token",service="shop",scope="repository:web:pull""#);
        let expected = Bearer { address: "127.0.0.1:5001".into(), path: "/token".into(), service: "shop".into() };
        assert_eq!(here, Some(expected));
        assert_eq!(bearer(r#"Bearer realm="http://auth.example.org/token",service="shop""#), None);
        assert_eq!(bearer(r#"Bearer realm="https://127.0.0.1/token""#), None);
        assert_eq!(bearer(r#"Basic realm="shop""#), None);
    }

    #[test]
    fn a_token_that_would_break_a_header_is_none() {
        assert_eq!(token_in(r#"{"token": "abc"}"#).as_deref(), Some("abc"));
        assert_eq!(token_in(r#"{"access_token": "abc"}"#).as_deref(), Some("abc"));
        assert_eq!(token_in("{\"token\": \"a\\r\\nX: y\"}"), None);
    }
}
