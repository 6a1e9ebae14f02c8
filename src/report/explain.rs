//! Gates in full: what each asks for and by whose word, what it rests on, and the one thing to do next.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Problem, Proof, Row, Status, Verdict};

use super::look::{Look, Tone};
use super::text::one_line;

/// How many pieces of evidence and of each gate are named.
const PROOFS: usize = 12;

/// How many other problems are counted out by their words.
const OTHERS: usize = 3;

/// A setting with who set it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Set {
    /// Its path: `gates.coverage.minimum`.
    pub path: String,
    /// Its value.
    pub value: Value,
    /// Who set it: `.release.yaml:4:14`, `default`.
    pub from: String,
    /// True for a default.
    pub default: bool,
}

/// One answer of a gate; a gate that has several tasks has several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The task: `gates/lint`.
    pub task: String,
    /// The answer; none where it came to none.
    pub verdict: Option<Verdict>,
    /// When it was given.
    pub at: Option<DateTime<Utc>>,
    /// True where an earlier run gave it, and it holds still.
    pub earlier: bool,
}

/// A gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explained {
    /// Its name.
    pub gate: String,
    /// What it looks at.
    pub about: String,
    /// Why it is off; none where it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub off: Option<String>,
    /// What it asks for.
    pub settings: Vec<Set>,
    /// What it answered.
    pub answers: Vec<Answer>,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The commit.
    pub commit: String,
    /// Now.
    pub now: DateTime<Utc>,
    /// The gates, those that block first, those that are off last.
    pub gates: Vec<Explained>,
}

impl Explained {
    /// Its worst answer.
    fn worst(&self) -> Option<Status> {
        let all = self.answers.iter().filter_map(|answer| answer.verdict.as_ref());
        all.map(|verdict| verdict.status).max_by_key(|status| match status {
            Status::Error => 4,
            Status::Fail => 3,
            Status::Overridden => 2,
            Status::Skipped => 0,
            Status::Pass => 1,
        })
    }

    /// By what the gates are put in order.
    #[must_use]
    pub fn rank(&self) -> u8 {
        match (self.off.is_some(), self.worst()) {
            (true, _) => 5,
            (_, Some(Status::Error | Status::Fail)) => 0,
            (_, None) => 1,
            (_, Some(Status::Overridden)) => 2,
            (_, Some(Status::Pass)) => 3,
            (_, Some(Status::Skipped)) => 4,
        }
    }
}

/// How long ago that was.
#[must_use]
pub fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds().max(0);
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3_600 => (seconds / 60, "minute"),
        3_600..86_400 => (seconds / 3_600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural} ago")
}

/// The page in words.
#[must_use]
pub fn text(page: &Page, look: &Look) -> String {
    let mut text = String::new();
    for gate in &page.gates {
        text.push_str(&told(gate, page, look));
        text.push('\n');
    }
    text
}

fn told(gate: &Explained, page: &Page, look: &Look) -> String {
    let (mark, word, tone) = match (&gate.off, gate.worst()) {
        (Some(_), _) => (look.either("–", "-"), "off", Tone::Dim),
        (None, None) => ("?", "no answer", Tone::Warn),
        (None, Some(status @ (Status::Error | Status::Fail))) => {
            (look.either("✗", "x"), status.word(), Tone::Bad)
        }
        (None, Some(Status::Pass)) => (look.either("✓", "+"), "pass", Tone::Good),
        (None, Some(status)) => ("!", status.word(), Tone::Warn),
    };
    let mut text = format!(
        "{} {}: {}\n",
        look.paint(tone, mark),
        look.paint(Tone::Strong, &gate.gate),
        look.paint(tone, word)
    );
    let mut say = |name: &str, lines: &[String]| {
        for (index, line) in lines.iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            text.push_str(format!("  {name:11}{line}").trim_end());
            text.push('\n');
        }
    };
    say("looks at", std::slice::from_ref(&gate.about));
    if let Some(why) = &gate.off {
        say("off", &lines(why));
    }
    say("asks for", &settings(gate));
    for answer in &gate.answers {
        let Some(verdict) = &answer.verdict else {
            say("answer", &["none: what it looks at could not be made, see the log".into()]);
            continue;
        };
        say("answer", &lines(&verdict.summary));
        say("measured", &verdict.rows.iter().map(|row| measured(row, look)).collect::<Vec<_>>());
        say("rests on", &evidence(verdict));
        say("judged", &[judged(answer, page)]);
        say("next", &next(verdict));
    }
    text
}

