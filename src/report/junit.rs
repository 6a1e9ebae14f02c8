//! JUnit XML: each task a test case, each step a suite, so that any CI shows a release beside its tests.

use super::summary::{Failure, Outcome, Summary, TaskView};
use super::words;

/// The document. The texts in it must be clean of secrets already.
#[must_use]
pub fn render(summary: &Summary) -> String {
    let name = summary
        .head
        .as_ref()
        .map_or_else(|| "release".into(), |head| format!("{} {}", head.project, head.tag));
    let time = seconds(summary.ending.map_or_else(|| summary.totals().millis, |ending| ending.millis));
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{}\" {} time=\"{time}\">\n",
        escape(&name),
        numbers(&summary.tasks.iter().collect::<Vec<_>>()),
    );
    for step in summary.steps() {
        let tasks: Vec<&TaskView> = summary.tasks.iter().filter(|task| task.step == step).collect();
        let name = step.map_or("other", crate::model::Step::name);
        let time = seconds(summary.counts(step).millis);
        let at =
            tasks.iter().find_map(|task| task.started).or_else(|| tasks.iter().find_map(|task| task.ended));
        let at =
            at.map(|at| format!(" timestamp=\"{}\"", at.format("%Y-%m-%dT%H:%M:%S"))).unwrap_or_default();
        xml.push_str(&format!("  <testsuite name=\"{name}\" {} time=\"{time}\"{at}>\n", numbers(&tasks)));
        tasks.iter().for_each(|task| xml.push_str(&case(summary, task)));
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn is_error(task: &TaskView) -> bool {
    let no_evidence =
        task.verdict.as_ref().is_some_and(|verdict| verdict.status == crate::model::Status::Error);
    task.outcome == Outcome::Unfinished || (task.outcome == Outcome::Failed && no_evidence)
}

fn is_overridden(task: &TaskView) -> bool {
    task.verdict.as_ref().is_some_and(|verdict| verdict.status == crate::model::Status::Overridden)
}

fn is_skipped(task: &TaskView) -> bool {
    // A failure that stops nothing must not turn a CI red: it is told as skipped, with its reason.
    // A gate that was overridden has not passed, and stops nothing either.
    matches!(task.outcome, Outcome::Skipped | Outcome::SoftFailed) || is_overridden(task)
}

fn numbers(tasks: &[&TaskView]) -> String {
    let errors = tasks.iter().filter(|task| is_error(task)).count();
    let failures = tasks.iter().filter(|task| task.outcome == Outcome::Failed && !is_error(task)).count();
    let skipped = tasks.iter().filter(|task| is_skipped(task)).count();
    format!("tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"", tasks.len())
}

fn case(summary: &Summary, task: &TaskView) -> String {
    let class = task.task.0.split('/').take(2).collect::<Vec<_>>().join(".");
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"{}\"",
        escape(&class),
        escape(&task.title),
        seconds(task.millis)
    );
    let body = body(summary, task);
    if body.is_empty() { format!("{head}/>\n") } else { format!("{head}>\n{body}    </testcase>\n") }
}

fn body(summary: &Summary, task: &TaskView) -> String {
    let mut body = String::new();
    if is_skipped(task) {
        let soft =
            task.problem.as_ref().map(|problem| format!("failed, but stops nothing: {}", problem.what));
        let over = task.verdict.as_ref().filter(|_| is_overridden(task));
        let over = over.map(|verdict| format!("{}: {}", verdict.status.word(), verdict.summary));
        let why = over.or(task.skipped_for().map(str::to_owned)).or(soft).unwrap_or_default();
        body.push_str(&format!("      <skipped message=\"{}\"/>\n", escape(&why)));
    } else if task.outcome == Outcome::Unfinished {
        body.push_str("      <error message=\"the run ended before this task did\" type=\"unfinished\"/>\n");
    } else if task.outcome == Outcome::Failed {
        let tag = if is_error(task) { "error" } else { "failure" };
        let failures = summary.failures();
        let own: Vec<&Failure<'_>> =
            failures.iter().filter(|failure| failure.task.task == task.task).collect();
        // The common schema allows one failure a case: it holds all problems.
        let first = own.first().map_or("failed", |failure| failure.problem.what.as_str());
        let text: Vec<String> = own.iter().map(|failure| told(failure)).collect();
        body.push_str(&format!(
            "      <{tag} message=\"{}\" type=\"{tag}\">{}</{tag}>\n",
            escape(first),
            escape(&text.join("\n\n"))
        ));
    }
    if let Some(from) = task.taken_from {
        body.push_str(&format!("      <system-out>{}</system-out>\n", escape(words::taken_from(from))));
    }
    body
}

fn told(failure: &Failure<'_>) -> String {
    let problem = failure.problem;
    let place = problem.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let mut lines = vec![format!("{place}{}", problem.what)];
    lines.extend(problem.causes.iter().cloned());
    lines.extend(problem.fix.iter().map(|fix| format!("next: {fix}")));
    lines.join("\n")
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1_000, millis % 1_000)
}

/// Text for XML 1.0: characters that it cannot hold at all are left out (XML 1.0 §2.2, `Char`).
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&apos;"),
            '\t' | '\n' => safe.push(char),
            '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}' => safe.push(char),
            _ => {}
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_success_and_a_failure() {
        insta::assert_snapshot!("success", render(&Summary::of(&sample::success())));
        insta::assert_snapshot!("failure", render(&Summary::of(&sample::failure())));
    }

    /// Reads XML as strictly as this writer needs: tags nest, texts hold no bare markup and only legal characters.
    fn check(xml: &str) {
        let mut open: Vec<&str> = Vec::new();
        let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
        while let Some(begin) = rest.find('<') {
            text(&rest[..begin]);
            let end = begin + rest[begin..].find('>').unwrap();
            let tag = &rest[begin + 1..end];
            let attributes = tag.trim_end_matches('/');
            assert!(attributes.matches('"').count().is_multiple_of(2), "{tag}");
            assert!(!attributes.contains('<'), "{tag}");
            text(attributes);
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap());
            }
            rest = &rest[end + 1..];
        }
        assert!(open.is_empty() && rest.trim().is_empty());
    }

    fn text(text: &str) {
        assert!(text.chars().all(
            |char| matches!(char, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        ));
        for part in text.split('&').skip(1) {
            let name = part.split(';').next().unwrap();
            assert!(["amp", "lt", "gt", "quot", "apos"].contains(&name), "{part}");
        }
    }

    #[test]
    fn well_formed_whatever_stands_in_it() {
        check(&render(&Summary::of(&sample::success())));
        for hostile in [
            "]]></failure><x>",
            "\"/><",
            "a\0b\u{1}\u{b}\u{fffe}\u{ffff}\u{1b}",
            "&amp; &#0; <!DOCTYPE x>",
            "<![CDATA[",
        ] {
            check(&render(&Summary::of(&sample::hostile(hostile))));
        }
    }
}
