//! The badge: the figure that was judged, as a picture for a README.

use crate::formats::coverage::Measure;
use crate::kit::threshold::{Percent, shown};

const LABEL: &str = "coverage";

/// The colours of what is good, nearly good, and not good; white text is readable on each.
const COLOURS: [&str; 3] = ["#1a7f4b", "#8f5f00", "#c0262d"];

/// The badge for a figure and what is asked of it.
pub fn badge(measure: Measure, minimum: Percent) -> String {
    let value = shown(measure.covered, measure.total);
    let reached = minimum.reached_by(measure.covered, measure.total);
    // Nearly is nine tenths of it, in whole numbers.
    let nearly = minimum.reached_by(measure.covered.saturating_mul(10), measure.total.saturating_mul(9));
    let colour = COLOURS[if reached { 0 } else { 1 + usize::from(!nearly) }];
    let (left, right) = (width(LABEL), width(&value));
    let all = left + right;
    let text = |x: usize, words: &str, width: usize| {
        let (middle, length) = (x + width / 2, width - 12);
        format!(
            "<text x=\"{middle}\" y=\"14\" textLength=\"{length}\" lengthAdjust=\"spacingAndGlyphs\">{words}</text>"
        )
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" role=\"img\" aria-label=\"{LABEL}: {value}\">\
         <title>{LABEL}: {value}</title>\
         <clipPath id=\"r\"><rect width=\"{all}\" height=\"20\" rx=\"3\"/></clipPath>\
         <g clip-path=\"url(#r)\"><rect width=\"{left}\" height=\"20\" fill=\"#4a5568\"/>\
         <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{colour}\"/></g>\
         <g fill=\"#fff\" text-anchor=\"middle\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\">{}{}</g></svg>\n",
        text(0, LABEL, left),
        text(left, &value, right)
    )
}

/// Room for these words and six pixels on each side.
fn width(words: &str) -> usize {
    words.chars().map(|char| if char == ' ' || char == '.' { 4 } else { 7 }).sum::<usize>() + 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_the_figure_rounded_down_in_the_colour_of_the_answer() {
        let badge = |covered, total| badge(Measure { covered, total }, Percent::whole(90));
        for (covered, total, words, colour) in [
            (9, 10, "90.00 %", COLOURS[0]),
            (8_999_999, 10_000_000, "89.99 %", COLOURS[1]),
            (81, 100, "81.00 %", COLOURS[1]),
            (809, 1000, "80.90 %", COLOURS[2]),
            (7, 7, "100 %", COLOURS[0]),
        ] {
            let svg = badge(covered, total);
            assert!(svg.contains(&format!("aria-label=\"coverage: {words}\"")), "{svg}");
            assert!(svg.contains(colour), "{svg}");
        }
    }
}
