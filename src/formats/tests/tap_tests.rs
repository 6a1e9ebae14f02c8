//! The Test Anything Protocol, line by line.

use super::results::{Failure, Results, Verdict};
use super::tap::{FORMAT, NAME, read};
use crate::formats::Head;

fn good(text: &str) -> Results {
    read(text.as_bytes()).unwrap()
}

#[test]
fn is_known_behind_comments() {
    for text in ["# Subtest: x\n    ok 1\n    1..1\nok 1 - x\n1..1\n", "# a\n\n#b\n1..1\nok 1\n"] {
        assert!((FORMAT.is)(&Head::of(text.as_bytes())), "{text}");
        assert_eq!(good(text).verdict(), Verdict::Pass);
    }
    assert!(!(FORMAT.is)(&Head::of(b"# 1..1\n# ok 1\n")));
}

#[test]
fn counts_what_is_told_and_planned() {
    let text = "TAP version 14\n# Subtest: a\n    ok 1 - inner\n    not ok 2 - inner # TODO\n    1..2\nok 1 - a\n\
        not ok 2 - b \\# no directive\n  ---\n  message: \"no\"\n  ...\nok 3 # SKIP not here\nnot ok 4 - c # TODO later\nok 5 - d # time=3ms\nokay\n1..5\n# done\n";
    let results = good(text);
    assert_eq!((results.passed(), results.skipped()), (2, 2));
    let failures: Vec<_> = results.failures().map(|(_, _, failure)| failure.clone()).collect();
    let output = "  ---\n  message: \"no\"\n  ...\n".to_owned();
    assert_eq!(failures, [Failure { test: "b \\# no directive".into(), output }]);
    assert_eq!(good("1..2\nok\nok\n").verdict(), Verdict::Pass);
}

#[test]
fn what_cannot_be_told_is_an_error() {
    for (text, line, why) in [
        ("TAP version 15\n1..1\nok 1\n", 1, "versions 12 to 14"),
        ("1..1\n  not ok 1 - x\nok 1\n", 2, "`not ok` stands at"),
        ("1..1\n\tnot ok 1 - x\nok 1\n", 2, "`not ok` stands at"),
        ("1..1\n    \tnot ok 1 - x\nok 1\n", 2, "`not ok` stands at"),
        ("1..1\nNot ok 1 - x\nok 1\n", 2, "`not ok` stands at"),
        ("1..1\n    not  ok 1 - x\nok 1\n", 2, "`not ok` stands at"),
        ("1..2\nok 1\nok 9\n", 3, "test 2 is not told of"),
        ("1..2\nok 3\nok 2\n", 3, "test 1 is not told of"),
        ("pragma +strict\n1..1\n# words\n\nwords\nok 1\n", 5, "`pragma +strict` allows no other"),
    ] {
        let bad = read(text.as_bytes()).unwrap_err();
        assert!(bad.line == line && bad.why.contains(why), "{text}: {bad:?}");
    }
    good("pragma +strict\n1..1\npragma -strict\nwords\nok 1\n");
}

#[test]
fn last_words_that_count_failures_are_heard() {
    let claims = "it contradicts itself: its last words count 2 that failed, and none is told of";
    for words in [
        "# fail 2\n",
        "# fail  1\n# cancelled 1\n",
        "# fail: 2\n",
        "# Looks like you failed 2 tests of 3.\n",
        "# failed 2 among 3 test(s)\n",
        "# Totals: pass:1 fail:1 xfail:0 xpass:0 skip:0 error:1\n",
    ] {
        for tests in ["ok 1\n1..1\n", "1..1\nok 1\n"] {
            let results = good(&format!("{tests}# tests 1\n{words}"));
            assert_eq!(results.verdict(), Verdict::NoEvidence(claims.into()), "{words}");
        }
        // A test may have such a name, which some runners tell before it.
        assert_eq!(good(&format!("{words}ok 1\n1..1\n")).verdict(), Verdict::Pass);
    }
    assert_eq!(good("not ok 1\n1..1\n# fail 1\n").verdict(), Verdict::Fail);
    let broke = "it contradicts itself: its last words say that the run broke off, and no test failed";
    for words in [
        "you planned 2 tests but ran 1.",
        "your test exited with 255 just after 1.",
        "your test died just after 1.",
    ] {
        let verdict = good(&format!("1..1\nok 1\n# Looks like {words}\n")).verdict();
        assert_eq!(verdict, Verdict::NoEvidence(broke.into()), "{words}");
    }
}

