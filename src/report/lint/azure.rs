//! Logging commands of Azure Pipelines. It knows errors and warnings; hints are plain lines of the log.

use super::Report;
use crate::finding::Severity;

pub fn render(report: &Report<'_>) -> String {
    let line = |one: super::Shown<'_>| {
        let super::Shown { finding, path, start, text, .. } = one;
        let kind = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => {
                return format!("{path}:{}:{}: info[{}]: {text}\n", start.row, start.column, finding.code.id);
            }
        };
        format!(
            "##vso[task.logissue type={kind};sourcepath={};linenumber={};columnnumber={};code={};]{}\n",
            property(&path),
            start.row,
            start.column,
            finding.code.id,
            data(&text)
        )
    };
    report.shown().into_iter().map(line).collect()
}

fn data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(';', "%3B").replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_property_ends_where_it_should() {
        assert_eq!(super::property("a;b]%\n"), "a%3Bb%5D%AZP25%0A");
    }
}
