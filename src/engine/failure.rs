//! What an engine's error texts mean.
//!
//! Engines say what went wrong with a pull, a name or a port in prose, and old and new engines (and Podman) in different
//! prose. All of that reading happens here, in tables that tests can check against real texts.

use super::{EngineError, ImageProblem};
use crate::image::ImageReference;
use bollard::errors::Error;
use std::error::Error as _;

/// The status and the text of an answer that refuses; `None` when there was no answer.
pub fn answer(error: &Error) -> Option<(u16, &str)> {
    match error {
        Error::DockerResponseServerError { status_code, message } => Some((*status_code, message)),
        Error::DockerStreamError { error } => Some((500, error)),
        _ => None,
    }
}

pub fn is_missing(error: &Error) -> bool {
    answer(error).is_some_and(|(status, _)| status == 404)
}

/// Docker answers 409; Podman 4 answers 500 with such a text.
pub fn is_name_conflict(error: &Error) -> bool {
    answer(error).is_some_and(|(status, text)| {
        text.contains("already in use") && (status == 409 || (status == 500 && text.contains("name")))
    })
}

/// The error and what caused it, in one line.
pub fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

/// Maps an error of a call that has no meaning of its own.
pub fn refused(endpoint: &str, doing: impl Into<String>, error: &Error) -> EngineError {
    match error {
        Error::DockerResponseServerError { status_code, message } => {
            let said = without_layers(message.trim());
            let reason = if said.is_empty() { format!("status {status_code}") } else { said.to_owned() };
            EngineError::Refused { doing: doing.into(), reason }
        }
        Error::DockerStreamError { error } => EngineError::Refused { doing: doing.into(), reason: error.clone() },
        Error::RequestTimeoutError => EngineError::Unreachable {
            endpoint: endpoint.to_owned(),
            reason: "no answer in time".into(),
            tried: vec![],
        },
        Error::HyperLegacyError { .. }
        | Error::HyperResponseError { .. }
        | Error::IOError { .. }
        | Error::SocketNotFoundError(_) => {
            EngineError::Unreachable { endpoint: endpoint.to_owned(), reason: transport(error), tried: vec![] }
        }
        other => EngineError::Refused { doing: doing.into(), reason: chain(other) },
    }
}

/// What a container could not be started with, without the names of all the programs that handed the news on:
/// `failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec:
/// "/app": stat /app: no such file or directory: unknown`.
fn without_layers(text: &str) -> &str {
    let below = text.rsplit_once("unable to start container process: ").map_or(text, |(_, below)| below);
    if text.contains("OCI runtime") { below.strip_suffix(": unknown").unwrap_or(below) } else { text }
}

/// Why no connection came about, in words that help.
fn transport(error: &Error) -> String {
    let text = chain(error);
    let lower = text.to_lowercase();
    if lower.contains("permission denied") {
        "this user may not open the socket (permission denied)".into()
    } else if lower.contains("no such file") || matches!(error, Error::SocketNotFoundError(_)) {
        "the socket does not exist".into()
    } else if lower.contains("connection refused") {
        "nothing listens there (connection refused)".into()
    } else if lower.contains("failed to lookup address") {
        "no machine of that name is known (DNS)".into()
    } else {
        text.strip_prefix("Error in the hyper legacy client: ").unwrap_or(&text).to_owned()
    }
}

/// The host port in the engine's complaint that it is taken; `None` when the text is about something else.
///
/// `driver failed programming external connectivity on endpoint web (…): Bind for 0.0.0.0:8080 failed: port is already
/// allocated`; `Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use`; Podman:
/// `rootlessport listen tcp 0.0.0.0:8080: bind: address already in use`.
pub fn taken_port(text: &str) -> Option<u16> {
    let complaint = ["port is already allocated", "address already in use", "ports are not available"]
        .iter()
        .filter_map(|complaint| text.find(complaint))
        .min()?;
    // The last address before the complaint; Docker Desktop says it after. `0.0.0.0:8083:10.0.0.2:80/tcp` is host, then
    // container, so the first number of a word counts.
    let port_in_word = |word: &str| {
        let after_address = word.rfind(']').map_or(word, |end| &word[end..]);
        let mut parts = after_address.split([':', '/']);
        parts.next()?;
        parts.find_map(|part| part.parse::<u16>().ok().filter(|port| *port > 0))
    };
    let port_in = |text: &str| text.split_whitespace().rev().find_map(port_in_word);
    port_in(&text[..complaint]).or_else(|| port_in(&text[complaint..]))
}

