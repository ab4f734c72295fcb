//! What this server offers.

use super::client::Client;
use super::command::{EXPLAIN, SHOW_RESOLVED};
use super::tokens::LEGEND;
use serde_json::{Value, json};

/// The kind of the action that applies all safe fixes.
pub const FIX_ALL: &str = "source.fixAll.windlass";

pub fn capabilities(client: &Client) -> Value {
    json!({
        "positionEncoding": client.encoding.name(),
        "textDocumentSync": {"openClose": true, "change": 2, "save": {"includeText": false}},
        "diagnosticProvider": {
            "identifier": "windlass",
            "interFileDependencies": true,
            "workspaceDiagnostics": true,
        },
        "hoverProvider": true,
        "definitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "documentSymbolProvider": true,
        "workspaceSymbolProvider": true,
        "completionProvider": {"triggerCharacters": ["{", "/", " ", "-", "\n"], "resolveProvider": false},
        "renameProvider": {"prepareProvider": true},
        "codeActionProvider": {"codeActionKinds": ["quickfix", FIX_ALL], "resolveProvider": false},
        "inlayHintProvider": true,
        "documentLinkProvider": {"resolveProvider": false},
        "foldingRangeProvider": true,
        "documentFormattingProvider": true,
        "semanticTokensProvider": {
            "legend": {"tokenTypes": LEGEND, "tokenModifiers": []},
            "full": true,
            "range": true,
        },
        "executeCommandProvider": {"commands": [EXPLAIN, SHOW_RESOLVED]},
        "workspace": {"workspaceFolders": {"supported": true, "changeNotifications": true}},
    })
}
