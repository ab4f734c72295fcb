//! What a person can do about an engine's refusal, one suggestion a line, the likeliest first.
//!
//! The commands and the report of a deployment both end with it.

use super::{EngineError, ImageProblem};

impl EngineError {
    pub fn advice(&self) -> Vec<String> {
        match self {
            EngineError::Unreachable { reason, .. } if reason.contains("permission denied") => vec![
                "let this user open the socket: `sudo usermod -aG docker $USER`, then log in again".into(),
                "`windlass doctor` shows every endpoint that was considered".into(),
            ],
            EngineError::Unreachable { .. } => vec![
                "start Docker or Podman, or name another engine with `--host URL` or `DOCKER_HOST`".into(),
                "`windlass doctor` shows every endpoint that was considered".into(),
            ],
            EngineError::BadEndpoint { .. } => vec!["`windlass doctor` shows where the setting comes from".into()],
            EngineError::PortTaken { .. } => vec!["free the port, or give the module another one".into()],
            EngineError::Image { problem, .. } => problem.advice(),
            EngineError::Refused { reason, .. } => of_text(reason).map(str::to_owned).into_iter().collect(),
        }
    }
}

impl ImageProblem {
    fn advice(&self) -> Vec<String> {
        let log_in = |host: &str| {
            format!(
                "`windlass login {host} --username ID --password-stdin`, `docker login {host}`, or give the module \
                 `docker: {{username: …, password: …}}`"
            )
        };
        match self {
            ImageProblem::Host { host, .. } => vec![
                format!("check the host `{host}` in the image's reference"),
                "check that the engine's machine reaches it: the engine pulls, not windlass".into(),
            ],
            ImageProblem::Tls { host, reason } if reason.contains("HTTP response") => {
                vec![format!(
                    "`{host}` speaks plain HTTP: list it under `insecure-registries` in the engine's daemon.json"
                )]
            }
            ImageProblem::Tls { host, .. } => {
                vec![format!("give the engine the registry's authority: /etc/docker/certs.d/{host}/ca.crt")]
            }
            ImageProblem::Credentials { host, used } if used.starts_with("no credentials") => vec![log_in(host)],
            ImageProblem::Credentials { host, .. } => vec![
                format!(
                    "check user and token: a token that has expired or was revoked is refused as well; {}",
                    scope(host)
                ),
                log_in(host),
            ],
            ImageProblem::Expired { host, .. } => vec!["make a new token".to_owned(), log_in(host)],
            ImageProblem::Scope { host, repository, .. } => {
                vec![format!("let the token read `{repository}`: {}", scope(host)), log_in(host)]
            }
            ImageProblem::Repository { host, repository, .. } => {
                vec![format!("check the name `{repository}`"), format!("if the image is private: {}", log_in(host))]
            }
            ImageProblem::Tag { tag, .. } => vec![format!("push `{tag}`, or correct the tag in `docker.image`")],
            ImageProblem::Missing { repository, version, .. } => {
                vec![format!("check `{repository}` and `{version}` in `docker.image`; has the image been pushed?")]
            }
            ImageProblem::Reference { .. } => {
                vec!["write it as HOST/REPOSITORY:TAG, such as `registry.example.org/shop/web:1.0`".into()]
            }
            ImageProblem::Other { reason } => of_text(reason).map(str::to_owned).into_iter().collect(),
        }
    }
}

/// What a token must be allowed, in the words of who runs the registry.
fn scope(host: &str) -> &'static str {
    if host.contains("gitlab") {
        "GitLab calls the right `read_registry`"
    } else if host == "ghcr.io" {
        "GitHub calls the right `read:packages`"
    } else {
        "GitLab calls the right `read_registry`, GitHub `read:packages`"
    }
}

/// Advice for texts that engines pass through from below.
fn of_text(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let says = |words: &str| text.contains(words);
    if says("no space left on device") {
        Some("make room on the engine's disk: `docker system df` shows what takes it")
    } else if says("toomanyrequests") {
        Some("the registry limits pulls without an account: `docker login`, or wait")
    } else if says("no matching manifest") || says("exec format error") {
        Some("the image is built for another kind of processor; push one for the engine's")
    } else if says("no command specified") {
        Some("the image says no command: give the module a `command`")
    } else if says("executable file not found") || says("no such file or directory") {
        Some("check `command` and `container.entrypoint` of the module against what the image holds")
    } else if says("bind source path does not exist") {
        Some("make the folder on the engine's machine, or use a named volume")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_the_thing_to_change() {
        let refused = |reason: &str| EngineError::Refused { doing: "start".into(), reason: reason.into() }.advice();
        assert!(refused("exec /app: exec format error")[0].contains("processor"));
        assert!(refused("something else").is_empty());
        let problem = ImageProblem::Credentials { host: "r.example".into(), used: "no credentials".into() };
        let error = EngineError::Image { reference: "r.example/web".into(), problem };
        assert!(error.advice()[0].starts_with("`windlass login r.example --username"));
    }
}
