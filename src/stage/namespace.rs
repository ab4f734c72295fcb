//! Whether and how the namespace of a deployment becomes part of a name (reference `parameters.md`, section 9).
//!
//! The command line decides first, then the element (`apply-namespace` of a route, a module, a resource), then the descriptor
//! (its map `apply-namespace`); when nobody says, the namespace goes in front. Without a namespace there is nothing to decide.
//! What is no boolean counts as not said; that it is wrong is found where all parameters are checked.

use crate::target::{ApplyNamespace, Target};
use crate::tree::{Map, Value};

/// The parameter of modules, resources and routes (a boolean) and of the descriptor (a map of booleans).
pub const APPLY_NAMESPACE: &str = "apply-namespace";

/// A namespace on its way into a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Affix<'n> {
    pub namespace: &'n str,
    pub side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `ns-name`
    Front,
    /// `name-ns`, and `name-ns-green`
    Back,
}

impl Affix<'_> {
    /// Whether a name has it already.
    pub fn is_on(self, name: &str) -> bool {
        match self.side {
            Side::Front => name.strip_prefix(self.namespace).is_some_and(|rest| rest.starts_with('-')),
            // A namespace may end like a colour: `blue`.
            Side::Back => [name, Affix::split_colour(name).0]
                .iter()
                .any(|name| name.strip_suffix(self.namespace).is_some_and(|rest| rest.ends_with('-'))),
        }
    }

    /// A name, and the ending that tells the sides of a blue-green deployment apart.
    pub fn split_colour(name: &str) -> (&str, &str) {
        let at = ["-idle", "-blue", "-green"].iter().find_map(|colour| Some(name.strip_suffix(colour)?.len()));
        name.split_at(at.unwrap_or(name.len()))
    }
}

/// What holds for the names of one descriptor.
#[derive(Clone, Debug)]
pub struct Naming<'d> {
    namespace: Option<&'d str>,
    command_line: &'d ApplyNamespace,
    /// The descriptor's own `apply-namespace`, placeholders closed.
    descriptor: Map,
}

impl<'d> Naming<'d> {
    /// `apply` is the descriptor's parameter `apply-namespace`.
    pub fn new(target: &'d Target, apply: Option<&Value>) -> Naming<'d> {
        Naming {
            namespace: target.namespace.as_deref(),
            command_line: &target.apply_namespace,
            descriptor: apply.and_then(Value::as_map).cloned().unwrap_or_default(),
        }
    }

    pub fn namespace(&self) -> Option<&'d str> {
        self.namespace
    }

    /// What goes on the name of a module's application.
    pub fn app(&self, module: Option<bool>) -> Option<Affix<'d>> {
        self.affix(self.command_line.app_names.or(module), "app-names")
    }

    /// What goes on the name of a resource's service.
    pub fn service(&self, resource: Option<bool>) -> Option<Affix<'d>> {
        self.affix(self.command_line.service_names.or(resource), "service-names")
    }

    /// What goes on hosts. `element`: what the route says, else its module.
    pub fn route(&self, element: Option<bool>) -> Option<Affix<'d>> {
        self.affix(self.command_line.app_routes.or(element), "app-routes")
    }

    fn affix(&self, nearer: Option<bool>, scope: &str) -> Option<Affix<'d>> {
        let namespace = self.namespace?;
        let said = |scope: &str| self.descriptor.get(scope).and_then(Value::as_bool);
        let applies = nearer.or_else(|| said(scope)).unwrap_or(true);
        let suffix = self.command_line.as_suffix.or_else(|| said("as-suffix")).unwrap_or(false);
        applies.then_some(Affix { namespace, side: if suffix { Side::Back } else { Side::Front } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Compat, Space};
    use crate::tree::{Key, Kind, Origin};

    fn target(namespace: Option<&str>, apply_namespace: ApplyNamespace) -> Target {
        let space = Space { org: "acme".into(), space: "dev".into() };
        Target { apply_namespace, ..Target::built_in(space, namespace.map(str::to_owned), Compat::Documented) }
    }

    fn flags(pairs: &[(&str, bool)]) -> Value {
        let flag = |yes: bool| Value::new(Kind::Bool(yes), Origin::Nowhere);
        Value::map(pairs.iter().map(|(key, yes)| (Key::from(*key), flag(*yes))).collect(), Origin::Nowhere)
    }

    #[test]
    fn the_command_line_beats_the_element_beats_the_descriptor() {
        let plain = target(Some("ns"), ApplyNamespace::default());
        let front = Some(Affix { namespace: "ns", side: Side::Front });
        assert_eq!(Naming::new(&plain, None).app(None), front);
        let descriptor = flags(&[("app-names", false), ("service-names", true)]);
        let naming = Naming::new(&plain, Some(&descriptor));
        assert_eq!(naming.app(None), None);
        assert_eq!(naming.app(Some(true)), front);
        assert_eq!(naming.service(None), front);
        assert_eq!(naming.service(Some(false)), None);
        assert_eq!(naming.route(None), front, "what the descriptor does not name is as if it said nothing");
        let forced = target(Some("ns"), ApplyNamespace { app_names: Some(false), ..ApplyNamespace::default() });
        assert_eq!(Naming::new(&forced, Some(&descriptor)).app(Some(true)), None);
    }

    #[test]
    fn a_name_that_has_the_namespace_does_not_get_it_again() {
        let on = |namespace, side, name| Affix { namespace, side }.is_on(name);
        assert!(on("ns", Side::Front, "ns-web") && !on("ns", Side::Front, "nsweb"));
        for (namespace, name) in
            [("ns", "web-ns"), ("ns", "web-ns-green"), ("blue", "web-blue"), ("x-idle", "web-x-idle")]
        {
            assert!(on(namespace, Side::Back, name), "{name}");
        }
        assert!(!on("ns", Side::Back, "webns") && !on("ns", Side::Back, "web-blue"));
    }

    #[test]
    fn a_suffix_is_asked_for_by_descriptor_or_command_line() {
        let plain = target(Some("ns"), ApplyNamespace::default());
        let suffix = flags(&[("as-suffix", true)]);
        let side = |naming: &Naming<'_>| naming.service(None).map(|affix| affix.side);
        assert_eq!(side(&Naming::new(&plain, Some(&suffix))), Some(Side::Back));
        let forced = target(Some("ns"), ApplyNamespace { as_suffix: Some(false), ..ApplyNamespace::default() });
        assert_eq!(side(&Naming::new(&forced, Some(&suffix))), Some(Side::Front));
    }

    #[test]
    fn without_a_namespace_nothing_goes_on_a_name() {
        let none = target(None, ApplyNamespace { app_names: Some(true), ..ApplyNamespace::default() });
        assert_eq!(Naming::new(&none, None).app(Some(true)), None);
    }
}
