//! One operation at a time for each deployment, on whichever machine.
//!
//! Two locks, taken one after the other. The store's ([`crate::store::Lock`]) excludes everyone who works with the same state
//! directory, and knows at once when its holder has died. The engine's excludes everyone else who works on the same
//! engine. It is a chain of marks ([`crate::engine::mark`]): a first one, and after each holder that has died the mark of who took
//! over from it. Who holds the lock is the end of the chain. Each place can be taken once, so of several that want to
//! begin, or to take over, exactly one wins, and there is no moment at which nobody, or anybody, might hold it.
//!
//! A holder is dead when whoever asks has the same state directory (and with it the store's lock, which the holder would
//! still have); else when it has given no sign of life for `STALE` by the engine's clock, and gives none while it is
//! watched for a while by our own: so a clock that jumps, the engine's or ours, makes nobody dead who lives.
//! A mark whose labels the engine has lost names nobody: whoever takes over from nobody is the first.
//!
//! A holder that was asleep for so long and comes back finds that it has been replaced, and stops where it is.
//!
//! Usually this costs three calls: put up, list, take down. What a killed process leaves goes with the next operation.

use super::event::{Awaited, Event, Events};
use super::look::LookError;
use super::stop::Stopper;
use crate::engine::mark::{Holder, Mark, Place};
use crate::engine::{Engine, EngineError, Look};
use crate::registry::DeploymentId;
use crate::store::{Lock, Store, StoreError};
use futures_util::future::join_all;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// After so many seconds without one, a holder may be dead.
const STALE: i64 = 90;

/// How the time goes by, but for tests.
const PACE: Pace = Pace { beat: Duration::from_secs(15), watch: Duration::from_secs(20) };

#[derive(Clone, Copy)]
struct Pace {
    /// Between two signs of life.
    beat: Duration,
    /// A holder that may be dead is watched for so long: more than one beat.
    watch: Duration,
}

/// Each time that somebody else was faster it is tried once more; so many others there are not.
const MOST_TRIES: u32 = 100;

/// As long as this after a sign of life, nobody can have taken over.
const SURE: Duration = Duration::from_secs(60);

/// Who wants to work on a deployment, and for how long they wait for another one to end.
pub(super) struct Claim<'a> {
    pub doing: &'a str,
    pub operation: &'a str,
    pub patience: Duration,
    /// How often is told that it still waits.
    pub heartbeat: Duration,
    pub events: &'a dyn Events,
}

/// Held while an operation works on one deployment. Freed by [`Held::free`]; when that is never called, the store's lock is free
/// as soon as this is dropped, and the engine's counts as that of a dead holder.
pub(super) struct Held<'a, E> {
    engine: &'a E,
    deployment: DeploymentId,
    me: Holder,
    dead: Option<String>,
    life: Mutex<Life>,
    pace: Pace,
    _lock: Lock,
}

struct Life {
    beats: u64,
    /// The last moment at which a sign of life was given for certain.
    sure: Instant,
    lost: Option<Holder>,
}

/// Takes both locks of a deployment, or says who holds one.
pub(super) async fn hold<'a, E: Engine>(
    deployment: &DeploymentId,
    claim: &Claim<'_>,
    store: &Store,
    engine: &'a E,
) -> Result<Held<'a, E>, LookError> {
    let began = Instant::now();
    let mut told: Option<Instant> = None;
    let mut pause = Duration::from_millis(50);
    loop {
        let error = match try_both(deployment, claim, store, engine).await {
            Err(LookError::Store(error @ StoreError::Locked { .. })) => error,
            ended => return ended,
        };
        let Some(left) = claim.patience.checked_sub(began.elapsed()).filter(|left| !left.is_zero()) else {
            return Err(error.into());
        };
        if told.is_none_or(|told| told.elapsed() >= claim.heartbeat) {
            told = Some(Instant::now());
            tell_waiting(claim, &error, began.elapsed());
        }
        tokio::time::sleep(pause.min(left)).await;
        pause = (pause * 2).min(Duration::from_secs(1));
    }
}

#[expect(clippy::disallowed_methods, reason = "events carry the time at which something happened")]
fn tell_waiting(claim: &Claim<'_>, error: &StoreError, elapsed: Duration) {
    let what = format!("its end: {error}");
    let on = vec![Awaited { subject: "lock".to_owned(), what, elapsed }];
    claim.events.tell(SystemTime::now(), &Event::OperationAwaited { on });
}

