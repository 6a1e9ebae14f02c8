//! The files by which a step tells the runner something: outputs, and the files it made.
//! (actions/runner: src/Runner.Worker/FileCommandManager.cs, CreateArtifactsFileCommand.cs)

use camino::Utf8PathBuf;

use crate::kit::random;
use crate::model::Problem;

/// The most bytes that the list of files may have.
const MOST_LIST: usize = 1024 * 1024;

/// The most files that a job may name.
const MOST_FILES: usize = 500;

/// The text that sets these outputs, each between marks that nobody could foresee.
///
/// # Errors
///
/// If a value holds its own mark, or a name cannot be one.
pub fn outputs(values: &[(&str, String)]) -> Result<String, Problem> {
    let mut text = String::new();
    for (name, value) in values {
        text.push_str(&output(name, value, &format!("ghadelimiter_{}", random::token()))?);
    }
    Ok(text)
}

/// One output between two marks. The runner takes every byte between them but the last line feed.
fn output(name: &str, value: &str, mark: &str) -> Result<String, Problem> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Problem::new(format!("`{name}` cannot be the name of an output")));
    }
    if name.contains(mark) || value.contains(mark) {
        return Err(Problem::new(format!("the output `{name}` holds the mark that should end it"))
            .fix("run again: the mark is made anew each time"));
    }
    Ok(format!("{name}<<{mark}\n{value}\n{mark}\n"))
}

/// The lines that name these files to the runner, which hashes them itself. The paths are relative to the
/// workspace. A name with `=` in it cannot be told, nor can more than a job may name.
#[must_use]
pub fn artifacts(paths: &[Utf8PathBuf]) -> String {
    let mut text = String::new();
    let good = |path: &&Utf8PathBuf| path.is_relative() && !path.as_str().contains(['=', '\n', '\r']);
    for path in paths.iter().filter(good).take(MOST_FILES) {
        // With the scheme, no name is taken for that of an image.
        let line = format!("file://{path}\n");
        if text.len() + line.len() > MOST_LIST {
            break;
        }
        text.push_str(&line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_between_its_marks() {
        assert_eq!(output("tag", "a\n\nb=c<<d", "M").unwrap(), "tag<<M\na\n\nb=c<<d\nM\n");
        assert!(output("tag", "x\nghadelimiter_1\ny", "ghadelimiter_1").is_err());
        assert!(output("a=b", "x", "M").is_err());
        let text = outputs(&[("a", "1".into()), ("b", "2".into())]).unwrap();
        let marks: Vec<&str> =
            text.lines().filter_map(|line| line.split_once("<<").map(|(_, mark)| mark)).collect();
        assert!(marks.len() == 2 && marks[0] != marks[1], "{text}");
    }

    #[test]
    fn only_names_that_the_runner_takes_are_told() {
        let paths = ["dist/a.tar.gz", "dist/a=b", "/outside/x", "dist/c@sha256:00"].map(Utf8PathBuf::from);
        assert_eq!(artifacts(&paths), "file://dist/a.tar.gz\nfile://dist/c@sha256:00\n");
        let many: Vec<Utf8PathBuf> = (0..600).map(|at| format!("dist/{at}").into()).collect();
        assert_eq!(artifacts(&many).lines().count(), MOST_FILES);
    }
}
