//! Where to, by whom and when: `--org`, `--space`, `--namespace` and their like, checked before anything else happens.

use super::Global;
use super::exit::{Exit, Failure};
use crate::target::ApplyNamespace;
use crate::target::place::{RESERVED_NAMESPACE, check, check_namespace};

/// The name of an organisation or a space.
pub fn place(text: &str) -> Result<String, String> {
    check(text).map(|()| text.to_owned())
}

pub fn namespace(text: &str) -> Result<String, String> {
    check_namespace(text).map(|()| text.to_owned())
}

/// Milliseconds since 1970, as `${timestamp}` has them.
pub fn timestamp(text: &str) -> Result<String, String> {
    let is_number = (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        Ok(text.to_owned())
    } else {
        Err("it is a number of milliseconds since 1970, such as 1700000000000".into())
    }
}

/// Which names take the namespace. It beats what the descriptor says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Applied {
    AppNames,
    NoAppNames,
    ServiceNames,
    NoServiceNames,
    AppRoutes,
    NoAppRoutes,
    /// Behind the name
    AsSuffix,
    /// In front of it
    NoAsSuffix,
}

impl Applied {
    pub fn word(self) -> &'static str {
        match self {
            Applied::AppNames => "app-names",
            Applied::NoAppNames => "no-app-names",
            Applied::ServiceNames => "service-names",
            Applied::NoServiceNames => "no-service-names",
            Applied::AppRoutes => "app-routes",
            Applied::NoAppRoutes => "no-app-routes",
            Applied::AsSuffix => "as-suffix",
            Applied::NoAsSuffix => "no-as-suffix",
        }
    }

    /// The one that a word of a saved plan stands for.
    pub fn of_word(word: &str) -> Option<Applied> {
        <Applied as clap::ValueEnum>::value_variants().iter().copied().find(|one| one.word() == word)
    }
}

impl Global {
    /// The namespace of a deployment.
    pub fn named_namespace(&self) -> Result<Option<String>, Failure> {
        match self.namespace.as_deref() {
            Some(RESERVED_NAMESPACE) => Err(Failure::new(
                Exit::Usage,
                format!("`{RESERVED_NAMESPACE}` cannot be the namespace of a deployment"),
            )
            .why("in questions to the configuration registry it stands for \"without a namespace\"")
            .next("leave `--namespace` out, or choose another name")),
            _ => Ok(self.namespace.clone()),
        }
    }

    /// What `--apply-namespace` says.
    pub fn applied(&self) -> Result<ApplyNamespace, Failure> {
        let mut all = ApplyNamespace::default();
        for one in &self.apply_namespace {
            let (slot, yes) = match one {
                Applied::AppNames => (&mut all.app_names, true),
                Applied::NoAppNames => (&mut all.app_names, false),
                Applied::ServiceNames => (&mut all.service_names, true),
                Applied::NoServiceNames => (&mut all.service_names, false),
                Applied::AppRoutes => (&mut all.app_routes, true),
                Applied::NoAppRoutes => (&mut all.app_routes, false),
                Applied::AsSuffix => (&mut all.as_suffix, true),
                Applied::NoAsSuffix => (&mut all.as_suffix, false),
            };
            if *slot == Some(!yes) {
                let word = one.word().trim_start_matches("no-");
                let what = format!("`--apply-namespace` says both `{word}` and `no-{word}`");
                return Err(Failure::new(Exit::Usage, what).next("keep one of them"));
            }
            *slot = Some(yes);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn words_are_those_of_the_command_line() {
        for one in Applied::value_variants() {
            let name = one.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(name.as_deref(), Some(one.word()));
            assert_eq!(Applied::of_word(one.word()), Some(*one));
        }
    }
}
