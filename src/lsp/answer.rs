//! One request, one answer. Each is a function of the family that the document belongs to; what is not ours has none.

use super::actions::{actions, fix_all};
use super::capabilities::FIX_ALL;
use super::command::{self, EXPLAIN, SHOW_RESOLVED};
use super::complete::complete;
use super::definition::{Declaration, definition, highlights, references};
use super::family::Family;
use super::folding::{Fold, folds};
use super::format::format;
use super::hover::hover;
use super::inlay::hints;
use super::links::links;
use super::protocol::{
    Actions, AtPosition, DocumentId, Execute, Format, InRange, OnDocument, Position, Pull, PullAll, References, Rename,
    Search,
};
use super::publish;
use super::rename;
use super::server::{INVALID_PARAMS, METHOD_NOT_FOUND, REQUEST_FAILED, Server};
use super::symbols::{self, symbols};
use super::tokens::tokens;
use super::wording::Wording;
use super::workspace::Workspace;
use crate::report::hidden::Hidden;
use crate::source::FileId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::rc::Rc;

/// Why a request has no result.
pub struct Refusal {
    pub code: i32,
    pub message: String,
}

type Answer = Result<Value, Refusal>;

pub fn answer(server: &mut Server, method: &str, params: Value) -> Answer {
    match method {
        "textDocument/diagnostic" => pull(server, params),
        "workspace/diagnostic" => pull_all(server, params),
        "textDocument/hover" => at(server, params, |asked| {
            let hidden = Hidden::of(&asked.family.written);
            hover(asked.family, asked.file, asked.offset).map(|hover| {
                let contents = json!({"kind": "markdown", "value": hidden.over(&hover.markdown)});
                json!({"contents": contents, "range": asked.wording.range(hover.at)})
            })
        }),
        "textDocument/definition" => at(server, params, |asked| {
            let places = definition(asked.family, asked.file, asked.offset);
            Some(json!(places.into_iter().map(|place| asked.wording.location(place)).collect::<Vec<_>>()))
        }),
        "textDocument/references" => {
            let References { text_document, position, context } = parsed(params)?;
            let declaration = if context.include_declaration { Declaration::Included } else { Declaration::LeftOut };
            at_position(server, &text_document, position, |asked| {
                let places = references(asked.family, asked.file, asked.offset, declaration);
                Some(json!(places.into_iter().map(|place| asked.wording.location(place.at)).collect::<Vec<_>>()))
            })
        }
        "textDocument/documentHighlight" => at(server, params, |asked| {
            let places = highlights(asked.family, asked.file, asked.offset);
            Some(json!(places.into_iter().map(|place| asked.wording.highlight(place)).collect::<Vec<_>>()))
        }),
        "textDocument/documentSymbol" => document(server, params, |family, file, wording| {
            let symbols = symbols(family, file);
            if wording.client.hierarchical_symbols {
                return json!(symbols.iter().map(|symbol| wording.symbol(symbol)).collect::<Vec<_>>());
            }
            let mut flat = Vec::new();
            wording.flat_symbols(&symbols, "", &mut flat);
            json!(flat)
        }),
        "workspace/symbol" => search(server, params),
        "textDocument/completion" => completion(server, params),
        "textDocument/prepareRename" => {
            let AtPosition { text_document, position } = parsed(params)?;
            try_at(server, &text_document, position, |asked| {
                let (at, name) = rename::prepare(asked.family, asked.file, asked.offset)?;
                Ok(json!({"range": asked.wording.range(at), "placeholder": name}))
            })
        }
        "textDocument/rename" => renamed(server, params),
        "textDocument/codeAction" => code_actions(server, params),
        "textDocument/inlayHint" => in_range(server, params, |family, file, range, wording| {
            let hidden = Hidden::of(&family.written);
            json!(hints(family, file, range).iter().map(|hint| wording.hint(file, hint, &hidden)).collect::<Vec<_>>())
        }),
        "textDocument/documentLink" => document(server, params, |family, file, wording| {
            let links = links(family, file);
            json!(
                links
                    .iter()
                    .map(|link| json!({"range": wording.range(link.at), "target": link.target}))
                    .collect::<Vec<_>>()
            )
        }),
        "textDocument/foldingRange" => document(server, params, |family, file, _| {
            let folds = folds(family, file).into_iter().map(|(first, last, fold)| {
                let kind = match fold {
                    Fold::Region => "region",
                    Fold::Comment => "comment",
                };
                json!({"startLine": first, "endLine": last, "kind": kind})
            });
            json!(folds.collect::<Vec<_>>())
        }),
        "textDocument/semanticTokens/full" => document(server, params, |family, file, wording| {
            wording.tokens(&tokens(family, file, 0..family.text(file).len()))
        }),
        "textDocument/semanticTokens/range" => {
            in_range(server, params, |family, file, range, wording| wording.tokens(&tokens(family, file, range)))
        }
        "textDocument/formatting" => {
            let Format { text_document, options } = parsed(params)?;
            of_document(server, &text_document, |family, file, wording| {
                let edits = format(family, file, options);
                json!(edits.iter().map(|(at, text)| wording.edit(*at, text)).collect::<Vec<_>>())
            })
        }
        "workspace/executeCommand" => execute(server, params),
        _ => Err(Refusal { code: METHOD_NOT_FOUND, message: format!("`{method}` is nothing that windlass does") }),
    }
}

