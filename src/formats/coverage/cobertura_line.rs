//! A line as a class of Cobertura's tells of it, and those of its methods.

use super::measure::Measure;
use crate::formats::BadReport;
use crate::formats::xml::Element;

/// The most lines that a class may have in its methods before it has any of its own; no class of people has as many.
pub(super) const MOST_OF_METHODS: usize = 500_000;

/// A line.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) ran: bool,
    pub(super) branches: Option<Measure>,
    /// Where in the report it is told of.
    pub(super) at: u64,
}

impl Line {
    /// Reads one.
    ///
    /// # Errors
    ///
    /// If it has no number or no count.
    pub(super) fn of(element: &Element) -> Result<Self, BadReport> {
        let at = element.line();
        let (mut number, mut ran, mut branches) = (None, None, None);
        element.attributes(|name, value| {
            match name {
                "number" => number = value.trim().parse().ok(), // What is no number is missing.
                "hits" => ran = hits(value.trim()),
                "condition-coverage" => branches = conditions(&value),
                _ => {}
            }
            Ok(())
        })?;
        let number = number.ok_or_else(|| BadReport::at(at, "a line has no `number`"))?;
        let ran = ran.ok_or_else(|| BadReport::at(at, "a line has no number in `hits`"))?;
        Ok(Self { number, ran, branches, at })
    }
}

/// Whether a count, which may be written as a fraction, is above 0.
fn hits(text: &str) -> Option<bool> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        return Some(text.bytes().any(|digit| digit != b'0'));
    }
    let count: f64 = text.parse().ok()?; // Anything else is no count.
    count.is_finite().then_some(count > 0.0)
}

/// The integers in `50% (1/2)`.
fn conditions(text: &str) -> Option<Measure> {
    let (covered, total) = text.split_once('(')?.1.split_once(')')?.0.split_once('/')?;
    let measure = Measure { covered: covered.trim().parse().ok()?, total: total.trim().parse().ok()? };
    (measure.covered <= measure.total).then_some(measure)
}

/// The lines of a class's methods, until it is known whether the class has lines of its own.
#[derive(Default)]
pub(super) struct OfMethods(Vec<Line>);

impl OfMethods {
    /// Keeps one.
    ///
    /// # Errors
    ///
    /// If there are too many.
    pub(super) fn keep(&mut self, line: Line) -> Result<(), BadReport> {
        if self.0.len() >= MOST_OF_METHODS {
            let why = format!("the methods of a class have more than {MOST_OF_METHODS} lines");
            return Err(BadReport::at(line.at, why));
        }
        self.0.push(line);
        Ok(())
    }

    /// All of them; then there are none.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Line> {
        self.0.drain(..)
    }
}
