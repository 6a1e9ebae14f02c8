//! Coverage written for other tools: LCOV and Cobertura. The same coverage gives the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::measure::Measure;
use super::profile::Profile;

/// Writes each file that has lines as a record of LCOV. Names with line feeds cannot be written and are left
/// out, as are files of which only totals are known.
///
/// # Errors
///
/// If it cannot be written.
pub fn lcov(profile: &Profile, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"TN:\n")?;
    for (name, lines, branches) in files(profile) {
        if name.contains(['\n', '\r']) || name.is_empty() {
            continue;
        }
        writeln!(out, "SF:{name}")?;
        for (line, measure) in &branches {
            for arm in 0..measure.total {
                writeln!(out, "BRDA:{line},0,{arm},{}", u8::from(arm < measure.covered))?;
            }
        }
        for (line, covered) in &lines {
            writeln!(out, "DA:{line},{}", u8::from(*covered))?;
        }
        let (lines, branches) = (of_lines(&lines), of_branches(&branches));
        writeln!(
            out,
            "BRF:{}\nBRH:{}\nLF:{}\nLH:{}",
            branches.total, branches.covered, lines.total, lines.covered
        )?;
        out.write_all(b"end_of_record\n")?;
    }
    Ok(())
}

/// Writes each file that has lines as a class of Cobertura; `timestamp` is in seconds.
///
/// # Errors
///
/// If it cannot be written.
pub fn cobertura(profile: &Profile, timestamp: i64, out: &mut dyn Write) -> io::Result<()> {
    let files = files(profile);
    let sum = |files: &[File]| {
        let (mut lines, mut branches) = (Measure::default(), Measure::default());
        for (_, of_file, of_file_branches) in files {
            lines += of_lines(of_file);
            branches += of_branches(of_file_branches);
        }
        (lines, branches)
    };
    let mut packages: BTreeMap<String, Vec<File>> = BTreeMap::new();
    let (lines, branches) = sum(&files);
    for file in files {
        let folder = file.0.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        packages.entry(folder).or_default().push(file);
    }
    writeln!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<coverage {} lines-covered=\"{}\" lines-valid=\"{}\" \
         branches-covered=\"{}\" branches-valid=\"{}\" complexity=\"0\" version=\"release-action\" timestamp=\"{timestamp}\">\n\
         <sources/>\n<packages>",
        rates(lines, branches),
        lines.covered,
        lines.total,
        branches.covered,
        branches.total
    )?;
    for (name, files) in packages {
        let (lines, branches) = sum(&files);
        let rates_of_package = rates(lines, branches);
        writeln!(
            out,
            "<package name=\"{}\" {rates_of_package} complexity=\"0\">\n<classes>",
            escaped(&name)
        )?;
        for (name, lines, branches) in files {
            class(&name, &lines, &branches, out)?;
        }
        out.write_all(b"</classes>\n</package>\n")?;
    }
    out.write_all(b"</packages>\n</coverage>\n")
}

type File = (String, BTreeMap<u32, bool>, BTreeMap<u32, Measure>);

/// The files that have lines, by name.
fn files(profile: &Profile) -> Vec<File> {
    let mut names: Vec<String> = profile.names().map(std::borrow::Cow::into_owned).collect();
    names.sort();
    let file = |name: String| {
        let (lines, mut branches) = (profile.lines_of(&name), profile.branches_of(&name));
        // Branches of no line are totals of a file.
        branches.retain(|line, _| lines.contains_key(line));
        (name, lines, branches)
    };
    names.into_iter().map(file).filter(|(_, lines, _)| !lines.is_empty()).collect()
}

fn of_lines(lines: &BTreeMap<u32, bool>) -> Measure {
    let covered = lines.values().filter(|covered| **covered).count() as u64;
    Measure { covered, total: lines.len() as u64 }
}

fn of_branches(branches: &BTreeMap<u32, Measure>) -> Measure {
    branches.values().fold(Measure::default(), |mut sum, measure| {
        sum += *measure;
        sum
    })
}

fn class(
    name: &str,
    lines: &BTreeMap<u32, bool>,
    branches: &BTreeMap<u32, Measure>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let short = name.rsplit('/').next().unwrap_or(name);
    writeln!(
        out,
        "<class name=\"{}\" filename=\"{}\" {} complexity=\"0\">\n<methods/>\n<lines>",
        escaped(short),
        escaped(name),
        rates(of_lines(lines), of_branches(branches))
    )?;
    for (line, covered) in lines {
        let hits = u8::from(*covered);
        match branches.get(line).filter(|measure| measure.total > 0) {
            Some(Measure { covered, total }) => {
                let percent = u128::from(*covered) * 100 / u128::from(*total);
                writeln!(
                    out,
                    "<line number=\"{line}\" hits=\"{hits}\" branch=\"true\" condition-coverage=\"{percent}% ({covered}/{total})\"/>"
                )?;
            }
            None => writeln!(out, "<line number=\"{line}\" hits=\"{hits}\" branch=\"false\"/>")?,
        }
    }
    out.write_all(b"</lines>\n</class>\n")
}

fn rates(lines: Measure, branches: Measure) -> String {
    // Four digits, rounded down; of nothing nothing is missed, as the format has it.
    let rate = |measure: Measure| {
        let tenthousandths =
            (u128::from(measure.covered) * 10_000).checked_div(u128::from(measure.total)).unwrap_or(10_000);
        format!("{}.{:04}", tenthousandths / 10_000, tenthousandths % 10_000)
    };
    format!("line-rate=\"{}\" branch-rate=\"{}\"", rate(lines), rate(branches))
}

/// Text for an attribute; what XML cannot hold is replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(char))),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            char => out.push(char),
        }
    }
    out
}