async fn try_both<'a, E: Engine>(
    deployment: &DeploymentId,
    claim: &Claim<'_>,
    store: &Store,
    engine: &'a E,
) -> Result<Held<'a, E>, LookError> {
    let lock = store.lock(deployment, claim.doing)?;
    let me = Holder {
        token: lock.token().to_owned(),
        state: store.identity()?,
        deployment: deployment.to_string(),
        doing: claim.doing.to_owned(),
        operation: claim.operation.to_owned(),
        owner: lock.owner().to_owned(),
        host: lock.host().to_owned(),
        pid: std::process::id(),
        since: lock.since(),
    };
    let dead = take(engine, deployment, &me, PACE).await?.map(|dead| {
        let Holder { doing, pid, owner, host, .. } = dead;
        format!("{doing}, process {pid} of {owner} on {host}")
    });
    Ok(Held {
        engine,
        deployment: deployment.clone(),
        me,
        dead: lock.taken_over_from().map(str::to_owned).or(dead),
        life: Mutex::new(Life { beats: 0, sure: Instant::now(), lost: None }),
        pace: PACE,
        _lock: lock,
    })
}

/// Takes the engine's lock; returns the dead holder from whom it was taken over.
async fn take<E: Engine>(
    engine: &E,
    deployment: &DeploymentId,
    me: &Holder,
    pace: Pace,
) -> Result<Option<Holder>, LookError> {
    let mut watched: Option<(String, Option<i64>)> = None;
    let nobody = Place::After(String::new());
    let mut tries = 0;
    loop {
        let first = engine.put_up(deployment, &Place::First, me).await?;
        if first.holder.token == me.token {
            return Ok(None);
        }
        tries += 1;
        if tries > MOST_TRIES {
            return Err(locked_by(&first.holder).into());
        }
        if first.holder.token.is_empty() && engine.put_up(deployment, &nobody, me).await?.holder.token == me.token {
            // It may have been freed before the mark was there; then somebody else may be the first now.
            let first = engine.put_up(deployment, &Place::First, me).await?.holder.token;
            if first.is_empty() || first == me.token {
                return Ok(None);
            }
            engine.take_down(deployment, &nobody).await?;
            continue;
        }
        let marks = engine.marks(Some(deployment)).await?;
        // Freed meanwhile: once more from the beginning.
        let Some(holder) = end_of_chain(&marks) else { continue };
        let seen = (holder.token.clone(), sign_of_life(&marks, &holder.token));
        if holder.state != me.state && watched.as_ref() != Some(&seen) {
            if watched.is_some() || !is_silent(seen.1, engine.time().await?) {
                return Err(locked_by(holder).into());
            }
            watched = Some(seen);
            tokio::time::sleep(pace.watch).await;
            continue;
        }
        let place = Place::After(holder.token.clone());
        if engine.put_up(deployment, &place, me).await?.holder.token != me.token {
            // Somebody else took over from the same dead holder, and lives.
            continue;
        }
        // The chain may have been freed, and the holder may have come back, before the mark was there. Whoever comes later
        // sees the mark.
        let marks = engine.marks(Some(deployment)).await?;
        let mine = end_of_chain(&marks).is_some_and(|end| end.token == me.token);
        if mine && sign_of_life(&marks, &holder.token) == seen.1 {
            return Ok(Some(holder.clone()));
        }
        engine.take_down(deployment, &place).await?;
    }
}

fn locked_by(holder: &Holder) -> StoreError {
    let Holder { deployment, doing, since, owner, host, pid, .. } = holder.clone();
    StoreError::Locked { deployment, doing, since, owner, host, pid }
}

/// Who holds the lock, dead or alive.
fn end_of_chain(marks: &[Mark]) -> Option<&Holder> {
    let at = |place: &Place| marks.iter().find(|mark| mark.place == *place);
    // A first one without labels is not listed; whoever took over from it is.
    let mut end = at(&Place::First).or_else(|| at(&Place::After(String::new())))?;
    // As many times as there are marks, at most: whatever labels say, this ends.
    for _ in marks {
        match at(&Place::After(end.holder.token.clone())) {
            Some(next) => end = next,
            None => break,
        }
    }
    Some(&end.holder)
}

/// When the holder with this token was last seen alive, by the engine's clock.
fn sign_of_life(marks: &[Mark], token: &str) -> Option<i64> {
    marks.iter().filter(|mark| mark.holder.token == token).filter_map(|mark| mark.at).max()
}

