//! Every kind of finding, in one table: it feeds `windlass explain`, the reference page and the tests that ask each code for
//! an explanation and a fixture.

use super::{Applicability, Code, Severity};

macro_rules! fix {
    () => {
        None
    };
    ($fix:ident) => {
        Some(Applicability::$fix)
    };
}

macro_rules! codes {
    ($($name:ident $id:literal $severity:ident $title:literal $(=> $fix:ident)?)*) => {
        $(pub static $name: Code = Code {
            id: $id,
            title: $title,
            severity: Severity::$severity,
            fix: fix!($($fix)?),
            explain: include_str!(concat!("explain/", $id, ".md")),
        };)*

        /// All codes, in the order of the pipeline that raises them.
        pub static CODES: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    TOML_SYNTAX "toml-syntax" Error "Not readable as TOML"
    UNKNOWN_RULE "unknown-rule" Warning "Rule that does not exist"
    NOT_ALLOWABLE "not-allowable" Warning "Finding that must not be silenced"
    MALFORMED_ALLOW "malformed-allow" Warning "Comment that allows nothing as it is written"
    ALLOW_WITHOUT_REASON "allow-without-reason" Info "Allowed without a reason"
    UNUSED_ALLOW "unused-allow" Warning "Comment that allows nothing" => Safe
    STALE_BASELINE "stale-baseline" Info "Known finding that is gone"
    YAML_SYNTAX "yaml-syntax" Error "Not readable as YAML"
    YAML_ENCODING "yaml-encoding" Error "Not UTF-8 text"
    YAML_TOO_LARGE "yaml-too-large" Error "Too large to be a descriptor"
    EMPTY_DESCRIPTOR "empty-descriptor" Error "Nothing in the file"
    YAML_DUPLICATE_KEY "yaml-duplicate-key" Error "Key given twice" => Unsafe
    YAML_SEVERAL_DOCUMENTS "yaml-several-documents" Error "Several YAML documents in one file"
    YAML_UNKNOWN_TAG "yaml-unknown-tag" Error "Unknown tag"
    YAML_UNDEFINED_ALIAS "yaml-undefined-alias" Error "Alias without anchor"
    ARCHIVE_DAMAGED "archive-damaged" Error "Damaged archive"
    ARCHIVE_ENCRYPTED "archive-encrypted" Error "Encrypted archive"
    ARCHIVE_UNSUPPORTED "archive-unsupported" Error "Archive of a form that windlass does not read"
    ARCHIVE_TOO_LARGE "archive-too-large" Error "Larger than windlass carries"
    ARCHIVE_BAD_PATH "archive-bad-path" Error "Unusable path in an archive"
    ARCHIVE_DUPLICATE_ENTRY "archive-duplicate-entry" Warning "Entry twice in an archive"
    ARCHIVE_MISSING_ENTRY "archive-missing-entry" Error "Entry missing in an archive"
    MANIFEST_SYNTAX "manifest-syntax" Error "Not readable as a manifest"
    MANIFEST_NAMED_TWICE "manifest-named-twice" Error "Two contents for one name"
    MANIFEST_UNKNOWN_NAME "manifest-unknown-name" Warning "Name that the descriptor does not have"
    CONTENT_MISSING "content-missing" Error "Content that is not there"
    CONTENT_UNUSABLE "content-unusable" Error "Content that cannot be taken"
    PARAMETER_FILE "parameter-file" Error "Unusable file with parameters"
    SCHEMA_MISSING_KEY "schema-missing-key" Error "Required key is missing"
    SCHEMA_UNKNOWN_KEY "schema-unknown-key" Warning "Unknown key" => Unsafe
    SCHEMA_WRONG_TYPE "schema-wrong-type" Error "Value of the wrong type" => Safe
    SCHEMA_NULL_SECTION "schema-null-section" Error "Section without content" => Safe
    SCHEMA_BAD_NAME "schema-bad-name" Error "Not a valid name" => Unsafe
    SCHEMA_BAD_VERSION "schema-bad-version" Error "Not a version" => Safe
    SCHEMA_BAD_SCHEMA_VERSION "schema-bad-schema-version" Error "Unsupported schema version"
    SCHEMA_VERSION_TOO_NEW "schema-version-too-new" Warning "Newer schema version than known"
    SCHEMA_FEATURE_TOO_NEW "schema-feature-too-new" Warning "Key that the schema version does not have"
    WRONG_DOCUMENT "wrong-document" Error "Another kind of descriptor than asked for"
    DUPLICATE_NAME "duplicate-name" Error "Name used twice"
    DUPLICATE_REQUIRES "duplicate-requires" Error "Required twice" => Safe
    UNRESOLVED_REQUIRES "unresolved-requires" Error "Requirement that nothing provides" => Unsafe
    UNRESOLVED_REFERENCE "unresolved-reference" Error "Unknown property in a reference" => Unsafe
    REFERENCE_WITHOUT_REQUIRES "reference-without-requires" Error "Reference to something not required" => Safe
    REFERENCE_CYCLE "reference-cycle" Error "Reference that needs itself"
    UNRESOLVED_PLACEHOLDER "unresolved-placeholder" Error "Unknown placeholder" => Unsafe
    SECRET_MISSING "secret-missing" Error "Secret or variable that is not set"
    MALFORMED_EXPRESSION "malformed-expression" Error "Placeholder or reference that is not closed"
    FOREIGN_EXPRESSION "foreign-expression" Warning "Placeholder in the notation of another tool" => Unsafe
    PLACEHOLDER_CYCLE "placeholder-cycle" Error "Placeholder that needs itself"
    EXPANSION_TOO_LARGE "expansion-too-large" Error "Value grows beyond the limit"
    UNKNOWN_DEPLOYED_AFTER "unknown-deployed-after" Warning "Unknown module in `deployed-after`" => Unsafe
    UNKNOWN_PROCESSED_AFTER "unknown-processed-after" Error "Unknown resource in `processed-after`" => Unsafe
    SELF_DEPENDENCY "self-dependency" Error "Element that waits for itself" => Safe
    DEPENDENCY_CYCLE "dependency-cycle" Error "Elements that wait for each other"
    METADATA_REQUIRED_EMPTY "metadata-required-empty" Error "Value that nothing could ever fill"
    MANDATORY_WITHOUT_VALUE "mandatory-without-value" Error "Value missing"
    EXT_UNKNOWN_ENTRY "ext-unknown-entry" Error "Extension entry that matches nothing" => Unsafe
    EXT_FORBIDDEN_KEY "ext-forbidden-key" Error "Key that an extension cannot set"
    EXT_ID_CLASH "ext-id-clash" Error "ID used by two files"
    EXT_DUPLICATE_ENTRY "ext-duplicate-entry" Error "Extension entry given twice" => Safe
    EXT_NOT_OVERWRITABLE "ext-not-overwritable" Error "Value that must not be changed"
    EXT_TYPE_CONFLICT "ext-type-conflict" Error "Map meets something else"
    EXT_UNKNOWN_EXTENDS "ext-unknown-extends" Error "Extension outside the chain" => Unsafe
    EXT_SAME_EXTENDS "ext-same-extends" Error "Two extensions of one parent"
    BAD_SETTING "bad-setting" Error "Unusable setting on the command line"
    BAD_SELECTION "bad-selection" Error "Selection that cannot be followed"
    VERSION_REFUSED "version-refused" Error "Version that must not follow the deployed one"
    SECRET_ON_COMMAND_LINE "secret-on-command-line" Warning "Secret on the command line"
    BAD_SECURE_PARAMETER "bad-secure-parameter" Error "Unusable secure parameter"
    EXT_SCHEMA_VERSION "ext-schema-version" Error "Extension of another schema version"
    BAD_PARAMETER_VALUE "bad-parameter-value" Error "Parameter with an unusable value"
    BAD_HOOK "bad-hook" Error "Hook that cannot run" => Unsafe
    HOOK_PHASE_DEPRECATED "hook-phase-deprecated" Warning "Phase that never happens"
    BAD_MEMORY_UNIT "bad-memory-unit" Error "Size that cannot be read" => Safe
    BAD_ROUTE "bad-route" Error "Address that cannot be used as it is" => Unsafe
    NAME_CORRECTED "name-corrected" Info "Name that was corrected"
    READ_ONLY_PARAMETER "read-only-parameter" Warning "Parameter that only the target should set"
    UNKNOWN_PARAMETER "unknown-parameter" Warning "Parameter that nobody knows" => Unsafe
    ENGINE_SOCKET "engine-socket" Warning "Module that may command the container engine"
    NO_EFFECT "no-effect" Info "Parameter without effect on a container engine"
    UNKNOWN_MODULE_TYPE "unknown-module-type" Error "Module type unknown to the target" => Unsafe
    UNKNOWN_RESOURCE_TYPE "unknown-resource-type" Error "Resource type unknown to the target" => Unsafe
    REQUIRES_NOT_MAPPING "requires-not-mapping" Error "Requirement without `name:`" => Safe
    IMAGE_AND_BUILDPACK "image-and-buildpack" Error "Image and buildpacks together"
    MISSING_IMAGE "missing-image" Error "Module without an image"
    REGISTRY_MISMATCH "registry-mismatch" Error "Image of another registry than named" => Unsafe
    CONFIG_NO_MATCH "config-no-match" Error "No configuration entry matches"
    CONFIG_SEVERAL_MATCHES "config-several-matches" Error "Several configuration entries match"
    CONFIG_INCOMPLETE "config-incomplete" Error "Incomplete configuration resource"
    SECRET_IN_PUBLIC "secret-in-public" Error "Secret where the registry shows it"
    CONFIG_BAD_VISIBILITY "config-bad-visibility" Error "Unusable visibility"
    MANAGED_WITHOUT_CONFIGURATION "managed-without-configuration" Error "Subscription to something that is no configuration resource"
    SERVICE_NOT_PROVISIONED "service-not-provisioned" Info "Service that windlass does not create"
    VARIABLE_TOO_LONG "variable-too-long" Error "Environment variable too long"
    PORT_CONFLICT "port-conflict" Error "Host port used twice"
    YAML_AMBIGUOUS_SCALAR "yaml-ambiguous-scalar" Warning "Scalar that readers of YAML disagree about" => Safe
    YAML_TAB "yaml-tab" Warning "Tab between words" => Safe
    UNUSED_ANCHOR "unused-anchor" Info "Anchor that no alias uses" => Safe
    SCHEMA_VERSION_NUMBER "schema-version-number" Info "Version written as a number" => Safe
    SCHEMA_DEPRECATED "schema-deprecated" Warning "Deprecated form" => Safe
    SCHEMA_BAD_ENUM "schema-bad-enum" Error "Word outside a fixed set" => Unsafe
    SCHEMA_BAD_PATH "schema-bad-path" Error "Path that no archive can have"
    SCHEMA_PROPERTY_NAME "schema-property-name" Info "Name that shells cannot read"
    METADATA_WITHOUT_VALUE "metadata-without-value" Error "Metadata about nothing" => Unsafe
    METADATA_WITH_LIST_OR_GROUP "metadata-with-list-or-group" Error "Metadata beside `list` or `group`"
    METADATA_DATATYPE_ON_PARAMETER "metadata-datatype-on-parameter" Error "Data type of a parameter" => Safe
    METADATA_TYPE_MISMATCH "metadata-type-mismatch" Warning "Value of another type than its metadata says"
    EXT_VERSION_IGNORED "ext-version-ignored" Info "Version of an extension" => Safe
    SUSPICIOUS_TYPE "suspicious-type" Warning "Number that arrives as another text" => Safe
    RESERVED_ENV_NAME "reserved-env-name" Warning "Variable that is set already"
    PLAIN_SECRET "plain-secret" Warning "Secret in clear text"
    IMAGE_LATEST "image-latest" Warning "Image without a fixed version"
    IMAGE_WITHOUT_HOST "image-without-host" Info "Image whose registry is not said"
    TEMPLATE_PLACEHOLDER "template-placeholder" Error "Placeholder of a template left in"
    REPLACED_PARAMETERS "replaced-parameters" Warning "Parameter that another one replaces" => Safe
    MODULE_PATH_MISSING "module-path-missing" Warning "Module without a path"
    MODULE_PATH_NOT_FOUND "module-path-not-found" Warning "Path that does not exist"
    BUILD_NO_SOURCE_TYPE "build-no-source-type" Error "`no-source` that is no boolean"
    BUILD_COMMANDS "build-commands" Error "Builder and commands that do not fit"
    BUILD_DEPRECATED_OPTION "build-deprecated-option" Error "Option that builders no longer take"
    BUILD_HTML5_REPO "build-html5-repo" Error "HTML5 module without what the repository needs"
    BUILD_REQUIRES "build-requires" Error "Build that requires what is not there"
    SHADOWED_NAME "shadowed-name" Warning "Parameter that hides another one"
    ORDER_WITHOUT_EFFECT "order-without-effect" Info "Order that is implied" => Safe
    EXT_SAME_VALUE "ext-same-value" Info "Value that is set already" => Safe
    CONFLICTING_ROUTES "conflicting-routes" Error "Address claimed twice"
    SAME_SERVICE_NAME "same-service-name" Warning "Service created twice"
    SERVICE_INCOMPLETE "service-incomplete" Error "Managed service without offering or plan"
    CONFIG_UNREACHABLE "config-unreachable" Warning "Filter that nothing can match"
    CONFIG_OWN_PROVIDER "config-own-provider" Warning "Question about one's own set"
    UNUSED_RESOURCE "unused-resource" Warning "Resource that nobody requires"
    UNUSED_PROVIDES "unused-provides" Info "Set that nobody requires"
    UNUSED_PARAMETER "unused-parameter" Warning "Parameter that nobody asks for" => Unsafe
    INACTIVE_REQUIRED "inactive-required" Warning "Reference to an inactive resource"
}

/// Returns the code with this id.
pub fn code(id: &str) -> Option<&'static Code> {
    CODES.iter().copied().find(|code| code.id == id)
}

