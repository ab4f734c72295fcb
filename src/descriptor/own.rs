//! The descriptor of a module that somebody adds without writing one: an image, variables, a name.
//!
//! It is a real descriptor with one module, so that everything that works for descriptors works for it, and it can be taken
//! out and deployed from a file at any time. What is changed later is changed in its text: comments and the order of
//! things stay as they are.

use crate::finding::{Change, Fix, Words};
use crate::name::ModuleName;
use crate::source::edit::{Editor, apply};
use crate::source::yaml::{self, Node, NodeKind, Pair, Scalar};
use crate::source::{FileId, Sources};
use crate::text::literal;
use crate::tree::{Key, Kind, Map, Origin, Value};
use crate::version::Version;
use std::sync::Arc;

/// What is asked for when a module is added.
#[derive(Clone, Debug)]
pub struct NewModule {
    pub mta: String,
    /// The module's name; what people call its marker.
    pub marker: ModuleName,
    pub image: String,
    pub display_name: Option<String>,
    pub registry: Option<String>,
    pub username: Option<String>,
    /// The name of the secret that holds the password for the registry.
    pub password: Option<String>,
    /// Where it listens; published. Without one it is a worker.
    pub port: Option<u16>,
    pub memory: Option<String>,
    /// In the order in which they were given; of a name that comes twice, the last one counts.
    pub variables: Vec<(String, Variable)>,
}

/// What a variable is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variable {
    /// A text in which `${…}` means something.
    Written(String),
    /// A text that is meant as it stands, from a file or a pipe.
    Literal(String),
    /// The value of this secret.
    Secret(String),
}

impl Variable {
    /// As it is written in a descriptor; `None` for a text that no descriptor can hold as it stands.
    fn text(&self) -> Option<String> {
        match self {
            Variable::Written(text) => Some(text.clone()),
            Variable::Literal(text) => literal(text).map(|text| text.into_owned()),
            Variable::Secret(name) => Some(secret(name)),
        }
    }
}

fn secret(name: &str) -> String {
    format!("${{secret:{name}}}")
}

/// A variable whose text a descriptor cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwritable(pub String);

/// The descriptor, as a value in the author's shape.
pub fn descriptor(new: &NewModule) -> Result<Value, Unwritable> {
    let text = |text: &str| Value::text(text, Origin::Nowhere);
    let map = |entries: Map| Value::map(entries, Origin::Nowhere);
    let mut docker = Map::default();
    docker.insert(Key::from("image"), text(&new.image));
    for (key, value) in [("registry", &new.registry), ("username", &new.username)] {
        if let Some(value) = value {
            docker.insert(Key::from(key), text(value));
        }
    }
    if let Some(name) = &new.password {
        docker.insert(Key::from("password"), text(&secret(name)));
    }
    let mut parameters = Map::default();
    if let Some(name) = &new.display_name {
        parameters.insert(Key::from("display-name"), text(name));
    }
    parameters.insert(Key::from("docker"), map(docker));
    match new.port {
        Some(port) => {
            let port = Value::new(Kind::Int(i64::from(port)), Origin::Nowhere);
            parameters.insert(Key::from("container"), map([(Key::from("port"), port)].into_iter().collect()));
        }
        None => parameters.insert(Key::from("no-route"), Value::new(Kind::Bool(true), Origin::Nowhere)),
    }
    if let Some(memory) = &new.memory {
        parameters.insert(Key::from("memory"), text(memory));
    }
    let mut properties = Map::default();
    for (name, variable) in &new.variables {
        let written = variable.text().ok_or_else(|| Unwritable(name.clone()))?;
        properties.insert(Key::from(name.as_str()), text(&written));
    }
    let mut module = Map::default();
    module.insert(Key::from("name"), text(new.marker.as_str()));
    module.insert(Key::from("type"), text("application"));
    module.insert(Key::from("parameters"), map(parameters));
    if !properties.is_empty() {
        module.insert(Key::from("properties"), map(properties));
    }
    let mut all = Map::default();
    all.insert(Key::from("_schema-version"), text("3.3"));
    all.insert(Key::from("ID"), text(&new.mta));
    all.insert(Key::from("version"), text(&version_of(&new.image)));
    all.insert(Key::from("modules"), Value::list(vec![map(module)], Origin::Nowhere));
    Ok(map(all))
}