/// Which part of the reference, or of the way to its registry, an engine complains about.
///
/// `used` says which credentials were sent, in words.
pub fn image_problem(text: &str, image: &ImageReference, used: &str) -> ImageProblem {
    let lower = text.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let host = image.registry();
    let reason = plain_reason(text);

    const PLATFORM: &[&str] = &["no matching manifest for", "no match for platform", "no image found in manifest list"];
    const TLS: &[&str] = &[
        "server gave http response to https client",
        "x509:",
        "certificate",
        "tls:",
        "ssl_error",
        "handshake failure",
    ];
    const HOST: &[&str] = &[
        "no such host",
        "connection refused",
        "no route to host",
        "network is unreachable",
        "i/o timeout",
        "server misbehaving",
        "temporary failure in name resolution",
        "dial tcp",
        "context deadline exceeded",
        "client.timeout",
        "tls handshake timeout",
        "connection reset by peer",
        ": eof",
        "bad gateway",
        "service unavailable",
    ];
    const TAG: &[&str] =
        &["manifest unknown", "manifest_unknown", "not found: manifest", ": not found", "unknown manifest"];
    const CREDENTIALS: &[&str] = &[
        "no basic auth credentials",
        "unauthorized",
        "authentication required",
        "incorrect username or password",
        "invalid username/password",
        "401 ",
        "access forbidden",
        "denied: denied",
        "unable to retrieve auth token",
    ];
    const REPOSITORY: &[&str] = &[
        "repository does not exist",
        "name unknown",
        "name_unknown",
        "repository name not known",
        "does not exist or no pull access",
        "requested access to the resource is denied",
        "denied",
        "403 ",
    ];
    if says(PLATFORM) {
        return ImageProblem::Other { reason };
    }
    // "TLS handshake timeout" is a slow host, not a distrusted one.
    if says(TLS) && !says(&["tls handshake timeout"]) {
        return ImageProblem::Tls { host, reason };
    }
    if says(HOST) {
        return ImageProblem::Host { host, reason };
    }
    if says(&["expired"]) {
        return ImageProblem::Expired { host, used: used.to_owned() };
    }
    if says(&["name unknown", "name_unknown", "repository name not known"]) {
        return ImageProblem::Repository { host, repository: image.path.clone(), used: used.to_owned() };
    }
    if says(&["no basic auth credentials"]) {
        return ImageProblem::Credentials { host, used: used.to_owned() };
    }
    if says(&["repository does not exist", "does not exist or no pull access"]) {
        return ImageProblem::Repository { host, repository: image.path.clone(), used: used.to_owned() };
    }
    if says(&["insufficient_scope", "403 forbidden"]) {
        return ImageProblem::Scope { host, repository: image.path.clone(), used: used.to_owned() };
    }
    if says(CREDENTIALS) {
        return ImageProblem::Credentials { host, used: used.to_owned() };
    }
    if says(TAG) {
        return ImageProblem::Missing { host, repository: image.path.clone(), version: image.version().to_owned() };
    }
    if says(REPOSITORY) {
        return ImageProblem::Repository { host, repository: image.path.clone(), used: used.to_owned() };
    }
    ImageProblem::Other { reason }
}

