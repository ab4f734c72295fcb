//! `windlass man --dir DIR`: a manual page for each command, made from the same definitions as `--help`.
//!
//! Long help is text for a terminal. Here its examples and remarks become sections of their own, line by line as they are
//! written: a manual page would run them together. Options of every command are on the page of the program alone.

use super::exit::{Exit, Failure, Outcome, said};
use super::ports::now;
use super::{Global, console, help, tree};
use clap::Command;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};
use time::OffsetDateTime;

/// Write manual pages, one for each command
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Each page carries the day on which it was made; with SOURCE_DATE_EPOCH set (seconds since 1970) that one, so that the same
windlass writes the same bytes.

Examples:
  windlass man --dir man/man1                      Write them, then: man -M man windlass-plan
  windlass man --dir /usr/local/share/man/man1     Where `man` finds them")]
pub struct Args {
    /// Folder for the pages; made if it is missing
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub dir: PathBuf,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let day = day()?;
    let mut tree = tree();
    tree.build();
    let pages = pages(&tree, &day);
    std::fs::create_dir_all(&args.dir).map_err(|error| not_written(&args.dir, &error))?;
    for (name, text) in &pages {
        let path = args.dir.join(name);
        write(&path, text).map_err(|error| not_written(&path, &error))?;
    }
    let folder = args.dir.display();
    global.note(&format!("{} pages are written; read the first with `man -l {folder}/windlass.1`", pages.len()));
    Ok(Exit::Ok)
}

fn not_written(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Usage, format!("`{}` cannot be written", path.display()))
        .why(said(error))
        .next("name a folder that may be written with `--dir DIR`")
}

fn write(path: &Path, text: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    std::fs::File::create(path)?.write_all(text)
}

/// The day that pages carry, `2026-11-20`.
fn day() -> Result<String, Failure> {
    let moment = match console::variable("SOURCE_DATE_EPOCH") {
        None => now(),
        Some(text) => {
            text.parse().ok().and_then(|seconds| UNIX_EPOCH.checked_add(Duration::from_secs(seconds))).ok_or_else(
                || {
                    Failure::new(
                        Exit::Usage,
                        format!("`SOURCE_DATE_EPOCH` is `{text}`, and not a number of seconds since 1970"),
                    )
                    .next("set it to one, or not at all")
                },
            )?
        }
    };
    Ok(OffsetDateTime::from(moment).date().to_string())
}

/// File name and text of each page: of the command, then of those below it.
fn pages(command: &Command, day: &str) -> Vec<(String, Vec<u8>)> {
    let mut pages = Vec::new();
    if !command.is_hide_set() {
        pages.push((format!("{}.1", name(command)), page(command, day)));
        pages.extend(command.get_subcommands().flat_map(|below| self::pages(below, day)));
    }
    pages
}

/// `windlass-registry-ls`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

fn page(command: &Command, day: &str) -> Vec<u8> {
    let is_program = name(command) == command.get_name();
    let shown = command.clone().mut_args(|argument| {
        let is_elsewhere = argument.is_global_set() && !is_program;
        if is_elsewhere { argument.hide(true) } else { argument }
    });
    // What follows is taken apart here, and would be run together there.
    let remarks = shown.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let has_options = shown.get_arguments().any(|argument| !argument.is_hide_set());
    let has_commands = shown.get_subcommands().any(|below| !below.is_hide_set());
    let man = Man::new(shown).title(name(command).to_uppercase()).date(day);
    let man = man.source(concat!("windlass ", env!("CARGO_PKG_VERSION"))).manual("windlass");
    let mut page = Vec::new();
    let written = man
        .render_title(&mut page)
        .and_then(|()| man.render_name_section(&mut page))
        .and_then(|()| man.render_synopsis_section(&mut page))
        .and_then(|()| man.render_description_section(&mut page))
        .and_then(|()| if has_options { man.render_options_section(&mut page) } else { Ok(()) })
        .and_then(|()| if has_commands { man.render_subcommands_section(&mut page) } else { Ok(()) })
        .and_then(|()| closing(&remarks, is_program).to_writer(&mut page));
    written.expect("a vector takes every byte");
    tidy(&String::from_utf8_lossy(&page)).into_bytes()
}

