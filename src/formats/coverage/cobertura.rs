//! Cobertura's XML, which coverage.py, gcovr, Istanbul and many others write too.

use std::io::Read;

use super::claims::{agree, one};
use super::cobertura_line::{Line, OfMethods};
use super::cobertura_rate::{Rate, agrees};
use super::measure::Measure;
use super::profile::{FileId, LONGEST_NAME, Profile};
use crate::formats::xml::{Element, Node, each_node};
use crate::formats::{BadReport, Format, Made};

/// Cobertura's XML.
pub const FORMAT: Format<Profile> = Format {
    name: "Cobertura XML",
    is: |head| head.is_xml("coverage") && !head.has_attribute("generated") && !head.has_attribute("clover"),
    read: |source| read(source),
};

/// An element that is open.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Source,
    Class,
    Methods,
    Other,
}

/// What an element says of the lines in it, and how many were told of before it.
struct Open {
    place: Place,
    rate: Option<Rate>,
    before: u64,
    at: u64,
}

/// Where in the document we are.
#[derive(Default)]
struct State {
    profile: Profile,
    file: Option<FileId>,
    /// The elements that are open.
    open: Vec<Open>,
    sources: Sources,
    /// The lines of the class's methods, which say again what the class says, or are all that it says.
    of_methods: OfMethods,
    /// Whether the class has lines of its own.
    own: bool,
    /// `lines-covered` and `lines-valid` of the whole.
    claimed: [Option<u64>; 2],
    /// `line-rate` of the whole.
    rate: Option<Rate>,
    /// Lines as often as they are told: those of classes and those of methods.
    told: [Measure; 2],
}

/// Reads a report. Lines that are told twice are merged.
///
/// # Errors
///
/// If it cannot be read, is cut off, holds no line, a line has no number or count, its own sum of lines is none
/// that its lines come to, or it tells of a part that some of its lines ran and of none of them.
pub fn read(source: impl Read) -> Result<Profile, BadReport> {
    let mut state = State::default();
    each_node(source, |node| {
        match node {
            Node::Start(element) => state.start(&element)?,
            Node::Text(text) if state.open.last().is_some_and(|open| open.place == Place::Source) => {
                state.sources.text(text.trim());
            }
            Node::Text(_) | Node::Comment(_) | Node::Nothing => {}
            Node::End => state.end()?,
        }
        Ok(())
    })?;
    let total = state.profile.total();
    if total.total == 0 {
        return Err(BadReport::at(0, "it holds no line: nothing was measured"));
    }
    state.agree(total)?;
    Ok(state.profile)
}

impl State {
    fn start(&mut self, element: &Element) -> Result<(), BadReport> {
        let mut rate = None;
        let place = match element.name() {
            "coverage" if self.open.is_empty() => {
                self.whole(element)?;
                rate = self.rate;
                Place::Other
            }
            "package" => {
                rate = Rate::of(element)?;
                Place::Other
            }
            "source" => {
                self.sources.begin();
                Place::Source
            }
            "class" => {
                let name = self.path(&element.needed("filename")?);
                let file = self.profile.file(name.as_bytes(), element.line())?;
                self.profile.measured_by_line(file, element.line())?;
                self.file = Some(file);
                self.own = false;
                rate = Rate::of(element)?;
                Place::Class
            }
            "line" => {
                let Some(file) = self.file else {
                    return Err(BadReport::at(element.line(), "a line belongs to no class"));
                };
                let line = Line::of(element)?;
                if self.open.iter().any(|open| open.place == Place::Methods) {
                    self.told[1] += one(line.ran);
                    if !self.own || !line.ran {
                        self.of_methods.keep(line)?;
                    }
                } else {
                    self.own = true;
                    self.told[0] += one(line.ran);
                    add(&mut self.profile, file, &line)?;
                }
                Place::Other
            }
            "methods" => Place::Methods,
            _ => Place::Other,
        };
        self.open.push(Open { place, rate, before: self.count(), at: element.line() });
        Ok(())
    }

    /// How many lines were told of so far.
    fn count(&self) -> u64 {
        self.told[0].total + self.told[1].total
    }

    /// What the outermost element says of the whole.
    fn whole(&mut self, element: &Element) -> Result<(), BadReport> {
        let at = element.line();
        let mut made = None;
        element.attributes(|name, value| {
            let place = match name {
                "timestamp" => {
                    made =
                        Made::told(&value).map_err(|why| BadReport::at(at, format!("`timestamp`: {why}")))?;
                    return Ok(());
                }
                "lines-covered" => 0,
                "lines-valid" => 1,
                "line-rate" => {
                    self.rate = Rate::parse(&value);
                    return Ok(());
                }
                _ => return Ok(()),
            };
            let text = value.trim();
            if !text.is_empty() {
                let count = text.parse().map_err(|_| BadReport::at(at, format!("`{name}` is no count")))?;
                self.claimed[place] = Some(count);
            }
            Ok(())
        })?;
        self.profile.note(made);
        Ok(())
    }

