//! `mtad.yaml` or `mta.yaml` with `*.mtaext` → `findings.txt`, all that can be said about them. Where there is no descriptor,
//! the extension is looked at alone. `findings.txt` may be left out where the comments in the input say all there is to say:
//! they are always compared.

use crate::claims::{self, Claim, long};
use windlass::finding::Findings;
use windlass::lint::control::gathered;
use windlass::lint::{self, Job};
use windlass::source::Sources;
use windlass::target::{Compat, Facts, Space, Target};

#[test]
fn claims_about_lint_hold() {
    claims::of_room("lint", |claim| {
        let mut sources = Sources::default();
        let findings = findings(claim, &mut sources);
        if claim.folder.join("findings.txt").exists() {
            claim.expect("findings.txt", &long(&sources, &findings));
        }
        claim.expect_comments(&sources, &findings);
    });
}

fn findings(claim: &Claim, sources: &mut Sources) -> Findings {
    let descriptor = ["mtad.yaml", "mta.yaml"].iter().find_map(|name| claim.input(sources, name));
    let mut extensions = claim.inputs(sources, ".mtaext");
    let file = descriptor.unwrap_or_else(|| extensions.remove(0));
    let folder = &claim.folder;
    let job = Job {
        sources,
        file,
        extensions: &extensions,
        given: &[],
        target: &Target::built_in(Space { org: "local".into(), space: "dev".into() }, None, Compat::Documented),
        target_is_known: false,
        facts: &Facts::unknown(),
        beside: &|_, path| folder.join(path).exists(),
    };
    // None of these modules is meant to run, and hosts of images are asked for on request only.
    let heard = |code: &str| !["missing-image", "image-without-host"].contains(&code);
    gathered(lint::check(&job).into_iter().filter(|finding| heard(finding.code.id)).collect())
}
