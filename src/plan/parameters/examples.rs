//! A value for each parameter, as one would write it: for hover texts and the schemas of editors.
//!
//! Where the type already says it all (a flag, a time, a size), the example follows from the type; the others are listed. A
//! test holds every example against the parameter's type.

use super::reference::{Effect, Parameter, Place, Place::*};
use super::types::Type;

macro_rules! examples {
    ($($place:ident $name:literal $example:literal;)*) => { &[$(($place, $name, $example)),*] };
}

/// In the order of the table of parameters; YAML on one line.
static EXAMPLES: &[(Place, &str, &str)] = examples! {
    Module "docker" r#"{image: "registry.example.org/shop/web:1.4.0"}"#;
    Module "command" "[node, server.js]";
    Module "display-name" "Exchange rates";
    Module "routes" r#"[{route: "shop.${default-domain}"}]"#;
    Module "host" "shop";
    Module "hosts" "[shop, www]";
    Module "domain" "apps.example.org";
    Module "domains" "[apps.example.org]";
    Module "route-path" "/shop";
    Module "health-check-type" "http";
    Module "health-check-http-endpoint" "/health";
    Module "container" r#"{port: 8080, volumes: ["data:/var/lib/data"]}"#;
    Module "app-name" "shop-web";
    Module "lifecycle" "docker";
    Module "content" "[{name: pages, path: dist}]";
    Module "buildpack" "nodejs_buildpack";
    Module "buildpacks" "[nodejs_buildpack]";
    Module "stack" "cflinuxfs4";
    Module "path" "dist";
    Module "readiness-health-check-type" "http";
    Module "readiness-health-check-http-endpoint" "/ready";
    Module "idle-host" "shop-idle";
    Module "idle-hosts" "[shop-idle]";
    Module "idle-domain" "idle.example.org";
    Module "idle-domains" "[idle.example.org]";
    Module "idle-routes" r#"[{idle-route: "shop-idle.${default-domain}"}]"#;
    Module "keep-existing" "{env: true}";
    Module "tasks" "[{name: migrate, command: npm run migrate}]";
    Module "restart-on-env-change" "{vcap-services: false}";
    Module "app-features" "{file-based-vcap-services: true}";
    Module "success-marker" r#""STDOUT:migration done""#;
    Module "failure-marker" r#""STDERR:fatal:.*""#;
    Module "service-name" "shop";
    Module "service-url" r#""${default-url}""#;
    Module "service-broker-name" "shop-broker";
    Module "service-broker-user" r#""${generated-user}""#;
    Module "service-broker-password" r#""${generated-password}""#;
    Module "service-broker-url" r#""${default-url}""#;
    Module "config" "{destination: shop}";
    Container "port" "8080";
    Container "ports" r#"["18080:8080"]"#;
    Container "volumes" r#"["data:/var/lib/data"]"#;
    Container "content" "/usr/share/nginx/html";
    Container "user" "1000";
    Container "working-dir" "/app";
    Container "entrypoint" "[/docker-entrypoint.sh]";
    Container "restart" "on-failure";
    Container "stop-signal" "SIGINT";
    Container "cpus" "0.5";
    Container "cap-add" "[NET_BIND_SERVICE]";
    Container "cap-drop" "[ALL]";
    Container "labels" "{team: orders}";
    Container "extra-hosts" r#"["mail:10.0.0.5"]"#;
    Container "networks" "[monitoring]";
    Container "placement" "{zone: a}";
    Container "update" "{parallel: 1}";
    Descriptor "apply-namespace" "{app-names: true, as-suffix: true}";
    Descriptor "deploy_mode" "html5-repo";
    Resource "type" "user-provided-service";
    Resource "service-name" "shop-database";
    Resource "service" "postgresql";
    Resource "service-plan" "standard";
    Resource "service-tags" "[database]";
    Resource "config" r#"{url: "postgres://db:5432/shop"}"#;
    Resource "service-key-name" "shop-key";
    Resource "syslog-drain-url" r#""syslog-tls://logs.example.org:6514""#;
    Resource "service-keys" "[shop-key]";
    Resource "config-path" "xs-security.json";
    Resource "path" "xs-security.json";
    Resource "service-broker" "shop-broker";
    Resource "service-provider" "example";
    Resource "service-version" "v1";
    Resource "skip-service-updates" "{plan: true}";
    Resource "fail-on-service-update" "{plan: false}";
    Resource "provider-nid" "mta";
    Resource "provider-id" r#""com.example.portal:plugins""#;
    Resource "provider-namespace" "test";
    Resource "version" r#"">=1.0.0""#;
    Resource "target" "{org: example, space: prod}";
    Resource "filter" "{type: plugin}";
    Resource "mta-id" "com.example.portal";
    Resource "mta-provides-dependency" "plugins";
    Resource "mta-version" r#"">=1.0.0""#;
    Resource "log-level" "debug";
    Resource "destination" "logs";
    Resource "org-name" "example";
    Resource "space-name" "prod";
    Requires "config" "{permissions: read-only}";
    Requires "binding-name" "database";
    Requires "env-var-name" "DATABASE_KEY";
    Requires "visibility" "[{org: example, space: prod}]";
    Requires "path" "binding.json";
    Provides "visibility" r#"[{org: example, space: "*"}]"#;
    Hook "name" "migrate-database";
    Hook "command" "npm run migrate";
    Hook "requires" "[{name: database}]";
    Hook "phases-config" "[{phase: deploy.application.before-start, target-app: live}]";
};

