//! The table of bad input: for each, the line, the column and the words.

use super::shapes_for_tests::{load, wrong};

#[test]
fn what_is_no_yaml() {
    insta::assert_snapshot!(wrong("gates: [1, 2\nbuild: {"), @".release.yaml:2:6: this is no YAML: illegal placement of ':' indicator");
    insta::assert_snapshot!(wrong("gates:\n  coverage: \"abc\n"), @".release.yaml:2:13: this is no YAML: while scanning a quoted scalar, found unexpected end of stream");
    insta::assert_snapshot!(wrong("version: 1\n gates: x\n"), @".release.yaml:2:7: this is no YAML: mapping values are not allowed in this context");
    insta::assert_snapshot!(wrong("? [a]\n: b\n"), @".release.yaml:1:3: a key must be text, not a list or a mapping (a template that begins with `{{` must stand in quotes)");
    insta::assert_snapshot!(wrong("build:\n  go:\n    binary: {{ version }}\n"), @".release.yaml:3:14: a key must be text, not a list or a mapping (a template that begins with `{{` must stand in quotes)");
    insta::assert_snapshot!(wrong("build: *b\n"), @".release.yaml:1:8: this alias names nothing that stands before it");
}

#[test]
fn a_tab_in_the_indent() {
    insta::assert_snapshot!(wrong("gates:\n\tcoverage: {}\n"), @".release.yaml:2:1: a tab stands where YAML wants spaces (indent with spaces)");
    insta::assert_snapshot!(wrong("gates:\n  coverage:\n  \tminimum: 3\n"), @".release.yaml:3:3: a tab stands where YAML wants spaces (indent with spaces)");
}

