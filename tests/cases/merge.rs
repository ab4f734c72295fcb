//! `mtad.yaml` with `*.mtaext` and `target.yaml` → `merged.yaml`, what they make together, and `findings.txt`.

use crate::claims::{self, Claim, long};
use windlass::descriptor::write;
use windlass::finding::Findings;
use windlass::report::yaml::to_yaml;
use windlass::source::{Sources, yaml};
use windlass::stage::combine;
use windlass::target::{Compat, Space, Target, read};

#[test]
fn claims_about_merging_hold() {
    claims::of_room("merge", |claim| {
        let mut sources = Sources::default();
        let mut findings = Findings::default();
        let merged = merge(claim, &mut sources, &mut findings);
        claim.expect("merged.yaml", merged.as_deref().unwrap_or_default());
        claim.expect("findings.txt", &long(&sources, &findings));
        claim.expect_comments(&sources, &findings);
    });
}

fn merge(claim: &Claim, sources: &mut Sources, findings: &mut Findings) -> Option<String> {
    let descriptor = claim.input(sources, "mtad.yaml").expect("every claim has a descriptor");
    let mut extensions = claim.inputs(sources, ".mtaext");
    extensions.extend(claim.input(sources, "no-extension.yaml"));
    let mut target = Target::built_in(Space { org: "local".into(), space: "dev".into() }, None, Compat::Documented);
    if let Some(file) = claim.input(sources, "target.yaml") {
        let node = findings.keep(yaml::read(sources, file)).expect("the target file is YAML");
        target = findings.keep(read::read(&target, &node));
    }
    let merged =
        findings.keep(combine(sources, descriptor, &extensions, &target)).filter(|_| !findings.has_errors())?;
    Some(to_yaml(&write::descriptor(&merged)).expect("a descriptor can be written"))
}
