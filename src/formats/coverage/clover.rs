//! Clover's XML, as OpenClover, PHPUnit and Istanbul write it.

use std::borrow::Cow;
use std::io::Read;

use super::claims::one;
use super::measure::Measure;
use super::profile::{FileId, Profile};
use crate::formats::xml::{Element, Node, each_node};
use crate::formats::{BadReport, Format};

/// Clover's XML.
pub const FORMAT: Format<Profile> = Format {
    name: "Clover XML",
    is: |head| head.is_xml("coverage") && (head.has_attribute("generated") || head.has_attribute("clover")),
    read: |source| read(source),
};

/// An element that is open.
#[derive(Default)]
struct Open {
    kind: &'static str,
    line: u64,
    /// What its `metrics` say of statements.
    claimed: Option<Measure>,
    /// The statements told of in it, line by line.
    told: Measure,
    /// The same, as the `metrics` of the files in it say where they are.
    files: Measure,
    /// The lines in it that begin a method: some tools leave a statement out that stands there.
    methods: u64,
}

#[derive(Default)]
struct State {
    profile: Profile,
    file: Option<FileId>,
    open: Vec<Open>,
    /// Istanbul and PHPUnit count lines and call them statements; Clover itself counts several a line.
    by_line: bool,
}

/// Reads a report. Lines with statements and conditions count; a line that only says where a method begins
/// does not. Conditions are counted twice in `metrics`, so these are held against statements alone.
///
/// # Errors
///
/// If it cannot be read, is cut off, holds no line, or its `metrics` are not those of its lines.
pub fn read(source: impl Read) -> Result<Profile, BadReport> {
    let mut state = State::default();
    each_node(source, |node| {
        match node {
            Node::Start(element) => state.start(&element)?,
            Node::Text(_) | Node::Comment(_) | Node::Nothing => {}
            Node::End => state.end()?,
        }
        Ok(())
    })?;
    if state.profile.total().total == 0 {
        return Err(BadReport::at(0, "it holds no line: nothing was measured"));
    }
    Ok(state.profile)
}

impl State {
    fn start(&mut self, element: &Element) -> Result<(), BadReport> {
        let kind = match (element.name(), self.file) {
            ("coverage", _) if self.open.is_empty() => {
                let version = element.attribute("clover")?;
                // Istanbul says for ever that it is this one.
                self.by_line = version.is_none_or(|version| version == "3.2.0");
                self.profile.note(element.time("generated")?);
                ""
            }
            ("project" | "testproject", None) => {
                self.profile.note(element.time("timestamp")?);
                "the project"
            }
            ("package", None) => "a package",
            ("file", None) => {
                let path = element.attribute("path")?.filter(|path| !path.is_empty());
                let name = path.map_or_else(|| element.needed("name"), Ok)?;
                let begun = self.profile.file(name.as_bytes(), element.line())?;
                self.profile.measured_by_line(begun, element.line())?;
                self.file = Some(begun);
                "a file"
            }
            ("file", Some(_)) => return Err(BadReport::at(element.line(), "a file lies in a file")),
            ("line", Some(file)) => {
                let told = line(&mut self.profile, file, element, self.by_line)?;
                if let Some(open) = self.open.last_mut() {
                    match told {
                        Some(ran) => open.told += one(ran),
                        None => open.methods += 1,
                    }
                }
                ""
            }
            ("line", None) => return Err(BadReport::at(element.line(), "a line belongs to no file")),
            ("metrics", _) => {
                self.metrics(element)?;
                ""
            }
            _ => "",
        };
        self.open.push(Open { kind, line: element.line(), ..Open::default() });
        Ok(())
    }

