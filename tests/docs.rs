//! Every example in README and docs is run.
//!
//! A page is a small story: its blocks are run from top to bottom in one empty folder with its own state.
//!
//! | fence | what happens |
//! |---|---|
//! | ```` ```yaml title="mtad.yaml" ```` | the file is written (any language with a title) |
//! | ```` ```console ```` | lines with `$ ` are run; what stands below must be what they print (both streams) |
//! | ```` ```console exit=1 ```` | the same; the last command ends with 1 |
//! | ```` ```console engine ```` | the same, and needs a container engine; skipped, loudly, when none answers |
//! | ```` ```sh ```` | not run, so it may hold nothing but our scripts and cargo, which the CI runs |
//! | `text`, `mermaid` | not run |
//!
//! Times of day, durations, ports given by the engine, and ids may differ from what the page says, and so may the columns behind them. A line `...` stands for any number of lines, `...` within a line for any text. `WINDLASS_UPDATE=1 cargo test --test docs`
//! writes what is printed now wherever it does not match; read the difference before committing it.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that runs programs")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Containers of these tests live in a space of their own, beside any deployment of the same name. Readers see `dev`, which is
/// as long.
const SPACE: &str = "zzd";

/// The engine that pages name, whichever is used.
const DEFAULT_SOCKET: &str = "unix:///var/run/docker.sock";

#[test]
fn every_example_of_the_documentation_is_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let update = std::env::var_os("WINDLASS_UPDATE").is_some();
    let engine = engine();
    let mut wrong = Vec::new();
    // The reference is made from the code; its examples are the code's.
    for page in pages(root).iter().filter(|page| !page.starts_with(root.join("docs/reference"))) {
        let text = std::fs::read_to_string(page).unwrap();
        let name = page.strip_prefix(root).unwrap().display().to_string();
        let told = run_page(&name, &text, engine.clone(), root);
        wrong.extend(told.wrong);
        if update {
            std::fs::write(page, &told.text).unwrap();
        } else {
            wrong.extend(told.outdated);
        }
    }
    assert!(wrong.is_empty(), "{} examples are not true:\n\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn links_between_the_pages_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for page in pages(root) {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let (path, _) = link.split_once('#').unwrap_or((link, ""));
            if !link.starts_with("http") && !page.parent().unwrap().join(path).exists() {
                broken.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn a_wrong_example_is_seen() {
    let page = "# Page\n```console\n$ echo a; echo b >&2\na\nb\n$ echo c\n...\n$ false\n```\n```yaml\na: 1\n```\n";
    let told = run_page("page.md", page, None, Path::new("."));
    assert_eq!(told.wrong.len(), 2, "{:?}", told.wrong);
    assert!(told.wrong[0].starts_with("page.md:8: `false` ends with 1, not 0"), "{}", told.wrong[0]);
    assert!(told.wrong[1].starts_with("page.md:10: a `yaml` block without a title"), "{}", told.wrong[1]);

    let page = "```console exit=3\n$ echo one; echo two; sh -c 'exit 3'\none\n```\n";
    let told = run_page("page.md", page, None, Path::new("."));
    assert!(told.outdated[0].starts_with("page.md:2: `echo one;"), "{:?}", told.outdated);
    assert!(told.text.contains("one\ntwo\n```"), "the update writes what is printed: {}", told.text);
}

#[test]
fn three_dots_stand_for_anything() {
    for (pattern, actual, expected) in [
        ("a\n...\nd", "a\nb\nc\nd", true),
        ("a\n...\nd", "a\nd", true),
        ("see ... there", "see anything there", true),
        ("see ... there", "see anything here", false),
        ("09:10:04 web started, 600 ms  x", "10:00:00 web started, 1.2 s    x", true),
        ("at http://127.0.0.1:32775/a", "at http://127.0.0.1:41000/a", true),
        ("1 port", "2 port", false),
        ("a", "a\nb", false),
        ("", "", true),
        ("...", "", true),
    ] {
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(matches(&lines(pattern), &lines(actual)), expected, "{pattern:?} {actual:?}");
    }
}

struct Told {
    /// The page with what is printed now in place of what did not match.
    text: String,
    /// What is printed is not what the page says: an update mends it.
    outdated: Vec<String>,
    wrong: Vec<String>,
}

/// A page's folder; whatever its examples deployed is taken down at the end, also when a test fails.
struct Place {
    folder: tempfile::TempDir,
    deployed: Vec<String>,
    engine: Option<String>,
}

fn run_page(name: &str, text: &str, engine: Option<String>, root: &Path) -> Told {
    let mut place = Place { folder: tempfile::tempdir().unwrap(), deployed: Vec::new(), engine };
    let mut told = Told { text: String::new(), outdated: Vec::new(), wrong: Vec::new() };
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        writeln!(told.text, "{line}").unwrap();
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```").collect();
        let content = block.iter().fold(String::new(), |all, line| all + line + "\n");
        let language = info.split(' ').next().unwrap_or("");
        let title = info.split_once("title=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(title, _)| title);
        let at = format!("{name}:{}", index + 1);
        match (language, title) {
            (_, Some(title)) => place.write(title, &content),
            ("console", _) if info.contains("engine") && place.engine.is_none() => {
                // Past the capture of the test runner: who reads the log must see it.
                let _ = writeln!(std::io::stderr(), "skipped: {at}: no container engine answers");
            }
            ("console", _) => {
                let exit = info.split_once("exit=").map_or(0, |(_, code)| code.trim().parse().expect("a number"));
                run_block(&block, exit, (name, index + 2), &place, root, &mut told);
                told.text.push_str("```\n");
                continue;
            }
            ("sh", _) => {
                let known = |line: &str| {
                    line.is_empty()
                        || [
                            "#",
                            "scripts/",
                            "cargo ",
                            "eval \"$(scripts/",
                            "WINDLASS_UPDATE=1 cargo ",
                            "WINDLASS_FAULTS=",
                        ]
                        .iter()
                        .any(|start| line.starts_with(start))
                };
                if let Some(line) = block.iter().find(|line| !known(line)) {
                    told.wrong.push(format!("{at}: `{line}` is not run here: make it a `console` block\n"));
                }
            }
            ("text" | "mermaid", _) => {}
            (other, None) => {
                told.wrong.push(format!(
                    "{at}: a `{other}` block without a title is not run: give it one, or make it `text`\n"
                ));
            }
        }
        told.text.push_str(&content);
        told.text.push_str("```\n");
    }
    told
}