/// A sign of life from the future comes from before the clock was turned back, and says as little as an old one.
fn is_silent(sign: Option<i64>, now: Option<i64>) -> bool {
    matches!((sign, now), (Some(sign), Some(now)) if (now - sign).abs() > STALE)
}

/// A lock that is held on an engine.
pub struct Standing {
    /// Who holds it, in words.
    pub text: String,
    /// There was no sign of life for so long that the next operation takes over.
    pub silent: bool,
}

/// Every lock that is held on an engine, sorted by its words.
pub async fn all_held(engine: &impl Look) -> Result<Vec<Standing>, EngineError> {
    let marks = engine.marks(None).await?;
    let mut locks: BTreeMap<String, Vec<Mark>> = BTreeMap::new();
    for mark in marks {
        locks.entry(mark.lock.clone()).or_default().push(mark);
    }
    if locks.is_empty() {
        return Ok(Vec::new());
    }
    let now = engine.time().await?;
    let standing = locks.values().filter_map(|marks| {
        let holder = end_of_chain(marks)?;
        Some(Standing {
            text: locked_by(holder).to_string(),
            silent: is_silent(sign_of_life(marks, &holder.token), now),
        })
    });
    let mut all: Vec<Standing> = standing.collect();
    all.sort_by(|a, b| a.text.cmp(&b.text));
    Ok(all)
}

/// Who is at work on the deployment from another state directory, in words.
pub(super) async fn at_work(
    deployment: &DeploymentId,
    store: &Store,
    engine: &impl Look,
) -> Result<Option<String>, LookError> {
    let marks = engine.marks(Some(deployment)).await?;
    let Some(holder) = end_of_chain(&marks) else { return Ok(None) };
    // Whoever lives and has this state directory holds the lock in it.
    if holder.state == store.identity()? {
        return Ok(None);
    }
    let Holder { doing, pid, host, since, .. } = holder;
    let in_words = || format!("{doing} is running since {since} (process {pid} on {host})");
    let is_silent = is_silent(sign_of_life(&marks, &holder.token), engine.time().await?);
    Ok((!is_silent).then(in_words))
}

