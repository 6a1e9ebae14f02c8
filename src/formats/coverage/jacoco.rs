//! JaCoCo's XML (jacoco/jacoco, report.dtd).

use std::io::Read;

use super::measure::Measure;
use super::profile::{FileId, Profile};
use crate::formats::xml::{Element, Node, Xml};
use crate::formats::{BadReport, Format};

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
    /// The names of groups, a package and a file around us; empty for other elements.
    open: Vec<(&'static str, String)>,
    file: Option<FileId>,
}

/// Reads a report. Lines count, not instructions, and no counter is believed: groups of several modules
/// sum up what is in them once more.
///
/// # Errors
///
/// If it cannot be read, is cut off or holds no line.
pub fn read(source: impl Read) -> Result<Profile, BadReport> {
    let mut xml = Xml::new(source);
    let mut state = State::default();
    while let Some(node) = xml.next()? {
        match node {
            Node::Start(element) => state.start(&element)?,
            Node::Text(_) | Node::Nothing => {}
            Node::End => {
                if state.open.pop().is_some_and(|(kind, _)| kind == "sourcefile") {
                    state.file = None;
                }
            }
        }
    }
    if state.profile.total().total == 0 {
        let why = "it holds no line: nothing was measured, or the classes were compiled without line numbers";
        return Err(BadReport::at(0, why));
    }
    Ok(state.profile)
}

impl State {
    fn start(&mut self, element: &Element) -> Result<(), BadReport> {
        let entry = match element.name() {
            "group" => ("group", element.needed("name")?),
            // A package may have the empty name.
            "package" => ("package", element.attribute("name")?.unwrap_or_default()),
            "sourcefile" => {
                let name = element.needed("name")?;
                let around = self.open.iter().map(|(_, name)| name.as_str()).filter(|name| !name.is_empty());
                let path: Vec<&str> = around.chain([name.as_str()]).collect();
                let file = self.profile.file(path.join("/").as_bytes(), element.line())?;
                self.profile.measured_by_line(file, element.line())?;
                self.file = Some(file);
                ("sourcefile", name)
            }
            "line" => {
                self.line(element)?;
                ("", String::new())
            }
            _ => ("", String::new()),
        };
        self.open.push(entry);
        Ok(())
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
                    number = value.parse().ok(); // What is no number is missing.
                    return Ok(());
                }
                "mi" => 0,
                "ci" => 1,
                "mb" => 2,
                "cb" => 3,
                _ => return Ok(()),
            };
            let count = value.parse().map_err(|_| BadReport::at(at, format!("`{name}` is no count")))?;
            counts[place] = Some(count);
            Ok(())
        })?;
        let number = number.ok_or_else(|| BadReport::at(at, "a line has no number in `nr`"))?;
        let [missed, covered, missed_branches, covered_branches] = counts;
        // A line of which both are 0 holds no code; one of which neither is told is not covered.
        if (missed, covered) == (Some(0), Some(0)) {
            return Ok(());
        }
        self.profile.line(file, number, covered.unwrap_or(0) > 0, at)?;
        let (missed, covered) = (missed_branches.unwrap_or(0), covered_branches.unwrap_or(0));
        let branches = Measure { covered, total: missed.saturating_add(covered) };
        if branches.total > 0 { self.profile.branch(file, number, 0, branches, at) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_and_counters_do_not() {
        let text = "<?xml version='1.0'?><!DOCTYPE report PUBLIC '-//JACOCO//DTD Report 1.1//EN' 'report.dtd'>\n<report name='r'><sessioninfo id='x' start='1' dump='2'/>\n\
            <group name='m'><package name='a/b'><class name='a/b/C' sourcefilename='C.java'><counter type='LINE' missed='0' covered='99'/></class>\
            <sourcefile name='C.java'><line nr='3' mi='0' ci='2' mb='1' cb='1'/><line nr='4' mi='2' ci='0'/><line nr='5'/><line nr='6' mi='0' ci='0'/><line nr='7' mi='1' ci='3'/><counter type='LINE' missed='9' covered='9'/></sourcefile></package></group>\
            <package name=''><sourcefile name='D.kt'><line nr='1' ci='1'/></sourcefile></package><counter type='LINE' missed='1' covered='1'/></report>";
        let files = read(text.as_bytes()).unwrap().files();
        assert_eq!((files[0].name.as_str(), files[0].measure), ("D.kt", Measure { covered: 1, total: 1 }));
        assert_eq!(
            (files[1].name.as_str(), files[1].measure),
            ("m/a/b/C.java", Measure { covered: 2, total: 4 })
        );
        assert_eq!(files[1].branches, Measure { covered: 1, total: 2 });
    }

    #[test]
    fn what_proves_nothing_is_an_error() {
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
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.why.contains(words), "{text}: {bad:?}");
        }
    }
}
