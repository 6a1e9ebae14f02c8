//! OSV-Scanner's JSON (`osv-scanner scan --format json --all-packages`), as of version 2.

use std::collections::{BTreeSet, HashMap};
use std::io::Read;

use serde::de::{Error as _, MapAccess};

use super::finding::{Finding, Findings, Package, Place, Reach, Subject};
use super::kept::Kept;
use super::listed::Listed;
use super::osv::{Affected, Named};
use super::osv_scanner_json::{AsObject, Entry, Group, Osv, Path, Whole};
use super::severity::Severity;
use super::values::{Held, Text, Words, line};
use crate::formats::json::{Fields, Objects, ObjectsOrNull, object, skip};
use crate::formats::{BadReport, Format};

/// The tool's name.
pub const TOOL: &str = "osv-scanner";

/// OSV-Scanner's JSON.
pub const FORMAT: Format<Findings> = Format {
    name: "JSON of OSV-Scanner",
    is: |head| {
        head.holds("results[].packages") || (head.holds("results") && head.holds("experimental_config"))
    },
    read: |source| read(source).map(|(findings, _)| findings),
};

/// The most vulnerabilities that the groups of one package name together.
const MOST_GROUPED: usize = 200_000;

#[derive(Default)]
struct Report {
    kept: Kept,
    packages: u64,
    results: bool,
    looked: Looked,
    listed: Listed,
    rates: Rates,
    source: Source,
}

/// What OSV-Scanner looked at.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// The files, as it names them.
    pub sources: BTreeSet<String>,
    /// The ecosystems of the packages in them, in OSV's names.
    pub ecosystems: BTreeSet<String>,
}

/// What is read of a source until its path is known.
#[derive(Default)]
struct Source {
    path: String,
    findings: Vec<Finding>,
    /// How many it has, also those for which there was no room.
    told: usize,
    ecosystems: BTreeSet<String>,
    /// What is wrong with it.
    wrong: Option<String>,
}

impl Fields for Report {
    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        if name != "results" {
            return skip(map);
        }
        self.results = true;
        map.next_value_seed(Objects(&mut OfSource(self))).map(|_| ())
    }
}

/// One source after the other.
struct OfSource<'a>(&'a mut Report);

impl Fields for OfSource<'_> {
    const QUICK: bool = true;

    fn begin(&mut self) {
        self.0.source.path.clear();
        self.0.source.told = 0;
    }

    fn fields(&mut self, object: &str) -> bool {
        let Ok(AsObject(Whole { source, packages })) = serde_json::from_str::<AsObject<Whole<Words>>>(object)
        else {
            return false;
        };
        source.path.as_ref().clone_into(&mut self.0.source.path);
        self.0.source.wrong = packages.into_iter().try_for_each(|looked| self.0.package(looked.0)).err();
        true
    }

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        match name {
            "source" => self.0.source.path = map.next_value::<Path<Text>>()?.path.0,
            "packages" => {
                let entry = Entry::default();
                let mut package = OfPackage { report: self.0, entry, seen: BTreeSet::new(), taken: false };
                map.next_value_seed(ObjectsOrNull(&mut package))?;
            }
            _ => skip(map)?,
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let Report { source, looked, listed, kept, .. } = &mut *self.0;
        if let Some(wrong) = source.wrong.take() {
            return Err(wrong);
        }
        looked.ecosystems.append(&mut source.ecosystems);
        if !looked.sources.contains(&source.path) {
            looked.sources.insert(source.path.clone());
        }
        listed.source(&source.path)?;
        for finding in source.findings.drain(..) {
            let place = Some(Place { file: source.path.clone(), line: 0, column: 0 });
            kept.add(Finding { place: place.filter(|place| !place.file.is_empty()), ..finding });
        }
        Ok(())
    }
}

/// One package of a long list after the other.
struct OfPackage<'a> {
    report: &'a mut Report,
    entry: Entry<Text>,
    /// The fields that came: one that comes again would hide what the first one said.
    seen: BTreeSet<String>,
    /// Whether all of it was taken from its bytes.
    taken: bool,
}

impl Fields for OfPackage<'_> {
    const QUICK: bool = true;

    fn begin(&mut self) {
        (self.entry, self.taken) = (Entry::default(), false);
        self.seen.clear();
    }

    fn fields(&mut self, object: &str) -> bool {
        let Ok(AsObject(looked)) = serde_json::from_str::<AsObject<Entry<Words>>>(object) else {
            return false;
        };
        self.report.source.wrong = self.report.package(looked).err();
        self.taken = true;
        true
    }

    fn field<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error> {
        if self.seen.contains(name) {
            return Err(A::Error::custom(format!("duplicate field `{name}`")));
        }
        match name {
            "package" => self.entry.package = Some(map.next_value()?),
            "vulnerabilities" => self.entry.vulnerabilities = held(map.next_value()?),
            "groups" => self.entry.groups = held(map.next_value()?),
            _ => return skip(map),
        }
        self.seen.insert(name.to_owned());
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        match self.taken {
            true => self.report.source.wrong.take().map_or(Ok(()), Err),
            false => self.report.package(std::mem::take(&mut self.entry)),
        }
    }
}

