//! The target of a command line: built in, overridden by a file, overridden by flags.

use super::find::Located;
use crate::cli::console::complain;
use crate::cli::exit::Failure;
use crate::cli::{CompatArg, Global};
use crate::disk;
use crate::finding::Findings;
use crate::name::MtaId;
use crate::plan::names::{DEFAULT_ORG, DEFAULT_SPACE};
use crate::registry::DeploymentId;
use crate::source::Sources;
use crate::source::yaml::{self, Node};
use crate::target::{self, Compat, Space, Target};

/// The target of this command line. What is wrong with its file is among the findings.
pub fn target(global: &Global, sources: &mut Sources, findings: &mut Findings) -> Result<Target, Failure> {
    let located = global.target_file()?;
    let node = content(located.as_ref(), sources, findings)?;
    target_of(global, located.as_ref(), node.as_ref(), findings)
}

/// The content of a target file.
pub fn content(
    located: Option<&Located>,
    sources: &mut Sources,
    findings: &mut Findings,
) -> Result<Option<Node>, Failure> {
    let Some(located) = located else { return Ok(None) };
    let Some(file) = findings.keep(disk::file(sources, &located.path)?) else { return Ok(None) };
    Ok(findings.keep(yaml::read(sources, file)))
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
        target = findings.keep(target::read::read(&target, node));
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
