//! Images from a private registry, from outside, on a real engine: who may have them, which one a tag means, and what is wrong with one
//! that does not start.
//!
//! `WINDLASS_TEST_REGISTRY` (with `…_USER` and `…_PASSWORD`) names a registry with basic auth, beside the engine of `tests/app`; what it
//! is missing is said by the tests that are skipped.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests from outside")]

mod app;

use app::{App, Said, app, said};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// A private registry, with images of one test in it under names of its own.
struct Private {
    app: App,
    host: String,
    username: String,
    password: String,
    /// Local names that go when the test ends.
    tagged: Mutex<Vec<String>>,
}

fn private(test: &str) -> Option<Private> {
    let app = app(&format!("image-{test}"))?;
    let Ok(host) = std::env::var("WINDLASS_TEST_REGISTRY") else {
        let _ = writeln!(std::io::stderr(), "skipped: {test}: WINDLASS_TEST_REGISTRY names no registry");
        return None;
    };
    let username = std::env::var("WINDLASS_TEST_REGISTRY_USER").unwrap_or_else(|_| "windlass".into());
    let password = std::env::var("WINDLASS_TEST_REGISTRY_PASSWORD").unwrap_or_else(|_| "windlass-secret".into());
    std::fs::create_dir(app.folder.path().join("docker")).unwrap();
    Some(Private { app, host, username, password, tagged: Mutex::default() })
}

impl Private {
    /// `127.0.0.1:5055/images-ID/web:TAG`
    fn reference(&self, tag: &str) -> String {
        format!("{}/{}/web:{tag}", self.host, self.app.id)
    }

    /// Runs windlass with a Docker configuration of its own.
    fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().unwrap())
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.app.command(arguments);
        command.env("DOCKER_CONFIG", self.app.folder.path().join("docker"));
        command
    }

    fn expect(&self, code: i32, arguments: &[&str]) -> Said {
        let said = self.run(arguments);
        assert_eq!(said.code, code, "windlass {arguments:?}\n--- out\n{}\n--- err\n{}", said.out, said.err);
        said
    }

    fn with_input(&self, arguments: &[&str], input: &str) -> Said {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        said(child.wait_with_output().unwrap())
    }

    fn log_in(&self, host: &str, username: &str, password: &str) {
        let said = self.with_input(&["login", host, "--username", username, "--password-stdin"], password);
        assert_eq!(said.code, 0, "{}", said.err);
    }

    /// Puts an image of the engine into the registry, and takes its name off the engine again.
    fn push(&self, image: &str, tag: &str) {
        self.push_as(image, &self.reference(tag));
    }

    fn push_as(&self, image: &str, reference: &str) {
        let config = tempfile::tempdir().unwrap();
        let folder = config.path().to_str().unwrap();
        let mut login = Command::new("docker")
            .args(["--config", folder, "login", &self.host, "-u", &self.username, "--password-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        login.stdin.take().unwrap().write_all(self.password.as_bytes()).unwrap();
        assert!(login.wait().unwrap().success());
        let before = self.app.docker(&["image", "ls", "-q", reference]);
        self.app.docker(&["tag", image, reference]);
        self.app.docker(&["--config", folder, "push", "-q", reference]);
        match before.as_str() {
            "" => _ = self.app.docker(&["rmi", reference]),
            id => _ = self.app.docker(&["tag", id, reference]),
        }
        self.tagged.lock().unwrap().push(reference.to_owned());
    }

    /// What the doctor says of an image: the stable word, `ok` when it can be had, and everything.
    fn diagnosis(&self, image: &str) -> (String, Value) {
        let said = self.run(&["doctor", "--image", image, "-o", "json"]);
        let told: Value = serde_json::from_str(&said.out).unwrap();
        let check = told["checks"].as_array().unwrap().iter().find(|check| check["name"] == "image").unwrap().clone();
        let word = check["problem"].as_str().or(check["verdict"].as_str()).unwrap().to_owned();
        assert_eq!(said.code, if word == "ok" { 0 } else { 8 }, "{told}");
        (word, check)
    }

    /// A module with this image; `docker` are further lines under `docker`.
    fn write(&self, image: &str, docker: &str) {
        self.app.write(&format!(
            "  - name: web
    type: application
    parameters:
      docker:
        image: {image}
{docker}      no-route: true
      command: 'exec sleep 600'
      container: {{stop-timeout: 1}}
"
        ));
    }

    /// Everything below the state folder, as text, however it is encoded.
    fn state(&self) -> String {
        let folder = self.app.folder.path().join("state");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
        files.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect()
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        let _ = self.run(&["undeploy", &self.app.id, "--yes"]);
        let docker = |arguments: &[&str]| {
            let output = Command::new("docker").args(["--host", &self.app.engine]).args(arguments).output();
            output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
        };
        for reference in self.tagged.lock().unwrap().iter() {
            docker(&["rmi", "-f", reference]);
        }
        // A tag that has moved leaves the digest that it had.
        let own = format!("reference={}/{}/*", self.host, self.app.id);
        let form = "{{.Repository}}@{{.Digest}}";
        for reference in docker(&["image", "ls", "--digests", "--filter", &own, "--format", form]).lines() {
            docker(&["rmi", reference]);
        }
    }
}

/// A registry whose tokens come from an authority, as with GitLab and GitHub. `right` is the only password; every repository but
/// `open/…` may not be read, and that is said in the two ways that registries have. A token of the user `late` has expired.
struct TokenRegistry {
    host: String,
}

impl TokenRegistry {
    fn at(address: &str) -> TokenRegistry {
        let listener = TcpListener::bind(address).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let own = host.clone();
        // It lives as long as the test program.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, host) = (stream.unwrap(), own.clone());
                std::thread::spawn(move || answer(stream, &host));
            }
        });
        TokenRegistry { host }
    }
}

