//! What a configuration resource asks, read from its parameters (registry reference, section 3).

use super::is_configuration;
use crate::descriptor::Resource;
use crate::finding::{self, Finding, Findings, Staged};
use crate::registry::{Filter, NamespaceFilter, Question};
use crate::source::Span;
use crate::stage::fill::Filled;
use crate::target::{Compat, Space, Target};
use crate::tree::{Map, Value};
use crate::version::VersionRange;
use std::collections::HashSet;

/// What the descriptor asks of the registry: one question per active configuration resource.
pub fn questions(filled: &Filled, target: &Target) -> Staged<Vec<Question>> {
    let mut findings = Findings::default();
    let mut questions = Vec::new();
    for (at, resource) in filled.resources.iter().enumerate() {
        if !is_configuration(resource, target) || !resource.active {
            continue;
        }
        let mut asker =
            Asker { resource, target, path: format!("resources[{at}].parameters"), findings: &mut findings };
        if let Some(filter) = asker.filter() {
            let (resource, viewer) = (resource.name.value.clone(), target.space.clone());
            questions.push(Question { resource, filter, viewer });
        }
    }
    check_managed(filled, target, &mut findings);
    Staged::new(questions, findings)
}

/// The parameters that a question is made from.
const ASKING: [&str; 9] = [
    "provider-nid",
    "provider-id",
    "version",
    "provider-namespace",
    "target",
    "filter",
    "mta-id",
    "mta-provides-dependency",
    "mta-version",
];

struct Asker<'a> {
    resource: &'a Resource,
    target: &'a Target,
    path: String,
    findings: &'a mut Findings,
}

impl Asker<'_> {
    fn filter(&mut self) -> Option<Filter> {
        if self.holds_secret() {
            return None;
        }
        let kind = self.resource.kind.as_ref().map_or("", |kind| kind.value.as_str());
        if self.target.resource_meaning(kind, &self.resource.parameters.map) == "mta-provides-dependency" {
            self.deprecated()
        } else {
            self.usual()
        }
    }

    fn usual(&mut self) -> Option<Filter> {
        let provider_nid = self.text("provider-nid")?;
        let provider_id = self.text("provider-id")?;
        let version = self.version("version")?;
        let namespace = match self.text("provider-namespace")? {
            Some(name) if name == "default" => NamespaceFilter::Without,
            Some(name) => NamespaceFilter::Named(name),
            None => self.target.namespace.clone().map_or(NamespaceFilter::Any, NamespaceFilter::Named),
        };
        let target = self.target_filter()?;
        let content = self.map("filter")?.unwrap_or_default();
        Some(Filter { provider_nid, provider_id, version, namespace, target, content })
    }

    /// `type: mta-provides-dependency`: nid `mta`, all three parameters required.
    fn deprecated(&mut self) -> Option<Filter> {
        let id = self.required("mta-id");
        let provided = self.required("mta-provides-dependency");
        let version = self.required("mta-version").and_then(|_| self.version("mta-version"));
        Some(Filter {
            provider_nid: Some("mta".into()),
            provider_id: Some(format!("{}:{}", id?, provided?)),
            version: version?,
            namespace: NamespaceFilter::Any,
            target: self.target.space.clone(),
            content: Map::default(),
        })
    }

    /// A question is compared with what everybody can read, remembered and shown: it must hold no secret.
    fn holds_secret(&mut self) -> bool {
        let resource = self.resource;
        let asked = resource.parameters.map.iter().filter(|(key, _)| ASKING.contains(&&*key.text));
        let mut any = false;
        for (key, value) in asked.filter(|(_, value)| value.holds_secret()) {
            let at = value.span().or(key.span).unwrap_or(resource.name.span);
            let message = format!(
                "`{}` of resource `{}` holds a secret, and questions to the registry are shown and remembered",
                key.text, resource.name.value
            );
            let help = "What is no secret can come from a parameter or from `--set`; `${env:…}` and `${secret:…}` always count as secrets.";
            self.push(Finding::new(&finding::SECRET_IN_PUBLIC, at, message).help(help), &key.text);
            any = true;
        }
        any
    }

    /// The outer `None`: reported.
    fn text(&mut self, name: &str) -> Option<Option<String>> {
        match self.resource.parameters.map.get(name) {
            None => Some(None),
            Some(value) if value.is_broken() => None,
            Some(value) if value.is_null() => Some(None),
            Some(value) => match value.as_text() {
                Some(text) => Some(Some(text.into())),
                None => {
                    let help = format!("Put it in quotes: `{name}: \"{}\"`.", value.to_json().replace('"', ""));
                    self.bad(value, name, "a text", help);
                    None
                }
            },
        }
    }

    fn map(&mut self, name: &str) -> Option<Option<Map>> {
        match self.resource.parameters.map.get(name) {
            None => Some(None),
            Some(value) if value.is_broken() => None,
            Some(value) if value.is_null() => Some(None),
            Some(value) => match value.as_map() {
                Some(map) => Some(Some(map.clone())),
                None => {
                    self.bad(value, name, "a map", format!("Write `{name}: {{key: value}}`."));
                    None
                }
            },
        }
    }

    fn version(&mut self, name: &str) -> Option<Option<VersionRange>> {
        let Some(text) = self.text(name)? else { return Some(None) };
        match VersionRange::parse(&text) {
            Ok(range) => Some(Some(range)),
            Err(_) if self.target.compat == Compat::DeployService => Some(Some(VersionRange::parse_leniently(&text))),
            Err(error) => {
                let value = self.resource.parameters.map.get(name);
                let at = value.and_then(Value::span).unwrap_or(self.resource.name.span);
                let at = if at.range().len() == text.len() { at.part(error.at.clone()) } else { at };
                let message = format!(
                    "`{name}` of resource `{}` is no version range: {}",
                    self.resource.name.value, error.message
                );
                self.push(
                    Finding::new(&finding::BAD_PARAMETER_VALUE, at, message)
                        .help("Ranges look like `\">=1.2.0 <2.0.0\"`, `\"^1.2.0\"`, `\"1.x\"` or `\"[1.0,2.0)\"`."),
                    name,
                );
                None
            }
        }
    }

    fn target_filter(&mut self) -> Option<Space> {
        let Some(map) = self.map("target")? else { return Some(self.target.space.clone()) };
        let mut half = |key: &str| match map.get(key).map(|value| (value, value.as_text())) {
            Some((_, Some(text))) => Some(text.to_owned()),
            Some((value, None)) if value.is_broken() => None,
            other => {
                let at = other.and_then(|(value, _)| value.span()).or_else(|| self.span_of("target"));
                let message = format!(
                    "`target` of resource `{}` has no text `{key}`; it needs both `org` and `space`",
                    self.resource.name.value
                );
                self.push(
                    Finding::new(&finding::CONFIG_INCOMPLETE, at.unwrap_or(self.resource.name.span), message).help(
                        "Write `target: {org: ${org}, space: ${space}}`, or leave `target` out; `\"*\"` takes any.",
                    ),
                    "target",
                );
                None
            }
        };
        let (org, space) = (half("org"), half("space"));
        Some(Space { org: org?, space: space? })
    }

    fn required(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        if text.is_none() {
            let message = format!("resource `{}` needs the parameter `{name}`", self.resource.name.value);
            let help = "Better: `type: configuration` with `provider-id: MTA-ID:NAME` and `version`.";
            self.push(Finding::new(&finding::CONFIG_INCOMPLETE, self.resource.name.span, message).help(help), name);
        }
        text
    }

    fn span_of(&self, name: &str) -> Option<Span> {
        self.resource.parameters.map.get_key_value(name).and_then(|(key, value)| value.span().or(key.span))
    }

    fn bad(&mut self, value: &Value, name: &str, wanted: &str, help: String) {
        let at = value.span().unwrap_or(self.resource.name.span);
        let message = format!(
            "`{name}` of resource `{}` must be {wanted}, and is {}",
            self.resource.name.value,
            value.kind_name()
        );
        self.push(Finding::new(&finding::BAD_PARAMETER_VALUE, at, message).help(help), name);
    }

    fn push(&mut self, finding: Finding, name: &str) {
        self.findings.push(finding.path(format!("{}.{name}", self.path)));
    }
}

