//! Clover's XML, as OpenClover, PHPUnit and Istanbul write it.

use std::io::Read;

use super::measure::Measure;
use super::profile::{FileId, Profile};
use crate::formats::xml::{Element, Node, Xml};
use crate::formats::{BadReport, Format};

/// Clover's XML.
pub const FORMAT: Format<Profile> = Format {
    name: "Clover XML",
    is: |head| head.is_xml("coverage") && (head.has_attribute("generated") || head.has_attribute("clover")),
    read: |source| read(source),
};

/// Reads a report. Lines with statements and conditions count; a line that only says where a method begins
/// does not, and no `metrics` are believed, which count conditions twice.
///
/// # Errors
///
/// If it cannot be read, is cut off, or holds no line.
pub fn read(source: impl Read) -> Result<Profile, BadReport> {
    let mut xml = Xml::new(source);
    let mut profile = Profile::default();
    let mut file: Option<FileId> = None;
    // How many elements are open inside of the file.
    let mut inside = 0_u32;
    while let Some(node) = xml.next()? {
        match node {
            Node::Start(element) => {
                match (element.name(), file) {
                    ("file", None) => {
                        let path = element.attribute("path")?.filter(|path| !path.is_empty());
                        let name = path.map_or_else(|| element.needed("name"), Ok)?;
                        let begun = profile.file(name.as_bytes(), element.line())?;
                        profile.measured_by_line(begun, element.line())?;
                        (file, inside) = (Some(begun), 0);
                        continue;
                    }
                    ("file", Some(_)) => return Err(BadReport::at(element.line(), "a file lies in a file")),
                    ("line", Some(file)) => line(&mut profile, file, &element)?,
                    ("line", None) => return Err(BadReport::at(element.line(), "a line belongs to no file")),
                    _ => {}
                }
                inside += 1;
            }
            Node::Text(_) | Node::Nothing => {}
            Node::End if inside > 0 => inside -= 1,
            Node::End => file = None,
        }
    }
    if profile.total().total == 0 {
        return Err(BadReport::at(0, "it holds no line: nothing was measured"));
    }
    Ok(profile)
}

fn line(profile: &mut Profile, file: FileId, element: &Element) -> Result<(), BadReport> {
    let at = element.line();
    let (mut number, mut kind, mut count, mut arms) = (None, String::new(), None, [None::<bool>; 2]);
    element.attributes(|name, value| {
        let counted = || {
            let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            let ran = digits.then(|| value.bytes().any(|digit| digit != b'0'));
            ran.ok_or_else(|| BadReport::at(at, format!("`{name}` is no count")))
        };
        match name {
            "num" => number = value.parse().ok(), // What is no number is missing.
            "type" => kind = value.into_owned(),
            "count" => count = Some(counted()?),
            "truecount" => arms[0] = Some(counted()?),
            "falsecount" => arms[1] = Some(counted()?),
            _ => {}
        }
        Ok(())
    })?;
    let number = number.ok_or_else(|| BadReport::at(at, "a line has no number in `num`"))?;
    match kind.as_str() {
        "method" => return Ok(()),
        "stmt" | "cond" => {}
        other => return Err(BadReport::at(at, format!("a line is of the unknown type `{other}`"))),
    }
    // A condition may tell its arms alone.
    let told = [count, arms[0], arms[1]].into_iter().flatten().reduce(|one, other| one || other);
    let ran = told.ok_or_else(|| BadReport::at(at, "a line has no `count`"))?;
    profile.line(file, number, ran, at)?;
    for (arm, taken) in (1_u64..).zip(arms) {
        if let Some(taken) = taken {
            profile.branch(file, number, arm, Measure { covered: u64::from(taken), total: 1 }, at)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_and_conditions_count() {
        let text = "<coverage generated='1' clover='3.2.0'><project timestamp='1'><metrics statements='99'/>\n\
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
    fn what_proves_nothing_is_an_error() {
        let file = |lines: &str| format!("<coverage generated='1'><file name='a'>{lines}</file></coverage>");
        for (text, words) in [
            (file(""), "no line"),
            (file("<line num='1' type='stmt'/>"), "no `count`"),
            (file("<line num='1' type='stmt' count='-1'/>"), "`count` is no count"),
            (file("<line type='stmt' count='1'/>"), "`num`"),
            (file("<line num='1' type='x' count='1'/>"), "unknown type"),
            (file("<file name='b'/>"), "in a file"),
            ("<coverage generated='1'><line num='1' type='stmt' count='1'/></coverage>".into(), "no file"),
            ("<coverage generated='1'><file/></coverage>".into(), "no `name`"),
        ] {
            let bad = read(text.as_bytes()).unwrap_err();
            assert!(bad.why.contains(words), "{text}: {bad:?}");
        }
    }
}