fn answer(mut stream: TcpStream, host: &str) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let path = lines.next().unwrap_or_default().split(' ').nth(1).unwrap_or_default().to_owned();
    let headers: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let authorization = headers.iter().find_map(|line| {
        line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("authorization")).map(|(_, value)| value)
    });
    let challenge =
        |more: &str| format!("WWW-Authenticate: Bearer realm=\"http://{host}/token\",service=\"shop\"{more}\r\n");
    let error = |code: &str| format!(r#"{{"errors":[{{"code":"{code}","message":"said by the test"}}]}}"#);
    let (status, head, body) = if path.starts_with("/token") {
        // user:right, late:right
        match authorization {
            Some("Basic dXNlcjpyaWdodA==") => ("200 OK", String::new(), r#"{"token":"known"}"#.to_owned()),
            Some("Basic bGF0ZTpyaWdodA==") => {
                let body = r#"{"errors":[{"code":"UNAUTHORIZED","message":"the token has expired"}]}"#;
                ("401 Unauthorized", String::new(), body.to_owned())
            }
            _ => ("401 Unauthorized", String::new(), error("UNAUTHORIZED")),
        }
    } else if authorization != Some("Bearer known") {
        ("401 Unauthorized", challenge(""), error("UNAUTHORIZED"))
    } else if path.starts_with("/v2/forbidden/") {
        ("403 Forbidden", String::new(), error("DENIED"))
    } else {
        ("401 Unauthorized", challenge(",error=\"insufficient_scope\""), error("UNAUTHORIZED"))
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\n{head}Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

#[test]
fn the_doctor_tells_what_is_wrong_with_credentials_repository_tag_and_way() {
    let Some(private) = private("diagnoses") else { return };
    private.push("windlass-test:1", "1");
    let image = private.reference("1");

    assert_eq!(private.diagnosis(&image).0, "credentials-refused", "nobody is logged in");
    private.log_in(&private.host, &private.username, "not the password");
    let (word, check) = private.diagnosis(&image);
    assert_eq!(word, "credentials-refused");
    let text = check["text"].as_str().unwrap();
    assert!(text.contains("user `windlass` of `windlass login`") && !text.contains("not the password"), "{text}");
    private.log_in(&private.host, &private.username, &private.password);
    let (word, check) = private.diagnosis(&image);
    assert_eq!(word, "ok");
    assert!(check["text"].as_str().unwrap().contains("sha256:"), "{check}");
    let listed = private.run(&["doctor"]).out;
    assert!(listed.contains(&format!("{} (user `windlass`, of `windlass login`)", private.host)), "{listed}");

    let (word, check) = private.diagnosis(&private.reference("no-such-tag"));
    assert_eq!(word, "tag-missing", "{check}");
    assert!(check["next"][0].as_str().unwrap().contains("push `no-such-tag`"), "{check}");
    assert_eq!(private.diagnosis(&format!("{}/no/such/repository:1", private.host)).0, "repository-missing");

    // Who gives tokens knows the password, and the token may not read: in both ways in which registries say it.
    let tokens = TokenRegistry::at("127.0.0.1:0");
    private.log_in(&tokens.host, "user", "right");
    for repository in ["forbidden/web", "hidden/web"] {
        let (word, check) = private.diagnosis(&format!("{}/{repository}:1", tokens.host));
        assert_eq!(word, "scope-missing", "{check}");
        assert!(check["next"][0].as_str().unwrap().contains("read_registry"), "{check}");
    }
    private.log_in(&tokens.host, "user", "wrong");
    assert_eq!(private.diagnosis(&format!("{}/forbidden/web:1", tokens.host)).0, "credentials-refused");
    private.log_in(&tokens.host, "late", "right");
    assert_eq!(private.diagnosis(&format!("{}/forbidden/web:1", tokens.host)).0, "credentials-expired");

    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(private.diagnosis(&format!("{closed}/shop/web:1")).0, "host-unreachable");
    // Beyond the loopback engines want TLS, and this one speaks plain HTTP.
    let gateway = private.app.docker(&["network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Gateway}}"]);
    let plain = TokenRegistry::at(&format!("{gateway}:0"));
    assert_eq!(private.diagnosis(&format!("{}/shop/web:1", plain.host)).0, "tls");
    assert_eq!(private.diagnosis("registry.example.org/Shop:1").0, "not-a-reference");
}

/// Needs no engine.
#[test]
fn what_is_no_registry_or_no_password_is_refused_before_anything_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let windlass = |arguments: &[&str], input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.args(arguments).env("WINDLASS_STATE_DIR", folder.path().join("state")).env_remove("DOCKER_HOST");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who refuses at once may not read it.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        said(child.wait_with_output().unwrap())
    };
    let login = |host: &str, input: &str| windlass(&["login", host, "--username", "ci", "--password-stdin"], input);
    for (host, input, words) in [
        ("registry", "x", "has a dot or a port"),
        ("registry.example.org:99999", "x", "the port `99999`"),
        ("registry.example.org", "", "it is empty"),
    ] {
        let refused = login(host, input);
        assert_eq!(refused.code, 64, "{host}: {}", refused.err);
        assert!(refused.err.contains(words), "{words}: {}", refused.err);
    }
    let silent = windlass(&["login", "registry.example.org", "--username", "ci"], "x");
    assert!(silent.code == 64 && silent.err.contains("--password-stdin"), "{}", silent.err);
    let nobody = windlass(&["logout", "registry.example.org"], "");
    assert!(nobody.code == 64 && nobody.err.contains("nobody is logged in"), "{}", nobody.err);

    assert_eq!(login("https://Registry.Example.org/v2/", "one\n").code, 0);
    let again = login("registry.example.org", "two\n");
    assert!(again.code == 0 && again.err.contains("are replaced"), "{}", again.err);
    let near = windlass(&["logout", "registry.exampel.org"], "");
    assert!(near.code == 64 && near.err.contains("did you mean `registry.example.org`?"), "{}", near.err);
    assert_eq!(windlass(&["logout", "registry.example.org"], "").code, 0);
}

#[test]
fn credentials_of_the_module_come_before_a_login_and_that_before_the_docker_configuration() {
    let Some(private) = private("order") else { return };
    private.push("windlass-test:1", "1");
    let image = private.reference("1");
    let used = || private.diagnosis(&image).1.to_string();

    let auth = |user: &str, password: &str| {
        use base64::Engine;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        let text = serde_json::json!({"auths": {&private.host: {"auth": pair}}}).to_string();
        std::fs::write(private.app.folder.path().join("docker/config.json"), text).unwrap();
    };
    auth(&private.username, &private.password);
    assert!(used().contains("config.json"), "{}", used());
    private.log_in(&private.host, "other", "wrong");
    let refused = used();
    assert!(refused.contains("user `other` of `windlass login`") && refused.contains("refuses"), "{refused}");

    // The module's own are right; those that are weaker would not do.
    let own = format!("        username: {}\n        password: {}\n", private.username, private.password);
    private.write(&image, &own);
    private.expect(0, &["deploy"]);

    private.expect(0, &["logout", &private.host]);
    assert!(used().contains("config.json"), "{}", used());
    let twice = private.expect(64, &["logout", &private.host]);
    assert!(twice.err.contains("nobody is logged in"), "{}", twice.err);
}

#[test]
fn a_login_is_sealed_and_a_token_is_heard_nowhere() {
    let Some(private) = private("token") else { return };
    private.push("windlass-test:1", "1");
    private.log_in("registry.example.org", "ci", "glpat-nobody-may-read-this-1");
    let state = private.state();
    assert!(!state.contains("glpat-nobody-may-read-this-1") && !state.contains("\"password\""));

    // The registry's own password stands for a token: it is used, and must be heard nowhere.
    let own = format!(
        "        registry: {}\n        username: {}\n        password: {}\n",
        private.host, private.username, private.password
    );
    private.write(&private.reference("1"), &own);
    let mut heard = Vec::new();
    let mut listen = |arguments: &[&str]| {
        let said = private.run(arguments);
        heard.push((format!("{arguments:?}"), said.out + &said.err));
    };
    listen(&["lint"]);
    listen(&["plan", "--full"]);
    listen(&["plan", "-o", "json", "--plan-out", "kept.json"]);
    listen(&["resolve"]);
    listen(&["deploy", "-vv", "--progress", "json"]);
    let id = private.app.id.clone();
    listen(&["status", &id, "-o", "json"]);
    listen(&["logs", &format!("{id}/web")]);
    listen(&["env"]);
    heard.push(("inspect".into(), private.app.inspect("web").to_string()));
    heard.push(("saved".into(), std::fs::read_to_string(private.app.folder.path().join("kept.json")).unwrap()));
    heard.push(("state".into(), private.state()));
    // With a wrong one, what fails says whose it was, and not what.
    let wrong = own.replace(&private.password, "glpat-wrong-and-not-to-be-heard");
    private.write(&private.reference("2"), &wrong);
    let refused = private.run(&["deploy", "-vv"]);
    assert_ne!(refused.code, 0);
    heard.push(("refused".into(), refused.out + &refused.err));
    for (from, text) in &heard {
        for secret in [private.password.as_str(), "glpat-wrong-and-not-to-be-heard"] {
            assert!(!text.contains(secret), "{from} holds `{secret}`: {text}");
        }
    }
    assert!(heard.iter().any(|(from, text)| from.contains("deploy") && text.contains("operation.finished")));
}

#[test]
fn lint_plan_and_deploy_refuse_an_image_of_another_registry_alike() {
    let Some(private) = private("mismatch") else { return };
    private.write("registry.gitlab.com/shop/web:1.0.0", "        registry: registry.example.org\n");
    let told = |said: Said| {
        let mut lines = said.out.lines().chain(said.err.lines()).map(str::to_owned).collect::<Vec<_>>();
        lines.retain(|line| line.contains("registry-mismatch]"));
        lines
    };
    let lint = told(private.expect(1, &["lint", "-o", "short"]));
    assert_eq!(lint.len(), 1, "{lint:?}");
    assert!(
        lint[0].contains("Image host `registry.gitlab.com` and registry `registry.example.org` differ"),
        "{lint:?}"
    );
    for command in ["plan", "deploy"] {
        assert_eq!(told(private.expect(1, &[command, "--message-format", "short"])), lint, "{command}");
    }
    assert!(private.app.containers().is_empty());
    private.expect(0, &["lint", "--fix", "--unsafe-fixes"]);
    let mended = std::fs::read_to_string(private.app.folder.path().join("mtad.yaml")).unwrap();
    assert!(mended.contains("registry: registry.gitlab.com\n"), "{mended}");
}

#[test]
fn a_tag_that_has_moved_is_found_and_repaired() {
    let Some(private) = private("moved") else { return };
    private.log_in(&private.host, &private.username, &private.password);
    private.push("windlass-test:1", "1");
    private.write(&private.reference("1"), "");
    private.expect(0, &["deploy"]);
    let digest = || {
        let told: Value =
            serde_json::from_str(&private.expect(0, &["status", &private.app.id, "-o", "json"]).out).unwrap();
        told["modules"][0]["digest"].as_str().unwrap().to_owned()
    };
    let short = |digest: &str| digest.chars().take("sha256:".len() + 12).collect::<String>();
    let first = digest();
    assert!(private.diagnosis(&private.reference("1")).1["text"].as_str().unwrap().contains(&first));
    private.expect(0, &["plan", "--detailed-exitcode"]);

    private.push("windlass-test:2", "1");
    let second = private.diagnosis(&private.reference("1")).1["text"].as_str().unwrap().to_owned();
    let second = second.split_whitespace().last().unwrap().to_owned();
    assert_ne!(first, second);
    let plan = private.expect(2, &["plan", "--detailed-exitcode"]);
    let moved = format!("its tag has moved from {} to {}", short(&first), short(&second));
    assert!(plan.out.contains(&moved), "{moved}: {}", plan.out);
    // Who does not ask does not know.
    private.expect(0, &["plan", "--detailed-exitcode", "--no-image-check"]);

    let before = private.app.containers();
    private.expect(0, &["deploy"]);
    assert_ne!(private.app.containers(), before);
    let id = private.app.docker(&["image", "inspect", "windlass-test:2", "-f", "{{.Id}}"]);
    assert_eq!(private.app.inspect("web")["Image"], id.as_str());
    assert_eq!(digest(), second);
    let status = private.expect(0, &["status", &private.app.id]).out;
    assert!(status.contains(&short(&second)), "{status}");
    private.expect(0, &["plan", "--detailed-exitcode"]);

    // A registry that gives no answer keeps nobody from planning, and that nobody knows is said.
    private.expect(0, &["logout", &private.host]);
    let unknown = private.expect(0, &["plan", "--detailed-exitcode"]);
    assert!(unknown.out.contains("has moved could not be asked"), "{}", unknown.out);
}

#[test]
fn an_image_is_waited_for_or_missed_before_anything_is_touched() {
    let Some(private) = private("wait") else { return };
    private.log_in(&private.host, &private.username, &private.password);
    private.push("windlass-test:1", "1");
    private.write(&private.reference("1"), "");
    private.expect(0, &["deploy"]);
    let before = private.app.containers();

    private.write(&private.reference("2"), "");
    for command in [&["plan"][..], &["deploy"], &["deploy", "--wait-for-image", "3s"]] {
        let began = std::time::Instant::now();
        let failed = private.expect(8, command);
        assert!(failed.err.contains("has no tag `2`"), "{}", failed.err);
        assert_eq!(failed.err.contains("waiting for it"), command.len() > 1, "{}", failed.err);
        assert_eq!(began.elapsed().as_secs() >= 3, command.len() > 1);
        assert_eq!(private.app.containers(), before);
    }
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_secs(4));
            private.push("windlass-test:2", "2");
        });
        let there = private.expect(0, &["deploy", "--wait-for-image", "2m"]);
        assert!(there.err.contains("waiting for it") && there.err.contains("is there sha256:"), "{}", there.err);
    });
    assert_ne!(private.app.containers(), before);
}

