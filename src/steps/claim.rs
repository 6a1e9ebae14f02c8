//! Whether another run is at work on a draft. Who holds the evidence holds the draft.

use camino::Utf8PathBuf;

use crate::kit::claim::{self, Claim, Standing};
use crate::model::Problem;
use crate::model::evidence::EVIDENCE_NAME;
use crate::ports::forge::Asset;

use super::evidence::plan_digest;
use super::room::Site;

/// The label of evidence on a draft that is being published: what people shall read there for ever.
pub const FINAL: &str = EVIDENCE_NAME;

/// How long publishing may take before it counts as given up, in seconds.
pub const FINAL_TERM: u64 = 300;

/// How much of a digest names a plan in a claim.
const SHORT: usize = 16;

/// The longest name file that is read, in bytes.
const LONGEST: u64 = 1024;

/// The claim that this run makes under the name `by`.
///
/// # Errors
///
/// If the dist folder's name cannot be read.
pub fn ours(site: &Site, by: &str, term: u64) -> Result<Claim, Problem> {
    let number = |name: &str| site.facts.env.get(name)?.parse::<u64>().ok();
    Ok(Claim {
        plan: plan_digest(&site.plan).hex().chars().take(SHORT).collect(),
        dist: dist_name(site)?,
        by: by.to_owned(),
        run: number("GITHUB_RUN_ID").zip(number("GITHUB_RUN_ATTEMPT")),
        term: term.max(1),
        turn: 0,
        over: None,
    })
}

/// The file in the dist folder that keeps its name.
const NAME: &str = ".claim";

/// A name of the dist folder, kept in it: its lock takes one run at a time, so an earlier claim under
/// this name is of a run that is over. Where it has none yet, it is one that nobody bears: whoever only looks
/// leaves nothing behind.
fn dist_name(site: &Site) -> Result<String, Problem> {
    let path: Utf8PathBuf = site.dist.join(NAME);
    if site.ports.files.meta(&path)?.is_some() {
        let text = String::from_utf8_lossy(&site.ports.files.read(&path, LONGEST)?).trim().to_owned();
        if claim::is_id(&text) {
            return Ok(text);
        }
    }
    Ok(claim::new_id())
}

/// Keeps the dist folder's name as this claim has it, before anybody else sees the claim.
///
/// # Errors
///
/// If the dist folder cannot keep it.
pub fn keep_name(site: &Site, us: &Claim) -> Result<(), Problem> {
    if dist_name(site)? != us.dist {
        site.ports.files.write(&site.dist.join(NAME), us.dist.as_bytes())?;
    }
    Ok(())
}

/// How the evidence on a draft stands to us; `same` where it holds the very bytes of ours.
///
/// # Errors
///
/// If the forge does not tell the time.
pub async fn standing(site: &Site, there: &Asset, us: &Claim, same: bool) -> Result<Standing, Problem> {
    let term = match (Claim::read(&there.label), there.label == FINAL) {
        (_, true) if same => return Ok(Standing::Over),
        (_, true) => FINAL_TERM,
        (None, false) => return Ok(Standing::Free),
        (Some(theirs), false) => match theirs.standing(us) {
            Standing::Taken => theirs.term,
            standing => return Ok(standing),
        },
    };
    // By the forge's clock alone: two machines need not agree on the time.
    let (Some(touched), Some(now)) = (there.touched, site.ports.forge.now().await?) else {
        return Ok(Standing::Taken);
    };
    Ok(if claim::is_over(term, touched, now) { Standing::Over } else { Standing::Taken })
}

/// For how many more seconds a claim counts as that of a run which lives, unless it is of this dist folder;
/// `None` where nobody claims, or has not for its term.
///
/// # Errors
///
/// If the forge cannot be asked for the time.
pub async fn alive_for(site: &Site, there: &Asset, us: &Claim) -> Result<Option<u64>, Problem> {
    let term = match (Claim::read(&there.label), there.label == FINAL) {
        (Some(theirs), _) if theirs.dist == us.dist => return Ok(None),
        (Some(theirs), _) => theirs.term,
        (None, true) => FINAL_TERM,
        (None, false) => return Ok(None),
    };
    let (Some(touched), Some(now)) = (there.touched, site.ports.forge.now().await?) else {
        return Ok(Some(term));
    };
    if claim::is_over(term, touched, now) {
        return Ok(None);
    }
    let since = u64::try_from(now.signed_duration_since(touched).num_seconds()).unwrap_or(0);
    Ok(Some(term.saturating_sub(since).saturating_add(1)))
}

/// What a person is told who would take back what a run works on.
#[must_use]
pub fn alive(site: &Site, there: &Asset, left: u64) -> Problem {
    let theirs = Claim::read(&there.label);
    let who = theirs.as_ref().map_or_else(|| "a run that is publishing it".to_owned(), Claim::who);
    Problem::new(format!("another run holds the release of {}", site.facts.tag))
        .because(format!("{who} works on its draft, and nothing is taken from under it"))
        .because(format!("if it was killed, its draft is free in {left} s"))
        .fix("wait for that run to end, or stop it, and run this again")
        .held()
}

/// What a run is told that finds another one at work.
#[must_use]
pub fn taken(site: &Site, there: &Asset, us: &Claim) -> Problem {
    let theirs = Claim::read(&there.label);
    let who = theirs.as_ref().map_or_else(|| "a run that is publishing it".to_owned(), Claim::who);
    let holds = there.digest.map(|digest| format!(": its evidence is {digest}")).unwrap_or_default();
    let term = theirs.map_or(FINAL_TERM, |claim| claim.term);
    let run = |us: &Claim| us.run.map_or_else(String::new, |(id, attempt)| format!("run {id}.{attempt}, "));
    Problem::new(format!("another run holds the release of {}", site.facts.tag))
        .because(format!("{who} works on its draft{holds}"))
        .because(format!("this one ({}plan {}) makes something else of the same tag", run(us), us.plan))
        .fix(format!(
            "wait for that run to end, or stop it, and run again; if it was killed, its draft is free {term} s after \
             its last sign of life"
        ))
        .held()
}

/// What a run is told that had the draft and has lost it.
#[must_use]
pub fn lost(site: &Site, there: &Asset) -> Problem {
    let who = Claim::read(&there.label).map_or_else(|| "another run".to_owned(), |claim| claim.who());
    Problem::new(format!("another run has taken over the release of {}", site.facts.tag))
        .because(format!("{who} works on its draft now"))
        .fix("let that run end; then run again: what is done already is found and not done twice")
        .held()
}
