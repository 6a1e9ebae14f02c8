//! The page and the files in the dist folder.

use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};

use super::html::render;
use super::sample;
use super::summary::Summary;
use super::write::write_all;
use crate::kit::secret::Redactor;
use crate::ports::files::{FileError, Files, Held, Log, Meta, Pending, Source};

#[test]
fn nothing_is_fetched_and_nothing_is_run() {
    for records in [
        sample::success(),
        sample::failure(),
        sample::hostile("<script src=//evil></script><img onerror=x>\" onload=\"y"),
    ] {
        let page = render(&Summary::of(&records), Some("</style><script>x</script>")).unwrap();
        let tags: Vec<&str> = page.split('<').skip(1).map(|part| part.split('>').next().unwrap()).collect();
        for tag in tags {
            let name = tag.split([' ', '\n']).next().unwrap();
            assert!(
                !["script", "img", "link", "iframe", "object", "embed", "base", "form", "a"].contains(&name),
                "<{tag}>"
            );
            // What stands between quotes is a value, and holds no quote of its own.
            let names: String = tag.split('"').step_by(2).collect();
            for attribute in ["src", "href", "onerror", "onload", "xlink", "srcset", "action"] {
                assert!(!names.contains(attribute), "<{tag}>");
            }
        }
        assert!(!page.contains("@import") && !page.contains("url(http") && !page.contains("url(//"));
        assert!(page.contains("default-src 'none'"));
    }
}

#[test]
fn the_page_says_all_that_is_known() {
    let page = render(&Summary::of(&sample::success()), None).unwrap();
    for words in [
        "greeter v1.4.0: ",
        "Verdicts",
        "91.2 % (114 of 125)",
        "greeter_1.4.0_linux_amd64.tar.gz",
        "irreversible",
        "taken over from the release",
        "42 calls are left",
        "prefers-color-scheme: dark",
        "<caption>",
        "lang=\"en\"",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let page = render(&Summary::of(&sample::failure()), None).unwrap();
    assert!(
        page.contains("3 problems in gates and build")
            && page.contains("undefined: versoin")
            && page.contains("go build .&#x2f;cmd&#x2f;greeter")
    );
}

#[test]
fn a_run_that_never_was_has_a_page_too() {
    let page = render(&Summary::default(), None).unwrap();
    assert!(page.contains("no run was recorded"));
}

type Written = std::sync::Arc<Mutex<Vec<(Utf8PathBuf, Vec<u8>)>>>;

/// Files that are only written.
#[derive(Default)]
struct Shelf(Written);

struct Sheet(Utf8PathBuf, Vec<u8>, Written);

impl std::io::Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Pending for Sheet {
    fn commit(self: Box<Self>) -> Result<(), FileError> {
        if self.0.as_str().ends_with("report.json") && self.0.as_str().starts_with("full") {
            return Err(unused(&self.0));
        }
        self.2.lock().unwrap().push((self.0, self.1));
        Ok(())
    }
}

fn unused(path: &Utf8Path) -> FileError {
    FileError { path: path.to_owned(), source: std::io::ErrorKind::StorageFull.into() }
}

impl Files for Shelf {
    fn open(&self, path: &Utf8Path) -> Result<Box<dyn Source>, FileError> {
        Err(unused(path))
    }
    fn create(&self, path: &Utf8Path, _: bool) -> Result<Box<dyn Pending>, FileError> {
        Ok(Box::new(Sheet(path.to_owned(), Vec::new(), self.0.clone())))
    }
    fn log(&self, path: &Utf8Path) -> Result<Box<dyn Log>, FileError> {
        Err(unused(path))
    }
    fn lock(&self, path: &Utf8Path) -> Result<Option<Box<dyn Held>>, FileError> {
        Err(unused(path))
    }
    fn meta(&self, path: &Utf8Path) -> Result<Option<Meta>, FileError> {
        Err(unused(path))
    }
    fn list(&self, path: &Utf8Path) -> Result<Vec<String>, FileError> {
        Err(unused(path))
    }
    fn make_dir(&self, path: &Utf8Path) -> Result<(), FileError> {
        Err(unused(path))
    }
    fn remove(&self, path: &Utf8Path) -> Result<(), FileError> {
        Err(unused(path))
    }
    fn real_path(&self, path: &Utf8Path) -> Result<Utf8PathBuf, FileError> {
        Err(unused(path))
    }
}

#[test]
fn four_files_are_written_and_the_data_reads_back() {
    let shelf = Shelf::default();
    let summary = Summary::of(&sample::success());
    write_all(&shelf, Utf8Path::new("dist"), &summary, None, &Redactor::default()).unwrap();
    let written = shelf.0.lock().unwrap();
    let names: Vec<&str> = written.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        names,
        [
            "dist/report/index.html",
            "dist/report/report.json",
            "dist/report/results.sarif",
            "dist/report/junit.xml"
        ]
    );
    let data: Summary = serde_json::from_slice(&written[1].1).unwrap();
    assert_eq!(data, summary);
    assert_eq!((data.format, data.earlier_runs), (1, 1));
}

#[test]
fn one_that_fails_does_not_keep_the_others_away() {
    let shelf = Shelf::default();
    let summary = Summary::of(&sample::failure());
    let problem = write_all(&shelf, Utf8Path::new("full"), &summary, None, &Redactor::default()).unwrap_err();
    assert!(problem.what.contains("report.json"));
    assert_eq!(shelf.0.lock().unwrap().len(), 3);
}

/// Every sample has a page; with `RELEASE_ACTION_PAGES` set to a folder they are written there to be looked at.
#[test]
fn every_sample_has_a_whole_page() {
    let samples = [
        ("success", sample::success()),
        ("failure", sample::failure()),
        ("many", sample::many()),
        ("hostile", sample::hostile("<b>\"&'x")),
    ];
    for (name, records) in samples {
        let page = render(&Summary::of(&records), Some("### Features\n\n- greet in Welsh (#41)")).unwrap();
        assert!(
            page.contains("<h3>Features</h3>") && page.contains("<p class=\"li\">greet in Welsh (#41)</p>")
        );
        assert!(page.ends_with("</html>") || page.ends_with("</html>\n"), "{name}");
        if let Some(dir) = option_env!("RELEASE_ACTION_PAGES") {
            let path = format!("{dir}/{name}.html");
            let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).open(path);
            std::io::Write::write_all(&mut file.unwrap(), page.as_bytes()).unwrap();
        }
    }
}
