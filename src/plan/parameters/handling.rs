//! How a deployment deals with a module: what is no property of its containers, and is not recorded with them.

use super::read::Reader;
use crate::descriptor::{Descriptor, Module};
use crate::finding::Findings;
use crate::source::Span;

#[derive(Clone, Debug, PartialEq)]
pub struct Handling {
    pub keep: Keep,
    pub restart_on: RestartOn,
    /// Seconds that pulling its image may take.
    pub pull_timeout: u32,
    /// Where its `disk-quota` was written, and the path of that.
    pub disk_quota: Option<(Span, String)>,
    /// The same of `container.cpus` and `container.networks`.
    pub cpus: Option<(Span, String)>,
    pub networks: Option<(Span, String)>,
}

impl Handling {
    /// That of a module whose descriptor says nothing of it.
    pub fn by_default() -> Handling {
        Handling {
            keep: Keep::default(),
            restart_on: RestartOn::default(),
            pull_timeout: PULL_TIMEOUT,
            disk_quota: None,
            cpus: None,
            networks: None,
        }
    }
}

/// What an earlier deployment had and this descriptor lacks, and stays (`keep-existing`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    pub variables: bool,
    pub services: bool,
    pub routes: bool,
}

/// Which changes of the environment replace containers (`restart-on-env-change`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartOn {
    /// What an application is told of itself: its routes.
    pub application: bool,
    /// What it is told of the services it is bound to.
    pub services: bool,
    pub variables: bool,
}

impl Default for RestartOn {
    fn default() -> RestartOn {
        RestartOn { application: true, services: true, variables: true }
    }
}

/// As long as the deploy service waits for an upload.
const PULL_TIMEOUT: u32 = 3600;

pub fn handling(module: &Module, index: usize, descriptor: &Descriptor) -> Handling {
    let reader = Reader { module, descriptor, index, findings: &mut Findings::default() };
    let kept = |key: &str| reader.flag_of("keep-existing", key);
    let restarts = |key: &str| reader.flag_of("restart-on-env-change", key).unwrap_or(true);
    let timeout = reader.number("upload-timeout").or_else(|| reader.number("apps-upload-timeout"));
    let of_container = |key: &str| {
        let found = reader.find("container").and_then(|container| container.key(key));
        found.map(|found| (found.at, found.path))
    };
    Handling {
        keep: Keep {
            variables: kept("env").unwrap_or(false),
            services: kept("service-bindings").unwrap_or(false),
            routes: kept("routes").or_else(|| reader.flag("keep-existing-routes")).unwrap_or(false),
        },
        restart_on: RestartOn {
            application: restarts("vcap-application"),
            services: restarts("vcap-services"),
            variables: restarts("user-provided"),
        },
        pull_timeout: timeout.unwrap_or(PULL_TIMEOUT),
        disk_quota: reader.find("disk-quota").map(|found| (found.at, found.path)),
        cpus: of_container("cpus"),
        networks: of_container("networks"),
    }
}
