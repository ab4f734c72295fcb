//! What was done: operations with their steps and events, and each start of a container.
//!
//! An operation is written down before it acts ([`Store::begin`]), then followed by a [`super::Journal`]. Whose process has died
//! without a word is interrupted, for every reader: nobody has to be asked to clean up.

use super::error::Trouble;
use super::lock::held_by_the_living;
use super::rows::{deployment, key_of, sealed_bytes};
use super::{Store, StoreError, process};
use crate::name::ModuleName;
use crate::operation::{Kind, Operation, OperationId, Owner, Started, State, StepRecord, StepState, Told};
use crate::registry::DeploymentId;
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Raised when the sealed parts mean something else.
const FORMAT: u32 = 1;

/// An operation that is about to begin.
#[derive(Debug)]
pub struct Begun<'a> {
    pub id: &'a OperationId,
    pub deployment: &'a DeploymentId,
    pub kind: Kind,
    /// The version after it.
    pub version: Option<&'a str>,
    pub repeats: Option<&'a OperationId>,
    /// What it was told to do. May hold secrets: it is kept sealed.
    pub order: &'a str,
    /// Its plan, masked, as JSON.
    pub plan: &'a str,
    /// Subject and verb of each step, by its number.
    pub steps: &'a [(usize, String, &'static str)],
}

/// Which operations are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Which<'a> {
    pub deployment: Option<&'a DeploymentId>,
    /// So many, the newest ones.
    pub last: Option<usize>,
}

impl Store {
    /// Writes down that an operation begins, with everything needed to do it again, and all its steps. Whatever was running on
    /// the deployment has died, since the caller holds its lock: it is interrupted from now on.
    pub fn begin(&self, begun: &Begun<'_>) -> Result<(), StoreError> {
        let seal = self.seal()?;
        let id = begun.id.as_str();
        let order = seal.close(begun.order.as_bytes(), &["order", id]);
        let plan = seal.close(begun.plan.as_bytes(), &["plan", id]);
        let pid = std::process::id();
        let started = process::started(pid).unwrap_or_default();
        self.write(|transaction| {
            interrupt(transaction, begun.deployment)?;
            let [mta, namespace, org, space] = key_of(begun.deployment);
            transaction.execute(
                "INSERT INTO operation (id, mta, namespace, org, space, kind, state, outcome, began, ended, owner, host, \
                 pid, process, version, revision, repeats, format, order_, plan, number) VALUES (?1, ?2, ?3, ?4, ?5, ?6, \
                 ?7, '', ?8, NULL, ?9, ?10, ?11, ?12, ?13, NULL, ?14, ?15, ?16, ?17, \
                 (SELECT coalesce(max(number), 0) + 1 FROM operation))",
                params![
                    id,
                    mta,
                    namespace,
                    org,
                    space,
                    begun.kind.word(),
                    State::Running.word(),
                    process::now_in_millis(),
                    process::owner(),
                    process::host(),
                    pid,
                    started,
                    begun.version.unwrap_or_default(),
                    begun.repeats.map(OperationId::as_str).unwrap_or_default(),
                    FORMAT,
                    order,
                    plan
                ],
            )?;
            let mut step = transaction.prepare_cached(
                "INSERT INTO operation_step (operation, step, subject, doing, state, detail) VALUES (?1, ?2, ?3, ?4, ?5, '')",
            )?;
            for (number, subject, doing) in begun.steps {
                step.execute(params![id, *number as i64, subject, doing, StepState::Pending.word()])?;
            }
            Ok(())
        })
    }

