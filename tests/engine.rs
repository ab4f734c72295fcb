//! The engine room against a real engine.
//!
//! A thin layer: what is decided by plain functions is tested beside them. Here stands what only an engine can say: that it
//! takes what we send, and what it answers when something is wrong. Without an engine every test says loudly that it was
//! skipped. `WINDLASS_TEST_ENGINE` names the engine, else `DOCKER_HOST`; `WINDLASS_TEST_REGISTRY` (with `…_USER` and
//! `…_PASSWORD`) an image registry with basic auth.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::future::Future;
use std::io::Write;
use std::time::Duration;
use windlass::engine::{CreateRequest, Docker, Engine, EngineError, ImageProblem, LogLine, LogLines, Look, Selection};
use windlass::name::{ModuleName, MtaId};
use windlass::plan::job::Stream;
use windlass::plan::observed::{Container, ContainerState, Role};
use windlass::plan::unit::{Check, Health, ImageCredentials, Mount, MountSource, Port, Protocol, Unit, Variable};
use windlass::registry::DeploymentId;
use windlass::target::Space;

/// A deployment of its own for one test, gone afterwards whether the test passes or not.
struct Scene {
    docker: Docker,
    deployment: DeploymentId,
    network: String,
}

#[expect(clippy::disallowed_methods, reason = "which engine to test against is said by the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Past the test harness, which would keep the words of a test that passes to itself.
fn skipped(test: &str, why: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "skipped: {test}: {why}");
}

fn test_image() -> String {
    variable("WINDLASS_TEST_IMAGE").unwrap_or_else(|| "windlass-test:1".into())
}