impl Parameter {
    /// A value as one would write it, in YAML on one line; `None` for what is only there to be read with `${…}`.
    pub fn example(&self) -> Option<String> {
        if self.effect == Effect::Placeholder {
            return None;
        }
        let listed = EXAMPLES.iter().find(|(place, name, _)| *place == self.place && *name == self.name);
        listed.map(|(_, _, example)| (*example).to_owned()).or_else(|| self.is.example(self.default))
    }
}

impl Type {
    /// A value that shows the type, and not the default where it can be another.
    fn example(self, default: &str) -> Option<String> {
        Some(match self {
            Type::Flag | Type::FlagOrText => if default == "true" { "false" } else { "true" }.to_owned(),
            Type::Whole(least, most) => 2.clamp(least, most).to_string(),
            Type::Seconds(least, most) => 120.clamp(least, most).to_string(),
            Type::Size(_) => "256M".to_owned(),
            Type::Word(words) => (*words.iter().find(|word| **word != default)?).to_owned(),
            Type::Text
            | Type::TextOrNumber
            | Type::Path
            | Type::Texts
            | Type::TextOrTexts
            | Type::Map
            | Type::Flags
            | Type::FlagsOf(_)
            | Type::Keys(_)
            | Type::Maps(_)
            | Type::NamesOrMaps(_)
            | Type::Special(_) => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::PARAMETERS;
    use super::super::read::Found;
    use super::*;
    use crate::finding::Findings;
    use crate::source::{Sources, Span, yaml};
    use crate::tree::read::value;

    #[test]
    fn every_parameter_that_can_be_set_has_an_example_of_its_type() {
        for parameter in PARAMETERS {
            let Some(example) = parameter.example() else {
                assert!(parameter.effect == Effect::Placeholder, "{:?} {}", parameter.place, parameter.name);
                continue;
            };
            let mut sources = Sources::default();
            let file = sources.add(parameter.name, example.clone());
            let node = yaml::read(&sources, file).product.unwrap_or_else(|| panic!("{example} is no YAML"));
            let value = value(&node);
            let found = Found {
                name: parameter.name.to_owned(),
                value: &value,
                at: Span::start_of(file),
                path: parameter.name.to_owned(),
            };
            let mut findings = Findings::default();
            parameter.is.check(&found, &mut findings);
            assert!(findings.is_empty(), "{}: {example}: {findings:?}", parameter.name);
        }
    }

    #[test]
    fn every_listed_example_belongs_to_a_parameter() {
        for (at, (place, name, _)) in EXAMPLES.iter().enumerate() {
            assert!(PARAMETERS.iter().any(|one| one.place == *place && one.name == *name), "{place:?} {name}");
            let before = &EXAMPLES[..at];
            assert!(!before.iter().any(|(other, twice, _)| other == place && twice == name), "{place:?} {name} twice");
        }
    }
}
