//! Variables on the command line of `module add` and `module set`: where their values come from, and which of them are secrets.
//!
//! A value that is typed can be read by whoever lists processes, so one that looks like a secret is refused there. One that comes
//! from standard input is a secret, whatever it looks like: why else would it come from there. From a file, what looks
//! like one is.

use super::super::exit::{Exit, Failure, said};
use super::super::secret::{check_name, given};
use crate::descriptor::own::Variable;
use crate::lint::why_secret;
use crate::name::ModuleName;
use crate::store::{Kept, Store};
use crate::target::supply::Hidden;
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, Default, clap::Args)]
pub struct ValueArgs {
    /// Set a variable; `K=-` asks for its value, or reads it from standard input, and keeps it as a secret. May be repeated
    #[arg(long, value_name = "K=V")]
    pub env: Vec<String>,
    /// Set variables from a file: a `K=V` on each row, `#` before comments. What looks like a secret is kept as one
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<PathBuf>,
    /// Let a variable have the value of a secret (`windlass secret set NAME`). May be repeated
    #[arg(long, value_name = "K=NAME")]
    pub secret_env: Vec<String>,
    /// Host of the image's registry, when it is to be said apart from the image
    #[arg(long, value_name = "HOST")]
    pub registry_host: Option<String>,
    /// User (or name of the token) for pulling the image
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Read the password (or token) for pulling the image from standard input, and keep it as a secret
    #[arg(long, requires = "username", conflicts_with = "password_secret")]
    pub password_stdin: bool,
    /// The secret that holds the password for pulling the image
    #[arg(long, value_name = "NAME", requires = "username")]
    pub password_secret: Option<String>,
}

/// What the options say.
#[derive(Debug, Default)]
pub struct Values {
    pub variables: Vec<(String, Variable)>,
    /// The secret with the password for the registry.
    pub password: Option<String>,
    /// Secrets that are to be kept before anything else.
    secrets: Vec<(String, Hidden)>,
}

impl ValueArgs {
    /// Reads everything, and changes nothing.
    pub fn read(&self, marker: &ModuleName) -> Result<Values, Failure> {
        let mut values = Values::default();
        let from_stdin = self.env.iter().filter(|env| env.ends_with("=-") && env.matches('=').count() == 1).count();
        if from_stdin + usize::from(self.password_stdin) > 1 {
            return Err(Failure::new(
                Exit::Usage,
                "standard input holds one value, and several are to come from there",
            )
            .next("keep the others with `windlass secret set NAME`, and name them with `--secret-env K=NAME`"));
        }
        for file in &self.env_file {
            for (name, text) in rows(file)? {
                match why_secret(&name, &text) {
                    Some(_) => values.keep(marker, &name, Hidden::new(text)),
                    None => values.variables.push((name, Variable::Literal(text))),
                }
            }
        }
        for env in &self.env {
            let (name, text) = pair(env, "--env K=V")?;
            if text == "-" {
                let value = given(&own_secret(marker, name))?;
                values.keep(marker, name, value);
                continue;
            }
            if let Some(why) = why_secret(name, text) {
                return Err(exposed(name, why, marker));
            }
            values.variables.push((name.to_owned(), Variable::Written(text.to_owned())));
        }
        for env in &self.secret_env {
            let (name, secret) = pair(env, "--secret-env K=NAME")?;
            check_name(secret)?;
            values.variables.push((name.to_owned(), Variable::Secret(secret.to_owned())));
        }
        if self.password_stdin {
            let name = own_secret(marker, "registry");
            values.secrets.push((name.clone(), given(&name)?));
            values.password = Some(name);
        }
        if let Some(name) = &self.password_secret {
            check_name(name)?;
            values.password = Some(name.clone());
        }
        Ok(values)
    }
}

impl Values {
    fn keep(&mut self, marker: &ModuleName, name: &str, value: Hidden) {
        let secret = own_secret(marker, name);
        self.variables.push((name.to_owned(), Variable::Secret(secret.clone())));
        self.secrets.push((secret, value));
    }

    /// Keeps the secrets; returns their names.
    pub fn store(self, store: &Store, now: std::time::SystemTime) -> Result<Vec<String>, Failure> {
        let mut names = Vec::new();
        for (name, value) in self.secrets {
            store.keep_secret(&name, &value, now)?;
            names.push(name);
        }
        Ok(names)
    }