fn on_engine<F: Future<Output = ()> + Send>(name: &str, test: impl FnOnce(&'static Scene) -> F + Send + 'static) {
    let Some(host) = variable("WINDLASS_TEST_ENGINE").or_else(|| variable("DOCKER_HOST")) else {
        skipped(name, "neither WINDLASS_TEST_ENGINE nor DOCKER_HOST names an engine");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let docker = match Docker::connect(&Selection { host: Some(host), ..Selection::default() }).await {
            Ok(docker) => docker,
            Err(error) => {
                skipped(name, error);
                return;
            }
        };
        // The scene outlives the test, and the process ends soon after.
        let scene: &'static Scene = Box::leak(Box::new(Scene::new(docker, name)));
        scene.clear().await;
        scene.docker.create_network(&scene.deployment, &scene.network).await.unwrap();
        let outcome = std::panic::AssertUnwindSafe(test(scene));
        let outcome = futures_util::FutureExt::catch_unwind(outcome).await;
        scene.clear().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

impl Scene {
    fn new(docker: Docker, name: &str) -> Scene {
        let deployment = DeploymentId {
            mta: MtaId::new(format!("engine-{name}")),
            namespace: None,
            space: Space { org: "local".into(), space: "dev".into() },
        };
        Scene { docker, deployment, network: format!("engine-{name}") }
    }

    async fn clear(&self) {
        let state = self.docker.observe(&self.deployment, &[]).await.unwrap();
        for container in state.containers {
            self.docker.remove(&container.id).await.unwrap();
        }
        for volume in state.volumes {
            self.docker.remove_volume(&self.deployment, &volume).await.unwrap();
        }
        for network in state.networks {
            self.docker.remove_network(&self.deployment, &network).await.unwrap();
        }
    }

    async fn create(&self, unit: &Unit) -> Result<String, EngineError> {
        let name = format!("{}-{}", self.network, unit.module);
        let request = CreateRequest {
            deployment: &self.deployment,
            version: "1.0.0",
            revision: 3,
            operation: "test",
            unit,
            role: &Role::Instance,
            config_hash: "hash",
            instance: 1,
            name: &name,
            network: &self.network,
        };
        self.docker.create(&request).await
    }

    async fn up(&self, unit: &Unit) -> String {
        let id = self.create(unit).await.unwrap();
        self.docker.start(&id).await.unwrap();
        id
    }

    async fn look(&self, id: &str) -> Container {
        self.docker.inspect(id).await.unwrap().unwrap()
    }

    /// Probes until the probe succeeds, or gives the last thing that came back.
    async fn probe(&self, id: &str, unit: &Unit) -> Result<(), String> {
        let container = self.look(id).await;
        let mut last = Ok(());
        for _ in 0..20 {
            last = self.docker.probe(&container, unit).await;
            if last.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        last
    }

    async fn until_ended(&self, id: &str) -> Container {
        for _ in 0..100 {
            let container = self.look(id).await;
            if matches!(container.state, ContainerState::Exited { .. }) {
                return container;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("it still runs");
    }
}

fn unit(module: &str) -> Unit {
    // The stored form with its defaults is the shortest way to a unit.
    let mut unit: Unit = serde_json::from_value(serde_json::json!({
        "module": module, "declared": null, "image": test_image(), "instances": 1, "start": "yes", "environment": {},
        "stop_timeout": 1,
        "health": { "check": "process", "timeout": 10, "invocation_timeout": 1, "interval": 1 },
    }))
    .unwrap();
    unit.restart = windlass::plan::unit::RestartPolicy::No;
    unit
}

fn shell(module: &str, script: &str) -> Unit {
    let mut unit = unit(module);
    unit.command = Some(vec!["sh".into(), "-c".into(), script.into()]);
    unit
}

fn checked(mut unit: Unit, check: Check) -> Unit {
    unit.health = Health { check, ..unit.health };
    unit
}

fn http(path: &str) -> Check {
    Check::Http { port: 8080, path: path.into() }
}

fn port(container: u16, host: Option<u16>) -> Port {
    Port { container, host, address: None, protocol: Protocol::Tcp }
}

#[test]
fn a_container_gets_all_that_its_unit_says() {
    on_engine("says", async |scene| {
        let volume = "engine-says-data";
        scene.docker.create_volume(&scene.deployment, volume).await.unwrap();
        scene.docker.create_volume(&scene.deployment, volume).await.unwrap();
        let mut unit = unit("web");
        let text = |text: &str| Variable::new(text);
        unit.environment = BTreeMap::from([("GREETING".into(), text("grüß dich")), ("EMPTY".into(), text(""))]);
        unit.port = Some(8080);
        unit.ports = vec![port(8080, None)];
        unit.memory = Some(64 << 20);
        unit.milli_cpus = Some(500);
        unit.init = true;
        unit.cap_drop = vec!["NET_RAW".into()];
        unit.new_privileges = true;
        unit.extra_hosts = vec!["far:192.0.2.1".into()];
        unit.labels = BTreeMap::from([("team".into(), "a".into()), ("windlass.module".into(), "forged".into())]);
        unit.volumes = vec![Mount { source: MountSource::Volume(volume.into()), at: "/data".into(), read_only: false }];
        unit.provides = vec!["api".into()];
        let unit = checked(unit, http("/cgi-bin/env"));
        let id = scene.up(&unit).await;
        assert_eq!(scene.probe(&id, &unit).await, Ok(()));

        let state = scene.docker.observe(&scene.deployment, &[test_image(), "nosuch/image:1".into()]).await.unwrap();
        let [seen] = state.containers.as_slice() else { panic!("{:?}", state.containers) };
        let inspected = scene.look(&id).await;
        assert_eq!((seen.state.clone(), seen.module.as_str()), (ContainerState::Running, "web"));
        assert_eq!((&seen.config_hash, seen.instance), (&"hash".to_owned(), 1));
        assert_eq!(seen.ports, inspected.ports);
        assert_eq!(seen.ports.len(), 1);
        assert_eq!(seen.address, inspected.address);
        assert_eq!(seen.name, inspected.name);
        assert_eq!(state.images.keys().collect::<Vec<_>>(), [&test_image()]);
        assert_eq!(state.images[&test_image()], seen.image_id);
        assert_eq!((state.networks, state.volumes), (vec![scene.network.clone()], vec![volume.to_owned()]));
        assert!(state.taken_ports.values().all(|holder| !holder.contains("engine-says")));
        assert!(inspected.started_at.is_some());
        assert!(scene.docker.all_containers().await.unwrap().iter().any(|container| container.id == id));
    });
}

#[test]
fn a_module_finds_another_by_its_name() {
    on_engine("alias", async |scene| {
        let web = checked(unit("web"), Check::Port { port: 8080 });
        let id = scene.up(&web).await;
        assert_eq!(scene.probe(&id, &web).await, Ok(()));
        let client = scene.up(&shell("client", "timeout 5 wget -q -O - http://web:8080/ || exit 9")).await;
        let ended = scene.until_ended(&client).await;
        assert_eq!(ended.state, ContainerState::Exited { code: 0, out_of_memory: false });
        assert!(scene.docker.last_lines(&client, 5).await.unwrap().concat().contains("windlass-test"));
    });
}

#[test]
fn a_probe_says_what_came_back() {
    on_engine("probe", async |scene| {
        let web = unit("web");
        let id = scene.up(&web).await;
        assert_eq!(scene.probe(&id, &checked(web.clone(), http("/"))).await, Ok(()));
        let probe = async |check: Check| {
            scene.docker.probe(&scene.look(&id).await, &checked(web.clone(), check)).await.unwrap_err()
        };
        assert_eq!(probe(http("/cgi-bin/fail")).await, "500 from /cgi-bin/fail");
        assert_eq!(probe(http("/nothing/here")).await, "404 from /nothing/here");
        assert_eq!(probe(Check::Port { port: 81 }).await, "connection refused on port 81");
        assert_eq!(probe(Check::Http { port: 81, path: "/".into() }).await, "connection refused on port 81");
        assert_eq!(scene.probe(&id, &checked(web.clone(), Check::Process)).await, Ok(()));
        scene.docker.stop(&id).await.unwrap();
        scene.docker.stop(&id).await.unwrap();
        assert!(probe(Check::Process).await.starts_with("the process ended with exit code"));

        let slow = checked(shell("slow", "nc -l -p 8080 -e sleep 30"), http("/"));
        let id = scene.up(&slow).await;
        assert_eq!(scene.probe(&id, &checked(slow.clone(), Check::Process)).await, Ok(()));
        tokio::time::sleep(Duration::from_millis(300)).await;
        let said = scene.docker.probe(&scene.look(&id).await, &slow).await.unwrap_err();
        assert_eq!(said, "no answer from / within 1 s");
    });
}

/// Through a TCP endpoint the engine counts as remote: containers are probed at published ports, else inside.
#[test]
fn a_remote_engine_is_probed_through_published_ports_or_inside() {
    on_engine("remote", async |scene| {
        let local = scene.docker.info().await.unwrap();
        let Some(socket) = local.endpoint.strip_prefix("unix://").map(str::to_owned) else {
            skipped("remote", "the engine is not at a Unix socket");
            return;
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let relay = tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let socket = socket.clone();
                tokio::spawn(async move {
                    let mut to = tokio::net::UnixStream::connect(socket).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                });
            }
        });
        let selection = Selection { host: Some(format!("tcp://{address}")), ..Selection::default() };
        let remote = Docker::connect(&selection).await.unwrap();
        assert_eq!(remote.info().await.unwrap().host, "127.0.0.1");
        assert_eq!(remote.info().await.unwrap().chosen_because, "--host");
        let mut published = unit("published");
        published.ports = vec![port(8080, None), port(81, None)];
        for unit in [unit("inside"), published] {
            let id = scene.up(&unit).await;
            assert_eq!(scene.probe(&id, &checked(unit.clone(), http("/"))).await, Ok(()));
            let container = scene.look(&id).await;
            let probe = async |check: Check| remote.probe(&container, &checked(unit.clone(), check)).await;
            assert_eq!(probe(http("/")).await, Ok(()));
            assert_eq!(probe(Check::Port { port: 8080 }).await, Ok(()));
            assert_eq!(probe(http("/cgi-bin/fail")).await, Err("500 from /cgi-bin/fail".into()));
            let refused = probe(Check::Port { port: 81 }).await.unwrap_err();
            assert!(
                ["nothing listens on port 81", "the connection to port 81 was closed at once"].contains(&&*refused),
                "{refused}"
            );
            let refused = probe(Check::Http { port: 81, path: "/".into() }).await.unwrap_err();
            assert!(
                refused.contains("refused") || refused.contains("closed") || refused.contains("reset"),
                "{refused}"
            );
        }
        relay.abort();
    });
}

#[test]
fn the_end_of_a_process_is_told_with_code_and_last_lines() {
    on_engine("ends", async |scene| {
        let mut deaths = Box::pin(scene.docker.deaths(&scene.deployment));
        let listening = tokio::spawn(async move { deaths.next().await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        let id = scene.up(&shell("job", "echo one; echo two >&2; echo three; exit 3")).await;
        let death = tokio::time::timeout(Duration::from_secs(10), listening).await.unwrap().unwrap();
        let death = death.unwrap().unwrap();
        assert_eq!((death.container, death.code), (id.clone(), 3));
        let ended = scene.until_ended(&id).await;
        assert_eq!(ended.state, ContainerState::Exited { code: 3, out_of_memory: false });
        let mut lines = scene.docker.last_lines(&id, 10).await.unwrap();
        lines.sort();
        assert_eq!(lines, ["one", "three", "two"]);
        assert_eq!(scene.docker.last_lines(&id, 1).await.unwrap().len(), 1);
        let observed = scene.docker.observe(&scene.deployment, &[]).await.unwrap();
        assert_eq!(observed.containers[0].state, ended.state);

        let wanted = LogLines { tail: None, since: None, timestamps: true, follow: true };
        let id = scene.up(&shell("slow", "echo first; sleep 1; echo last")).await;
        let lines: Vec<LogLine> = scene.docker.logs(&id, wanted).map(Result::unwrap).collect().await;
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].text.ends_with("Z last") && lines[1].stream == Stream::Out, "{lines:?}");
    });
}

#[test]
fn want_of_memory_is_told() {
    on_engine("oom", async |scene| {
        let mut hungry = shell("hungry", "tail /dev/zero");
        hungry.memory = Some(16 << 20);
        let id = scene.up(&hungry).await;
        let ended = scene.until_ended(&id).await;
        assert!(matches!(ended.state, ContainerState::Exited { out_of_memory: true, .. }), "{:?}", ended.state);
        let said = scene.docker.probe(&ended, &hungry).await.unwrap_err();
        assert!(said.contains("want of memory"), "{said}");
    });
}

#[test]
fn a_taken_port_is_told_with_its_holder_and_leaves_nothing_behind() {
    on_engine("port", async |scene| {
        let mut first = unit("first");
        first.ports = vec![port(8080, None)];
        let id = scene.up(&first).await;
        let taken = scene.look(&id).await.ports[0].host;
        let mut second = unit("second");
        second.ports = vec![port(8080, Some(taken))];
        let id = scene.create(&second).await.unwrap();
        match scene.docker.start(&id).await.unwrap_err() {
            EngineError::PortTaken { module, port, holder } => {
                assert_eq!((module, port), (Some(ModuleName::new("second")), taken));
                assert_eq!(holder, "module `first` of `engine-port` (container `engine-port-first`)");
            }
            other => panic!("{other}"),
        }
        assert!(scene.docker.inspect(&id).await.unwrap().is_none(), "the failed container is gone");

        let listener = std::net::TcpListener::bind("0.0.0.0:0").unwrap();
        let taken = listener.local_addr().unwrap().port();
        second.ports = vec![port(8080, Some(taken))];
        let id = scene.create(&second).await.unwrap();
        match scene.docker.start(&id).await.unwrap_err() {
            EngineError::PortTaken { port, holder, .. } => {
                assert_eq!(port, taken);
                assert!(holder.contains(&std::process::id().to_string()), "{holder}");
            }
            other => panic!("{other}"),
        }
        // One that has run before is kept: it has data.
        drop(listener);
        second.ports = vec![port(8080, Some(taken))];
        let id = scene.up(&second).await;
        scene.docker.stop(&id).await.unwrap();
        let _listener = std::net::TcpListener::bind(("0.0.0.0", taken)).unwrap();
        assert!(matches!(scene.docker.start(&id).await, Err(EngineError::PortTaken { .. })));
        assert!(scene.docker.inspect(&id).await.unwrap().is_some());
    });
}

#[test]
fn a_program_that_does_not_exist_is_refused_at_the_start() {
    on_engine("program", async |scene| {
        let mut unit = unit("web");
        unit.command = Some(vec!["/no/such/program".into()]);
        let id = scene.create(&unit).await.unwrap();
        let refused = scene.docker.start(&id).await.unwrap_err().to_string();
        assert!(refused.contains("module `web`") && refused.contains("/no/such/program"), "{refused}");
        assert!(scene.docker.inspect(&id).await.unwrap().is_none());
    });
}

#[test]
fn a_name_is_freed_of_leftovers_and_of_nothing_else() {
    on_engine("name", async |scene| {
        let web = unit("web");
        let left = scene.create(&web).await.unwrap();
        let id = scene.up(&web).await;
        assert!(scene.docker.inspect(&left).await.unwrap().is_none());
        let refused = scene.create(&web).await.unwrap_err().to_string();
        assert!(refused.contains("runs under this name"), "{refused}");
        assert!(scene.docker.inspect(&id).await.unwrap().is_some());
        scene.docker.rename(&id, "engine-name-old").await.unwrap();
        assert_eq!(scene.look(&id).await.name, "engine-name-old");
        scene.create(&web).await.unwrap();

        let mut other = Scene::new(
            Docker::connect(&Selection {
                host: Some(scene.docker.info().await.unwrap().endpoint),
                ..Selection::default()
            })
            .await
            .unwrap(),
            "name-other",
        );
        other.clear().await;
        other.docker.create_network(&other.deployment, &other.network).await.unwrap();
        let foreign = other.docker.create_network(&other.deployment, &scene.network).await.unwrap_err();
        assert!(foreign.to_string().contains("this deployment did not make it"), "{foreign}");
        let name = format!("{}-web", scene.network);
        let unit = unit("web");
        let request = CreateRequest {
            deployment: &other.deployment,
            version: "1",
            revision: 1,
            operation: "test",
            unit: &unit,
            role: &Role::Instance,
            config_hash: "h",
            instance: 1,
            name: &name,
            network: &other.network,
        };
        let refused = other.docker.create(&request).await.unwrap_err().to_string();
        other.clear().await;
        other.network.clear();
        assert!(refused.contains("belongs to a container of `engine-name`"), "{refused}");
        scene.docker.remove(&id).await.unwrap();
        scene.docker.remove(&id).await.unwrap();
    });
}

/// The registry of the tests, with a copy of the test image as `engine/web:1` in it.
fn test_registry() -> Option<(String, ImageCredentials)> {
    let host = variable("WINDLASS_TEST_REGISTRY")?;
    let username = variable("WINDLASS_TEST_REGISTRY_USER").unwrap_or_else(|| "windlass".into());
    let password = variable("WINDLASS_TEST_REGISTRY_PASSWORD").unwrap_or_else(|| "windlass-secret".into());
    Some((host, ImageCredentials { username, password }))
}

#[test]
fn a_pull_that_fails_says_which_part_is_at_fault() {
    on_engine("pull", async |scene| {
        let Some((registry, right)) = test_registry() else {
            skipped("pull", "WINDLASS_TEST_REGISTRY names no registry");
            return;
        };
        let endpoint = scene.docker.info().await.unwrap().endpoint;
        push(&endpoint, &registry, &right).await;
        let problem = async |reference: &str, credentials: Option<&ImageCredentials>| match scene
            .docker
            .pull(reference, credentials)
            .await
        {
            Err(EngineError::Image { problem, .. }) => problem,
            other => panic!("{reference}: {other:?}"),
        };
        let image = format!("{registry}/engine/web:1");
        let id = scene.docker.pull(&image, Some(&right)).await.unwrap();
        assert!(id.starts_with("sha256:"));
        let wrong = ImageCredentials { username: right.username.clone(), password: "wrong".into() };
        assert_eq!(
            problem(&image, Some(&wrong)).await,
            ImageProblem::Credentials { host: registry.clone(), used: "user `windlass` of the module".into() }
        );
        assert!(matches!(problem(&image, None).await, ImageProblem::Credentials { .. }));
        assert_eq!(
            problem(&format!("{registry}/engine/web:9"), Some(&right)).await,
            ImageProblem::Tag { repository: format!("{registry}/engine/web"), tag: "9".into() }
        );
        assert!(matches!(
            problem(&format!("{registry}/engine/nope:1"), Some(&right)).await,
            ImageProblem::Repository { repository, .. } if repository == "engine/nope"
        ));
        let host = problem("windlass-test.invalid/web:1", None).await;
        assert!(matches!(&host, ImageProblem::Host { host, .. } if host == "windlass-test.invalid"), "{host:?}");
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(matches!(problem(&format!("{closed}/web:1"), None).await, ImageProblem::Host { .. }));
        assert!(matches!(problem("Web:1", None).await, ImageProblem::Reference { .. }));
        untag(&endpoint, &image).await;
    });
}

async fn untag(endpoint: &str, image: &str) {
    let docker = bollard::Docker::connect_with_host(endpoint).unwrap();
    docker.remove_image(image, None::<bollard::query_parameters::RemoveImageOptions>, None).await.unwrap();
}

/// Tags the test image for a registry and pushes it there.
async fn push(endpoint: &str, registry: &str, credentials: &ImageCredentials) {
    use bollard::query_parameters::{PushImageOptionsBuilder, TagImageOptionsBuilder};
    let docker = bollard::Docker::connect_with_host(endpoint).unwrap();
    // The client's own encoding of credentials is wrong for some passwords.
    let docker = docker.with_request_modifier(|mut request| {
        if let Some(value) = request.headers_mut().get_mut("x-registry-auth") {
            *value = value.to_str().unwrap().replace('+', "-").replace('/', "_").parse().unwrap();
        }
        request
    });
    let repository = format!("{registry}/engine/web");
    let tag = TagImageOptionsBuilder::default().repo(&repository).tag("1").build();
    docker.tag_image(&test_image(), Some(tag)).await.unwrap();
    let options = PushImageOptionsBuilder::default().tag("1").build();
    let credentials = bollard::auth::DockerCredentials {
        username: Some(credentials.username.clone()),
        password: Some(credentials.password.clone()),
        serveraddress: Some(registry.to_owned()),
        ..Default::default()
    };
    let mut steps = Box::pin(docker.push_image(&repository, Some(options), Some(credentials)));
    while let Some(step) = steps.next().await {
        let step = step.unwrap();
        assert!(step.error_detail.is_none(), "{step:?}");
    }
}

/// These passwords need the URL-safe alphabet of base64 on their way to the engine.
#[test]
fn a_password_may_hold_any_character() {
    on_engine("password", async |scene| {
        for password in ["p?>~ü/+x", "??>>~~ÿÿ", "a:b:c"] {
            let credentials = ImageCredentials { username: "deploy".into(), password: password.into() };
            let Some(registry) = OwnRegistry::start(&credentials) else {
                skipped("password", "`docker-registry` and `htpasswd` are not installed");
                return;
            };
            registry.until_up().await;
            let endpoint = scene.docker.info().await.unwrap().endpoint;
            push(&endpoint, &registry.address, &credentials).await;
            let image = format!("{}/engine/web:1", registry.address);
            let pulled = scene.docker.pull(&image, Some(&credentials)).await;
            untag(&endpoint, &image).await;
            assert!(pulled.is_ok(), "{password}: {pulled:?}");
        }
    });
}

struct OwnRegistry {
    address: String,
    process: std::process::Child,
    _folder: tempfile::TempDir,
}

impl Drop for OwnRegistry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl OwnRegistry {
    #[expect(clippy::disallowed_methods, reason = "the registry reads its users and settings from files")]
    fn start(credentials: &ImageCredentials) -> Option<OwnRegistry> {
        use std::process::{Command, Stdio};
        let folder = tempfile::tempdir().unwrap();
        let users = Command::new("htpasswd")
            .args(["-Bbn", &credentials.username, &credentials.password])
            .stderr(Stdio::null())
            .output()
            .ok()?;
        std::fs::write(folder.path().join("users"), users.stdout).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let config = serde_json::json!({
            "version": 0.1, "log": { "level": "error" }, "http": { "addr": free.to_string() },
            "storage": { "filesystem": { "rootdirectory": folder.path().join("data") } },
            "auth": { "htpasswd": { "realm": "test", "path": folder.path().join("users") } },
        });
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config.to_string()).unwrap();
        let process = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        Some(OwnRegistry { address: free.to_string(), process, _folder: folder })
    }

    async fn until_up(&self) {
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(&self.address).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the registry does not come up");
    }
}

#[test]
fn an_endpoint_without_an_engine_is_unreachable() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let connect = async |host: &str| {
            let selection = Selection { host: Some(host.to_owned()), ..Selection::default() };
            Docker::connect(&selection).await.err().unwrap()
        };
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for (host, words) in [
            ("unix:///no/such/docker.sock".to_owned(), "the socket does not exist"),
            (format!("tcp://{closed}"), "connection refused"),
        ] {
            match connect(&host).await {
                EngineError::Unreachable { endpoint, reason, tried } => {
                    assert_eq!((endpoint, tried), (host, vec!["--host".to_owned()]));
                    assert!(reason.contains(words), "{reason}");
                }
                other => panic!("{other}"),
            }
        }
        assert!(matches!(connect("ssh://me@far").await, EngineError::BadEndpoint { .. }));
    });
}

