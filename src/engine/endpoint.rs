//! Where the engine is, by the Docker CLI's own rules.
//!
//! `--host`, `--context`, `DOCKER_HOST`, `DOCKER_CONTEXT`, `currentContext` of the configuration file, the platform's
//! default: the first that says something decides, and what it says is never silently replaced by a weaker one. Only when
//! nothing was chosen and the default socket is missing are the sockets of rootless Docker, Docker Desktop and Podman
//! tried. [`choose`] is a plain function of its [`Surroundings`]; every candidate it saw, and why it was taken or not, is
//! in its answer for `windlass doctor`.

use super::{EngineError, Selection};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};

pub const DEFAULT_SOCKET: &str = "/var/run/docker.sock";

/// What the choice depends on. Empty variables count as unset, as they do for the Docker CLI.
pub struct Surroundings<'a> {
    pub selection: Selection,
    pub docker_host: Option<String>,
    pub docker_context: Option<String>,
    pub docker_config: Option<String>,
    pub docker_tls: Option<String>,
    pub docker_tls_verify: Option<String>,
    pub docker_cert_path: Option<String>,
    pub docker_api_version: Option<String>,
    pub xdg_runtime_dir: Option<String>,
    pub home: Option<PathBuf>,
    pub read: &'a dyn Fn(&Path) -> io::Result<String>,
    pub exists: &'a dyn Fn(&Path) -> bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// As it was written: `unix:///var/run/docker.sock`.
    pub url: String,
    pub address: Address,
    pub tls: Option<Tls>,
    /// `--host`, `DOCKER_HOST`, `context prod (currentContext)` …
    pub because: String,
    /// `DOCKER_API_VERSION`: nothing is negotiated.
    pub pinned_version: Option<ApiVersion>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Unix(PathBuf),
    Tcp {
        host: String,
        port: u16,
    },
    /// `user@host[:port]`
    Ssh(String),
}

/// Files for a TLS connection. Without `ca` the system's authorities count; `client` is certificate and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub ca: Option<PathBuf>,
    pub client: Option<(PathBuf, PathBuf)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    pub major: usize,
    pub minor: usize,
}

impl std::fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A place where an endpoint may be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `DOCKER_HOST`, `currentContext in /home/a/.docker/config.json`, `/run/podman/podman.sock`
    pub source: String,
    /// What it says, if it says something.
    pub address: Option<String>,
    pub fate: Fate,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Chosen,
    /// Not set, or the socket is missing.
    Missing,
    /// Something stronger was chosen.
    Outranked,
}

/// The endpoint, or why there is none, and all that was looked at.
#[derive(Debug)]
pub struct Choice {
    pub endpoint: Result<Endpoint, EngineError>,
    pub candidates: Vec<Candidate>,
}

/// What a source names: an address, or a context to look up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Host(String),
    Context(String),
}

pub fn choose(surroundings: &Surroundings<'_>) -> Choice {
    let mut candidates = Vec::new();
    let mut chosen: Option<(Named, String)> = None;
    let mut broken: Option<EngineError> = None;
    let current = current_context(surroundings).unwrap_or_else(|error| {
        broken = Some(error);
        None
    });
    let config_file = config_dir(surroundings).join("config.json");
    let of_target = surroundings.selection.of_target.clone();
    let mut sources = vec![
        ("--host".to_owned(), surroundings.selection.host.clone().map(Named::Host)),
        ("--context".to_owned(), surroundings.selection.context.clone().map(Named::Context)),
        ("DOCKER_HOST".to_owned(), set(surroundings.docker_host.as_ref()).map(Named::Host)),
        ("DOCKER_CONTEXT".to_owned(), set(surroundings.docker_context.as_ref()).map(Named::Context)),
        (format!("currentContext in {}", config_file.display()), current.map(Named::Context)),
    ];
    // Most targets say nothing of it, and then there is nothing to list.
    if let Some((source, named)) = of_target {
        sources.insert(2, (source, Some(named)));
    }
    for (source, named) in sources {
        let address = named.as_ref().map(|named| match named {
            Named::Host(host) => host.clone(),
            Named::Context(name) => format!("context {name}"),
        });
        let fate = match (&named, &chosen) {
            (None, _) => Fate::Missing,
            (Some(_), None) => Fate::Chosen,
            (Some(_), Some(_)) => Fate::Outranked,
        };
        candidates.push(Candidate { source: source.clone(), address, fate });
        if let (Some(named), None) = (named, &chosen) {
            chosen = Some((named, source));
        }
    }
    if surroundings.selection.host.is_some() && surroundings.selection.context.is_some() {
        let reason = "`--host` and `--context` exclude each other".to_owned();
        return Choice { endpoint: Err(EngineError::BadEndpoint { reason }), candidates };
    }
    let endpoint = match (chosen, broken) {
        (Some((Named::Host(host), source)), _) => {
            outranked_sockets(surroundings, &mut candidates);
            from_host(surroundings, &host, source)
        }
        (Some((Named::Context(name), source)), _) if name != "default" => {
            outranked_sockets(surroundings, &mut candidates);
            from_context(surroundings, &name, &source)
        }
        // The context `default` means: as if no context was named.
        (Some((Named::Context(_), source)), _) => match set(surroundings.docker_host.as_ref()) {
            Some(host) => {
                outranked_sockets(surroundings, &mut candidates);
                from_host(surroundings, &host, format!("DOCKER_HOST ({source} is `default`)"))
            }
            None => from_sockets(surroundings, &mut candidates),
        },
        (None, Some(error)) => Err(error),
        (None, None) => from_sockets(surroundings, &mut candidates),
    };
    Choice { endpoint, candidates }
}

