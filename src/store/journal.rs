//! Following an operation while it works: its steps, its events, the containers that it starts, its end.
//!
//! With a connection of its own, which asks less of the disk than the store's: what is written is whole after the process
//! is killed; a power failure may take the last events, never the record of what is deployed. It waits for others a moment
//! and no longer: an operation must not stand still because its story cannot be told.

use super::error::Trouble;
use super::operations::lines_text;
use super::rows::key_of;
use super::{Access, Store, StoreError, open, process};
use crate::operation::{OperationId, Started, State, StepState};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How long other writers are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Journal {
    connection: Connection,
    path: PathBuf,
    operation: OperationId,
    /// Of the last event.
    number: i64,
}

/// One thing to be written down.
#[derive(Clone, Debug)]
pub enum Note {
    Event { at: SystemTime, json: String, lines: Vec<(String, String)> },
    StepBegan { at: SystemTime, step: usize },
    StepEnded { at: SystemTime, step: usize, state: StepState, detail: String },
    Started { at: SystemTime, started: Box<Started> },
    Ended { at: SystemTime, state: State, outcome: &'static str },
}

impl Store {
    /// Opens the journal of an operation that has begun.
    pub fn journal(&self, operation: &OperationId) -> Result<Journal, StoreError> {
        let connection = open::connect(&self.path, Access::Write)?;
        let set = connection
            .pragma_update(None, "synchronous", "NORMAL")
            .and_then(|()| connection.busy_timeout(PATIENCE))
            .map_err(|error| Trouble::from(error).at(&self.path));
        set?;
        Ok(Journal { connection, path: self.path.clone(), operation: operation.clone(), number: 0 })
    }
}

impl Journal {
    /// Writes all of it, or nothing.
    pub fn write(&mut self, notes: &[Note]) -> Result<(), StoreError> {
        let before = self.number;
        let written = self.try_write(notes);
        written.map_err(|trouble| {
            self.number = before;
            trouble.at(&self.path)
        })
    }

    fn try_write(&mut self, notes: &[Note]) -> Result<(), Trouble> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for note in notes {
            write(&transaction, self.operation.as_str(), &mut self.number, note)?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn write(transaction: &Transaction<'_>, operation: &str, number: &mut i64, note: &Note) -> Result<(), Trouble> {
    match note {
        Note::Event { at, json, lines } => {
            *number += 1;
            let sql = "INSERT INTO operation_event (operation, number, at, event, lines) VALUES (?1, ?2, ?3, ?4, ?5)";
            let values = params![operation, *number, process::in_millis(*at), json, lines_text(lines)];
            transaction.prepare_cached(sql)?.execute(values)?;
        }
        Note::StepBegan { at, step } => {
            let sql = "UPDATE operation_step SET state = ?3, began = ?4 WHERE operation = ?1 AND step = ?2";
            let values = params![operation, *step as i64, StepState::Running.word(), process::in_millis(*at)];
            transaction.prepare_cached(sql)?.execute(values)?;
        }
        Note::StepEnded { at, step, state, detail } => {
            let sql =
                "UPDATE operation_step SET state = ?3, detail = ?4, ended = ?5 WHERE operation = ?1 AND step = ?2";
            let values = params![operation, *step as i64, state.word(), detail, process::in_millis(*at)];
            transaction.prepare_cached(sql)?.execute(values)?;
        }
        Note::Started { at, started } => {
            let [mta, namespace, org, space] = key_of(&started.deployment);
            let sql = "INSERT INTO container_start (mta, namespace, org, space, module, instance, container, operation, at, \
                       cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
            transaction.prepare_cached(sql)?.execute(params![
                mta,
                namespace,
                org,
                space,
                started.module.as_str(),
                started.instance,
                started.container,
                operation,
                process::in_millis(*at),
                started.cause
            ])?;
        }
        Note::Ended { at, state, outcome } => {
            // Its own revision, if it has made one: of a subscriber's the subscriber's history tells.
            let sql = "UPDATE operation SET state = ?2, outcome = ?3, ended = ?4, revision = (SELECT max(r.revision) FROM \
                       revision r WHERE r.operation = ?1 AND r.mta = operation.mta AND r.namespace = operation.namespace \
                       AND r.org = operation.org AND r.space = operation.space) WHERE id = ?1";
            let values = params![operation, state.word(), outcome, process::in_millis(*at)];
            transaction.prepare_cached(sql)?.execute(values)?;
        }
    }
    Ok(())
}
