//! Input that was made to hurt, given to the program from outside, with little memory, little stack and little time.
//!
//! What a limit refuses is refused with a finding that names the limit; what is merely large is worked off in time that grows
//! as it does. Sizes are such that anything quadratic does not end in time. A hundred thousand levels and a list of a million
//! are always among them; `WINDLASS_HOSTILE=10 cargo test --release --test robust hostile` makes all the rest ten times as large,
//! which takes half a minute of processor time in all (a debug build would not stay within the limits).

#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const HEAD: &str = "_schema-version: '3.3'\nID: a\nversion: 1.0.0\n";
const APP: &str = "  type: application\n  parameters: {docker: {image: 'x:1'}, health-check-type: process}\n";
/// For each command, in seconds of processor time; a debug build takes a tenth of it.
const SECONDS: u64 = 10;
/// KiB of address space. A part of it is reserved by the allocator and never touched.
const MEMORY: u64 = 3 << 20;
/// KiB of stack: a quarter of what systems give, for debug builds with their large frames.
const STACK: u64 = 2 << 10;
/// Bytes of output, per byte of input and finding.
const OUTPUT: usize = 64 << 20;

/// Runs the program with limits that a shell sets.
fn windlass(folder: &Path, arguments: &[&str]) -> Output {
    let limits = format!("ulimit -v {MEMORY}; ulimit -s {STACK}; ulimit -t {SECONDS}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command.args(["-c", &limits, env!("CARGO_BIN_EXE_windlass")]).args(arguments).current_dir(folder);
    command.env_clear().env("HOME", folder).env("PATH", "/usr/bin:/bin").stdin(Stdio::null()).output().unwrap()
}

/// What a command must say.
#[derive(Clone, Copy)]
enum Ends {
    Well,
    /// Whether anything is found or not is no matter, only what it costs.
    Somehow,
    /// A finding with this code.
    With(&'static str),
}

fn expect(folder: &Path, name: &str, arguments: &[&str], ends: Ends) {
    let output = windlass(folder, arguments);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let shown: String = said.chars().take(2000).collect();
    let code = output.status.code();
    let well = match ends {
        Ends::Well => code == Some(0),
        Ends::Somehow => matches!(code, Some(0 | 1)),
        Ends::With(id) => matches!(code, Some(0 | 1)) && said.contains(id),
    };
    assert!(well, "{name}: windlass {arguments:?} ended with {}\n{shown}", output.status);
    assert!(said.len() < OUTPUT, "{name}: windlass {arguments:?} said {} bytes", said.len());
}

/// A descriptor, what must come of it, and every command that reads one.
fn every_command(name: &str, text: &str, ends: Ends) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mtad.yaml"), text).unwrap();
    // One line each: of those drawn for people not all are shown.
    for command in [&["lint"][..], &["resolve"], &["env"], &["plan", "--offline"]] {
        expect(folder.path(), name, &[command, &["--message-format", "short"]].concat(), ends);
    }
    // A picture shows the descriptor with its placeholders open.
    let ends = if matches!(ends, Ends::With("expansion-too-large")) { Ends::Well } else { ends };
    expect(folder.path(), name, &["graph"], ends);
}

/// Checking runs everything that the other commands run.
fn lint(name: &str, text: &str, ends: Ends) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mtad.yaml"), text).unwrap();
    expect(folder.path(), name, &["lint", "--output-format", "short"], ends);
    // For people: drawn, and so not all of them.
    let ends = if matches!(ends, Ends::With(_)) { Ends::Somehow } else { ends };
    expect(folder.path(), name, &["lint", "--output-format", "graphical"], ends);
}

fn scaled(number: usize) -> usize {
    let factor = std::env::var("WINDLASS_HOSTILE").ok().and_then(|factor| factor.parse().ok());
    number * factor.unwrap_or(1)
}

fn repeated(number: usize, line: impl Fn(usize) -> String) -> String {
    let mut out = String::new();
    for at in 0..scaled(number) {
        out.push_str(&line(at));
    }
    out
}

fn modules(number: usize, more: impl Fn(usize) -> String) -> String {
    format!("{HEAD}modules:\n{}", repeated(number, |at| format!("- name: m{at}\n{APP}{}", more(at))))
}

fn parameters(lines: &str) -> String {
    format!("{HEAD}parameters:\n{lines}modules:\n- name: m\n{APP}")
}

