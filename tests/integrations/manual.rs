//! Manual pages: written by the program, judged by mandoc, read with man.

use super::{WINDLASS, command, said, tool};
use std::path::Path;

fn write(home: &Path) -> std::path::PathBuf {
    let folder = home.join("man/man1");
    let output = command(WINDLASS, home)
        .env("SOURCE_DATE_EPOCH", "1000000000")
        .args(["man", "--dir"])
        .arg(&folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    folder
}

#[test]
fn no_page_gives_a_reader_of_manuals_anything_to_warn_of() {
    let home = tempfile::tempdir().unwrap();
    let folder = write(home.path());
    let pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(pages.len() > 20, "{pages:?}");
    if let Some(mandoc) = tool("mandoc") {
        let output = command(mandoc, home.path()).args(["-T", "lint", "-W", "warning"]).args(&pages).output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty(), "{}", said(&output));
    }
    if let Some(groff) = tool("groff") {
        let output = command(groff, home.path()).args(["-man", "-ww", "-z", "-Tutf8"]).args(&pages).output().unwrap();
        assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
    }
}

#[test]
fn man_shows_a_page_with_its_examples_line_by_line() {
    let home = tempfile::tempdir().unwrap();
    write(home.path());
    let Some(man) = tool("man") else { return };
    let mut man = command(man, home.path());
    man.arg("-M").arg(home.path().join("man")).env("MANWIDTH", "200").env("MAN_KEEP_FORMATTING", "");
    let output = man.arg("windlass-plan").output().unwrap();
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    for expected in [
        "WINDLASS-PLAN(1)",
        "2001-09-09",
        "windlass plan -e prod.mtaext --summary          One line for each thing that changes",
        "EXIT STATUS",
    ] {
        assert!(text.contains(expected), "no `{expected}` in\n{text}");
    }
    assert!(!text.contains("--message-format"), "options of every command are on the page of the program\n{text}");
}

#[test]
fn a_day_that_is_none_is_refused_before_anything_is_written() {
    let home = tempfile::tempdir().unwrap();
    let mut windlass = command(WINDLASS, home.path());
    let output =
        windlass.env("SOURCE_DATE_EPOCH", "yesterday").args(["man", "--dir", "man"]).current_dir(&home).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(64));
    assert!(said(&output).contains("`SOURCE_DATE_EPOCH` is `yesterday`"), "{}", said(&output));
    assert!(!home.path().join("man").exists());
}
