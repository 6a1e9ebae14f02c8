//! The tasks of a run over time, as numbers that the page draws in SVG.

use serde::Serialize;

use crate::model::Step;

use super::html::class;
use super::summary::{Outcome, Summary, TaskView};
use super::text::{cut, one_line};
use super::words;

/// The drawing's measures, in its own units.
const WIDTH: f64 = 960.0;
const LABELS: f64 = 286.0;
const TIMES: f64 = 78.0;
const ROW: f64 = 22.0;
const TOP: f64 = 26.0;

/// The shortest bar that is still seen; what was taken over took no time, but its hatching must show.
const SHORTEST: f64 = 3.0;
const SHORTEST_TAKEN: f64 = 14.0;

/// More rows than this make no picture; the table of tasks has all of them.
const ROWS: usize = 200;

/// A drawing: a row a task, a bar from its start to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    width: f64,
    height: f64,
    /// Where the rows begin and end, from above.
    top: f64,
    bottom: f64,
    rows: Vec<Bar>,
    marks: Vec<Mark>,
    left_out: usize,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Bar {
    step: &'static str,
    label: String,
    hint: String,
    class: &'static str,
    y: f64,
    x: f64,
    width: f64,
    time: String,
}

/// A line at a round time.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Mark {
    x: f64,
    text: String,
}

/// The drawing of a run; none if nothing was begun.
#[must_use]
pub fn timeline(summary: &Summary) -> Option<Timeline> {
    let began = summary.head.as_ref()?.started;
    let since = |at: chrono::DateTime<chrono::Utc>| (at - began).num_milliseconds().max(0);
    let last = summary.tasks.iter().filter_map(|task| task.ended.or(task.started)).map(since).max()?;
    let end = summary.ending.map_or(last, |ending| since(ending.at)).max(last).max(1);
    let room = WIDTH - LABELS - TIMES;
    let x = |millis: i64| LABELS + room * number(millis) / number(end);
    let mut tasks: Vec<&TaskView> =
        summary.tasks.iter().filter(|task| task.outcome != Outcome::Skipped).collect();
    let all = tasks.len();
    // Step by step as the street goes, tasks without one last; within a step by their beginning.
    tasks.sort_by_key(|task| (task.step.is_none(), task.step, task.started.or(task.ended)));
    let mut step: Option<Step> = None;
    let rows: Vec<Bar> = tasks
        .into_iter()
        .take(ROWS)
        .enumerate()
        .map(|(at, task)| {
            let first = step != task.step || at == 0;
            step = task.step;
            let to = task.ended.map_or(end, since);
            let from = task.started.map_or(to, since);
            let shortest = if task.outcome == Outcome::TakenOver { SHORTEST_TAKEN } else { SHORTEST };
            let width = (x(to) - x(from)).max(shortest);
            let y = TOP + ROW * number(i64::try_from(at).unwrap_or(i64::MAX));
            bar(task, first, y, (x(from).min(WIDTH - TIMES - width), width))
        })
        .collect();
    let bottom = TOP + ROW * number(i64::try_from(rows.len()).unwrap_or(i64::MAX));
    let marks =
        marks(end).into_iter().map(|millis| Mark { x: x(millis), text: mark_words(millis) }).collect();
    let left_out = all - rows.len();
    (!rows.is_empty()).then_some(Timeline {
        width: WIDTH,
        height: bottom + 6.0,
        top: TOP - 6.0,
        bottom,
        rows,
        marks,
        left_out,
    })
}

fn bar(task: &TaskView, first: bool, y: f64, (x, width): (f64, f64)) -> Bar {
    let name = task.step.map_or("other", Step::name);
    let title = one_line(&task.title);
    let time = match task.outcome {
        Outcome::TakenOver => "taken over".into(),
        Outcome::Unfinished => "unfinished".into(),
        _ => words::duration(task.millis),
    };
    Bar {
        step: if first { name } else { "" },
        hint: format!("{}: {}, {time}", task.task, task.outcome.word()),
        label: cut(&title, 31),
        class: class(task.outcome),
        y,
        x,
        width,
        time,
    }
}

/// Four to eight round times between 0 and `end`, in milliseconds.
fn marks(end: i64) -> Vec<i64> {
    let rounds = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000,
        300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000,
    ];
    let every = rounds.into_iter().find(|every| end / every <= 7).unwrap_or_else(|| end / 7 + 1);
    (0..=end / every).map(|count| count * every).collect()
}

fn mark_words(millis: i64) -> String {
    match millis {
        0 => "0".into(),
        1..=999 => format!("{millis} ms"),
        1_000..=59_999 => format!("{} s", number(millis) / 1_000.0),
        _ if millis % 60_000 == 0 => format!("{} min", millis / 60_000),
        _ => format!("{}:{:02}", millis / 60_000, millis % 60_000 / 1_000),
    }
}

/// Times of a run are far below 2^53.
fn number(millis: i64) -> f64 {
    f64::from(i32::try_from(millis).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn bars_lie_within_the_picture_and_in_order() {
        for records in [sample::success(), sample::failure(), sample::hostile("x")] {
            let timeline = timeline(&Summary::of(&records)).unwrap();
            assert!(
                timeline.rows.iter().all(|bar| bar.x >= LABELS && bar.x + bar.width <= WIDTH - TIMES + 0.01),
                "{timeline:?}"
            );
            assert!(timeline.rows.is_sorted_by(|one, other| one.y < other.y));
            assert!((1..=8).contains(&timeline.marks.len()));
        }
        assert_eq!(timeline(&Summary::default()), None);
    }

    #[test]
    fn marks_are_round() {
        assert_eq!(marks(20_900), [0, 5_000, 10_000, 15_000, 20_000]);
        assert_eq!([500, 1_500, 90_000, 120_000].map(mark_words), ["500 ms", "1.5 s", "1:30", "2 min"]);
    }
}