    /// Takes what is said of the statements of the element around it.
    fn metrics(&mut self, element: &Element) -> Result<(), BadReport> {
        let (at, mut counts) = (element.line(), [None::<u64>; 2]);
        element.attributes(|name, value| {
            let place = match name {
                "statements" => 0,
                "coveredstatements" => 1,
                _ => return Ok(()),
            };
            let count = value.trim().parse();
            counts[place] = Some(count.map_err(|_| BadReport::at(at, format!("`{name}` is no count")))?);
            Ok(())
        })?;
        if let ([Some(total), Some(covered)], Some(around)) = (counts, self.open.last_mut()) {
            around.claimed = Some(Measure { covered, total });
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), BadReport> {
        let Some(ended) = self.open.pop() else { return Ok(()) };
        let is_file = ended.kind == "a file";
        if is_file {
            self.file = None;
        }
        if let Some(claimed) = ended.claimed.filter(|_| !ended.kind.is_empty()) {
            self.agree(&ended, claimed, is_file)?;
        }
        if let Some(around) = self.open.last_mut() {
            around.told += ended.told;
            around.methods += ended.methods;
            around.files += if is_file { ended.claimed.unwrap_or(ended.told) } else { ended.files };
        }
        Ok(())
    }

    fn agree(&self, ended: &Open, claimed: Measure, is_file: bool) -> Result<(), BadReport> {
        let Open { told, files, methods, .. } = *ended;
        let within = |claimed: u64, told: u64| (told..=told.saturating_add(methods)).contains(&claimed);
        let by_line = within(claimed.covered, told.covered) && within(claimed.missed(), told.missed());
        let fits = if is_file && !self.by_line {
            // Several statements may stand in a line, and one that ran is enough for it. Without a line, statements have
            // no place.
            let as_many = claimed.covered >= told.covered && claimed.missed() >= told.missed();
            claimed.total == 0 || (told.total > 0 && as_many)
        } else {
            by_line || (!is_file && claimed == files)
        };
        if fits && claimed.covered <= claimed.total {
            return Ok(());
        }
        let shown = if is_file { told } else { files };
        let why = format!(
            "the metrics of {} say that {} of {} statements are covered, what is in it says {} of {}: it contradicts itself",
            ended.kind, claimed.covered, claimed.total, shown.covered, shown.total
        );
        Err(BadReport::at(ended.line, why))
    }
}

/// Whether the line ran; none for the beginning of a method. Clover itself counts how often a condition was true and
/// how often it was false; Istanbul (`by_line`) how many of a line's branches ran and how many did not.
fn line(
    profile: &mut Profile,
    file: FileId,
    element: &Element,
    by_line: bool,
) -> Result<Option<bool>, BadReport> {
    let at = element.line();
    let (mut number, mut kind, mut count, mut arms) = (None, Cow::Borrowed(""), None, [None::<u64>; 2]);
    element.attributes(|name, value| {
        let counted = || {
            let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            // Beyond the range it is the range's end.
            let count = digits.then(|| value.parse().unwrap_or(u64::MAX));
            count.ok_or_else(|| BadReport::at(at, format!("`{name}` is no count")))
        };
        match name {
            "num" => number = value.parse().ok(), // What is no number is missing.
            "type" => kind = value,
            "count" => count = Some(counted()?),
            "truecount" => arms[0] = Some(counted()?),
            "falsecount" => arms[1] = Some(counted()?),
            _ => {}
        }
        Ok(())
    })?;
    let number = number.ok_or_else(|| BadReport::at(at, "a line has no number in `num`"))?;
    match &*kind {
        "method" => return Ok(None),
        "stmt" | "cond" => {}
        other => return Err(BadReport::at(at, format!("a line is of the unknown type `{other}`"))),
    }
    // A condition of Clover's tells its arms alone. Beside a count they add nothing: what did not run counts there too.
    let arms_ran = || arms.into_iter().flatten().reduce(u64::max);
    let ran = count.or_else(arms_ran).ok_or_else(|| BadReport::at(at, "a line has no `count`"))? > 0;
    profile.line(file, number, ran, at)?;
    if let ([Some(covered), Some(missed)], true) = (arms, by_line) {
        let total = covered.saturating_add(missed);
        if total > 0 {
            profile.branch(file, number, 0, Measure { covered, total }, at)?;
        }
        return Ok(Some(ran));
    }
    for (arm, taken) in (1_u64..).zip(arms) {
        if let Some(taken) = taken {
            let covered = u64::from(taken > 0);
            profile.branch(file, number, arm, Measure { covered, total: 1 }, at)?;
        }
    }
    Ok(Some(ran))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{Dated, Made};

    #[test]
    fn statements_and_conditions_count() {
        let text = "<coverage generated='0' clover='4.4.1'><project timestamp='0'><metrics statements='99'/>\n\
            <file name='a.php' path='/x/a.php'><class name='A'><metrics/></class><line num='1' type='method' name='f' count='1'/><line num='2' type='stmt' count='0'/><line num='3' type='cond' truecount='1' falsecount='0'/><line num='4' type='cond' count='0' truecount='0' falsecount='0'/><metrics/></file>\
            <package name='p'><file name='b.php'><line num='2' type='stmt' count='12345678901234567890123'/></file></package></project></coverage>";
        let files = read(text.as_bytes()).unwrap().files();
        assert_eq!(
            (files[0].name.as_str(), files[0].measure),
            ("/x/a.php", Measure { covered: 1, total: 3 })
        );
        assert_eq!(files[0].branches, Measure { covered: 1, total: 4 });
        assert_eq!((files[1].name.as_str(), files[1].measure), ("b.php", Measure { covered: 1, total: 1 }));
    }

    #[test]
    fn istanbul_counts_the_branches_that_ran_and_those_that_did_not() {
        let text = "<coverage generated='0' clover='3.2.0'><project><file name='a.js'>\
            <line num='1' count='1' type='cond' truecount='2' falsecount='1'/><line num='2' count='0' type='cond' truecount='0' falsecount='1'/>\
            <metrics statements='2' coveredstatements='1'/></file></project></coverage>";
        let file = read(text.as_bytes()).unwrap().files().remove(0);
        assert_eq!(file.measure, Measure { covered: 1, total: 2 }, "a branch that did not run is no run");
        assert_eq!(file.branches, Measure { covered: 2, total: 4 });
    }

    #[test]
    fn metrics_are_those_of_the_lines() {
        let report = |root: &str, file: &str, project: &str| {
            let metrics = |of: &str| match of.split_once('/') {
                Some((covered, all)) => {
                    format!("<metrics statements='{all}' coveredstatements='{covered}'/>")
                }
                None => String::new(),
            };
            let text = format!(
                "<coverage generated='1777622400' {root}><project>{}<package><file name='a'><class><metrics statements='99' coveredstatements='1'/></class>\
                 <line num='1' type='method' count='1'/><line num='2' type='stmt' count='1'/><line num='3' type='stmt' count='0'/>{}</file></package></project></coverage>",
                metrics(project),
                metrics(file)
            );
            read(text.as_bytes())
        };
        for (root, file, project) in [
            ("", "", ""),
            ("", "1/2", "1/2"),
            // A method of one line.
            ("", "2/3", "2/3"),
            ("clover='3.2.0'", "1/2", "1/2"),
            // Several statements a line.
            ("clover='4.4.1'", "3/7", "3/7"),
        ] {
            let read = report(root, file, project);
            let profile = read.unwrap_or_else(|bad| panic!("{root} {file} {project}: {bad:?}"));
            assert_eq!(Dated::made(&profile), Made::of("1777622400"));
        }
        for (root, file, project) in [
            ("", "1/9", ""),
            ("", "2/2", ""),
            ("", "1/2", "40/90"),
            ("", "", "40/90"),
            ("", "x/9", ""),
            ("", "9/2", ""),
            ("clover='3.2.0'", "3/7", ""),
            ("clover='4.4.1'", "3/7", "3/8"),
            // Fewer than lines.
            ("clover='4.4.1'", "0/2", ""),
            ("clover='4.4.1'", "2/2", ""),
            ("clover='4.4.1'", "1/1", ""),
        ] {
            assert!(report(root, file, project).is_err(), "{root} {file} {project}");
        }
    }

    #[test]
    fn what_proves_nothing_is_an_error() {
        let file = |lines: &str| format!("<coverage generated='0'><file name='a'>{lines}</file></coverage>");
        for (text, words) in [
            (file(""), "no line"),
            (file("<line num='1' type='stmt'/>"), "no `count`"),
            (file("<line num='1' type='stmt' count='-1'/>"), "`count` is no count"),
            (file("<line type='stmt' count='1'/>"), "`num`"),
            (file("<line num='1' type='x' count='1'/>"), "unknown type"),
            (file("<file name='b'/>"), "in a file"),
            ("<coverage generated='0'><line num='1' type='stmt' count='1'/></coverage>".into(), "no file"),
            ("<coverage generated='0'><file/></coverage>".into(), "no `name`"),
            (
                "<coverage generated='0'><project timestamp='today'/>".into(),
                "`timestamp`: `today` is no time",
            ),
            ("<coverage generated='today'><file name='a'/></coverage>".into(), "`today` is no time"),
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.why.contains(words), "{text}: {bad:?}");
        }
    }
}
