//! The tag is a strict version at HEAD, and the forge has the same one.

use crate::config::section::NoSettings;
use crate::model::{Problem, Proof, Row, Step, Verdict};
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

/// The room.
pub struct Tag;

impl Room for Tag {
    const ID: &'static str = "tag";
    const ABOUT: &'static str = "The tag is a strict version at HEAD, here and on the forge";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if scene.facts.snapshot {
            return Ok(Vec::new());
        }
        Ok(vec![Draft::new(Step::Preflight, Self::ID, "", "tag").check(AtHead)])
    }
}

struct AtHead;

#[async_trait::async_trait]
impl Check for AtHead {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let facts = &site.facts;
        let here = facts.tags.iter().find(|tag| tag.name == facts.tag);
        let mut problems = Vec::new();
        if here.is_some() && !facts.tag_at_head {
            problems.push(Problem::new(format!("the tag {} is not at HEAD", facts.tag)).fix(format!(
                "check it out: git checkout {0}; in a workflow, give actions/checkout `ref: refs/tags/{0}`",
                facts.tag
            )));
        }
        let there = match &facts.slug {
            Some(slug) => {
                let there = site.ports.forge.ref_commit(slug, &format!("tags/{}", facts.tag)).await?;
                if there.is_none() && !site.ports.forge.has_commit(slug, &facts.commit.id).await? {
                    problems.push(
                        Problem::new(format!(
                            "the forge does not have the commit {}",
                            short(&facts.commit.id)
                        ))
                        .fix("push it: git push origin HEAD"),
                    );
                }
                there
            }
            None => None,
        };
        problems.extend(compare(facts, there.as_deref()));
        let row = Row {
            metric: facts.tag.clone(),
            comparator: "at".into(),
            threshold: short(&facts.commit.id).into(),
            actual: there.as_deref().map_or_else(|| "not on the forge yet".into(), |id| short(id).to_owned()),
            ok: problems.is_empty(),
        };
        let kind = match (facts.tag_at_head, facts.tag_annotated) {
            (true, true) => "annotated tag at HEAD",
            (true, false) => "lightweight tag at HEAD",
            (false, _) => "the forge creates it when the release is published",
        };
        let verdict = if problems.is_empty() {
            Verdict::pass(format!("{}: {kind}", facts.tag), Proof::seen("git tag, the forge's refs"))
        } else {
            Verdict::fail(format!("{} cannot be released as it is", facts.tag))
        };
        Ok(problems.into_iter().fold(verdict.row(row), Verdict::problem))
    }
}

fn compare(facts: &crate::model::Facts, there: Option<&str>) -> Option<Problem> {
    match there {
        Some(commit) if commit != facts.commit.id => Some(
            Problem::new(format!("on the forge, {} is at {}, not at {}", facts.tag, short(commit), short(&facts.commit.id)))
                .fix(format!("fetch the tag (git fetch --tags --force) and check it out, or release a higher version: {} was moved", facts.tag)),
        ),
        None if facts.tag_at_head && facts.slug.is_some() => Some(
            Problem::new(format!("the tag {} is not on the forge", facts.tag))
                .because("publishing would create another tag of that name there")
                .fix(format!("git push origin {}", facts.tag)),
        ),
        _ => None,
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