impl<E: Engine> Held<'_, E> {
    pub fn deployment(&self) -> &DeploymentId {
        &self.deployment
    }

    /// Whose lock this was, when its holder died without freeing it: `deploy, process 4711 of ann on host-1`.
    pub fn taken_over_from(&self) -> Option<&str> {
        self.dead.as_deref()
    }

    /// Who has the lock now, when this operation was silent for so long that it counted as dead.
    pub fn lost_to(&self) -> Option<StoreError> {
        self.life().lost.as_ref().map(locked_by)
    }

    /// Does `work` while giving signs of life. When the lock is lost all the same, the work is asked to stop at once.
    pub async fn keeping<T>(&self, stopper: &Stopper, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        let mut lost = pin!(self.beat_until_lost());
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = &mut lost => {}
        }
        stopper.press();
        stopper.press();
        work.await
    }

    /// Makes certain that the lock is still held, after a time in which no sign of life may have been given.
    pub async fn renew(&self) -> Result<(), LookError> {
        if self.life().sure.elapsed() > SURE {
            self.beat().await?;
        }
        self.lost_to().map_or(Ok(()), |error| Err(error.into()))
    }

    async fn beat_until_lost(&self) {
        while self.lost_to().is_none() {
            tokio::time::sleep(self.pace.beat).await;
            // An engine that does not answer now is asked again; nobody can take over there meanwhile, either.
            let _ = self.beat().await;
        }
    }

    async fn beat(&self) -> Result<(), EngineError> {
        let (before, began) = (self.life().beats, Instant::now());
        let place = |number| Place::Beat(self.me.token.clone(), number);
        self.engine.put_up(&self.deployment, &place(before + 1), &self.me).await?;
        if before > 0 {
            self.engine.take_down(&self.deployment, &place(before)).await?;
        }
        let mut marks = self.engine.marks(Some(&self.deployment)).await?;
        if end_of_chain(&marks).is_none() {
            // Somebody has cleared away unused volumes. Whoever is first now has the lock.
            marks = vec![self.engine.put_up(&self.deployment, &Place::First, &self.me).await?];
        }
        let end = end_of_chain(&marks).filter(|end| end.token != self.me.token).cloned();
        let mut life = self.life();
        life.beats = before + 1;
        life.sure = began;
        life.lost = end;
        Ok(())
    }

    /// Frees both locks. What cannot be taken down counts as that of a dead holder, and goes with the next operation.
    pub async fn free(self) {
        let _ = self.clear().await;
    }

    async fn clear(&self) -> Result<(), EngineError> {
        if self.life().sure.elapsed() > SURE {
            // Whoever is taking over at this moment sees this, or is seen below.
            self.beat().await?;
        }
        let marks = self.engine.marks(Some(&self.deployment)).await?;
        let mine = end_of_chain(&marks).is_none_or(|end| end.token == self.me.token);
        if mine {
            // Without its beginning a chain is none: from here on the lock is free, and the rest only litter.
            self.engine.take_down(&self.deployment, &Place::First).await?;
        }
        let rest = marks.iter().filter(|mark| mark.place != Place::First);
        let rest = rest.filter(|mark| mine || matches!(&mark.place, Place::Beat(token, _) if *token == self.me.token));
        let gone = rest.map(|mark| self.engine.take_down(&self.deployment, &mark.place));
        join_all(gone).await.into_iter().collect()
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::stop::{Urgency, stop};
    use crate::engine::recording::Recording;
    use crate::name::MtaId;
    use crate::target::Space;
    use futures_util::future::join_all;

    fn shop() -> DeploymentId {
        DeploymentId {
            mta: MtaId::new("shop"),
            namespace: None,
            space: Space { org: "local".into(), space: "dev".into() },
        }
    }

    fn holder(token: &str, state: &str) -> Holder {
        Holder {
            token: token.into(),
            state: state.into(),
            deployment: "shop".into(),
            doing: "deploy".into(),
            operation: "8f3c2a1d".into(),
            owner: "ann".into(),
            host: format!("host-{state}"),
            pid: 4711,
            since: "2026-01-01T00:00:00Z".into(),
        }
    }

    /// Far apart, so that a machine under load does not mix them up.
    const QUICK: Pace = Pace { beat: Duration::from_millis(10), watch: Duration::from_millis(700) };

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    async fn taken(engine: &Recording, token: &str, state: &str) -> Result<Option<String>, String> {
        match take(engine, &shop(), &holder(token, state), QUICK).await {
            Ok(dead) => Ok(dead.map(|dead| dead.token)),
            Err(LookError::Store(error)) => Err(error.to_string()),
            Err(other) => panic!("{other:?}"),
        }
    }

    fn held<'a>(engine: &'a Recording, store: &Store, me: Holder) -> Held<'a, Recording> {
        let life = Mutex::new(Life { beats: 0, sure: Instant::now(), lost: None });
        // Of another deployment each: the store would know at once what machines with state of their own do not.
        let other = DeploymentId { mta: MtaId::new(me.token.as_str()), ..shop() };
        let lock = store.lock(&other, "deploy").unwrap();
        Held { engine, deployment: shop(), me, dead: None, life, pace: QUICK, _lock: lock }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("state.sqlite"), crate::store::Access::Write).unwrap();
        (folder, store)
    }

    #[test]
    fn of_many_who_begin_at_once_one_wins_and_the_others_learn_who() {
        run(async {
            let engine = Recording::new();
            let all: Vec<String> = (0..20).map(|number| number.to_string()).collect();
            let all = join_all(all.iter().map(|token| taken(&engine, token, token))).await;
            assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1, "{all:?}");
            for error in all.into_iter().filter_map(Result::err) {
                assert!(error.starts_with("deploy of `shop` is running since 2026-01-01T00:00:00Z"), "{error}");
            }
        });
    }

    #[test]
    fn a_dead_holders_lock_is_taken_over_at_once_where_it_is_known_and_else_after_silence() {
        run(async {
            let engine = Recording::new();
            assert_eq!(taken(&engine, "a", "1").await, Ok(None));
            assert_eq!(taken(&engine, "b", "1").await, Ok(Some("a".into())), "the same state directory");
            assert!(taken(&engine, "c", "2").await.is_err());
            engine.turn_clock(STALE);
            assert!(taken(&engine, "d", "2").await.is_err());
            engine.turn_clock(1);
            assert_eq!(taken(&engine, "e", "2").await, Ok(Some("b".into())));
            // A clock that was far ahead when the holder died keeps nobody out for ever.
            engine.turn_clock(-100_000);
            assert_eq!(taken(&engine, "f", "3").await, Ok(Some("e".into())));
        });
    }

    #[test]
    fn of_many_who_take_over_one_wins() {
        for same_state in [true, false] {
            run(async {
                let engine = Recording::new();
                assert_eq!(taken(&engine, "dead", "0").await, Ok(None));
                engine.turn_clock(STALE + 1);
                let all: Vec<String> = (1..20).map(|number| number.to_string()).collect();
                // One of them knows at once; the others watch.
                let state = |at: &String| if same_state && at == "7" { "0".to_owned() } else { at.clone() };
                let all = join_all(all.iter().map(async |at| taken(&engine, at, &state(at)).await)).await;
                let won: Vec<_> = all.iter().filter_map(|one| one.as_ref().ok()).collect();
                assert_eq!(won, [&Some("dead".to_owned())], "{all:?}");
            });
        }
    }

    #[test]
    fn a_mark_without_labels_is_taken_over_from_nobody_by_one() {
        run(async {
            let engine = Recording::new();
            engine.put_up(&shop(), &Place::First, &holder("", "")).await.unwrap();
            let all: Vec<String> = (0..20).map(|number| number.to_string()).collect();
            let all = join_all(all.iter().map(|token| taken(&engine, token, token))).await;
            assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1, "{all:?}");
            let (_folder, store) = store();
            let winner = all.iter().position(Result::is_ok).unwrap().to_string();
            held(&engine, &store, holder(&winner, &winner)).free().await;
            assert_eq!(engine.marks(None).await.unwrap(), []);
            assert_eq!(taken(&engine, "next", "next").await, Ok(None));
        });
    }

    #[test]
    fn a_clock_that_jumps_makes_nobody_dead_who_lives() {
        run(async {
            let (engine, (_folder, store)) = (Recording::new(), store());
            assert_eq!(taken(&engine, "a", "1").await, Ok(None));
            let held = held(&engine, &store, holder("a", "1"));
            let (stopper, stop) = stop();
            let other = async {
                engine.turn_clock(3600);
                assert!(taken(&engine, "b", "2").await.is_err(), "it gave a sign of life while it was watched");
                engine.turn_clock(-7200);
                assert!(taken(&engine, "c", "2").await.is_err());
            };
            held.keeping(&stopper, other).await;
            assert_eq!(stop.urgency(), Urgency::GoOn);
            held.free().await;
            assert_eq!(engine.marks(None).await.unwrap(), []);
        });
    }

    #[test]
    fn who_was_asleep_for_long_finds_that_another_took_over_and_takes_nothing_from_it() {
        run(async {
            let (engine, (_folder, store)) = (Recording::new(), store());
            assert_eq!(taken(&engine, "a", "1").await, Ok(None));
            let sleeper = held(&engine, &store, holder("a", "1"));
            engine.turn_clock(STALE + 1);
            assert_eq!(taken(&engine, "b", "2").await, Ok(Some("a".into())));
            let (stopper, stop) = stop();
            sleeper.keeping(&stopper, tokio::time::sleep(QUICK.watch)).await;
            assert_eq!(stop.urgency(), Urgency::AtOnce);
            assert!(sleeper.lost_to().unwrap().to_string().contains("on host-2"));
            sleeper.free().await;
            assert!(taken(&engine, "c", "3").await.is_err(), "it is still the other's");
            held(&engine, &store, holder("b", "2")).free().await;
            assert_eq!(engine.marks(None).await.unwrap(), []);
        });
    }

    #[test]
    fn marks_that_somebody_cleared_away_are_put_up_again() {
        run(async {
            let (engine, (_folder, store)) = (Recording::new(), store());
            assert_eq!(taken(&engine, "a", "1").await, Ok(None));
            let held = held(&engine, &store, holder("a", "1"));
            let (stopper, stop) = stop();
            engine.lose_marks();
            held.keeping(&stopper, tokio::time::sleep(QUICK.watch)).await;
            assert_eq!(stop.urgency(), Urgency::GoOn);
            assert!(taken(&engine, "b", "2").await.is_err());
            engine.lose_marks();
            assert_eq!(taken(&engine, "c", "2").await, Ok(None));
            held.keeping(&stopper, tokio::time::sleep(QUICK.watch)).await;
            assert_eq!(stop.urgency(), Urgency::AtOnce, "another was faster");
        });
    }
}