/// The version of the application: the one in the tag of its image (`prod-v1.0.10` → `1.0.10`), if there is one.
pub fn version_of(image: &str) -> String {
    version_in(image).unwrap_or_else(|| "1.0.0".to_owned())
}

fn version_in(image: &str) -> Option<String> {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let (_, tag) = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?;
    let start = tag.find(|c: char| c.is_ascii_digit())?;
    let version = &tag[start..];
    let end = version.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(version.len());
    let version = version[..end].trim_end_matches('.');
    (version.split('.').count() == 3 && Version::parse(version).is_ok()).then(|| version.to_owned())
}

/// One thing that is to be otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    Image(String),
    /// Another tag of the image that is there.
    Tag(String),
    /// `None`: no name for people any more.
    DisplayName(Option<String>),
    Registry(String),
    Username(String),
    /// The name of the secret with the password.
    Password(String),
    Port(u16),
    Memory(String),
    Variable(String, Variable),
    UnsetVariable(String),
}

/// Why a wish cannot be fulfilled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such variable; these are there.
    NoVariable {
        name: String,
        known: Vec<String>,
    },
    Unwritable(String),
    /// The text has something else there than a simple value.
    NotSimple {
        path: String,
    },
}

/// The text with all wishes fulfilled, one after the other.
pub fn changed(text: &str, wishes: &[Wish]) -> Result<String, Refusal> {
    wishes.iter().try_fold(text.to_owned(), |text, wish| change(&text, wish))
}

fn change(text: &str, wish: &Wish) -> Result<String, Refusal> {
    let own = Own::of(text);
    let words = |text: &str| Words::Text(text.to_owned());
    match wish {
        Wish::Image(image) => with_image(&own, image),
        Wish::Tag(tag) => with_image(&own, &tagged(own.get(IMAGE).unwrap_or_default(), tag)),
        Wish::DisplayName(Some(name)) => own.put(DISPLAY_NAME, words(name)),
        Wish::DisplayName(None) => own.delete(DISPLAY_NAME),
        Wish::Registry(host) => own.put(&["parameters", "docker", "registry"], words(host)),
        Wish::Username(name) => own.put(&["parameters", "docker", "username"], words(name)),
        Wish::Password(name) => own.put(&["parameters", "docker", "password"], words(&secret(name))),
        Wish::Memory(memory) => own.put(&["parameters", "memory"], words(memory)),
        Wish::Port(port) => {
            let text = own.put(&["parameters", "container", "port"], Words::Plain(port.to_string()))?;
            Own::of(&text).delete(&["parameters", "no-route"])
        }
        Wish::Variable(name, variable) => {
            let written = variable.text().ok_or_else(|| Refusal::Unwritable(name.clone()))?;
            own.put(&["properties", name], Words::Text(written))
        }
        Wish::UnsetVariable(name) => {
            let known = own.variables();
            if !known.contains(name) {
                return Err(Refusal::NoVariable { name: name.clone(), known });
            }
            own.delete(&["properties", name])
        }
    }
}

const IMAGE: &[&str] = &["parameters", "docker", "image"];
const DISPLAY_NAME: &[&str] = &["parameters", "display-name"];

/// The version follows the tag, when both have said the same until now.
fn with_image(own: &Own, image: &str) -> Result<String, Refusal> {
    let before = own.get(IMAGE).and_then(version_in);
    let followed = before.is_some() && before.as_deref() == own.at_root("version");
    let text = own.put(IMAGE, Words::Text(image.to_owned()))?;
    match version_in(image).filter(|_| followed) {
        Some(version) => Own::of(&text).put_at_root("version", Words::Text(version)),
        None => Ok(text),
    }
}