/// Runs the commands of one block, which begins at `(page, line)`, and tells what they printed.
fn run_block(
    block: &[&str],
    exit: i32,
    (name, first_line): (&str, usize),
    place: &Place,
    root: &Path,
    told: &mut Told,
) {
    let starts: Vec<usize> = (0..block.len()).filter(|index| block[*index].starts_with("$ ")).collect();
    for (number, start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).copied().unwrap_or(block.len());
        let expected: Vec<String> = block[start + 1..end].iter().map(|line| (*line).to_owned()).collect();
        let command = &block[*start][2..];
        let output = place.shell(command, root);
        let actual = place.readable(&output);
        let wanted = if number + 1 == starts.len() { exit } else { 0 };
        let code = output.status.code().unwrap_or(-1);
        let at = format!("{name}:{}: `{command}`", first_line + start);
        writeln!(told.text, "$ {command}").unwrap();
        let kept = if matches(&expected, &actual) { expected.clone() } else { without_progress(&actual) };
        kept.iter().for_each(|line| writeln!(told.text, "{line}").unwrap());
        if code != wanted {
            told.wrong.push(format!("{at} ends with {code}, not {wanted}:\n{}\n", actual.join("\n")));
        } else if !matches(&expected, &actual) {
            told.outdated.push(format!(
                "{at} prints\n{}\nand the page says\n{}\n",
                actual.join("\n"),
                expected.join("\n")
            ));
        }
    }
}

/// What an update writes: lines of progress differ in number and order from run to run, so `...` stands for them.
fn without_progress(lines: &[String]) -> Vec<String> {
    let is_progress = |line: &String| still(line).starts_with("* ");
    let mut kept: Vec<String> =
        lines.iter().map(|line| if is_progress(line) { "...".into() } else { line.clone() }).collect();
    kept.dedup_by(|a, b| a == "..." && b == "...");
    kept
}

impl Place {
    fn write(&mut self, title: &str, content: &str) {
        let path = self.folder.path().join(title);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.deployed.extend(content.lines().filter_map(|line| line.strip_prefix("ID: ")).map(str::to_owned));
    }

