//! Every key of `windlass.toml`, declared once: the reader, `windlass config --explain`, the reference page and the schema for
//! editors are all made from [`ROOT`].

use crate::target;
use crate::tree::shape::Element;

/// A table of the file.
#[derive(Debug)]
pub struct Table {
    /// What messages call it: `the table \`lint\``.
    pub name: &'static str,
    pub keys: &'static [Key],
}

/// A key that a table can have.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub holds: Holds,
    /// What counts when nobody says anything, as TOML; empty: nothing.
    pub default: &'static str,
    /// The long flag that says the same, without dashes. Its variable counts as well.
    pub flag: Option<&'static str>,
    /// A sentence, for the reference and for editors.
    pub about: &'static str,
    /// A value that somebody could have, as TOML.
    pub example: &'static str,
}

/// What a key's value must be.
#[derive(Clone, Copy, Debug)]
pub enum Holds {
    /// One of a few words, each with its meaning.
    Word(&'static [(&'static str, &'static str)]),
    /// A whole number from 0 on.
    Number,
    /// A path, relative to the folder of the file.
    Path,
    /// A list of paths, relative to the folder of the file.
    Paths,
    /// A list of patterns as in `.gitignore`, relative to the folder of the file.
    Patterns,
    /// A list of codes of findings.
    Rules,
    /// A table from codes of findings to one of these words.
    PerRule(&'static [(&'static str, &'static str)]),
    Table(&'static Table),
    /// A list of tables (`[[…]]`).
    Tables(&'static Table),
    /// A table of elements with names that are free, each with the keys of another format's table.
    Named(&'static Element),
}

/// What may become of a rule's findings.
pub const LEVELS: &[(&str, &str)] = &[
    ("off", "not shown"),
    ("info", "shown as a hint"),
    ("warning", "shown as a warning"),
    ("error", "shown as an error"),
];

/// From which severity on a finding makes the command fail.
pub const FAIL_ON: &[(&str, &str)] = &[
    ("error", "errors fail"),
    ("warning", "warnings fail too"),
    ("info", "any finding fails"),
    ("never", "nothing that is found fails"),
];

pub static ROOT: Table = Table {
    name: "configuration",
    keys: &[
        Key {
            name: "lint",
            holds: Holds::Table(&LINT),
            default: "",
            flag: None,
            about: "What `windlass lint` and the language server find.",
            example: "",
        },
        Key {
            name: "lsp",
            holds: Holds::Table(&LSP),
            default: "",
            flag: None,
            about: "What the language server needs to know of a project.",
            example: "",
        },
        Key {
            name: "operations",
            holds: Holds::Table(&OPERATIONS),
            default: "",
            flag: None,
            about: "How long is remembered what was done.",
            example: "",
        },
        Key {
            name: "targets",
            holds: Holds::Named(&target::read::TARGET),
            default: "",
            flag: None,
            about: "Targets by name, for `--target NAME`: each with the keys of a target file.",
            example: "",
        },
    ],
};

pub static LINT: Table = Table {
    name: "table `lint`",
    keys: &[
        Key {
            name: "fail-on",
            holds: Holds::Word(FAIL_ON),
            default: "\"error\"",
            flag: Some("fail-on"),
            about: "From which severity on a finding makes `windlass lint` end with 1.",
            example: "\"warning\"",
        },
        Key {
            name: "locked",
            holds: Holds::Rules,
            default: "[]",
            flag: None,
            about: "Rules that no comment can allow, and no baseline holds back.",
            example: "[\"plain-secret\"]",
        },
        Key {
            name: "baseline",
            holds: Holds::Path,
            default: "",
            flag: Some("baseline"),
            about: "A file of findings that are known and not shown, made with `--write-baseline`.",
            example: "\"lint-baseline.json\"",
        },
        Key {
            name: "exclude",
            holds: Holds::Patterns,
            default: "[]",
            flag: None,
            about: "Files and folders that are passed over when a folder is walked; with `--force-exclude`, also files that are named.",
            example: "[\"testdata/\"]",
        },
        Key {
            name: "severity",
            holds: Holds::PerRule(LEVELS),
            default: "",
            flag: None,
            about: "What becomes of a rule's findings. An error by itself stays one.",
            example: "{ image-latest = \"warning\", schema-deprecated = \"off\" }",
        },
        Key {
            name: "per-path",
            holds: Holds::Tables(&PER_PATH),
            default: "",
            flag: None,
            about: "Severities for some files only. Of several entries for a file, the last one that names a rule counts.",
            example: "",
        },
    ],
};

pub static PER_PATH: Table = Table {
    name: "entry of `lint.per-path`",
    keys: &[
        Key {
            name: "paths",
            holds: Holds::Patterns,
            default: "",
            flag: None,
            about: "For which files it counts.",
            example: "[\"examples/**\"]",
        },
        Key {
            name: "severity",
            holds: Holds::PerRule(LEVELS),
            default: "",
            flag: None,
            about: "What becomes of a rule's findings in these files.",
            example: "{ plain-secret = \"off\" }",
        },
    ],
};

pub static LSP: Table = Table {
    name: "table `lsp`",
    keys: &[Key {
        name: "extensions",
        holds: Holds::Paths,
        default: "[]",
        flag: None,
        about: "Extension descriptors that the editor merges with the descriptor.",
        example: "[\"prod.mtaext\"]",
    }],
};

pub static OPERATIONS: Table = Table {
    name: "table `operations`",
    keys: &[
        Key {
            name: "keep-days",
            holds: Holds::Number,
            default: "180",
            flag: None,
            about: "Operations and revisions are forgotten after so many days; never the last good revision.",
            example: "30",
        },
        Key {
            name: "keep",
            holds: Holds::Number,
            default: "200",
            flag: None,
            about: "So many operations of each application are kept.",
            example: "50",
        },
        Key {
            name: "keep-revisions",
            holds: Holds::Number,
            default: "20",
            flag: None,
            about: "So many revisions of each application are kept; never less than the last good one.",
            example: "5",
        },
    ],
};

impl Table {
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

impl Holds {
    /// What a value must be, for the end of a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Holds::Word(_) | Holds::Path => "a string",
            Holds::Number => "a whole number, 0 or more",
            Holds::Paths | Holds::Patterns | Holds::Rules => "a list of strings",
            Holds::PerRule(_) | Holds::Table(_) | Holds::Named(_) => "a table",
            Holds::Tables(_) => "a list of tables (`[[…]]`)",
        }
    }
}
