//! `--set`, `--set-file` and `--require-secure-parameters`: values that the command line puts over all extensions.

use super::exit::{Exit, Failure, said};
use super::kept::Kept;
use super::{Global, secure_parameters};
use crate::descriptor::given::{Given, Setting, clashes, set, set_file};
use crate::finding::Findings;
use crate::source::Sources;
use std::io::Read;

#[derive(Clone, Debug, Default, clap::Args)]
pub struct Settings {
    /// Set a value over all extensions: `modules.web.parameters.memory=1G`; VALUE is YAML. May be repeated. Not for secrets:
    /// other users can read command lines
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// The same with the content of a file, taken as a text and kept secret. May be repeated
    #[arg(long, value_name = "PATH=FILE")]
    pub set_file: Vec<String>,
    /// Take the variables `__MTA___NAME`, `__MTA_JSON___NAME` and `__MTA_CERT___NAME` as secret parameters
    #[arg(long)]
    pub require_secure_parameters: bool,
}

impl Settings {
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.set_file.is_empty() && !self.require_secure_parameters
    }

    /// Reads the options; their texts enter the sources, so that findings can point at them.
    pub fn open(&self, sources: &mut Sources, findings: &mut Findings, kept: &mut Kept) -> Result<Vec<Given>, Failure> {
        let mut settings: Vec<Setting> = Vec::new();
        for argument in &self.set {
            settings.extend(findings.keep(set(sources, "--set", argument)));
        }
        for argument in &self.set_file {
            let Some((path, file)) = findings.keep(set_file(sources, "--set-file", argument)) else { continue };
            let text = match kept.set_files.get(&file) {
                Some(text) => text.clone(),
                None => content(&file)?,
            };
            settings.extend(findings.keep(path.holding(&text)));
            kept.set_files.insert(file, text);
        }
        findings.extend(clashes(&settings));
        let mut given: Vec<Given> = Vec::new();
        if self.require_secure_parameters {
            given.extend(findings.keep(secure_parameters::open(sources, kept)?));
        }
        given.extend(settings.into_iter().map(Given::Setting));
        Ok(given)
    }

    /// What would be secure parameters is not taken unasked: variables that happen to be set must not change a deployment.
    /// It is not passed over in silence either.
    pub fn mention_left_out(&self, global: &Global) {
        if self.require_secure_parameters {
            return;
        }
        let names = secure_parameters::left_out();
        if let Some(first) = names.first() {
            let more = if names.len() > 1 { format!(" and {} more", names.len() - 1) } else { String::new() };
            global.note(&format!("`{first}`{more}: not used without `--require-secure-parameters`"));
        }
    }

    /// The options as words of a command line. What has turned out to be a secret is not repeated.
    pub fn words(&self, is_secret: impl Fn(&str) -> bool) -> Vec<String> {
        let mut words = Vec::new();
        for argument in &self.set {
            let path = argument.split('=').next().unwrap_or_default();
            let argument = if is_secret(path) { format!("{path}=(sensitive)") } else { argument.clone() };
            words.extend(["--set".to_owned(), argument]);
        }
        words.extend(self.set_file.iter().flat_map(|argument| ["--set-file".to_owned(), argument.clone()]));
        words.extend(self.require_secure_parameters.then(|| "--require-secure-parameters".to_owned()));
        words
    }
}

/// No variable of an environment can be longer; what is read beyond it is only to see that.
const LONGEST: u64 = 128 * 1024;

/// The content of a file without its last line break, as editors and `echo` leave one.
fn content(file: &str) -> Result<String, Failure> {
    let failed =
        |why: String| Failure::new(Exit::Usage, format!("the file `{file}` of `--set-file` cannot be used")).why(why);
    let mut bytes = Vec::new();
    let read = std::fs::File::open(file).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| failed(said(&error)))?;
    if bytes.len() as u64 > LONGEST {
        return Err(failed("it is longer than 128 KiB, and no environment takes that".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| failed("it is no text in UTF-8".to_owned()))?;
    let text = text.strip_suffix('\n').map(|text| text.strip_suffix('\r').unwrap_or(text)).unwrap_or(&text);
    match text {
        "" => Err(failed("it is empty".to_owned()).next("to set an empty text, write `--set PATH=''`")),
        text => Ok(text.to_owned()),
    }
}
