//! JUnit's XML: one suite for each file, one case for each finding.
//!
//! A case fails when its finding fails the run, so that a pipeline that passes shows no failed tests; what the others say is
//! their output. A file without findings has one case, which passes: a suite without cases is no result.

use super::{Report, Shown, xml};
use std::fmt::Write;

pub fn render(report: &Report<'_>) -> String {
    let files = report.by_file();
    let failed = |findings: &[Shown<'_>]| findings.iter().filter(|one| (report.fails)(one.finding)).count();
    let cases = |findings: &[Shown<'_>]| findings.len().max(1);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (all, wrong) =
        files.iter().fold((0, 0), |(all, wrong), (_, findings)| (all + cases(findings), wrong + failed(findings)));
    _ = writeln!(out, "<testsuites name=\"windlass lint\" tests=\"{all}\" failures=\"{wrong}\" errors=\"0\">");
    for (path, findings) in &files {
        let path = xml(path);
        let (all, wrong) = (cases(findings), failed(findings));
        _ = writeln!(
            out,
            "  <testsuite name=\"{path}\" tests=\"{all}\" failures=\"{wrong}\" errors=\"0\" skipped=\"0\">"
        );
        if findings.is_empty() {
            _ = writeln!(out, "    <testcase name=\"no findings\" classname=\"{path}\" file=\"{path}\"/>");
        }
        for one in findings {
            case(one, &path, (report.fails)(one.finding), &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(one: &Shown<'_>, path: &str, fails: bool, out: &mut String) {
    let Shown { finding, start, text, .. } = one;
    let (text, severity, code) = (xml(text), finding.severity.word(), finding.code.id);
    let place = format!("{path}:{}:{}", start.row, start.column);
    _ = writeln!(
        out,
        "    <testcase name=\"{code} {}:{}\" classname=\"{path}\" file=\"{path}\" line=\"{}\">",
        start.row, start.column, start.row
    );
    let told = format!("{place}: {severity}[{code}]: {text}");
    _ = if fails {
        writeln!(out, "      <failure type=\"{severity}\" message=\"{text}\">{told}</failure>")
    } else {
        writeln!(out, "      <system-out>{told}</system-out>")
    };
    out.push_str("    </testcase>\n");
}
