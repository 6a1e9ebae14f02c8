//! The point of no return: public only when the forge holds exactly what was made.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::artifact::NOTES_NAME;
use crate::model::evidence::EVIDENCE_NAME;
use crate::model::{ArtifactKind, Digest, Problem, State, Undone};
use crate::ports::forge::Asset;
use crate::steps::room::{Site, Target};

use super::asset;
use super::desk::{Desk, Found};

/// Makes the draft public.
pub struct Publish(pub Arc<Desk>);

#[async_trait::async_trait]
impl Target for Publish {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        match self.0.current(site).await? {
            Found::Nothing => Ok(State::Broken {
                why: "the draft is gone".into(),
                fix: "run again: it is made anew".into(),
            }),
            Found::Foreign { why, fix, .. } => Ok(State::Broken { why, fix }),
            Found::Ours(ours) => match ours.first() {
                Some(release) if !release.draft => {
                    self.0.not_taken(site, &self.0.assets(site).await?).await?;
                    Ok(State::Same { proof: release.url.clone() })
                }
                Some(release) if self.0.settings.draft => Ok(State::Held {
                    until: format!("a person publishes the draft ({}) and runs this again", release.url),
                }),
                _ => Ok(State::Differs { how: "it is a draft".into() }),
            },
        }
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let slug = self.0.slug(&site.facts)?;
        self.0.look_again().await;
        let release = self.0.release(site).await?;
        if !release.draft {
            return Ok(());
        }
        self.same_tag(site).await?;
        let expected = self.0.expected(site);
        let known = [expected.clone(), whole_notes(site)].concat();
        let assets = self.0.own(site, &release).await?;
        let assets = self.0.with_digests(site, assets, &known).await?;
        for stray in self.strays(&known, &assets) {
            // On our own draft; nobody can have seen it.
            let mut turn = site.ports.forge.turn().await;
            asset::clear(&self.0, site, &mut turn, Some(stray.clone())).await?;
            drop(turn);
            site.notice(Problem::new(format!(
                "{} was on the draft and is not part of this release: removed",
                stray.name
            )));
        }
        // From here on no other run may begin here, and the page shows nothing of ours but names.
        self.0.finish(site).await?;
        let assets = self.0.own(site, &release).await?;
        exact(&expected, &self.0.with_digests(site, assets, &expected).await?, Vec::new())?;
        let mut wanted = self.0.wanted(&site.facts, "", false);
        wanted.body.clone_from(&release.body);
        let published = site.ports.forge.update(slug, release.id, &wanted).await?;
        // Another machine may have changed the draft between the look and the call.
        let after = site.ports.forge.assets(slug, published.id).await?;
        self.0.saw(published).await;
        self.0.finished().await;
        let after = self.0.with_digests(site, after, &known).await?;
        let strange: Vec<String> =
            self.strays(&known, &after).iter().map(|stray| format!("{} is not ours", stray.name)).collect();
        exact(&expected, &after, strange).map_err(|problem| Problem {
            what: "the release is public, but another run changed its assets at the same moment".into(),
            fix: Some("release a higher version, and let only one run work on a tag".into()),
            passing: false,
            ..problem
        })
    }

    async fn remark(&self, site: &Site, seen: &State) -> Result<Option<State>, Problem> {
        if self.0.there(site).await?.is_none() {
            return Ok(None);
        }
        let known = [self.0.expected(site), whole_notes(site)].concat();
        // Where the notes were not made, it is not known what belongs under their name.
        let unsure = whole_notes(site).is_empty();
        let assets = self.0.assets(site).await?;
        let strays = self.strays(&known, &assets).into_iter();
        let names: Vec<&str> = strays
            .filter(|stray| !(unsure && stray.name == NOTES_NAME))
            .map(|stray| stray.name.as_str())
            .collect();
        Ok((!names.is_empty()).then(|| with_strays(seen, &names.join(", "))))
    }

    async fn undo(&self, site: &Site, _: bool) -> Result<Undone, Problem> {
        match self.0.current(site).await? {
            Found::Ours(ours) if ours.first().is_some_and(|release| !release.draft) => {
                Ok(Undone::Impossible {
                    why: format!("{} is public: people and mirrors may have it", site.facts.tag),
                    instead:
                        "release a higher version, and say in the notes of this one that it is withdrawn"
                            .into(),
                })
            }
            _ => Ok(Undone::Nothing),
        }
    }
}

