//! What `lint` found, in every form: the whole program on small inputs, its files compared byte for byte.
//!
//! A claim's `lint.txt` holds the arguments, and below them the forms that are compared: all, or some. `archive.txt` becomes
//! `app.mtar` ([`crate::recipe`]). What must come out stands in `found.FORM`.

use super::claims::{Claim, of_room};
use crate::recipe;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Every form.
const FORMS: [&str; 12] = [
    "graphical",
    "short",
    "json",
    "json-lines",
    "sarif",
    "github",
    "gitlab",
    "azure",
    "junit",
    "checkstyle",
    "markdown",
    "rdjson",
];

#[test]
fn findings_are_told_in_every_form() {
    of_room("report", |claim| {
        let written = fs::read_to_string(claim.folder.join("lint.txt")).expect("the arguments are there");
        let mut lines = written.lines();
        let arguments: Vec<&str> = lines.next().unwrap_or_default().split("  ").collect();
        let forms: Vec<&str> = match lines.next() {
            Some(some) => some.split(' ').collect(),
            None => FORMS.to_vec(),
        };
        let folder = tempfile::tempdir().expect("a folder can be made");
        inputs(claim, folder.path());
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.current_dir(folder.path()).env_clear().env("HOME", folder.path()).stdin(Stdio::null());
        command.arg("lint").args(&arguments);
        command.args(forms.iter().flat_map(|form| ["-o".to_owned(), format!("{form}=found.{form}")]));
        let output = command.output().expect("the program runs");
        let code = output.status.code();
        if !matches!(code, Some(0 | 1)) {
            claim.fail(&format!("it ends with {code:?}: {}", String::from_utf8_lossy(&output.stderr)));
            return;
        }
        for form in forms {
            let name = format!("found.{form}");
            let text = fs::read_to_string(folder.path().join(&name)).expect("the file is written");
            for problem in crate::shapes::problems_of(&["lint", "-o", form], &text, "") {
                claim.fail(&format!("{name}: {problem}"));
            }
            if let Err(why) = sound(form, &text) {
                claim.fail(&format!("{name} cannot be read: {why}\n{text}"));
            }
            claim.expect(&name, &text);
        }
    });
}

fn inputs(claim: &Claim, to: &Path) {
    for entry in fs::read_dir(&claim.folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if name == "archive.txt" {
            let recipe = fs::read_to_string(&path).expect("the recipe can be read");
            fs::write(to.join("app.mtar"), recipe::build(&recipe)).expect("the archive can be written");
        } else if name != "lint.txt" && !name.starts_with("found.") {
            fs::copy(&path, to.join(&name)).expect("the input can be copied");
        }
    }
}

/// Whether a reader of the form's syntax takes the text.
fn sound(form: &str, text: &str) -> Result<(), String> {
    match form {
        "json" | "sarif" | "gitlab" | "rdjson" => {
            serde_json::from_str::<serde_json::Value>(text).map(drop).map_err(|error| error.to_string())
        }
        "json-lines" => text.lines().try_for_each(|line| {
            serde_json::from_str::<serde_json::Value>(line).map(drop).map_err(|error| error.to_string())
        }),
        "junit" | "checkstyle" => {
            let mut reader = quick_xml::Reader::from_str(text);
            loop {
                match reader.read_event().map_err(|error| error.to_string())? {
                    quick_xml::events::Event::Eof => return Ok(()),
                    quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element) => {
                        for attribute in element.attributes() {
                            attribute
                                .map_err(|error| error.to_string())?
                                .unescape_value()
                                .map_err(|e| e.to_string())?;
                        }
                    }
                    _ => {}
                }
            }
        }
        _ => Ok(()),
    }
}
