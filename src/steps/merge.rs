//! The same vulnerability from several tools is one: by its names, the package, and the package's version.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::formats::findings::{Finding, Findings};

/// A finding with the tools that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What they say together: the worst of each.
    pub finding: Finding,
    /// Who says so.
    pub tools: BTreeSet<String>,
    /// What each of those that were put together is known by itself. One name may join several vulnerabilities, and
    /// letting one of them pass lets no other pass.
    pub members: BTreeSet<BTreeSet<String>>,
}

impl Merged {
    /// Names by which each of those that were put together is named: its own where that does, else few and well known.
    #[must_use]
    pub fn needed(&self) -> BTreeSet<&str> {
        let mut needed = BTreeSet::from([self.finding.id.as_str()]);
        for member in &self.members {
            if !member.iter().any(|name| needed.contains(name.as_str())) {
                needed.extend(member.iter().map(String::as_str).min_by_key(|name| (standing(name), *name)));
            }
        }
        let (own, rest): (BTreeSet<_>, BTreeSet<_>) =
            needed.into_iter().partition(|name| *name == self.finding.id);
        let do_alone = |member: &BTreeSet<String>| member.iter().any(|name| rest.contains(name.as_str()));
        if self.members.iter().all(do_alone) && !rest.is_empty() {
            rest
        } else {
            own.into_iter().chain(rest).collect()
        }
    }
}

/// What two findings share if they are the same: a name and a package in a version. What is in no package is the same
/// only at the same place.
fn marks(finding: &Finding) -> Vec<(String, String)> {
    let of = match (&finding.package, &finding.place) {
        (Some(package), _) => format!("{}@{}", package.name.to_ascii_lowercase(), package.version),
        (None, Some(place)) => format!("{}:{}:{}", place.file, place.line, place.column),
        (None, None) => finding.message.clone(),
    };
    let names = std::iter::once(&finding.id).chain(&finding.aliases);
    names.map(|name| (name.to_ascii_uppercase(), of.clone())).collect()
}

/// The root of a set in a forest.
fn root(parents: &mut [usize], mut of: usize) -> usize {
    while parents[of] != of {
        parents[of] = parents[parents[of]];
        of = parents[of];
    }
    of
}

/// Puts findings together. The order of the reports changes nothing.
pub fn merge(reports: Vec<Findings>) -> Vec<Merged> {
    let mut all: Vec<(String, Finding)> = Vec::new();
    for report in reports {
        all.extend(report.findings.into_iter().map(|finding| (report.tool.clone(), finding)));
    }
    let mut parents: Vec<usize> = (0..all.len()).collect();
    let mut known: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (index, (_, finding)) in all.iter().enumerate() {
        for mark in marks(finding) {
            let other = *known.entry(mark).or_insert(index);
            let (one, two) = (root(&mut parents, index), root(&mut parents, other));
            parents[one.max(two)] = one.min(two);
        }
    }
    let mut groups: BTreeMap<usize, Vec<(String, Finding)>> = BTreeMap::new();
    for (index, member) in all.into_iter().enumerate() {
        groups.entry(root(&mut parents, index)).or_default().push(member);
    }
    let mut merged: Vec<Merged> = groups.into_values().filter_map(together).collect();
    merged.sort_by(|a, b| {
        a.finding
            .id
            .cmp(&b.finding.id)
            .then_with(|| a.finding.package.cmp(&b.finding.package))
            .then_with(|| a.finding.place.cmp(&b.finding.place))
    });
    merged
}

/// How well known a name is: databases of ecosystems first, since their pages say what to do.
fn standing(name: &str) -> usize {
    let known = ["GO-", "RUSTSEC-", "GHSA-", "CVE-"];
    known.iter().position(|start| name.starts_with(start)).unwrap_or(known.len())
}