#[test]
fn a_subtest_that_failed_fails_whatever_is_around_it() {
    for text in [
        "1..1\n    ok 1 - x\n    not ok 2 - y\n    1..2\nok 1 - a\n",
        "1..1\n        not ok 1 - y\n        1..1\n    ok 1 - x\n    1..1\nok 1 - a\n",
        "1..2\nok 1 - a\nok 2 - b\n    not ok 1 - y\n    1..1\n",
        "1..1\nok 1 - a {\n    not ok 1 - y\n    1..1\n}\n",
        "1..2\nok 1 - a {\n    not ok 1 - y\n    1..1\n}\nnot ok 2 - b # TODO\n",
        "1..2\nok 1 - a {\n    }\n    not ok 1 - y\n    1..1\n}\nnot ok 2 - b # TODO\n",
        "1..1\n    not ok 1 - y\nok 1 - a # TODO\n",
        "1..3\nnot ok 1 - parses # TODO {\nok 2 - b\n    not ok 1 - y\n}\nok 3\n",
    ] {
        let results = good(text);
        let failed: Vec<&str> = results.failures().map(|(_, _, failure)| failure.test.as_str()).collect();
        assert_eq!((results.verdict(), failed), (Verdict::Fail, vec!["y"]), "{text}");
    }
    for text in [
        "1..1\n    not ok 1 - y # TODO later\n    ok 2\nok 1 - a\n",
        "1..2\n        not ok 1 - z\n    not ok 1 - y # TODO\nok 1 - a\n    not ok 1\nnot ok 2 # TODO\n",
        "1..1\n    ok 1 - x\n      ---\n      text: |\n        not ok 1 - y\n      ...\nok 1 - a\n",
        "1..2\nnot ok 1 - a # TODO {\n    not ok 1 - y\n}\nok 2\n",
        "1..1\n  ---\n    words\nok 1 - a\n",
        "1..1\n  not ok, says a program\n    not okay\nok 1 - a\n",
    ] {
        assert_eq!(good(text).verdict(), Verdict::Pass, "{text}");
    }
    assert_eq!(good("1..2\n    Bail out! no disk\nok 1 - a\n").verdict(), Verdict::Fail);
    let deep = "1..1\n".to_owned() + &" ".repeat(900_000) + "not ok 1 - y\nok 1\n";
    assert_eq!(good(&deep).verdict(), Verdict::Fail);
    let many = "1..1\n".to_owned() + &"    not ok 1 - y\n".repeat(10_000) + "ok 1\n";
    assert_eq!(good(&many).failures().count(), super::tap_line::MOST);
}

#[test]
fn only_a_directive_lets_a_failure_pass() {
    for (line, skipped) in [
        ("not ok 1 - a # TODO", true),
        ("not ok 1 # todo: later", true),
        ("not ok 1 - a # Skip no disk", true),
        ("not ok 1 - a # TODOs are listed", false),
        ("not ok 1 - finds #todo in a text", false),
        ("not ok 1 - a # skipping works", false),
        ("not ok 1 - a \\# TODO", false),
        ("ok 1 - a # skipped on this system", true),
        ("ok 1 - a #skip", true),
    ] {
        let results = good(&format!("1..1\n{line}\n"));
        assert_eq!((results.skipped() == 1, results.failures().count() == 0), (skipped, skipped), "{line}");
    }
}

#[test]
fn numbers_may_come_in_any_order_and_once() {
    assert_eq!(good("1..4\nok 3\nok 1\nok 4\nok 2\n").passed(), 4);
    for twice in ["ok 3\nok 3\nok 1\n", "ok 1\nok 2\nok 1\n", "ok 2\nok 1\nok 2\n", "ok 1\nok 0\nok 2\n"] {
        let bad = read(format!("1..3\n{twice}").as_bytes()).unwrap_err();
        assert!(bad.why.contains("was there before"), "{twice}: {bad:?}");
    }
}

#[test]
fn a_bail_out_fails() {
    assert_eq!(good("1..1\nok 1\nBAIL OUT!\n").verdict(), Verdict::Fail);
    let results = good("1..3\nok 1\nBail out! no database\n");
    assert_eq!(results.verdict(), Verdict::Fail);
    assert!(results.packages[NAME].failures[0].output.contains("no database"));
}

#[test]
fn what_proves_nothing_never_passes() {
    for (text, words) in [
        ("", "no plan"),
        ("1..1\nok 1", "torn"),
        ("ok 1\nok 2\n", "no plan"),
        ("1..3\nok 1\nok 2\n", "3 tests are planned and 2"),
        ("1..1\nok 1\nok 2\n", "1 tests are planned and 2"),
        ("1..1\n1..1\nok 1\n", "second plan"),
        ("ok 1\n1..1\nok 2\n", "behind the plan"),
        ("1..2\nok 1\nok 1\n", "was there before"),
        ("1..2\nok 1\n  ---\n    not ok 1\nok 2\n", "has no end"),
        ("1..1\nok 1\n  ---\n  a: b\n", "has no end"),
        ("1..1\n    ok 1\n      ---\n      a: b\n    not ok 2\nok 1\n", "has no end"),
    ] {
        let bad = read(text.as_bytes()).unwrap_err();
        assert!(bad.why.contains(words), "{text:?}: {bad:?}");
    }
    for text in ["1..0 # SKIP nothing here\n", "1..1\nok 1 # SKIP\n", "1..1\nnot ok 1 # TODO\n"] {
        assert_ne!(good(text).verdict(), Verdict::Pass, "{text}");
    }
}