/// A question about a place in a document.
struct Asked<'a> {
    family: &'a Family,
    file: FileId,
    offset: usize,
    wording: Wording<'a>,
}

fn parsed<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| Refusal { code: INVALID_PARAMS, message: error.to_string() })
}

fn family_of(server: &mut Server, document: &DocumentId) -> Option<(Rc<Family>, FileId)> {
    let name = Workspace::name(&document.uri);
    let family = server.workspace.family(&name)?;
    let file = family.file(&name)?;
    Some((family, file))
}

fn at(server: &mut Server, params: Value, answer: impl FnOnce(&Asked<'_>) -> Option<Value>) -> Answer {
    let AtPosition { text_document, position } = parsed(params)?;
    at_position(server, &text_document, position, answer)
}

fn at_position(
    server: &mut Server,
    document: &DocumentId,
    position: Position,
    answer: impl FnOnce(&Asked<'_>) -> Option<Value>,
) -> Answer {
    let Some((family, file)) = family_of(server, document) else { return Ok(Value::Null) };
    let wording = Wording { family: &family, workspace: &server.workspace, client: &server.client };
    let offset = family.lines(file).offset(family.text(file), position, server.client.encoding);
    Ok(answer(&Asked { family: &family, file, offset, wording }).unwrap_or_default())
}

fn document(server: &mut Server, params: Value, answer: impl FnOnce(&Family, FileId, &Wording<'_>) -> Value) -> Answer {
    let OnDocument { text_document } = parsed(params)?;
    of_document(server, &text_document, answer)
}

fn of_document(
    server: &mut Server,
    document: &DocumentId,
    answer: impl FnOnce(&Family, FileId, &Wording<'_>) -> Value,
) -> Answer {
    let Some((family, file)) = family_of(server, document) else { return Ok(Value::Null) };
    let wording = Wording { family: &family, workspace: &server.workspace, client: &server.client };
    Ok(answer(&family, file, &wording))
}

fn in_range(
    server: &mut Server,
    params: Value,
    answer: impl FnOnce(&Family, FileId, std::ops::Range<usize>, &Wording<'_>) -> Value,
) -> Answer {
    let InRange { text_document, range } = parsed(params)?;
    of_document(server, &text_document, |family, file, wording| {
        answer(family, file, wording.bytes(file, range), wording)
    })
}

/// The same for what may be refused, with a sentence that says why.
fn try_at(
    server: &mut Server,
    document: &DocumentId,
    position: Position,
    answer: impl FnOnce(&Asked<'_>) -> Result<Value, String>,
) -> Answer {
    let mut refused = None;
    let result =
        at_position(server, document, position, |asked| answer(asked).map_err(|message| refused = Some(message)).ok())?;
    match refused {
        Some(message) => Err(Refusal { code: REQUEST_FAILED, message }),
        None => Ok(result),
    }
}

fn completion(server: &mut Server, params: Value) -> Answer {
    let AtPosition { text_document, position } = parsed(params)?;
    let Some((family, file)) = family_of(server, &text_document) else { return Ok(Value::Null) };
    let offset = family.lines(file).offset(family.text(file), position, server.client.encoding);
    let beyond = || server.beyond(&family);
    let items = complete(&family, file, offset, &beyond);
    let wording = Wording { family: &family, workspace: &server.workspace, client: &server.client };
    let hidden = Hidden::of(&family.written);
    let items: Vec<Value> = items.iter().enumerate().map(|(at, item)| wording.completion(item, at, &hidden)).collect();
    Ok(json!({"isIncomplete": false, "items": items}))
}

fn renamed(server: &mut Server, params: Value) -> Answer {
    let Rename { text_document, position, new_name } = parsed(params)?;
    let Some((family, file)) = family_of(server, &text_document) else { return Ok(Value::Null) };
    let offset = family.lines(file).offset(family.text(file), position, server.client.encoding);
    let published = rename::published(&family, file, offset);
    let dependents = published.map(|published| server.workspace.asking_for(&published, &family)).unwrap_or_default();
    try_at(server, &text_document, position, |asked| {
        let edits = rename::rename(asked.family, asked.file, asked.offset, &new_name, &dependents)?;
        Ok(asked.wording.workspace_edit(&edits))
    })
}

fn code_actions(server: &mut Server, params: Value) -> Answer {
    let Actions { text_document, range, context } = parsed(params)?;
    let wanted = |kind: &str| match &context.only {
        None => kind == "quickfix",
        Some(only) => only.iter().any(|only| only.is_empty() || kind == only || kind.starts_with(&format!("{only}."))),
    };
    of_document(server, &text_document, |family, file, wording| {
        let mut found = Vec::new();
        if wanted("quickfix") {
            found.extend(actions(family, file, wording.bytes(file, range)));
        }
        if wanted(FIX_ALL) {
            found.extend(fix_all(family, file));
        }
        let hidden = Hidden::of(&family.written);
        json!(found.iter().filter_map(|action| wording.action(action, &hidden)).collect::<Vec<_>>())
    })
}

fn execute(server: &mut Server, params: Value) -> Answer {
    let Execute { command, arguments } = parsed(params)?;
    let argument = arguments.first().and_then(Value::as_str);
    let argument = argument.ok_or_else(|| Refusal {
        code: INVALID_PARAMS,
        message: format!("`{command}` needs an argument: the code of a finding, or the address of a document"),
    })?;
    let told = match command.as_str() {
        EXPLAIN => command::explain(argument).map(str::to_owned),
        SHOW_RESOLVED => match family_of(server, &DocumentId { uri: argument.to_owned() }) {
            Some((family, file)) => command::resolved(&family, file),
            None => Err(format!("`{argument}` is no descriptor that is at hand.")),
        },
        _ => Err(format!("There is no command `{command}`.")),
    };
    let told = told.map_err(|message| Refusal { code: REQUEST_FAILED, message })?;
    if command == EXPLAIN {
        // Editors throw away what a command returns.
        server.tell("window/showMessage", json!({"type": 3, "message": told}));
    }
    Ok(json!(told))
}

fn pull(server: &mut Server, params: Value) -> Answer {
    let Pull { text_document, previous_result_id } = parsed(params)?;
    let items = match family_of(server, &text_document) {
        Some((family, file)) => publish::items(server, &family).remove(&file).unwrap_or_default(),
        None => Vec::new(),
    };
    Ok(report(&items, previous_result_id.as_deref()))
}

/// The findings of one file, or that they are the same as before.
fn report(items: &[Value], previous: Option<&str>) -> Value {
    let id = format!("{:016x}", publish::digest(&json!(items).to_string()));
    if previous == Some(&id) {
        return json!({"kind": "unchanged", "resultId": id});
    }
    json!({"kind": "full", "resultId": id, "items": items})
}

fn pull_all(server: &mut Server, params: Value) -> Answer {
    let PullAll { previous_result_ids } = parsed(params)?;
    let previous: HashMap<_, _> =
        previous_result_ids.into_iter().map(|one| (Workspace::name(&one.uri), one.value)).collect();
    let mut reports = Vec::new();
    for name in server.workspace.files().cloned().collect::<Vec<_>>() {
        let Some(family) = server.workspace.family(&name) else { continue };
        let Some(file) = family.file(&name) else { continue };
        let items = publish::items(server, &family).remove(&file).unwrap_or_default();
        let mut one = report(&items, previous.get(&name).map(String::as_str));
        one["uri"] = json!(server.workspace.uri(&name));
        one["version"] = json!(server.workspace.version(&name));
        reports.push(one);
    }
    Ok(json!({"items": reports}))
}

fn search(server: &mut Server, params: Value) -> Answer {
    let Search { query } = parsed(params)?;
    let mut found = Vec::new();
    for name in server.workspace.files().cloned().collect::<Vec<_>>() {
        let Some(family) = server.workspace.family(&name) else { continue };
        let Some(file) = family.file(&name) else { continue };
        let wording = Wording { family: &family, workspace: &server.workspace, client: &server.client };
        let symbols = symbols(&family, file);
        let mut matching = Vec::new();
        symbols::matching(&symbols, &query, &mut matching, "");
        found.extend(matching.into_iter().map(|(symbol, around)| wording.symbol_information(symbol, &around)));
        if found.len() >= symbols::MOST {
            break;
        }
    }
    found.truncate(symbols::MOST);
    Ok(json!(found))
}
