//! The trend: what was recorded, commit by commit, and what is covered now.

use std::fmt::Write as _;

use super::safe::escaped;
use crate::formats::coverage::Measure;
use crate::kit::threshold::shown;

const WIDTH: usize = 760;
const HEIGHT: usize = 190;
/// Room for the figures at the left, and for words above and below.
const LEFT: usize = 64;
const TOP: usize = 22;
const BOTTOM: usize = 160;

/// A figure and what it is of.
pub struct Step {
    /// The commit, in short.
    pub name: String,
    /// What was covered.
    pub measure: Measure,
}

/// In ten-thousandths of a percent, rounded down.
fn height(measure: Measure) -> u64 {
    let part = (u128::from(measure.covered) * 1_000_000).checked_div(u128::from(measure.total)).unwrap_or(0);
    u64::try_from(part).unwrap_or(1_000_000)
}

/// The picture of at least two figures, the oldest first; none of fewer.
pub fn trend(steps: &[Step]) -> Option<String> {
    let (first, last) = (steps.first()?, steps.last()?);
    if steps.len() < 2 {
        return None;
    }
    let heights: Vec<u64> = steps.iter().map(|step| height(step.measure)).collect();
    let (lowest, highest) = (*heights.iter().min()?, *heights.iter().max()?);
    // Whole percents around what there is, so that a change of a hundredth is no cliff.
    let high = highest.div_ceil(10_000).max(1);
    let low = (lowest / 10_000).min(high - 1);
    let span = usize::try_from(high - low).ok()? * 10_000;
    let x = |at: usize| LEFT + at * (WIDTH - LEFT - 24) / (steps.len() - 1);
    let y = |height: u64| {
        let above = usize::try_from(height - low * 10_000).unwrap_or(0);
        BOTTOM - above * (BOTTOM - TOP) / span
    };
    let mut way = String::new();
    let mut points = String::new();
    for (at, (step, height)) in steps.iter().zip(&heights).enumerate() {
        // Writing to a text does not fail.
        let _ = write!(way, "{}{},{}", if at == 0 { "" } else { " " }, x(at), y(*height));
        let words = format!("{}: {}", step.name, shown(step.measure.covered, step.measure.total));
        let _ = write!(
            points,
            "<circle cx=\"{}\" cy=\"{}\" r=\"3.5\"><title>{}</title></circle>",
            x(at),
            y(*height),
            escaped(&words)
        );
    }
    let grid = [(high, TOP), (low, BOTTOM)].map(|(percent, y)| {
        format!(
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y}\" y2=\"{y}\" stroke=\"#9aa3b2\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#6b7688\">{percent} %</text>",
            LEFT - 8,
            y + 4
        )
    });
    let end = |at: usize, anchor: &str, step: &Step| {
        format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\" fill=\"#6b7688\">{}</text>",
            x(at),
            BOTTOM + 20,
            escaped(&step.name)
        )
    };
    let figure = shown(last.measure.covered, last.measure.total);
    Some(format!(
        "<svg class=\"trend\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"coverage from {} to {figure}\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"12\">{}{}\
         <polyline class=\"way\" points=\"{way}\" fill=\"none\" stroke=\"#2f9e66\" stroke-width=\"2\"/>\
         <g fill=\"#2f9e66\">{points}</g>{}{}</svg>\n",
        shown(first.measure.covered, first.measure.total),
        grid[0],
        grid[1],
        end(0, "start", first),
        end(steps.len() - 1, "end", last),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn higher_figures_are_higher_and_equal_ones_no_cliff() {
        let picture = |figures: &[u64]| {
            let step = |covered: &u64| Step {
                name: "<c>".into(),
                measure: Measure { covered: *covered, total: 1000 },
            };
            trend(&figures.iter().map(step).collect::<Vec<_>>())
        };
        assert_eq!(picture(&[900]), None);
        let svg = picture(&[900, 905, 895]).unwrap();
        assert!(svg.contains("points=\"64,91 400,57 736,126\""), "{svg}");
        assert!(svg.contains("91 %") && svg.contains("89 %") && !svg.contains("<c>"), "{svg}");
        let flat = picture(&[1000, 1000]).unwrap();
        assert!(flat.contains("points=\"64,22 736,22\"") && flat.contains(">99 %"), "{flat}");
        assert!(picture(&[0, 1000]).unwrap().contains("points=\"64,160 736,22\""));
    }
}
