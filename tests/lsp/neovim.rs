//! A real editor drives the server: Debian's neovim, without a screen.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The smallest version whose client is good enough.
const NEEDED: (u32, u32) = (0, 7);

#[test]
fn neovim_shows_findings_values_and_names() {
    if !is_there() {
        println!("skipped: neovim {}.{} or later is not installed", NEEDED.0, NEEDED.1);
        assert!(std::env::var_os("WINDLASS_NEEDS_NEOVIM").is_none(), "neovim is needed here, and not installed");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for name in ["mtad.yaml", "prod.mtaext"] {
        let from = root.join("testdata/lsp/values-are-shown-with-their-origin").join(name);
        fs::copy(from, folder.path().join(name)).unwrap();
    }
    let report = folder.path().join("report");
    let output = Command::new("nvim")
        .args(["--headless", "--clean", "-n", "-u", "NONE", "-c"])
        .arg(format!("luafile {}", root.join("tests/lsp/neovim.lua").display()))
        .env("WINDLASS", env!("CARGO_BIN_EXE_windlass"))
        .env("REPORT", &report)
        .env("HOME", folder.path())
        .env("XDG_STATE_HOME", folder.path())
        .env_remove("DOCKER_HOST")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let told = fs::read_to_string(&report).unwrap_or_else(|_| panic!("no report: {said}"));
    let expected = "diagnostics: ok\nhover: ok\ncompletion: ok\ndefinition: ok\nrename: ok\ncode action: ok\n";
    assert_eq!(told, expected, "{said}");
    assert!(output.status.success(), "{said}");
}

fn is_there() -> bool {
    let Ok(output) = Command::new("nvim").arg("--version").output() else { return false };
    let text = String::from_utf8_lossy(&output.stdout);
    let version = text.lines().next().and_then(|line| line.strip_prefix("NVIM v")).unwrap_or_default();
    let mut numbers = version.split('.').filter_map(|number| number.parse::<u32>().ok());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default()) >= NEEDED
}
