//! Where an application goes, and what is known there: given to the stages, never asked for by them.

mod developer_api;
pub mod place;
pub mod read;
pub mod supply;
pub mod types;

use crate::tree::{Map, Value};
use types::{RESOURCE_TYPES, TypeDefaults, Types};

/// An organisation and a space in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Space {
    pub org: String,
    pub space: String,
}

impl std::fmt::Display for Space {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.org, self.space)
    }
}

/// Where the public documentation and the deploy service disagree: whose word counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compat {
    /// Elements of a `list` variable hold what the descriptor declares; null stays null; `VCAP_SERVICES` is written.
    Documented,
    /// Elements carry `name`; nulls inside JSON are dropped; what the platform adds at start is left out.
    DeployService,
}

#[derive(Clone, Debug)]
pub struct Target {
    pub name: String,
    pub space: Space,
    pub namespace: Option<String>,
    pub apply_namespace: ApplyNamespace,
    pub parameters: Map,
    pub module_types: Types,
    pub resource_types: Types,
    /// Names whose values exist only while deploying.
    pub dynamic_parameters: Vec<String>,
    /// `host` → `hosts`: `${host}` falls back to the first of `hosts`.
    pub plural_parameters: Vec<(String, String)>,
    /// The address of the container engine, or the Docker context that knows it; at most one of them.
    pub host: Option<String>,
    pub context: Option<String>,
    pub default_domain: String,
    pub protocol: String,
    /// How `${default-host}` is made; `None`: of organisation, space and module.
    pub host_template: Option<String>,
    /// `https://shop.example.org:443`: where modules find the developers' API.
    pub developer_api_host: Option<String>,
    pub compat: Compat,
}

/// Which names take the namespace, as the command line says; `None` leaves it to the descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ApplyNamespace {
    pub app_names: Option<bool>,
    pub service_names: Option<bool>,
    pub app_routes: Option<bool>,
    /// Behind the name, not in front.
    pub as_suffix: Option<bool>,
}

/// What the stages are told about the world: one operation's constants.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Milliseconds since 1970, fixed for the operation.
    pub timestamp: String,
    pub user: String,
    pub engine_url: String,
    pub generated: Generator,
    /// Of what the descriptor asks for with `${env:…}` and `${secret:…}`.
    pub supplies: supply::Supplies,
}

impl Facts {
    /// For those who look at a descriptor without deploying it, and show none of its values.
    pub fn unknown() -> Facts {
        Facts {
            timestamp: String::new(),
            user: String::new(),
            engine_url: String::new(),
            generated: Generator::new([0; 32]),
            supplies: supply::Supplies::unasked(),
        }
    }
}

/// Makes `generated-user` and `generated-password`: always the same for one owner in one deployment, because both are
/// derived from a secret of the state directory. So an unchanged deployment plans empty, and nothing needs to be stored.
#[derive(Clone)]
pub struct Generator {
    seed: [u8; 32],
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Generator(…)")
    }
}

impl Generator {
    /// `seed` belongs to one deployment (see `Store::seed`).
    pub fn new(seed: [u8; 32]) -> Generator {
        Generator { seed }
    }

    /// A fingerprint of a secret, for comparing it with another one of the same deployment. Without the seed nobody can tell
    /// by trying what it was made from.
    pub fn fingerprint(&self, secret: &str) -> String {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&self.seed).expect("a MAC takes a key of any length");
        mac.update(b"fingerprint\0");
        mac.update(secret.as_bytes());
        mac.finalize().into_bytes().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key for what labels tell of secrets.
    pub fn fingerprint_key(&self) -> [u8; 32] {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&self.seed).expect("a MAC takes a key of any length");
        mac.update(b"key of fingerprints");
        mac.finalize().into_bytes().into()
    }

    /// Sixteen characters from an alphabet without characters that a shell acts on.
    /// `owner` is `module/NAME` or `resource/NAME`; `what` is the parameter's name.
    pub fn credential(&self, owner: &str, what: &str) -> String {
        use hmac::{Hmac, KeyInit, Mac};
        const ALPHABET: &[u8; 64] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&self.seed).expect("a MAC takes a key of any length");
        mac.update(owner.as_bytes());
        mac.update(b"\0");
        mac.update(what.as_bytes());
        mac.finalize().into_bytes().iter().take(16).map(|byte| char::from(ALPHABET[usize::from(byte & 63)])).collect()
    }
}

/// What resources can be (parameters 3).
const MEANINGS: [&str; 5] =
    ["managed-service", "user-provided-service", "existing-service", "existing-service-key", "configuration"];

impl Target {
    /// The defaults of a module type; `None` when the target does not name it.
    pub fn module_type(&self, name: &str) -> Option<&TypeDefaults> {
        self.module_types.get(name)
    }

    pub fn resource_type(&self, name: &str) -> Option<&TypeDefaults> {
        self.resource_types.get(name)
    }

    /// What a resource stands for (`managed-service`, `configuration` …): its own parameter `type` when that is one of the
    /// words for it, the parameter `type` of its type, of the well-known names of the platform, else the name itself.
    pub fn resource_meaning<'a>(&'a self, kind: &'a str, parameters: &'a Map) -> &'a str {
        let own = parameters.get("type").and_then(Value::as_text).filter(|own| MEANINGS.contains(own));
        let of_the_type = || self.resource_type(kind)?.parameters.get("type")?.as_text();
        if let Some(meaning) = own.or_else(of_the_type) {
            return meaning;
        }
        RESOURCE_TYPES.iter().find(|one| one.name == kind).map_or(kind, |one| one.meaning)
    }
}
