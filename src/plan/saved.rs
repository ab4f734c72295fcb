//! A plan in a file: what it was made from and what it says, so that `deploy --plan` can make it again and compare.
//!
//! The file holds no step to execute. Executing a plan from a file would trust the file; making it again from the same
//! inputs, and refusing when anything has moved, needs no trust and says *what* has moved.

use super::world::{self, World};
use serde::{Deserialize, Serialize};

/// The version of the file's shape.
pub const FORMAT: u32 = 2;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    pub format: u32,
    /// Which windlass made it.
    pub windlass: String,
    pub inputs: Inputs,
    pub world: World,
    /// As `windlass plan -o json` prints it.
    pub plan: serde_json::Value,
}

/// The command line behind the plan; paths as they were given, relative to `directory`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    pub directory: String,
    pub descriptor: Option<String>,
    pub extensions: Vec<String>,
    /// `--set` and `--set-file` as they were given; secrets are never among the former.
    #[serde(default)]
    pub set: Vec<String>,
    #[serde(default)]
    pub set_file: Vec<String>,
    #[serde(default)]
    pub require_secure_parameters: bool,
    pub target: Option<String>,
    pub org: Option<String>,
    pub space: Option<String>,
    pub namespace: Option<String>,
    /// The words of `--apply-namespace`.
    #[serde(default)]
    pub apply_namespace: Vec<String>,
    pub compat: Option<String>,
    pub no_start: bool,
    pub restart_subscribers: bool,
    #[serde(default)]
    pub no_hooks: bool,
    /// The modules that are deployed, and the resources; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modules: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<String>>,
    /// `all`; absent: the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_rule: Option<String>,
    #[serde(default)]
    pub delete_data: bool,
    /// `--user`, when it was given.
    #[serde(default)]
    pub user: Option<String>,
    /// The moment of the plan, so that `${timestamp}` says the same again.
    pub timestamp: String,
}

/// Why a file is no saved plan.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    #[error("it was written by a newer windlass ({windlass}, format {found}; this one knows {FORMAT})")]
    Newer { windlass: String, found: u32 },
    #[error("it is no plan saved by windlass: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl Saved {
    pub fn read(text: &str) -> Result<Saved, SavedError> {
        // The format is looked at first: a newer file may well have fields that this reader refuses.
        let value: serde_json::Value = serde_json::from_str(text)?;
        let format =
            value.get("format").and_then(serde_json::Value::as_u64).and_then(|format| u32::try_from(format).ok());
        match format {
            Some(found) if found > FORMAT => {
                let windlass = value.get("windlass").and_then(serde_json::Value::as_str).unwrap_or("unknown version");
                Err(SavedError::Newer { windlass: windlass.to_owned(), found })
            }
            _ => Ok(serde_json::from_value(value)?),
        }
    }

    /// The file's text.
    pub fn write(&self) -> String {
        let text =
            serde_json::to_string_pretty(self).expect("maps with text keys and plain values always have a JSON form");
        text + "\n"
    }

    /// What has moved since, one sentence each; empty when the plan of now is the plan of then.
    pub fn moved(&self, world: &World, plan: &serde_json::Value) -> Vec<String> {
        let mut moved = world::moved(&self.world, world);
        if moved.is_empty() && self.plan != *plan {
            moved.push(match self.windlass == VERSION {
                true => "the same inputs lead to another plan".to_owned(),
                false => format!("windlass {} plans otherwise than {VERSION}", self.windlass),
            });
        }
        moved
    }
}

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn saved() -> Saved {
        let inputs = Inputs {
            directory: "/srv/shop".into(),
            descriptor: Some("mtad.yaml".into()),
            extensions: Vec::new(),
            set: vec!["modules.web.parameters.memory=1G".into()],
            set_file: Vec::new(),
            require_secure_parameters: false,
            target: None,
            org: None,
            space: None,
            namespace: None,
            apply_namespace: vec!["no-app-names".into()],
            compat: None,
            no_start: false,
            restart_subscribers: true,
            no_hooks: false,
            modules: Some(vec!["web".into()]),
            resources: Some(Vec::new()),
            version_rule: Some("all".into()),
            delete_data: false,
            user: None,
            timestamp: "1700000000000".into(),
        };
        let world = World::from([("container `windlass-shop-web-1`".to_owned(), "abc running 503e".to_owned())]);
        Saved { format: FORMAT, windlass: VERSION.into(), inputs, world, plan: json!({"steps": []}) }
    }

    #[test]
    fn a_saved_plan_is_read_back_and_says_what_moved() {
        let then = Saved::read(&saved().write()).expect("what was written is readable");
        assert_eq!(then, saved());
        assert!(then.moved(&then.world, &then.plan).is_empty());
        let now = World::from([("container `windlass-shop-web-1`".to_owned(), "abc ended 503e".to_owned())]);
        let expected = "container `windlass-shop-web-1` has changed (abc running 503e -> abc ended 503e)";
        assert_eq!(then.moved(&now, &then.plan), [expected]);
        assert_eq!(then.moved(&World::new(), &then.plan), ["container `windlass-shop-web-1` is gone"]);
        assert_eq!(then.moved(&then.world, &json!({"steps": [1]})), ["the same inputs lead to another plan"]);
    }

    #[test]
    fn a_file_from_the_future_is_named_as_such() {
        let error = Saved::read(r#"{"format": 7, "windlass": "9.0", "more": 1}"#).expect_err("too new");
        assert!(error.to_string().contains("9.0"), "{error}");
        assert!(matches!(Saved::read("mtad"), Err(SavedError::Unreadable(_))));
    }
}
