//! Names with characters that no name may have, renamed wherever they stand.
//!
//! Whoever reads a document sees the name and not who uses it, and extensions name what the descriptor has. So this looks at
//! all documents of a job, once there is such a name.

use super::check::Job;
use super::page::{Page, scalars, text};
use crate::finding::{Change, Finding, Findings, Fix, SCHEMA_BAD_NAME};
use crate::name::corrected;
use crate::source::yaml::Node;
use crate::source::{Span, yaml};
use std::collections::HashSet;

/// Adds fixes to the findings of names that become good ones.
pub fn with_fixes(job: &Job<'_>, findings: Findings) -> Findings {
    if !findings.iter().any(|finding| finding.code == &SCHEMA_BAD_NAME) {
        return findings;
    }
    let files = [job.file].into_iter().chain(job.extensions.iter().copied());
    let trees: Vec<_> = files.filter_map(|file| Some((file, yaml::read(job.sources, file).product?))).collect();
    let beside = |_: &str| true;
    let pages: Vec<Page<'_>> =
        trees.iter().filter_map(|(file, node)| Page::new(job.sources, *file, node, &beside)).collect();
    let mut uses = Uses::default();
    pages.iter().for_each(|page| uses.note(page));
    let mut taken: HashSet<String> = uses.names.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut given: Vec<(String, Option<Fix>)> = Vec::new();
    let mut renamed = |finding: Finding| {
        let holds = |at: &Span| at.file == finding.at.file && at.start <= finding.at.start && finding.at.end <= at.end;
        let name = uses.names.iter().find(|(_, at)| finding.code == &SCHEMA_BAD_NAME && holds(at));
        let Some((name, _)) = name else { return finding };
        if let Some((_, fix)) = given.iter().find(|(known, _)| known == name) {
            return finding.fix(fix.clone());
        }
        let fix = corrected(name).filter(|new| taken.insert(new.clone())).map(|new| uses.rename(name, &new));
        given.push(((*name).to_owned(), fix.clone()));
        finding.fix(fix)
    };
    findings.into_iter().map(&mut renamed).collect()
}

/// Where names stand.
#[derive(Default)]
struct Uses<'n> {
    names: Vec<(&'n str, Span)>,
    /// Texts with references in them.
    references: Vec<(&'n str, Span)>,
}

impl<'n> Uses<'n> {
    fn note(&mut self, page: &Page<'n>) {
        for part in &page.parts {
            let own = ["name", "ID", "extends"].into_iter().filter_map(|key| part.value(key));
            let listed = ["deployed-after", "processed-after"].into_iter().filter_map(|key| part.value(key));
            let nodes = own.chain(listed.flat_map(Node::items));
            self.names.extend(nodes.filter_map(|node| Some((text(node)?, node.span))));
        }
        scalars(page.root, &mut |node| {
            self.references.extend(text(node).filter(|text| text.contains("~{")).map(|text| (text, node.span)));
        });
    }

    fn rename(&self, old: &str, new: &str) -> Fix {
        let named = self.names.iter().filter(|(name, _)| *name == old);
        let mut changes: Vec<Change> = named.map(|(_, at)| Change::Say { at: *at, text: new.to_owned() }).collect();
        let (from, to) = (format!("~{{{old}/"), format!("~{{{new}/"));
        let referring = self.references.iter().filter(|(text, _)| text.contains(&from));
        changes.extend(referring.map(|(_, at)| Change::Inside { at: *at, from: from.clone(), to: to.clone() }));
        Fix::risky(format!("Rename to `{new}`"), changes)
    }
}