fn set(variable: Option<&String>) -> Option<String> {
    variable.filter(|text| !text.is_empty()).cloned()
}

/// `$DOCKER_CONFIG`, else `~/.docker`.
pub fn config_dir(surroundings: &Surroundings<'_>) -> PathBuf {
    match set(surroundings.docker_config.as_ref()) {
        Some(dir) => PathBuf::from(dir),
        None => surroundings.home.clone().unwrap_or_default().join(".docker"),
    }
}

fn current_context(surroundings: &Surroundings<'_>) -> Result<Option<String>, EngineError> {
    #[derive(Deserialize)]
    struct ConfigFile {
        #[serde(default, rename = "currentContext")]
        current_context: String,
    }
    let path = config_dir(surroundings).join("config.json");
    let text = match (surroundings.read)(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            let reason = format!("`{}` cannot be read: {error}", path.display());
            return Err(EngineError::BadEndpoint { reason });
        }
    };
    match serde_json::from_str::<ConfigFile>(&text) {
        Ok(file) => Ok(set(Some(&file.current_context))),
        Err(error) => {
            let reason = format!("`{}` is not a Docker configuration file: {error}", path.display());
            Err(EngineError::BadEndpoint { reason })
        }
    }
}

fn from_host(surroundings: &Surroundings<'_>, host: &str, because: String) -> Result<Endpoint, EngineError> {
    let tls = tls_of_environment(surroundings)?;
    let default_port = if tls.is_some() { 2376 } else { 2375 };
    let (address, https) = parse_address(host, default_port)?;
    let tls = match address {
        Address::Tcp { .. } if https => Some(tls.unwrap_or(Tls { ca: None, client: None })),
        Address::Tcp { .. } => tls,
        Address::Unix(_) | Address::Ssh(_) => None,
    };
    Ok(Endpoint { url: host.to_owned(), address, tls, because, pinned_version: pinned_version(surroundings)? })
}

/// `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`; they mean hosts, never contexts, which bring their own files.
fn tls_of_environment(surroundings: &Surroundings<'_>) -> Result<Option<Tls>, EngineError> {
    if set(surroundings.docker_tls_verify.as_ref()).is_none() {
        if set(surroundings.docker_tls.as_ref()).is_some() {
            let reason =
                "`DOCKER_TLS` asks for TLS without a check of the engine's certificate, which windlass does not \
                          do; set `DOCKER_TLS_VERIFY=1` and `DOCKER_CERT_PATH`"
                    .to_owned();
            return Err(EngineError::BadEndpoint { reason });
        }
        return Ok(None);
    }
    let dir = match set(surroundings.docker_cert_path.as_ref()) {
        Some(dir) => PathBuf::from(dir),
        None => config_dir(surroundings),
    };
    let tls = tls_of_folder(surroundings, &dir);
    if tls.ca.is_none() {
        let reason = format!("`DOCKER_TLS_VERIFY` is set, and `{}` is missing", dir.join("ca.pem").display());
        return Err(EngineError::BadEndpoint { reason });
    }
    Ok(Some(tls))
}

