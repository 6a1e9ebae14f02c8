//! Which baseline counts: that of the nearest commit at or before the one that changes are counted from.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::super::outputs::Step;
use super::super::patch::{Base, base};
use super::note::Totals;
use super::notes::{Notes, notes, short};
use crate::formats::coverage::Unit;
use crate::model::{Facts, Problem};
use crate::ports::Git;

/// How many commits are looked at, the nearest first.
const FAR: usize = 2_000;

/// How many recorded figures are remembered for the picture of the trend.
const POINTS: usize = 30;

/// What the coverage is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Baseline {
    /// Nobody asks.
    NotAsked,
    /// None is recorded, in these words.
    None(String),
    /// The nearest first; there is at least one.
    Known(Vec<Point>),
    /// It cannot be told: no evidence.
    Unknown(Box<Problem>),
}

/// What was recorded of this project at a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// The commit.
    pub commit: String,
    /// What was covered.
    pub totals: Totals,
}

/// Looks for the baseline.
pub async fn baseline(git: &dyn Git, facts: &Facts) -> Baseline {
    let unknown = |problem: Problem| Baseline::Unknown(Box::new(problem));
    let shallow = |why: &str| {
        unknown(
            Problem::new("it is not known what was covered before")
                .because(why)
                .of_setting("gates.coverage.max_drop")
                .fix("fetch the whole history (`fetch-depth: 0` of actions/checkout, or `git fetch --unshallow`)"),
        )
    };
    let proposed = facts.env.get("GITHUB_BASE_REF").is_some_and(|name| !name.is_empty());
    // A commit of a branch is compared with what was recorded last. A release is with the one before it, so that
    // many small steps down are seen as the one that they are.
    let from = if facts.snapshot && !proposed { Base::Nothing } else { base(git, facts).await };
    let (from, words) = match from {
        Base::Commit(commit, words) => (vec![commit], words),
        Base::Unknown(why) => return shallow(&why),
        Base::Nothing | Base::NotAsked => match parents(git).await {
            Ok(parents) if parents.is_empty() && facts.commit.shallow => {
                return shallow("the checkout has one commit only");
            }
            Ok(parents) if parents.is_empty() => return Baseline::None("this is the first commit".into()),
            Ok(parents) => (parents, "this commit".into()),
            Err(problem) => return unknown(problem),
        },
    };
    match walk(git, facts, &from).await {
        Ok(None) => Baseline::None("no coverage is recorded yet".into()),
        Ok(Some((points, _))) if !points.is_empty() => Baseline::Known(points),
        Ok(Some((_, looked))) if looked < FAR && facts.commit.shallow => {
            shallow("the checkout is shallow, and the commits that are here have no recorded coverage")
        }
        Ok(Some((_, looked))) => {
            let mut why = format!("no coverage is recorded before {words}");
            if looked >= FAR {
                // Writing to a text does not fail.
                let _ = write!(why, ", {FAR} commits back");
            }
            Baseline::None(why)
        }
        Err(problem) => unknown(problem),
    }
}

async fn parents(git: &dyn Git) -> Result<Vec<String>, Problem> {
    let line = git.text(&["rev-list", "--parents", "--max-count=1", "HEAD"]).await?;
    Ok(line.split(' ').skip(1).map(str::to_owned).collect())
}

/// What is recorded at these commits and before them, and how many were looked at; none where nothing is recorded
/// of any commit.
async fn walk(git: &dyn Git, facts: &Facts, from: &[String]) -> Result<Option<(Vec<Point>, usize)>, Problem> {
    let unread = |error: crate::ports::git::GitError| {
        Problem::new("it is not known what was covered before")
            .caused_by(&error)
            .of_setting("gates.coverage.max_drop")
            .fix("let Git reach the remote `origin`, or take `gates.coverage.max_drop` out")
    };
    let notes: Notes = notes(git).await.map_err(unread)?;
    if notes.tip.is_none() {
        return Ok(None);
    }
    let most = format!("--max-count={FAR}");
    let mut args = vec!["rev-list", most.as_str()];
    args.extend(from.iter().map(String::as_str));
    args.push("--");
    let listed = git.text(&args).await.map_err(unread)?;
    let (mut points, mut looked) = (Vec::new(), 0);
    for commit in listed.lines() {
        looked += 1;
        let note = match notes.of(git, commit).await {
            // Nothing is judged by an older one: without it the picture of the trend has one point less.
            Err(_) if !points.is_empty() => None,
            note => note?,
        };
        let totals = note.and_then(|mut note| note.projects.remove(facts.dir.as_str()));
        points.extend(totals.map(|totals| Point { commit: commit.to_owned(), totals }));
        if points.len() >= POINTS {
            break;
        }
    }
    Ok(Some((points, looked)))
}

impl Baseline {
    /// The recorded figures of a unit, the oldest first.
    pub fn trend(&self, unit: Unit) -> Vec<Step> {
        let Self::Known(points) = self else { return Vec::new() };
        let step =
            |point: &Point| Some(Step { name: point.name().to_owned(), measure: *point.totals.get(&unit)? });
        points.iter().rev().filter_map(step).collect()
    }
}

impl Point {
    /// The commit's name for people.
    pub fn name(&self) -> &str {
        short(&self.commit)
    }
}
