//! Whether a checkout is one that a release can be made from, told with the line to add.

use crate::kit::version;
use crate::model::Problem;

use super::context::{Context, Ref};

/// What Git says of the checkout.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checkout {
    /// The commit at HEAD.
    pub head: String,
    /// Whether the history was cut.
    pub shallow: bool,
    /// Whether HEAD is on no branch.
    pub detached: bool,
    /// Whether a branch, here or of the remote, holds HEAD.
    pub on_a_branch: bool,
    /// Every tag.
    pub tags: Vec<String>,
    /// The tags at HEAD.
    pub at_head: Vec<String>,
}

/// Which release the inputs name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Named<'a> {
    /// By its tag.
    pub tag: Option<&'a str>,
    /// By its version.
    pub version: Option<&'a str>,
    /// A missing tag is guessed: nothing comes of it.
    pub guesses: bool,
}

/// The lines that bring the whole history.
const WHOLE: &str =
    "give the step of actions/checkout the lines `with:`, `fetch-depth: 0` and `fetch-tags: true`";

impl Checkout {
    /// Whether a tag at HEAD is a version, with a project's folder before it or not.
    #[must_use]
    pub fn has_version_tag(&self) -> bool {
        self.at_head.iter().any(|tag| is_version(tag))
    }

    fn short(&self) -> &str {
        self.head.get(..12).unwrap_or(&self.head)
    }
}

/// Whether a tag is a version, with a project's folder before it or not.
#[must_use]
pub fn is_version(tag: &str) -> bool {
    version::strict(tag.rsplit('/').next().unwrap_or(tag)).is_some()
}

/// The first thing that stands between this checkout and a release.
///
/// # Errors
///
/// That thing.
pub fn check(context: &Context, checkout: &Checkout, named: Named<'_>) -> Result<(), Problem> {
    let event_tag = match (&context.of, named.tag) {
        (Ref::Tag(name), None) => Some(name.as_str()),
        _ => None,
    };
    if let Some(tag) = event_tag
        && !checkout.tags.iter().any(|known| known == tag)
    {
        return Err(Problem::new(format!("the event is of the tag {tag}, and the checkout has no such tag"))
            .because(format!("HEAD is {}; {}", checkout.short(), count(checkout.tags.len())))
            .fix(format!(
                "{WHOLE}, and leave its `ref` as it is; or create the tag anew if it was deleted"
            )));
    }
    if checkout.shallow {
        let tags = count(checkout.tags.len());
        return Err(Problem::new("this checkout is shallow: commits and tags are missing")
            .because(format!("the changelog and the version come from the whole history; {tags}"))
            .fix(WHOLE));
    }
    if named.guesses {
        return Ok(());
    }
    let told = event_tag.is_some() || named.tag.is_some() || named.version.is_some();
    if !told && !checkout.has_version_tag() {
        return Err(untagged(context, checkout));
    }
    let exists = named.tag.is_some_and(|tag| checkout.tags.iter().any(|known| known == tag));
    let at_a_tag = event_tag.is_some() || exists || checkout.has_version_tag();
    if checkout.detached && !at_a_tag && !checkout.on_a_branch {
        return Err(Problem::new(format!("HEAD is detached at {}, on no branch", checkout.short()))
            .because("the tag of this release would be the only thing that holds its commit")
            .fix("give the step of actions/checkout the line `ref: ${{ github.ref }}`, or push a tag and release that"));
    }
    Ok(())
}

fn untagged(context: &Context, checkout: &Checkout) -> Problem {
    let mut problem = Problem::new("there is no version tag at HEAD");
    problem = match &context.of {
        Ref::Branch(name) => {
            problem.because(format!("the event `{}` is of the branch {name}", context.event))
        }
        _ if checkout.detached => problem.because(format!("HEAD is detached at {}", checkout.short())),
        _ => problem,
    };
    if !checkout.at_head.is_empty() {
        problem = problem.because(format!("no version: {}", checkout.at_head.join(", ")));
    }
    problem.fix(
        "begin the workflow with a tag (`on: push: tags: [\"v*\"]`), or give one of the inputs `tag` and `version`; \
         `snapshot: true` makes everything and releases nothing",
    )
}

fn count(tags: usize) -> String {
    match tags {
        0 => "no tag is here".into(),
        1 => "one tag is here".into(),
        several => format!("{several} tags are here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::samples::push;

    fn whole(tags: &[&str], at_head: &[&str]) -> Checkout {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Checkout {
            head: "0123456789abcdef".into(),
            on_a_branch: true,
            tags: own(tags),
            at_head: own(at_head),
            ..Checkout::default()
        }
    }

    fn said(context: &Context, checkout: &Checkout, named: Named<'_>) -> String {
        let problem = check(context, checkout, named).unwrap_err();
        format!("{problem} · {}", problem.fix.as_deref().unwrap())
    }

    #[test]
    fn a_shallow_checkout_is_told_the_lines_to_add() {
        let shallow = Checkout { shallow: true, ..whole(&[], &[]) };
        let said = said(&push("branch", "main"), &shallow, Named::default());
        assert!(said.contains("`fetch-depth: 0` and `fetch-tags: true`"), "{said}");
    }

    #[test]
    fn the_tag_of_the_event_must_be_there() {
        let gone = said(&push("tag", "v1.1.0"), &whole(&["v1.0.0"], &[]), Named::default());
        assert!(
            gone.contains("the event is of the tag v1.1.0") && gone.contains("one tag is here"),
            "{gone}"
        );
        let named = Named { tag: Some("v1.0.0"), ..Named::default() };
        assert!(check(&push("tag", "v1.1.0"), &whole(&["v1.0.0"], &[]), named).is_ok(), "the input wins");
        assert!(check(&push("tag", "v1.0.0"), &whole(&["v1.0.0"], &["v1.0.0"]), Named::default()).is_ok());
    }

    #[test]
    fn without_a_tag_the_ways_to_one_are_told() {
        let said = said(&push("branch", "main"), &whole(&["nightly"], &["nightly"]), Named::default());
        assert!(said.contains("of the branch main") && said.contains("no version: nightly"), "{said}");
        let named = Named { version: Some("1.2.3"), ..Named::default() };
        assert!(check(&push("branch", "main"), &whole(&[], &[]), named).is_ok());
        let guesses = Named { guesses: true, ..Named::default() };
        assert!(check(&push("branch", "main"), &whole(&[], &[]), guesses).is_ok());
        assert!(
            check(&push("branch", "main"), &whole(&["x/v1.0.0"], &["x/v1.0.0"]), Named::default()).is_ok()
        );
    }

    #[test]
    fn a_detached_head_is_good_at_a_tag_or_on_a_branch_only() {
        let lost = Checkout { detached: true, on_a_branch: false, ..whole(&[], &[]) };
        let named = Named { version: Some("1.2.3"), ..Named::default() };
        assert!(said(&push("branch", "main"), &lost, named).contains("HEAD is detached at 0123456789ab"));
        let held = Checkout { on_a_branch: true, ..lost.clone() };
        assert!(check(&push("branch", "main"), &held, named).is_ok());
        let tagged = Checkout { detached: true, on_a_branch: false, ..whole(&["v1.2.3"], &["v1.2.3"]) };
        assert!(check(&push("tag", "v1.2.3"), &tagged, Named::default()).is_ok());
    }
}
