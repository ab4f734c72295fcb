//! One point of an operation, hit; and what comes of it.

use crate::lane::{Lane, Said, State};
use crate::proxy::{Proxy, Trouble};
use crate::scene::Scene;
use crate::{say, world};
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Where an operation is hit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Point {
    /// At its n-th request, counted from 1.
    Request(usize, Trouble),
    /// Killed when it tells its n-th event, counted from 1.
    Event(usize),
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (number, what) = match self {
            Point::Request(number, trouble) => (
                number,
                match trouble {
                    Trouble::KillBefore => "kill-before",
                    Trouble::KillAfter => "kill-after",
                    Trouble::CutBefore => "cut-before",
                    Trouble::CutAfter => "cut-after",
                    Trouble::Refuse => "refuse",
                    Trouble::Down(_) => "down",
                    Trouble::Slow(_) => "slow",
                },
            ),
            Point::Event(number) => (number, "event"),
        };
        write!(f, "{number}-{what}")
    }
}

/// What an operation was like.
pub struct Run {
    pub said: Said,
    pub requests: Vec<String>,
    pub events: usize,
    /// Whether the point was reached.
    pub hit: bool,
}

/// Runs the operation of the lane's scene, hit at a point or nowhere.
pub fn run(lane: &Lane, point: Option<Point>) -> Run {
    match point {
        None => run_with(lane, None, None),
        Some(Point::Request(number, trouble)) => run_with(lane, Some((number, trouble)), None),
        Some(Point::Event(number)) => run_with(lane, None, Some((number, &|child| _ = child.kill()))),
    }
}

/// What is done at an event; it is given the program.
pub type Act<'a> = &'a dyn Fn(&mut Child);

