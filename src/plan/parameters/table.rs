//! Every parameter that windlass knows, in one table: it feeds the checks and the reference page.

use super::reference::{Effect::*, Parameter, Place::*};

macro_rules! parameters {
    ($($place:ident $name:literal, $kind:literal, $default:literal, $effect:expr, $meaning:literal;)*) => {
        &[$(Parameter {
            place: $place, name: $name, kind: $kind, default: $default, effect: $effect, meaning: $meaning,
        }),*]
    };
}

const PLATFORM: &str = "it belongs to the platform of the deploy service";
const BUILDPACK: &str = "containers are made from images, not by buildpacks";
const NO_TRANSFER: &str = "nothing is uploaded or staged: images are pulled";
const ROUTER: &str = "there is no router in front of the containers yet";
const LEGACY: &str = "it is a legacy of earlier deploy services";

/// In the order of the reference page.
pub static PARAMETERS: &[Parameter] = parameters! {
    Module "docker", "map", "", Used, "`image`, and `username` with `password` for pulling it";
    Module "command", "text or list", "the image's", Used, "what the container runs: one text through `/bin/sh -c`, a list as it is";
    Module "instances", "whole number", "1", Used, "how many containers; 0 for none";
    Module "memory", "size", "unlimited", Used, "limit of each instance: `256M`, `1G`";
    Module "disk-quota", "size", "unlimited", Nothing("whether disk space can be limited depends on the engine's storage driver, so windlass does not"), "disk space of each instance";
    Module "no-start", "boolean", "false", Used, "create the containers and do not start them; beats `--no-start` both ways";
    Module "skip-deploy", "boolean", "false", Used, "do not deploy the module; what is deployed of it is removed";
    Module "no-route", "boolean", "false", Used, "the module is not reached from outside: no published port";
    Module "routes", "list of maps", "from `host` and `domain`", Used, "addresses, each a map with `route`; shown by `status`";
    Module "route", "text", "", Placeholder, "one address, for an element of `routes`";
    Module "host", "text", "${default-host}", Used, "first part of the address";
    Module "hosts", "list of text", "", Used, "several hosts; beats `host`";
    Module "domain", "text", "${default-domain}", Used, "second part of the address";
    Module "domains", "list of text", "", Used, "several domains; beats `domain`";
    Module "route-path", "text", "", Used, "path behind host and domain";
    Module "no-hostname", "boolean", "false", Used, "the address is the bare domain";
    Module "health-check-type", "`port`, `http` or `process`", "`port` with a route, else `process`", Used, "when an instance counts as up: it accepts connections, answers 200, or still runs";
    Module "health-check-http-endpoint", "text", "/", Used, "path that must answer 200, for the type `http`";
    Module "health-check-timeout", "seconds", "60", Used, "how long an instance may take to become healthy";
    Module "health-check-invocation-timeout", "seconds", "5", Used, "how long one check may take";
    Module "health-check-interval", "seconds", "10", Used, "time between two checks";
    Module "start-timeout", "seconds, at most 10800", "`apps-start-timeout`", Used, "how long a deployment waits for an instance; with `health-check-timeout` the shorter one counts";
    Module "container", "map", "", Used, "what only containers have; see below";
    Module "app-name", "text", "${default-app-name}", Placeholder, "name of the application";
    Module "default-instances", "whole number", "1", Placeholder, "read-only";
    Module "apply-namespace", "boolean", "true", Nothing("a namespace is part of every name on the engine"), "whether the namespace becomes part of names";
    Module "lifecycle", "text", "docker", Nothing(BUILDPACK), "how the application is built";
    Module "buildpack", "text", "", Nothing(BUILDPACK), "what builds the application";
    Module "buildpacks", "list of text", "", Nothing(BUILDPACK), "what builds the application";
    Module "stack", "text", "", Nothing(BUILDPACK), "root file system";
    Module "path", "text", "", Nothing("content is part of the image"), "content for a deployment from a folder";
    Module "readiness-health-check-type", "text", "process", Later(ROUTER), "when an instance gets traffic";
    Module "readiness-health-check-http-endpoint", "text", "/", Later(ROUTER), "path of the readiness check";
    Module "readiness-health-check-invocation-timeout", "seconds", "", Later(ROUTER), "how long one readiness check may take";
    Module "readiness-health-check-interval", "seconds", "", Later(ROUTER), "time between two readiness checks";
    Module "idle-host", "text", "", Later("blue-green deployment does not exist yet"), "host of the test phase";
    Module "idle-hosts", "list of text", "", Later("blue-green deployment does not exist yet"), "hosts of the test phase";
    Module "idle-domain", "text", "", Later("blue-green deployment does not exist yet"), "domain of the test phase";
    Module "idle-domains", "list of text", "", Later("blue-green deployment does not exist yet"), "domains of the test phase";
    Module "idle-routes", "list of maps", "", Later("blue-green deployment does not exist yet"), "addresses of the test phase";
    Module "idle-route", "text", "", Later("blue-green deployment does not exist yet"), "one address of the test phase";
    Module "keep-existing-routes", "boolean", "false", Nothing("addresses follow the descriptor"), "keep routes that the descriptor does not name";
    Module "keep-existing", "map", "", Later("containers follow the descriptor alone"), "what a former deployment had and stays";
    Module "tcp", "boolean", "false", Later(ROUTER), "legacy TCP routes";
    Module "tcps", "boolean", "false", Later(ROUTER), "legacy TCP routes";
    Module "tasks", "list of maps", "", Later("one-off tasks do not exist yet"), "what runs once after the start";
    Module "restart-on-env-change", "map", "all true", Later("a container cannot change its variables without a restart"), "which changes restart the application";
    Module "dependency-type", "`soft` or `hard`", "soft", Used, "in a cycle of `requires`, hard modules come first";
    Module "upload-timeout", "seconds", "3600", Nothing(NO_TRANSFER), "limit for the upload";
    Module "stage-timeout", "seconds", "3600", Nothing(NO_TRANSFER), "limit for staging";
    Module "task-execution-timeout", "seconds", "43200", Later("one-off tasks do not exist yet"), "limit for one task";
    Module "enable-parallel-service-bindings", "boolean", "true", Nothing(PLATFORM), "bind services at the same time";
    Module "enable-ssh", "boolean", "", Nothing("`docker exec` opens a shell in a container"), "allow SSH";
    Module "app-features", "map", "", Nothing(PLATFORM), "features of the platform";
    Module "execute-app", "boolean", "false", Later("one-off applications do not exist yet"), "run to the end instead of staying up";
    Module "success-marker", "text", "", Later("one-off applications do not exist yet"), "log line that ends an executed application";
    Module "failure-marker", "text", "", Later("one-off applications do not exist yet"), "log line that fails an executed application";
    Module "stop-app", "boolean", "false", Later("one-off applications do not exist yet"), "stop after execution";
    Module "check-deploy-id", "boolean", "false", Later("one-off applications do not exist yet"), "markers must carry the deploy id";
    Module "register-service-url", "boolean", "false", Nothing(LEGACY), "register the application's address";
    Module "service-url", "text", "", Nothing(LEGACY), "address to register";
    Module "create-service-broker", "boolean", "false", Nothing(PLATFORM), "register the application as a service broker";
    Module "service-broker-name", "text", "", Nothing(PLATFORM), "name of the broker";
    Module "service-broker-user", "text", "", Nothing(PLATFORM), "user of the broker";
    Module "service-broker-password", "text", "", Nothing(PLATFORM), "password of the broker";
    Module "service-broker-url", "text", "", Nothing(PLATFORM), "address of the broker";
    Module "service-broker-space-scoped", "boolean", "false", Nothing(PLATFORM), "whether the broker serves one space";

    Container "port", "port", "8080 with a route", Used, "port that the application listens on; it is told as `PORT` unless the properties do";
    Container "ports", "list", "", Used, "ports published on the host: `8080`, `18080:8080`, `127.0.0.1:18080:8080/udp`, or maps with `container`, `host`, `address`, `protocol`";
    Container "volumes", "list", "", Used, "`data:/var/lib/data` (a volume of the deployment) or `/srv/files:/files:ro` (a path of the host), or maps with `volume` or `path`, `at`, `read-only`";
    Container "user", "text or number", "the image's", Used, "user inside the container";
    Container "working-dir", "text", "the image's", Used, "folder in which the command starts";
    Container "entrypoint", "list", "the image's", Used, "replaces the image's entry point";
    Container "restart", "`unless-stopped`, `always`, `on-failure` or `no`", "unless-stopped", Used, "when the engine starts an ended container again";
    Container "stop-signal", "text", "the image's", Used, "signal that asks the process to end";
    Container "stop-timeout", "seconds", "10", Used, "how long the process may take to end";
    Container "cpus", "number", "unlimited", Used, "limit in cores: `0.5`";
    Container "read-only", "boolean", "false", Used, "the container's own file system cannot be written";
    Container "init", "boolean", "false", Used, "a small init process forwards signals and reaps children";
    Container "cap-add", "list of text", "", Used, "capabilities to add";
    Container "cap-drop", "list of text", "", Used, "capabilities to drop";
    Container "labels", "map", "", Used, "labels of your own";
    Container "extra-hosts", "list or map", "", Used, "names for addresses: `mail:10.0.0.5`";
    Container "networks", "list of text", "", Later("a module is in the network of its deployment only"), "further networks";
    Container "placement", "map", "", Later("there is only one machine"), "where instances run";
    Container "update", "map", "", Later("all instances are replaced at once"), "how instances are replaced";

    Descriptor "enable-parallel-deployments", "boolean", "false", Used, "modules wait only for those they name in `deployed-after`";
    Descriptor "apps-start-timeout", "seconds, at most 10800", "3600", Used, "`start-timeout` of all modules";
    Descriptor "apps-upload-timeout", "seconds", "3600", Nothing(NO_TRANSFER), "`upload-timeout` of all modules";
    Descriptor "apps-stage-timeout", "seconds", "3600", Nothing(NO_TRANSFER), "`stage-timeout` of all modules";
    Descriptor "apps-task-execution-timeout", "seconds", "43200", Later("one-off tasks do not exist yet"), "`task-execution-timeout` of all modules";
    Descriptor "keep-existing-routes", "boolean", "false", Nothing("addresses follow the descriptor"), "`keep-existing-routes` of all modules";
    Descriptor "apply-namespace", "map", "", Nothing("a namespace is part of every name on the engine"), "which names carry the namespace";
    Descriptor "deploy_mode", "text", "", Nothing(LEGACY), "mode of an earlier deploy service";
    Descriptor "bg-dependency-aware-stop-order", "boolean", "false", Later("blue-green deployment does not exist yet"), "dependents stop before what they need";
};
