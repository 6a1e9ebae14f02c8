//! Cobertura's `line-rate`: a fraction, rounded, of whatever its tool counts.

use std::fmt;

use super::measure::Measure;
use crate::formats::BadReport;
use crate::formats::xml::Element;

/// How far a rate may be below what lines come to; tools write two digits at least.
const ROUNDED: f64 = 0.01;

/// What part of the lines ran, as the report says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate(f64);

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Rate {
    /// A number from 0 to 1; of nothing some tools write other words.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rate: f64 = text.trim().parse().ok()?; // It says nothing then.
        (0.0..=1.0).contains(&rate).then_some(Self(rate))
    }

    /// The rate of an element, if it has one.
    pub(super) fn of(element: &Element) -> Result<Option<Self>, BadReport> {
        Ok(element.attribute("line-rate")?.as_deref().and_then(Self::parse))
    }

    /// True where it can only be of lines that are there: of nothing tools write 0 or 1.
    pub(super) fn is_part(self) -> bool {
        self.0 > 0.0 && self.0 < 1.0
    }
}

/// Refuses lines that come to more than the report itself says. Tools count in many ways, and one that says more has
/// left out what ran; 0 is written by those that do not count.
pub(super) fn agrees(rate: Rate, readings: &[Measure]) -> Result<(), BadReport> {
    #[expect(clippy::cast_precision_loss, reason = "a rate is rounded to far fewer digits")]
    let of = |reading: &Measure| reading.covered as f64 / reading.total as f64;
    let least = readings.iter().filter(|reading| reading.total > 0).map(of).fold(1.0, f64::min);
    if rate.0 > 0.0 && rate.0 + ROUNDED < least {
        let why = format!(
            "its `line-rate` says that {rate} of its lines ran, those that it tells of come to {least:.4}: it contradicts itself"
        );
        return Err(BadReport::at(0, why));
    }
    Ok(())
}