/// The image under another tag; a digest names no tag and goes.
fn tagged(image: &str, tag: &str) -> String {
    let name = image.split_once('@').map_or(image, |(name, _)| name);
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    let name = name[last..].rfind(':').map_or(name, |colon| &name[..last + colon]);
    format!("{name}:{tag}")
}

/// What a table of modules shows of a descriptor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    pub mta: String,
    pub marker: ModuleName,
    pub display_name: Option<String>,
    pub image: Option<String>,
    /// Every secret that it names, in the order of the text.
    pub secrets: Vec<String>,
}

/// Reads what is needed to know a module by; `None` for a text that `descriptor` has not made.
pub fn outline(text: &str) -> Option<Outline> {
    let own = Own::of(text);
    let name = entry(own.module()?, "name").and_then(|pair| said(&pair.value))?;
    let mut secrets = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("${secret:") {
        let Some((secret, behind)) = behind.split_once('}') else { break };
        secrets.push(secret.to_owned());
        rest = behind;
    }
    Some(Outline {
        mta: own.at_root("ID")?.to_owned(),
        marker: ModuleName::new(name),
        display_name: own.get(DISPLAY_NAME).map(str::to_owned),
        image: own.get(IMAGE).map(str::to_owned),
        secrets,
    })
}

/// A text that is being changed, and its tree.
struct Own {
    sources: Sources,
    file: FileId,
    root: Option<Node>,
}

impl Own {
    fn of(text: &str) -> Own {
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", text);
        let root = yaml::read(&sources, file).product;
        Own { sources, file, root }
    }

    fn module(&self) -> Option<&Node> {
        match &entry(self.root.as_ref()?, "modules")?.value.kind {
            NodeKind::List(modules) => modules.first(),
            NodeKind::Scalar(_) | NodeKind::Map(_) => None,
        }
    }

    fn find(&self, path: &[&str]) -> Option<&Pair> {
        let (last, way) = path.split_last()?;
        let map = way.iter().try_fold(self.module()?, |node, key| Some(&entry(node, key)?.value))?;
        entry(map, last)
    }

    fn get(&self, path: &[&str]) -> Option<&str> {
        said(&self.find(path)?.value)
    }

    fn at_root(&self, key: &str) -> Option<&str> {
        said(&entry(self.root.as_ref()?, key)?.value)
    }

    fn variables(&self) -> Vec<String> {
        match self.find(&["properties"]).map(|pair| &pair.value.kind) {
            Some(NodeKind::Map(pairs)) => pairs.iter().map(|pair| pair.key.value.to_string()).collect(),
            _ => Vec::new(),
        }
    }

    fn put(&self, path: &[&str], words: Words) -> Result<String, Refusal> {
        self.put_below(self.module(), path, words)
    }

    fn put_at_root(&self, key: &str, words: Words) -> Result<String, Refusal> {
        self.put_below(self.root.as_ref(), &[key], words)
    }

    fn put_below(&self, map: Option<&Node>, path: &[&str], words: Words) -> Result<String, Refusal> {
        let place = map.map(|map| map.span);
        let path: Vec<String> = path.iter().map(ToString::to_string).collect();
        let refusal = Refusal::NotSimple { path: path.join(".") };
        let change = place.map(|at| Change::Put { at, path, words });
        self.apply(change).ok_or(refusal)
    }

    /// What is not there is gone already.
    fn delete(&self, path: &[&str]) -> Result<String, Refusal> {
        let Some(pair) = self.find(path) else { return Ok(self.sources.get(self.file).text().to_string()) };
        let change = Change::delete(pair.key.span);
        self.apply(Some(change)).ok_or_else(|| Refusal::NotSimple { path: path.join(".") })
    }

    fn apply(&self, change: Option<Change>) -> Option<String> {
        let edits = Editor::new(&self.sources).edits(&Fix::safe("", [change?]))?;
        Some(apply(self.sources.get(self.file).text(), &edits))
    }
}

fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Pair> {
    let NodeKind::Map(pairs) = &node.kind else { return None };
    let pairs: &Arc<Vec<Pair>> = pairs;
    pairs.iter().rev().find(|pair| &*pair.key.value == key)
}