/// Errors of a deployment that are told as less where they can be lived with: when a descriptor is only looked at, when windlass
/// is told to be like the deploy service, in schema 2. Only these can be silenced at times, although their codes are errors.
static MILDER_AT_TIMES: &[&Code] = &[
    &PARAMETER_FILE,
    &CONTENT_MISSING,
    &SCHEMA_BAD_VERSION,
    &SCHEMA_BAD_SCHEMA_VERSION,
    &DUPLICATE_NAME,
    &UNRESOLVED_REFERENCE,
    &CONFIG_INCOMPLETE,
    &EXT_NOT_OVERWRITABLE,
    &SELF_DEPENDENCY,
    &DEPENDENCY_CYCLE,
    &MANDATORY_WITHOUT_VALUE,
    &EXT_FORBIDDEN_KEY,
    &EXT_UNKNOWN_EXTENDS,
    &EXT_SAME_EXTENDS,
    &UNRESOLVED_PLACEHOLDER,
    &MALFORMED_EXPRESSION,
    &BAD_PARAMETER_VALUE,
    &BAD_ROUTE,
    &MISSING_IMAGE,
    &SERVICE_INCOMPLETE,
    &SECRET_IN_PUBLIC,
    &VERSION_REFUSED,
    &VARIABLE_TOO_LONG,
];

impl Code {
    /// Whether a finding of this code may be less severe than the code says.
    pub fn is_milder_at_times(&self) -> bool {
        MILDER_AT_TIMES.iter().any(|code| code.id == self.id)
    }
}
