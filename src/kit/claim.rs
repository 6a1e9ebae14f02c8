//! Who works on a draft: said by the label of its evidence, which the forge takes once only.

use std::hash::{BuildHasher, Hasher};

use chrono::{DateTime, TimeDelta, Utc};

/// How every claim begins; people read it on the draft's page in place of the file's name.
const BEGIN: &str = "release-action works here:";

/// Stands where a claim took no other's place.
const NOBODY: &str = "-";

/// The longest time without a sign of life that is believed, in seconds.
const LONGEST_TERM: u64 = 24 * 60 * 60;

/// A run's claim on a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What it makes: the plan's digest, shortened.
    pub plan: String,
    /// The dist folder that it works in, which takes one run at a time.
    pub dist: String,
    /// The run itself.
    pub by: String,
    /// The forge's number of the run and its attempt, where the forge runs it.
    pub run: Option<(u64, u64)>,
    /// After how many seconds without a sign of life the run is over.
    pub term: u64,
    /// Grows with each claim on the draft, so that of two claims it can be told which is the later one.
    pub turn: u64,
    /// The run whose claim this one stands in place of. Who writes it has seen that claim.
    pub over: Option<String>,
}

/// What another's claim means for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nobody works there.
    Free,
    /// We do.
    Ours,
    /// Somebody did, or makes the very same: it may be taken over.
    Over,
    /// Somebody may be at it, with something else.
    Taken,
}

impl Claim {
    /// The label. `beat` makes it another one each time, which is the sign of life.
    #[must_use]
    pub fn label(&self, beat: u64) -> String {
        let Self { plan, dist, by, term, turn, .. } = self;
        let run = self.run.map_or_else(|| "local".to_owned(), |(id, attempt)| format!("{id}.{attempt}"));
        let over = self.over.as_deref().unwrap_or(NOBODY);
        format!(
            "{BEGIN} plan={plan} dist={dist} by={by} run={run} turn={turn} over={over} term={term} beat={beat}"
        )
    }

    /// The claim in a label; `None` if it holds none.
    #[must_use]
    pub fn read(label: &str) -> Option<Self> {
        let words = label.strip_prefix(BEGIN)?;
        let value = |name: &str| words.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let id = |name: &str| value(name).filter(|text| is_id(text)).map(str::to_owned);
        let run = value("run").and_then(|run| run.split_once('.'));
        Some(Self {
            plan: id("plan")?,
            dist: id("dist")?,
            by: id("by")?,
            run: run.and_then(|(id, attempt)| Some((id.parse().ok()?, attempt.parse().ok()?))),
            term: value("term")?.parse().ok().filter(|term| *term <= LONGEST_TERM)?,
            turn: value("turn")?.parse().ok()?,
            over: id("over"),
        })
    }

    /// What this claim means for a run with the claim `ours`, before any clock is asked.
    #[must_use]
    pub fn standing(&self, ours: &Self) -> Standing {
        let newer = match (self.run, ours.run) {
            (Some((id, attempt)), Some((own, own_attempt))) => id == own && attempt < own_attempt,
            _ => false,
        };
        if self.by == ours.by {
            Standing::Ours
        } else if self.plan == ours.plan || self.dist == ours.dist || newer {
            Standing::Over
        } else {
            Standing::Taken
        }
    }

    /// This run's next claim, after what was seen: later than that and than its own last one.
    #[must_use]
    pub fn after(self, seen: Option<&Self>) -> Self {
        let turn = self.turn.max(seen.map_or(0, |seen| seen.turn)).saturating_add(1);
        let over = seen.filter(|seen| seen.by != self.by).map(|seen| seen.by.clone()).or(self.over);
        Self { turn, over, ..self }
    }

    /// The run in words.
    #[must_use]
    pub fn who(&self) -> String {
        match self.run {
            Some((id, attempt)) => format!("workflow run {id}, attempt {attempt} (plan {})", self.plan),
            None => format!("a run outside of workflows (plan {})", self.plan),
        }
    }
}

/// Whether a claim that was renewed at `touched` is over by now; both are the forge's times.
#[must_use]
pub fn is_over(term: u64, touched: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let term = i64::try_from(term.min(LONGEST_TERM)).map_or(TimeDelta::MAX, TimeDelta::seconds);
    now.signed_duration_since(touched) > term
}

/// An id of 16 hex digits that no other run has.
#[must_use]
pub fn new_id() -> String {
    // The standard library seeds each hasher anew from the system.
    format!("{:016x}", std::hash::RandomState::new().build_hasher().finish())
}

/// Whether a text is such an id.
#[must_use]
pub fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(plan: u64, dist: u64, by: u64, run: Option<(u64, u64)>) -> Claim {
        let id = |number: u64| format!("{number:016x}");
        Claim { plan: id(plan), dist: id(dist), by: id(by), run, term: 300, turn: 1, over: None }
    }

    #[test]
    fn a_label_is_read_back_and_nothing_else_is() {
        for run in [None, Some((7, 2))] {
            let one = claim(1, 2, 3, run);
            let next = one.clone().after(Some(&claim(1, 4, 5, None)));
            assert_eq!((next.turn, next.over.as_deref()), (2, Some("0000000000000005")));
            for claim in [one, next] {
                assert_eq!(Claim::read(&claim.label(9)), Some(claim.clone()));
                assert!(Claim { turn: u64::MAX, ..claim }.label(u64::MAX).len() < 255);
            }
        }
        let good = claim(1, 2, 3, None).label(0);
        for bad in [
            "",
            "release-evidence.json",
            &good.replace("by=", "of="),
            &good.replace("300", "999999"),
            &good.replace("turn=1", "turn=x"),
        ] {
            assert_eq!(Claim::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn only_another_plan_of_another_run_is_in_the_way() {
        let ours = claim(1, 2, 3, Some((7, 2)));
        for (theirs, standing) in [
            (claim(9, 9, 3, None), Standing::Ours),
            (claim(1, 9, 9, None), Standing::Over),
            (claim(9, 2, 9, None), Standing::Over),
            (claim(9, 9, 9, Some((7, 1))), Standing::Over),
            (claim(9, 9, 9, Some((7, 2))), Standing::Taken),
            (claim(9, 9, 9, Some((8, 1))), Standing::Taken),
            (claim(9, 9, 9, None), Standing::Taken),
        ] {
            assert_eq!(theirs.standing(&ours), standing, "{theirs:?}");
        }
    }

    #[test]
    fn a_claim_is_over_after_its_term() {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        assert!(!is_over(300, at(1_000), at(1_300)));
        assert!(is_over(300, at(1_000), at(1_301)));
        assert!(!is_over(300, at(1_000), at(900)));
    }

    #[test]
    fn ids_differ() {
        assert!(is_id(&new_id()) && new_id() != new_id());
    }
}
