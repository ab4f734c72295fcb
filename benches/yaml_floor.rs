//! How long it takes to read a file as YAML and do nothing with it: what `scripts/bench` compares resolving with.
//!
//! Prints milliseconds twice: the parser's events alone, and our tree of nodes with its spans. Best of five. With `--once`
//! it reads the events a single time and prints their number: then the whole process is what can be measured.
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "a measuring program, not a part of windlass")]

use std::time::Instant;
use windlass::source::{Sources, yaml};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let path = path.ok_or("usage: yaml_floor [--once] FILE")?;
    let text = std::fs::read_to_string(&path)?;
    let events = || granit_parser::Parser::new_from_str(&text).filter(Result::is_ok).count();
    if std::env::args().any(|argument| argument == "--once") {
        println!("{}", events());
        return Ok(());
    }
    let events = best_of_five(events);
    let mut sources = Sources::default();
    let file = sources.add(&path, text.clone());
    let nodes = best_of_five(|| usize::from(yaml::read(&sources, file).product.is_some()));
    println!("{events:.1} {nodes:.1}");
    Ok(())
}

fn best_of_five(work: impl Fn() -> usize) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let began = Instant::now();
        assert!(std::hint::black_box(work()) > 0, "the file could not be read");
        best = best.min(began.elapsed().as_secs_f64() * 1000.0);
    }
    best
}
