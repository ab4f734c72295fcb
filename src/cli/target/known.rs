//! The target of a command line: built in, overridden by a file, overridden by flags.

use super::find::{Form, Located};
use crate::cli::console::complain;
use crate::cli::exit::Failure;
use crate::cli::{CompatArg, Global};
use crate::disk;
use crate::engine::Named;
use crate::finding::{Finding, Findings};
use crate::name::MtaId;
use crate::plan::names::{DEFAULT_ORG, DEFAULT_SPACE};
use crate::registry::DeploymentId;
use crate::source::Sources;
use crate::source::yaml::{self, Node};
use crate::target::{self, Compat, Space, Target};
use std::path::Path;

/// The target of this command line. What is wrong with its file is among the findings.
pub fn target(global: &Global, sources: &mut Sources, findings: &mut Findings) -> Result<Target, Failure> {
    let located = global.target_file()?;
    let node = content(global, located.as_ref(), sources, findings)?;
    target_of(global, located.as_ref(), node.as_ref(), findings)
}

/// What describes a target.
pub fn content(
    global: &Global,
    located: Option<&Located>,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Result<Option<Node>, Failure> {
    let Some(located) = located else { return Ok(None) };
    if located.form == Form::File {
        let Some(file) = findings.keep(disk::file(sources, &located.path)?) else { return Ok(None) };
        return Ok(findings.keep(yaml::read(sources, file)));
    }
    let told = sources.files().any(|file| Path::new(sources.get(file).name()) == located.path);
    let mut found = Findings::default();
    let layers = global.layers(sources, &mut found)?;
    if !told {
        // What is wrong with other settings is told where they count.
        let own = format!("targets.{}", located.name.as_deref().unwrap_or_default());
        let counts = |finding: &Finding| finding.path.is_empty() || finding.path.starts_with(&own);
        findings.extend(found.into_iter().filter(counts).collect());
    }
    let named = located.name.as_deref().and_then(|name| layers.targets().remove(name));
    Ok(named.map(|(_, node)| node.clone()))
}

/// The target that a file leads to, with what the command line says on top. A file that was found by its name has that name,
/// unless it says another one.
pub fn target_of(
    global: &Global,
    located: Option<&Located>,
    node: Option<&Node>,
    findings: &mut Findings,
) -> Result<Target, Failure> {
    let space = Space { org: DEFAULT_ORG.to_owned(), space: DEFAULT_SPACE.to_owned() };
    let mut target = Target::built_in(space, None, Compat::Documented);
    if let Some(name) = located.and_then(|located| located.name.as_ref()) {
        target.name.clone_from(name);
    }
    if let Some(node) = node {
        let read = target::read::read(&target, node);
        target = read.product;
        // Tables were checked with the file that they stand in.
        if located.is_none_or(|located| located.form == Form::File) {
            findings.extend(read.findings);
        }
    }
    if let Some(org) = &global.org {
        target.space.org.clone_from(org);
    }
    if let Some(space) = &global.space {
        target.space.space.clone_from(space);
    }
    target.namespace = global.named_namespace()?;
    target.apply_namespace = global.applied()?;
    if target.namespace.is_none() && !global.apply_namespace.is_empty() && global.quiet == 0 {
        complain("warning: `--apply-namespace` counts only with `--namespace`, and there is none\n")?;
    }
    match global.compat {
        Some(CompatArg::Documented) => target.compat = Compat::Documented,
        Some(CompatArg::DeployService) => target.compat = Compat::DeployService,
        None => {}
    }
    Ok(target)
}

impl Global {
    /// Where the target says that its engine is. What is wrong with its file is told by those who read all of it.
    pub fn engine_of_target(&self) -> Result<Option<(String, Named)>, Failure> {
        let (mut sources, mut findings) = (Sources::default(), Findings::default());
        let located = self.target_file()?;
        let Some(node) = content(self, located.as_ref(), &mut sources, &mut findings)? else { return Ok(None) };
        let space = Space { org: String::new(), space: String::new() };
        let target = target::read::read(&Target::built_in(space, None, Compat::Documented), &node).product;
        let named = target.host.map(Named::Host).or(target.context.map(Named::Context));
        let path = located.map(|located| located.path).unwrap_or_default();
        Ok(named.map(|named| (format!("target in {}", path.display()), named)))
    }

    /// The target of a command that reads no descriptor.
    pub fn known_target(&self) -> Result<Target, Failure> {
        let (mut sources, mut findings) = (Sources::default(), Findings::default());
        let target = target(self, &mut sources, &mut findings)?;
        if findings.has_errors() { Err(Failure::Findings { sources, findings }) } else { Ok(target) }
    }

    /// The deployment of this application in the target, under `--namespace`.
    pub fn deployment(&self, mta: &str) -> Result<DeploymentId, Failure> {
        let Target { namespace, space, .. } = self.known_target()?;
        Ok(DeploymentId { mta: MtaId::new(mta), namespace, space })
    }
}
