//! Why a configuration resource matches nothing: for the entries that come nearest, what refused them.
//!
//! The stages cannot know. They see answers, and an empty answer says nothing of what was passed over.

use crate::finding::{CONFIG_NO_MATCH, Findings};
use crate::registry::matching::explain;
use crate::registry::{Entry, Question};
use crate::source::Span;
use crate::stage::{Asking, lookup};
use crate::store::{Store, StoreError};

/// A question without an answer, and where its resource stands.
#[derive(Debug)]
pub struct Unanswered {
    question: Question,
    at: Span,
}

/// The questions whose answers are empty.
pub fn unanswered(asking: &Asking, answers: &[Vec<Entry>]) -> Vec<Unanswered> {
    let empty = asking.questions.iter().zip(answers).filter(|(_, answer)| answer.is_empty());
    let found = empty.filter_map(|(question, _)| {
        let resource = asking.filled.resources.iter().find(|resource| resource.name.value == question.resource)?;
        Some(Unanswered { question: question.clone(), at: resource.name.span })
    });
    found.collect()
}

/// Adds to each finding about such a question what refused the nearest entries.
pub fn what_refused(findings: Findings, unanswered: &[Unanswered], store: &Store) -> Result<Findings, StoreError> {
    const SHOWN: usize = 5;
    let mut told = Findings::default();
    for mut finding in findings {
        let asked = unanswered
            .iter()
            .find(|one| finding.code == &CONFIG_NO_MATCH && finding.related.iter().any(|related| related.at == one.at));
        if let Some(Unanswered { question, .. }) = asked {
            let near = store.near(question, SHOWN)?;
            let mut lines: Vec<String> = near.iter().map(|entry| refusal(entry, question)).collect();
            let more = store.entry_count()?.saturating_sub(near.len());
            if near.is_empty() {
                lines.push("The registry is empty.".to_owned());
            } else if more > 0 {
                lines.push(format!("{more} more are farther away."));
            }
            lines.extend(finding.help.take());
            finding.help = Some(lines.join("\n"));
        }
        told.push(finding);
    }
    Ok(told)
}

/// `shop:api 1.0.0` (acme/dev): version is 1.0.0, which does not satisfy `^2`.
fn refusal(entry: &Entry, question: &Question) -> String {
    let verdicts = explain(entry, question);
    let refused: Vec<String> =
        verdicts.iter().filter(|verdict| verdict.refused()).map(|v| format!("{} {}", v.part, v.why)).collect();
    format!("{}: {}.", lookup::title(entry), refused.join("; "))
}