/// The lines of a text that may have several.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// What somebody set, a line each; the defaults together.
fn settings(gate: &Explained) -> Vec<String> {
    let short = |set: &Set| {
        let name = set.path.strip_prefix(&format!("gates.{}.", gate.gate)).unwrap_or(&set.path).to_owned();
        format!("{name}: {}", set.value)
    };
    let mut lines: Vec<String> = gate
        .settings
        .iter()
        .filter(|set| !set.default)
        .map(|set| format!("{}  ({})", short(set), set.from))
        .collect();
    let defaults: Vec<String> = gate.settings.iter().filter(|set| set.default).map(short).collect();
    if !defaults.is_empty() {
        lines.push(format!("{}  (default)", defaults.join(", ")));
    }
    lines
}

fn measured(row: &Row, look: &Look) -> String {
    let mark = if row.ok { look.either("✓", "+") } else { look.either("✗", "x") };
    let tone = if row.ok { Tone::Good } else { Tone::Bad };
    let (actual, threshold) = (one_line(&row.actual), one_line(&row.threshold));
    // What nobody set a limit for is only shown.
    let limit =
        if row.comparator == "is" { String::new() } else { format!(" ({} {threshold})", row.comparator) };
    format!("{} {}: {actual}{limit}", look.paint(tone, mark), one_line(&row.metric))
}

fn evidence(verdict: &Verdict) -> Vec<String> {
    let one = |proof: &Proof| {
        let mut parts = vec![one_line(&proof.what)];
        parts.extend(proof.file.iter().map(|file| format!("dist/{file}")));
        parts.extend(proof.digest.iter().map(|digest| format!("sha256:{}…", &digest.hex()[..12])));
        parts.extend(proof.tool.iter().map(|tool| one_line(tool)));
        parts.join(", ")
    };
    let mut lines: Vec<String> = verdict.evidence.iter().take(PROOFS).map(one).collect();
    if let Some(more @ 1..) = verdict.evidence.len().checked_sub(PROOFS) {
        lines.push(format!("{more} more"));
    }
    if lines.is_empty() && verdict.status.blocks() {
        lines.push("nothing: there is no evidence".into());
    }
    lines
}

fn judged(answer: &Answer, page: &Page) -> String {
    let commit = page.commit.get(..12).unwrap_or(&page.commit);
    let when = match answer.at {
        Some(at) => format!("{} ({})", age(at, page.now), at.format("%Y-%m-%d %H:%M:%S UTC")),
        None => "at an unknown time".into(),
    };
    let by = if answer.earlier { ", by an earlier run, and it holds still" } else { "" };
    format!("{when}, of commit {commit}{by}")
}

