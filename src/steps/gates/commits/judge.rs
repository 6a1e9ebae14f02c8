//! The verdict on the messages, commit by commit.

use super::remedy::remedy;
use super::settings::CommitsSettings;
use crate::kit::conventional::Conventional;
use crate::model::facts::Tag;
use crate::model::{Noted, Problem, Proof, Row, Status, Verdict};
use crate::steps::gates::noted::own;
use crate::steps::room::{Check, Site};

/// How many commits are shown one by one.
const SHOWN: usize = 30;

/// Judges the messages.
pub struct Judge {
    /// What is asked for.
    pub settings: CommitsSettings,
    /// The release before; without one all of history counts.
    pub previous: Option<Tag>,
}

/// A commit: its short name, and the message.
type Commit<'a> = (&'a str, &'a str);

#[async_trait::async_trait]
impl Check for Judge {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let facts = &site.facts;
        if facts.commit.shallow {
            return Err(Problem::new(
                "the commits since the last release are not all here: the checkout is shallow",
            )
            .fix(
                "fetch the whole history (`fetch-depth: 0` of actions/checkout, or `git fetch --unshallow`)",
            ));
        }
        let range = match &self.previous {
            Some(tag) => format!("{}..{}", tag.commit, facts.commit.id),
            None => facts.commit.id.clone(),
        };
        // Merges are made by the forge; what they join is looked at by itself.
        let mut args = vec!["log", "-z", "--no-merges", "--format=%h%n%B", &range, "--"];
        if !facts.dir.as_str().is_empty() {
            args.push(facts.dir.as_str());
        }
        let log = site.ports.git.text(&args).await?;
        let commits: Vec<Commit> = log.split('\0').filter_map(|entry| entry.split_once('\n')).collect();
        Ok(judge(&commits, &self.settings, self.previous.as_ref()))
    }
}

fn judge(commits: &[Commit], settings: &CommitsSettings, previous: Option<&Tag>) -> Verdict {
    let since =
        previous.map_or_else(|| "since the beginning".to_owned(), |tag| format!("since {}", tag.name));
    let wrong: Vec<(&Commit, String)> =
        commits.iter().filter_map(|commit| Some((commit, fault(commit.1, settings)?))).collect();
    let summary =
        format!("{} of {} commits {since} are conventional", commits.len() - wrong.len(), commits.len());
    let row = Row {
        metric: "messages that are no conventional commits".into(),
        comparator: "=".into(),
        threshold: "0".into(),
        actual: wrong.len().to_string(),
        ok: wrong.is_empty(),
    };
    let verdict = if commits.is_empty() {
        let what = format!("there is no commit {since}");
        Verdict::error(what.clone()).problem(
            Problem::new(what).fix("commit what is to be released, or set `gates.commits.enabled: false`"),
        )
    } else if wrong.is_empty() {
        Verdict { status: Status::Pass, ..Verdict::fail(summary) }
    } else {
        Verdict::fail(summary)
    };
    let verdict = verdict.row(row).proof(Proof::seen("git log"));
    let newest = commits.first().map(|(id, _)| *id).unwrap_or_default();
    let problems: Vec<Problem> = wrong
        .iter()
        .map(|((id, message), why)| {
            let first = message.lines().next().unwrap_or_default();
            let problem = Problem::new(format!("{id} `{first}`")).because(why);
            problem.fix(remedy(id, *id == newest, message, settings))
        })
        .collect();
    let verdict = verdict.noted(Noted::of("gates/commits", &own(), &problems, true));
    let verdict = problems.into_iter().take(SHOWN).fold(verdict, Verdict::problem);
    match wrong.len().saturating_sub(SHOWN) {
        0 => verdict,
        more => verdict.problem(Problem::new(format!("{more} more commits"))),
    }
}

/// Why a message is not as it should be.
#[must_use]
pub fn fault(message: &str, settings: &CommitsSettings) -> Option<String> {
    let first = message.lines().next().unwrap_or_default();
    // What `git revert` and `git commit --fixup` write by themselves; the latter must be gone by now.
    if first.starts_with("Revert \"") && settings.types.iter().any(|kind| kind == "revert") {
        return None;
    }
    if ["fixup! ", "squash! ", "amend! "].iter().any(|begin| first.starts_with(begin)) {
        return Some("it was meant to be joined with another by `git rebase --autosquash`".into());
    }
    let Some(commit) = Conventional::parse(message) else {
        return Some("its first line is not `type(scope): description`".into());
    };
    if !settings.types.iter().any(|kind| kind == commit.kind) {
        return Some(format!("there is no type `{}`: {} are known", commit.kind, settings.types.join(", ")));
    }
    if let Some(scope) = commit.scope
        && !settings.scopes.is_empty()
        && !settings.scopes.iter().any(|known| known == scope)
    {
        return Some(format!("there is no scope `{scope}`: {} are known", settings.scopes.join(", ")));
    }
    let length = first.chars().count();
    (settings.longest > 0 && length > settings.longest)
        .then(|| format!("its first line has {length} characters, {} are allowed", settings.longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_with_a_message() {
        let settings =
            CommitsSettings { scopes: vec!["api".into()], longest: 30, ..CommitsSettings::default() };
        for (message, words) in [
            ("feat(api)!: drop v1\n\nwhy\n", None),
            ("fix: x", None),
            ("Revert \"feat: x\"\n", None),
            ("fixup! feat: x", Some("autosquash")),
            ("wip", Some("first line")),
            ("feat:x", Some("first line")),
            ("Feat: x", Some("no type `Feat`")),
            ("feature: x", Some("no type `feature`")),
            ("feat(web): x", Some("no scope `web`")),
            ("feat: this line has very many characters", Some("30 are allowed")),
            ("", Some("first line")),
        ] {
            let fault = fault(message, &settings);
            assert_eq!(fault.is_some(), words.is_some(), "{message}: {fault:?}");
            assert!(words.is_none_or(|words| fault.unwrap().contains(words)), "{message}");
        }
    }
}
