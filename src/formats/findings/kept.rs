//! As many findings as fit, the worst of them.

use std::cmp::Reverse;

use super::finding::{Finding, Findings, Reach, Subject};
use super::severity::Severity;
use super::values::short;

/// The most findings that are kept of one report.
const MOST: usize = 25_000;

/// The longest text of a finding, in characters.
const LONGEST: usize = 1_000;

/// The most names and versions of a finding.
const NAMES: usize = 50;

/// Takes findings one by one and keeps the worst. Memory is bounded whatever the report's size.
#[derive(Debug, Default)]
pub struct Kept {
    findings: Vec<Finding>,
    left_out: u64,
    /// What is no worse than this does not fit any more.
    floor: Option<Rank>,
}

/// What comes first where not all can be kept: what counts, is severe, is reached.
type Rank = Reverse<(bool, Severity, Option<Reach>)>;

/// The rank of a finding. What has no severity may be as bad as anything.
fn rank(finding: &Finding) -> Rank {
    Reverse((!finding.suppressed, finding.severity.unwrap_or(Severity::Critical), finding.reach))
}

impl Kept {
    /// Whether one like this would be kept, by what is known of its severity alone.
    pub fn has_room_for(&self, finding: &Finding) -> bool {
        self.floor.is_none_or(|floor| rank(finding) < floor)
    }

    /// Counts one for which there is no room.
    pub fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// Takes one.
    pub fn add(&mut self, mut finding: Finding) {
        if !self.has_room_for(&finding) {
            return self.leave_out();
        }
        for text in [&mut finding.id, &mut finding.message, &mut finding.url, &mut finding.fingerprint] {
            short(text, LONGEST);
        }
        if let Some(place) = &mut finding.place {
            short(&mut place.file, LONGEST);
        }
        if let Some(package) = &mut finding.package {
            [&mut package.ecosystem, &mut package.name, &mut package.version]
                .into_iter()
                .for_each(|text| short(text, LONGEST));
        }
        finding.fixed.truncate(NAMES);
        finding.fixed.iter_mut().for_each(|version| short(version, LONGEST));
        if finding.aliases.len() > NAMES || finding.aliases.iter().any(|name| name.len() > LONGEST) {
            let fitting = finding.aliases.into_iter().filter(|name| name.len() <= LONGEST);
            finding.aliases = fitting.take(NAMES).collect();
        }
        self.findings.push(finding);
        if self.findings.len() >= 2 * MOST {
            self.cut();
        }
    }

    fn cut(&mut self) {
        if self.findings.len() > MOST {
            self.findings.sort_by_cached_key(rank);
            self.left_out += (self.findings.len() - MOST) as u64;
            self.findings.truncate(MOST);
            self.floor = self.findings.last().map(rank);
        }
    }

    /// How many it took.
    pub fn count(&self) -> u64 {
        self.findings.len() as u64 + self.left_out
    }

    /// The report.
    pub fn finish(
        mut self,
        subject: Subject,
        tool: &str,
        version: &str,
        looked_at: Option<(u64, &str)>,
    ) -> Findings {
        if self.left_out > 0 {
            self.cut();
            self.findings.sort_by_cached_key(rank);
        } else {
            self.cut();
        }
        let mut tool = tool.to_owned();
        let mut version = version.trim_start_matches('v').to_owned();
        short(&mut tool, LONGEST);
        short(&mut version, LONGEST);
        Findings {
            tool,
            version,
            looked_at: looked_at.map(|(count, unit)| (count, unit.to_owned())),
            subject,
            findings: self.findings,
            left_out: self.left_out,
            ..Findings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_are_kept_and_the_rest_is_counted() {
        let mut kept = Kept::default();
        for index in 0..60_000_u32 {
            let severity = match index {
                55_000 => Some(Severity::Critical),
                55_001 => None,
                _ => Some(Severity::Low),
            };
            kept.add(Finding { id: index.to_string(), severity, ..Finding::default() });
        }
        assert_eq!(kept.count(), 60_000);
        let findings = kept.finish(Subject::Lint, "x", "v1", None);
        assert_eq!((findings.findings.len(), findings.left_out), (MOST, 35_000));
        let first: Vec<&str> = findings.findings[..3].iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(first, ["55000", "55001", "0"]);
        assert_eq!(findings.version, "1");
    }

    #[test]
    fn texts_are_cut() {
        let mut kept = Kept::default();
        let long = "ä".repeat(10_000);
        let aliases = (0..100).map(|index| index.to_string()).chain([long.clone()]).collect();
        kept.add(Finding { id: long.clone(), message: long, aliases, ..Finding::default() });
        let findings = kept.finish(Subject::Lint, "x", "", None);
        let finding = &findings.findings[0];
        assert_eq!(finding.message.chars().count(), LONGEST);
        assert_eq!(finding.aliases.len(), NAMES);
    }
}
