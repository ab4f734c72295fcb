//! The examples of the schemas, as the linter sees them: what fits a schema is no error for it, and each mistake that a schema
//! refuses is told; extensions together with the `good-base.yaml` beside them. `scripts/check-schemas` holds the same files against the schemas, with a validator that is not ours.

use super::claims::{Claim, of_room};
use std::fs;
use std::process::{Command, Stdio};

#[test]
fn the_linter_agrees_with_the_schemas() {
    of_room("schema", |claim| {
        let entries = fs::read_dir(&claim.folder).expect("the folder can be listed");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("the folder can be listed").file_name().to_string_lossy().into_owned())
            .filter(|name| !name.ends_with(".toml"))
            .collect();
        names.sort();
        for name in names {
            check(claim, &name);
        }
    });
}

fn check(claim: &mut Claim, name: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
    command.current_dir(&claim.folder).env_clear().env("HOME", &claim.folder).stdin(Stdio::null());
    if name.contains("target") {
        command.args(["target", "show", "--target", name, "--message-format", "short"]);
    } else if name.ends_with(".mtaext") {
        command.args(["lint", "good-base.yaml", "-e", name, "-o", "short"]);
    } else {
        command.args(["lint", name, "-o", "short"]);
    }
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let code = output.status.code();
    if name.starts_with("good-") {
        if code != Some(0) {
            claim.fail(&format!("{name} ends with {code:?}:\n{said}"));
        }
    } else {
        let told = said
            .lines()
            .filter(|line| line.starts_with(name))
            .any(|line| line.contains(": error[") || line.contains(": warning["));
        if !told {
            claim.fail(&format!("{name} has a mistake, and nothing is told:\n{said}"));
        }
    }
}