/// The engine's text without the wrapping that says nothing.
fn plain_reason(text: &str) -> String {
    let text = text.trim().trim_start_matches("Error response from daemon: ");
    // `Get "https://host/v2/": dial tcp: …` – the URL is ours to say.
    let text = match text.split_once("\": ") {
        Some((before, after)) if before.starts_with("Get \"") || before.starts_with("Head \"") => after,
        _ => text,
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_of_runtimes_are_left_out() {
        let said = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container \
                    process: exec: \"/app\": stat /app: no such file or directory: unknown";
        assert_eq!(without_layers(said), "exec: \"/app\": stat /app: no such file or directory");
        assert_eq!(without_layers("conflict: unknown"), "conflict: unknown");
    }

    /// Texts of Docker 20.10 to 28 (graph driver and containerd store) and Podman 4, as users meet them.
    const PULLS: &[(&str, &str)] = &[
        // the host
        (r#"Get "https://r.invalid/v2/": dial tcp: lookup r.invalid on 10.0.0.2:53: no such host"#, "host"),
        (r#"Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused"#, "host"),
        (r#"Get "https://r.example/v2/": dial tcp 192.0.2.1:443: i/o timeout"#, "host"),
        (
            r#"Get "https://r.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"#,
            "host",
        ),
        (r#"Get "https://r.example/v2/": net/http: TLS handshake timeout"#, "host"),
        (r#"Get "https://r.example/v2/": EOF"#, "host"),
        (
            r#"failed to resolve reference "r.invalid/web:1": failed to do request: Head "https://r.invalid/v2/web/manifests/1": dial tcp: lookup r.invalid: no such host"#,
            "host",
        ),
        (
            r#"initializing source docker://r.invalid/web:1: pinging container registry r.invalid: Get "https://r.invalid/v2/": dial tcp: lookup r.invalid: no such host"#,
            "host",
        ),
        // TLS
        (r#"Get "https://10.0.0.1:5000/v2/": http: server gave HTTP response to HTTPS client"#, "tls"),
        (r#"Get "https://r.example/v2/": x509: certificate signed by unknown authority"#, "tls"),
        (
            r#"Get "https://r.example/v2/": tls: failed to verify certificate: x509: certificate is valid for a.example, not r.example"#,
            "tls",
        ),
        (
            r#"failed to do request: Head "https://localhost:5000/v2/web/manifests/1": tls: first record does not look like a TLS handshake"#,
            "tls",
        ),
        // credentials
        (r#"Get "https://r.example/v2/": unauthorized: authentication required"#, "credentials"),
        (r#"Head "http://127.0.0.1:5055/v2/web/manifests/1": no basic auth credentials"#, "credentials"),
        (r#"Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password"#, "credentials"),
        (r#"Head "https://ghcr.io/v2/o/web/manifests/1": denied: denied"#, "credentials"),
        (r#"Head "https://registry.gitlab.com/v2/o/web/manifests/1": denied: access forbidden"#, "credentials"),
        (
            r#"failed to resolve reference "r.example/web:1": unexpected status from HEAD request to https://r.example/v2/web/manifests/1: 401 Unauthorized"#,
            "credentials",
        ),
        (
            r#"failed to resolve reference "127.0.0.1:5055/web:1": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials"#,
            "credentials",
        ),
        (
            r#"initializing source docker://quay.io/o/web:1: unable to retrieve auth token: invalid username/password: unauthorized: Invalid Username or Password"#,
            "credentials",
        ),
        // the repository
        (
            "pull access denied for nope/web, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
            "repository",
        ),
        (
            "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed",
            "repository",
        ),
        ("name unknown: repository name not known to registry", "repository"),
        ("repository r.example/o/web not found: does not exist or no pull access", "repository"),
        // the right to read it
        ("unexpected status from HEAD request to https://r.example/v2/o/web/manifests/1: 403 Forbidden", "scope"),
        ("failed to authorize: server message: insufficient_scope: authorization failed", "scope"),
        // the time of the credentials
        (r#"Head "https://r.example/v2/o/web/manifests/1": unauthorized: The access token has expired"#, "expired"),
        (r#"Get "https://r.example/v2/": x509: certificate has expired or is not yet valid"#, "tls"),
        // the tag, or the repository: these engines and registries do not tell
        ("manifest for nginx:nope not found: manifest unknown: manifest unknown", "missing"),
        ("manifest for 127.0.0.1:5055/web:9 not found: manifest unknown", "missing"),
        (
            r#"failed to resolve reference "docker.io/library/nginx:nope": docker.io/library/nginx:nope: not found"#,
            "missing",
        ),
        (
            "initializing source docker://r.example/web:9: reading manifest 9 in r.example/web: manifest unknown",
            "missing",
        ),
        // nothing of these
        ("no matching manifest for linux/amd64 in the manifest list entries", "other"),
        ("toomanyrequests: You have reached your pull rate limit.", "other"),
        ("write /var/lib/docker/tmp/GetImageBlob1: no space left on device", "other"),
        ("failed to register layer: unsupported media type", "other"),
    ];

    #[test]
    fn the_texts_of_a_failed_pull_name_the_part_at_fault() {
        let image = ImageReference::parse("r.example/o/web:1").unwrap();
        for (text, expected) in PULLS {
            let kind = match image_problem(text, &image, "no credentials") {
                ImageProblem::Host { .. } => "host",
                ImageProblem::Tls { .. } => "tls",
                ImageProblem::Credentials { .. } => "credentials",
                ImageProblem::Expired { .. } => "expired",
                ImageProblem::Scope { .. } => "scope",
                ImageProblem::Repository { .. } => "repository",
                ImageProblem::Tag { .. } => "tag",
                ImageProblem::Missing { .. } => "missing",
                ImageProblem::Reference { .. } => "reference",
                ImageProblem::Other { .. } => "other",
            };
            assert_eq!(kind, *expected, "{text}");
        }
    }

    #[test]
    fn a_taken_port_is_read_from_the_text() {
        let rows: &[(&str, Option<u16>)] = &[
            (
                "driver failed programming external connectivity on endpoint web (4f1): Bind for 0.0.0.0:8080 failed: port is already allocated",
                Some(8080),
            ),
            (
                "driver failed programming external connectivity on endpoint web (4f1): Error starting userland proxy: listen tcp4 0.0.0.0:8081: bind: address already in use",
                Some(8081),
            ),
            (
                "failed to set up container networking: driver failed programming external connectivity on endpoint web (4f1): failed to bind host port 127.0.0.1:8082/tcp: address already in use",
                Some(8082),
            ),
            ("failed to bind host port for 0.0.0.0:8083:10.0.0.2:80/tcp: address already in use", Some(8083)),
            (
                "Ports are not available: exposing port TCP 0.0.0.0:8084 -> 0.0.0.0:0: listen tcp 0.0.0.0:8084: bind: address already in use",
                Some(8084),
            ),
            ("rootlessport listen tcp [::]:8085: bind: address already in use", Some(8085)),
            ("OCI runtime create failed: exec: \"nope\": executable file not found in $PATH", None),
        ];
        for (text, port) in rows {
            assert_eq!(taken_port(text), *port, "{text}");
        }
    }
}
