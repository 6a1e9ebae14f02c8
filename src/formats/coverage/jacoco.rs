//! JaCoCo's XML (jacoco/jacoco, report.dtd).

use std::collections::BTreeSet;
use std::io::Read;

use super::claims::{agree, one};
use super::measure::Measure;
use super::profile::{FileId, LONGEST_NAME, MOST_NAMES, Profile};
use crate::formats::xml::{Element, Node, count, each_node};
use crate::formats::{BadReport, Format, Made};

/// JaCoCo's XML.
pub const FORMAT: Format<Profile> = Format {
    name: "JaCoCo XML",
    is: |head| head.is_xml("report") && head.has_attribute("name"),
    read: |source| read(source),
};

/// Where in the document we are: one entry for each element that is open.
#[derive(Default)]
struct State {
    profile: Profile,
    /// The report, groups, a package and a file or class around us.
    open: Vec<Open>,
    /// How many other elements are open around all of these.
    others: u64,
    file: Option<FileId>,
    /// How many bytes the names of files have that classes told of.
    named: usize,
    /// When the youngest session was written: what older ones say counts only for classes that are the same.
    made: Option<Made>,
}

/// An element that is open.
#[derive(Default)]
struct Open {
    kind: &'static str,
    name: String,
    line: u64,
    /// What its own counter of lines says.
    counter: Option<Measure>,
    /// The lines told of in it.
    lines: Measure,
    /// The counters of the classes in it.
    classes: Measure,
    /// The files of classes that have lines.
    wanted: BTreeSet<String>,
    /// The files that were told of.
    told: BTreeSet<String>,
    /// How many elements of other kinds are open in it: what they say is not said of it.
    others: u64,
}

/// Reads a report. Lines count, not instructions, and no counter is summed up: groups of several modules
/// sum up what is in them once more.
///
/// # Errors
///
/// If it cannot be read, is cut off or holds no line, or a counter of lines is not that of the lines.
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
        let why = "it holds no line: nothing was measured, or the classes were compiled without line numbers";
        return Err(BadReport::at(0, why));
    }
    state.profile.note(state.made);
    Ok(state.profile)
}

impl State {
    fn start(&mut self, element: &Element) -> Result<(), BadReport> {
        let (kind, name) = match element.name() {
            "group" => ("group", element.needed("name")?),
            // A package may have the empty name.
            "package" => ("package", element.attribute("name")?.unwrap_or_default()),
            "class" => ("class", element.attribute("sourcefilename")?.unwrap_or_default()),
            "report" => ("report", String::new()),
            "sourcefile" => {
                let name = element.needed("name")?;
                let around = self.open.iter().map(|open| open.name.as_str()).filter(|name| !name.is_empty());
                let path: Vec<&str> = around.chain([name.as_str()]).collect();
                let file = self.profile.file(path.join("/").as_bytes(), element.line())?;
                self.profile.measured_by_line(file, element.line())?;
                self.file = Some(file);
                if let Some(package) = self.open.last_mut().filter(|open| open.others == 0) {
                    package.told.insert(name.clone());
                }
                ("sourcefile", name)
            }
            "line" => {
                self.line(element)?;
                ("", String::new())
            }
            "counter" => {
                self.counter(element)?;
                ("", String::new())
            }
            "sessioninfo" => {
                let made = element.time("dump")?;
                let younger = |old: Made| made.is_none_or(|made| made.newest <= old.newest);
                self.made = if self.made.is_some_and(younger) { self.made } else { made };
                ("", String::new())
            }
            _ => ("", String::new()),
        };
        if name.len() > LONGEST_NAME {
            return Err(BadReport::at(element.line(), format!("a name has more than {LONGEST_NAME} bytes")));
        }
        if kind.is_empty() {
            let others = self.open.last_mut().map_or(&mut self.others, |open| &mut open.others);
            *others += 1;
            return Ok(());
        }
        self.open.push(Open { kind, name, line: element.line(), ..Open::default() });
        Ok(())
    }