impl Report {
    /// Takes a package of the source that is read.
    fn package<T: AsRef<str>>(&mut self, looked: Entry<T>) -> Result<(), String> {
        let Some(package) = &looked.package else { return Err("missing field `package`".into()) };
        self.packages += 1;
        let Named { name, version, ecosystem } = package;
        let (name, version, ecosystem) = (name.as_ref(), version.as_ref(), ecosystem.as_ref());
        let ecosystems = &mut self.source.ecosystems;
        if !ecosystems.contains(ecosystem) {
            ecosystems.insert(ecosystem.to_owned());
        }
        // There are a few dozen; a report that goes on making them up is none.
        if ecosystems.len() > 1_000 {
            return Err("more than 1000 ecosystems".into());
        }
        self.listed.package(ecosystem, name, version)?;
        self.findings_of(package, &looked.vulnerabilities, &looked.groups)
    }

    fn findings_of<T: AsRef<str>>(
        &mut self,
        package: &Named<T>,
        vulnerabilities: &[Osv<T>],
        groups: &[Group<T>],
    ) -> Result<(), String> {
        let name = package.name.as_ref();
        let grouped = sorted(groups.iter().flat_map(|group| &group.ids).map(AsRef::as_ref));
        if let Some(lone) =
            vulnerabilities.iter().find(|osv| grouped.binary_search(&osv.id.as_ref()).is_err())
        {
            return Err(format!("{} of {name} is in no group", lone.id.as_ref()));
        }
        let by_id = sorted(vulnerabilities.iter().enumerate().map(|(at, osv)| (osv.id.as_ref(), at)));
        let mut grouped = 0;
        for group in groups {
            let names = sorted(group.ids.iter().map(AsRef::as_ref));
            let places = names.into_iter().flat_map(|name| {
                let first = by_id.partition_point(|(id, _)| *id < name);
                by_id[first..].iter().take_while(move |(id, _)| *id == name).map(|(_, at)| *at)
            });
            // In the order of the report, and no more in all than a report has that repeats nothing without end.
            let places = sorted(places.take(MOST_GROUPED));
            grouped += places.len();
            if grouped >= MOST_GROUPED {
                return Err(format!("the groups of {name} name its vulnerabilities too often"));
            }
            let members: Vec<&Osv<T>> = places.into_iter().map(|at| &vulnerabilities[at]).collect();
            let first = group.ids.first().ok_or_else(|| format!("a group of {name} names nothing"))?;
            if !members.is_empty() && members.iter().all(|osv| !osv.withdrawn.as_ref().is_empty()) {
                continue;
            }
            let severity = self.rates.severity(group, &members);
            let rated = Finding { severity, reach: reach(group), ..Finding::default() };
            if self.kept.has_room_for(&rated) {
                self.source.findings.push(of_group(rated, group, first.as_ref(), &members, package));
            } else {
                self.kept.leave_out();
            }
            self.source.told += 1;
            // Far more than any list of packages holds; what would not fit is refused rather than lost.
            if self.source.told > 200_000 {
                return Err("more than 200000 vulnerabilities in one source".into());
            }
        }
        Ok(())
    }
}

fn held<T>(list: Option<Held<T>>) -> Vec<T> {
    list.map(|list| list.0).unwrap_or_default()
}

/// What vectors come to, of as many as a report repeats.
#[derive(Default)]
struct Rates(HashMap<String, Option<Severity>>);

impl Rates {
    /// The most vectors that are remembered.
    const MOST: usize = 2_000;

    /// The worst that anyone says of a group.
    fn severity<T: AsRef<str>>(&mut self, group: &Group<T>, members: &[&Osv<T>]) -> Option<Severity> {
        let stated = members.iter().filter_map(|osv| osv.database_specific.severity.severity()).max();
        let vectors = members.iter().flat_map(|osv| &osv.severity);
        let rated = vectors.filter_map(|rated| self.of(rated.score.as_ref())).max();
        group.max_severity.severity().max(stated).max(rated)
    }

    fn of(&mut self, vector: &str) -> Option<Severity> {
        if let Some(known) = self.0.get(vector) {
            return *known;
        }
        let severity = Severity::of_vector(vector);
        if self.0.len() < Self::MOST && vector.len() < 200 {
            self.0.insert(vector.to_owned(), severity);
        }
        severity
    }
}

