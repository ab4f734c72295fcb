//! What kind of mistake keeps a module from running: the image, the credentials for it, or its process.
//!
//! Three families, as the platform for custom modules tells them to its users: the image is configured wrongly, the token is invalid
//! or wrong, the process ends although it must not. Their words are stable; what happened in particular stands beside them.

use super::{EngineError, ImageProblem};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// There is no such image, or it cannot be run here: no command, another processor, a file that is not in it.
    Image,
    /// Whoever asks for the image may not have it.
    Credentials,
    /// It was started, and ended.
    Process,
}

impl Family {
    pub fn word(self) -> &'static str {
        match self {
            Family::Image => "image",
            Family::Credentials => "credentials",
            Family::Process => "process",
        }
    }

    /// What it means for whoever has to mend it, as half a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Family::Image => "the image cannot be used as it is",
            Family::Credentials => "the token or password is wrong, has expired, or may not read the image",
            Family::Process => "the process ends, and must not while the module is active",
        }
    }

    /// What a text says that an engine, or a program in the container, wrote about a command that cannot be run.
    pub fn of_text(text: &str) -> Option<Family> {
        const UNUSABLE: [&str; 7] = [
            "no command specified",
            "exec format error",
            "no matching manifest",
            "no match for platform",
            "executable file not found",
            "no such file or directory",
            ": permission denied",
        ];
        let text = text.to_lowercase();
        UNUSABLE.iter().any(|words| text.contains(words)).then_some(Family::Image)
    }
}

impl EngineError {
    /// `None` for what is wrong with neither: the engine, the network, a port.
    pub fn family(&self) -> Option<Family> {
        match self {
            EngineError::Image { problem, .. } => match problem {
                ImageProblem::Credentials { .. } | ImageProblem::Expired { .. } | ImageProblem::Scope { .. } => {
                    Some(Family::Credentials)
                }
                ImageProblem::Repository { .. }
                | ImageProblem::Tag { .. }
                | ImageProblem::Missing { .. }
                | ImageProblem::Reference { .. } => Some(Family::Image),
                ImageProblem::Other { reason } => Family::of_text(reason),
                ImageProblem::Host { .. } | ImageProblem::Tls { .. } => None,
            },
            // Other things are refused with such words, too: a folder of the host that does not exist.
            EngineError::Refused { doing, reason } if doing.contains("container") => {
                Family::of_text(reason).filter(|_| !reason.contains("bind source path"))
            }
            EngineError::Refused { .. }
            | EngineError::Unreachable { .. }
            | EngineError::BadEndpoint { .. }
            | EngineError::PortTaken { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_engines_say_of_an_image_that_cannot_run_is_told_from_the_rest() {
        let start = |reason: &str| {
            EngineError::Refused { doing: "start container `web` of module `web`".into(), reason: reason.into() }
                .family()
        };
        assert_eq!(start("exec: \"/app\": stat /app: no such file or directory"), Some(Family::Image));
        assert_eq!(start("exec: \"run\": executable file not found in $PATH"), Some(Family::Image));
        assert_eq!(start("exec /app: exec format error"), Some(Family::Image));
        assert_eq!(start("No command specified"), Some(Family::Image));
        assert_eq!(start("invalid mount config: bind source path does not exist: /no such file or directory"), None);
        assert_eq!(start("no space left on device"), None);
    }
}