/// `managed: true` subscribes; that has a meaning only for configuration resources.
fn check_managed(filled: &Filled, target: &Target, findings: &mut Findings) {
    let all = filled.modules.iter().enumerate().flat_map(|(at, module)| {
        module.requires.iter().enumerate().filter_map(move |(requires_at, requires)| {
            let value = requires.parameters.map.get("managed").filter(|value| !value.is_null())?;
            Some((module, requires, value, format!("modules[{at}].requires[{requires_at}].parameters.managed")))
        })
    });
    let managed: Vec<_> = all.filter(|(.., value, _)| value.as_bool() != Some(false)).collect();
    if managed.is_empty() {
        return;
    }
    let configurations: HashSet<&str> = filled
        .resources
        .iter()
        .filter(|resource| is_configuration(resource, target))
        .map(|resource| resource.name.value.as_str())
        .collect();
    for (module, requires, value, path) in managed {
        let (module, name) = (&module.name.value, &requires.name.value);
        let at = value.span().unwrap_or(requires.name.span);
        if value.as_bool().is_none() {
            let kind = value.kind_name();
            let message =
                format!("`managed` of requirement `{name}` of module `{module}` must be a boolean, and is {kind}");
            let finding = Finding::new(&finding::BAD_PARAMETER_VALUE, at, message).path(path);
            findings.push(finding.help("Write `managed: true` without quotes, or take it out."));
        } else if !configurations.contains(name.as_str()) {
            let message = format!("module `{module}` subscribes to `{name}`, which is no configuration resource");
            let finding = Finding::new(&finding::MANAGED_WITHOUT_CONFIGURATION, at, message).path(path);
            findings.push(finding.help("Take `managed` out, or require a resource of `type: configuration`."));
        }
    }
}
