//! What a deployment publishes: one entry per public, non-empty `provides` (registry reference, section 2).

use super::bind::Bound;
use crate::descriptor::Provides;
use crate::finding::{self, Finding, Findings, Severity, Staged};
use crate::registry::Entry;
use crate::target::{Space, Target};
use crate::tree::{Kind, Map, Origin, Value};
use crate::version::Version;

/// The entries, in the order of the descriptor; each names its module.
pub fn offers(bound: &Bound, target: &Target) -> Staged<Vec<Entry>> {
    let mut findings = Findings::default();
    let mut entries = Vec::new();
    let mut version = None;
    for (module_at, module) in bound.modules.iter().enumerate() {
        for (at, provides) in module.provides.iter().enumerate() {
            let path = || format!("modules[{module_at}].provides[{at}]");
            if !provides.public || provides.properties.map.is_empty() {
                // Nobody sees what is not published. That the parameter is wrong is worth knowing before it is.
                if provides.parameters.map.contains("visibility") {
                    visibility(provides, target, &path(), &mut findings);
                }
                continue;
            }
            let path = path();
            if version.is_none() {
                version = Some(self::version(bound, &mut findings));
            }
            if let Some(secret) = secret_in(provides, bound.schema.value.major, &path) {
                findings.push(secret);
                continue;
            }
            entries.push(Entry {
                row: None,
                provider_nid: Some("mta".into()),
                provider_id: format!("{}:{}", bound.id.value, provides.name.value),
                provider_version: version.clone().flatten(),
                provider_namespace: target.namespace.clone(),
                target: target.space.clone(),
                content: Some(Value::map(provides.properties.map.clone(), Origin::Written(provides.span))),
                visibility: Some(visibility(provides, target, &path, &mut findings)),
                module: Some(module.name.value.clone()),
            });
        }
    }
    Staged::new(entries, findings)
}

fn version(bound: &Bound, findings: &mut Findings) -> Option<String> {
    if bound.version.value.is_empty() {
        return None;
    }
    match Version::parse(&bound.version.value) {
        Ok(version) => Some(version.to_string()),
        Err(error) => {
            let message = format!("`{}` is no version: {error}", bound.version.value);
            findings.push(
                Finding::new(&finding::SCHEMA_BAD_VERSION, bound.version.span, message)
                    .path("version")
                    .help("Entries are published under the version; write one like `1.2.0`."),
            );
            None
        }
    }
}

/// The registry is readable for other deployments and is not encrypted, so no secret goes there. In schema 2 sets are
/// public without having been called so; there the set is left out with a warning.
fn secret_in(provides: &Provides, major: u32, path: &str) -> Option<Finding> {
    let (key, value) = provides.properties.map.iter().find(|(_, value)| value.holds_secret())?;
    let at = key.span.or(value.span()).unwrap_or(provides.name.span);
    let message = format!(
        "`{}` of the public set `{}` holds a secret, which everyone could read in the registry",
        key.text, provides.name.value
    );
    let mut finding = Finding::new(&finding::SECRET_IN_PUBLIC, at, message)
        .path(format!("{path}.properties.{}", key.text))
        .help("Take it out of this set, or write `public: false`; modules of this descriptor can still require it.");
    if major < 3 {
        finding.severity = Severity::Warning;
    }
    Some(finding)
}

/// Who may read an entry: without the parameter every space of the own org; with it, the listed ones and the own space.
fn visibility(provides: &Provides, target: &Target, path: &str, findings: &mut Findings) -> Vec<Space> {
    let own = &target.space;
    let Some(value) = provides.parameters.map.get("visibility").filter(|value| !value.is_null()) else {
        return vec![Space { org: own.org.clone(), space: "*".into() }];
    };
    let mut spaces = Vec::new();
    let mut refuse = |value: &Value, what: String| {
        let at = value.span().unwrap_or(provides.name.span);
        findings.push(
            Finding::new(
                &finding::CONFIG_BAD_VISIBILITY,
                at,
                format!("`visibility` of `{}` {what}", provides.name.value),
            )
            .path(format!("{path}.parameters.visibility"))
            .help("Write a list like `[{org: acme, space: dev}, {org: partner}]`."),
        );
    };
    match &value.kind {
        Kind::List(items) => {
            for item in items.iter() {
                match item.as_map().map(space) {
                    _ if item.is_broken() => {}
                    Some(Ok(space)) => spaces.push(space),
                    Some(Err(what)) => refuse(item, what),
                    None => refuse(item, format!("must hold maps, and this is {}", item.kind_name())),
                }
            }
        }
        _ => refuse(value, format!("must be a list, and is {}", value.kind_name())),
    }
    if !spaces.contains(own) {
        spaces.push(own.clone());
    }
    spaces
}

fn space(map: &Map) -> Result<Space, String> {
    let half = |key: &str| match map.get(key) {
        // No space is called like that, and what it is was reported.
        Some(value) if value.is_broken() => Ok(Some(String::new())),
        None => Ok(None),
        Some(value) => match value.as_text() {
            Some(text) => Ok(Some(text.to_owned())),
            None => Err(format!("needs a text for `{key}`, and this is {}", value.kind_name())),
        },
    };
    // A misspelt `space` would open the entry to the whole organisation.
    if let Some(key) = map.keys().find(|key| !matches!(*key, "org" | "space")) {
        return Err(format!("knows `org` and `space`, and no `{key}`"));
    }
    let org = half("org")?.ok_or("needs `org` in each of its maps")?;
    Ok(Space { org, space: half("space")?.unwrap_or_else(|| "*".into()) })
}