/// In order, each once: lists of a few are faster than sets.
fn sorted<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_unstable();
    values.dedup();
    values
}

fn reach<T>(group: &Group<T>) -> Option<Reach> {
    group.experimental_analysis.0.map(|called| if called { Reach::Called } else { Reach::Required })
}

/// All of a finding of which it is known how bad it is.
fn of_group<T: AsRef<str>>(
    rated: Finding,
    group: &Group<T>,
    first: &str,
    members: &[&Osv<T>],
    package: &Named<T>,
) -> Finding {
    let name = package.name.as_ref();
    let names = group.ids.iter().chain(&group.aliases).chain(members.iter().flat_map(|osv| &osv.aliases));
    let aliases = names.map(AsRef::as_ref).filter(|name| *name != first).map(str::to_owned).collect();
    let said = |text: fn(&Osv<T>) -> &T| {
        members.iter().map(|osv| line(text(osv).as_ref())).find(|line| !line.is_empty()).map(str::to_owned)
    };
    let message = said(|osv| &osv.summary).or_else(|| said(|osv| &osv.details));
    let affected = members.iter().flat_map(|osv| &osv.affected).filter(|it| it.package.name.as_ref() == name);
    let fixed: BTreeSet<String> = affected.flat_map(Affected::fixed).map(str::to_owned).collect();
    Finding {
        id: first.to_owned(),
        aliases,
        message: message.unwrap_or_else(|| format!("{first} in {name}")),
        package: Some(Package {
            ecosystem: package.ecosystem.as_ref().to_owned(),
            name: name.to_owned(),
            version: package.version.as_ref().trim_start_matches('v').to_owned(),
        }),
        fixed: fixed.into_iter().collect(),
        url: format!("https://osv.dev/{first}"),
        ..rated
    }
}

/// Reads a report, with what was looked at.
///
/// # Errors
///
/// If it is none, or proves nothing.
pub fn read(source: impl Read) -> Result<(Findings, Looked), BadReport> {
    let mut report = Report::default();
    object(source, &mut report)?;
    if !report.results {
        return Err(BadReport::at(0, "it has no `results`"));
    }
    if report.packages == 0 {
        return Err(BadReport::at(
            0,
            "it lists no package: what OSV-Scanner writes where it finds nothing is the same as what it writes \
             without its database; run it with `--all-packages`",
        ));
    }
    let findings = report.kept.finish(Subject::Security, TOOL, "", Some((report.packages, "packages")));
    Ok((Findings { listed: report.listed, ..findings }, report.looked))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = include_str!("../../../tests/corpus/reports/osv-scanner.json");

    /// With blanks behind each of these, so that what they are in is too long to be read at once.
    fn spread(text: &str, marks: &[&str]) -> String {
        let blanks = " ".repeat(300_000);
        marks.iter().fold(text.to_owned(), |text, mark| {
            assert!(text.contains(mark), "{mark}");
            text.replacen(mark, &format!("{mark}{blanks}"), 1)
        })
    }

    #[test]
    fn a_long_report_is_read_as_a_short_one() {
        let whole = read(REPORT.as_bytes()).unwrap();
        assert!(whole.0.findings.len() > 1 && whole.0.findings[0].fixed.len() == 1, "{whole:?}");
        for marks in
            [&["\"packages\": ["][..], &["\"package\": {"], &["\"vulnerabilities\": [", "\"groups\": ["]]
        {
            assert_eq!(read(spread(REPORT, marks).as_bytes()).unwrap(), whole, "{marks:?}");
        }
    }

    #[test]
    fn what_comes_twice_hides_nothing() {
        for (once, twice, words) in [
            ("\"groups\": [", "\"groups\": [], \"groups\": [", "duplicate field `groups`"),
            ("\"vulnerabilities\": [", "\"vulnerabilities\": [], \"vulnerabilities\": [", "duplicate field"),
            ("\"package\": {", "\"package\": {}, \"package\": {", "duplicate field `package`"),
            ("\"package\": {", "\"other\": {", "missing field `package`"),
            ("\"packages\": [", "\"packages\": [[{\"name\": \"x\"}, [], []],", "expected an object"),
        ] {
            let text = REPORT.replacen(once, twice, 1);
            let longer = [&["\"results\": ["][..], &["\"packages\": ["], &["\"source\": {", "\"name\": "]];
            for text in longer.map(|marks| spread(&text, marks)) {
                let Some(bad) = read(text.as_bytes()).err() else { panic!("{twice}") };
                assert!(bad.why.contains(words), "{bad:?}");
            }
        }
    }
}
