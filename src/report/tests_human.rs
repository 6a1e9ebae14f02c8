//! The person's log, looked at whole.

use super::human::Human;
use super::look::Look;
use super::sample;
use crate::kit::secret::Redactor;
use crate::model::Record;

pub fn log(records: &[Record], look: Look) -> String {
    let mut bytes = Vec::new();
    let mut human = Human::new(&mut bytes, look, Redactor::default());
    human.point_to("Report", "dist/report/index.html");
    records.iter().for_each(|record| human.take(record));
    human.finish().unwrap();
    drop(human);
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_success_in_a_pipe() {
    insta::assert_snapshot!(log(&sample::success(), Look::plain()));
}

#[test]
fn a_failure_in_a_pipe() {
    insta::assert_snapshot!(log(&sample::failure(), Look { verbosity: 1, ..Look::plain() }));
}

#[test]
fn ascii_only_where_asked() {
    let text = log(&sample::failure(), Look { unicode: false, ..Look::plain() });
    assert!(text.is_ascii(), "{text}");
    let text = log(&sample::success(), Look { unicode: false, verbosity: 1, ..Look::plain() });
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn quiet_says_only_what_failed_and_how_it_ended() {
    let text = log(&sample::success(), Look { verbosity: -1, ..Look::plain() });
    let first = text.lines().find(|line| line.contains("greeter v1.4.0")).unwrap();
    assert!(first.starts_with("✓ greeter v1.4.0: "), "{text}");
    assert!(!text.contains("gates") && text.contains("Daggerverse"), "{text}");
}

#[test]
fn colours_only_on_request_and_no_other_escape() {
    let plain = log(&sample::failure(), Look::plain());
    assert!(!plain.contains('\u{1b}'));
    let coloured = log(&sample::failure(), Look { color: true, ..Look::plain() });
    assert!(coloured.contains("\u{1b}[1;31m"));
    assert_eq!(console::strip_ansi_codes(&coloured), plain);
}

#[test]
fn bars_leave_the_same_lines() {
    let look = Look { progress: true, ..Look::plain() };
    assert_eq!(log(&sample::success(), look), log(&sample::success(), Look::plain()));
}