    fn shell(&self, command: &str, root: &Path) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_windlass"));
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(self.folder.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WINDLASS_")) {
            shell.env_remove(name);
        }
        if let Some(host) = &self.engine {
            shell.env("DOCKER_HOST", host);
        }
        shell
            .env("PATH", format!("{}:{path}", program.parent().unwrap().display()))
            .env("HOME", self.folder.path())
            .env("WINDLASS_STATE_DIR", self.folder.path().join(".state"))
            .env("WINDLASS_SPACE", SPACE)
            .env("PROJECT", root)
            .env("COLUMNS", "100")
            .env("NO_COLOR", "1")
            .env("TZ", "UTC")
            .output()
            .unwrap()
    }

    /// What a reader would see: our folder and space are nobody else's business.
    fn readable(&self, output: &Output) -> Vec<String> {
        let folder = format!("{}/", self.folder.path().display());
        let text = String::from_utf8_lossy(&output.stdout).replace(&folder, "");
        // Outside of the default space, names on the engine end in space and hash.
        let mark = format!("-{SPACE}-");
        let mut parts = text.split(&mark);
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            text.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
        }
        let text =
            text.replace(&format!(" --space {SPACE}"), "").replace(" --state-dir .state", "").replace(SPACE, "dev");
        let text = self.engine.as_ref().map_or(text.clone(), |host| text.replace(host, DEFAULT_SOCKET));
        text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for id in self.deployed.iter().rev() {
            if self.shell(&format!("windlass status {id}"), Path::new(".")).status.success() {
                let gone = self.shell(&format!("windlass undeploy {id} --yes"), Path::new("."));
                if !gone.status.success() {
                    let _ = writeln!(std::io::stderr(), "could not clean up: {}", self.readable(&gone).join("\n"));
                }
            }
        }
    }
}

/// The engine for the examples that need one. With `DOCKER_HOST` set, one is expected and nothing is skipped.
fn engine() -> Option<String> {
    std::env::var("DOCKER_HOST").ok().or_else(|| {
        let doctor = Command::new(env!("CARGO_BIN_EXE_windlass"))
            .args(["doctor", "--host", DEFAULT_SOCKET])
            .stdin(Stdio::null())
            .output();
        doctor.is_ok_and(|output| output.status.success()).then(|| DEFAULT_SOCKET.to_owned())
    })
}

fn matches(pattern: &[String], actual: &[String]) -> bool {
    match pattern.split_first() {
        None => actual.is_empty(),
        Some((first, rest)) if first.trim() == "..." => (0..=actual.len()).any(|skip| matches(rest, &actual[skip..])),
        Some((first, rest)) => {
            actual.split_first().is_some_and(|(line, more)| line_matches(first, line) && matches(rest, more))
        }
    }
}

fn line_matches(pattern: &str, line: &str) -> bool {
    let (pattern, line) = (still(pattern), still(line));
    let mut parts = pattern.split("...");
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or("")) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A line with everything that moves from run to run brought to rest.
fn still(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_number = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || c == '.');
    let mut rest: Vec<String> = Vec::new();
    let indent = line.len() - line.trim_start().len();
    for (index, word) in words.iter().enumerate() {
        let bare = word.trim_matches(['(', ')', ',', ';', '[', ']']);
        let unit = |word: &str| matches!(word.trim_end_matches([',', ';', ')']), "ms" | "s");
        let is_id = bare.len() == 12 && bare.chars().all(|c| c.is_ascii_hexdigit());
        let is_time = bare.len() == 8
            && bare.split(':').count() == 3
            && bare.replace(':', "").chars().all(|c| c.is_ascii_digit());
        let is_amount = is_number(bare) && words.get(index + 1).is_some_and(|next| unit(next));
        rest.push(if is_time || is_id || is_amount {
            word.replace(bare, "*")
        } else if index > 0 && unit(word) && is_number(words[index - 1].trim_start_matches('(')) {
            word.replace("ms", "s")
        } else if let Some((host, port)) = word.split_once("127.0.0.1:").filter(|(_, port)| port.len() >= 5) {
            format!("{host}127.0.0.1:*{}", port.trim_start_matches(|c: char| c.is_ascii_digit()))
        } else {
            (*word).to_owned()
        });
    }
    format!("{}{}", " ".repeat(indent), rest.join(" "))
}

fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages = vec![root.join("README.md"), root.join("CONTRIBUTING.md"), root.join("CHANGELOG.md")];
    collect(&root.join("docs"), &mut pages);
    pages
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, pages);
        } else if entry.extension().is_some_and(|extension| extension == "md") {
            pages.push(entry);
        }
    }
}
