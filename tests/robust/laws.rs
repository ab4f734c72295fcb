//! Laws, checked with values that chance made. A value that breaks one is made small and kept in `NAME.seeds` beside the
//! file; then it is tried first, every time.

mod grammar;
mod merge;
mod reader;
mod version;

use proptest::test_runner::{Config, FileFailurePersistence};

/// So many cases for each law: a second or two in a debug build.
fn cases(number: u32) -> Config {
    let kept = Some(Box::new(FileFailurePersistence::WithSource("seeds")) as Box<_>);
    Config { cases: number, failure_persistence: kept, max_shrink_iters: 20_000, ..Config::default() }
}
