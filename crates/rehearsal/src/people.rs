//! What people do at the forge beside its API for programs: have an account, merge a pull request, begin a run
//! of a workflow, and say yes or no to a job that waits for them.

use crate::error::ForgeError;
use crate::forge::Forge;
use crate::github::number_of;
use crate::state::{Issue, PullRequest, Repo, Review, WorkflowRun};
use chrono::{DateTime, Utc};

/// A run of a workflow, as somebody begins it.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The number.
    pub id: u64,
    /// The commit that it runs at.
    pub head_sha: String,
    /// Who began it.
    pub actor: String,
    /// Who began it again, or the same.
    pub triggering_actor: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// What somebody says to a job that waits.
#[derive(Debug, Clone)]
pub struct Said {
    /// The environment that the job is of.
    pub environment: String,
    /// `approved` or `rejected`.
    pub state: String,
    /// Who.
    pub user: String,
    /// The comment.
    pub comment: String,
}

impl Forge {
    /// Opens an account to which commits with a mail address belong, and gives its number.
    ///
    /// # Errors
    /// When the repository's name is impossible or its state can't be written.
    pub async fn account(&self, repo: (&str, &str), login: &str, email: &str) -> Result<u64, ForgeError> {
        self.change(repo, |repo| {
            repo.meta.accounts.insert(email.to_ascii_lowercase(), login.to_owned());
        })
        .await?;
        Ok(number_of(login))
    }

    /// Merges a pull request that somebody opened: the commit came by it. Gives its number.
    ///
    /// # Errors
    /// When the repository's name is impossible or its state can't be written.
    pub async fn merge_pull_request(
        &self,
        repo: (&str, &str),
        user: &str,
        merge_commit: &str,
    ) -> Result<u64, ForgeError> {
        let merged_at = Utc::now();
        let id = self.world().ids.next().map_err(|source| ForgeError::state(&self.world().dir, source))?;
        let cell = self.world().repo_or_new(repo.0, repo.1, ("PEOPLE", "")).await?;
        let mut repo = cell.write().await;
        let dir = repo.dir.clone();
        let unwritten = |source| ForgeError::state(&dir, source);
        // Pull requests are issues too, and are numbered with them.
        let number = repo.next_number();
        let issue = Issue {
            id,
            number,
            user: user.to_owned(),
            title: format!("Pull request {number}"),
            body: None,
            open: false,
            state_reason: None,
            labels: Vec::new(),
            assignees: Vec::new(),
            created_at: merged_at,
            updated_at: merged_at,
            closed_at: Some(merged_at),
        };
        repo.put_issue(issue).map_err(unwritten)?;
        let (user, merge_commit) = (user.to_owned(), merge_commit.to_owned());
        let mut meta = repo.meta.clone();
        meta.pulls.insert(number, PullRequest { number, user, merge_commit, merged_at });
        repo.put_meta(meta).map_err(unwritten)?;
        Ok(number)
    }

    /// Begins a run; one of the same number is begun anew, without what was said to it.
    ///
    /// # Errors
    /// When the repository's name is impossible or its state can't be written.
    pub async fn begin_run(&self, repo: (&str, &str), run: Begun) -> Result<(), ForgeError> {
        let Begun { id, head_sha, actor, triggering_actor, created_at } = run;
        let run = WorkflowRun { id, head_sha, actor, triggering_actor, created_at, reviews: Vec::new() };
        self.change(repo, |repo| drop(repo.meta.runs.insert(id, run))).await
    }

    /// Says yes or no to a job of a run; to a run that there is not, nothing is said.
    ///
    /// # Errors
    /// When the repository's name is impossible or its state can't be written.
    pub async fn review(&self, repo: (&str, &str), run: u64, said: Said) -> Result<(), ForgeError> {
        let Said { environment, state, user, comment } = said;
        let review = Review { environment, state, user, comment };
        self.change(repo, |repo| {
            if let Some(run) = repo.meta.runs.get_mut(&run) {
                run.reviews.push(review);
            }
        })
        .await
    }

    async fn change(
        &self,
        (owner, name): (&str, &str),
        change: impl FnOnce(&mut Repo) + Send,
    ) -> Result<(), ForgeError> {
        let cell = self.world().repo_or_new(owner, name, ("PEOPLE", "")).await?;
        let mut repo = cell.write().await;
        change(&mut repo);
        let (meta, file) = (repo.meta.clone(), repo.dir.join("repo.json"));
        repo.put_meta(meta).map_err(|source| ForgeError::State { path: file, source })
    }
}