#[test]
fn depth_is_limited_in_every_spelling() {
    let deep = 100_000;
    let too_large = Ends::With("yaml-too-large");
    for (name, text) in [
        ("open brackets", format!("{HEAD}parameters: {{a: {}", "[".repeat(deep))),
        ("closed brackets", format!("{HEAD}parameters: {{a: {}{}}}", "[".repeat(deep), "]".repeat(deep))),
        ("braces", format!("{HEAD}parameters: {}", "{a: ".repeat(deep))),
        ("dashes", format!("{HEAD}parameters:\n  a:\n    {}x\n", "- ".repeat(deep))),
        ("question marks", "? ".repeat(deep)),
        ("JSON", format!("{}1{}", "{\"a\":".repeat(deep), "}".repeat(deep))),
        (
            "rows",
            (0..2000).fold(String::new(), |mut out, at| {
                let _ = writeln!(out, "{}a:", " ".repeat(at));
                out
            }),
        ),
    ] {
        every_command(name, &text, too_large);
    }
}

#[test]
fn aliases_that_multiply_are_limited() {
    let lists = |first: &str, times: usize| {
        let level = |at: usize| format!("  k{at}: &k{at} [{}]\n", vec![format!("*k{}", at - 1); times].join(", "));
        format!("  k0: &k0 {first}\n{}", (1..12).map(level).collect::<String>())
    };
    every_command("lists", &parameters(&lists("[x, x]", 9)), Ends::With("yaml-too-large"));
    let maps = "  a: &a {x: 1, y: 2}\n".to_owned()
        + &(0..60)
            .map(|at| format!("  b{at}: &b{at} {{l: *{}, r: *{}}}\n", before(at), before(at)))
            .collect::<String>();
    every_command("maps", &parameters(&maps), Ends::With("yaml-too-large"));
    lint(
        "one map a thousand times",
        &parameters(&("  a: &a {x: [1, 2]}\n".to_owned() + &repeated(3000, |at| format!("  b{at}: *a\n")))),
        Ends::Well,
    );
    lint(
        "merged a thousand times",
        &parameters(&format!("  a: &a {{x: 1}}\n  b: {{<<: [{}]}}\n", repeated(20_000, |_| "*a,".into()))),
        Ends::Well,
    );
}

fn before(at: usize) -> String {
    at.checked_sub(1).map_or("a".to_owned(), |before| format!("b{before}"))
}

#[test]
fn values_that_double_at_each_step_are_limited() {
    let texts = repeated(40, |at| format!("  k{at}: '${{k{}}}${{k{}}}'\n", at + 1, at + 1));
    let used =
        |lines: String| format!("{HEAD}parameters:\n{lines}modules:\n- name: m\n{APP}  properties: {{p: '${{k0}}'}}\n");
    every_command("texts", &used(texts + &format!("  k{}: xxxxxxxx\n", scaled(40))), Ends::With("expansion-too-large"));
    let lists = repeated(40, |at| format!("  k{at}: ['${{k{}}}', '${{k{}}}']\n", at + 1, at + 1));
    every_command("lists", &used(lists + &format!("  k{}: x\n", scaled(40))), Ends::With("expansion-too-large"));
    let set = |at: usize| {
        let value = if at == 0 { "x".repeat(8) } else { format!("~{{s{}/v}}~{{s{}/v}}", at - 1, at - 1) };
        let requires = if at == 0 { String::new() } else { format!("  requires: [{{name: s{}}}]\n", at - 1) };
        format!("{requires}  provides: [{{name: s{at}, properties: {{v: '{value}'}}}}]\n")
    };
    every_command("references", &modules(40, set), Ends::With("expansion-too-large"));
    let many = format!("{HEAD}parameters: {{big: {}}}\n", "x".repeat(1 << 20));
    let many = many + &modules(400, |_| "  properties: {p: '${big}-'}\n".to_owned())[HEAD.len()..];
    every_command("one large text for everybody", &many, Ends::With("expansion-too-large"));
}

