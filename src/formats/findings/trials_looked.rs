//! Elements that are only looked at say the same as those that are held. Short reports are read whole and hold them;
//! in one that is longer than what is read at once, each element is looked at where its bytes are.

use super::samples::SAMPLES;
use super::{FORMATS, Findings};
use crate::formats::{BadReport, read};

/// More than is read at once.
const LONG: usize = 400 * 1024;

fn findings(text: &str) -> Result<Findings, BadReport> {
    let (_, found) = read(FORMATS, "report of findings", text.as_bytes())?;
    // Only how many elements there were differs.
    Ok(Findings { looked_at: None, ..found })
}

/// What ends a list so that the whole is long: an element in which nothing is found.
fn filled(text: &str, at: usize, element: &str) -> String {
    let filler = element.replace("FILL", &"x".repeat(LONG));
    format!("{},{filler}{}", &text[..at], &text[at..])
}

/// Changes of the text, each of which may make it another report or none.
fn changes(text: &str) -> Vec<String> {
    let mut all = vec![text.to_owned()];
    let (mut quoted, mut names) = (text.split('"'), Vec::new());
    while let (Some(_), Some(name)) = (quoted.next(), quoted.next()) {
        names.push(name);
    }
    names.sort_unstable();
    names.dedup();
    for name in names.into_iter().filter(|name| !name.is_empty()) {
        let word = format!("\"{name}\"");
        for other in ["null", "\"\"", "7", "{}", "[]", "\"a\\u0062\\n\\\"c\"", "\"other\""] {
            all.push(text.replacen(&word, other, 1));
            all.push(text.replace(&format!("{word}:"), &format!("{word}:{other},{word}:")));
            all.push(text.replace(&format!("{word}:"), &format!("\"x\":{other},\"y\":")));
        }
        all.push(text.replace(&word, &format!("\"{}\"", name.repeat(2_000))));
    }
    all
}

/// The file of the elements that make a report long.
const FILLER: &str = "z.js";

fn same(format: &str, end: &str, element: &str) {
    let sample = SAMPLES.iter().find(|sample| sample.format == format).unwrap().text;
    assert!(sample.contains(end));
    let (mut good, mut bad) = (0, 0);
    for text in changes(sample) {
        let Some(at) = text.rfind(end) else { continue };
        let (short, long) = (findings(&text), findings(&filled(&text, at, element)));
        match (&short, &long) {
            (Ok(short), Ok(long)) => {
                good += 1;
                assert_eq!((&short.findings, &short.tool), (&long.findings, &long.tool), "{text}");
                let files: Vec<&String> = long.listed.sources.iter().filter(|file| *file != FILLER).collect();
                assert_eq!(files, short.listed.sources.iter().collect::<Vec<_>>(), "{text}");
            }
            (Err(_), Err(_)) => bad += 1,
            _ => panic!("{text}\nshort: {short:?}\nlong: {long:?}"),
        }
    }
    assert!(good > 30 && bad > 30, "{good} of them are read, {bad} are not");
}

#[test]
fn files_of_eslint_say_the_same_looked_at_and_held() {
    let clean = r#"{"filePath":"z.js","messages":[],"errorCount":0,"warningCount":0,"source":"FILL"}"#;
    // The last bracket is that of the list of files.
    same("JSON of ESLint", "]", clean);
}

#[test]
fn results_of_sarif_say_the_same_looked_at_and_held() {
    let gone = r#"{"ruleId":"A1","baselineState":"absent","message":{"text":"FILL"}}"#;
    same("SARIF", "],\n\"tool\"", gone);
}
