//! The release's place on the forge is free, or ours.

use crate::config::section::NoSettings;
use crate::kit::claim::Standing;
use crate::kit::mark;
use crate::model::evidence::EVIDENCE_NAME;
use crate::model::{Problem, Proof, Row, Step, Verdict};
use crate::ports::forge;
use crate::steps::claim;
use crate::steps::room::{Check, Draft, Planned, Room, Scene, Site};

/// The room.
pub struct Release;

impl Room for Release {
    const ID: &'static str = "release";
    const ABOUT: &'static str = "No release of this tag stands in the way";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        if scene.facts.snapshot {
            return Ok(Vec::new());
        }
        Ok(vec![Draft::new(Step::Preflight, Self::ID, "", "state of the release").check(Free)])
    }
}

struct Free;

#[async_trait::async_trait]
impl Check for Free {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let facts = &site.facts;
        // Without a repository there is nothing to ask; the token's room tells that.
        let Some(slug) = &facts.slug else {
            return Ok(Verdict::skipped("the repository is not known"));
        };
        if !site.ports.forge.has_token() {
            return Ok(Verdict::skipped("there is no token to see drafts with"));
        }
        let (releases, immutable) = tokio::try_join!(
            site.ports.forge.releases_of(slug, &facts.tag),
            site.ports.forge.immutable_releases(slug),
        )?;
        let mut problems: Vec<Problem> =
            releases.iter().filter_map(|release| in_the_way(release, &facts.tag, &facts.commit.id)).collect();
        if problems.is_empty() && releases.is_empty() && immutable == Some(true) {
            problems.extend(burnt(site, slug).await?);
        }
        if problems.is_empty() {
            problems.extend(busy(site, slug, &releases).await?);
        }
        let locked = match immutable {
            Some(true) => "immutable once published",
            Some(false) => "changeable after publishing",
            None => "whether it becomes immutable is not told to this token",
        };
        let state = releases
            .first()
            .map_or("none yet", |release| if release.draft { "our draft" } else { "published by us" });
        let row = Row {
            metric: format!("release of {}", facts.tag),
            comparator: "is".into(),
            threshold: "free or ours".into(),
            actual: if problems.is_empty() { state.into() } else { "taken".into() },
            ok: problems.is_empty(),
        };
        let proof = Proof::seen(format!("GET /repos/{slug}/releases"));
        let verdict = if problems.is_empty() {
            Verdict::pass(format!("{state}; {locked}"), proof)
        } else {
            Verdict::fail(format!("the release of {} is taken", facts.tag))
        };
        Ok(problems.into_iter().fold(verdict.row(row), Verdict::problem))
    }
}

fn in_the_way(release: &forge::Release, tag: &str, commit: &str) -> Option<Problem> {
    if mark::is_of(&release.body, tag, commit) {
        return None;
    }
    let kind = match (release.draft, release.immutable) {
        (true, _) => "draft",
        (false, true) => "immutable release",
        (false, false) => "published release",
    };
    let origin = if mark::is_ours(&release.body) {
        "made by release-action from another commit".to_owned()
    } else {
        format!("made by {}", release.author)
    };
    let fix = if release.draft && mark::is_ours(&release.body) {
        format!(
            "the tag was moved: release a higher version, and delete the draft ({}); never publish it by hand, its \
             files are of the former commit",
            release.url
        )
    } else if release.draft {
        format!("delete the draft ({}) or publish it by hand", release.url)
    } else {
        "release a higher version: a public version is never changed".to_owned()
    };
    Some(Problem::new(format!("a {kind} of {tag} is there, {origin}")).fix(fix))
}

/// Another run that is at work on our draft with something else. Looked at before an hour of building;
/// what counts is looked at again at the draft.
async fn busy(
    site: &Site,
    slug: &crate::model::facts::Slug,
    releases: &[forge::Release],
) -> Result<Option<Problem>, Problem> {
    // A public one among them is the release; which draft is the one, every run decides alike.
    let Some(draft) = releases.iter().min_by_key(|release| (release.draft, release.id)) else {
        return Ok(None);
    };
    if !draft.draft {
        return Ok(None);
    }
    let assets = match site.ports.forge.assets(slug, draft.id).await {
        // Another run has removed it meanwhile: nobody is at work there.
        Err(forge::ForgeError::NotFound { .. }) => return Ok(None),
        assets => assets?,
    };
    let evidence = assets.iter().find(|asset| asset.name == EVIDENCE_NAME && asset.label != claim::FINAL);
    let Some(evidence) = evidence else { return Ok(None) };
    // Nobody bears this name: it only asks.
    let us = claim::ours(site, "", 1)?;
    Ok(match claim::standing(site, evidence, &us, false).await? {
        Standing::Taken => Some(claim::taken(site, evidence, &us)),
        Standing::Free | Standing::Ours | Standing::Over => None,
    })
}

/// A tag name that an immutable release has used can never be used again, even after its deletion: the
/// tag is then there without a release, and no one may have made it by hand.
async fn burnt(site: &Site, slug: &crate::model::facts::Slug) -> Result<Option<Problem>, Problem> {
    let tag = &site.facts.tag;
    let there = site.ports.forge.ref_commit(slug, &format!("tags/{tag}")).await?;
    Ok(match there {
        Some(commit) if commit != site.facts.commit.id => Some(
            Problem::new(format!("{tag} is on another commit of a repository with immutable releases"))
                .fix("release a higher version: the name may be used up for ever"),
        ),
        _ => None,
    })
}