#[test]
fn keys_that_stand_twice_are_told_all_together() {
    insta::assert_snapshot!(wrong("gates: {}\nbuild: {}\ngates: {}\nbuild: {}\n"), @"
    .release.yaml:3:1: the key `gates` stands here a second time (join the two, or remove one)
    .release.yaml:4:1: the key `build` stands here a second time (join the two, or remove one)
    ");
}

#[test]
fn wrong_types_are_told_all_together() {
    insta::assert_snapshot!(wrong("gates:\n  coverage:\n    minimum: high\n    max_drop:\nbuild:\n  targets: linux/amd64\n  optimise: sizes\n  go: { enabled: perhaps, cgo: yes, tries: 300, go_version: 1.10, env: {A: 1} }\n"), @r#"
    .release.yaml:3:14: `gates.coverage.minimum`: `high` is no percentage: a number from 0 to 100 with at most four decimals is expected
    .release.yaml:6:12: `build.targets` must be a list, but is the text `linux/amd64` (for a list of one, write [linux/amd64])
    .release.yaml:7:13: `build.optimise` can't be `sizes` (did you mean `size`? Possible are: debug, size, release)
    .release.yaml:8:18: `build.go.enabled` must be auto, true or false, but is the text `perhaps` (auto: where the project has what the room needs)
    .release.yaml:8:32: `build.go.cgo` must be true or false, but is the text `yes` (YAML 1.2 writes true and false; `yes` is text)
    .release.yaml:8:44: `build.go.tries` must be a whole number from 0 to 255, but is the number 300
    .release.yaml:8:61: `build.go.go_version` must be text, but is the number 1.10 (put it in quotes: "1.10")
    .release.yaml:8:76: `build.go.env.A` must be text, but is the number 1 (put it in quotes: "1")
    "#);
    insta::assert_snapshot!(wrong("gates: 5\nbuild: [a]\npublish:\n  daggerverse: yes\n  homebrew: 3\n"), @"
    .release.yaml:1:8: `gates` must be a section of `key: value` lines, but is the number 5
    .release.yaml:2:8: `build` must be a section of `key: value` lines, but is a list
    .release.yaml:4:16: `publish.daggerverse.enabled` must be auto, true or false, but is the text `yes` (auto: where the project has what the room needs)
    .release.yaml:5:13: `publish.homebrew` must be a section of `key: value` lines, but is the number 3
    ");
    insta::assert_snapshot!(wrong("- a\n"), @".release.yaml:1:1: the file must be a section of `key: value` lines, but is a list");
}

#[test]
fn unknown_keys_are_told_all_together() {
    insta::assert_snapshot!(wrong("gaets: {}\ngates:\n  covrage: {}\n  coverage:\n    minimun: 3\n    tap: x\n    packages: [{match: a, minimum: 1, x: 2}, {minimum: 3}, {match: c, minimum: 101}]\nbuild:\n  coverage: {}\n"), @"
    .release.yaml:1:1: unknown key `gaets` (did you mean `gates`?)
    .release.yaml:3:3: unknown key `covrage` in `gates` (did you mean `coverage`?)
    .release.yaml:5:5: unknown key `minimun` in `gates.coverage` (did you mean `minimum`?)
    .release.yaml:6:5: unknown key `tap` in `gates.coverage` (`tap` belongs under `publish.homebrew`)
    .release.yaml:7:39: unknown key `x` in `gates.coverage.packages.0` (known here: match, minimum)
    .release.yaml:7:46: `gates.coverage.packages.1` needs the key `match` (add `match`)
    .release.yaml:7:80: `gates.coverage.packages.2.minimum`: `101` is no percentage: a number from 0 to 100 with at most four decimals is expected
    .release.yaml:9:3: unknown key `coverage` in `build` (`coverage` belongs under `gates`)
    ");
}

#[test]
fn a_template_with_an_unknown_name() {
    insta::assert_snapshot!(wrong("build:\n  go:\n    binary: \"{{ verison }}\"\n"), @".release.yaml:3:13: `build.go.binary`: the template `{{ verison }}` uses the unknown name `verison` (did you mean `version`?); known are: project, version, tag, commit, commit_date, os, arch, target, env");
}

#[test]
fn values_of_several_forms() {
    insta::assert_snapshot!(wrong("publish:\n  homebrew:\n    wrap: \"{{ verison }}\"\n"), @".release.yaml:3:11: `publish.homebrew.wrap`: the template `{{ verison }}` uses the unknown name `verison` (did you mean `version`?); known are: project, version, tag, commit, commit_date, os, arch, target, env (every name in a template must be one of the known ones)");
    insta::assert_snapshot!(wrong("publish:\n  homebrew:\n    wrap: [a]\n"), @".release.yaml:3:11: `publish.homebrew.wrap` can't be a list (possible: `true` or `false` or text)");
}

#[test]
fn a_cyclic_value() {
    insta::assert_snapshot!(wrong("build: &b\n  go: *b\n"), @".release.yaml:2:7: this alias stands inside the value it names, which would never end (write the value out)");
    insta::assert_snapshot!(wrong("build: &b [*b]\n"), @".release.yaml:1:12: this alias stands inside the value it names, which would never end (write the value out)");
}

#[test]
fn what_is_no_utf_8() {
    insta::assert_snapshot!(wrong(b"version: 1\nproject: { name: caf\xE9 }\n"), @".release.yaml:2:21: the file is no UTF-8: the byte 0xE9 begins no character (save the file as UTF-8)");
    insta::assert_snapshot!(wrong(b"name: \xC3\xA9\xFF"), @".release.yaml:1:8: the file is no UTF-8: the byte 0xFF begins no character (save the file as UTF-8)");
    insta::assert_snapshot!(wrong(b"\xFF\xFEv\0"), @".release.yaml: the file is written in UTF-16 (save it as UTF-8)");
    insta::assert_snapshot!(wrong("version: 1\n\0gates: 4\n"), @".release.yaml:2:1: the character U+0000 may not stand in YAML (remove it, or write it as an escape in double quotes)");
    insta::assert_snapshot!(wrong("version: 1\rbuild: {}\r"), @".release.yaml:1:11: the character U+000D may not stand in YAML (end lines with a line feed, or a carriage return and a line feed)");
}

#[test]
fn paths_that_leave_the_repository() {
    insta::assert_snapshot!(wrong("gates: { coverage: { report: ../x } }\nproject: { dir: /etc }\n"), @"
    .release.yaml:1:30: `gates.coverage.report`: the path `../x` leaves the repository: it must be relative, without `..` at its beginning
    .release.yaml:2:17: `project.dir`: the path `/etc` leaves the repository: it must be relative, without `..` at its beginning
    ");
}

#[test]
fn parts_of_yaml_that_have_no_place_here() {
    insta::assert_snapshot!(wrong("version: 1\n---\nversion: 1\n"), @".release.yaml:2:1: a second document begins here; the configuration is one document (remove the line `---` and what follows it)");
    insta::assert_snapshot!(wrong("build:\n  <<: {}\n"), @".release.yaml:2:3: the merge key `<<` is no part of YAML 1.2 (repeat the settings, or use an alias for a whole value: `key: *name`)");
    insta::assert_snapshot!(wrong("build: !foo {}\n"), @".release.yaml:1:8: the tag `!foo` has no meaning here (remove the tag)");
    insta::assert_snapshot!(wrong("gates: {coverage: {minimum: .inf}}"), @".release.yaml:1:29: `.inf` is no number that a setting can hold");
}

#[test]
fn versions_of_the_format() {
    insta::assert_snapshot!(wrong("version: 2\n"), @".release.yaml:1:10: `version` must be 1, but is the number 2 (this is the version of the configuration's format, not of your project; write `version: 1`)");
    insta::assert_snapshot!(wrong("version: \"1\"\n"), @".release.yaml:1:10: `version` must be 1, but is the text `1` (this is the version of the configuration's format, not of your project; write `version: 1`)");
}

#[test]
fn projects_that_cannot_be() {
    insta::assert_snapshot!(wrong("projects:\n  - dir: a\n  - name: x\n"), @".release.yaml:3:5: `projects.1` needs the key `dir` (add `dir`)");
    insta::assert_snapshot!(wrong("projects:\n  - dir: a\n  - dir: ./a\nproject: {name: b}\n"), @"
    .release.yaml:3:5: two projects have the folder `a`
    .release.yaml:4:1: `project` and `projects` can't stand together (keep `projects` for a monorepo, else `project`)
    ");
}

#[test]
fn marks_carriage_returns_and_letters_do_not_shift_a_column() {
    insta::assert_snapshot!(wrong(b"\xEF\xBB\xBFversion: 1\r\nbuild:\r\n  optimise: siz\r\n"), @".release.yaml:3:13: `build.optimise` can't be `siz` (did you mean `size`? Possible are: debug, size, release)");
    insta::assert_snapshot!(wrong("build: { go: { env: { \u{fc}: \"\u{e4}\u{f6}\", \u{df}: 1 } } }\n"), @r#".release.yaml:1:35: `build.go.env.ß` must be text, but is the number 1 (put it in quotes: "1")"#);
}

#[test]
fn nothing_written_is_everything_by_default() {
    for text in
        ["", "# only words\n\n", "---\n", "null\n", "gates:\nbuild: ~\nproject:\nprojects:\nversion:\n"]
    {
        assert_eq!(load(text).unwrap().effective(), load("").unwrap().effective(), "{text}");
    }
}

#[test]
fn large_files_are_answered_at_once() {
    insta::assert_snapshot!(wrong(vec![b'a'; 10_000_000]), @".release.yaml: the file has 10000000 bytes; a configuration may have at most 1048576 (is this the file you meant? Long texts belong in files of their own)");
    insta::assert_snapshot!(wrong("[".repeat(500_000)), @".release.yaml:1:256: values lie more than 64 deep in each other");
    insta::assert_snapshot!(wrong("- ".repeat(500_000)), @".release.yaml:1:131: values lie more than 64 deep in each other");
    insta::assert_snapshot!(wrong(format!("[{}]", "a,".repeat(400_000))), @".release.yaml:1:200000: the configuration holds more than 100000 values, those of its aliases counted");
    let many = (0..40_000).map(|index| format!("k{index}: 1\n")).collect::<String>();
    assert_eq!(wrong(many).lines().count(), 40_000);
}

#[test]
fn people_see_the_line_and_what_is_meant() {
    let errors = load("version: 1\ngates:\n  covrage:\n    minimum: 90\ngates: {}\n").err().unwrap();
    let handler = miette::GraphicalReportHandler::new_themed(miette::GraphicalTheme::unicode_nocolor());
    let mut page = String::new();
    handler.render_report(&mut page, &errors).unwrap();
    insta::assert_snapshot!(page, @"
    configuration

      × the configuration has an error

    Error: 
      × the key `gates` stands here a second time
       ╭─[.release.yaml:5:1]
     1 │ version: 1
     2 │ gates:
       · ──┬──
       ·   ╰── first
     3 │   covrage:
     4 │     minimum: 90
     5 │ gates: {}
       · ──┬──
       ·   ╰── again
       ╰────
      help: join the two, or remove one
    ");
    let errors = load("gates:\n  covrage: {}\n  coverage: { minimum: 900 }\n").err().unwrap();
    let mut page = String::new();
    handler.render_report(&mut page, &errors).unwrap();
    insta::assert_snapshot!(page, @"
    configuration

      × the configuration has 2 errors

    Error: 
      × unknown key `covrage` in `gates`
       ╭─[.release.yaml:2:3]
     1 │ gates:
     2 │   covrage: {}
       ·   ───┬───
       ·      ╰── unknown
     3 │   coverage: { minimum: 900 }
       ╰────
      help: did you mean `coverage`?

    Error: 
      × `gates.coverage.minimum`: `900` is no percentage: a number from 0 to 100 with at most four decimals is expected
       ╭─[.release.yaml:3:24]
     2 │   covrage: {}
     3 │   coverage: { minimum: 900 }
       ·                        ─┬─
       ·                         ╰── here
       ╰────
    ");
    let problem = errors.problems().remove(0);
    assert_eq!(problem.to_string(), ".release.yaml:2:3: unknown key `covrage` in `gates`");
    assert_eq!(problem.fix.as_deref(), Some("did you mean `coverage`?"));
}
