//! Credentials for image registries: those of the module (`docker.username`, `docker.password`), then those of `windlass login`,
//! then the Docker configuration: `credHelpers`, `credsStore`, `auths`, in this order.
//!
//! A helper that is missing does not stop a pull: many images are public, so the pull is tried once without credentials, and only when that is
//! refused the report names configuration file, key and helper.

use super::docker::Docker;
use crate::image::{DOCKER_HUB, ImageReference, registry_of};
use crate::plan::unit::ImageCredentials;
use base64::Engine as _;
use bollard::auth::DockerCredentials;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// Under this key everyone keeps the credentials of Docker Hub.
const DOCKER_HUB_KEY: &str = "https://index.docker.io/v1/";

/// The user name that marks an identity token.
const TOKEN_USER: &str = "<token>";

/// A helper may ask a person (a smart card, a key ring), but not for ever.
const HELPER_TIMEOUT: Duration = Duration::from_secs(60);

/// The credentials part of `config.json`.
#[derive(Debug, Default, Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: BTreeMap<String, Auth>,
    #[serde(default, rename = "credHelpers")]
    helpers: BTreeMap<String, String>,
    #[serde(default, rename = "credsStore")]
    store: String,
}

#[derive(Clone, Default, Deserialize)]
struct Auth {
    #[serde(default)]
    auth: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default, rename = "identitytoken")]
    identity_token: String,
    #[serde(default, rename = "registrytoken")]
    registry_token: String,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth(…)")
    }
}

/// What is sent with a pull, and how to speak of it.
pub struct Pass {
    pub credentials: Option<DockerCredentials>,
    /// `user "deploy" of the module`, `no credentials` …
    pub used: String,
}

/// Where the configuration keeps the credentials of one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Keeper {
    /// `docker-credential-<name>`, named under `key` of the configuration file.
    Helper {
        name: String,
        key: String,
    },
    File,
    Nobody,
}

impl DockerConfig {
    /// Reads `config.json`; one that is missing is empty.
    #[expect(clippy::disallowed_methods, reason = "the engine room reads the Docker configuration")]
    fn read(dir: &Path) -> Result<DockerConfig, String> {
        let path = dir.join("config.json");
        match std::fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|error| format!("`{}` is not a Docker configuration file: {error}", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(DockerConfig::default()),
            Err(error) => Err(format!("`{}` cannot be read: {error}", path.display())),
        }
    }

    /// Who keeps the credentials of a registry (`registry.example.org:5000`, `docker.io`).
    fn keeper(&self, registry: &str) -> Keeper {
        if let Some((key, name)) =
            self.helpers.iter().find(|(key, name)| registry_of(key) == registry_of(registry) && !name.is_empty())
        {
            return Keeper::Helper { name: name.clone(), key: format!("credHelpers.{key}") };
        }
        if !self.store.is_empty() {
            return Keeper::Helper { name: self.store.clone(), key: "credsStore".into() };
        }
        if self.auth(registry).is_some() { Keeper::File } else { Keeper::Nobody }
    }