fn together(mut members: Vec<(String, Finding)>) -> Option<Merged> {
    members.sort_by(|(a_tool, a), (b_tool, b)| {
        let key = |finding: &Finding| (standing(&finding.id), finding.id.clone(), finding.message.clone());
        key(a).cmp(&key(b)).then_with(|| a_tool.cmp(b_tool)).then_with(|| a.place.cmp(&b.place))
    });
    let tools: BTreeSet<String> = members.iter().map(|(tool, _)| tool.clone()).collect();
    let known = members.iter().map(|(_, finding)| finding.names()).collect();
    let mut members = members.into_iter().map(|(_, finding)| finding);
    let mut finding = members.next()?;
    for other in members {
        finding.aliases.insert(other.id);
        finding.aliases.extend(other.aliases);
        finding.severity = finding.severity.max(other.severity);
        // Where it is called is told by who sees it called.
        match other.reach.cmp(&finding.reach) {
            Ordering::Greater => {
                (finding.reach, finding.platforms) = (other.reach, other.platforms);
                finding.place = other.place.or(finding.place);
            }
            Ordering::Equal => {
                finding.platforms.extend(other.platforms);
                finding.place = finding.place.or(other.place);
            }
            Ordering::Less => finding.place = finding.place.or(other.place),
        }
        finding.fixed.extend(other.fixed);
        finding.suppressed &= other.suppressed;
        if finding.url.is_empty() {
            finding.url = other.url;
        }
    }
    let id = finding.id.clone();
    finding.aliases.remove(&id);
    finding.fixed.sort();
    finding.fixed.dedup();
    Some(Merged { finding, tools, members: known })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::findings::{Package, Reach, Severity};

    fn report(tool: &str, id: &str, aliases: &[&str], version: &str) -> Findings {
        let package =
            Package { ecosystem: "Go".into(), name: "golang.org/x/text".into(), version: version.into() };
        let finding = Finding {
            id: id.into(),
            aliases: aliases.iter().map(|&alias| alias.into()).collect(),
            package: Some(package),
            ..Finding::default()
        };
        Findings { tool: tool.into(), findings: vec![finding], ..Findings::default() }
    }

    #[test]
    fn names_close_over_each_other_whatever_the_order() {
        let mut one = report("govulncheck", "GO-1", &["CVE-1"], "0.3.5");
        one.findings[0].reach = Some(Reach::Called);
        let mut two = report("trivy", "CVE-1", &[], "0.3.5");
        two.findings[0].severity = Some(Severity::High);
        let three = report("osv-scanner", "GHSA-1", &["CVE-1"], "0.3.5");
        let other = report("osv-scanner", "GHSA-1", &["CVE-1"], "0.3.6");
        let all = vec![one, two, three, other];
        let merged = merge(all.clone());
        assert_eq!(merged.len(), 2);
        let first = merged.iter().find(|merged| merged.tools.len() == 3).unwrap();
        assert_eq!(first.finding.id, "GO-1");
        assert_eq!(
            (first.finding.severity, first.finding.reach),
            (Some(Severity::High), Some(Reach::Called))
        );
        assert_eq!(first.finding.aliases.iter().map(String::as_str).collect::<Vec<_>>(), ["CVE-1", "GHSA-1"]);
        let mut turned = all.clone();
        for _ in 0..all.len() {
            turned.rotate_left(1);
            assert_eq!(merge(turned.clone()), merged);
        }
        turned.reverse();
        assert_eq!(merge(turned), merged);
    }

    #[test]
    fn the_same_rule_at_two_places_is_two() {
        let at = |line| {
            let place = crate::formats::findings::Place { file: "a.go".into(), line, column: 1 };
            Finding { id: "G104".into(), place: Some(place), ..Finding::default() }
        };
        let report =
            Findings { tool: "gosec".into(), findings: vec![at(1), at(2), at(1)], ..Findings::default() };
        assert_eq!(merge(vec![report]).len(), 2);
    }

    #[test]
    fn each_vulnerability_that_a_name_joins_is_kept_by_its_own_names() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        let merged = merge(vec![
            report("osv-scanner", "GHSA-A", &["CVE-1", "CVE-2"], "0.3.5"),
            report("trivy", "CVE-1", &[], "0.3.5"),
            report("trivy", "CVE-2", &[], "0.3.5"),
            report("other", "CVE-2", &[], "0.3.5"),
        ]);
        assert_eq!(merged.len(), 1);
        let members = [names(&["CVE-1", "CVE-2", "GHSA-A"]), names(&["CVE-1"]), names(&["CVE-2"])];
        assert_eq!(merged[0].members, members.into());
        assert_eq!(merged[0].needed(), ["CVE-1", "CVE-2"].into());
        let alone = merge(vec![report("osv-scanner", "GHSA-A", &["CVE-1", "CVE-2"], "0.3.5")]);
        assert_eq!(alone[0].needed(), ["GHSA-A"].into());
    }
}