    /// The operations that are asked for, the newest first.
    pub fn operations(&self, wanted: &Which<'_>) -> Result<Vec<Operation>, StoreError> {
        let last = wanted.last.and_then(|last| i64::try_from(last).ok()).unwrap_or(-1);
        self.read(|transaction| {
            let (condition, key) = match wanted.deployment {
                Some(deployment) => ("mta = ?2 AND namespace = ?3 AND org = ?4 AND space = ?5", key_of(deployment)),
                None => ("?2 = ?3 AND ?4 = ?5", [""; 4]),
            };
            let sql = format!("SELECT {COLUMNS} FROM operation WHERE {condition} ORDER BY number DESC LIMIT ?1");
            let [mta, namespace, org, space] = key;
            let mut statement = transaction.prepare_cached(&sql)?;
            let mut rows = statement.query(params![last, mta, namespace, org, space])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(operation(transaction, row)?);
            }
            Ok(found)
        })
    }

    /// The operations whose id begins so, the newest first.
    pub fn operations_like(&self, beginning: &str) -> Result<Vec<Operation>, StoreError> {
        self.read(|transaction| {
            let sql = format!("SELECT {COLUMNS} FROM operation WHERE substr(id, 1, ?2) = ?1 ORDER BY number DESC");
            let mut statement = transaction.prepare_cached(&sql)?;
            let length = i64::try_from(beginning.chars().count()).unwrap_or(i64::MAX);
            let mut rows = statement.query(params![beginning, length])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(operation(transaction, row)?);
            }
            Ok(found)
        })
    }

    /// What an operation was told to do.
    pub fn order_of(&self, id: &OperationId) -> Result<Option<String>, StoreError> {
        self.sealed_part(id, "order", "order_")
    }

    /// The plan of an operation, as JSON.
    pub fn plan_of(&self, id: &OperationId) -> Result<Option<String>, StoreError> {
        self.sealed_part(id, "plan", "plan")
    }

    fn sealed_part(&self, id: &OperationId, what: &str, column: &str) -> Result<Option<String>, StoreError> {
        let seal = self.seal()?;
        self.read(|transaction| {
            let sql = format!("SELECT format, {column} FROM operation WHERE id = ?1");
            let row = transaction
                .query_row(&sql, [id.as_str()], |row| Ok((row.get::<_, u32>(0)?, sealed_bytes(row, 1)?)))
                .optional()?;
            let Some((format, sealed)) = row else { return Ok(None) };
            if format > FORMAT {
                return Err(Trouble::Row(format!(
                    "operation {id} was recorded by a newer windlass (format {format}, this one knows {FORMAT})"
                )));
            }
            let opened = seal.open(&sealed, &[what, id.as_str()]).and_then(|bytes| String::from_utf8(bytes).ok());
            opened.map(Some).ok_or_else(|| Trouble::Tampered(format!("the {what} of operation {id}")))
        })
    }

    /// In the order of the plan.
    pub fn steps_of(&self, id: &OperationId) -> Result<Vec<StepRecord>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT step, subject, doing, state, detail, began, ended FROM operation_step WHERE operation = ?1 \
                 ORDER BY step",
            )?;
            let mut rows = statement.query([id.as_str()])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let word: String = row.get(3)?;
                let state = StepState::of_word(&word).ok_or_else(|| unknown("state of a step", &word))?;
                found.push(StepRecord {
                    step: usize::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
                    subject: row.get(1)?,
                    doing: row.get(2)?,
                    state,
                    detail: row.get(4)?,
                    began: row.get(5)?,
                    ended: row.get(6)?,
                });
            }
            Ok(found)
        })
    }

    /// The events of an operation behind the one with the number `after` (0: all of them), in their order.
    pub fn events_of(&self, id: &OperationId, after: u64) -> Result<Vec<Told>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT number, at, event, lines FROM operation_event WHERE operation = ?1 AND number > ?2 ORDER BY number",
            )?;
            let after = i64::try_from(after).unwrap_or(i64::MAX);
            let told = statement.query_map(params![id.as_str(), after], |row| {
                Ok(Told {
                    number: u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default(),
                    at: row.get(1)?,
                    json: row.get(2)?,
                    lines: lines(&row.get::<_, String>(3)?),
                })
            })?;
            Ok(told.collect::<Result<_, _>>()?)
        })
    }

    /// Every start of a container of the module, the newest first.
    pub fn starts(&self, id: &DeploymentId, module: &ModuleName) -> Result<Vec<Started>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT mta, namespace, org, space, module, instance, container, operation, at, cause FROM container_start \
                 WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 AND module = ?5 ORDER BY at DESC, id DESC",
            )?;
            let [mta, namespace, org, space] = key_of(id);
            let rows = statement.query_map(params![mta, namespace, org, space, module.as_str()], |row| {
                Ok(Started {
                    deployment: deployment(row, 0)?,
                    module: ModuleName::new(row.get::<_, String>(4)?),
                    instance: row.get(5)?,
                    container: row.get(6)?,
                    operation: OperationId::new(row.get::<_, String>(7)?),
                    at: row.get(8)?,
                    cause: row.get(9)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The modules of a deployment of which a start is known.
    pub fn modules_started(&self, id: &DeploymentId) -> Result<Vec<ModuleName>, StoreError> {
        self.read(|transaction| {
            let mut statement = transaction.prepare_cached(
                "SELECT DISTINCT module FROM container_start WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 \
                 ORDER BY module",
            )?;
            let rows = statement.query_map(key_of(id), |row| Ok(ModuleName::new(row.get::<_, String>(0)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Gives an operation up that nobody is at any more. `false`: it is not open (any more).
    pub fn give_up(&self, id: &OperationId) -> Result<bool, StoreError> {
        self.write(|transaction| {
            let found = like(transaction, id)?;
            if !found.is_some_and(|operation| operation.is_open()) {
                return Ok(false);
            }
            transaction.execute(
                "UPDATE operation SET state = ?2, ended = coalesce(ended, ?3) WHERE id = ?1",
                params![id.as_str(), State::Aborted.word(), process::now_in_millis()],
            )?;
            end_steps(transaction, id.as_str())?;
            Ok(true)
        })
    }
}

/// The columns that [`operation`] reads, in its order.
const COLUMNS: &str = "mta, namespace, org, space, id, kind, state, outcome, began, ended, owner, host, pid, process, \
                       version, revision, repeats";

fn operation(connection: &Connection, row: &Row<'_>) -> Result<Operation, Trouble> {
    let (kind, state): (String, String) = (row.get(5)?, row.get(6)?);
    let present = |text: String| if text.is_empty() { None } else { Some(text) };
    let mut operation = Operation {
        deployment: deployment(row, 0)?,
        id: OperationId::new(row.get::<_, String>(4)?),
        kind: Kind::of_word(&kind).ok_or_else(|| unknown("kind of an operation", &kind))?,
        state: State::of_word(&state).ok_or_else(|| unknown("state of an operation", &state))?,
        outcome: row.get(7)?,
        began: row.get(8)?,
        ended: row.get(9)?,
        owner: Owner { user: row.get(10)?, host: row.get(11)?, pid: row.get(12)?, process: row.get(13)? },
        version: present(row.get(14)?),
        revision: row.get::<_, Option<i64>>(15)?.and_then(|revision| u64::try_from(revision).ok()),
        repeats: present(row.get(16)?).map(OperationId::new),
    };
    if operation.state == State::Running && !lives(connection, &operation)? {
        operation.state = State::Interrupted;
    }
    Ok(operation)
}

fn unknown(what: &str, word: &str) -> Trouble {
    Trouble::Row(format!("`{word}` is no {what} that this windlass knows"))
}

/// Whether somebody is at it. On another machine only the lock tells, which beats as long as its holder does.
fn lives(connection: &Connection, operation: &Operation) -> Result<bool, Trouble> {
    let Owner { host, pid, process, .. } = &operation.owner;
    if *host == process::host() && !process.is_empty() {
        return Ok(process::started(*pid).is_some_and(|started| started == *process));
    }
    Ok(held_by_the_living(connection, &operation.deployment)?)
}

fn like(connection: &Connection, id: &OperationId) -> Result<Option<Operation>, Trouble> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM operation WHERE id = ?1"))?;
    let mut rows = statement.query([id.as_str()])?;
    rows.next()?.map(|row| operation(connection, row)).transpose()
}

/// Marks what was running on a deployment as interrupted.
fn interrupt(connection: &Connection, deployment: &DeploymentId) -> Result<(), Trouble> {
    let [mta, namespace, org, space] = key_of(deployment);
    let mut statement = connection.prepare_cached(
        "SELECT id FROM operation WHERE mta = ?1 AND namespace = ?2 AND org = ?3 AND space = ?4 AND state = ?5",
    )?;
    let ids = statement.query_map(params![mta, namespace, org, space, State::Running.word()], |row| row.get(0))?;
    for id in ids.collect::<Result<Vec<String>, _>>()? {
        let sql = "UPDATE operation SET state = ?2, outcome = ?2, \
                   ended = (SELECT max(at) FROM operation_event WHERE operation = ?1) WHERE id = ?1";
        connection.execute(sql, params![id, State::Interrupted.word()])?;
        end_steps(connection, &id)?;
    }
    Ok(())
}

/// What has not begun never will.
fn end_steps(connection: &Connection, id: &str) -> Result<(), Trouble> {
    let sql = "UPDATE operation_step SET state = ?2 WHERE operation = ?1 AND state = ?3";
    connection.execute(sql, params![id, StepState::Skipped.word(), StepState::Pending.word()])?;
    Ok(())
}

/// Who and what, as a column holds them.
pub(super) fn lines_text(lines: &[(String, String)]) -> String {
    let line =
        |(who, what): &(String, String)| format!("{}\t{}", who.replace(['\t', '\n'], " "), what.replace('\n', "\u{b}"));
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn lines(text: &str) -> Vec<(String, String)> {
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    pairs.map(|(who, what)| (who.to_owned(), what.replace('\u{b}', "\n"))).collect()
}
