//! A `version` of the application that is text, and not a whole semantic version.
//!
//! A number is refused while reading. A text is only read as a version when something is deployed, and leniently: what is
//! incomplete works, and is less than the format asks for.

use super::super::page::{Page, plain, text};
use crate::finding::{Change, Finding, Findings, Fix, SCHEMA_BAD_VERSION, Severity};
use crate::source::yaml::scalar::Plain;
use crate::version::Version;

pub fn check(page: &Page<'_>, findings: &mut Findings) {
    let Some(node) = page.root().value("version").filter(|_| !page.is_extension) else { return };
    // Other tools fill in their own templates before anything is deployed.
    let is_open = |text: &str| ["${", "{{", "<%"].iter().any(|opening| text.contains(opening));
    let Some(written) = text(node).filter(|text| !is_open(text)) else { return };
    if matches!(plain(node), Some((_, meaning)) if meaning != Plain::Text) || semver::Version::parse(written).is_ok() {
        return;
    }
    let finding = |message| Finding::new(&SCHEMA_BAD_VERSION, node.span, message).path("version");
    let Ok(read) = Version::parse(written) else {
        let message = format!("`{written}` is no version.");
        findings.push(finding(message).help("Write three numbers with dots between them, such as `1.0.0`."));
        return;
    };
    let whole = read.to_string();
    let mut finding = finding(format!("`{written}` is no whole version, and is read as `{whole}`."));
    finding.severity = Severity::Warning;
    let fix = Fix::safe(format!("Complete it to `{whole}`"), [Change::Say { at: node.span, text: whole.clone() }]);
    findings.push(finding.help(format!("Write `{whole}`.")).fix(fix));
}
