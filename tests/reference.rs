//! The reference pages and the schemas are made from the code, so that they cannot say anything else.
//!
//! `WINDLASS_UPDATE=1 cargo test --test reference` writes them anew.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test that reads and writes the documentation")]

use clap::{Arg, ArgAction, Command};
use std::fmt::Write;
use std::path::Path;
use windlass::descriptor::keys;
use windlass::finding::CODES;
use windlass::report::schema::SCHEMAS;
use windlass::target::read;
use windlass::target::types::{self, Preset};
use windlass::tree::shape::{Element, Expects, Presence, Role};

#[test]
fn the_reference_pages_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference");
    let update = std::env::var_os("WINDLASS_UPDATE").is_some();
    let mut stale = Vec::new();
    for (name, page) in [
        ("commands.md", commands()),
        ("descriptor.md", descriptor()),
        ("findings.md", findings()),
        ("limits.md", limits()),
        ("parameters.md", windlass::plan::parameters::page()),
        ("settings.md", settings()),
        ("target.md", target()),
    ] {
        let path = folder.join(name);
        if std::fs::read_to_string(&path).is_ok_and(|text| text == page) {
            continue;
        }
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, page).unwrap();
        } else {
            stale.push(format!("docs/reference/{name}"));
        }
    }
    assert!(stale.is_empty(), "{stale:?} say something else than the code; WINDLASS_UPDATE=1 writes them anew");
}

#[test]
fn the_schemas_are_fresh() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    let update = std::env::var_os("WINDLASS_UPDATE").is_some();
    let mut wrong = Vec::new();
    for schema in SCHEMAS {
        let path = folder.join(schema.file);
        if std::fs::read_to_string(&path).is_ok_and(|text| text == schema.text()) {
            continue;
        }
        if update {
            std::fs::write(&path, schema.text()).unwrap();
        } else {
            wrong.push(schema.file.to_owned());
        }
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !SCHEMAS.iter().any(|schema| schema.file == name) {
            wrong.push(format!("{name}, which nothing makes"));
        }
    }
    assert!(
        wrong.is_empty(),
        "schemas/: {wrong:?} say something else than the code; WINDLASS_UPDATE=1 writes them anew"
    );
}

fn settings() -> String {
    use windlass::config::table::{Holds, ROOT, Table};
    fn rows(table: &Table, path: &str, page: &mut String) {
        for key in table.keys {
            let name = format!("{path}{}", key.name);
            let words = |words: &[(&str, &str)]| {
                words.iter().map(|(word, about)| format!("`{word}` ({about})")).collect::<Vec<_>>().join(", ")
            };
            let value = match key.holds {
                Holds::Table(inner) => {
                    rows(inner, &format!("{name}."), page);
                    continue;
                }
                Holds::Tables(_) => "a list of tables".to_owned(),
                Holds::Named(_) => "tables with the keys of a [target](target.md)".to_owned(),
                Holds::Word(known) => words(known),
                Holds::PerRule(known) => format!("a table from rules to {}", words(known)),
                Holds::Rules => "a list of rules".to_owned(),
                Holds::Patterns => "a list of patterns, as in `.gitignore`".to_owned(),
                Holds::Number => "a whole number".to_owned(),
                Holds::Path => "a path".to_owned(),
                Holds::Paths => "a list of paths".to_owned(),
            };
            let mut about = key.about.to_owned();
            if !key.default.is_empty() {
                write!(about, " Default: `{}`.", key.default).unwrap();
            }
            if let Some(flag) = key.flag {
                write!(about, " Option: `--{flag}`.").unwrap();
            }
            if !key.example.is_empty() {
                write!(about, " Example: `{} = {}`.", key.name, key.example).unwrap();
            }
            writeln!(page, "| `{name}` | {value} | {about} |").unwrap();
            if let Holds::Tables(inner) = key.holds {
                rows(inner, &format!("{name}[]."), page);
            }
        }
    }
    let mut page = String::from(
        "# Settings\n\nGenerated from `src/config/table.rs`: the keys of `windlass.toml` and of the user's `config.toml`. Paths and patterns are \
         relative to the folder of the file. What they do is told in the [guide](../guide/linting.md).\n\n| Key | Value | |\n|---|---|---|\n",
    );
    rows(&ROOT, "", &mut page);
    page
}

fn commands() -> String {
    let mut tree = windlass::cli::tree();
    tree.build();
    let mut page = String::from(
        "# Commands\n\nGenerated from the command line's own definition. Every long option can also be given as an environment variable: \
         `--state-dir` as `WINDLASS_STATE_DIR`.\n",
    );
    let mut topics = String::new();
    for command in tree.get_subcommands() {
        command_page(command, "windlass", &mut topics);
    }
    page.push_str(&topics);
    page.push_str("\n## Options of every command\n\n");
    options(tree.get_arguments().filter(|argument| !argument.is_hide_set()), &mut page);
    page
}

