//! Whether the message of a commit that is being made is a conventional one.

use super::Found;
use crate::model::Problem;
use crate::ports::Ports;
use crate::ports::process::Command;
use crate::steps::gates::{CommitsSettings, fault};

/// The line from which on Git takes nothing into the message (`git commit --verbose`), behind its comment character.
const SCISSORS: &str = " ------------------------ >8 ------------------------";

/// A message as it stands in the file that Git gives to a hook.
#[derive(Debug, Clone)]
pub struct Message(pub Vec<u8>);

impl Message {
    /// What Git will make of it: without comments and what stands below the scissors.
    async fn settled(&self, ports: &Ports, root: &camino::Utf8Path) -> Result<String, Problem> {
        let text = String::from_utf8_lossy(&self.0).into_owned();
        let above: String =
            text.split_inclusive('\n').take_while(|line| !line.trim_end().ends_with(SCISSORS)).collect();
        let mut command = Command::new("git", root).args(["stripspace", "--strip-comments"]);
        command.input = above.into_bytes();
        let stop = tokio_util::sync::CancellationToken::new();
        let ended = ports.process.run(command, &stop, &|_, _| ()).await?;
        if !ended.ok() {
            return Err(Problem::new("Git cannot read the message").because(ended.errors()));
        }
        Ok(ended.text())
    }
}

/// Judges it.
///
/// # Errors
///
/// If Git cannot be asked.
pub async fn judge(
    message: &Message,
    settings: Option<&CommitsSettings>,
    ports: &Ports,
    root: &camino::Utf8Path,
) -> Result<Found, Problem> {
    let Some(settings) = settings else {
        return Ok(Found::Skipped("`gates.commits` is not switched on".into()));
    };
    if ports.git.run(&["rev-parse", "--quiet", "--verify", "MERGE_HEAD"]).await.is_ok() {
        return Ok(Found::Skipped("a merge says what it joins".into()));
    }
    let text = message.settled(ports, root).await?;
    let first = text.lines().next().unwrap_or_default().to_owned();
    if text.trim().is_empty() {
        return Ok(Found::Skipped("it is empty, and Git makes no commit of that".into()));
    }
    if ["fixup! ", "squash! ", "amend! "].iter().any(|begin| first.starts_with(begin)) {
        return Ok(Found::Skipped("it is to be joined with another before it is pushed".into()));
    }
    Ok(match fault(&text, settings) {
        None => Found::Good(first),
        Some(why) => Found::Bad(vec![Problem::new(format!("`{first}` is no conventional commit")).because(why).fix(
            "write `type(scope): description` (conventionalcommits.org); what you wrote is still in .git/COMMIT_EDITMSG",
        )]),
    })
}
