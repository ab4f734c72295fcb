//! The deployment descriptor and its extensions, as typed trees.
//!
//! One shape serves all stages; which holes its values may still have is said by the stage's newtype (`Merged`, `Filled`,
//! `Configured`, `Bound`). Values of `properties` and `parameters` are free [`Map`]s; everything around them is typed.

pub mod given;
pub mod keys;
pub mod own;
pub mod read;
pub mod write;

use crate::finding::{Change, Fix};
use crate::name::{HookName, ModuleName, MtaId, ProvidedName, RequiredName, ResourceName};
use crate::source::{FileId, Span, Spanned};
use crate::tree::{Key, Map, Secrecy};
use std::collections::BTreeMap;

/// `_schema-version`, completed to three numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaVersion {
    pub major: u32,
    pub minor: u32,
    pub patch: u32,
}

impl std::fmt::Display for SchemaVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// The flags of one key (`properties-metadata`, `parameters-metadata`; schema 3).
#[derive(Clone, Debug, PartialEq)]
pub struct Metadata {
    pub overwritable: bool,
    pub optional: bool,
    pub sensitive: bool,
    /// The key over the flags; `None` for flags that come from a tag `!sensitive`, or for the defaults.
    pub key: Option<Span>,
    /// The same with the flags.
    pub span: Option<Span>,
    /// The flags as written, for printing them back; includes what has no effect (`datatype`).
    pub written: Map,
}

impl Default for Metadata {
    /// What holds for a key without an entry.
    fn default() -> Metadata {
        Metadata {
            overwritable: true,
            optional: false,
            sensitive: false,
            key: None,
            span: None,
            written: Map::default(),
        }
    }
}

/// `properties` or `parameters` with their metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Values {
    pub map: Map,
    pub metadata: BTreeMap<String, Metadata>,
    /// Whether there may be more than is known: what the author wrote was refused and reported, or a deployment asks the
    /// registry for it. Nothing is said of what is missing then.
    pub open: bool,
}

/// The guess that another key was meant. Flags about the key get its new name with it: alone they would be about nothing.
pub fn renamed(key: &Key, flags: &BTreeMap<String, Metadata>, to: &str) -> Option<Fix> {
    let at = key.span?;
    let flags = flags.get(&*key.text).and_then(|flags| flags.key).filter(|flags| flags.file == at.file);
    let say = |at| Change::Say { at, text: to.to_owned() };
    Some(Fix::risky(format!("Replace by `{to}`"), [at].into_iter().chain(flags).map(say).collect::<Vec<_>>()))
}

#[derive(Clone, Debug, PartialEq)]
pub struct Descriptor {
    pub file: FileId,
    pub schema: Spanned<SchemaVersion>,
    pub id: Spanned<MtaId>,
    /// As written; parsed as a version when deploying.
    pub version: Spanned<String>,
    pub modules: Vec<Module>,
    pub resources: Vec<Resource>,
    pub parameters: Values,
    pub tagged: Tagged,
}

/// Whether a tag makes what `${mta-id}` and `${mta-version}` lead to secret: `version: !sensitive "1.0"`. By its text alone it
/// could not be told from any other `1.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tagged {
    pub id: Secrecy,
    pub version: Secrecy,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    /// The whole element.
    pub span: Span,
    pub name: Spanned<ModuleName>,
    /// `type`.
    pub kind: Spanned<String>,
    pub description: Option<Spanned<String>>,
    pub path: Option<Spanned<String>>,
    pub properties: Values,
    pub parameters: Values,
    pub requires: Vec<Requires>,
    /// Ends with an implicit entry of the module's own name when the author gave none (semantics 1.5).
    pub provides: Vec<Provides>,
    /// Absent and empty differ (semantics 5.1).
    pub deployed_after: Option<Vec<Spanned<ModuleName>>>,
    pub hooks: Vec<Hook>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Requires {
    pub span: Span,
    pub name: Spanned<RequiredName>,
    pub list: Option<Spanned<String>>,
    pub group: Option<Spanned<String>>,
    pub properties: Values,
    pub parameters: Values,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Provides {
    pub span: Span,
    pub name: Spanned<ProvidedName>,
    /// With the schema's default filled in: true in schema 2, false in schema 3.
    pub public: bool,
    /// Added by the reader because the author gave no entry of the module's own name.
    pub implicit: bool,
    pub properties: Values,
    pub parameters: Values,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub span: Span,
    pub name: Spanned<ResourceName>,
    /// `type`; a resource without one is no service, only a set of properties.
    pub kind: Option<Spanned<String>>,
    pub description: Option<Spanned<String>>,
    pub properties: Values,
    pub parameters: Values,
    pub active: bool,
    pub optional: bool,
    pub requires: Vec<Requires>,
    pub processed_after: Vec<Spanned<ResourceName>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    pub span: Span,
    pub name: Spanned<HookName>,
    pub kind: Spanned<String>,
    pub phases: Vec<Spanned<String>>,
    pub parameters: Map,
    /// Flags of its parameters: the build tool heeds them, the deploy service does not.
    pub metadata: BTreeMap<String, Metadata>,
    pub requires: Vec<Requires>,
}

/// An extension descriptor: what it adds to, and changes in, the descriptor with the ID it `extends`.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    pub file: FileId,
    pub schema: Spanned<SchemaVersion>,
    pub id: Spanned<MtaId>,
    pub extends: Spanned<MtaId>,
    pub modules: Vec<ModulePatch>,
    pub resources: Vec<ResourcePatch>,
    pub parameters: Map,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ModulePatch {
    pub span: Span,
    pub name: Spanned<ModuleName>,
    pub properties: Map,
    pub parameters: Map,
    pub requires: Vec<DependencyPatch>,
    pub provides: Vec<DependencyPatch>,
    pub hooks: Vec<HookPatch>,
}

/// An entry of `requires` or `provides` in an extension.
#[derive(Clone, Debug, PartialEq)]
pub struct DependencyPatch {
    pub span: Span,
    pub name: Spanned<String>,
    pub properties: Map,
    pub parameters: Map,
}

#[derive(Clone, Debug, PartialEq)]
pub struct HookPatch {
    pub span: Span,
    pub name: Spanned<HookName>,
    pub parameters: Map,
    pub requires: Vec<DependencyPatch>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ResourcePatch {
    pub span: Span,
    pub name: Spanned<ResourceName>,
    pub properties: Map,
    pub parameters: Map,
    pub active: Option<bool>,
    pub optional: Option<bool>,
    pub requires: Vec<DependencyPatch>,
}

/// What a text turned out to be: known by its content (the key `extends`), not by its name.
#[derive(Clone, Debug, PartialEq)]
pub enum Document {
    Descriptor(Box<Descriptor>),
    Extension(Box<Extension>),
}
