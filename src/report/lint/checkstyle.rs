//! The XML of Checkstyle, which most tools for continuous integration can read: one `file` for each file that was checked.

use super::{Report, xml};

pub fn render(report: &Report<'_>) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"8.0\">\n");
    for (path, findings) in report.by_file() {
        if findings.is_empty() {
            out.push_str(&format!("  <file name=\"{}\"/>\n", xml(&path)));
            continue;
        }
        out.push_str(&format!("  <file name=\"{}\">\n", xml(&path)));
        for one in findings {
            out.push_str(&format!(
                "    <error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"windlass.{}\"/>\n",
                one.start.row,
                one.start.column,
                one.finding.severity.word(),
                xml(&one.text),
                one.finding.code.id
            ));
        }
        out.push_str("  </file>\n");
    }
    out.push_str("</checkstyle>\n");
    out
}
