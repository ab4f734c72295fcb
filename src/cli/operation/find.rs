//! Which operation is meant: an id, the beginning of one, or `latest`.

use crate::cli::exit::{Exit, Failure};
use crate::operation::{Operation, OperationId};
use crate::store::{Store, Which};

/// The newest one.
pub const LATEST: &str = "latest";

/// The operation of an id; `None` when it was forgotten.
pub fn by_id(store: &Store, id: &OperationId) -> Result<Option<Operation>, Failure> {
    Ok(store.operations_like(id.as_str())?.into_iter().find(|operation| operation.id == *id))
}

/// Finds the operation that a word of the command line means.
pub fn find(store: &Store, word: &str) -> Result<Operation, Failure> {
    let list = "`windlass operation ls` lists what there is";
    if word == LATEST {
        let newest = store.operations(&Which { deployment: None, last: Some(1) })?.pop();
        return newest.ok_or_else(|| {
            Failure::new(Exit::Usage, "there is no operation yet").next("`windlass deploy` begins one")
        });
    }
    let word = word.to_ascii_lowercase();
    if word.is_empty() || !word.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(Failure::new(Exit::Usage, format!("`{}` is no id of an operation", word.escape_debug()))
            .why("an id has eight hexadecimal digits; its beginning will do, and `latest` is the newest one")
            .next(list));
    }
    let mut found = store.operations_like(&word)?;
    match found.len() {
        0 => Err(Failure::new(Exit::Usage, format!("there is no operation `{word}`")).next(list)),
        1 => Ok(found.remove(0)),
        _ => {
            let names = found.iter().take(5).map(|one| format!("{} ({} {})", one.id, one.kind.word(), one.deployment));
            Err(Failure::new(Exit::Usage, format!("`{word}` is the beginning of {} operations", found.len()))
                .why(names.collect::<Vec<_>>().join(", "))
                .next("write one more digit"))
        }
    }
}
