//! Packing, from outside, and what comes back out of an archive.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const DESCRIPTOR: &str = r#"_schema-version: "3.1"
ID: shop
version: 1.0.0
modules:
  - name: web
    type: application
    path: ./web/
    requires:
      - name: db
        parameters:
          path: grants.json
  - name: admin
    type: application
    path: admin.zip
resources:
  - name: db
    type: org.cloudfoundry.user-provided-service
    parameters:
      config-path: config/db.json
      config:
        user: shop
        pool: { max: 5 }
"#;

fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, content) in [
        ("mtad.yaml", DESCRIPTOR),
        ("web/index.html", "<h1>shop</h1>"),
        ("web/static/style.css", "h1 { color: red }"),
        ("admin.zip", "not a real one, and packed as it is"),
        ("config/db.json", r#"{"user": "other", "pool": {"max": 1, "min": 1}, "note": "~{not/one} ${of.ours}"}"#),
        ("grants.json", r#"{"grants": ["read"]}"#),
        ("unnamed.txt", "stays behind"),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder");
        fs::write(path, content).expect("a file");
    }
    fs::create_dir(folder.path().join("web/logs")).expect("a folder");
    folder
}

fn windlass(folder: &Path, words: &[&str]) -> Output {
    run(folder, words, Stdio::null())
}

fn run(folder: &Path, words: &[&str], input: Stdio) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(folder).env_clear().env("HOME", folder).env("USER", "tester").stdin(input);
    command.args(words).output().expect("windlass runs")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_same_folder_makes_the_same_archive_and_it_resolves_to_the_same() {
    let folder = shop();
    let first = windlass(folder.path(), &["pack"]);
    assert!(first.status.success(), "{}", said(&first));
    assert!(said(&first).starts_with("shop_1.0.0.mtar  6 files, "), "{}", said(&first));
    let archive = fs::read(folder.path().join("shop_1.0.0.mtar")).expect("it is there");
    fs::create_dir(folder.path().join("elsewhere")).expect("a folder");
    let again = windlass(&folder.path().join("elsewhere"), &["pack", "..", "-o", "again.mtar"]);
    assert!(again.status.success(), "{}", said(&again));
    assert_eq!(archive, fs::read(folder.path().join("elsewhere/again.mtar")).expect("it is there"));

    // As a folder, as an archive, from standard input, and unpacked.
    let resolve = |desc: &str, input| {
        let output = run(folder.path(), &["resolve", desc, "--stage", "references"], input);
        assert!(output.status.success(), "{desc}: {}", said(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    let expected = resolve(".", Stdio::null());
    assert!(expected.contains("path: ./web/"), "{expected}");
    // The descriptor wins, map by map, and what a file says is data.
    for line in ["user: shop", "max: 5", "min: 1", "~{not/one} ${of.ours}", "grants:"] {
        assert!(expected.contains(line), "{line} is not in\n{expected}");
    }
    assert_eq!(resolve("shop_1.0.0.mtar", Stdio::null()), expected);
    let input = fs::File::open(folder.path().join("shop_1.0.0.mtar")).expect("it is there");
    assert_eq!(resolve("-", input.into()), expected);
    let unpacked = folder.path().join("unpacked");
    let mut second_opinion = zip::ZipArchive::new(std::io::Cursor::new(&archive)).expect("others open it, too");
    second_opinion.extract(&unpacked).expect("and unpack it");
    assert_eq!(resolve("unpacked", Stdio::null()), expected);
    assert!(unpacked.join("web/logs").is_dir() && !unpacked.join("unnamed.txt").exists());
    let manifest = fs::read_to_string(unpacked.join("META-INF/MANIFEST.MF")).expect("it is there");
    assert_eq!(
        manifest,
        "Manifest-Version: 1.0\nCreated-By: windlass\n\n\
         Name: admin.zip\nMTA-Module: admin\n\n\
         Name: config/db.json\nContent-Type: application/json\nMTA-Resource: db\n\n\
         Name: grants.json\nContent-Type: application/json\nMTA-Requires: web/db\n\n\
         Name: web/\nMTA-Module: web\n"
    );
}

#[test]
fn every_command_takes_an_archive() {
    let folder = shop();
    assert!(windlass(folder.path(), &["pack", "-o", "shop.mtar"]).status.success());
    for words in [
        &["resolve", "shop.mtar"][..],
        &["env", "shop.mtar"],
        &["graph", "shop.mtar"],
        &["lint", "shop.mtar"],
        &["plan", "--order-only", "shop.mtar"],
        &["registry", "entries", "shop.mtar"],
    ] {
        let output = windlass(folder.path(), words);
        assert!(output.status.success(), "{words:?}: {}", said(&output));
    }
    // There is no image, so nothing can be planned; the place is inside the archive.
    let plan = windlass(folder.path(), &["plan", "--offline", "shop.mtar", "--message-format", "short"]);
    assert!(said(&plan).contains("shop.mtar!META-INF/mtad.yaml:5:11: error[missing-image]"), "{}", said(&plan));
}

#[test]
fn an_archive_is_replaced_on_request_only() {
    let folder = shop();
    let pack = |more: &[&str]| windlass(folder.path(), &[&["pack", "-o", "shop.mtar"], more].concat());
    fs::write(folder.path().join("shop.mtar"), "something of the user's").expect("a file");
    let kept = pack(&[]);
    assert_eq!(kept.status.code(), Some(64));
    assert!(said(&kept).contains("`shop.mtar` is there already"), "{}", said(&kept));
    assert_eq!(fs::read(folder.path().join("shop.mtar")).expect("it is there"), b"something of the user's");
    assert!(pack(&["--force"]).status.success());
    assert!(fs::read(folder.path().join("shop.mtar")).expect("it is there").starts_with(b"PK"));
    // Nothing else is left behind.
    let hidden = fs::read_dir(folder.path()).expect("a folder").filter_map(Result::ok);
    assert!(hidden.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with(".windlass-")));
}

#[test]
fn an_archive_is_not_packed_into_itself() {
    let folder = shop();
    fs::write(folder.path().join("web/shop.mtar"), "an older one").expect("a file");
    // It is left out, so that the second time makes what the first one made.
    let first = windlass(folder.path(), &["pack", "-o", "web/shop.mtar", "--force"]);
    assert!(first.status.success() && said(&first).contains("is left out"), "{}", said(&first));
    let packed = fs::read(folder.path().join("web/shop.mtar")).expect("it is there");
    let second = windlass(folder.path(), &["pack", "-o", "web/shop.mtar", "--force"]);
    assert!(second.status.success(), "{}", said(&second));
    assert_eq!(fs::read(folder.path().join("web/shop.mtar")).expect("it is there"), packed);
    // Where it would take the place of the very file that a module names, somebody has mixed something up.
    let output = windlass(folder.path(), &["pack", "-o", "admin.zip", "--force"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(said(&output).contains("is part of what would be packed"), "{}", said(&output));
}

/// A zip with one file in it.
fn zip(path: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file_from_path(path, zip::write::SimpleFileOptions::default()).expect("fits");
    std::io::Write::write_all(&mut zip, b"content of a module").expect("fits");
    zip.finish().expect("fits").into_inner()
}

#[test]
fn what_a_plan_would_refuse_is_not_packed() {
    let folder = shop();
    let pack = || windlass(folder.path(), &["pack", "-o", "shop.mtar", "--force", "--message-format", "short"]);
    let whole = zip("index.html");
    let mut damaged = whole.clone();
    // Behind the header and the name.
    damaged[30 + 10] ^= 0xff;
    for (content, place) in [(&whole[..60], "admin.zip:1:1"), (&damaged, "admin.zip!index.html:1:1")] {
        fs::write(folder.path().join("admin.zip"), content).expect("a file");
        let output = pack();
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).starts_with(&format!("{place}: error[archive-damaged]")), "{}", said(&output));
        assert!(!folder.path().join("shop.mtar").exists());
    }
    fs::write(folder.path().join("admin.zip"), whole).expect("a file");
    let output = pack();
    assert!(output.status.success() && !said(&output).contains("content-unusable"), "{}", said(&output));
    // What is no zip at all may be meant as it is, and is told.
    fs::write(folder.path().join("admin.zip"), "no zip").expect("a file");
    let output = pack();
    assert!(output.status.success(), "{}", said(&output));
    let expected = "mtad.yaml:14:11: warning[content-unusable]: `admin.zip` is called a zip and is none";
    assert!(said(&output).contains(expected), "{}", said(&output));
}

#[test]
fn a_module_may_have_the_whole_folder_but_no_archive_can_say_so() {
    let folder = shop();
    let text = DESCRIPTOR.replace(
        "    path: ./web/\n",
        "    path: .\n    parameters: {docker: {image: a:1}, container: {content: /app}}\n",
    );
    fs::write(
        folder.path().join("mtad.yaml"),
        text.replace("  - name: admin\n    type: application\n    path: admin.zip\n", ""),
    )
    .expect("a file");
    let plan = windlass(folder.path(), &["plan", "--offline", "--message-format", "short"]);
    assert!(plan.status.success(), "{}", said(&plan));
    let pack = windlass(folder.path(), &["pack", "--message-format", "short"]);
    assert_eq!(pack.status.code(), Some(1));
    assert!(said(&pack).starts_with("mtad.yaml:7:11: error[content-unusable]"), "{}", said(&pack));
}

/// Files of the size of each limit and a byte more, nearly all of them holes that take no room on the disk.
#[test]
#[cfg(unix)]
fn the_limits_hold_at_their_real_size() {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let folder = shop();
    let holes = |path: &str, head: &[u8], length: u64, tail: &[u8]| {
        let mut file = fs::File::create(folder.path().join(path)).expect("a file");
        file.write_all(head).expect("written");
        file.set_len(length - tail.len() as u64).expect("a disk that knows holes");
        file.seek(SeekFrom::End(0)).expect("there");
        file.write_all(tail).expect("written");
    };
    let lint = || said(&windlass(folder.path(), &["lint", "large.mtar", "-o", "short"]));
    // The archive itself: 4 GiB, and not a byte more.
    holes("large.mtar", b"PK\x03\x04", (4 << 30) + 1, b"");
    assert!(lint().contains("has 4294967297 bytes; windlass reads archives of up to 4 GiB."), "{}", lint());
    holes("large.mtar", b"PK\x03\x04", 4 << 30, b"");
    assert!(lint().contains("error[archive-damaged]: The archive is cut off"), "{}", lint());
    // The list of its entries: 32 MiB.
    let end = |list: u32| {
        [&b"PK\x05\x06\0\0\0\0\x01\0\x01\0"[..], &list.to_le_bytes(), &4_u32.to_le_bytes(), &[0, 0]].concat()
    };
    let list: u32 = 32 << 20;
    holes("large.mtar", b"PK\x03\x04", u64::from(list) + 1 + 4 + 22, &end(list + 1));
    assert!(lint().contains("The list of entries has 33554433 bytes; windlass reads up to 32 MiB."), "{}", lint());
    holes("large.mtar", b"PK\x03\x04", u64::from(list) + 4 + 22, &end(list));
    assert!(lint().contains("The list of entries breaks off at byte 4"), "{}", lint());
    fs::remove_file(folder.path().join("large.mtar")).expect("a file");
    // The content of a module: 1 GiB.
    holes("web/large", b"", (1 << 30) + 1, b"");
    let pack = said(&windlass(folder.path(), &["pack", "--message-format", "short"]));
    assert!(pack.contains("error[archive-too-large]: The content of module `web` has more than 1 GiB."), "{pack}");
    fs::remove_file(folder.path().join("web/large")).expect("a file");
    // All files with parameters together: 10 MiB.
    let json = |bytes: usize| format!("{{\"a\": \"{}\"}}", "x".repeat(bytes - 9));
    let grants = r#"{"grants": ["read"]}"#.len();
    let resolve = || said(&windlass(folder.path(), &["resolve", "--stage", "references", "--message-format", "short"]));
    fs::write(folder.path().join("config/db.json"), json((10 << 20) - grants + 1)).expect("a file");
    assert!(resolve().contains("10 MiB"), "{:.300}", resolve());
    fs::write(folder.path().join("config/db.json"), json((10 << 20) - grants)).expect("a file");
    assert!(!resolve().contains("10 MiB"), "{:.300}", resolve());
}

#[test]
#[cfg(unix)]
fn links_are_followed_inside_the_folder_only() {
    use std::os::unix::fs::symlink;
    let folder = shop();
    symlink("static/style.css", folder.path().join("web/link.css")).expect("a link");
    let inside = windlass(folder.path(), &["pack", "-o", "a.mtar"]);
    assert!(said(&inside).starts_with("a.mtar  7 files"), "{}", said(&inside));
    for (to, why) in
        [("/etc", "outside"), ("../../", "outside"), ("..", "back into itself"), ("nowhere", "does not exist")]
    {
        let link = folder.path().join("web/out");
        symlink(to, &link).expect("a link");
        let output = windlass(folder.path(), &["pack", "-o", "b.mtar", "--message-format", "short"]);
        assert_eq!(output.status.code(), Some(1), "{to}: {}", said(&output));
        assert!(
            said(&output).starts_with("mtad.yaml:7:11: error[content-") && said(&output).contains(why),
            "{}",
            said(&output)
        );
        assert!(!folder.path().join("b.mtar").exists());
        fs::remove_file(link).expect("a link");
    }
}

#[test]
fn paths_that_leave_the_folder_are_not_packed() {
    let folder = shop();
    for path in ["../web", "/etc", "web/../..", "we\\b"] {
        let text = DESCRIPTOR.replace("./web/", &format!("'{path}'"));
        fs::write(folder.path().join("mtad.yaml"), text).expect("a file");
        let output = windlass(folder.path(), &["pack", "--message-format", "short"]);
        assert_eq!(output.status.code(), Some(1), "{path}: {}", said(&output));
        assert!(said(&output).starts_with("mtad.yaml:7:11: error[schema-bad-path]"), "{}", said(&output));
    }
    fs::write(folder.path().join("mtad.yaml"), DESCRIPTOR.replace("./web/", "wbe")).expect("a file");
    let output = windlass(folder.path(), &["pack", "--message-format", "short"]);
    assert!(said(&output).contains("error[content-missing]"), "{}", said(&output));
}

#[test]
fn what_is_called_an_archive_and_is_none_is_said_to_be_none() {
    let folder = shop();
    for (content, beginning) in [("<html>not found</html>", "`<html>not found</htm"), ("", "is empty")] {
        fs::write(folder.path().join("shop.mtar"), content).expect("a file");
        let output = windlass(folder.path(), &["lint", "shop.mtar", "-o", "short"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).starts_with("shop.mtar:1:1: error[archive-damaged]: The file"), "{}", said(&output));
        assert!(said(&output).contains(beginning), "{}", said(&output));
    }
    fs::write(folder.path().join("shop.mtar"), DESCRIPTOR.replace("config-path", "other")).expect("a file");
    let output = windlass(folder.path(), &["resolve", "shop.mtar"]);
    assert!(output.status.success(), "a descriptor may have any name: {}", said(&output));
}

#[test]
fn mistakes_in_files_with_parameters_have_places() {
    let folder = shop();
    for (content, expected) in [
        (
            "{\"a\": 1,\n}",
            "config/db.json:2:1: error[parameter-file]: The file is not readable as JSON: trailing comma.",
        ),
        ("[1]", "config/db.json:1:1: error[parameter-file]: The file holds a list; parameters are a JSON object."),
    ] {
        fs::write(folder.path().join("config/db.json"), content).expect("a file");
        let output = windlass(folder.path(), &["resolve", "--stage", "references", "--message-format", "short"]);
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
    // Who looks may look without the file; who deploys needs it.
    fs::remove_file(folder.path().join("config/db.json")).expect("a file");
    let resolve = windlass(folder.path(), &["resolve", "--message-format", "short"]);
    assert!(resolve.status.success(), "{}", said(&resolve));
    let plan = windlass(folder.path(), &["plan", "--offline", "--message-format", "short"]);
    for (output, severity) in [(resolve, "warning"), (plan, "error")] {
        let expected = format!(
            "mtad.yaml:19:20: {severity}[parameter-file]: The file `config/db.json` cannot be read: it does not exist."
        );
        assert!(said(&output).contains(&expected), "{}", said(&output));
    }
    // A `path` may be anything, so it is a warning only.
    fs::write(folder.path().join("config/db.json"), "{}").expect("a file");
    fs::remove_file(folder.path().join("grants.json")).expect("a file");
    let output = windlass(folder.path(), &["resolve", "--stage", "references", "--message-format", "short"]);
    assert!(
        output.status.success() && said(&output).contains("mtad.yaml:11:17: warning[parameter-file]"),
        "{}",
        said(&output)
    );
}

#[test]
fn lint_unpacks_all_that_an_archive_holds() {
    let folder = shop();
    let packed = windlass(folder.path(), &["pack", "-o", "good.mtar"]);
    assert!(packed.status.success(), "{}", said(&packed));
    let lint = |content: &[u8], edit: &dyn Fn(&mut Vec<u8>)| {
        // What is damaged is not packed, so it comes in by another way.
        let good = fs::File::open(folder.path().join("good.mtar")).expect("it is there");
        let mut good = zip::ZipArchive::new(good).expect("an archive");
        let mut other = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for at in 0..good.len() {
            let entry = good.by_index_raw(at).expect("an entry");
            let name = entry.name().expect("a text").into_owned();
            match &*name {
                "admin.zip" => {
                    other.start_file("admin.zip", zip::write::SimpleFileOptions::default()).expect("fits");
                    std::io::Write::write_all(&mut other, content).expect("fits");
                }
                _ => other.raw_copy_file(entry).expect("fits"),
            }
        }
        let mut archive = other.finish().expect("fits").into_inner();
        edit(&mut archive);
        fs::write(folder.path().join("shop.mtar"), archive).expect("a file");
        said(&windlass(folder.path(), &["lint", "shop.mtar", "-o", "short"]))
    };
    let good = lint(&zip("index.html"), &|_| {});
    assert!(!good.contains("error"), "{good}");
    // One byte of the packed content is another one.
    let damaged = lint(&zip("index.html"), &|archive| {
        let header = b"admin.zip".as_slice();
        let at = archive.windows(header.len()).position(|bytes| bytes == header).expect("its entry") + header.len();
        archive[at + 20] ^= 0xff;
    });
    assert!(damaged.contains("error[archive-damaged]"), "{damaged}");
    // A zip in the archive is as hostile as the archive.
    let mut hostile = zip("ab/index.html");
    while let Some(at) = hostile.windows(13).position(|bytes| bytes == b"ab/index.html") {
        hostile[at..at + 2].copy_from_slice(b"..");
    }
    let hostile = lint(&hostile, &|_| {});
    assert!(hostile.contains("shop.mtar!admin.zip!../index.html:1:1: error[archive-bad-path]"), "{hostile}");
    let cut = lint(&zip("index.html")[..60], &|_| {});
    assert!(cut.contains("shop.mtar!admin.zip:1:1: error[archive-damaged]: The archive is cut off"), "{cut}");
}
