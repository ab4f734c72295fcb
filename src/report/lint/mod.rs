//! What `lint` found, in the forms that tools and platforms read: one file per form, each a function from a [`Report`] to
//! text. The forms that every command has are [`super::human`], [`super::short`] and [`super::json`].
//!
//! A platform shows findings beside the files of a repository, so paths begin at its top ([`Paths`]), with `/` between
//! folders. Secrets are masked in every text, and control characters spelled out.

pub mod azure;
pub mod checkstyle;
pub mod github;
pub mod gitlab;
pub mod junit;
pub mod markdown;
pub mod rdjson;
pub mod sarif;

use super::hidden::Hidden;
use super::paint::harmless;
use crate::finding::{Finding, Findings, Severity};
use crate::source::{FileId, Position, Sources, Span};

/// What a run of `lint` came to.
pub struct Report<'a> {
    pub sources: &'a Sources,
    /// Sorted.
    pub findings: &'a Findings,
    /// Descriptors and extensions that were checked. Findings may lie in other texts as well: a target, an option.
    pub files: &'a [FileId],
    pub paths: &'a Paths,
    /// Whether a finding is one that fails a run.
    pub fails: &'a dyn Fn(&Finding) -> bool,
}

/// A finding that counts, ready to be written down.
struct Shown<'a> {
    finding: &'a Finding,
    /// From the top of the repository.
    path: String,
    start: Position,
    end: Position,
    /// The sentence, on one line, without secrets.
    message: String,
    /// The same with the way out behind it.
    text: String,
}

impl<'a> Report<'a> {
    /// The findings that count, in their order: suppressed ones are for those who keep books, and that is SARIF alone.
    fn shown(&self) -> Vec<Shown<'a>> {
        let hidden = Hidden::of(self.sources);
        let counting = self.findings.iter().filter(|finding| finding.suppression.is_none());
        counting.map(|finding| self.show(finding, &hidden)).collect()
    }

    fn show(&self, finding: &'a Finding, hidden: &Hidden<'_>) -> Shown<'a> {
        let (start, end) = self.sources.positions(finding.at);
        let line = |text: &str| harmless(&hidden.over(&text.replace('\n', " "))).into_owned();
        Shown {
            finding,
            path: self.path(finding.at.file),
            start,
            end,
            message: line(&finding.message),
            text: line(&with_help(&finding.message, finding.help.as_deref())),
        }
    }

    fn path(&self, file: FileId) -> String {
        self.paths.of(self.sources.get(file).name())
    }

    /// Each file with its findings: those that were checked first, then the others in the order of their findings.
    fn by_file(&self) -> Vec<(String, Vec<Shown<'a>>)> {
        let mut files: Vec<(String, Vec<Shown<'a>>)> = Vec::new();
        let mut of = |path: String| match files.iter().position(|(other, _)| *other == path) {
            Some(at) => at,
            None => {
                files.push((path, Vec::new()));
                files.len() - 1
            }
        };
        for file in self.files {
            of(self.path(*file));
        }
        let shown: Vec<(usize, Shown<'a>)> = self.shown().into_iter().map(|one| (of(one.path.clone()), one)).collect();
        for (at, one) in shown {
            files[at].1.push(one);
        }
        files
    }

    /// `2 errors, 1 warning`; `no findings`.
    pub fn counted(&self) -> String {
        counted(self.findings)
    }
}

/// `2 errors, 1 warning, 3 hints`; `no findings`. What is suppressed does not count.
pub fn counted(findings: &Findings) -> String {
    let words = [
        (Severity::Error, "error", "errors"),
        (Severity::Warning, "warning", "warnings"),
        (Severity::Info, "hint", "hints"),
    ];
    let parts = words.into_iter().filter_map(|(severity, one, many)| {
        let of = |finding: &&Finding| finding.severity == severity && finding.suppression.is_none();
        match findings.iter().filter(of).count() {
            0 => None,
            1 => Some(format!("1 {one}")),
            number => Some(format!("{number} {many}")),
        }
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

/// Two sentences, whether or not the first was ended.
fn with_help(message: &str, help: Option<&str>) -> String {
    match help {
        Some(help) => {
            let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
            format!("{message}{end} {help}")
        }
        None => message.to_owned(),
    }
}

/// Turns the names of a run's files into paths from the top of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// The absolute path of the repository and the folder of the run in there (`""`: its top), both with `/`.
    within: Option<(String, String)>,
    /// The absolute folder that paths begin in.
    top: Option<String>,
}

/// Where a file is for tools that want an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Below the folder that paths begin in.
    Below(String),
    /// Elsewhere: an absolute path, or what a text without a file is called.
    Elsewhere(String),
}

impl Paths {
    /// Names stay as they were given.
    pub fn as_given() -> Paths {
        Paths::default()
    }

    /// `root` and `folder` (where the run takes place) are absolute; a run elsewhere keeps its names.
    pub fn from_root(root: &str, folder: &str) -> Paths {
        let (root, folder) = (slashes(root), slashes(folder));
        let root = root.trim_end_matches('/').to_owned();
        match inside(&root, &folder).map(str::to_owned) {
            Some(inside) => Paths { top: Some(root.clone()), within: Some((root, inside)) },
            None => Paths::from_folder(&folder),
        }
    }

    /// Names stay as they were given; `folder` (where the run takes place) is absolute.
    pub fn from_folder(folder: &str) -> Paths {
        Paths { within: None, top: Some(slashes(folder)) }
    }

    /// The same for tools that resolve paths themselves, and so must not meet one that leads out of their folder.
    pub fn place(&self, name: &str) -> Place {
        let path = self.of(name);
        if path == "-" || ["/", "<", "--"].iter().any(|begin| path.starts_with(begin)) {
            return Place::Elsewhere(path);
        }
        let path = joined(Vec::new(), &path);
        match &self.top {
            _ if path.split('/').next() != Some("..") => Place::Below(path),
            Some(top) => Place::Elsewhere(format!("/{}", joined(top.split('/').collect(), &path))),
            None => Place::Elsewhere(path),
        }
    }

    pub fn of(&self, name: &str) -> String {
        let name = slashes(name);
        let Some((root, folder)) = &self.within else {
            return name.strip_prefix("./").unwrap_or(&name).to_owned();
        };
        if let Some(below) = inside(root, &name) {
            return below.to_owned();
        }
        if name.starts_with('/') || name.starts_with('<') || name.starts_with("--") {
            return name;
        }
        joined(folder.split('/').collect(), &name)
    }
}

/// A path from a folder, without `.` and, as far as can be, `..`.
fn joined(folder: Vec<&str>, path: &str) -> String {
    let mut parts: Vec<&str> = folder.into_iter().filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What of `path` lies below `root`; `""` for `root` itself.
fn inside<'p>(root: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(root)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/').map(|rest| rest.trim_end_matches('/')) }
}