/// An archive as `tar` writes it.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (path, content) in files {
        let mut header = [0u8; 512];
        let mut put = |at: usize, text: &str| header[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, path);
        put(100, "0000755");
        put(108, "0000000");
        put(116, "0000000");
        put(124, &format!("{:011o}", content.len()));
        put(136, "00000000000");
        put(148, "        ");
        put(156, "0");
        let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend(header);
        archive.extend(*content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// An image with one file in it, for this processor and with this command, under a name of the test's own.
fn image(private: &Private, name: &str, architecture: &str, command: &[&str], file: (&str, &[u8])) -> String {
    let reference = format!("{}/{name}:1", private.app.id);
    let layer = archive(&[file]);
    let digest: String = Sha256::digest(&layer).iter().map(|byte| format!("{byte:02x}")).collect();
    let config = json!({
        "architecture": architecture, "os": "linux", "config": {"Cmd": command},
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{digest}")]},
    });
    let manifest = json!([{"Config": "config.json", "RepoTags": [&reference], "Layers": ["layer.tar"]}]);
    let (config, manifest) = (config.to_string(), manifest.to_string());
    let whole =
        archive(&[("config.json", config.as_bytes()), ("layer.tar", &layer), ("manifest.json", manifest.as_bytes())]);
    let mut docker = Command::new("docker");
    docker.args(["--host", &private.app.engine, "load", "-q"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = docker.spawn().unwrap();
    child.stdin.take().unwrap().write_all(&whole).unwrap();
    assert!(child.wait().unwrap().success());
    private.tagged.lock().unwrap().push(reference.clone());
    reference
}

/// The header of a program for 64-bit ARM, which is enough for a kernel to refuse it.
fn arm_program() -> Vec<u8> {
    let mut program = b"\x7fELF\x02\x01\x01".to_vec();
    program.resize(16, 0);
    // An executable, for AArch64, of version 1.
    program.extend([2, 0, 183, 0, 1, 0, 0, 0]);
    program.resize(4096, 0);
    program
}

#[test]
fn why_a_module_does_not_start_is_one_of_image_credentials_and_process() {
    let Some(private) = private("families") else { return };
    private.push("windlass-test:1", "1");
    // Compared as programs hear it: family, and what stands beside it.
    let deploy = |image: &str, docker: &str, command: Option<&str>| {
        let command = command.map(|line| format!("      command: {line}\n")).unwrap_or_default();
        private.app.write(&format!(
            "  - name: web\n    type: application\n    parameters:\n      docker:\n        image: {image}\n{docker}      \
             no-route: true\n{command}      container: {{stop-timeout: 1}}\n"
        ));
        let said = private.run(&["deploy", "--progress", "json", "--no-image-check", "--start-timeout", "10s"]);
        assert_ne!(said.code, 0, "{}", said.out);
        let events = said.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let failed = events.into_iter().find(|event| event["type"] == "step.failed");
        failed.unwrap_or_else(|| panic!("{}\n{}", said.out, said.err))["failure"].clone()
    };

    let bare = image(&private, "bare", "amd64", &[], ("file", b"x"));
    let failure = deploy(&bare, "", None);
    assert_eq!(failure["family"], "image", "no command: {failure}");
    let arm = image(&private, "arm", "arm64", &["/app"], ("app", &arm_program()));
    let architecture = private.app.docker(&["image", "inspect", &arm, "-f", "{{.Architecture}}"]);
    assert_eq!(architecture, "arm64");
    let failure = deploy(&arm, "", None);
    assert_eq!(failure["family"], "image", "another processor: {failure}");
    assert!(failure.to_string().to_lowercase().contains("exec format error"), "{failure}");
    let failure = deploy("windlass-test:1", "", Some("[/no/such/program]"));
    assert_eq!(failure["family"], "image", "a file that is missing: {failure}");

    let wrong = format!("        username: {}\n        password: glpat-wrong\n", private.username);
    let failure = deploy(&private.reference("1"), &wrong, None);
    assert_eq!(failure["family"], "credentials", "{failure}");
    // When registries are asked first, it does not get so far.
    let refused = private.expect(8, &["deploy"]);
    assert!(refused.err.contains("credentials: the token or password is wrong"), "{}", refused.err);

    let failure = deploy("windlass-test:1", "", Some("['true']"));
    assert_eq!((&failure["family"], &failure["instance"]["exit_code"]), (&"process".into(), &0.into()), "{failure}");
    assert!(failure["instance"]["lived_ms"].is_u64(), "{failure}");
    let failure = deploy("windlass-test:1", "", Some("\"sh -c 'kill -9 $$'; exit $?\""));
    assert_eq!(
        (&failure["family"], &failure["instance"]["signal"]),
        (&"process".into(), &"SIGKILL".into()),
        "{failure}"
    );
    assert!(private.app.containers().is_empty());
}

#[test]
fn a_worker_signs_in_at_the_developers_api_that_the_target_names() {
    let Some(private) = private("api") else { return };
    let id = &private.app.id;
    std::fs::write(private.app.folder.path().join("target.yaml"), "developer-api-host: http://api\n").unwrap();
    let (without, with) = ("http://api", "http://api:8080");
    private.app.write(&format!(
        "{}  - name: worker
    type: application
    parameters:
      docker: {{image: \"windlass-test:1\"}}
      no-route: true
      command: 'wget -q -O - \"$DEVELOPER_API_HOST/\" && exec sleep 600'
      container: {{stop-timeout: 1}}
    properties:
      DEVELOPER_API_HOST: ${{developer-api-host}}
    requires:
      - name: api
",
        app::web("api", "the stub", "")
    ));
    let told = private.expect(0, &["env", "--target", "target.yaml"]);
    assert!(told.out.contains(without), "{}", told.out);
    assert!(told.err.contains("names no port") && told.err.contains("Write `http://api:80`"), "{}", told.err);

    std::fs::write(private.app.folder.path().join("target.yaml"), format!("developer-api-host: {with}\n")).unwrap();
    private.expect(0, &["deploy", "--target", "target.yaml"]);
    let environment = private.app.inspect("worker")["Config"]["Env"].to_string();
    assert!(environment.contains("DEVELOPER_API_HOST=http://api:8080"), "{environment}");
    let log = private.expect(0, &["logs", &format!("{id}/worker")]).out;
    assert!(log.contains("windlass-test"), "the stub has answered: {log}");
    let told: Value = serde_json::from_str(&private.expect(0, &["status", id, "-o", "json"]).out).unwrap();
    let statuses: Vec<_> = told["modules"].as_array().unwrap().iter().map(|module| &module["status"]).collect();
    assert_eq!(statuses, ["Running", "Running"]);
}

/// No image of a language can be had here, so the base image is a stand-in: the image of the tests, with a program of the language's name
/// that writes what it is called with and stays. This proves the files that windlass writes, the build argument, the way through a
/// private registry, and that the module comes up; it does not run JavaScript, PHP or Python.
#[test]
fn a_template_becomes_an_image_and_a_module_that_runs() {
    let Some(private) = private("init") else { return };
    let folder = private.app.folder.path().to_owned();
    for (template, program, ci) in
        [("node", "node", "gitlab"), ("php", "php", "github"), ("python", "python3", "gitlab")]
    {
        let place = folder.join(template);
        let shown = place.to_str().unwrap();
        let name = format!("{}-{template}", private.app.id);
        private.expect(0, &["init", shown, "--template", template, "--ci", ci, "--name", &name]);
        let again = private.expect(64, &["init", shown, "--template", template]);
        assert!(again.err.contains("is there already"), "{}", again.err);
        let pipeline = if ci == "gitlab" { ".gitlab-ci.yml" } else { ".github/workflows/image.yml" };
        assert!(std::fs::read_to_string(place.join(pipeline)).unwrap().contains("prod-v"));

        // What is left to be filled in is found where it stands.
        let file = place.join("mtad.yaml");
        let left = private.expect(1, &["lint", file.to_str().unwrap(), "-o", "short"]);
        let text = std::fs::read_to_string(&file).unwrap();
        for (row, line) in text.lines().enumerate() {
            for (column, _) in line.match_indices("CHANGE_ME") {
                let at = format!("mtad.yaml:{}:{}: error[template-placeholder]", row + 1, column + 1);
                assert!(left.out.contains(&at), "{at}: {}", left.out);
            }
        }
        assert_eq!(left.out.lines().count(), text.matches("CHANGE_ME").count(), "{}", left.out);
        let base = if ci == "gitlab" { "registry.gitlab.com/CHANGE_ME_GROUP" } else { "ghcr.io/CHANGE_ME_OWNER" };
        let text = text.replace(base, &format!("{}/{}", private.host, private.app.id));
        let text = text.replace("CHANGE_ME_TOKEN_ID", &private.username);
        std::fs::write(&file, &text).unwrap();
        private.expect(0, &["lint", file.to_str().unwrap(), "--strict"]);

        // The pipeline's part.
        let stand_in = format!("{template}:{}", private.app.id);
        let build = |tag: &str, context: &std::path::Path, options: &[&str]| {
            let mut docker = Command::new("docker");
            docker.args(["--host", &private.app.engine, "build", "-q", "-t", tag]).args(options).arg(context);
            let output = docker.env("DOCKER_BUILDKIT", "0").output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            private.tagged.lock().unwrap().push(tag.to_owned());
        };
        let base = tempfile::tempdir().unwrap();
        let stub = "#!/bin/sh\ntest -f \"$1\" || exit 2\necho \"$0 $1: $GREETING\"\nexec sleep 600\n";
        std::fs::write(base.path().join(program), stub).unwrap();
        let dockerfile = format!("FROM windlass-test:1\nCOPY {program} /bin/{program}\nRUN chmod +x /bin/{program}\n");
        std::fs::write(base.path().join("Dockerfile"), dockerfile).unwrap();
        build(&stand_in, base.path(), &[]);
        let made = format!("{name}:built");
        let tag = format!("TAG={}", private.app.id);
        build(&made, &place, &["--build-arg", &tag, "--file", place.join(".docker/Dockerfile").to_str().unwrap()]);
        let reference = format!("{}/{}/{name}:prod-v1.0.0", private.host, private.app.id);
        private.push_as(&made, &reference);

        let secret = private.with_input(&["secret", "set", &format!("{name}-registry-token")], &private.password);
        assert_eq!(secret.code, 0, "{}", secret.err);
        private.expect(0, &["deploy", file.to_str().unwrap()]);
        let told: Value = serde_json::from_str(&private.expect(0, &["status", &name, "-o", "json"]).out).unwrap();
        assert_eq!(told["modules"][0]["status"], "Running", "{told}");
        assert!(private.expect(0, &["logs", &format!("{name}/{name}")]).out.contains(": hello"));
        private.expect(0, &["undeploy", &name, "--yes"]);
    }
}
