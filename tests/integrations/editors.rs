//! The snippets of `docs/guide/editors.md`: each is taken from the page and given to its editor, or at least to its parser.

use super::{WINDLASS, WRONG, command, loudly, root, said, tool};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

/// Title and text of each block of the page.
fn snippets() -> BTreeMap<String, String> {
    let page = std::fs::read_to_string(root().join("docs/guide/editors.md")).unwrap();
    let mut snippets = BTreeMap::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some((_, title)) = line.strip_prefix("```").and_then(|info| info.split_once("title=\"")) else { continue };
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        assert!(snippets.insert(title.trim_end_matches('"').to_owned(), text.join("\n") + "\n").is_none(), "{title}");
    }
    snippets
}

/// A home with a wrong descriptor in `shop`, and a file with a snippet in it.
fn home(snippet: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("shop")).unwrap();
    std::fs::write(home.path().join("shop/mtad.yaml"), WRONG).unwrap();
    std::fs::write(home.path().join("snippet"), snippet).unwrap();
    home
}

/// Waits until the server has told what is wrong, and prints the codes.
const NEOVIM_WAITS: &str = "\
vim.wait(20000, function() return #vim.diagnostic.get(0) > 0 end, 50)
for _, told in ipairs(vim.diagnostic.get(0)) do
  io.stdout:write(string.format('%d:%d %s\\n', told.lnum + 1, told.col + 1, told.code))
end
vim.cmd('qall!')
";

fn neovim(snippet: &str, before: &str) -> Option<Output> {
    let nvim = tool("nvim")?;
    let home = home(snippet);
    let write = |name: &str, text: &str| std::fs::write(home.path().join(name), text).unwrap();
    write("before.lua", before);
    write("wait.lua", NEOVIM_WAITS);
    let mut nvim = command(nvim, home.path());
    nvim.current_dir(home.path().join("shop")).args(["--headless", "--clean", "--cmd", "luafile ../before.lua"]);
    nvim.args(["--cmd", "luafile ../snippet", "mtad.yaml", "-c", "luafile ../wait.lua"]);
    Some(nvim.output().unwrap())
}

fn finds_the_mistake(output: &Output) {
    assert!(said(output).contains("9:15 unresolved-requires"), "{}", said(output));
}

#[test]
fn neovim_starts_the_server_for_a_descriptor() {
    let snippets = snippets();
    if let Some(output) = neovim(&snippets["neovim/older.lua"], "") {
        finds_the_mistake(&output);
    }
    // Where Neovim is older than 0.11, its new functions are played with the old ones, so that at least the table is tried.
    let stand_in = "\
if not vim.lsp.config then
  vim.g.do_filetype_lua = 1
  local known = {}
  vim.lsp.config = function(name, config) known[name] = config end
  vim.lsp.enable = function(name)
    local config = known[name]
    vim.api.nvim_create_autocmd('FileType', { pattern = config.filetypes, callback = function()
      local id = vim.lsp.start_client({ name = name, cmd = config.cmd, root_dir = vim.fn.getcwd() })
      vim.lsp.buf_attach_client(0, id)
    end })
  end
end
";
    if let Some(output) = neovim(&snippets["neovim/init.lua"], stand_in) {
        finds_the_mistake(&output);
    }
}

