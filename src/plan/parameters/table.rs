//! Every parameter that windlass knows, in one table: it feeds the checks and the reference page.

use super::reference::{Effect::*, Parameter, Place::*};
use super::size::LEAST_MEMORY;
use super::types::Field;
use super::types::Type::{self, *};

macro_rules! parameters {
    ($($place:ident $name:literal, $is:expr, $default:literal, $effect:expr, $meaning:literal;)*) => {
        &[$(Parameter {
            place: $place, name: $name, is: $is, default: $default, effect: $effect, meaning: $meaning,
        }),*]
    };
}

pub const PLATFORM: &str = "it belongs to the platform of the deploy service";
const BROKER: &str = "there are no service brokers here";
const SERVICES: &str = "windlass hands on what the descriptor says of services, and makes none";
const BUILDPACK: &str = "containers are made from images, not by buildpacks";
const NO_STAGING: &str = "nothing is staged: images are pulled";
const LEGACY: &str = "it is a legacy of earlier deploy services";
const BLUE_GREEN: &str = "blue-green deployment does not exist yet";
const CONTENT: &str = "modules are containers; nothing else is deployed as content";

const TIMEOUT: Type = Seconds(1, 10_800);
const LONG_TIMEOUT: Type = Seconds(1, 86_400);
const MEMORY: Type = Size(LEAST_MEMORY);
const DISK: Type = Size(0);
const MARKER: Type = Special("`STDOUT:` or `STDERR:` and a regular expression");
const CHECK: Type = Word(&["http", "port", "process"]);
const PARTS_OF_A_SERVICE: Type = FlagsOf(&["plan", "parameters", "tags"]);

static ROUTE: &[Field] = &[
    Field::needed("route", Text, "host, domain and path, without protocol"),
    Field::optional("no-hostname", Flag, "the address is the bare domain"),
    Field::optional(
        "protocol",
        Word(&["http1", "http2", "tcp"]),
        "what is spoken; `tcp` publishes the port that the route names",
    ),
    Field::optional("apply-namespace", Flag, "whether the host takes the namespace"),
];
static IDLE_ROUTE: &[Field] = &[
    Field::needed("idle-route", Text, "host, domain and path, without protocol"),
    Field::optional("no-hostname", Flag, "the address is the bare domain"),
    Field::optional(
        "protocol",
        Word(&["http1", "http2", "tcp"]),
        "what is spoken; `tcp` publishes the port that the route names",
    ),
    Field::optional("apply-namespace", Flag, "whether the host takes the namespace"),
];
static TASK: &[Field] = &[
    Field::needed("name", Text, "name of the task, and of its containers"),
    Field::needed("command", TextOrTexts, "what the task runs: one text through `/bin/sh -c`, a list as it is"),
    Field::optional("memory", MEMORY, "limit of the task"),
    Field::optional("disk-quota", DISK, "disk space of the task"),
    Field::optional("env", Map, "variables of the task, over the module's"),
];
static SERVICE_KEY: &[Field] =
    &[Field::needed("name", Text, "name of the key"), Field::optional("config", Map, "what the key is made with")];
static PHASE: &[Field] = &[
    Field::needed("phase", Text, "a phase of the hook"),
    Field::optional("target-app", Word(&["live", "idle"]), "on which application the hook runs in this phase"),
];