/// What readers of manual pages warn of is left out: breaks beside an empty line, which do nothing, and blanks at the end of
/// a line. Characters beyond ASCII get their names in roff, since not every reader takes them as they are.
fn tidy(page: &str) -> String {
    let lines: Vec<&str> = page.lines().map(str::trim_end).collect();
    let is_empty = |at: Option<usize>| at.and_then(|at| lines.get(at)).is_none_or(|line| line.is_empty());
    let idle = |at: usize| lines[at] == ".br" && (is_empty(at.checked_sub(1)) || is_empty(Some(at + 1)));
    let mut tidy = String::with_capacity(page.len());
    for at in (0..lines.len()).filter(|at| !idle(*at)) {
        for c in lines[at].chars() {
            if c.is_ascii() {
                tidy.push(c);
            } else {
                tidy.push_str(&format!("\\[u{:04X}]", u32::from(c)));
            }
        }
        tidy.push('\n');
    }
    tidy
}

/// Remarks, examples, and where to read on.
fn closing(remarks: &str, is_program: bool) -> Roff {
    let mut roff = Roff::new();
    let (before, examples) = remarks.split_once("Examples:\n").unwrap_or((remarks, ""));
    // Examples are indented; what stands behind them is not.
    let end = examples.lines().take_while(|line| line.starts_with("  ")).map(|line| line.len() + 1).sum::<usize>();
    let (examples, after) = examples.split_at(end.min(examples.len()));
    verbatim(&mut roff, "NOTES", [before.trim(), after.trim()].iter().filter(|part| !part.is_empty()));
    verbatim(&mut roff, "EXAMPLES", [examples.trim_end()].iter().filter(|part| !part.is_empty()));
    if is_program {
        verbatim(&mut roff, "EXIT STATUS", [body(help::EXIT_CODES)].iter());
        verbatim(&mut roff, "ENVIRONMENT", [body(help::ENVIRONMENT)].iter());
    } else {
        roff.control("SH", ["EXIT STATUS"]);
        roff.text([roman("The codes are those of "), bold("windlass"), roman("(1).")]);
        roff.control("SH", ["SEE ALSO"]);
        roff.text([bold("windlass"), roman("(1), also for options that every command has.")]);
    }
    roff
}

/// A topic without the line that says what it is about.
fn body(topic: &str) -> &str {
    topic.split_once('\n').map_or(topic, |(_, body)| body).trim_matches('\n')
}

/// Texts with their line breaks, an empty line between them. Nothing, not even the heading, without one.
fn verbatim<'a>(roff: &mut Roff, heading: &str, parts: impl Iterator<Item = &'a &'a str>) {
    let text = parts.copied().collect::<Vec<_>>().join("\n\n");
    if text.is_empty() {
        return;
    }
    roff.control("SH", [heading]);
    roff.control("nf", []);
    for line in text.lines() {
        if line.is_empty() {
            roff.control("sp", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    roff.control("fi", []);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_of_its_own() {
        let mut tree = tree();
        tree.build();
        let pages = pages(&tree, "2026-01-02");
        let text = |name: &str| {
            let found = pages.iter().find(|(file, _)| file == name);
            String::from_utf8(found.unwrap_or_else(|| panic!("no page {name}")).1.clone()).unwrap()
        };
        assert!(text("windlass.1").contains("EXIT STATUS"));
        assert!(text("windlass.1").contains("message\\-format"));
        let plan = text("windlass-plan.1");
        assert!(plan.starts_with(".ie") || plan.contains(".TH WINDLASS-PLAN 1 2026-01-02"), "{plan}");
        assert!(!plan.contains("message\\-format"), "options of every command are on one page: {plan}");
        assert!(text("windlass-registry-ls.1").contains("windlass registry ls"));
        let mut names: Vec<&String> = pages.iter().map(|(name, _)| name).collect();
        names.dedup();
        assert_eq!(names.len(), pages.len());
    }

    #[test]
    fn what_readers_warn_of_is_left_out() {
        assert_eq!(tidy("a \n.br\n\n.br\nb\n.br\nc\n"), "a\n\nb\n.br\nc\n");
        assert_eq!(tidy("{…}\n"), "{\\[u2026]}\n");
    }

    #[test]
    fn remarks_and_examples_are_told_apart() {
        let mut page = Vec::new();
        closing("First.\n\nExamples:\n  windlass a   One\n  windlass b\n\nLast.", false).to_writer(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        let (notes, examples) = page.split_once(".SH EXAMPLES").unwrap();
        assert!(notes.contains("First.") && notes.contains("Last."), "{page}");
        assert!(examples.contains("  windlass a   One\n  windlass b\n"), "{page}");
    }
}
