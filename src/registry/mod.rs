//! What deployments publish for each other, what asks for it, and who follows changes.
//!
//! Only the vocabulary and the meaning of a match live here; the rows live in [`crate::store`]. Rules: reference
//! `configuration-registry.md`.

pub mod interchange;
pub mod matching;

use crate::name::{ModuleName, MtaId, ResourceName};
use crate::target::Space;
use crate::tree::{Map, Value};
use crate::version::VersionRange;

/// One application in one place: what locks, labels and stored rows are keyed by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeploymentId {
    pub mta: MtaId,
    pub namespace: Option<String>,
    pub space: Space,
}

impl std::fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{namespace}:{}", self.mta),
            None => write!(f, "{}", self.mta),
        }
    }
}

/// A configuration entry.
///
/// Identity: (nid, id, version, org, space, namespace or ''). Order of answers: by row id, which is order of publication.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Row id; `None` before it was stored.
    pub row: Option<i64>,
    pub provider_nid: Option<String>,
    /// `<MTA ID>:<name in provides>` for what deployments publish.
    pub provider_id: String,
    /// Completed to three numbers where possible.
    pub provider_version: Option<String>,
    pub provider_namespace: Option<String>,
    pub target: Space,
    /// A JSON value; `None` for an entry without content.
    pub content: Option<Value>,
    /// `None`: readable in every space of its own org. Empty: readable by nobody else.
    pub visibility: Option<Vec<Space>>,
    /// The module that publishes it; known for entries that windlass published.
    pub module: Option<ModuleName>,
}

/// What one `type: configuration` resource asks for. Every part that is present must accept.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    pub provider_nid: Option<String>,
    pub provider_id: Option<String>,
    pub version: Option<VersionRange>,
    pub namespace: NamespaceFilter,
    /// `*` in either half takes any. Always present: the operation's own space when the resource names none.
    pub target: Space,
    /// Every key must be at the top level of the content with an equal value.
    pub content: Map,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceFilter {
    Any,
    /// Only entries without a namespace (`provider-namespace: default`).
    Without,
    Named(String),
}

/// A question to the registry: the filter, and the space from which the entry must be visible.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub resource: ResourceName,
    pub filter: Filter,
    pub viewer: Space,
}

/// A module that wants its environment renewed when the answer to its question changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub subscriber: DeploymentId,
    pub module: ModuleName,
    pub resource: ResourceName,
    pub filter: Filter,
    /// A one-module, one-resource descriptor as JSON in the descriptor's own shape, placeholders closed, references to
    /// other things closed, references to `resource` open. Renewing runs lookup → bind → environment on it.
    pub fragment: String,
}

/// Entries before and after a plan: what subscribers are matched against. Entries that did not change are left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntryChanges {
    /// Added, or updated with another content or visibility: as they will be.
    pub published: Vec<Entry>,
    /// What the updated ones were before.
    pub replaced: Vec<Entry>,
    pub retracted: Vec<Entry>,
}