#[test]
fn large_documents_are_worked_off() {
    every_command("modules", &modules(600, |_| String::new()), Ends::Well);
    lint("a list", &parameters(&format!("  l:\n{}", repeated(60_000, |_| "  - 1\n".into()))), Ends::Well);
    lint("a million items", &parameters(&format!("  l: [{}]\n", "1,".repeat(1_000_000))), Ends::Well);
    lint("a map", &parameters(&repeated(5_000, |at| format!("  k{at}: 1\n"))), Ends::Well);
    lint("rows", &(HEAD.to_owned() + &repeated(200_000, |_| "# a\n\n".into()) + "modules: []\n"), Ends::Well);
    lint("a text", &parameters(&format!("  t: '{}'\n", repeated(500_000, |_| "x y ".into()))), Ends::Well);
    lint("a folded text", &parameters(&format!("  t: >\n{}", repeated(50_000, |_| "    x y\n\n".into()))), Ends::Well);
    let holes =
        format!("{HEAD}modules:\n- name: m\n{APP}  properties: {{p: '{}'}}\n", repeated(20_000, |_| "${org}".into()));
    // Ten times as many make a variable that no process can be started with.
    let ends = if scaled(1) == 1 { Ends::Well } else { Ends::With("variable-too-long") };
    lint("placeholders in one text", &holes, ends);
    lint("open braces", &holes.replace("${org}", "${"), Ends::Somehow);
    lint(
        "documents",
        &(HEAD.to_owned() + &repeated(20_000, |_| "---\na: 1\n".into())),
        Ends::With("yaml-several-documents"),
    );
}

#[test]
fn many_mistakes_cost_no_more_than_each() {
    let number = 2500;
    let all = |line: fn(usize) -> String| repeated(number, line);
    lint("keys given twice", &parameters(&all(|_| "  k: 1\n".into())), Ends::With("yaml-duplicate-key"));
    lint(
        "in one row",
        &format!("{HEAD}parameters: {{{}}}\n", all(|_| "k: 1, ".into())),
        Ends::With("yaml-duplicate-key"),
    );
    lint("unknown keys", &(HEAD.to_owned() + &all(|at| format!("modulez{at}: 1\n"))), Ends::With("schema-unknown-key"));
    lint(
        "aliases of nothing",
        &parameters(&all(|at| format!("  k{at}: &a{at} 1\n  l{at}: *b{at}\n"))),
        Ends::With("yaml-undefined-alias"),
    );
    lint("unused anchors", &parameters(&all(|at| format!("  k{at}: &a{at} 1\n"))), Ends::Somehow);
    lint("used anchors", &parameters(&all(|at| format!("  k{at}: &a{at} 1\n  l{at}: *a{at}\n"))), Ends::Somehow);
    lint("unknown tags", &parameters(&all(|at| format!("  k{at}: !foo 1\n"))), Ends::Somehow);
    lint(
        "one name for all",
        &format!("{HEAD}modules:\n{}", all(|_| format!("- name: m\n{APP}"))),
        Ends::With("duplicate-name"),
    );
    lint(
        "requirements of nothing",
        &modules(1000, |at| format!("  requires: [{{name: n{at}}}]\n")),
        Ends::With("unresolved-requires"),
    );
    lint(
        "waiting for nobody",
        &modules(1000, |at| format!("  deployed-after: [n{at}]\n")),
        Ends::With("unknown-deployed-after"),
    );
    let names = all(|at| format!("  k{at}: 1\n"));
    let askers = all(|at| format!("    p{at}: ${{q{at}}}\n"));
    let text = format!("{HEAD}parameters:\n{names}modules:\n- name: m\n{APP}  properties:\n{askers}");
    lint("unknown placeholders", &text, Ends::With("unresolved-placeholder"));
    let (sets, askers) = (all(|at| format!("      k{at}: 1\n")), all(|at| format!("      p{at}: ~{{q{at}}}\n")));
    let text = format!(
        "{HEAD}modules:\n- name: p\n{APP}  provides:\n  - name: s\n    properties:\n{sets}- name: m\n{APP}  requires:\n  - name: s\n    properties:\n{askers}"
    );
    lint("unknown references", &text, Ends::With("unresolved-reference"));
    let flags = all(|at| format!("    q{at}: {{optional: true}}\n"));
    let text = format!(
        "{HEAD}modules:\n- name: m\n{APP}  properties:\n{}  properties-metadata:\n{flags}",
        all(|at| format!("    k{at}: 1\n"))
    );
    lint("flags of nothing", &text, Ends::Somehow);
}

