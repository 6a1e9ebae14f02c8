//! The table of the decision, and runs that meet in every order that chance brings.

use super::*;

fn id(number: u64) -> String {
    format!("{number:016x}")
}

/// A claim of a run outside of workflows, in a dist folder of its own.
fn claim(plan: u64, by: u64, turn: u64, over: Option<u64>) -> Claim {
    Claim { plan: id(plan), dist: id(by), by: id(by), run: None, term: 300, turn, over: over.map(id) }
}

#[test]
fn the_table() {
    let us = claim(1, 5, 3, Some(4));
    let attempt = |claim: Claim, number| Claim { run: Some((7, number)), ..claim };
    let at = |claim: Claim| Seen::Claim(claim);
    for (seen, expected, why) in [
        (at(us.clone()), Next::Keep, "it is ours"),
        (at(claim(1, 5, 2, None)), Next::Keep, "an earlier one of ours, shown or carried out late"),
        (at(claim(1, 4, 2, None)), Next::Claim, "what we took over, shown or carried out late"),
        (at(claim(1, 4, 3, None)), Next::Claim, "at the same time, and it does not know of us"),
        (at(claim(1, 9, 3, None)), Next::Claim, "the same, of a greater name"),
        (at(claim(1, 9, 7, Some(4))), Next::Claim, "later, but not from us: it may be dead for long"),
        (at(claim(1, 9, 4, Some(5))), Next::Yield, "it took the draft from us"),
        (at(claim(1, 4, 4, Some(5))), Next::Yield, "the same, of a smaller name"),
        (at(claim(1, 9, 3, Some(5))), Next::Yield, "each took it from the other: the greater name"),
        (at(claim(1, 4, 3, Some(5))), Next::Claim, "each took it from the other: the smaller name"),
        (at(claim(1, 9, 2, Some(5))), Next::Claim, "from an earlier claim of ours"),
        (at(claim(2, 9, 1, None)), Next::Yield, "something else is made there"),
        (at(claim(2, 9, 9, Some(5))), Next::Yield, "something else, taken from us"),
        (at(Claim { dist: id(5), ..claim(2, 9, 9, None) }), Next::Claim, "our folder's run before, dead"),
        (Seen::Publishing { same: true }, Next::Keep, "the same is being published"),
        (Seen::Publishing { same: false }, Next::Yield, "something else is being published"),
        (Seen::Nothing, Next::Claim, "a run that ended has freed it late"),
    ] {
        assert_eq!(next(&us, &seen), expected, "{why}");
    }
    let (first, second) = (attempt(claim(1, 5, 3, None), 1), attempt(claim(2, 6, 2, None), 2));
    assert_eq!(next(&second, &at(first.clone())), Next::Claim, "an earlier attempt, late");
    assert_eq!(next(&first, &at(second)), Next::Yield, "a later attempt");
}

/// Numbers by chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Published,
    Yielded,
    Killed,
}

#[derive(Debug)]
struct Run {
    us: Claim,
    held: bool,
    left: usize,
    end: Option<End>,
}

/// The evidence on the draft: its number and its claim.
type Label = (u64, Option<Claim>);

/// A draft of which only the evidence is looked at.
struct Draft {
    now: Label,
    /// What it was before: a list may still show it.
    before: Label,
    /// Requests that are under way.
    late: Vec<Label>,
    /// The plan that the evidence is of.
    plan: Option<String>,
    /// The plan that was made public.
    public: Option<String>,
}

impl Draft {
    fn land(&mut self, wanted: Label) {
        // A label is set by the asset's number: one that was replaced is gone.
        if wanted.0 == self.now.0 && self.public.is_none() {
            self.before = std::mem::replace(&mut self.now, wanted);
        }
    }

    fn step(&mut self, run: &mut Run, chance: &mut Chance) {
        if let Some(plan) = &self.public {
            run.end = Some(if *plan == run.us.plan { End::Published } else { End::Yielded });
            return;
        }
        // Lists lag for runs of one plan only: between plans the evidence itself decides, by its name.
        let stale = chance.one_in(4) && self.before.0 == self.now.0;
        let (asset, label) = if stale { self.before.clone() } else { self.now.clone() };
        let next = match (&label, run.held) {
            (None, true) => next(&run.us, &Seen::Nothing),
            (Some(claim), true) => next(&run.us, &Seen::Claim(claim.clone())),
            (Some(claim), false) if claim.standing(&run.us) == Standing::Taken => Next::Yield,
            (_, false) => Next::Claim,
        };
        match next {
            Next::Yield => run.end = Some(End::Yielded),
            // What is listed is what another run has put there.
            Next::Claim if run.held && self.plan.as_ref() != Some(&run.us.plan) => {
                run.end = Some(End::Yielded)
            }
            Next::Keep => {
                assert_eq!(self.plan.as_ref(), Some(&run.us.plan), "nothing goes beside other evidence");
                run.left -= 1;
                if run.left == 0 {
                    self.public = Some(run.us.plan.clone());
                    run.end = Some(End::Published);
                }
            }
            Next::Claim => {
                run.us = run.us.clone().after(label.as_ref());
                if self.plan.as_ref() != Some(&run.us.plan) {
                    self.plan = Some(run.us.plan.clone());
                    // Other evidence goes, ours comes, and the forge takes its name once.
                    let ours = (asset + 1, Some(run.us.clone()));
                    (self.now, self.before, run.held) = (ours.clone(), ours, true);
                } else if chance.one_in(3) {
                    // No answer comes: it is carried out some time, or never.
                    self.late.push((asset, Some(run.us.clone())));
                } else {
                    self.land((asset, Some(run.us.clone())));
                    run.held = true;
                }
            }
        }
    }
}