/// The one smallest thing to do, and how much else there is.
fn next(verdict: &Verdict) -> Vec<String> {
    if !verdict.status.blocks() {
        return Vec::new();
    }
    let all: Vec<Problem> = verdict.problems.iter().cloned().flat_map(Problem::each).collect();
    let Some(first) = all.iter().find(|problem| problem.fix.is_some()).or(all.first()) else {
        return vec!["see what its tools said in the log".into()];
    };
    let place = first.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let mut lines = vec![one_line(first.fix.as_ref().unwrap_or(&first.what))];
    lines.push(format!("for {place}{}", one_line(&first.what)));
    let others: Vec<&Problem> = all.iter().filter(|problem| *problem != first).collect();
    if !others.is_empty() {
        let names: Vec<String> = others.iter().take(OTHERS).map(|problem| one_line(&problem.what)).collect();
        let more = others.len().saturating_sub(OTHERS);
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        lines.push(format!("then {}{more}", names.join("; ")));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(gates: Vec<Explained>) -> Page {
        let now = "2026-11-21T12:05:00Z".parse().unwrap();
        Page { commit: "0123456789abcdef".into(), now, gates }
    }

    fn gate(answers: Vec<Answer>, off: Option<&str>) -> Explained {
        let set = |path: &str, value: Value, default: bool| Set {
            path: path.into(),
            value,
            from: if default { "default".into() } else { ".release.yaml:4:14".into() },
            default,
        };
        Explained {
            gate: "coverage".into(),
            about: "enough is covered".into(),
            off: off.map(Into::into),
            settings: vec![
                set("gates.coverage.minimum", 85.into(), false),
                set("gates.coverage.exclude_generated", true.into(), true),
            ],
            answers,
        }
    }

    #[test]
    fn says_what_is_asked_by_whom_on_what_it_rests_and_what_to_do() {
        let row = |ok| Row {
            metric: "statements covered".into(),
            comparator: ">=".into(),
            threshold: "85 %".into(),
            actual: "80.0 % (8 of 10)".into(),
            ok,
        };
        let verdict = Verdict::fail("80.0 % of statements (8 of 10)")
            .row(row(false))
            .proof(Proof { tool: Some("go1.27".into()), ..Proof::seen("coverage profile of go test") })
            .problem(Problem::new("another one"))
            .problem(
                Problem::new("too little").at("a.go", Some(40), None).fix("a test that reaches a.go:40-41"),
            );
        let at = Some("2026-11-21T12:02:00Z".parse().unwrap());
        let answer = Answer { task: "gates/coverage".into(), verdict: Some(verdict), at, earlier: true };
        let told = text(&page(vec![gate(vec![answer], None)]), &Look::plain());
        assert_eq!(
            told,
            "✗ coverage: fail
  looks at   enough is covered
  asks for   minimum: 85  (.release.yaml:4:14)
             exclude_generated: true  (default)
  answer     80.0 % of statements (8 of 10)
  measured   ✗ statements covered: 80.0 % (8 of 10) (>= 85 %)
  rests on   coverage profile of go test, go1.27
  judged     3 minutes ago (2026-11-21 12:02:00 UTC), of commit 0123456789ab, by an earlier run, and it holds still
  next       a test that reaches a.go:40-41
             for a.go:40: too little
             then another one

"
        );
    }

    #[test]
    fn what_is_off_says_why_and_what_blocks_comes_first() {
        let off = gate(Vec::new(), Some("there is no go.mod"));
        let told = text(&page(vec![off.clone()]), &Look::plain());
        assert!(told.starts_with("– coverage: off\n") && told.contains("off        there is no go.mod\n"));
        let answer =
            |verdict: Verdict| Answer { task: "t".into(), verdict: Some(verdict), at: None, earlier: false };
        let of = |verdict| gate(vec![answer(verdict)], None).rank();
        let ranks = [
            of(Verdict::error("x")),
            of(Verdict::pass("x", Proof::seen("y"))),
            of(Verdict::skipped("x")),
            off.rank(),
        ];
        assert!(ranks.is_sorted(), "{ranks:?}");
    }

    #[test]
    fn ages_are_told_in_the_largest_whole_unit() {
        let now: DateTime<Utc> = "2026-11-21T12:00:00Z".parse().unwrap();
        for (seconds, words) in
            [(0, "0 seconds ago"), (60, "1 minute ago"), (7_300, "2 hours ago"), (200_000, "2 days ago")]
        {
            assert_eq!(age(now - chrono::TimeDelta::seconds(seconds), now), words);
        }
    }
}
