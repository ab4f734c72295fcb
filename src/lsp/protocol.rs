//! The shapes of the protocol that have a structure of their own, as version 3.17 of its specification has them.
//!
//! Only what is read or written here. The packages that have all of it are out of care or several times as large as this
//! whole room.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    pub line: u32,
    pub character: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    pub start: Position,
    pub end: Position,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    pub uri: String,
    pub range: Range,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextEdit {
    pub range: Range,
    pub new_text: String,
}

#[derive(Debug, Deserialize)]
pub struct DocumentId {
    pub uri: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnDocument {
    pub text_document: DocumentId,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtPosition {
    pub text_document: DocumentId,
    pub position: Position,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InRange {
    pub text_document: DocumentId,
    pub range: Range,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rename {
    pub text_document: DocumentId,
    pub position: Position,
    pub new_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct References {
    pub text_document: DocumentId,
    pub position: Position,
    pub context: ReferenceContext,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferenceContext {
    pub include_declaration: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Opened {
    pub text_document: OpenedDocument,
}

#[derive(Debug, Deserialize)]
pub struct OpenedDocument {
    pub uri: String,
    pub version: i32,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    pub text_document: VersionedDocument,
    pub content_changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
pub struct VersionedDocument {
    pub uri: String,
    /// Older editors may leave it out, or send null.
    pub version: Option<i32>,
}

/// Without a range, the whole text is new.
#[derive(Debug, Deserialize)]
pub struct Change {
    pub range: Option<Range>,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pull {
    pub text_document: DocumentId,
    pub previous_result_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PullAll {
    #[serde(default)]
    pub previous_result_ids: Vec<PreviousResult>,
}

#[derive(Debug, Deserialize)]
pub struct PreviousResult {
    pub uri: String,
    pub value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Actions {
    pub text_document: DocumentId,
    pub range: Range,
    pub context: ActionContext,
}

#[derive(Debug, Deserialize)]
pub struct ActionContext {
    pub only: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub struct Search {
    pub query: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Format {
    pub text_document: DocumentId,
    pub options: FormatOptions,
}

/// What a client may ask of whitespace. What it does not ask for stays.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormatOptions {
    #[serde(default)]
    pub trim_trailing_whitespace: bool,
    #[serde(default)]
    pub insert_final_newline: bool,
    #[serde(default)]
    pub trim_final_newlines: bool,
}

#[derive(Debug, Deserialize)]
pub struct Execute {
    pub command: String,
    #[serde(default)]
    pub arguments: Vec<serde_json::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Initialize {
    pub process_id: Option<u32>,
    pub root_uri: Option<String>,
    pub root_path: Option<String>,
    pub workspace_folders: Option<Vec<Folder>>,
    pub capabilities: serde_json::Value,
    pub initialization_options: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
pub struct Folder {
    pub uri: String,
}

#[derive(Debug, Deserialize)]
pub struct FoldersChanged {
    pub event: FoldersEvent,
}

#[derive(Debug, Deserialize)]
pub struct FoldersEvent {
    pub added: Vec<Folder>,
    pub removed: Vec<Folder>,
}