/// Starts what Eglot would start for the buffer, and waits until the server has told what is wrong.
const EGLOT_ASKS: &str = "(progn
  (apply #'eglot (eglot--guess-contact))
  (let ((turns 400))
    (while (and (> turns 0) (null (flymake-diagnostics)))
      (setq turns (1- turns))
      (accept-process-output nil 0.05)))
  (dolist (told (flymake-diagnostics)) (message \"told %s\" (flymake-diagnostic-text told)))
  (eglot-shutdown (eglot-current-server)))";

/// Which servers lsp-mode would start for the buffer.
const LSP_MODE_ASKS: &str =
    "(message \"starts %S\" (mapcar #'lsp--client-server-id (lsp--filter-clients #'lsp--matching-clients?)))";

fn emacs(client: &str, asks: &str, expected: &str) {
    let Some(emacs) = tool("emacs") else { return };
    let snippets = snippets();
    let snippet = &snippets[&format!("emacs/{client}.el")];
    let home = home(&format!(";;; -*- lexical-binding: t -*-\n{}\n{snippet}", snippets["emacs/mode.el"]));
    let run = |arguments: &[&str]| {
        let mut emacs = command(&emacs, home.path());
        emacs.current_dir(&home).args(["--batch", "--eval", "(package-initialize)"]).args(arguments).output().unwrap()
    };
    let known = run(&["--eval", &format!("(progn (require 'yaml-mode) (require '{client}))")]);
    if !known.status.success() {
        return loudly(&format!("this Emacs has no yaml-mode, or no {client}"));
    }
    std::fs::rename(home.path().join("snippet"), home.path().join("init.el")).unwrap();
    let compiled = run(&["--eval", "(setq byte-compile-error-on-warn t)", "-f", "batch-byte-compile", "init.el"]);
    assert!(compiled.status.success(), "{client}: {}", said(&compiled));
    // The hook waits for a loop of commands, which batch mode does not have.
    let open = "(progn (load-file \"init.elc\") (setq mta-mode-hook nil) (find-file \"shop/mtad.yaml\") (message \"mode %s\" major-mode))";
    let asked = run(&["--eval", open, "--eval", asks]);
    let text = said(&asked);
    assert!(asked.status.success() && text.contains("mode mta-mode") && text.contains(expected), "{client}: {text}");
}

#[test]
fn emacs_starts_the_server_with_eglot() {
    emacs("eglot", EGLOT_ASKS, "told windlass [unresolved-requires]");
}

#[test]
fn emacs_knows_the_server_with_lsp_mode() {
    emacs("lsp-mode", LSP_MODE_ASKS, "starts (windlass)");
}

#[test]
fn helix_gets_a_language_whose_server_is_declared() {
    let text = &snippets()["helix/languages.toml"];
    let Some(python) = tool("python3") else { return };
    let read = "import json, sys, tomllib; print(json.dumps(tomllib.load(open(sys.argv[1], 'rb'))))";
    let home = home(text);
    let output = command(python, home.path()).args(["-c", read]).arg(home.path().join("snippet")).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let languages: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let language = &languages["language"][0];
    let server = language["language-servers"][0].as_str().unwrap();
    let declared = &languages["language-server"][server];
    assert_eq!((&declared["command"], &declared["args"][0]), (&"windlass".into(), &"lsp".into()));
    let names = language["file-types"].as_array().unwrap();
    let names: Vec<&str> = names.iter().map(|kind| kind.get("glob").unwrap_or(kind).as_str().unwrap()).collect();
    assert_eq!(names, ["mtad.yaml", "mta.yaml", "mtaext"]);
    let Some(hx) = tool("hx") else { return };
    std::fs::create_dir_all(home.path().join(".config/helix")).unwrap();
    std::fs::write(home.path().join(".config/helix/languages.toml"), text).unwrap();
    let output = command(hx, home.path()).args(["--health", "mta"]).output().unwrap();
    assert!(output.status.success() && said(&output).contains("windlass"), "{}", said(&output));
}

#[test]
fn the_settings_in_json_are_json_and_name_schemas_that_are_there() {
    let snippets = snippets();
    let json = |name: &str| serde_json::from_str::<serde_json::Value>(&snippets[name]).unwrap();
    assert_eq!(json(".vscode/tasks.json")["tasks"][0]["problemMatcher"], "$windlass");
    for path in json(".vscode/settings.json")["yaml.schemas"].as_object().unwrap().keys() {
        assert!(root().join(path).is_file(), "{path}");
    }
    let comment = snippets["mtad.yaml"].lines().next().unwrap().split_once("$schema=").unwrap().1;
    assert!(root().join(comment).is_file(), "{comment}");
}

#[test]
fn the_commands_that_the_page_names_are_there() {
    let page = std::fs::read_to_string(root().join("docs/guide/editors.md")).unwrap();
    for schema in ["mtad", "mtaext"] {
        assert!(page.contains(&format!("`windlass schema {schema}`")));
        let output = command(WINDLASS, Path::new("/")).args(["schema", schema]).output().unwrap();
        let committed = std::fs::read(root().join(format!("schemas/{schema}.schema.json"))).unwrap();
        assert!(output.status.success() && output.stdout == committed, "{schema}");
    }
}