/// The same with anything that may happen at an event.
pub fn run_with(lane: &Lane, trouble: Option<(usize, Trouble)>, at_event: Option<(usize, Act<'_>)>) -> Run {
    let proxy = Proxy::start(&lane.folder.path().join("s"), &lane.engine, trouble);
    let mut command = lane.command(&format!("{} --progress json", lane.scene.operation), &proxy.socket);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (out, mut err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let child = Arc::new(Mutex::new(child));
    proxy.victim(&child);
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = std::io::Read::read_to_end(&mut err, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let (mut events, mut hit, mut told) = (0, false, String::new());
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        events += 1;
        told += &line;
        told.push('\n');
        if let Some((number, act)) = at_event
            && number == events
        {
            hit = true;
            act(&mut child.lock().unwrap());
        }
    }
    let code = child.lock().unwrap().wait().unwrap().code();
    let said = Said { code, out: told, err: errors.join().unwrap() };
    Run { said, requests: proxy.log(), events, hit: hit || proxy.made() }
}

/// How the beginning and the end look when nobody is hit.
pub struct Undisturbed {
    pub begin: State,
    pub end: State,
    pub requests: Vec<String>,
    pub events: usize,
}

pub fn undisturbed(lane: &Lane) -> Undisturbed {
    let begin = lane.begin();
    let Run { said, requests, events, .. } = run(lane, None);
    assert_eq!(said.code, Some(0), "{}: {said:#?}", lane.space);
    let end = lane.state();
    lane.plan_is_empty().unwrap();
    assert_eq!(end.marks, Vec::<String>::new(), "an undisturbed operation leaves no mark");
    Undisturbed { begin, end, requests, events }
}

/// Hits the operation at one point, runs it again, and says what is not as it would be otherwise. `Ok(false)`: the operation
/// ended before it came to the point.
pub fn converges(lane: &Lane, expected: &Undisturbed, point: Point) -> Result<bool, String> {
    let begin = lane.begin();
    same("the beginning", &begin, &expected.begin)?;
    let first = run(lane, Some(point));
    let killed = matches!(point, Point::Event(_) | Point::Request(_, Trouble::KillBefore | Trouble::KillAfter));
    if first.hit && !killed {
        ended_decently(&first.said)?;
    }
    let again = lane.run(lane.scene.operation);
    let context = || format!("requests until then: {:#?}\nthe first time: {:#?}\n", first.requests, first.said);
    if again.code != Some(0) {
        return Err(format!("run again, it fails: {again:#?}\n{}", context()));
    }
    let end = lane.state();
    same("the end", &end, &expected.end)
        .and_then(|()| lane.plan_is_empty())
        .map_err(|difference| format!("{difference}\n{}run again: {again:#?}\n", context()))?;
    Ok(first.hit)
}

/// An operation that is not killed always ends with an exit code that says how it ended, and with words when not well.
pub fn ended_decently(said: &Said) -> Result<(), String> {
    let known = matches!(said.code, Some(0 | 3 | 4 | 6 | 8));
    let bug = said.err.contains("bug in windlass") || said.err.contains("panicked");
    let last = said.out.lines().last().unwrap_or_default();
    // `--progress json` keeps the words for the events, but for what comes before the first of them.
    let speaks = said.code == Some(0) || said.out.contains("\"message\"") || said.err.contains("error");
    let finished = last.contains("operation.finished");
    if known && !bug && speaks && finished { Ok(()) } else { Err(format!("it did not end decently: {said:#?}")) }
}

pub fn same(what: &str, is: &State, should: &State) -> Result<(), String> {
    if is == should {
        return Ok(());
    }
    let (is, should) = (format!("{is:#?}"), format!("{should:#?}"));
    let lacks = should.lines().filter(|line| !is.lines().any(|other| other == *line));
    let has = is.lines().filter(|line| !should.lines().any(|other| other == *line));
    let lines: Vec<String> = lacks.map(|line| format!("- {line}")).chain(has.map(|line| format!("+ {line}"))).collect();
    Err(format!("{what} is not as it should be:\n{}", lines.join("\n")))
}

/// The points of one kind of hit, as many as the operation has requests or events.
pub type Points = fn(&Undisturbed) -> Vec<Point>;

/// Tries the points of a scene on several lanes at once; panics with everything that was wrong.
pub fn try_all(scene: &'static Scene, points: Points, one_in: usize, lanes: usize) {
    let Some(engine) = world::engine(scene.name) else { return };
    let wanted = std::env::var("WINDLASS_FAULTS").unwrap_or_default();
    if let Some((name, _)) = wanted.split_once('/')
        && name != scene.name
    {
        return;
    }
    let began = Instant::now();
    let lane = Lane::new(&engine, scene, 0);
    let expected = undisturbed(&lane);
    let all = points(&expected);
    let chosen: Vec<Point> = match wanted.as_str() {
        "all" => all.clone(),
        "" => sample(&all, one_in),
        one => all.iter().filter(|point| one == format!("{}/{point}", scene.name)).copied().collect(),
    };
    if chosen.is_empty() {
        return;
    }
    say(&format!(
        "{}: {} requests, {} events; {} of {} points are tried{}",
        scene.name,
        expected.requests.len(),
        expected.events,
        chosen.len(),
        all.len(),
        if chosen.len() < all.len() { " (WINDLASS_FAULTS=all tries all)" } else { "" }
    ));
    let (left, wrong, reached) = (Mutex::new(chosen.iter()), Mutex::new(Vec::new()), Mutex::new(0_usize));
    let work = |lane: &Lane, expected: &Undisturbed| loop {
        let Some(point) = left.lock().unwrap_or_else(PoisonError::into_inner).next().copied() else { return };
        match converges(lane, expected, point) {
            Ok(hit) => *reached.lock().unwrap() += usize::from(hit),
            Err(difference) => {
                let difference = format!("=== {}/{point}\n{difference}", lane.scene.name);
                say(&difference);
                wrong.lock().unwrap().push(difference);
            }
        }
    };
    std::thread::scope(|threads| {
        for number in 1..lanes.min(chosen.len()) {
            let (work, engine) = (&work, &engine);
            threads.spawn(move || {
                let lane = Lane::new(engine, scene, number);
                let expected = undisturbed(&lane);
                work(&lane, &expected);
            });
        }
        work(&lane, &expected);
    });
    let (wrong, reached) = (wrong.into_inner().unwrap(), reached.into_inner().unwrap());
    say(&format!(
        "{}: {} points tried in {:.0} s, {reached} reached, {} wrong",
        scene.name,
        chosen.len(),
        began.elapsed().as_secs_f64(),
        wrong.len()
    ));
    assert!(wrong.is_empty(), "{} of {} points:\n{}", wrong.len(), chosen.len(), wrong.join("\n"));
    assert!(2 * reached > chosen.len() || chosen.len() < 8, "only {reached} of {} points were reached", chosen.len());
}

/// Every so many-th point, always the same ones; which of them are neighbours changes from one round to the next, so that all
/// kinds of hits are among them.
fn sample(all: &[Point], one_in: usize) -> Vec<Point> {
    let mut seed = 0x9e37_79b9_u64;
    let chosen = all.chunks(one_in).filter_map(|chunk| {
        // A generator that needs no package: only spread matters here.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        chunk.get((seed >> 33) as usize % chunk.len())
    });
    chosen.copied().collect()
}