    /// Tools count lines once, as often as classes tell them, or as often as methods do. Those that do not count
    /// write 0.
    fn agree(&self, total: Measure) -> Result<(), BadReport> {
        let [classes, methods] = self.told;
        let mut both = classes;
        both += methods;
        let readings = [total, classes, methods, both];
        let [Some(covered), Some(valid @ 1..)] = self.claimed else {
            return self.rate.map_or(Ok(()), |rate| agrees(rate, &readings));
        };
        agree(Measure { covered, total: valid }, &readings, "its sum (`lines-covered`, `lines-valid`)", 0)
    }

    fn end(&mut self) -> Result<(), BadReport> {
        let Some(ended) = self.open.pop() else { return Ok(()) };
        if let Some(rate) = ended.rate.filter(|rate| rate.is_part() && ended.before == self.count()) {
            let why =
                format!("its `line-rate` says that {rate} of its lines ran, and it tells of none of them");
            return Err(BadReport::at(ended.at, why));
        }
        if ended.place == Place::Class
            && let Some(file) = self.file.take()
        {
            // Where the class says that a line ran, it did; one that it says nothing of counts as well.
            for line in self.of_methods.take().filter(|line| !self.own || !line.ran) {
                add(&mut self.profile, file, &line)?;
            }
        }
        Ok(())
    }

    /// A file's name with the one folder that all names are below.
    fn path(&self, name: &str) -> String {
        let absolute = name.starts_with(['/', '\\']) || name.get(1..2) == Some(":");
        match self.sources.the_one() {
            Some(source) if !absolute => format!("{}/{name}", source.trim_end_matches(['/', '\\'])),
            _ => name.to_owned(),
        }
    }
}

/// The folders that names are below; only a single one tells where they are.
#[derive(Default)]
struct Sources {
    count: u64,
    /// The last one, as far as names can be long.
    last: String,
}

impl Sources {
    fn begin(&mut self) {
        self.count += 1;
        self.last.clear();
    }

    /// Takes a piece of its name. Of one that is too long the name of each file in it is, too.
    fn text(&mut self, text: &str) {
        if self.last.len() <= LONGEST_NAME {
            self.last.push_str(text);
        }
    }

    fn the_one(&self) -> Option<&str> {
        (self.count == 1 && !self.last.is_empty()).then_some(&self.last)
    }
}

