//! Lets a tool look at the project's Go code in every way in which a release compiles it, once where several of them
//! take the same code.

use std::collections::BTreeSet;

use crate::ecosystem::go::{Alike, EVERYTHING, Scope, alike, compiles, shipped};
use crate::model::facts::GoVariant;
use crate::model::{Facts, Problem, Row};
use crate::steps::room::Site;

/// A tool that looks at Go code.
#[async_trait::async_trait]
pub trait Look: Sync {
    /// What it says.
    type Said: Send;

    /// True for one that takes what does not compile for a finding: for other platforms than this machine's it is
    /// shown what is built there alone.
    const BUILT_ALONE: bool = false;

    /// Looks at these packages as this variant takes them; `at` counts what was looked at before.
    async fn look(
        &self,
        variant: &GoVariant,
        packages: &[String],
        at: usize,
        site: &Site,
    ) -> Result<Self::Said, Problem>;
}

/// What a tool said of one code.
#[derive(Debug)]
pub struct Heard<T> {
    /// What it said.
    pub said: T,
    /// The variants that take this code, by name; none where nothing is known of a release.
    pub names: BTreeSet<String>,
}

/// What it said of all.
#[derive(Debug)]
pub struct Everywhere<T> {
    /// One for each code.
    pub heard: Vec<Heard<T>>,
    /// Which variants it looked at, as a row of the verdict.
    pub row: Option<Row>,
}

/// Lets it look. What does not compile somewhere stops nothing where no command that is built there needs it.
///
/// # Errors
///
/// If something that is released could not be looked at.
pub async fn everywhere<L: Look>(
    tool: &str,
    scope: Scope,
    look: &L,
    site: &Site,
) -> Result<Everywhere<L::Said>, Problem> {
    let (process, facts) = (site.ports.process.as_ref(), site.facts.as_ref());
    let (mut heard, mut words, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for alike in with_host(alike(process, facts, scope, &site.stop).await?, scope, facts) {
        let names: BTreeSet<String> = match facts.variants.as_slice() {
            [] => BTreeSet::new(),
            _ => alike.all.iter().map(ToString::to_string).collect(),
        };
        let named = names.iter().cloned().collect::<Vec<_>>().join(", ");
        match one(look, &alike, heard.len(), site).await? {
            Outcome::Whole(said) => {
                words.push(named);
                heard.push(Heard { said, names });
            }
            Outcome::Built(said) => {
                words.push(format!("{named} (only what is built there)"));
                heard.push(Heard { said, names });
            }
            Outcome::Left(why) => left.push((names.len(), named, why)),
        }
    }
    if heard.is_empty()
        && let Some((_, named, why)) = left.pop()
    {
        let nothing = || Problem::new(format!("{tool} looked at nothing: nothing is built for {named}"));
        return Err(why.unwrap_or_else(nothing));
    }
    for (named, why) in left.iter().filter_map(|(_, named, why)| Some((named, why.as_ref()?))) {
        let what = format!("{tool} left out {named}, for which nothing is built: {}", why.what);
        site.notice(why.causes.iter().fold(Problem::new(what), |problem, cause| problem.because(cause)));
    }
    let row = (!facts.variants.is_empty()).then(|| row(tool, facts, words, left));
    Ok(Everywhere { heard, row })
}

/// Tests run on this machine: where nothing is released for it, they and what they need are looked at as it takes
/// them.
fn with_host(mut all: Vec<Alike>, scope: Scope, facts: &Facts) -> Vec<Alike> {
    let here = all.iter().flat_map(|alike| &alike.all).any(|variant| variant.is_for(&facts.host));
    if scope == Scope::Tested && !here {
        let usual = GoVariant::default();
        all.insert(0, Alike { variant: usual.clone(), all: vec![usual], blind: None });
    }
    all
}

/// How looking at one code ended.
enum Outcome<T> {
    /// At all of it.
    Whole(T),
    /// At what is built; the rest does not compile there.
    Built(T),
    /// Not at all, and nothing is built there; with what kept it from looking, if it tried.
    Left(Option<Problem>),
}

async fn one<L: Look>(look: &L, alike: &Alike, at: usize, site: &Site) -> Result<Outcome<L::Said>, Problem> {
    let facts = site.facts.as_ref();
    let everything = [EVERYTHING.to_owned()];
    let here = facts.variants.is_empty() || alike.all.iter().any(|variant| variant.is_for(&facts.host));
    let packages = alike.all.iter().flat_map(|variant| variant.packages.iter().cloned()).collect();
    let built = GoVariant { packages, ..alike.variant.clone() };
    let why = match &alike.blind {
        Some(blind) => Some(blind.clone()),
        None if L::BUILT_ALONE && !here => None,
        None => match look.look(&alike.variant, &everything, at, site).await {
            Ok(said) => return Ok(Outcome::Whole(said)),
            Err(why) => Some(why.because(format!("it is about {}", alike.variant))),
        },
    };
    match why {
        Some(why) if here || site.stop.is_cancelled() => return Err(why),
        why if built.packages.is_empty() => {
            let (process, tried) = (site.ports.process.as_ref(), alike.blind.is_none());
            return match why {
                // What compiles can be looked at: something else has failed.
                Some(why) if tried && compiles(process, facts, &alike.variant, &site.stop).await? => Err(why),
                why => Ok(Outcome::Left(why)),
            };
        }
        Some(why) if alike.blind.is_some() => return Err(why),
        _ => {}
    }
    let packages = shipped(site.ports.process.as_ref(), facts, &built, &site.stop).await?;
    let said = look.look(&alike.variant, &packages, at, site).await;
    said.map(Outcome::Built).map_err(|why| why.because(format!("it is about {}", alike.variant)))
}

fn row(tool: &str, facts: &Facts, words: Vec<String>, left: Vec<(usize, String, Option<Problem>)>) -> Row {
    let all: BTreeSet<String> = facts.variants.iter().map(ToString::to_string).collect();
    let (words, beside): (Vec<_>, Vec<_>) =
        words.into_iter().partition(|word| *word != GoVariant::default().to_string());
    let lost: usize = left.iter().map(|(count, ..)| count).sum();
    let mut actual = format!("{}: {}", all.len().saturating_sub(lost), words.join("; "));
    if !beside.is_empty() {
        actual = format!("{actual}; beside them: {}", beside.join(", "));
    }
    if !left.is_empty() {
        let left: Vec<String> = left.into_iter().map(|(_, named, _)| named).collect();
        actual = format!("{actual}; left out, since nothing is built for it: {}", left.join(", "));
    }
    Row {
        metric: format!("platforms that {tool} looked at"),
        comparator: "=".into(),
        threshold: all.len().to_string(),
        actual,
        ok: true,
    }
}

/// For which variants something holds, as the end of a sentence; empty where there is one alone.
#[must_use]
pub fn held(names: &BTreeSet<String>, facts: &Facts) -> String {
    let all: BTreeSet<String> = facts.variants.iter().map(ToString::to_string).collect();
    match names.len() {
        0 => String::new(),
        _ if all.len() < 2 => String::new(),
        count if *names == all => format!(" for all {count} platforms"),
        _ => format!(" for {}", names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
    }
}