    /// Takes the counter of lines of the element around it.
    fn counter(&mut self, element: &Element) -> Result<(), BadReport> {
        let (mut lines, mut counts) = (false, [None::<u64>; 2]);
        element.attributes(|name, value| {
            match name {
                "type" => lines = value == "LINE",
                "missed" => counts[0] = count(&value), // Other counters need not be read.
                "covered" => counts[1] = count(&value),
                _ => {}
            }
            Ok(())
        })?;
        let Some(around) = self.open.last_mut().filter(|open| lines && open.others == 0) else {
            return Ok(());
        };
        let [Some(missed), Some(covered)] = counts else {
            return Err(BadReport::at(element.line(), "a counter of lines has no count"));
        };
        around.counter = Some(Measure { covered, total: covered.saturating_add(missed) });
        Ok(())
    }

    /// An element ends: what it sums up has to be what is in it.
    fn end(&mut self) -> Result<(), BadReport> {
        let others = self.open.last_mut().map_or(&mut self.others, |open| &mut open.others);
        if *others > 0 {
            *others -= 1;
            return Ok(());
        }
        let Some(ended) = self.open.pop() else { return Ok(()) };
        if ended.kind == "sourcefile" {
            self.file = None;
        }
        if let Some(around) = self.open.last_mut() {
            if ended.kind == "class" {
                let lines = ended.counter.unwrap_or_default();
                around.classes += lines;
                if lines.total > 0 && !ended.name.is_empty() && !around.wanted.contains(&ended.name) {
                    self.named += ended.name.len();
                    if self.named > MOST_NAMES {
                        let why =
                            format!("the names of its classes' files have more than {MOST_NAMES} bytes");
                        return Err(BadReport::at(ended.line, why));
                    }
                    around.wanted.insert(ended.name.clone());
                }
            } else {
                around.classes += ended.classes;
                around.lines += ended.lines;
            }
        }
        if let Some(file) = ended.wanted.difference(&ended.told).next() {
            let why = format!("a class of {} has lines in {file}, and no line of it is told of", ended.name);
            return Err(BadReport::at(ended.line, why));
        }
        let Some(counter) = ended.counter.filter(|_| ended.kind != "class") else {
            return Ok(());
        };
        // Some sum up classes, and a line can belong to several.
        let whose = match ended.kind {
            "report" => "the counter of the whole".to_owned(),
            kind => format!("the counter of {kind} {}", ended.name),
        };
        agree(counter, &[ended.lines, ended.classes], &whose, ended.line)
    }