fn add(profile: &mut Profile, file: FileId, line: &Line) -> Result<(), BadReport> {
    profile.line(file, line.number, line.ran, line.at)?;
    match line.branches {
        Some(measure) => profile.branch(file, line.number, 0, measure, line.at),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::cobertura_line::MOST_OF_METHODS;
    use super::*;
    use crate::formats::Dated;

    fn report(inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE coverage SYSTEM \"http://x/c.dtd\">\n<coverage line-rate=\"1.0\">\n<packages><package><classes>{inside}</classes></package></packages></coverage>\n"
        )
    }

    fn bad(text: &str) -> BadReport {
        read(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn lines_of_methods_are_not_counted_again() {
        let text = report(
            "<class filename=\"a&amp;b.py\"><methods><method><lines><line number=\"1\" hits=\"7\"/><line number=\"2\" hits=\"1\"/><line number=\"9\" hits=\"0\"/></lines></method></methods><lines><line number=\"1\" hits=\"0\"/><line number=\"2\" hits=\"2.0\" branch=\"True\" condition-coverage=\"50% (1/2)\"/></lines></class>\
             <class filename=\"a&amp;b.py\"><methods/><lines><line number=\"2\" hits=\"0\" condition-coverage=\"100% (2/2)\"/><line number=\"3\" hits=\"0\"/></lines></class>\
             <class filename=\"only.cs\"><methods><method><lines><line number=\"4\" hits=\"1\"/></lines></method></methods><lines/></class>",
        );
        let files = read(text.as_bytes()).unwrap().files();
        assert_eq!((files[0].name.as_str(), files[0].measure), ("a&b.py", Measure { covered: 1, total: 4 }));
        assert_eq!(files[0].branches, Measure { covered: 2, total: 2 });
        assert_eq!((files[1].name.as_str(), files[1].measure), ("only.cs", Measure { covered: 1, total: 1 }));
    }

    #[test]
    fn a_class_has_not_more_lines_in_its_methods_than_can_be_held() {
        let many = "<line number='1' hits='1'/>".repeat(MOST_OF_METHODS + 1);
        let with = |own: &str| {
            format!("<class filename='a'>{own}<methods><method>{many}</method></methods></class>")
        };
        let bad = bad(&report(&with("")));
        assert!(bad.line == 4 && bad.why.contains("more than 500000 lines"), "{bad:?}");
        // What the class told before is all that counts, and nothing is held.
        let files =
            read(report(&with("<lines><line number='2' hits='0'/></lines>")).as_bytes()).unwrap().files();
        assert_eq!(files[0].measure, Measure { covered: 0, total: 1 });
    }

    #[test]
    fn its_sum_is_that_of_its_lines() {
        let class = "<class filename='a'><methods><method><lines><line number='1' hits='1'/></lines></method></methods>\
            <lines><line number='1' hits='1'/><line number='2' hits='0'/></lines></class>\
            <class filename='a'><lines><line number='2' hits='0'/></lines></class>";
        let with = |sums: &str| report(class).replace("line-rate=\"1.0\"", sums);
        for sums in [
            "lines-covered='1' lines-valid='2'",
            "lines-covered='1' lines-valid='3'",
            "lines-covered='1' lines-valid='1'",
            "lines-covered='2' lines-valid='4'",
            "lines-covered='104' lines-valid='105'",
            "lines-covered='0' lines-valid='0'",
            "lines-valid='99'",
            "lines-covered='' lines-valid=''",
        ] {
            read(with(sums).as_bytes()).unwrap_or_else(|bad| panic!("{sums}: {bad:?}"));
        }
        for sums in [
            "lines-covered='50' lines-valid='100'",
            "lines-covered='2' lines-valid='2'",
            "lines-covered='0' lines-valid='2'",
            "lines-covered='9' lines-valid='5'",
            "lines-covered='x' lines-valid='5'",
        ] {
            read(with(sums).as_bytes()).unwrap_err();
        }
        let made = |time: &str| Dated::made(&read(with(time).as_bytes()).unwrap());
        assert_eq!(made("timestamp='1777622400000'"), Made::of("1777622400"));
        assert_eq!((made("timestamp='0'"), made("")), (None, None));
        assert!(read(with("timestamp='12.05.26'").as_bytes()).unwrap_err().why.contains("is no time"));
    }

    #[test]
    fn a_rate_alone_is_no_line() {
        let full = "<class filename='a'><lines><line number='1' hits='1'/><line number='2' hits='0'/></lines></class>";
        let with = |root: &str, more: &str| {
            let text = report(&format!("{full}{more}")).replace("line-rate=\"1.0\"", root);
            read(text.as_bytes())
        };
        for (root, more) in [
            ("line-rate='0.5'", "<class filename='e' line-rate='1'><lines/></class>"),
            ("line-rate='0.50'", "<class filename='e' line-rate='0'/>"),
            ("line-rate='0'", ""),
            ("line-rate='0.8'", ""),
            ("line-rate='NaN'", "<class filename='e' line-rate='-'/>"),
            ("line-rate='0.1' lines-covered='1' lines-valid='2'", ""),
        ] {
            with(root, more).unwrap_or_else(|bad| panic!("{root} {more}: {bad:?}"));
        }
        for (root, more) in [
            ("line-rate='0.5'", "<class filename='e' line-rate='0.25'><lines/></class>"),
            ("line-rate='0.5'", "</classes></package><package line-rate='0.01'><classes>"),
            ("line-rate='0.4'", ""),
        ] {
            let bad = with(root, more).unwrap_err();
            assert!(bad.why.contains("line-rate"), "{root} {more}: {bad:?}");
        }
    }

    #[test]
    fn names_are_below_the_one_source() {
        let class = "<class filename=\"p/a.py\"><lines><line number=\"1\" hits=\"1\"/></lines></class>";
        let with = |sources: &str| {
            let text =
                report(class).replace("<packages>", &format!("<sources>{sources}</sources><packages>"));
            read(text.as_bytes()).unwrap().files()[0].name.clone()
        };
        assert_eq!(with("<source>/srv/x/src/</source>"), "/srv/x/src/p/a.py");
        assert_eq!(with("<source>/a</source><source>/b</source>"), "p/a.py");
        assert_eq!(with("<source></source>"), "p/a.py");
        assert_eq!(with("<source> /a<!-- --> /b</source>"), "/a/b/p/a.py");
        let endless = format!("<sources><source>{}", "x<!-- -->".repeat(LONGEST_NAME + 1));
        let text = report(class).replace("<packages>", &format!("{endless}</source></sources><packages>"));
        assert!(bad(&text).why.contains("a file's name has more than"));
    }

    #[test]
    fn what_proves_nothing_is_an_error() {
        for (text, line, words) in [
            (report(""), 0, "no line"),
            (report("<class filename=\"\"/>"), 4, "has no `filename`"),
            (
                report("<class filename='a'><lines>\n<line number='undefined' hits='1'/></lines></class>"),
                5,
                "no `number`",
            ),
            (report("<class filename='a'><lines><line number='1'/></lines></class>"), 4, "`hits`"),
            (report("<class filename='a'><lines><line number='1' hits='x'/></lines></class>"), 4, "`hits`"),
            (
                report("<class filename='a'><lines><line number='0' hits='1'/></lines></class>"),
                4,
                "no line 0",
            ),
            (report("<line number='1' hits='1'/>"), 4, "no class"),
            (report("</x>"), 4, ""),
            (report("<class filename='&evil;'/>"), 4, "evil"),
            ("<!DOCTYPE coverage [<!ENTITY a \"b\">]><coverage/>".into(), 1, "defines something"),
            ("<coverage><packages>".into(), 1, "cut off"),
            ("<coverage/><coverage/>".into(), 1, "second document"),
            ("".into(), 0, "no line"),
        ] {
            let bad = bad(&text);
            assert!(bad.line == line && bad.why.contains(words), "{text}: {bad:?}");
        }
        assert!(bad(&"<coverage>".repeat(1_000_000)).why.contains("deeper"));
    }
}
