//! What a refusal of the forge means for whoever has to mend it.

use crate::model::Problem;
use crate::model::facts::Slug;
use crate::ports::forge::ForgeError;
use crate::steps::gates::judged::judged_the_commit;
use crate::steps::room::Site;

/// True where the token lacks the right, and another way of telling may be open to it.
#[must_use]
pub fn lacks_right(error: &ForgeError) -> bool {
    matches!(error, ForgeError::Denied { status: 403, .. })
}

/// The error with what to do about it. `permission` is the line that the job lacks.
#[must_use]
pub fn explained(error: ForgeError, permission: &str) -> Problem {
    let fix = match &error {
        ForgeError::Denied { status: 403, .. } => Some(format!(
            "give the job `permissions: {{ {permission} }}`, or take it out of `gates.publish`"
        )),
        ForgeError::NotFound { .. } => Some(
            "see that the token is of this repository: the forge hides from a token what it may not see at all"
                .to_owned(),
        ),
        ForgeError::Refused { message, .. } if message.contains("No commit found") => {
            Some("push the commit before its gates are told of".to_owned())
        }
        _ => None,
    };
    let problem = Problem::from(error);
    match fix {
        Some(fix) => problem.fix(fix),
        None => problem,
    }
}

/// The repository to tell in.
///
/// # Errors
///
/// If it is not known, if there is no token, or if what was judged is not the commit.
pub fn repository(site: &Site) -> Result<&Slug, Problem> {
    judged_the_commit(&site.facts)?;
    let Some(slug) = &site.facts.slug else {
        return Err(Problem::new("it is not known in which repository to tell what the gates came to")
            .fix("set GITHUB_REPOSITORY=OWNER/NAME, or add a remote `origin`"));
    };
    if !site.ports.forge.has_token() {
        return Err(Problem::new("there is no token to tell what the gates came to")
            .fix("set GITHUB_TOKEN, or the Action's input `token`"));
    }
    Ok(slug)
}