/// What a short text was put together from can be more than anybody could read.
#[test]
fn origins_that_double_at_each_step_are_told_in_part() {
    let folder = tempfile::tempdir().unwrap();
    let steps: String = (1..=16).map(|at| format!("  k{at}: ${{k{}}}${{k{}}}\n", at - 1, at - 1)).collect();
    let text = parameters(&format!("  k0: x\n{steps}")) + "  properties: {A: '${k16}', B: ['${k16}', b]}\n";
    std::fs::write(folder.path().join("mtad.yaml"), text).unwrap();
    for (form, left_out) in [("table", "and 65535 more"), ("json", "\"parts_left_out\": 65535"), ("dotenv", "more")] {
        let output = windlass(folder.path(), &["env", "--explain", "-o", form]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains(left_out), "{form}: {}", said.chars().take(2000).collect::<String>());
        assert!(said.len() < 1 << 20, "{form}: {} bytes", said.len());
    }
}

#[test]
fn rings_and_long_ways_are_worked_off() {
    let number = 1000;
    let last = scaled(number) - 1;
    let ring = |at: usize| if at == 0 { last } else { at - 1 };
    lint(
        "a chain",
        &modules(number, |at| if at == 0 { String::new() } else { format!("  deployed-after: [m{}]\n", at - 1) }),
        Ends::Well,
    );
    lint(
        "a ring",
        &modules(number, |at| format!("  deployed-after: [m{}]\n", ring(at))),
        Ends::With("dependency-cycle"),
    );
    lint(
        "rings of two",
        &modules(number, |at| format!("  deployed-after: [m{}]\n", at ^ 1)),
        Ends::With("dependency-cycle"),
    );
    let all = repeated(number, |at| format!("  - m{at}\n"));
    let text = modules(number, |_| String::new()) + &format!("- name: z\n{APP}  deployed-after:\n{all}");
    lint("one waits for all", &text, Ends::Well);
    let two = |at: usize| match at {
        0 => String::new(),
        1 => "  deployed-after: [m0]\n".to_owned(),
        _ => format!("  deployed-after: [m{}, m{}]\n", at - 1, at - 2),
    };
    lint("each waits for two", &modules(number, two), Ends::Well);
    let resource = |at: usize, after: String| format!("- {{name: r{at}, type: x, processed-after: [{after}]}}\n");
    let resources = |after: &dyn Fn(usize) -> String| {
        format!("{HEAD}resources:\n{}", repeated(number, |at| resource(at, after(at))))
    };
    lint("a ring of resources", &resources(&|at| format!("r{}", ring(at))), Ends::With("cycle"));
    lint("resources behind one", &resources(&|at| if at == 0 { String::new() } else { "r0".to_owned() }), Ends::Well);
    let chain = repeated(number, |at| format!("  k{at}: '${{k{}}}'\n", at + 1));
    let text = format!(
        "{HEAD}parameters:\n{chain}  k{}: x\nmodules:\n- name: m\n{APP}  properties: {{p: '${{k0}}'}}\n",
        scaled(number)
    );
    lint("a chain of placeholders", &text, Ends::Somehow);
    let text = text.replace(&format!("  k{}: x\n", scaled(number)), &format!("  k{}: '${{k0}}'\n", scaled(number)));
    lint("a ring of placeholders", &text, Ends::Somehow);
}

#[test]
fn huge_numbers_and_words_are_texts_like_others() {
    let digits = "9".repeat(scaled(200_000));
    for (name, value) in [
        ("digits", digits.clone()),
        ("hexadecimal", format!("0x{}", "f".repeat(scaled(200_000)))),
        ("sixties", format!("1{}", ":59".repeat(scaled(100_000)))),
        ("decimals", format!("1.{digits}e5")),
        ("an exponent", format!("1e{digits}")),
    ] {
        let text =
            format!("{HEAD}parameters: {{a: {value}}}\nmodules:\n- name: m\n{APP}  properties: {{p: '${{a}}'}}\n");
        lint(name, &text, Ends::Somehow);
    }
    lint("a schema version", &format!("_schema-version: '3.{digits}'\nID: a\nversion: 1.0.0\n"), Ends::Somehow);
    lint("a version", &HEAD.replace("1.0.0", &format!("'{digits}'")), Ends::Somehow);
    lint("a name", &format!("{HEAD}modules:\n- name: m{digits}\n{APP}"), Ends::With("schema-bad-name"));
    let range = |words: String| {
        format!(
            "{HEAD}resources:\n- {{name: r, type: configuration, parameters: {{provider-id: 'x:y', version: '{words}'}}}}\n"
        )
    };
    lint("a range", &range(vec![">=1.2.3 <2.0.0"; scaled(3000)].join(" || ")), Ends::Somehow);
    lint("no range", &range(vec![">=1.2.3 <2.0.0"; scaled(3000)].join(" || ") + " ]"), Ends::Somehow);
    lint(
        "instances",
        &modules(1, |_| String::new()).replace("docker:", "instances: 2000000000, docker:"),
        Ends::Somehow,
    );
}