fn tls_of_folder(surroundings: &Surroundings<'_>, dir: &Path) -> Tls {
    let file = |name: &str| Some(dir.join(name)).filter(|path| (surroundings.exists)(path));
    Tls { ca: file("ca.pem"), client: file("cert.pem").zip(file("key.pem")) }
}

fn from_context(surroundings: &Surroundings<'_>, name: &str, source: &str) -> Result<Endpoint, EngineError> {
    #[derive(Deserialize)]
    struct Meta {
        #[serde(default, rename = "Endpoints")]
        endpoints: std::collections::BTreeMap<String, Docker>,
    }
    #[derive(Deserialize)]
    struct Docker {
        #[serde(default, rename = "Host")]
        host: String,
        #[serde(default, rename = "SkipTLSVerify")]
        skip_tls_verify: bool,
    }
    let bad = |reason: String| EngineError::BadEndpoint { reason };
    let contexts = config_dir(surroundings).join("contexts");
    let folder: String = Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let path = contexts.join("meta").join(&folder).join("meta.json");
    let text = (surroundings.read)(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            bad(format!("{source} names the context `{name}`, which does not exist (`{}` is missing)", path.display()))
        }
        _ => bad(format!("`{}` of the context `{name}` cannot be read: {error}", path.display())),
    })?;
    let meta: Meta = serde_json::from_str(&text)
        .map_err(|error| bad(format!("`{}` of the context `{name}` is damaged: {error}", path.display())))?;
    let docker = meta
        .endpoints
        .get("docker")
        .filter(|docker| !docker.host.is_empty())
        .ok_or_else(|| bad(format!("the context `{name}` names no Docker endpoint")))?;
    let material = tls_of_folder(surroundings, &contexts.join("tls").join(&folder).join("docker"));
    let tls = (material.ca.is_some() || material.client.is_some()).then_some(material);
    let (address, https) = parse_address(&docker.host, if tls.is_some() { 2376 } else { 2375 })?;
    let tls = match address {
        Address::Tcp { .. } if https => Some(tls.unwrap_or(Tls { ca: None, client: None })),
        Address::Tcp { .. } => tls,
        Address::Unix(_) | Address::Ssh(_) => None,
    };
    if docker.skip_tls_verify && tls.is_some() {
        return Err(bad(format!(
            "the context `{name}` skips the check of the engine's certificate, which windlass does not do"
        )));
    }
    Ok(Endpoint {
        url: docker.host.clone(),
        address,
        tls,
        because: format!("context {name} ({source})"),
        pinned_version: pinned_version(surroundings)?,
    })
}