fn said(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Scalar(Scalar { text, .. }) => Some(text),
        NodeKind::List(_) | NodeKind::Map(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
_schema-version: \"3.3\"
ID: shop.currency
version: 1.0.10 # as tagged
modules:
  - name: currency
    type: application
    parameters:
      display-name: Rates
      docker:
        image: registry.example.org/demo/currency:prod-v1.0.10 # the one that works
      no-route: true
    properties:
      API_KEY: ${secret:currency.API_KEY}
      RATE: \"60\"
";

    #[track_caller]
    fn becomes(wish: Wish, from: &str, to: &str) {
        assert!(TEXT.contains(from), "{from}");
        assert_eq!(changed(TEXT, &[wish]).unwrap(), TEXT.replacen(from, to, 1));
    }

    fn written(name: &str, text: &str) -> Wish {
        Wish::Variable(name.into(), Variable::Written(text.into()))
    }

    #[test]
    fn one_wish_changes_one_row() {
        becomes(written("RATE", "30"), "\"60\"", "\"30\"");
        becomes(Wish::DisplayName(Some("Exchange: rates".into())), "name: Rates", "name: \"Exchange: rates\"");
        becomes(Wish::DisplayName(None), "      display-name: Rates\n", "");
        becomes(Wish::Memory("64M".into()), "no-route: true\n", "no-route: true\n      memory: 64M\n");
        becomes(written("NEW", "yes"), "RATE: \"60\"\n", "RATE: \"60\"\n      NEW: \"yes\"\n");
        becomes(Wish::UnsetVariable("RATE".into()), "      RATE: \"60\"\n", "");
        becomes(Wish::Port(8080), "no-route: true\n", "container:\n        port: 8080\n");
        let literal = Variable::Literal("a${b}".into());
        becomes(Wish::Variable("RATE".into(), literal), "\"60\"", "\"a\\\\${b}\"");
        becomes(Wish::Password("t".into()), "works\n", "works\n        password: ${secret:t}\n");
    }

    #[test]
    fn the_version_follows_the_tag_as_long_as_both_say_the_same() {
        let newer = changed(TEXT, &[Wish::Tag("prod-v1.1.0".into())]).unwrap();
        assert_eq!(newer, TEXT.replace("1.0.10", "1.1.0"));
        let own = TEXT.replace("version: 1.0.10", "version: 7.0.0");
        let newer = changed(&own, &[Wish::Tag("prod-v1.1.0".into())]).unwrap();
        assert_eq!(newer, own.replace("prod-v1.0.10", "prod-v1.1.0"));
        assert_eq!(version_of("host:5000/a/b"), "1.0.0");
        assert_eq!(version_of("host:5000/a/b:v2.3.4-alpine"), "2.3.4");
        assert_eq!(version_of("a:1.2"), "1.0.0");
        assert_eq!(tagged("host:5000/a/b@sha256:00", "2"), "host:5000/a/b:2");
        assert_eq!(tagged("host:5000/a/b:1", "2"), "host:5000/a/b:2");
    }

    #[test]
    fn what_is_not_there_is_told() {
        let refused = changed(TEXT, &[Wish::UnsetVariable("RAET".into())]).unwrap_err();
        let known = vec!["API_KEY".to_owned(), "RATE".to_owned()];
        assert_eq!(refused, Refusal::NoVariable { name: "RAET".into(), known });
        let odd = TEXT.replace("RATE: \"60\"", "RATE: [60]");
        let refused = changed(&odd, &[written("RATE", "1")]).unwrap_err();
        assert_eq!(refused, Refusal::NotSimple { path: "properties.RATE".into() });
    }

    #[test]
    fn a_module_is_known_by_its_text() {
        let known = outline(TEXT).unwrap();
        assert_eq!((known.marker.as_str(), &*known.mta), ("currency", "shop.currency"));
        assert_eq!(known.display_name.as_deref(), Some("Rates"));
        assert_eq!(known.secrets, ["currency.API_KEY"]);
        assert_eq!(outline("a: 1"), None);
    }
}
