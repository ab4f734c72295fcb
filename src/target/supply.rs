//! What a descriptor takes from whoever deploys it: `${env:NAME}` and `${secret:NAME}`.
//!
//! The stages look nothing up. The merged descriptor says which names it wants, the caller looks up those and no others, and
//! hands them in with the [`Facts`](super::Facts). All of them are secret, whatever they hold: nobody can tell from a name.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Who has the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Giver {
    /// The environment of the process: `${env:NAME}`.
    Environment,
    /// What `windlass secret set` keeps: `${secret:NAME}`.
    Vault,
}

impl Giver {
    pub fn prefix(self) -> &'static str {
        match self {
            Giver::Environment => "env",
            Giver::Vault => "secret",
        }
    }
}

/// One value that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ask {
    pub giver: Giver,
    pub name: String,
}

/// Characters of the name of a secret.
const LONGEST_NAME: usize = 128;

impl Ask {
    /// What a name must be so that somebody can set it; `None` when it can be set.
    pub fn cannot_be_set(&self) -> Option<&'static str> {
        let name = &*self.name;
        let has_only = |others: &[char]| name.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(&c));
        let (fits, rule) = match self.giver {
            Giver::Environment => (
                !name.starts_with(|c: char| c.is_ascii_digit()) && has_only(&['_']),
                "a name has letters, digits and `_`, and begins with no digit",
            ),
            Giver::Vault => (
                name.len() <= LONGEST_NAME && has_only(&['_', '-', '.']) && !name.starts_with('-'),
                "a name has 1 to 128 letters, digits, `_`, `-` and `.`, and begins with no `-`",
            ),
        };
        (!fits || name.is_empty()).then_some(rule)
    }

    /// Reads the key of a placeholder: `secret:db-password`. `None` when it is the name of a parameter.
    pub fn read(key: &str) -> Option<Ask> {
        let (prefix, name) = key.split_once(':')?;
        let giver = [Giver::Environment, Giver::Vault].into_iter().find(|giver| giver.prefix() == prefix)?;
        Some(Ask { giver, name: name.to_owned() })
    }
}

/// `secret db-password`, as plans and reports say where a value comes from.
impl std::fmt::Display for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.giver.prefix(), self.name)
    }
}

/// A text that must not be seen by chance.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(Arc<str>);

impl Hidden {
    pub fn new(text: impl Into<Arc<str>>) -> Hidden {
        Hidden(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hidden(…)")
    }
}

/// The answer to one [`Ask`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supply {
    Given(Hidden),
    /// `near`: a name that there is and that is spelled nearly like it.
    Missing {
        near: Option<String>,
    },
    /// There is a value, and it cannot be used; in words that go on after "… because".
    Unusable {
        why: String,
    },
    /// Nobody has looked: the value counts as unknown and is missed by nobody.
    Unasked,
    /// The placeholder stays as it is written, to be closed by who renews a subscriber.
    Kept,
}

/// The answers to everything that a descriptor asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplies {
    held: BTreeMap<Ask, Supply>,
    other: Supply,
}

impl Supplies {
    /// Answers that were looked up; what is not among them is missing.
    pub fn looked_up(held: BTreeMap<Ask, Supply>) -> Supplies {
        Supplies { held, other: Supply::Missing { near: None } }
    }

    /// For checks that need no values.
    pub fn unasked() -> Supplies {
        Supplies { held: BTreeMap::new(), other: Supply::Unasked }
    }

    /// The same, with placeholders for what windlass keeps left as they are. What a process found in its environment no
    /// other process will find, so those values stay.
    pub fn keeping_the_vaults(&self) -> Supplies {
        let held = self.held.iter().map(|(ask, supply)| match ask.giver {
            Giver::Vault => (ask.clone(), Supply::Kept),
            Giver::Environment => (ask.clone(), supply.clone()),
        });
        Supplies { held: held.collect(), other: self.other.clone() }
    }

    pub fn get(&self, ask: &Ask) -> &Supply {
        self.held.get(ask).unwrap_or(&self.other)
    }

    /// Whether a value of windlass's own keeping is among them.
    pub fn any_of_the_vault(&self) -> bool {
        self.held.keys().any(|ask| ask.giver == Giver::Vault)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Ask, &Supply)> {
        self.held.iter()
    }
}

impl Default for Supplies {
    fn default() -> Supplies {
        Supplies::looked_up(BTreeMap::new())
    }
}