/// The default socket, then those of rootless Docker, Docker Desktop and Podman.
fn sockets(surroundings: &Surroundings<'_>) -> Vec<PathBuf> {
    let runtime = set(surroundings.xdg_runtime_dir.as_ref()).map(PathBuf::from);
    let home = surroundings.home.as_ref();
    [
        Some(PathBuf::from(DEFAULT_SOCKET)),
        runtime.as_ref().map(|dir| dir.join("docker.sock")),
        home.map(|dir| dir.join(".docker/run/docker.sock")),
        runtime.as_ref().map(|dir| dir.join("podman/podman.sock")),
        Some(PathBuf::from("/run/podman/podman.sock")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn outranked_sockets(surroundings: &Surroundings<'_>, candidates: &mut Vec<Candidate>) {
    for path in sockets(surroundings) {
        let fate = if (surroundings.exists)(&path) { Fate::Outranked } else { Fate::Missing };
        candidates.push(socket_candidate(&path, fate));
    }
}

fn socket_candidate(path: &Path, fate: Fate) -> Candidate {
    let address = (fate != Fate::Missing).then(|| format!("unix://{}", path.display()));
    Candidate { source: path.display().to_string(), address, fate }
}

fn from_sockets(surroundings: &Surroundings<'_>, candidates: &mut Vec<Candidate>) -> Result<Endpoint, EngineError> {
    let paths = sockets(surroundings);
    let chosen = paths.iter().position(|path| (surroundings.exists)(path));
    for (at, path) in paths.iter().enumerate() {
        let fate = match chosen {
            Some(chosen) if chosen == at => Fate::Chosen,
            _ if (surroundings.exists)(path) => Fate::Outranked,
            _ => Fate::Missing,
        };
        candidates.push(socket_candidate(path, fate));
    }
    let unset = "DOCKER_HOST and contexts are unset";
    match chosen.and_then(|at| paths.get(at)) {
        Some(path) => Ok(Endpoint {
            url: format!("unix://{}", path.display()),
            address: Address::Unix(path.clone()),
            tls: None,
            because: match chosen {
                Some(0) => format!("the default socket, because {unset}"),
                _ => format!("a socket found, because {unset} and {DEFAULT_SOCKET} is missing"),
            },
            pinned_version: pinned_version(surroundings)?,
        }),
        None => Err(EngineError::Unreachable {
            endpoint: format!("unix://{DEFAULT_SOCKET}"),
            reason: format!("{unset}, and there is no socket"),
            tried: paths.iter().map(|path| path.display().to_string()).collect(),
        }),
    }
}

/// Reads `unix:///path`, `tcp://host[:port]`, `http(s)://host[:port]`, `ssh://[user@]host[:port]`; a text without scheme is
/// a host and port, as it is for the Docker CLI. Says also whether the scheme itself asks for TLS.
fn parse_address(text: &str, default_port: u16) -> Result<(Address, bool), EngineError> {
    let bad = |reason: String| EngineError::BadEndpoint { reason };
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest),
        None if text.starts_with('/') => {
            return Err(bad(format!("`{text}` lacks its scheme; write `unix://{text}`")));
        }
        None => ("tcp", text),
    };
    match scheme {
        "unix" => {
            let path = if rest.is_empty() { DEFAULT_SOCKET } else { rest };
            Ok((Address::Unix(PathBuf::from(path)), false))
        }
        "tcp" | "http" | "https" => {
            let default_port = if scheme == "https" { 2376 } else { default_port };
            Ok((parse_tcp(text, rest.trim_end_matches('/'), default_port)?, scheme == "https"))
        }
        "ssh" if !rest.is_empty() => Ok((Address::Ssh(rest.trim_end_matches('/').to_owned()), false)),
        "npipe" => Err(bad(format!("`{text}` is a named pipe of Windows, which is not supported here"))),
        _ => Err(bad(format!(
            "`{text}` is no address of an engine; `unix://`, `tcp://`, `http://` and `https://` are known"
        ))),
    }
}

fn parse_tcp(text: &str, rest: &str, default_port: u16) -> Result<Address, EngineError> {
    let bad = |what: &str| EngineError::BadEndpoint { reason: format!("`{text}` {what}") };
    if rest.contains('/') {
        return Err(bad("has a path after the host, which is not supported"));
    }
    if rest.contains('@') {
        return Err(bad("has a user name in it, which an engine does not take"));
    }
    let after_brackets = rest.rfind(']').map_or(0, |end| end + 1);
    let (host, port) = match rest[after_brackets..].rfind(':') {
        Some(colon) => {
            let (host, port) = rest.split_at(after_brackets + colon);
            (host, port[1..].parse().map_err(|_| bad("has no usable port"))?)
        }
        None => (rest, default_port),
    };
    if host.is_empty() && rest.is_empty() {
        return Err(bad("names no host"));
    }
    let host = if host.is_empty() { "localhost" } else { host };
    Ok(Address::Tcp { host: host.to_owned(), port })
}

fn pinned_version(surroundings: &Surroundings<'_>) -> Result<Option<ApiVersion>, EngineError> {
    let Some(text) = set(surroundings.docker_api_version.as_ref()) else {
        return Ok(None);
    };
    match parse_version(&text) {
        Some(version) => Ok(Some(version)),
        None => {
            let reason = format!("`DOCKER_API_VERSION` is `{text}`, and a version such as `1.41` was expected");
            Err(EngineError::BadEndpoint { reason })
        }
    }
}

pub fn parse_version(text: &str) -> Option<ApiVersion> {
    let (major, minor) = text.trim_start_matches('v').split_once('.')?;
    Some(ApiVersion { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// A machine of files and variables, and what `choose` makes of it.
    struct Machine {
        files: BTreeMap<&'static str, String>,
        edit: fn(&mut Surroundings<'_>),
    }

    fn on(files: &[(&'static str, &str)], edit: fn(&mut Surroundings<'_>)) -> Choice {
        Machine { files: files.iter().map(|(path, text)| (*path, (*text).to_owned())).collect(), edit }.choose()
    }

    impl Machine {
        fn choose(&self) -> Choice {
            let read = |path: &Path| {
                let found = path.to_str().and_then(|path| self.files.get(path));
                found.cloned().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
            };
            let exists = |path: &Path| path.to_str().is_some_and(|path| self.files.contains_key(path));
            let mut surroundings = Surroundings {
                selection: Selection::default(),
                docker_host: None,
                docker_context: None,
                docker_config: None,
                docker_tls: None,
                docker_tls_verify: None,
                docker_cert_path: None,
                docker_api_version: None,
                xdg_runtime_dir: Some("/run/user/7".into()),
                home: Some("/home/a".into()),
                read: &read,
                exists: &exists,
            };
            (self.edit)(&mut surroundings);
            choose(&surroundings)
        }
    }

    const SOCKET: (&str, &str) = (DEFAULT_SOCKET, "");

    fn url(choice: &Choice) -> (&str, &str) {
        let endpoint = choice.endpoint.as_ref().unwrap();
        (&endpoint.url, &endpoint.because)
    }

    fn refusal(choice: Choice) -> String {
        choice.endpoint.unwrap_err().to_string()
    }

    fn prod_meta() -> String {
        let folder: String = Sha256::digest(b"prod").iter().map(|byte| format!("{byte:02x}")).collect();
        format!("/home/a/.docker/contexts/meta/{folder}/meta.json")
    }

    /// The machine of `on`, with the context `prod` at the folder that its name's hash says.
    fn with_prod(meta: &str, edit: fn(&mut Surroundings<'_>)) -> Choice {
        let mut files: BTreeMap<&'static str, String> = BTreeMap::new();
        files.insert(Box::leak(prod_meta().into_boxed_str()), meta.to_owned());
        files.insert("/home/a/.docker/config.json", r#"{"currentContext":"prod","auths":{}}"#.to_owned());
        Machine { files, edit }.choose()
    }

    const TCP_META: &str =
        r#"{"Name":"prod","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://10.0.0.5:2376","SkipTLSVerify":false}}}"#;

    #[test]
    fn each_source_outranks_the_next() {
        let all: fn(&mut Surroundings<'_>) = |s| {
            s.docker_host = Some("tcp://env:1".into());
            s.docker_context = Some("prod".into());
        };
        assert_eq!(url(&with_prod(TCP_META, all)), ("tcp://env:1", "DOCKER_HOST"));
        let flag: fn(&mut Surroundings<'_>) = |s| {
            s.selection.host = Some("unix:///a.sock".into());
            s.docker_host = Some("tcp://env:1".into());
        };
        assert_eq!(url(&with_prod(TCP_META, flag)), ("unix:///a.sock", "--host"));
        let context: fn(&mut Surroundings<'_>) = |s| {
            s.selection.context = Some("prod".into());
            s.docker_host = Some("tcp://env:1".into());
        };
        assert_eq!(url(&with_prod(TCP_META, context)), ("tcp://10.0.0.5:2376", "context prod (--context)"));
        let env: fn(&mut Surroundings<'_>) = |s| s.docker_context = Some("prod".into());
        assert_eq!(url(&with_prod(TCP_META, env)).1, "context prod (DOCKER_CONTEXT)");
        let config = with_prod(TCP_META, |_| ());
        assert_eq!(url(&config).1, "context prod (currentContext in /home/a/.docker/config.json)");
        assert_eq!(url(&on(&[SOCKET], |s| s.docker_host = Some(String::new()))).0, "unix:///var/run/docker.sock");
    }

    #[test]
    fn a_context_that_does_not_exist_is_an_error() {
        let choice = on(&[SOCKET], |s| s.docker_context = Some("prod".into()));
        assert!(refusal(choice).contains("DOCKER_CONTEXT names the context `prod`, which does not exist"));
        let choice = on(&[SOCKET], |s| s.selection.context = Some("nope".into()));
        assert!(refusal(choice).contains("`nope`"));
        assert!(refusal(with_prod("{}", |_| ())).contains("names no Docker endpoint"));
        assert!(refusal(with_prod("{", |_| ())).contains("is damaged"));
    }

    #[test]
    fn the_context_default_is_no_context() {
        let choice = with_prod(TCP_META, |s| {
            s.selection.context = Some("default".into());
            s.docker_host = Some("tcp://env:1".into());
        });
        assert_eq!(url(&choice), ("tcp://env:1", "DOCKER_HOST (--context is `default`)"));
        let choice = on(&[SOCKET], |s| s.docker_context = Some("default".into()));
        assert_eq!(url(&choice).0, "unix:///var/run/docker.sock");
    }

    #[test]
    fn other_sockets_are_tried_only_when_nothing_was_chosen() {
        let choice = on(&[("/run/podman/podman.sock", ""), ("/home/a/.docker/run/docker.sock", "")], |_| ());
        assert_eq!(
            url(&choice),
            (
                "unix:///home/a/.docker/run/docker.sock",
                "a socket found, because DOCKER_HOST and contexts are unset and /var/run/docker.sock is missing"
            )
        );
        let fates: Vec<_> = choice.candidates.iter().map(|candidate| candidate.fate.clone()).collect();
        use Fate::{Chosen, Missing, Outranked};
        assert_eq!(fates, [Missing, Missing, Missing, Missing, Missing, Missing, Missing, Chosen, Missing, Outranked]);
        match on(&[], |_| ()).endpoint.unwrap_err() {
            EngineError::Unreachable { tried, .. } => assert_eq!(tried.len(), 5),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn tls_comes_from_the_environment_for_hosts_and_from_the_context_for_contexts() {
        let certs = [("/certs/ca.pem", ""), ("/certs/cert.pem", ""), ("/certs/key.pem", "")];
        let choice = on(&certs, |s| {
            s.docker_host = Some("tcp://far".into());
            s.docker_tls_verify = Some("1".into());
            s.docker_cert_path = Some("/certs".into());
        });
        let endpoint = choice.endpoint.unwrap();
        assert_eq!(endpoint.address, Address::Tcp { host: "far".into(), port: 2376 });
        assert_eq!(endpoint.tls.unwrap().client.unwrap().1, PathBuf::from("/certs/key.pem"));
        let choice = on(&certs, |s| {
            s.docker_host = Some("tcp://far".into());
            s.docker_tls_verify = Some("1".into());
        });
        assert!(refusal(choice).contains("/home/a/.docker/ca.pem` is missing"));
        let choice = with_prod(TCP_META, |s| s.docker_tls_verify = Some("1".into()));
        assert_eq!(choice.endpoint.unwrap().tls, None);
    }

    #[test]
    fn addresses_are_read_as_the_docker_cli_reads_them() {
        let good: &[(&str, Address, bool)] = &[
            ("unix:///a/b.sock", Address::Unix("/a/b.sock".into()), false),
            ("unix://", Address::Unix(DEFAULT_SOCKET.into()), false),
            ("tcp://h", Address::Tcp { host: "h".into(), port: 2375 }, false),
            ("tcp://:99", Address::Tcp { host: "localhost".into(), port: 99 }, false),
            ("10.0.0.1:99", Address::Tcp { host: "10.0.0.1".into(), port: 99 }, false),
            ("http://h:1/", Address::Tcp { host: "h".into(), port: 1 }, false),
            ("https://h", Address::Tcp { host: "h".into(), port: 2376 }, true),
            ("tcp://[::1]:5", Address::Tcp { host: "[::1]".into(), port: 5 }, false),
            ("tcp://[::1]", Address::Tcp { host: "[::1]".into(), port: 2375 }, false),
            ("ssh://deploy@h:22", Address::Ssh("deploy@h:22".into()), false),
        ];
        for (text, address, https) in good {
            assert_eq!(parse_address(text, 2375).unwrap(), (address.clone(), *https), "{text}");
        }
        for text in ["/var/run/docker.sock", "ftp://h", "tcp://h:x", "tcp://h/path", "npipe:////./pipe/d", "ssh://"] {
            let refusal = parse_address(text, 2375).unwrap_err().to_string();
            assert!(refusal.contains(text), "{refusal}");
        }
    }

    #[test]
    fn a_pinned_version_must_be_one() {
        let pin = |s: &mut Surroundings<'_>| s.docker_api_version = Some("1.41".into());
        assert_eq!(on(&[SOCKET], pin).endpoint.unwrap().pinned_version, Some(ApiVersion { major: 1, minor: 41 }));
        assert!(refusal(on(&[SOCKET], |s| s.docker_api_version = Some("new".into()))).contains("`new`"));
    }
}