    /// Every registry that the file names, sorted.
    fn registries(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.auths.keys().chain(self.helpers.keys()).map(|key| registry_of(key).to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn auth(&self, registry: &str) -> Option<&Auth> {
        self.auths.get(server_key(registry)).or_else(|| {
            self.auths.iter().find(|(key, _)| registry_of(key) == registry_of(registry)).map(|(_, auth)| auth)
        })
    }
}

/// The key under which a registry's credentials are kept, also what helpers are asked for.
fn server_key(registry: &str) -> &str {
    if registry == DOCKER_HUB { DOCKER_HUB_KEY } else { registry }
}

/// What is sent with a question for this image.
pub async fn pass(docker: &Docker, image: &ImageReference, given: Option<&ImageCredentials>) -> Pass {
    if let Some(given) = given {
        return of_module(image, given);
    }
    let registry = image.registry();
    match docker.logins.find(&registry) {
        Ok(Some(kept)) => Pass {
            credentials: Some(to_engine(server_key(&registry), &kept.username, &kept.password)),
            used: format!("user `{}` of `windlass login`", kept.username),
        },
        Ok(None) => of_configuration(image, &docker.config_dir).await,
        Err(reason) => Pass {
            credentials: None,
            used: format!("no credentials, because those of `windlass login` cannot be read: {reason}"),
        },
    }
}

/// The credentials that the module brings.
fn of_module(image: &ImageReference, given: &ImageCredentials) -> Pass {
    Pass {
        credentials: Some(to_engine(server_key(&image.registry()), &given.username, &given.password)),
        used: format!("user `{}` of the module", given.username),
    }
}

/// The credentials that the Docker configuration in `dir` has for the registry of `image`.
async fn of_configuration(image: &ImageReference, dir: &Path) -> Pass {
    let registry = image.registry();
    let file = dir.join("config.json");
    let config = match DockerConfig::read(dir) {
        Ok(config) => config,
        Err(reason) => return Pass { credentials: None, used: format!("no credentials, because {reason}") },
    };
    let mut missing = None;
    if let Keeper::Helper { name, key } = config.keeper(&registry) {
        match ask_helper(&name, server_key(&registry)).await {
            Ok(Some((username, secret))) => {
                return Pass {
                    used: match username.as_str() {
                        TOKEN_USER => format!("the token from `docker-credential-{name}`"),
                        _ => format!("user `{username}` from `docker-credential-{name}`"),
                    },
                    credentials: Some(to_engine(server_key(&registry), &username, &secret)),
                };
            }
            Ok(None) => {}
            Err(reason) => {
                missing =
                    Some(format!("no credentials: `{}` names the helper under `{key}`, but {reason}", file.display()));
            }
        }
    }
    match config.auth(&registry).and_then(|auth| from_file(server_key(&registry), auth)) {
        Some((credentials, who)) => {
            Pass { credentials: Some(credentials), used: format!("{who} from `{}`", file.display()) }
        }
        None => Pass { credentials: None, used: missing.unwrap_or_else(|| "no credentials".into()) },
    }
}

fn from_file(server: &str, auth: &Auth) -> Option<(DockerCredentials, String)> {
    if !auth.identity_token.is_empty() {
        return Some((to_engine(server, TOKEN_USER, &auth.identity_token), "the token".into()));
    }
    if !auth.registry_token.is_empty() {
        let credentials = DockerCredentials {
            registrytoken: Some(auth.registry_token.clone()),
            serveraddress: Some(server.to_owned()),
            ..DockerCredentials::default()
        };
        return Some((credentials, "the registry token".into()));
    }
    let (username, password) = match decode(&auth.auth) {
        Some(pair) => pair,
        None if !auth.username.is_empty() => (auth.username.clone(), auth.password.clone()),
        None => return None,
    };
    Some((to_engine(server, &username, &password), format!("user `{username}`")))
}

/// `base64(user:password)`; a password may contain colons.
fn decode(auth: &str) -> Option<(String, String)> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(auth.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (username, password) = text.split_once(':')?;
    Some((username.to_owned(), password.trim_end_matches('\0').to_owned()))
}

fn to_engine(server: &str, username: &str, secret: &str) -> DockerCredentials {
    let server = Some(server.to_owned());
    if username == TOKEN_USER {
        return DockerCredentials {
            identitytoken: Some(secret.to_owned()),
            serveraddress: server,
            ..DockerCredentials::default()
        };
    }
    DockerCredentials {
        username: Some(username.to_owned()),
        password: Some(secret.to_owned()),
        serveraddress: server,
        ..DockerCredentials::default()
    }
}

/// Asks `docker-credential-NAME` for the credentials of a server. `Ok(None)`: it keeps none.
async fn ask_helper(name: &str, server: &str) -> Result<Option<(String, String)>, String> {
    let program = format!("docker-credential-{name}");
    if name.contains('/') {
        return Err(format!("`{program}` is no program name"));
    }
    ask_program(&program, server).await
}

/// Runs `PROGRAM get` with the server on its standard input.
async fn ask_program(program: &str, server: &str) -> Result<Option<(String, String)>, String> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(rename = "Username")]
        username: String,
        #[serde(rename = "Secret")]
        secret: String,
    }
    let started = tokio::process::Command::new(program)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = started.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("`{program}` is not installed"),
        _ => format!("`{program}` cannot be started: {error}"),
    })?;
    if let Some(mut stdin) = child.stdin.take() {
        use tokio::io::AsyncWriteExt;
        // A helper that does not read its input says why in its exit code.
        let _ = stdin.write_all(format!("{server}\n").as_bytes()).await;
    }
    let output = match tokio::time::timeout(HELPER_TIMEOUT, child.wait_with_output()).await {
        Ok(output) => output.map_err(|error| format!("`{program}` failed: {error}"))?,
        Err(_) => return Err(format!("`{program}` did not answer within {} s", HELPER_TIMEOUT.as_secs())),
    };
    if !output.status.success() {
        // By the helpers' protocol, what went wrong stands on standard output.
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if said.contains("credentials not found") {
            return Ok(None);
        }
        return Err(format!("`{program}` failed: {}", if said.is_empty() { output.status.to_string() } else { said }));
    }
    let answer: Answer =
        serde_json::from_slice(&output.stdout).map_err(|_| format!("`{program}` gave no usable answer"))?;
    Ok((!answer.secret.is_empty()).then_some((answer.username, answer.secret)))
}

