//! What is said about a parameter, and the reference page made from it.

use super::types::Type;
use crate::tree::shape::example;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// `parameters` of a module, of its type, or of the whole descriptor.
    Module,
    /// The map `container` in there.
    Container,
    /// `parameters` of the descriptor only.
    Descriptor,
    Resource,
    /// An entry of `requires`.
    Requires,
    /// An entry of `provides`.
    Provides,
    Hook,
}

/// What a parameter does on a container engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Used,
    /// Only as a value for `${…}`.
    Placeholder,
    /// Nothing, and it will stay so; the reason in words.
    Nothing(&'static str),
    /// Not yet; the reason in words.
    Later(&'static str),
}

impl Effect {
    /// Why there is none; `None` when there is one.
    pub fn none(self) -> Option<&'static str> {
        match self {
            Effect::Nothing(why) | Effect::Later(why) => Some(why),
            Effect::Used | Effect::Placeholder => None,
        }
    }
}

#[derive(Debug)]
pub struct Parameter {
    pub place: Place,
    pub name: &'static str,
    pub is: Type,
    /// Empty: none.
    pub default: &'static str,
    pub effect: Effect,
    pub meaning: &'static str,
}

impl Parameter {
    /// What an editor shows of the parameter, in Markdown: what it means, type and default, what it does here, an example.
    pub fn markdown(&self) -> String {
        let mut text = format!("{}.", capitalised(self.meaning));
        if self.effect != Effect::Placeholder {
            text.push_str(&format!("\n\nType: {}.", self.is.words()));
            if !self.default.is_empty() {
                let value = if self.default.contains(['`', ' ']) { "" } else { "`" };
                text.push_str(&format!(" Default: {value}{}{value}.", self.default));
            }
        }
        match self.effect {
            Effect::Used => {}
            Effect::Placeholder => {
                text.push_str(&format!("\n\nA value to refer to, with `${{{}}}`, and nothing else.", self.name));
            }
            Effect::Nothing(why) => text.push_str(&format!("\n\n**No effect here:** {why}.")),
            Effect::Later(why) => text.push_str(&format!("\n\n**Not supported yet:** {why}.")),
        }
        if let Some(value) = self.example() {
            text.push_str(&example(self.name, &value));
        }
        text
    }
}

/// The first letter as a capital; code stays as it is.
fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

/// The parameter of this name at this place.
pub fn known(place: Place, name: &str) -> Option<&'static Parameter> {
    static BY_NAME: LazyLock<HashMap<(Place, &str), &Parameter>> =
        LazyLock::new(|| super::PARAMETERS.iter().map(|one| ((one.place, one.name), one)).collect());
    BY_NAME.get(&(place, name)).copied()
}

/// All parameters of a place, in the order of the table.
pub fn all(place: Place) -> impl Iterator<Item = &'static Parameter> {
    super::PARAMETERS.iter().filter(move |one| one.place == place)
}

/// The reference page `docs/reference/parameters.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Parameters\n\nGenerated from `src/plan/parameters/table.rs`. Wherever it stands, a value of another type is an error that says what was \
         expected. A parameter that does nothing here is told once for each deployment.\n",
    );
    for (place, title, about) in [
        (
            Place::Module,
            "Modules",
            "Under `parameters` of a module; those of the descriptor, and of the target's module types, are defaults.",
        ),
        (Place::Container, "The map `container` of a module", "What the format has no word for."),
        (Place::Descriptor, "The descriptor", "Under `parameters` of the descriptor."),
        (
            Place::Resource,
            "Resources",
            "Under `parameters` of a resource; those of the target's resource types are defaults.",
        ),
        (
            Place::Requires,
            "Entries of `requires`",
            "Under `parameters` of an entry. What belongs to modules has no effect here.",
        ),
        (Place::Provides, "Entries of `provides`", "Under `parameters` of an entry."),
        (Place::Hook, "Hooks", "Under `parameters` of a hook."),
    ] {
        page.push_str(&format!("\n## {title}\n\n{about}\n\n| Name | Type | Default | Meaning |\n|---|---|---|---|\n"));
        for parameter in all(place) {
            let note = match parameter.effect {
                Effect::Used => String::new(),
                Effect::Placeholder => " (a value for `${…}` only)".to_owned(),
                Effect::Nothing(why) => format!(" — **no effect:** {why}"),
                Effect::Later(why) => format!(" — **not supported yet:** {why}"),
            };
            page.push_str(&format!(
                "| `{}` | {} | {} | {}{note} |\n",
                parameter.name,
                parameter.is.words(),
                parameter.default,
                parameter.meaning
            ));
        }
    }
    page
}