fn limits() -> String {
    use windlass::package::limits as archive;
    use windlass::source::yaml;
    use windlass::stage::{close, lookup::expand};
    let bytes = |bytes: usize| archive::in_words(bytes as u64);
    let rows = [
        ("a descriptor, extension or target", bytes(yaml::MAX_BYTES), "yaml-too-large"),
        ("lists and maps in each other, aliases followed", format!("{} levels", yaml::MAX_DEPTH), "yaml-too-large"),
        ("values that aliases and merge keys add", yaml::MAX_ALIASED.to_string(), "yaml-too-large"),
        (
            "a name of a module, resource or provided set",
            format!("{} characters", windlass::name::MAX_LENGTH),
            "schema-bad-name",
        ),
        ("a number in a version", windlass::version::MAX_NUMBER.to_string(), "schema-bad-version"),
        ("a text with its placeholders and references filled in", bytes(close::MAX_TEXT), "expansion-too-large"),
        ("values that filling in adds to a descriptor", close::MAX_NODES.to_string(), "expansion-too-large"),
        (
            "placeholders and references that lead to each other, with lists and maps",
            format!("{} steps", close::MAX_DEPTH),
            "expansion-too-large",
        ),
        ("values copied for each entry that a `list` finds", expand::MAX_COPIES.to_string(), "expansion-too-large"),
        ("an archive", bytes(archive::ARCHIVE as usize), "archive-too-large"),
        ("entries of an archive", archive::ENTRIES.to_string(), "archive-too-large"),
        ("the list of entries of an archive", bytes(archive::DIRECTORY as usize), "archive-too-large"),
        ("the descriptor or the manifest in an archive", bytes(archive::SMALL_FILE as usize), "archive-too-large"),
        ("the content of one module in an archive, unpacked", bytes(archive::CONTENT as usize), "archive-too-large"),
        ("all files with parameters together", bytes(archive::ALL_JSON as usize), "archive-too-large"),
    ];
    let mut page = String::from(
        "# Limits\n\nGenerated from the code. What goes beyond one of these is refused with a finding that names it.\n\n| of what | at most | finding |\n|---|---|---|\n",
    );
    for (what, most, code) in rows {
        assert!(CODES.iter().any(|known| known.id == code), "{code} is no finding");
        writeln!(page, "| {what} | {most} | [`{code}`](findings.md#{code}) |").unwrap();
    }
    writeln!(
        page,
        "\nSuggestions (\"Did you mean …?\") are looked for the first {} times in each step, and of one file 100 findings are drawn; \
         the other forms (`--message-format short`, `json`) have all of them.",
        windlass::name::Suggestions::MOST
    )
    .unwrap();
    page.push_str(
        "\nTests hold the limits of archives, of the content of a module and of files with parameters to their real size, with files that are \
         nearly all holes (`tests/cases/pack.rs`); what 1 GiB of content does when it is really there, they do not.\n",
    );
    page
}

fn command_page(command: &Command, parent: &str, page: &mut String) {
    if command.is_hide_set() {
        return;
    }
    let name = format!("{parent} {}", command.get_name());
    writeln!(page, "\n## {name}\n\n{}", about(command)).unwrap();
    let own: Vec<&Arg> =
        command.get_arguments().filter(|argument| !argument.is_global_set() && !argument.is_hide_set()).collect();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").replace("[OPTIONS] ", "").replace(" [OPTIONS]", "");
    let short = usage.split_once(command.get_name()).map_or("", |(_, rest)| rest);
    writeln!(page, "\n```text\n{name}{short}\n```").unwrap();
    if own.iter().any(|argument| !is_help(argument)) {
        page.push('\n');
        options(own.into_iter(), page);
    }
    if let Some(examples) = command.get_after_long_help() {
        writeln!(page, "\n```text\n{}\n```", examples.to_string().trim_end()).unwrap();
    }
    for below in command.get_subcommands() {
        command_page(below, &name, page);
    }
}

fn about(command: &Command) -> String {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    if about.is_empty() || about.ends_with('.') { about } else { format!("{about}.") }
}

fn is_help(argument: &Arg) -> bool {
    ["help", "version"].contains(&argument.get_id().as_str())
}

fn options<'a>(arguments: impl Iterator<Item = &'a Arg>, page: &mut String) {
    page.push_str("| | |\n|---|---|\n");
    for argument in arguments.filter(|argument| !is_help(argument)) {
        let takes_value = matches!(argument.get_action(), ArgAction::Set | ArgAction::Append);
        let values = argument.get_value_names().unwrap_or_default().join(" ");
        let names: Vec<String> =
            [argument.get_short().map(|c| format!("-{c}")), argument.get_long().map(|l| format!("--{l}"))]
                .into_iter()
                .flatten()
                .collect();
        let shown = match (names.is_empty(), takes_value) {
            (true, _) => values,
            (false, true) => format!("{} {values}", names.join(", ")),
            (false, false) => names.join(", "),
        };
        let mut help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
        let possible: Vec<String> =
            argument.get_possible_values().iter().map(|v| format!("`{}`", v.get_name())).collect();
        if takes_value && !possible.is_empty() {
            write!(help, ": {}", possible.join(", ")).unwrap();
        }
        if let [default] = argument.get_default_values()
            && takes_value
        {
            write!(help, " (default `{}`)", default.to_string_lossy()).unwrap();
        }
        writeln!(page, "| `{}` | {} |", shown.replace('|', "\\|"), help.replace('\n', " ").replace('|', "\\|"))
            .unwrap();
    }
}