/// What the Docker configuration has for a registry that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryAccess {
    Helper { name: String },
    MissingHelper { name: String, key: String },
    File,
    Nothing,
}

/// Every registry that the configuration in `dir` names, and whether its credentials can be had.
pub fn registry_access(dir: &Path) -> Result<Vec<(String, RegistryAccess)>, String> {
    let config = DockerConfig::read(dir)?;
    let access = |registry: &str| match config.keeper(registry) {
        Keeper::Helper { name, .. } if helper_program(&name).is_some() => RegistryAccess::Helper { name },
        Keeper::Helper { name, key } => RegistryAccess::MissingHelper { name, key },
        Keeper::File if config.auth(registry).and_then(|auth| from_file(registry, auth)).is_some() => {
            RegistryAccess::File
        }
        Keeper::File | Keeper::Nobody => RegistryAccess::Nothing,
    };
    Ok(config.registries().into_iter().map(|registry| (registry.clone(), access(&registry))).collect())
}

/// Where a helper's program is, as the shell would find it.
#[expect(clippy::disallowed_methods, reason = "programs are looked up where the operating system looks")]
fn helper_program(name: &str) -> Option<PathBuf> {
    let program = format!("docker-credential-{name}");
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(&program)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> DockerConfig {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_helper_for_the_host_comes_before_the_store_and_the_store_before_the_file() {
        let file = config(
            r#"{"auths":{"r.example":{"auth":"dTpw"},"https://index.docker.io/v1/":{"auth":"dTpw"}},
                "credHelpers":{"h.example":"pass"}}"#,
        );
        assert_eq!(
            file.keeper("h.example"),
            Keeper::Helper { name: "pass".into(), key: "credHelpers.h.example".into() }
        );
        assert_eq!(file.keeper("r.example"), Keeper::File);
        assert_eq!(file.keeper("docker.io"), Keeper::File);
        assert_eq!(file.keeper("other.example"), Keeper::Nobody);
        assert_eq!(file.registries(), ["docker.io", "h.example", "r.example"]);
        let store = config(r#"{"auths":{"r.example":{}},"credsStore":"desktop"}"#);
        assert_eq!(store.keeper("r.example"), Keeper::Helper { name: "desktop".into(), key: "credsStore".into() });
    }

    #[test]
    fn the_file_keeps_passwords_with_colons_and_tokens() {
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        let auth = Auth { auth: encode("u:p:?>~ü/+x"), ..Auth::default() };
        let (credentials, who) = from_file("r.example", &auth).unwrap();
        assert_eq!(credentials.password.as_deref(), Some("p:?>~ü/+x"));
        assert_eq!(who, "user `u`");
        let auth = Auth { identity_token: "t".into(), ..Auth::default() };
        let (credentials, _) = from_file("r.example", &auth).unwrap();
        assert_eq!((credentials.identitytoken.as_deref(), credentials.password), (Some("t"), None));
        assert!(from_file("r.example", &Auth::default()).is_none());
    }

    #[test]
    fn keys_of_the_file_may_be_addresses() {
        let file = config(r#"{"auths":{"https://r.example:5000/v2/":{"auth":"dTpw"}}}"#);
        assert!(file.auth("r.example:5000").is_some());
        assert!(file.auth("r.example").is_none());
    }

    #[tokio::test]
    async fn a_helper_is_asked_by_its_protocol() {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/engine/docker-credential-keeper");
        let found = ask_program(program, "r.example").await.unwrap().unwrap();
        assert_eq!(found, ("<token>".to_owned(), "säcret".to_owned()));
        assert_eq!(to_engine("r.example", &found.0, &found.1).identitytoken.as_deref(), Some("säcret"));
        assert_eq!(ask_program(program, "other.example").await, Ok(None));
        assert!(ask_program(program, "broken.example").await.unwrap_err().contains("the key ring is locked"));
    }

    #[tokio::test]
    async fn a_missing_helper_is_named_with_its_file_and_key() {
        let dir = tempfile::tempdir().unwrap();
        tokio::fs::write(dir.path().join("config.json"), r#"{"credHelpers":{"r.example":"nosuchhelper"}}"#)
            .await
            .unwrap();
        let image = ImageReference::parse("r.example/web:1").unwrap();
        let pass = of_configuration(&image, dir.path()).await;
        assert!(pass.credentials.is_none());
        for part in ["config.json", "credHelpers.r.example", "docker-credential-nosuchhelper` is not installed"] {
            assert!(pass.used.contains(part), "{}", pass.used);
        }
    }
}