/// Runs of these plans; each acts in turns that chance gives. Gives how they ended.
fn play(seed: u64, plans: &[u64], kill: usize) -> (Vec<Run>, Draft) {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut draft = Draft { now: (1, None), before: (1, None), late: Vec::new(), plan: None, public: None };
    let run = |(name, plan): (usize, &u64)| {
        let us = claim(*plan, 10 + name as u64, 0, None);
        Run { us, held: false, left: 6, end: None }
    };
    let mut runs: Vec<Run> = plans.iter().enumerate().map(run).collect();
    for _ in 0..10_000 {
        if runs.iter().all(|run| run.end.is_some()) {
            return (runs, draft);
        }
        if !draft.late.is_empty() && chance.one_in(3) {
            let which = chance.below(draft.late.len());
            let late = draft.late.swap_remove(which);
            // A beat is such a request too: it says again what was said before.
            if chance.one_in(3) {
                draft.late.push(late.clone());
            }
            draft.land(late);
        }
        if chance.one_in(40) {
            // A run that ends frees the draft, and its request comes late.
            draft.land((draft.now.0, None));
        }
        let which = chance.below(runs.len());
        let run = &mut runs[which];
        if run.end.is_none() {
            let dies = which < kill && run.held && chance.one_in(4);
            if dies {
                run.end = Some(End::Killed);
            } else {
                draft.step(run, &mut chance);
            }
        }
    }
    panic!("seed {seed}: they do not come to an end: {runs:#?}");
}

fn count(runs: &[Run], end: End) -> usize {
    runs.iter().filter(|run| run.end == Some(end)).count()
}

#[test]
fn of_runs_that_make_the_same_one_at_least_survives() {
    let mut yielded = 0;
    for seed in 1..=20_000 {
        let plans: &[u64] = if seed % 2 == 0 { &[1, 1] } else { &[1, 1, 1] };
        let (runs, _) = play(seed, plans, 0);
        assert!(count(&runs, End::Published) > 0, "seed {seed}: {runs:#?}");
        yielded += count(&runs, End::Yielded);
    }
    assert!(yielded > 5_000, "and most others give way: {yielded}");
}

#[test]
fn a_run_that_is_alone_never_gives_way_to_the_dead() {
    for seed in 1..=20_000 {
        let mut chance = Chance(seed | 1 << 40);
        let (dead, mut draft) = play(seed, &[1, 1], 2);
        draft.public = None;
        // Whatever the dead ever said may come again.
        for run in &dead {
            let said = (1..=run.us.turn + 3).map(|turn| Claim { turn, ..run.us.clone() });
            draft.late.extend(said.map(|claim| (draft.now.0, Some(claim))));
        }
        let mut run =
            Run { us: claim(1, chance.below(30) as u64 + 100, 0, None), held: false, left: 6, end: None };
        while run.end.is_none() {
            if !draft.late.is_empty() && chance.one_in(2) {
                let which = chance.below(draft.late.len());
                let late = draft.late.swap_remove(which);
                draft.land(late);
            }
            draft.step(&mut run, &mut chance);
        }
        assert_eq!(run.end, Some(End::Published), "seed {seed}: {run:#?}");
    }
}

#[test]
fn never_do_two_runs_with_other_bytes_survive() {
    for seed in 1..=20_000 {
        let (runs, draft) = play(seed, &[1, 2, 1], usize::from(seed % 3 == 0));
        let public = draft.public.as_ref();
        let published = runs.iter().filter(|run| run.end == Some(End::Published));
        let strangers = published.filter(|run| Some(&run.us.plan) != public).count();
        assert_eq!(strangers, 0, "seed {seed}: {runs:#?}");
        assert!(count(&runs, End::Published) > 0 || count(&runs, End::Killed) > 0, "seed {seed}: {runs:#?}");
    }
}
