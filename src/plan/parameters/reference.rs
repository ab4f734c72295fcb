//! What is said about a parameter, and the reference page made from it.

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `parameters` of a module, of its type, or of the whole descriptor.
    Module,
    /// The map `container` in there.
    Container,
    /// `parameters` of the descriptor only.
    Descriptor,
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

#[derive(Debug)]
pub struct Parameter {
    pub place: Place,
    pub name: &'static str,
    /// The type, in words.
    pub kind: &'static str,
    /// Empty: none.
    pub default: &'static str,
    pub effect: Effect,
    pub meaning: &'static str,
}

/// The reference page `docs/reference/parameters.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Parameters\n\nGenerated from `src/plan/parameters/table.rs`. A parameter stands under `parameters` of a module; those of the \
         descriptor, and of the target's module types, are defaults for all modules.\n",
    );
    for (place, title) in [
        (Place::Module, "Modules"),
        (Place::Container, "The map `container` of a module"),
        (Place::Descriptor, "The descriptor"),
    ] {
        page.push_str(&format!("\n## {title}\n\n| Name | Type | Default | Meaning |\n|---|---|---|---|\n"));
        for parameter in super::PARAMETERS.iter().filter(|parameter| parameter.place == place) {
            let note = match parameter.effect {
                Effect::Used => String::new(),
                Effect::Placeholder => " (a value for `${…}` only)".to_owned(),
                Effect::Nothing(why) => format!(" — **no effect:** {why}"),
                Effect::Later(why) => format!(" — **not supported yet:** {why}"),
            };
            page.push_str(&format!(
                "| `{}` | {} | {} | {}{note} |\n",
                parameter.name, parameter.kind, parameter.default, parameter.meaning
            ));
        }
    }
    page
}