    /// Secrets of other owners must not get another value by the way.
    pub fn check_unused(&self, there: &[Kept]) -> Result<(), Failure> {
        match self.secrets.iter().find(|(name, _)| there.iter().any(|kept| kept.name == *name)) {
            None => Ok(()),
            Some((name, _)) => Err(Failure::new(Exit::Usage, format!("there is a secret `{name}` already"))
                .next(format!("let the variable have its value: `--secret-env K={name}`"))
                .next(format!("or forget it first: `windlass secret rm {name}`"))),
        }
    }
}

/// What a secret is called that belongs to a module.
pub fn own_secret(marker: &ModuleName, name: &str) -> String {
    format!("{marker}.{name}")
}

fn exposed(name: &str, why: &str, marker: &ModuleName) -> Failure {
    let secret = own_secret(marker, name);
    Failure::new(Exit::Usage, format!("the value of `{name}` {why}, and others can read it on the command line"))
        .next(format!(
            "`--env {name}=-` asks for it, or reads it from standard input, and keeps it as the secret `{secret}`"
        ))
        .next(format!("or `windlass secret set {secret}`, and then `--secret-env {name}={secret}`"))
}

fn pair<'t>(text: &'t str, form: &str) -> Result<(&'t str, &'t str), Failure> {
    let Some((name, value)) = text.split_once('=') else {
        // What was meant as a value is not repeated.
        return Err(Failure::new(Exit::Usage, format!("`{form}` has no `=` in it")).next("write `NAME=VALUE`"));
    };
    check_variable(name)?;
    Ok((name, value))
}

fn check_variable(name: &str) -> Result<(), Failure> {
    let fits = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '=');
    match fits {
        true => Ok(()),
        false => Err(Failure::new(Exit::Usage, format!("`{}` cannot be the name of a variable", name.escape_debug()))
            .why("a name has at least one character, and neither blanks nor `=`")),
    }
}

#[expect(clippy::disallowed_methods, reason = "the user names the file to read")]
fn rows(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(Exit::Usage, format!("the variables in `{shown}` cannot be read"))
            .why(said(&error))
            .next("name a text file with a `K=V` on each row")
    })?;
    let mut rows = Vec::new();
    for (at, row) in text.lines().enumerate() {
        let row = row.trim().trim_start_matches('\u{feff}');
        let row = row.strip_prefix("export ").map_or(row, str::trim_start);
        if row.is_empty() || row.starts_with('#') {
            continue;
        }
        let Some((name, value)) = row.split_once('=') else {
            return Err(Failure::new(Exit::Usage, format!("`{shown}:{}` is no `K=V`", at + 1))
                .next("put a `#` before what is a comment"));
        };
        let name = name.trim();
        check_variable(name).map_err(|failure| failure.why(format!("it stands in `{shown}:{}`", at + 1)))?;
        rows.push((name.to_owned(), unquoted(value.trim()).to_owned()));
    }
    Ok(rows)
}

/// Quotes around the whole value are the file's.
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(env: &[&str]) -> Result<Values, Failure> {
        let env = env.iter().map(ToString::to_string).collect();
        ValueArgs { env, ..ValueArgs::default() }.read(&ModuleName::new("currency"))
    }

    #[test]
    fn what_looks_like_a_secret_is_refused_where_others_can_read_it() {
        let token = format!("glpat-{}", "a1B2".repeat(5));
        for env in [format!("X={token}"), "DB_PASSWORD=Tr0ub4dor".to_owned()] {
            let Err(Failure::Message { exit, what, next, .. }) = read(&[&env]) else { panic!("{env} is taken") };
            assert_eq!(exit, Exit::Usage);
            let all = format!("{what} {next:?}");
            assert!(!all.contains(&token) && !all.contains("Tr0ub4dor"), "{all}");
        }
        let plain = read(&["A=b=c", "URL=${host}"]).unwrap();
        assert_eq!(plain.variables[0], ("A".to_owned(), Variable::Written("b=c".to_owned())));
        assert!(read(&["=x"]).is_err() && read(&["A B=x"]).is_err() && read(&["A"]).is_err());
    }

    #[test]
    fn quotes_around_a_value_are_the_files() {
        assert_eq!(["\"a b\"", "'a'", "a'", "\"", "\"a"].map(unquoted), ["a b", "a", "a'", "\"", "\"a"]);
    }
}
