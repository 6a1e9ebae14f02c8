//! The verdict as the one comment of ours in the pull request. Ours is what has our mark and is by us: the
//! mark alone anybody can copy, and whoever may write can change the words of others.

use std::sync::{Mutex, PoisonError};

use super::super::context::run_page;
use super::denied::{explained, repository};
use super::outcome::Outcome;
use super::page::page;
use super::settings::PublishSettings;
use super::subject::Subject;
use crate::kit::markdown::{code, escape, link};
use crate::model::facts::Slug;
use crate::model::{Problem, State, Undone};
use crate::ports::forge::ForgeError;
use crate::ports::review::Comment;
use crate::steps::room::{Site, Target};

/// The longest comment, in bytes; GitHub takes 65,536 characters.
const LONGEST: usize = 65_000;

/// Who a job's own token is.
const JOB: &str = "github-actions[bot]";

/// The right that it needs.
const PULLS: &str = "pull-requests: write";

/// The target.
pub struct CommentPlace {
    pull: u64,
    commit: String,
    context: String,
    read_only: Option<String>,
    /// Who we are: as the settings say, or as the forge has told.
    author: Mutex<Option<String>>,
    /// The settings did not say it, and the forge would not.
    guessed: std::sync::atomic::AtomicBool,
}

impl CommentPlace {
    /// The comment in this pull request.
    #[must_use]
    pub fn new(pull: u64, subject: &Subject, context: &str, settings: &PublishSettings) -> Self {
        let named = Some(settings.author.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
        Self {
            pull,
            commit: subject.commit.clone(),
            context: context.to_owned(),
            read_only: subject.read_only.clone(),
            author: Mutex::new(named),
            guessed: std::sync::atomic::AtomicBool::new(false),
        }
    }

    /// What it is known by; nobody sees it.
    fn mark(&self) -> String {
        let plain: String = self.context.chars().filter(|c| !matches!(c, '<' | '>' | '-')).collect();
        format!("<!-- release-action comment: {plain} -->")
    }

    fn body(&self, site: &Site) -> String {
        let outcome = Outcome::of(site);
        let symbol = match (outcome.is_good(), outcome.is_overridden()) {
            (true, false) => "✅",
            (true, true) => "⚠️",
            (false, _) => "❌",
        };
        let mut head = format!(
            "{}\n### {symbol} {}: {}\n\n",
            self.mark(),
            escape(&self.context),
            escape(&outcome.title())
        );
        let commit = self.commit.get(..12).unwrap_or(&self.commit);
        let run =
            run_page(&site.facts).map(|page| format!(" · {}", link("the run", &page))).unwrap_or_default();
        head.push_str(&format!("commit {}{run}\n\n", code(commit)));
        let room = LONGEST.saturating_sub(head.len());
        head + &page(&outcome, room)
    }

    fn known(&self) -> Option<String> {
        self.author.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn(&self, login: &str) {
        *self.author.lock().unwrap_or_else(PoisonError::into_inner) = Some(login.to_owned());
    }

    /// Who we are.
    async fn author(&self, site: &Site) -> Result<String, ForgeError> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let login = site.ports.forge.login().await?;
        self.guessed.store(login.is_none(), std::sync::atomic::Ordering::Relaxed);
        let login = login.unwrap_or_else(|| JOB.to_owned());
        self.learn(&login);
        Ok(login)
    }

    /// Our comments, oldest first.
    async fn ours(&self, site: &Site, slug: &Slug) -> Result<Vec<Comment>, ForgeError> {
        let author = self.author(site).await?;
        let mark = self.mark();
        let mut found = site.ports.forge.comments(slug, self.pull).await?;
        found.retain(|comment| {
            comment.author.eq_ignore_ascii_case(&author) && comment.body.trim_start().starts_with(&mark)
        });
        Ok(found)
    }

    async fn tell(&self, site: &Site, slug: &Slug) -> Result<(), ForgeError> {
        let forge = &site.ports.forge;
        let body = self.body(site);
        let mut ours = self.ours(site, slug).await?;
        if ours.is_empty() {
            let made = forge.add_comment(slug, self.pull, &body).await?;
            if self.known().is_some_and(|known| known.eq_ignore_ascii_case(&made.author)) {
                return Ok(());
            }
            // An app of the user's own: now that its name is known, an earlier comment of it can be found.
            self.learn(&made.author);
            if self.guessed.load(std::sync::atomic::Ordering::Relaxed) {
                site.notice(
                    Problem::new(format!(
                        "the comment is by {}, which could not be known before",
                        made.author
                    ))
                    .fix(format!("set `gates.publish.author: \"{}\"`", made.author)),
                );
            }
            ours = self.ours(site, slug).await?;
        }
        let mut ours = ours.into_iter();
        if let Some(kept) = ours.next().filter(|kept| !is_same(kept, &body)) {
            forge.change_comment(slug, kept.id, &body).await?;
        }
        for twice in ours {
            match forge.delete_comment(slug, twice.id).await {
                Ok(()) | Err(ForgeError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn explained(&self, error: ForgeError) -> Problem {
        let problem = explained(error, PULLS);
        match &self.read_only {
            Some(why) => {
                problem.because(why.clone()).fix("nothing is wrong with the commit: read the run's summary")
            }
            None => problem,
        }
    }
}

/// The forge stores texts with its own line ends.
fn is_same(comment: &Comment, body: &str) -> bool {
    comment.body.replace("\r\n", "\n").trim() == body.trim()
}

#[async_trait::async_trait]
impl Target for CommentPlace {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let slug = repository(site)?;
        let ours = self.ours(site, slug).await.map_err(|error| self.explained(error))?;
        Ok(match ours.as_slice() {
            [] => State::Absent,
            [one] if is_same(one, &self.body(site)) => State::Same { proof: one.url.clone() },
            [_] => State::Differs { how: "it tells of another run".into() },
            several => State::Differs { how: format!("there are {} of ours, one is kept", several.len()) },
        })
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let slug = repository(site)?;
        self.tell(site, slug).await.map_err(|error| self.explained(error))
    }

    async fn undo(&self, _: &Site, _: bool) -> Result<Undone, Problem> {
        Ok(Undone::Impossible {
            why: "what the gates came to stays true of the commit".into(),
            instead: "delete the comment by hand".into(),
        })
    }
}