fn descriptor() -> String {
    let mut page = String::from(
        "# Keys of descriptors\n\nGenerated from `src/descriptor/keys.rs`. Keys that exist for other tools are accepted and do nothing.\n",
    );
    let elements: [(&str, &Element); 8] = [
        ("A deployment descriptor", &keys::DESCRIPTOR),
        ("A module", &keys::MODULE),
        ("An entry of `requires`", &keys::REQUIRES),
        ("An entry of `provides`", &keys::PROVIDES),
        ("A resource", &keys::RESOURCE),
        ("A hook", &keys::HOOK),
        ("An entry of `properties-metadata` or `parameters-metadata`", &keys::METADATA),
        ("An extension descriptor", &keys::EXTENSION),
    ];
    for (title, element) in elements {
        element_page(title, element, &mut page);
    }
    page
}

fn element_page(title: &str, element: &Element, page: &mut String) {
    writeln!(page, "\n## {title}\n\n| Key | Value | |\n|---|---|---|").unwrap();
    for key in element.keys.iter().filter(|key| key.role == Role::Read) {
        let value = match key.expects {
            Expects::Name => "a name",
            Expects::Text => "text",
            Expects::Version => "a version",
            Expects::Boolean => "`true` or `false`",
            Expects::Map => "a map",
            Expects::Texts => "a list of texts",
            Expects::Elements => "a list",
            Expects::Anything => "anything",
        };
        let required = if key.presence == Presence::Required { ", required" } else { "" };
        let since = if key.since > 1 { format!(" (since schema {})", key.since) } else { String::new() };
        writeln!(page, "| `{}` | {value}{required} | {}{since} |", key.name, key.about).unwrap();
    }
    let others: Vec<String> =
        element.keys.iter().filter(|key| key.role == Role::Foreign).map(|key| format!("`{}`", key.name)).collect();
    if !others.is_empty() {
        writeln!(page, "\nFor other tools: {}.", others.join(", ")).unwrap();
    }
}

fn target() -> String {
    let mut page = String::from(
        "# Target files\n\nGenerated from `src/target`. A target file is YAML or JSON; how it is found, and how to begin one, is in \
         [Targets](../guide/targets.md). What it does not name is as built in; a key that is not known is told, with the one that was probably meant.\n",
    );
    for (title, element) in [
        ("A target", &read::TARGET),
        ("An entry of `module-types`", &read::MODULE_TYPE),
        ("An entry of `resource-types`", &read::RESOURCE_TYPE),
    ] {
        element_page(title, element, &mut page);
    }
    for (title, types) in
        [("Built-in module types", types::MODULE_TYPES), ("Built-in resource types", types::RESOURCE_TYPES)]
    {
        writeln!(page, "\n## {title}\n\n| Type | Parameters | |\n|---|---|---|").unwrap();
        for one in types {
            let parameters: Vec<String> = one
                .parameters
                .iter()
                .map(|(name, preset)| match preset {
                    Preset::Flag(yes) => format!("`{name}: {yes}`"),
                    Preset::Text(text) => format!("`{name}: {text}`"),
                })
                .collect();
            writeln!(page, "| `{}` | {} | {} |", one.name, parameters.join(", "), one.about).unwrap();
        }
    }
    page.push_str(
        "\nNo type brings an image: no registry can be assumed, and an image with the right language in it does not hold the \
         application.\n",
    );
    page
}

fn findings() -> String {
    let mut page = String::from(
        "# Findings\n\nGenerated from the catalogue; `windlass explain CODE` shows the same text. An error stops every deployment; warnings \
         and notes do not.\n\n| Code | | |\n|---|---|---|\n",
    );
    for code in CODES {
        writeln!(page, "| [`{0}`](#{0}) | {1} | {2} |", code.id, code.severity.word(), code.title).unwrap();
    }
    for code in CODES {
        // The explanation begins with its own title; here the code is the title, so that links find it.
        let text = code.explain.trim();
        let body = text.strip_prefix("# ").and_then(|rest| rest.split_once('\n')).map_or("", |(_, body)| body.trim());
        let body = body.replace("\n# ", "\n### ").replace("\n## ", "\n### ");
        writeln!(page, "\n## {}\n\n{}: {}.\n\n{body}", code.id, code.severity.word(), code.title).unwrap();
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}
