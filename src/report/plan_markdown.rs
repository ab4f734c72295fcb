//! A plan as Markdown, for a comment on a pull request or the summary of a job: what it comes to in one line, the plan itself
//! folded below, cut where such a comment would be refused.

use super::paint::harmless;
use super::plan_text::{self, PlanStyle, summary};
use crate::plan::Plan;

/// GitHub takes 65,536 characters of a comment.
const LONGEST: usize = 60_000;

/// The text inside is that of [`plan_text::render`], so `style` should have no colours.
pub fn render(plan: &Plan, style: &PlanStyle<'_>) -> String {
    folded(&harmless(&plan.deployment.to_string()), &summary(plan), &plan_text::render(plan, style), LONGEST)
}

/// Whole lines of the text, as many as there is room for.
fn folded(name: &str, summary: &str, text: &str, longest: usize) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    let begin = format!(
        "**windlass plan:** {}\n\n<details><summary>{}</summary>\n\n{fence}text\n",
        prose(summary),
        prose(name)
    );
    let mut out = begin;
    // The end, and the sentence that says what is missing.
    let mut room = longest.saturating_sub(out.chars().count() + fence.len() + 120);
    let lines: Vec<&str> = text.lines().collect();
    let mut shown = 0;
    for line in &lines {
        let length = line.chars().count() + 1;
        if length > room {
            break;
        }
        room -= length;
        shown += 1;
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(&format!("{fence}\n"));
    match lines.len() - shown {
        0 => {}
        1 => out.push_str("\nThere is no room for one more line. `windlass plan` shows all.\n"),
        more => out.push_str(&format!("\nThere is no room for {more} more lines. `windlass plan` shows all.\n")),
    }
    out.push_str("\n</details>\n");
    out
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A text in which nothing is markup.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '*' | '_' | '`' | '[' | ']' | '\\' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn the_plan_is_folded_below_its_summary() {
        let page = folded("shop", "Plan: 1 to create.", "  +   module web  create\n\nPlan: 1 to create.\n", 60_000);
        assert_eq!(
            page,
            "**windlass plan:** Plan: 1 to create.\n\n<details><summary>shop</summary>\n\n```text\n  +   module web  create\n\n\
             Plan: 1 to create.\n```\n\n</details>\n"
        );
    }

    #[test]
    fn values_cannot_end_the_block_or_add_markup() {
        let page = folded("a_<b>", "1 *x*", "```\n# no heading\n````\n", 60_000);
        assert!(page.contains("<summary>a\\_&lt;b&gt;</summary>") && page.contains("1 \\*x\\*"), "{page}");
        assert!(page.contains("\n`````text\n```\n# no heading\n````\n`````\n"), "{page}");
    }

    #[test]
    fn a_long_plan_is_cut_between_lines_and_says_so() {
        let text = "a line of the plan\n".repeat(100);
        let page = folded("shop", "Plan: 100 to create.", &text, 600);
        assert!(page.chars().count() <= 600, "{}", page.chars().count());
        let shown = page.matches("a line of the plan\n").count();
        assert!(shown > 10 && page.contains(&format!("no room for {} more lines", 100 - shown)), "{page}");
        assert!(page.ends_with("\n\n</details>\n"), "{page}");
    }
}