impl Publish {
    /// The tag is asked again at the point of no return: it may have moved while we built.
    async fn same_tag(&self, site: &Site) -> Result<(), Problem> {
        let slug = self.0.slug(&site.facts)?;
        let tag = &site.facts.tag;
        match site.ports.forge.ref_commit(slug, &format!("tags/{tag}")).await? {
            Some(commit) if commit != site.facts.commit.id => {
                Err(Problem::new(format!("{tag} was moved on the forge while this release was made"))
                    .because(format!("it is at {commit} now, not at {}", site.facts.commit.id))
                    .fix(
                        "delete the draft with `release-action rollback --yes`, fetch the tag and run again",
                    ))
            }
            // Somebody has taken it away to stop this; publishing would make it anew.
            None if site.facts.tag_at_head => Err(Problem::new(format!(
                "{tag} is not on the forge any more"
            ))
            .because("it was there when this run began")
            .fix(format!(
                "push it again (git push origin {tag}) and run again; or `release-action rollback --yes`"
            ))),
            _ => Ok(()),
        }
    }

    /// What does not belong on the release; notes under our name do with our digest only.
    fn strays<'a>(&self, known: &[(String, u64, Digest)], assets: &'a [Asset]) -> Vec<&'a Asset> {
        let is_known = |asset: &Asset| {
            known.iter().any(|(name, _, digest)| *name == asset.name && asset.digest == Some(*digest))
        };
        let ours = |asset: &Asset| {
            self.0.names.contains(&asset.name)
                || asset.name == EVIDENCE_NAME
                || (asset.name == NOTES_NAME && is_known(asset))
        };
        assets.iter().filter(|asset| !ours(asset)).collect()
    }
}

/// What is to be told of a release with assets that are no part of it.
fn with_strays(seen: &State, names: &str) -> State {
    match seen {
        State::Same { proof } => State::Broken {
            why: format!("{proof} is public with assets that are no part of this release: {names}"),
            fix: "see who put them there, and remove them by hand".into(),
        },
        State::Held { until } => State::Held {
            until: format!("{until}; it holds assets that are no part of this release: {names}"),
        },
        State::Differs { how } => State::Differs {
            how: format!(
                "{how}, with assets that are no part of this release and are removed first: {names}"
            ),
        },
        seen => seen.clone(),
    }
}

/// The whole notes, which are an asset where the page cuts them: name, size and digest.
fn whole_notes(site: &Site) -> Vec<(String, u64, Digest)> {
    let made = site.plan.tasks.iter().filter_map(|task| site.shelf.of(&task.id)).flatten();
    let notes = made.filter(|made| made.kind == ArtifactKind::ReleaseNotes);
    notes.map(|made| (NOTES_NAME.to_owned(), made.size, made.digest)).collect()
}

/// Every artifact is there, whole, with the digest that we computed while writing it; and nothing is
/// `wrong` besides.
fn exact(
    expected: &[(String, u64, Digest)],
    assets: &[Asset],
    mut wrong: Vec<String>,
) -> Result<(), Problem> {
    let there: BTreeMap<&str, &Asset> = assets.iter().map(|asset| (asset.name.as_str(), asset)).collect();
    for (name, size, digest) in expected {
        match there.get(name.as_str()) {
            None => wrong.push(format!("{name} is missing")),
            Some(asset) if !asset.uploaded => wrong.push(format!("{name} is a half upload")),
            Some(asset) if asset.size != *size || asset.digest != Some(*digest) => {
                wrong.push(format!("{name} has other bytes than ours"));
            }
            Some(_) => {}
        }
    }
    if !there.get(EVIDENCE_NAME).is_some_and(|asset| asset.uploaded) {
        wrong.push(format!("{EVIDENCE_NAME} is missing"));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let problem = Problem::new("the draft does not hold exactly what was made, so it stays a draft");
    Err(wrong
        .into_iter()
        .fold(problem, Problem::because)
        .fix("run again: what is wrong is uploaded anew")
        .passing())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(name: &str, bytes: &[u8], uploaded: bool) -> Asset {
        Asset {
            id: 1,
            name: name.into(),
            uploaded,
            size: bytes.len() as u64,
            digest: Some(Digest::of(bytes)),
            label: String::new(),
            touched: None,
        }
    }

    #[test]
    fn only_the_exact_set_is_good() {
        let expected = [("a".to_owned(), 3, Digest::of(b"abc"))];
        let evidence = asset(EVIDENCE_NAME, b"{}", true);
        assert!(exact(&expected, &[asset("a", b"abc", true), evidence.clone()], Vec::new()).is_ok());
        for wrong in [asset("a", b"abd", true), asset("a", b"abc", false), asset("b", b"abc", true)] {
            assert!(exact(&expected, &[wrong, evidence.clone()], Vec::new()).is_err());
        }
        assert!(exact(&expected, &[asset("a", b"abc", true)], Vec::new()).is_err(), "evidence is missing");
    }
}
