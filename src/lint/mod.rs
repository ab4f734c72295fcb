//! Rules beyond what reading and resolving must find: what works and is likely not what was meant.
//!
//! A rule is a file in `rules/` with one function, and a row in `RULES`. What kind it is says what it looks at: one
//! document as its author wrote it, or the descriptor that a whole chain comes to. A rule never repeats what the pipeline
//! reports anyway, and never guesses: a false alarm is worse than a missed hint.

pub mod allow;
mod check;
pub mod company;
pub mod control;
mod ends;
pub mod fix;
mod misplaced;
mod page;
mod rename;
mod rules;
mod whole;

pub use check::{Job, check};
pub use page::Page;
pub use rules::plain_secret::why_secret;
pub use whole::Whole;

use crate::finding::{Code, Findings};

type OfWhole = fn(&Whole<'_>, &mut Findings);

/// What a rule looks at.
enum Check {
    /// One document, descriptor or extension, as written.
    Page(fn(&Page<'_>, &mut Findings)),
    /// The descriptor with its extensions merged, `${…}` and `~{…}` as written.
    Merged(OfWhole),
    /// The same with `${…}` closed.
    Filled(OfWhole),
}

struct Rule {
    code: &'static Code,
    check: Check,
}

macro_rules! table {
    ($($kind:ident $file:ident $code:ident)*) => {
        &[$(Rule { code: &crate::finding::$code, check: Check::$kind(rules::$file::check) }),*]
    };
}

/// All rules of this room, in the order of the catalogue.
static RULES: &[Rule] = table! {
    Page yaml_ambiguous_scalar YAML_AMBIGUOUS_SCALAR
    Page yaml_tab YAML_TAB
    Page unused_anchor UNUSED_ANCHOR
    Page schema_missing_key SCHEMA_MISSING_KEY
    Page schema_bad_version SCHEMA_BAD_VERSION
    Page schema_version_number SCHEMA_VERSION_NUMBER
    Page schema_deprecated SCHEMA_DEPRECATED
    Page schema_bad_enum SCHEMA_BAD_ENUM
    Page schema_bad_path SCHEMA_BAD_PATH
    Page schema_property_name SCHEMA_PROPERTY_NAME
    Page metadata_without_value METADATA_WITHOUT_VALUE
    Page metadata_with_list_or_group METADATA_WITH_LIST_OR_GROUP
    Page metadata_datatype_on_parameter METADATA_DATATYPE_ON_PARAMETER
    Page metadata_type_mismatch METADATA_TYPE_MISMATCH
    Page ext_duplicate_entry EXT_DUPLICATE_ENTRY
    Page ext_version_ignored EXT_VERSION_IGNORED
    Page suspicious_type SUSPICIOUS_TYPE
    Page reserved_env_name RESERVED_ENV_NAME
    Page plain_secret PLAIN_SECRET
    Page image_latest IMAGE_LATEST
    Page image_without_host IMAGE_WITHOUT_HOST
    Page template_placeholder TEMPLATE_PLACEHOLDER
    Page replaced_parameters REPLACED_PARAMETERS
    Page module_path_missing MODULE_PATH_MISSING
    Page module_path_not_found MODULE_PATH_NOT_FOUND
    Page build_no_source_type BUILD_NO_SOURCE_TYPE
    Page build_commands BUILD_COMMANDS
    Page build_deprecated_option BUILD_DEPRECATED_OPTION
    Page build_html5_repo BUILD_HTML5_REPO
    Page build_requires BUILD_REQUIRES
    Merged unresolved_reference UNRESOLVED_REFERENCE
    Merged foreign_expression FOREIGN_EXPRESSION
    Merged self_dependency SELF_DEPENDENCY
    Merged shadowed_name SHADOWED_NAME
    Merged order_without_effect ORDER_WITHOUT_EFFECT
    Merged ext_same_value EXT_SAME_VALUE
    Merged replaced_by_extension REPLACED_PARAMETERS
    Filled conflicting_routes CONFLICTING_ROUTES
    Filled same_service_name SAME_SERVICE_NAME
    Merged service_incomplete SERVICE_INCOMPLETE
    Merged config_incomplete CONFIG_INCOMPLETE
    Filled config_unreachable CONFIG_UNREACHABLE
    Filled config_own_provider CONFIG_OWN_PROVIDER
    Merged unused_resource UNUSED_RESOURCE
    Merged unused_provides UNUSED_PROVIDES
    Merged unknown_parameter UNKNOWN_PARAMETER
    Merged unused_parameter UNUSED_PARAMETER
    Merged inactive_required INACTIVE_REQUIRED
};

/// The codes of this room's rules.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    RULES.iter().map(|rule| rule.code)
}

/// Whether a rule looks at one document as it is written: then it is asked of every text that is YAML.
fn is_of_page(code: &Code) -> bool {
    RULES.iter().any(|rule| rule.code.id == code.id && matches!(rule.check, Check::Page(_)))
}

/// What the rules say of one document.
pub fn page(page: &Page<'_>) -> Findings {
    let mut findings = Findings::default();
    for rule in RULES {
        if let Check::Page(check) = rule.check {
            check(page, &mut findings);
        }
    }
    findings
}

/// What the rules say of a descriptor and its extensions together, before placeholders are closed.
pub fn merged(whole: &Whole<'_>) -> Findings {
    chosen(whole, |check| match check {
        Check::Merged(check) => Some(*check),
        Check::Page(_) | Check::Filled(_) => None,
    })
}

/// What the rules say of a descriptor whose placeholders are closed.
pub fn filled(whole: &Whole<'_>) -> Findings {
    chosen(whole, |check| match check {
        Check::Filled(check) => Some(*check),
        Check::Page(_) | Check::Merged(_) => None,
    })
}

fn chosen(whole: &Whole<'_>, choose: impl Fn(&Check) -> Option<OfWhole>) -> Findings {
    let mut findings = Findings::default();
    for check in RULES.iter().filter_map(|rule| choose(&rule.check)) {
        check(whole, &mut findings);
    }
    findings
}