fn slashes(path: &str) -> String {
    if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() }
}

/// The bytes between the start of its row and a place.
fn bytes_before(sources: &Sources, span: Span, offset: u32) -> u32 {
    let text = sources.get(span.file);
    let rows = text.rows();
    let row = rows.partition_point(|start| *start <= offset).max(1) - 1;
    offset.min(u32::try_from(text.text().len()).unwrap_or(u32::MAX)) - rows[row]
}

/// XML in which every character is one that XML 1.0 allows.
fn xml(text: &str) -> String {
    let allowed: String = text
        .chars()
        .map(|c| if matches!(c, '\u{fffe}' | '\u{ffff}') { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    // A line break in an attribute would be read as a blank.
    quick_xml::escape::escape(&*harmless(&allowed)).replace('\n', "&#10;").replace('\t', "&#9;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_begin_at_the_top_of_the_repository() {
        let paths = Paths::from_root("/srv/shop/", "/srv/shop/deploy/eu");
        assert_eq!(paths.of("mtad.yaml"), "deploy/eu/mtad.yaml");
        assert_eq!(paths.of("./a//mtad.yaml"), "deploy/eu/a/mtad.yaml");
        assert_eq!(paths.of("../mtad.yaml"), "deploy/mtad.yaml");
        assert_eq!(paths.of("../../../../mtad.yaml"), "../../mtad.yaml");
        assert_eq!(paths.of("/srv/shop/mtad.yaml"), "mtad.yaml");
        assert_eq!(paths.of("/srv/shopping/mtad.yaml"), "/srv/shopping/mtad.yaml");
        assert_eq!(paths.of("app.mtar!META-INF/mtad.yaml"), "deploy/eu/app.mtar!META-INF/mtad.yaml");
        assert_eq!(paths.of("<stdin>"), "<stdin>");
        assert_eq!(Paths::from_root("/srv/shop", "/srv/shop").of("a.yaml"), "a.yaml");
        assert_eq!(Paths::from_root("/srv/shop", "/elsewhere").of("a.yaml"), "a.yaml");
        assert_eq!(Paths::as_given().of("./a.yaml"), "a.yaml");
    }

    #[test]
    fn a_place_is_below_the_top_or_absolute() {
        let below = |path: &str| Place::Below(path.to_owned());
        let elsewhere = |path: &str| Place::Elsewhere(path.to_owned());
        let paths = Paths::from_root("/srv/shop", "/srv/shop/deploy");
        assert_eq!(paths.place("../web/mtad.yaml"), below("web/mtad.yaml"));
        assert_eq!(paths.place("../../other/mtad.yaml"), elsewhere("/srv/other/mtad.yaml"));
        assert_eq!(paths.place("/srv/other/mtad.yaml"), elsewhere("/srv/other/mtad.yaml"));
        let paths = Paths::from_root("/srv/shop", "/elsewhere/x");
        assert_eq!(paths.place("a/../mtad.yaml"), below("mtad.yaml"));
        assert_eq!(paths.place("../mtad.yaml"), elsewhere("/elsewhere/mtad.yaml"));
        assert_eq!(paths.place("<stdin>"), elsewhere("<stdin>"));
        assert_eq!(Paths::as_given().place("./mtad.yaml"), below("mtad.yaml"));
    }

    #[test]
    fn xml_has_no_character_that_xml_forbids() {
        assert_eq!(xml("a<b>&\"'\u{1b}\u{ffff}\nc"), "a&lt;b&gt;&amp;&quot;&apos;\\u{1b}\u{fffd}&#10;c");
    }
}