    fn line(&mut self, element: &Element) -> Result<(), BadReport> {
        let at = element.line();
        let Some(file) = self.file else {
            return Err(BadReport::at(at, "a line belongs to no file"));
        };
        let mut number = None;
        // Missed and covered: instructions, branches.
        let mut counts = [None::<u64>; 4];
        element.attributes(|name, value| {
            let place = match name {
                "nr" => {
                    number = count(&value); // What is no number is missing.
                    return Ok(());
                }
                "mi" => 0,
                "ci" => 1,
                "mb" => 2,
                "cb" => 3,
                _ => return Ok(()),
            };
            let count = count(&value).ok_or_else(|| BadReport::at(at, format!("`{name}` is no count")))?;
            counts[place] = Some(count);
            Ok(())
        })?;
        let number = number.ok_or_else(|| BadReport::at(at, "a line has no number in `nr`"))?;
        let [missed, covered, missed_branches, covered_branches] = counts;
        // A line of which both are 0 holds no code; one of which neither is told is not covered.
        if (missed, covered) == (Some(0), Some(0)) {
            return Ok(());
        }
        let ran = covered.unwrap_or(0) > 0;
        self.profile.line(file, number, ran, at)?;
        if let Some(open) = self.open.last_mut() {
            open.lines += one(ran);
        }
        let (missed, covered) = (missed_branches.unwrap_or(0), covered_branches.unwrap_or(0));
        let branches = Measure { covered, total: missed.saturating_add(covered) };
        if branches.total > 0 { self.profile.branch(file, number, 0, branches, at) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Dated;

    #[test]
    fn lines_count_and_counters_do_not() {
        let text = "<?xml version='1.0'?><!DOCTYPE report PUBLIC '-//JACOCO//DTD Report 1.1//EN' 'report.dtd'>\n<report name='r'><sessioninfo id='x' start='1' dump='0'/>\n\
            <group name='m'><package name='a/b'><class name='a/b/C' sourcefilename='C.java'><counter type='LINE' missed='0' covered='99'/></class>\
            <sourcefile name='C.java'><line nr='3' mi='0' ci='2' mb='1' cb='1'/><line nr='4' mi='2' ci='0'/><line nr='5'/><line nr='6' mi='0' ci='0'/><line nr='7' mi='1' ci='3'/><counter type='INSTRUCTION' missed='9' covered='9'/><counter type='LINE' missed='2' covered='2'/></sourcefile><counter type='LINE' missed='0' covered='99'/></package></group>\
            <package name=''><sourcefile name='D.kt'><line nr='1' ci='1'/></sourcefile></package><counter type='LINE' missed='2' covered='3'/></report>";
        let files = read(text.as_bytes()).unwrap().files();
        assert_eq!((files[0].name.as_str(), files[0].measure), ("D.kt", Measure { covered: 1, total: 1 }));
        assert_eq!(
            (files[1].name.as_str(), files[1].measure),
            ("m/a/b/C.java", Measure { covered: 2, total: 4 })
        );
        assert_eq!(files[1].branches, Measure { covered: 1, total: 2 });
    }

    #[test]
    fn a_counter_is_that_of_its_lines() {
        let report = |file: &str, package: &str, whole: &str| {
            let counter = |of: &str| match of.split_once('/') {
                Some((missed, covered)) => {
                    format!("<counter type='LINE' missed='{missed}' covered='{covered}'/>")
                }
                None => String::new(),
            };
            let text = format!(
                "<report name='r'><package name='a'><sourcefile name='C'><line nr='3' mi='0' ci='2'/><line nr='4' mi='2' ci='0'/>{}</sourcefile>{}</package>{}</report>",
                counter(file),
                counter(package),
                counter(whole)
            );
            read(text.as_bytes())
        };
        for (file, package, whole) in [("", "", ""), ("1/1", "1/1", "1/1"), ("1/1", "", "1/9")] {
            report(file, package, whole).unwrap_or_else(|bad| panic!("{file} {package} {whole}: {bad:?}"));
        }
        for (file, package, whole) in
            [("0/2", "", ""), ("2/1", "", ""), ("", "2/1", ""), ("", "", "40/60"), ("x/1", "", "")]
        {
            report(file, package, whole).unwrap_err();
        }
        let text = "<report name='r'><package name='a'><class name='a/D' sourcefilename='D'><counter type='LINE' missed='9' covered='0'/></class>\
            <sourcefile name='C'><line nr='3' mi='0' ci='2'/></sourcefile></package></report>";
        assert!(read(text.as_bytes()).unwrap_err().why.contains("no line of it"));
    }

    #[test]
    fn the_youngest_session_tells_when_it_was_made() {
        let text = "<report name='r'><sessioninfo id='x' start='1' dump='1777622400000'/><sessioninfo id='y' start='1' dump='1777622300000'/>\
            <package name=''><sourcefile name='D.kt'><line nr='1' ci='1'/></sourcefile></package></report>";
        assert_eq!(Dated::made(&read(text.as_bytes()).unwrap()), Made::of("1777622400"));
    }

    #[test]
    fn what_proves_nothing_is_an_error() {
        let long = "n".repeat(LONGEST_NAME + 1);
        let long =
            format!("<report name='r'><package name='a'><class sourcefilename='{long}'/></package></report>");
        for (text, words) in [
            ("<report name='r'></report>", "no line"),
            ("<report name='r'><line nr='1' ci='1'/></report>", "no file"),
            ("<report name='r'><package name='a'><sourcefile name=''/></package></report>", "no `name`"),
            ("<report name='r'><sourcefile name='a'><line nr='x' ci='1'/></sourcefile></report>", "`nr`"),
            (
                "<report name='r'><sourcefile name='a'><line nr='1' ci='-1'/></sourcefile></report>",
                "`ci` is no count",
            ),
            ("<report name='r'><sourcefile name='a'><line nr='1' ci='1'/></sourcefile>", "cut off"),
            (&long, "a name has more than 16384 bytes"),
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.why.contains(words), "{text}: {bad:?}");
        }
    }
}
