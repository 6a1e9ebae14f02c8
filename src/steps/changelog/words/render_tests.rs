//! What our own style and a project's make of commits.

use camino::Utf8Path;

use super::super::chapters::{Head, split};
use super::*;
use crate::model::facts::Tag;

const REPOSITORY: &str = "https://forge.test/o/r";

fn entry(at: usize, message: &str) -> Entry {
    Entry {
        id: format!("{at:040x}"),
        parents: vec![format!("{:040x}", at.wrapping_sub(1))],
        author: if at.is_multiple_of(2) { "Zoë" } else { "Ada <b>" }.into(),
        email: format!("{}@x", at % 2),
        committed: 1_700_000_000 + at as i64 * 86_400,
        message: message.into(),
        ..Entry::default()
    }
}

/// Chapters of messages, oldest first, with tags `(index, name)`.
fn chapters(messages: &[&str], tags: &[(usize, &str)]) -> Vec<Chapter> {
    let log: Vec<Entry> = messages.iter().enumerate().rev().map(|(at, message)| entry(at, message)).collect();
    let tags: Vec<Tag> = tags
        .iter()
        .map(|(at, name)| Tag {
            name: (*name).into(),
            version: name.trim_start_matches('v').parse().unwrap(),
            commit: format!("{at:040x}"),
            annotated: false,
        })
        .collect();
    let id = format!("{:040x}", messages.len() - 1);
    split(log, Head { tag: "v2.0.0", commit: &id, date: 1_710_000_000 }, &tags)
}

fn notes(messages: &[&str]) -> String {
    let style = Style::own().unwrap();
    render(
        chapters(messages, &[]),
        Order { style: &style, repository: Some(REPOSITORY), bare: true, threads: 1 },
    )
    .unwrap()
}

#[test]
fn groups_with_breaking_changes_first() {
    let text = notes(&[
        "fix: a thing (#12)",
        "feat(api): add x",
        "feat!: drop y\n\nBREAKING CHANGE: use\nz instead\n",
        "Merge branch 'main'",
        "chore(release): v2.0.0",
        "an ordinary message\n\nwith a body",
    ]);
    assert_eq!(
        text,
        "### Breaking changes\n\n\
         - Drop y ([0000000](https://forge.test/o/r/commit/0000000000000000000000000000000000000002))\n  Use z instead\n\n\
         ### Features\n\n\
         - **api:** Add x ([0000000](https://forge.test/o/r/commit/0000000000000000000000000000000000000001))\n\n\
         ### Fixes\n\n\
         - A thing ([#12](https://forge.test/o/r/issues/12)) ([0000000](https://forge.test/o/r/commit/0000000000000000000000000000000000000000))\n\n\
         ### Other\n\n\
         - An ordinary message ([0000000](https://forge.test/o/r/commit/0000000000000000000000000000000000000005))\n\n\
         ### Contributors\n\n\
         Ada &lt;b&gt; and Zoë\n"
    );
}

#[test]
fn the_history_names_every_release() {
    let style = Style::own().unwrap();
    let chapters = chapters(&["feat: one", "Merge branch 'x'", "fix: two"], &[(0, "v1.0.0"), (1, "v1.0.1")]);
    let order = Order { style: &style, repository: Some(REPOSITORY), bare: false, threads: 1 };
    let text = render(chapters, order).unwrap();
    let lines: Vec<&str> =
        text.lines().filter(|line| line.starts_with('#') || line.starts_with("No ")).collect();
    assert_eq!(
        lines,
        [
            "# Changelog",
            "## [v2.0.0](https://forge.test/o/r/compare/v1.0.1...v2.0.0) (2024-03-09)",
            "### Fixes",
            "## [v1.0.1](https://forge.test/o/r/compare/v1.0.0...v1.0.1) (2023-11-15)",
            "No user-visible changes.",
            "## [v1.0.0](https://forge.test/o/r/releases/tag/v1.0.0) (2023-11-14)",
            "### Features",
        ]
    );
}

#[test]
fn an_empty_range_says_so() {
    assert!(notes(&["chore(release): v2.0.0"]).starts_with(NOTHING));
}

#[test]
fn parts_give_the_same_bytes_as_the_whole() {
    let style = Style::own().unwrap();
    let messages: Vec<String> =
        (0..200).map(|at| format!("feat(s{}): change {at} (#{at})", at % 7)).collect();
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let names: Vec<String> = (0..100).map(|at| format!("v1.{at}.0")).collect();
    let tags: Vec<(usize, &str)> =
        names.iter().enumerate().map(|(at, name)| (at * 2, name.as_str())).collect();
    let text = |threads| {
        let order = Order { style: &style, repository: None, bare: false, threads };
        render(chapters(&messages, &tags), order).unwrap()
    };
    assert_eq!(text(1), text(3));
    assert_eq!(text(1).matches("\n## ").count(), 101);
}

#[test]
fn hostile_messages_stay_text() {
    let text = notes(&[
        "feat: <script>alert(1)</script> ![x](http://t/p.png) @octocat -->",
        "<!-- hide\n@everyone",
        "feat(`x`<b>): {{ version }} {% raw %}",
        "\u{7}\u{1b}[2J",
        "feat: # heading\n\nCo-authored-by: @evil <img src=x> <e@x>",
    ]);
    for bad in
        ["<script", "![x]", "@octocat", "-->", "<!--", "@evil", "@everyone", "<img", "<b>", "\u{1b}", "- # "]
    {
        assert!(!text.contains(bad), "{bad} in {text}");
    }
    assert!(text.contains("{{ version }} {% raw %}"), "{text}");
}

#[test]
fn a_projects_style_sees_raw_but_harmless_messages() {
    let style = "[changelog]\nbody = '''{% for c in commits %}{{ version }}: {{ c.message }} {{ c.body }}\n{% endfor %}'''\n";
    let style = Style::parse(style, Utf8Path::new("cliff.toml")).unwrap();
    let order = Order { style: &style, repository: None, bare: true, threads: 1 };
    let text = render(chapters(&["feat: [A-1] cc @x <b>\n\nmore", "plain"], &[]), order).unwrap();
    assert_eq!(text, "v2.0.0: [A-1] cc @\u{200b}x &lt;b> more\n");
}

#[test]
fn machines_are_no_contributors() {
    for (name, email) in
        [("dependabot[bot]", ""), ("deps-bot", "x@y"), ("A", "1+a[bot]@users.noreply.github.com")]
    {
        assert!(is_bot(name, email), "{name}");
    }
    assert!(!is_bot("Abbot", "a@x") && !is_bot("Robota", "r@x"));
}
