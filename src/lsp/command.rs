//! Commands that an editor can run by name.

use super::family::Family;
use crate::descriptor::write;
use crate::finding;
use crate::report::hidden::Hidden;
use crate::report::mask::masked;
use crate::report::yaml::to_yaml;
use crate::source::FileId;

pub const EXPLAIN: &str = "windlass.explain";
pub const SHOW_RESOLVED: &str = "windlass.showResolved";

/// The page of a finding.
pub fn explain(code: &str) -> Result<&'static str, String> {
    finding::code(code).map(|code| code.explain).ok_or_else(|| format!("There is no finding with the code `{code}`."))
}

/// What a descriptor comes to, as far as it can be worked out, with its secrets masked; of an extension, the descriptor with
/// it.
pub fn resolved(family: &Family, file: FileId) -> Result<String, String> {
    let mut sets = family.sets_of(file);
    let resolved = sets.find_map(|set| family.resolved(set));
    let resolved = resolved.ok_or("Nothing can be worked out: the findings say why.")?;
    let value = write::descriptor(&resolved.bound);
    // A tag may also stand at a name or a version, which are no values of the stages.
    let hidden = Hidden::of(&family.written);
    to_yaml(&hidden.value(&masked(&value)))
        .map(|shown| hidden.over(&shown).into_owned())
        .map_err(|error| format!("It has no form as YAML: {error}"))
}
