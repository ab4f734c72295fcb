//! The operations that are hit: each with its beginning, its command, and what belongs to it.

pub struct Scene {
    pub name: &'static str,
    pub files: &'static [(&'static str, &'static str)],
    pub applications: &'static [&'static str],
    /// Commands that lead to the beginning from any end of the operation.
    pub before: &'static [&'static str],
    pub operation: &'static str,
    /// A plan that says after the operation that nothing is left to do.
    pub plan: Option<&'static str>,
}

/// Of every kind of step some: a volume and so the old one first, two instances and so the new ones first, a task, entries.
const FIRST: &str = r#"
_schema-version: "3.3"
ID: SPACE-shop
version: 1.0.0
modules:
  - name: db
    type: application
    parameters:
      docker: {image: "windlass-test:1"}
      no-route: true
      container: {stop-timeout: 1, volumes: ["data:/data"]}
    properties: {VALUE: one}
    provides:
      - {name: db-api, public: true, properties: {url: "db:1"}}
      - {name: old-api, public: true, properties: {url: "db:old"}}
  - name: web
    type: application
    parameters:
      docker: {image: "windlass-test:1"}
      no-route: true
      instances: 2
      container: {stop-timeout: 1}
      tasks: [{name: migrate, command: "echo one"}]
    properties: {VALUE: one}
    requires: [{name: db-api, properties: {URL: "~{url}"}}]
  - name: gone
    type: application
    parameters: {docker: {image: "windlass-test:1"}, no-route: true, container: {stop-timeout: 1}}
"#;

/// Everything of it changed: replaced with the old one first and with the new one first, by variables and by image; a module
/// gone, one new; another task; entries changed, taken back and new.
const SECOND: &str = r#"
_schema-version: "3.3"
ID: SPACE-shop
version: 2.0.0
modules:
  - name: db
    type: application
    parameters:
      docker: {image: "windlass-test:1"}
      no-route: true
      container: {stop-timeout: 1, volumes: ["data:/data"]}
    properties: {VALUE: two}
    provides:
      - {name: db-api, public: true, properties: {url: "db:2"}}
      - {name: new-api, public: true, properties: {url: "db:new"}}
  - name: web
    type: application
    parameters:
      docker: {image: "windlass-test:2"}
      no-route: true
      instances: 2
      container: {stop-timeout: 1}
      tasks: [{name: migrate, command: "echo two"}]
    properties: {VALUE: one}
    requires: [{name: db-api, properties: {URL: "~{url}"}}]
  - name: new
    type: application
    parameters: {docker: {image: "windlass-test:1"}, no-route: true, container: {stop-timeout: 1}}
"#;

const FRAMEWORK: &str = r#"
_schema-version: "3.3"
ID: SPACE-framework
version: 1.0.0
modules:
  - name: framework
    type: application
    parameters: {docker: {image: "windlass-test:1"}, no-route: true, container: {stop-timeout: 1}}
    requires:
      - name: plugins
        list: plugin_configs
        properties: {plugin_name: "~{name}", plugin_url: "~{url}/sources"}
        parameters: {managed: true}
resources:
  - name: plugins
    type: configuration
    parameters: {target: {org: "${org}", space: "${space}"}, filter: {type: com.acme.plugin}}
"#;

/// One entry of each kind of change: it stays with another content; its provider has another version with a first and a
/// second.
const PLUGIN_1: &str = r#"
_schema-version: "3.3"
ID: SPACE-plugin
version: 1.0.0
modules:
  - name: plugin
    type: application
    parameters: {docker: {image: "windlass-test:1"}, no-route: true, container: {stop-timeout: 1}}
    provides:
      - {name: a, public: true, properties: {name: a, type: com.acme.plugin, url: "https://a.example.org"}}
      - {name: b, public: true, properties: {name: b, type: com.acme.plugin, url: "https://b.example.org"}}
"#;

const PLUGIN_2: &str = r#"
_schema-version: "3.3"
ID: SPACE-plugin
version: 2.0.0
modules:
  - name: plugin
    type: application
    parameters: {docker: {image: "windlass-test:1"}, no-route: true, container: {stop-timeout: 1}}
    provides:
      - {name: a, public: true, properties: {name: a, type: com.acme.plugin, url: "https://a2.example.org"}}
      - {name: c, public: true, properties: {name: c, type: com.acme.plugin, url: "https://c.example.org"}}
"#;

pub static FIRST_DEPLOYMENT: Scene = Scene {
    name: "first",
    files: &[("first.yaml", FIRST)],
    applications: &["SPACE-shop"],
    before: &["undeploy SPACE-shop --yes --delete-data"],
    operation: "deploy first.yaml",
    plan: Some("plan first.yaml --detailed-exitcode"),
};

pub static REDEPLOYMENT: Scene = Scene {
    name: "redeployment",
    files: &[("first.yaml", FIRST), ("second.yaml", SECOND)],
    applications: &["SPACE-shop"],
    before: &["deploy first.yaml"],
    operation: "deploy second.yaml",
    plan: Some("plan second.yaml --detailed-exitcode"),
};

pub static UNDEPLOYMENT: Scene = Scene {
    name: "undeployment",
    files: &[("first.yaml", FIRST)],
    applications: &["SPACE-shop"],
    before: &["deploy first.yaml"],
    operation: "undeploy SPACE-shop --yes --delete-data",
    plan: None,
};

pub static SUBSCRIBER_UPDATE: Scene = Scene {
    name: "subscriber",
    files: &[("framework.yaml", FRAMEWORK), ("plugin-1.yaml", PLUGIN_1), ("plugin-2.yaml", PLUGIN_2)],
    applications: &["SPACE-framework", "SPACE-plugin"],
    before: &["deploy plugin-1.yaml", "deploy framework.yaml"],
    operation: "deploy plugin-2.yaml",
    plan: Some("plan plugin-2.yaml --detailed-exitcode"),
};

pub static PROVIDER_GONE: Scene = Scene {
    name: "gone",
    files: &[("framework.yaml", FRAMEWORK), ("plugin-1.yaml", PLUGIN_1)],
    applications: &["SPACE-framework", "SPACE-plugin"],
    before: &["deploy plugin-1.yaml", "deploy framework.yaml"],
    operation: "undeploy SPACE-plugin --yes",
    plan: Some("plan framework.yaml --detailed-exitcode"),
};