#[test]
fn what_is_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::create_dir(path.join("empty")).unwrap();
    std::fs::write(path.join("nul.yaml"), vec![0; 1 << 20]).unwrap();
    std::fs::write(path.join("latin.yaml"), [HEAD.as_bytes(), &[0xe4; 1 << 16]].concat()).unwrap();
    std::fs::File::create(path.join("hole.yaml")).unwrap().set_len(1 << 40).unwrap();
    assert!(Command::new("mkfifo").arg(path.join("pipe.yaml")).status().unwrap().success());
    let pipe = path.join("pipe.yaml");
    for command in [&["lint"][..], &["resolve"], &["env"], &["plan", "--offline"], &["graph"]] {
        let with = |file: &'static str| [command, &[file]].concat();
        expect(path, "NULs", &with("nul.yaml"), Ends::With("yaml"));
        expect(path, "Latin-1", &with("latin.yaml"), Ends::With("yaml-encoding"));
        expect(path, "a terabyte", &with("hole.yaml"), Ends::With("yaml-too-large"));
        expect(path, "an endless device", &with("/dev/zero"), Ends::With("yaml"));
        expect(path, "an empty device", &with("/dev/null"), Ends::With("empty-descriptor"));
        assert_eq!(windlass(path, &with("empty")).status.code(), Some(64), "an empty folder is a wrong name");
        // A pipe is read to its end, as of `<(…)`.
        let pipe = pipe.clone();
        let writer = std::thread::spawn(move || std::fs::write(pipe, format!("{HEAD}modules: []\n")));
        expect(path, "a pipe", &with("pipe.yaml"), Ends::Well);
        writer.join().unwrap().unwrap();
    }
}

#[test]
fn many_extensions_and_types_are_worked_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("mtad.yaml"), modules(1, |_| String::new())).unwrap();
    let number = scaled(300);
    let write = |at: usize, extends: String| {
        let text = format!("_schema-version: '3.3'\nID: e{at}\nextends: {extends}\nparameters: {{k{at}: 1}}\n");
        std::fs::write(path.join(format!("{at}.mtaext")), text).unwrap();
    };
    // The last first, so that no order is right by chance.
    let names: Vec<String> = (0..number).rev().map(|at| format!("{at}.mtaext")).collect();
    let names = names.join(",");
    (0..number).for_each(|at| write(at, at.checked_sub(1).map_or("a".to_owned(), |before| format!("e{before}"))));
    expect(path, "a chain of extensions", &["resolve", "-e", &names], Ends::Well);
    write(0, format!("e{}", number - 1));
    expect(path, "a ring of extensions", &["resolve", "-e", &names], Ends::With("ext-unknown-extends"));
    (0..number).for_each(|at| write(at, "nobody".to_owned()));
    expect(path, "extensions of nobody", &["resolve", "-e", &names], Ends::With("ext-unknown-extends"));
    (0..number).for_each(|at| write(at, "a".to_owned()));
    expect(path, "extensions of one", &["resolve", "-e", &names], Ends::Somehow);

    let types = repeated(2000, |at| format!("- {{name: t{at}, parameters: {{p: 1}}}}\n"));
    std::fs::write(path.join("target.yaml"), format!("module-types:\n{types}resource-types:\n{types}")).unwrap();
    let typed = modules(1000, |_| String::new()).replace("type: application", "type: t1999");
    std::fs::write(path.join("mtad.yaml"), typed).unwrap();
    expect(path, "types", &["lint", "--target", "target.yaml"], Ends::Well);
    let bomb = format!("parameters:\n  a: {}\n", "[".repeat(100_000));
    std::fs::write(path.join("target.yaml"), bomb).unwrap();
    expect(path, "a deep target", &["plan", "--offline", "--target", "target.yaml"], Ends::With("yaml-too-large"));
}
