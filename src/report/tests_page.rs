//! The page and the files in the dist folder.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::html::render;
use super::sample;
use super::summary::Summary;
use super::write::write_all;
use crate::kit::sarif::Origin;
use crate::kit::secret::Redactor;
use crate::ports::Files;
use crate::ports::real::RealFiles;

#[test]
fn nothing_is_fetched_and_nothing_is_run() {
    for records in [
        sample::success(),
        sample::failure(),
        sample::hostile("<script src=//evil></script><img onerror=x>\" onload=\"y"),
    ] {
        let page =
            render(&Summary::of(&records), Some("</style><script>x</script>"), &BTreeSet::new()).unwrap();
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
    let page = render(&Summary::of(&sample::success()), None, &BTreeSet::new()).unwrap();
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
    let page = render(&Summary::of(&sample::failure()), None, &BTreeSet::new()).unwrap();
    assert!(
        page.contains("3 problems in gates and build")
            && page.contains("undefined: versoin")
            && page.contains("go build .&#x2f;cmd&#x2f;greeter")
    );
}

#[test]
fn a_run_that_never_was_has_a_page_too() {
    let page = render(&Summary::default(), None, &BTreeSet::new()).unwrap();
    assert!(page.contains("no run was recorded"));
}

/// A dist folder of its own.
fn dist() -> (tempfile::TempDir, Utf8PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let dist = Utf8PathBuf::try_from(home.path().join("dist")).unwrap();
    (home, dist)
}

#[test]
fn four_files_are_written_and_the_data_reads_back() {
    let (_home, dist) = dist();
    let summary = Summary::of(&sample::success());
    write_all(&RealFiles, &dist, &summary, None, &Origin::default(), &Redactor::default()).unwrap();
    let report = dist.join("report");
    assert_eq!(RealFiles.list(&report).unwrap(), ["index.html", "junit.xml", "report.json", "results.sarif"]);
    let data = RealFiles.read(&report.join("report.json"), 1 << 20).unwrap();
    let data: Summary = serde_json::from_slice(&data).unwrap();
    assert_eq!(data, summary);
    assert_eq!((data.format, data.earlier_runs), (1, 1));
}

#[test]
fn the_page_links_to_files_that_are_still_what_a_verdict_rests_on() {
    let (_home, dist) = dist();
    let summary = Summary::of(&sample::success());
    let page = |bytes: &[u8]| {
        RealFiles.write(&dist.join("report/coverage/cover.out"), bytes).unwrap();
        write_all(&RealFiles, &dist, &summary, None, &Origin::default(), &Redactor::default()).unwrap();
        String::from_utf8(RealFiles.read(&dist.join("report/index.html"), 1 << 20).unwrap()).unwrap()
    };
    assert!(page(b"cover").contains("<a href=\"coverage/cover.out\">"));
    assert!(!page(b"of another run").contains("<a href"));
}

#[test]
fn one_that_fails_does_not_keep_the_others_away() {
    let (_home, dist) = dist();
    // A folder stands where the file belongs.
    RealFiles.make_dir(&dist.join("report/report.json")).unwrap();
    let summary = Summary::of(&sample::failure());
    let problem =
        write_all(&RealFiles, &dist, &summary, None, &Origin::default(), &Redactor::default()).unwrap_err();
    assert!(problem.what.contains("report.json"));
    assert_eq!(RealFiles.list(&dist.join("report")).unwrap().len(), 4);
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
        let page =
            render(&Summary::of(&records), Some("### Features\n\n- greet in Welsh (#41)"), &BTreeSet::new())
                .unwrap();
        assert!(
            page.contains("<h3>Features</h3>") && page.contains("<p class=\"li\">greet in Welsh (#41)</p>")
        );
        assert!(page.ends_with("</html>") || page.ends_with("</html>\n"), "{name}");
        if let Some(dir) = option_env!("RELEASE_ACTION_PAGES") {
            let path = format!("{dir}/{name}.html");
            RealFiles.write(path.as_str().into(), page.as_bytes()).unwrap();
        }
    }
}
