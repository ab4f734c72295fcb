//! `mtad.yaml` with its `*.mtaext`, or an extension alone → `NAME.safe` and `NAME.unsafe`: the files after the safe fixes, and
//! after all of them. A file that nothing is done to has no snapshot, one that only the safe fixes change only the first.
//!
//! What holds for every fix is in [`laws`]; it is asked for each claim, for claims that chance has damaged, and for the
//! descriptors of strangers.

pub mod laws;

use crate::claims::{self, Claim};
use laws::{Each, fixed, line_ends, obey};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use windlass::finding::Applicability;
use windlass::source::edit::Editor;
use windlass::source::{FileId, Sources};

#[test]
fn claims_about_fixes_hold() {
    claims::of_room("fix", |claim| {
        let (sources, files) = inputs(claim);
        let safe = fixed(&sources, &files, Applicability::Safe);
        let all = fixed(&sources, &files, Applicability::Unsafe);
        for file in &files {
            let name = sources.get(*file).name();
            let text = |sources: &Sources| sources.get(*file).text().to_string();
            let (before, safe, all) = (text(&sources), text(&safe.sources), text(&all.sources));
            claim.expect(&format!("{name}.safe"), if safe == before { "" } else { &safe });
            claim.expect(&format!("{name}.unsafe"), if all == safe { "" } else { &all });
        }
        for broken in obey(&sources, &files, Each::Fix).into_iter().chain(line_ends(&sources, &files)) {
            claim.fail(&broken);
        }
        // A claim shows what becomes sound, so nothing may be wrong in the end.
        for left in all.findings.iter().filter(|finding| all.count > 0 && finding.severity.word() == "error") {
            claim.fail(&format!("left: {} {}", left.code.id, left.message));
        }
    });
}

fn inputs(claim: &Claim) -> (Sources, Vec<FileId>) {
    let mut sources = Sources::default();
    let mut files: Vec<FileId> = claim.input(&mut sources, "mtad.yaml").into_iter().collect();
    files.extend(claim.inputs(&mut sources, ".mtaext"));
    (sources, files)
}

/// Every rule that says how it is mended, and whether that is safe.
const MENDED: &[(&str, Applicability)] = {
    use Applicability::{Safe, Unsafe};
    &[
        ("yaml-duplicate-key", Unsafe),
        ("yaml-ambiguous-scalar", Safe),
        ("yaml-tab", Safe),
        ("schema-unknown-key", Unsafe),
        ("schema-wrong-type", Safe),
        ("schema-null-section", Safe),
        ("schema-bad-name", Unsafe),
        ("schema-bad-version", Safe),
        ("schema-version-number", Safe),
        ("schema-deprecated", Safe),
        ("schema-bad-enum", Unsafe),
        ("duplicate-requires", Safe),
        ("unresolved-requires", Unsafe),
        ("unresolved-reference", Unsafe),
        ("reference-without-requires", Safe),
        ("unresolved-placeholder", Unsafe),
        ("unknown-deployed-after", Unsafe),
        ("unknown-processed-after", Unsafe),
        ("self-dependency", Safe),
        ("metadata-without-value", Unsafe),
        ("metadata-datatype-on-parameter", Safe),
        ("ext-duplicate-entry", Safe),
        ("ext-unknown-entry", Unsafe),
        ("ext-unknown-extends", Unsafe),
        ("ext-version-ignored", Safe),
        ("ext-same-value", Safe),
        ("bad-memory-unit", Safe),
        ("unknown-parameter", Unsafe),
        ("replaced-parameters", Safe),
        ("bad-route", Unsafe),
        ("unknown-module-type", Unsafe),
        ("unknown-resource-type", Unsafe),
        ("bad-hook", Unsafe),
        ("unused-parameter", Unsafe),
        ("unused-anchor", Safe),
        ("suspicious-type", Safe),
        ("requires-not-mapping", Safe),
        ("order-without-effect", Safe),
    ]
};

#[test]
fn every_rule_with_a_fix_has_a_claim() {
    let mut shown = BTreeSet::new();
    claims::of_room("fix", |claim| {
        let (sources, files) = inputs(claim);
        let name = claim.folder.file_name().expect("a folder").to_string_lossy().into_owned();
        let findings = laws::findings(&mut sources.with(&Default::default()), &files);
        let editor = Editor::new(&sources);
        for finding in findings.iter().filter(|finding| name.starts_with(finding.code.id)) {
            if let Some(fix) = finding.fix.as_ref().filter(|fix| editor.write(fix).is_some()) {
                shown.insert((finding.code.id, fix.applicability == Applicability::Safe));
            }
        }
    });
    let wanted = MENDED.iter().map(|(id, applicability)| (*id, *applicability == Applicability::Safe));
    let missing: Vec<_> = wanted.filter(|rule| !shown.contains(rule)).collect();
    assert!(missing.is_empty(), "no claim shows the fix of {missing:?}");
}

/// The texts of all claims of this room.
fn seeds() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/fix");
    let folders = fs::read_dir(root).expect("the folder can be listed").map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<_> = folders.map(|folder| folder.join("mtad.yaml")).filter(|path| path.is_file()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read_to_string(path).expect("UTF-8")).collect()
}

/// What people do to texts: rows go, come twice, change places, move in and out; letters are mistyped.
#[derive(Clone, Debug)]
enum Slip {
    Lose(usize),
    Repeat(usize),
    Swap(usize, usize),
    Indent(usize),
    Mistype(usize, char),
}

fn slips() -> impl Strategy<Value = Vec<Slip>> {
    let slip = prop_oneof![
        any::<usize>().prop_map(Slip::Lose),
        any::<usize>().prop_map(Slip::Repeat),
        (any::<usize>(), any::<usize>()).prop_map(|(a, b)| Slip::Swap(a, b)),
        any::<usize>().prop_map(Slip::Indent),
        (any::<usize>(), prop::sample::select("xé-:{}[],#&*'\"~ \t0".chars().collect::<Vec<_>>()))
            .prop_map(|(at, to)| Slip::Mistype(at, to)),
    ];
    prop::collection::vec(slip, 1..4)
}

fn slipped(text: &str, slips: &[Slip]) -> String {
    let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
    for slip in slips {
        let count = rows.len().max(1);
        match slip {
            _ if rows.is_empty() => {}
            Slip::Lose(at) => _ = rows.remove(at % count),
            Slip::Repeat(at) => rows.insert(at % count, rows[at % count].clone()),
            Slip::Swap(a, b) => rows.swap(a % count, b % count),
            Slip::Indent(at) => rows[at % count].insert_str(0, "  "),
            Slip::Mistype(at, to) => {
                let row = &mut rows[at % count];
                let letters: Vec<char> = row.chars().collect();
                let place = at / count % letters.len().max(1);
                *row = letters.iter().enumerate().map(|(it, old)| if it == place { *to } else { *old }).collect();
            }
        }
    }
    rows.join("\n") + "\n"
}

/// Seconds in a debug build; for a longer search, `PROPTEST_CASES` says more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fixes_obey_the_laws_in_damaged_texts(seed in any::<usize>(), slips in slips()) {
        let seeds = seeds();
        let text = slipped(&seeds[seed % seeds.len()], &slips);
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", text.as_str());
        let broken = obey(&sources, &[file], Each::Fix);
        prop_assert!(broken.is_empty(), "{text}\n{broken:#?}");
    }
}
