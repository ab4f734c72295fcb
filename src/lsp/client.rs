//! What the editor at the other end can do.

use super::position::Encoding;
use super::protocol::Initialize;
use serde_json::Value;

/// The parts of a client's capabilities that make a difference here. What it does not say it cannot do.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub encoding: Encoding,
    /// It asks for diagnostics; then none are sent unasked, for it would show both.
    pub pulls: bool,
    pub refreshes_diagnostics: bool,
    pub hierarchical_symbols: bool,
    pub document_changes: bool,
    pub action_literals: bool,
    pub watches_files: bool,
    pub related_information: bool,
}

impl Client {
    pub fn of(initialize: &Initialize) -> Client {
        let all = &initialize.capabilities;
        let can = |path: &str| all.pointer(path).and_then(Value::as_bool).unwrap_or(false);
        let has = |path: &str| all.pointer(path).is_some_and(|value| !value.is_null());
        let offered = all.pointer("/general/positionEncodings").and_then(Value::as_array);
        let offered: Vec<String> =
            offered.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        Client {
            encoding: Encoding::agreed(&offered),
            pulls: has("/textDocument/diagnostic"),
            refreshes_diagnostics: can("/workspace/diagnostics/refreshSupport"),
            hierarchical_symbols: can("/textDocument/documentSymbol/hierarchicalDocumentSymbolSupport"),
            document_changes: can("/workspace/workspaceEdit/documentChanges"),
            action_literals: has("/textDocument/codeAction/codeActionLiteralSupport"),
            watches_files: can("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            related_information: can("/textDocument/publishDiagnostics/relatedInformation"),
        }
    }
}