/// In the order of the reference page.
pub static PARAMETERS: &[Parameter] = parameters! {
    Module "docker", Special("map with `image`, `registry`, `username`, `password`"), "", Used, "the image, and credentials for pulling it; `registry` repeats the image's host, and is checked against it";
    Module "command", TextOrTexts, "the image's", Used, "what the container runs: one text through `/bin/sh -c`, a list as it is";
    Module "display-name", Text, "", Used, "what people call the module, in `status` and `module ls`; a change restarts nothing";
    Module "instances", Whole(0, 1000), "1", Used, "how many containers; 0 for none";
    Module "memory", MEMORY, "unlimited", Used, "limit of each instance: `256M`, `1G`";
    Module "disk-quota", DISK, "unlimited", Used, "what each instance may write into its own file system, where the engine's storage driver can limit it";
    Module "no-start", Flag, "false", Used, "create the containers and do not start them; beats `--no-start` both ways";
    Module "skip-deploy", FlagOrText, "false", Used, "do not deploy the module; what is deployed of it is removed";
    Module "no-route", Flag, "false", Used, "the module is not reached from outside: no published port";
    Module "routes", Maps(ROUTE), "from `host` and `domain`", Used, "addresses, each a map with `route`; shown by `status`, and told to proxies in labels. `protocol: tcp` publishes the port that the route names";
    Module "route", Text, "", Placeholder, "one address, for an element of `routes`";
    Module "host", Text, "${default-host}", Used, "first part of the address";
    Module "hosts", Texts, "", Used, "several hosts; beats `host`";
    Module "domain", Text, "${default-domain}", Used, "second part of the address";
    Module "domains", Texts, "", Used, "several domains; beats `domain`";
    Module "route-path", Text, "", Used, "path behind host and domain";
    Module "no-hostname", Flag, "false", Used, "the address is the bare domain";
    Module "health-check-type", Word(&["port", "http", "process", "none"]), "`port` with a route, else `process`", Used, "when an instance counts as up: it accepts connections, answers 200, or still runs (`none`: the old word for `process`)";
    Module "health-check-http-endpoint", Path, "/", Used, "path that must answer 200, for the type `http`";
    Module "health-check-timeout", TIMEOUT, "60", Used, "how long an instance may take to become healthy";
    Module "health-check-invocation-timeout", TIMEOUT, "5", Used, "how long one check may take";
    Module "health-check-interval", TIMEOUT, "10", Used, "time between two checks";
    Module "start-timeout", TIMEOUT, "`apps-start-timeout`", Used, "how long a deployment waits for an instance; with `health-check-timeout` the shorter one counts";
    Module "container", Special("map"), "", Used, "what only containers have; see below";
    Module "app-name", Text, "${default-app-name}", Used, "name of the application; takes the namespace; other modules reach it by this name, too";
    Module "default-app-name", Text, "the module's name", Placeholder, "name of the application when `app-name` says none; read-only";
    Module "default-live-app-name", Text, "the module's name", Placeholder, "as `default-app-name`; read-only";
    Module "default-instances", Whole(0, 1000), "1", Placeholder, "number of instances when `instances` says none; read-only";
    Module "default-host", Text, "", Placeholder, "host that the target gives the module, as its `host-template` says; read-only";
    Module "default-live-host", Text, "", Placeholder, "as `default-host`; read-only";
    Module "default-idle-host", Text, "", Placeholder, "host of the test phase of a blue-green deployment; read-only";
    Module "default-domain", Text, "", Placeholder, "domain of the target; read-only";
    Module "default-live-domain", Text, "", Placeholder, "as `default-domain`; read-only";
    Module "default-idle-domain", Text, "", Placeholder, "domain of the test phase of a blue-green deployment; read-only";
    Module "default-uri", Text, "", Placeholder, "address without protocol: `${host}.${domain}` and `${route-path}`; read-only";
    Module "default-live-uri", Text, "", Placeholder, "as `default-uri`, with `${default-live-host}`; read-only";
    Module "default-idle-uri", Text, "", Placeholder, "address of the test phase, without protocol; read-only";
    Module "default-url", Text, "", Placeholder, "address with protocol: `${protocol}://${default-uri}`; read-only";
    Module "default-live-url", Text, "", Placeholder, "as `default-url`, with `${default-live-uri}`; read-only";
    Module "default-idle-url", Text, "", Placeholder, "address of the test phase, with protocol; read-only";
    Module "protocol", Text, "", Placeholder, "`http` or `https`, as the target says; read-only";
    Module "generated-user", Text, "", Placeholder, "a generated user name, the same in every deployment of the module; secret; read-only";
    Module "generated-password", Text, "", Placeholder, "a generated password, the same in every deployment of the module; secret; read-only";
    Module "timestamp", Text, "", Placeholder, "when the deployment began, in milliseconds since 1970; read-only";
    Module "apply-namespace", Flag, "true", Used, "whether `app-name` and hosts take the namespace; also in an element of `routes`";
    Module "lifecycle", Special("`docker`, `buildpack` or `cnb`"), "docker", Nothing(BUILDPACK), "how the application is built";
    Module "content", Special("anything"), "", Nothing("modules of content are for services of the platform"), "what a module of content brings";
    Module "buildpack", Text, "", Nothing(BUILDPACK), "what builds the application";
    Module "buildpacks", Texts, "", Nothing(BUILDPACK), "what builds the application";
    Module "stack", Text, "", Nothing(BUILDPACK), "root file system";
    Module "path", Text, "", Nothing("content is part of the image"), "content for a deployment from a folder";
    Module "readiness-health-check-type", CHECK, "process", Used, "when an instance wants traffic: told to proxies in labels, and asked by `status`";
    Module "readiness-health-check-http-endpoint", Path, "/", Used, "path of the readiness check";
    Module "readiness-health-check-invocation-timeout", TIMEOUT, "", Used, "how long one readiness check may take";
    Module "readiness-health-check-interval", TIMEOUT, "", Used, "time between two readiness checks";
    Module "idle-host", Text, "", Later(BLUE_GREEN), "host of the test phase";
    Module "idle-hosts", Texts, "", Later(BLUE_GREEN), "hosts of the test phase";
    Module "idle-domain", Text, "", Later(BLUE_GREEN), "domain of the test phase";
    Module "idle-domains", Texts, "", Later(BLUE_GREEN), "domains of the test phase";
    Module "idle-routes", Maps(IDLE_ROUTE), "", Later(BLUE_GREEN), "addresses of the test phase";
    Module "idle-route", Text, "", Placeholder, "one address of the test phase, for an element of `idle-routes`";
    Module "keep-existing-routes", Flag, "false", Used, "as `keep-existing: {routes: true}`";
    Module "keep-existing", FlagsOf(&["env", "service-bindings", "routes"]), "all false", Used, "variables, bound services and routes that the deployment before had and the descriptor no longer names stay";
    Module "tcp", Flag, "false", Used, "the published port speaks TCP, not HTTP";
    Module "tcps", Flag, "false", Used, "as `tcp`; TLS is the application's own matter";
    Module "tasks", Maps(TASK), "", Used, "commands that run once each, in order, after the start, in containers of their own";
    Module "restart-on-env-change", FlagsOf(&["vcap-application", "vcap-services", "user-provided"]), "all true", Used, "where false, a change of bound services, routes, or other variables alone replaces no container; the next replacement takes it along";
    Module "dependency-type", Word(&["soft", "hard"]), "soft", Used, "in a cycle of `requires`, hard modules come first";
    Module "upload-timeout", TIMEOUT, "`apps-upload-timeout`", Used, "how long pulling the image may take";
    Module "stage-timeout", TIMEOUT, "3600", Nothing(NO_STAGING), "limit for staging";
    Module "task-execution-timeout", LONG_TIMEOUT, "`apps-task-execution-timeout`", Used, "how long each task, hook and executed application may run";
    Module "enable-parallel-service-bindings", Flag, "true", Nothing("services are told to a container when it is made, all at once"), "bind services at the same time";
    Module "enable-ssh", Flag, "", Nothing("`docker exec` opens a shell in a container"), "allow SSH";
    Module "app-features", Flags, "", Used, "`file-based-vcap-services`: the module is told of its services in a file, whose path is in `VCAP_SERVICES_FILE_PATH`; other features have no effect";
    Module "execute-app", Flag, "false", Used, "run once, to the end, instead of staying up; `start-timeout`, when it is set, limits how long that may take";
    Module "success-marker", MARKER, "", Used, "an executed application has succeeded once it writes such a line; without it, when it ends with exit code 0";
    Module "failure-marker", MARKER, "", Used, "an executed application has failed once it writes such a line";
    Module "stop-app", Flag, "false", Used, "stop an executed application once it has succeeded";
    Module "check-deploy-id", Flag, "false", Used, "tell the id of the operation as `DEPLOY_ID`; an executed application runs with every deployment, and markers count only in lines with the id";
    Module "register-service-url", Flag, "false", Nothing(LEGACY), "register the application's address";
    Module "service-name", Text, "", Nothing(LEGACY), "name under which the address is registered";
    Module "service-url", Text, "", Nothing(LEGACY), "address to register";
    Module "create-service-broker", Flag, "false", Nothing(BROKER), "register the application as a service broker";
    Module "service-broker-name", Text, "${app-name}", Nothing(BROKER), "name of the broker";
    Module "service-broker-user", Text, "", Nothing(BROKER), "user of the broker";
    Module "service-broker-password", Text, "", Nothing(BROKER), "password of the broker";
    Module "service-broker-url", Text, "", Nothing(BROKER), "address of the broker";
    Module "service-broker-space-scoped", Flag, "false", Nothing(BROKER), "whether the broker serves one space";
    Module "config", Map, "", Nothing(CONTENT), "for content modules";
    Module "managed", Flag, "false", Nothing("it counts in an entry of `requires`"), "subscription";

    Container "port", Special("port"), "8080 with a route", Used, "port that the application listens on; it is told as `PORT` unless the properties do";
    Container "ports", Special("list"), "", Used, "ports published on the host: `8080`, `18080:8080`, `127.0.0.1:18080:8080/udp`, or maps with `container`, `host`, `address`, `protocol`";
    Container "volumes", Special("list"), "", Used, "`data:/var/lib/data` (a volume of the deployment) or `/srv/files:/files:ro` (a path of the host), or maps with `volume` or `path`, `at`, `read-only`";
    Container "content", Path, "", Used, "folder in the container into which the module's content goes: the files that `path` names, or the manifest of an archive";
    Container "user", TextOrNumber, "the image's", Used, "user inside the container";
    Container "working-dir", Path, "the image's", Used, "folder in which the command starts";
    Container "entrypoint", Special("program, or list of text"), "the image's", Used, "replaces the image's entry point";
    Container "restart", Special("`unless-stopped`, `always`, `on-failure` or `no`"), "unless-stopped", Used, "when the engine starts an ended container again";
    Container "stop-signal", Text, "the image's", Used, "signal that asks the process to end";
    Container "stop-timeout", Seconds(0, 86_400), "10", Used, "how long the process may take to end";
    Container "cpus", Special("number"), "unlimited", Used, "limit in cores: `0.5`";
    Container "read-only", Flag, "false", Used, "the container's own file system cannot be written";
    Container "init", Flag, "false", Used, "a small init process forwards signals and reaps children";
    Container "cap-add", Texts, "", Used, "capabilities to add";
    Container "cap-drop", Texts, "AUDIT_WRITE, MKNOD, NET_RAW, SETFCAP, SYS_CHROOT", Used, "capabilities to drop, in the place of those that are dropped by default; `[]` drops none. What `cap-add` names is not dropped by default. A target says it for all modules with `parameters: {container: {cap-drop: […]}}`";
    Container "no-new-privileges", Flag, "true", Used, "processes gain no rights that they did not begin with, as by `sudo` or `ping` of another user; `false` lets them. A target says it for all modules, as `cap-drop`";
    Container "labels", Special("map"), "", Used, "labels of your own";
    Container "extra-hosts", Special("list or map"), "", Used, "names for addresses: `mail:10.0.0.5`";
    Container "networks", Texts, "", Used, "further networks of the engine, which must be there; the module's name is its host name in them, too";
    Container "placement", Map, "", Later("there is only one machine"), "where instances run";
    Container "update", Map, "", Later("all instances are replaced at once"), "how instances are replaced";

    Descriptor "enable-parallel-deployments", Flag, "false", Used, "modules wait only for those they name in `deployed-after`";
    Descriptor "apps-start-timeout", TIMEOUT, "3600", Used, "`start-timeout` of all modules";
    Descriptor "apps-upload-timeout", TIMEOUT, "3600", Used, "`upload-timeout` of all modules";
    Descriptor "apps-stage-timeout", TIMEOUT, "3600", Nothing(NO_STAGING), "`stage-timeout` of all modules";
    Descriptor "apps-task-execution-timeout", LONG_TIMEOUT, "43200", Used, "`task-execution-timeout` of all modules";
    Descriptor "keep-existing-routes", Flag, "false", Used, "`keep-existing-routes` of all modules";
    Descriptor "apply-namespace", FlagsOf(&["app-names", "service-names", "app-routes", "as-suffix"]), "", Used, "which names take the namespace: `app-names`, `service-names`, `app-routes` (all true), and `as-suffix` (false)";
    Descriptor "deploy_mode", Text, "", Nothing(LEGACY), "mode of an earlier deploy service";
    Descriptor "bg-dependency-aware-stop-order", Flag, "false", Later(BLUE_GREEN), "dependents stop before what they need";
    Descriptor "mta-id", Text, "`ID`", Placeholder, "the descriptor's ID";
    Descriptor "mta-version", Text, "`version`", Placeholder, "the descriptor's version";
    Descriptor "developer-api-host", Text, "the target's", Placeholder, "where modules find the developers' API: `scheme://host:port`";
    Descriptor "org", Text, "", Placeholder, "organisation of the target; read-only";
    Descriptor "org-guid", Text, "", Placeholder, "id made from the name of the organisation; read-only";
    Descriptor "space", Text, "", Placeholder, "space of the target; read-only";
    Descriptor "space-guid", Text, "", Placeholder, "id made from the names of organisation and space; read-only";
    Descriptor "user", Text, "", Placeholder, "who deploys; read-only";
    Descriptor "default-domain", Text, "", Placeholder, "domain of the target; read-only";
    Descriptor "default-idle-domain", Text, "", Placeholder, "domain of the test phase of a blue-green deployment; read-only";
    Descriptor "controller-url", Text, "", Placeholder, "address of the engine; read-only";
    Descriptor "xs-api-url", Text, "", Placeholder, "deprecated name of `controller-url`";
    Descriptor "authorization-url", Text, "", Placeholder, "always empty: no service gives out tokens here; read-only";
    Descriptor "xs-auth-url", Text, "", Placeholder, "deprecated name of `authorization-url`";
    Descriptor "deploy-url", Text, "", Placeholder, "address of the deploy service";
    Descriptor "deploy-target", Text, "", Placeholder, "organisation and space";
    Descriptor "xs-type", Text, "`CF`", Placeholder, "kind of platform, for descriptors that serve several; read-only";
    Descriptor "timestamp", Text, "", Placeholder, "when the deployment began, in milliseconds since 1970; read-only";

    Resource "type", Text, "from the resource's type", Used, "what the resource stands for: `managed-service`, `user-provided-service`, `existing-service`, `existing-service-key` or `configuration`";
    Resource "service-name", Text, "${default-service-name}", Used, "`name` in `VCAP_SERVICES`";
    Resource "default-service-name", Text, "the resource's name", Placeholder, "name of the service when `service-name` says none; read-only";
    Resource "default-container-name", Text, "", Placeholder, "name for a database container, made of organisation, space and resource; read-only";
    Resource "default-xsappname", Text, "", Placeholder, "name for an application of the authorisation service, made of the resource's name; read-only";
    Resource "generated-user", Text, "", Placeholder, "a generated user name, the same in every deployment of the resource; secret; read-only";
    Resource "generated-password", Text, "", Placeholder, "a generated password, the same in every deployment of the resource; secret; read-only";
    Resource "service-guid", Text, "", Placeholder, "known only while deploying";
    Resource "apply-namespace", Flag, "true", Used, "whether `service-name` takes the namespace";
    Resource "service", Text, "", Used, "the offering: `label` in `VCAP_SERVICES`";
    Resource "service-plan", Text, "", Used, "`plan` in `VCAP_SERVICES`";
    Resource "service-tags", Texts, "", Used, "`tags` in `VCAP_SERVICES`";
    Resource "config", Special("map"), "", Used, "`credentials` in `VCAP_SERVICES`; of a service key, its content";
    Resource "service-key-name", Text, "the resource's name", Used, "of a service key: the variable that gets its content, unless `env-var-name` names another";
    Resource "syslog-drain-url", Text, "", Used, "`syslog_drain_url` in `VCAP_SERVICES`; of a user-provided service also where the logs of the modules bound are sent: `syslog://`, `syslog-tls://`, `tcp://`, `udp://`";
    Resource "service-keys", NamesOrMaps(SERVICE_KEY), "", Nothing(SERVICES), "keys to make";
    Resource "config-path", Text, "", Used, "JSON file beside the descriptor whose content lies under `config`; it must be there";
    Resource "path", Text, "", Used, "as `config-path`, where that is not given; it need not be there";
    Resource "service-broker", Text, "", Nothing(SERVICES), "who makes the service";
    Resource "service-provider", Text, "", Nothing(LEGACY), "who offers the service";
    Resource "service-version", Text, "", Nothing(LEGACY), "version of the service";
    Resource "skip-service-updates", PARTS_OF_A_SERVICE, "all false", Nothing(SERVICES), "what of a service is not updated";
    Resource "fail-on-service-update", PARTS_OF_A_SERVICE, "", Nothing(SERVICES), "which updates of a service must not fail";
    Resource "memory", MEMORY, "", Nothing(SERVICES), "memory of the service";
    Resource "managed", Flag, "false", Nothing("it counts in an entry of `requires`"), "subscription";
    Resource "provider-nid", Text, "", Used, "of a configuration: what kind of entry";
    Resource "provider-id", Text, "", Used, "of a configuration: which entry, `MTA:SET`";
    Resource "provider-namespace", Text, "the deployment's", Used, "of a configuration: namespace of the provider";
    Resource "version", Text, "", Used, "of a configuration: range of versions";
    Resource "target", Special("map with `org`, `space`"), "the deployment's", Used, "of a configuration: `org` and `space` of the provider";
    Resource "filter", Map, "", Used, "of a configuration: content that an entry must have";
    Resource "mta-id", Text, "", Used, "of a configuration, deprecated: ID of the provider";
    Resource "mta-provides-dependency", Text, "", Used, "of a configuration, deprecated: set of the provider";
    Resource "mta-version", Text, "", Used, "of a configuration, deprecated: range of versions";
    Resource "log-level", Text, "", Nothing(PLATFORM), "export of the operation's log";
    Resource "destination", Text, "", Nothing(PLATFORM), "export of the operation's log";
    Resource "org-name", Text, "", Nothing(PLATFORM), "export of the operation's log";
    Resource "space-name", Text, "", Nothing(PLATFORM), "export of the operation's log";

    Requires "config", Special("map"), "", Used, "laid over the service's `credentials` for this module";
    Requires "binding-name", Text, "", Used, "`binding_name` in `VCAP_SERVICES`";
    Requires "env-var-name", Text, "the key's name", Used, "of a service key: the variable that gets its content";
    Requires "managed", Flag, "false", Used, "the module follows the configuration: it is updated when that changes";
    Requires "visibility", Special("list of maps"), "", Nothing("it counts in an entry of `provides`"), "who sees the published entry";
    Requires "use-live-routes", Flag, "false", Nothing("it counts in an entry of `provides`"), "live routes in the test phase";
    Requires "delete-service-key-after-deployment", Flag, "false", Nothing(CONTENT), "for content modules";
    Requires "content-target", Flag, "false", Nothing(CONTENT), "for content modules";
    Requires "path", Text, "", Used, "JSON file beside the descriptor whose content lies under `config`";

    Provides "visibility", Special("list of maps with `org`, `space`"), "every space of the organisation", Used, "who sees the published entry";
    Provides "use-live-routes", Flag, "false", Later(BLUE_GREEN), "live routes in the test phase";

    Hook "name", Text, "the hook's name", Used, "name of the task";
    Hook "command", TextOrTexts, "", Used, "what the task runs";
    Hook "memory", MEMORY, "the module's", Used, "limit of the task";
    Hook "disk-quota", DISK, "", Nothing("a task or hook runs on the disk space of its module"), "disk space of the task";
    Hook "requires", Special("list"), "", Used, "what references in the hook's parameters may name";
    Hook "phases-config", Maps(PHASE), "", Later(BLUE_GREEN), "whether a phase runs on the live or on the idle application";
};