fn doctor(arguments: &[&str]) -> (Option<i32>, serde_json::Value) {
    let state = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_windlass"))
        .args(["doctor", "-o", "json", "--state-dir"])
        .arg(state.path())
        .args(arguments)
        .env("DOCKER_CONFIG", state.path())
        .output()
        .unwrap();
    assert!(std::fs::read_dir(state.path()).unwrap().next().is_none(), "a check-up changes nothing");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_doctor_finds_the_engine_or_ends_with_8() {
    let (code, said) = doctor(&["--host", "unix:///no/such/docker.sock"]);
    assert_eq!((code, &said["checks"][0]["verdict"]), (Some(8), &"fail".into()));
    assert_eq!(
        (&said["candidates"][0]["source"], &said["candidates"][0]["fate"]),
        (&"--host".into(), &"chosen".into())
    );
    let (code, said) = doctor(&["--context", "nope"]);
    assert_eq!(code, Some(8));
    assert!(said["checks"][0]["text"].as_str().unwrap().contains("`nope`, which does not exist"));
    on_engine("doctor", async |scene| {
        let endpoint = scene.docker.info().await.unwrap().endpoint;
        let (code, said) = doctor(&["--host", &endpoint]);
        assert_eq!((code, &said["engine"]["endpoint"]), (Some(0), &endpoint.into()));
        let clock = said["checks"].as_array().unwrap().iter().find(|check| check["name"] == "clock").unwrap();
        assert_eq!(clock["verdict"], "ok");
    });
}
