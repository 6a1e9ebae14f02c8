//! `verify/archives`: every downloaded archive opens and holds exactly what it should.

use std::collections::BTreeSet;

use super::downloaded::{FOLDER, after_download, expected};
use super::unpack;
use crate::config::section::NoSettings;
use crate::model::verdict::Row;
use crate::model::{Artifact, ArtifactKind, Problem, Proof, Verdict};
use crate::steps::room::{Check, Planned, Room, Scene, Site};

/// The room.
pub struct Archives;

impl Room for Archives {
    const ID: &'static str = "archives";
    const ABOUT: &'static str = "Opens every downloaded archive and compares what is in it";
    type Settings = NoSettings;

    fn plan(_: &NoSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        let names: Vec<&str> = scene
            .expected()
            .filter(|(_, made)| made.kind == ArtifactKind::Archive)
            .map(|(_, made)| made.name.as_str())
            .collect();
        let Some(draft) = after_download(scene, Self::ID, format!("{} archives opened", names.len()))? else {
            return Ok(Vec::new());
        };
        if names.is_empty() {
            Ok(Vec::new())
        } else {
            Ok(vec![draft.keyed("names", &names).check(ArchivesCheck)])
        }
    }
}

struct ArchivesCheck;

#[async_trait::async_trait]
impl Check for ArchivesCheck {
    async fn check(&self, site: &Site) -> Result<Verdict, Problem> {
        let site = site.clone();
        let worker = tokio::task::spawn_blocking(move || look(&site));
        worker
            .await
            .map_err(|error| Problem::new("the thread that opens archives has died").caused_by(&error))?
    }
}

fn look(site: &Site) -> Result<Verdict, Problem> {
    let archives: Vec<Artifact> =
        site.inputs().into_iter().filter(|artifact| artifact.kind == ArtifactKind::Archive).collect();
    if archives.is_empty() {
        return Ok(Verdict::error("nothing is known of the archives that were made"));
    }
    let mut problems = Vec::new();
    let mut good = 0;
    for (at, archive) in archives.iter().enumerate() {
        if site.stop.is_cancelled() {
            return Err(Problem::new("stopped").passing());
        }
        match compare(site, archive) {
            Ok(wrong) if wrong.is_empty() => good += 1,
            Ok(wrong) => problems.extend(wrong),
            Err(problem) => problems.push(problem),
        }
        site.progress(at as u64 + 1, Some(archives.len() as u64), "archives");
    }
    let count = archives.len();
    let mut verdict = if problems.is_empty() {
        let proof = Proof::seen(format!("every entry of the archives in {FOLDER}/, unpacked to its end"));
        Verdict::pass(format!("{count} archives open and hold what they should"), proof)
    } else {
        Verdict::fail(format!("{} of {count} archives are not in order", count - good))
    };
    verdict = verdict.row(Row {
        metric: "archives with exactly the expected files".into(),
        comparator: "=".into(),
        threshold: count.to_string(),
        actual: good.to_string(),
        ok: good == count,
    });
    verdict.problems = problems;
    Ok(verdict)
}

/// What is wrong with an archive.
fn compare(site: &Site, archive: &Artifact) -> Result<Vec<Problem>, Problem> {
    let mut found = BTreeSet::new();
    let path = site.dist.join(FOLDER).join(&archive.name);
    unpack::walk(site.ports.files.as_ref(), &path, &mut |entry, _| {
        found.insert(entry.path.clone());
        Ok(())
    })?;
    let expected = expected(archive);
    let missing = expected.difference(&found).map(|path| format!("`{path}` is missing in {}", archive.name));
    let extra = found
        .difference(&expected)
        .map(|path| format!("`{path}` is in {}, where it should not be", archive.name));
    let fix =
        "run `release-action package` and compare; a published release is not changed, release a new version";
    Ok(missing.chain(extra).map(|what| Problem::new(what).fix(fix)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    #[test]
    fn paths_are_wrapped() {
        let extra = serde_json::json!({"Binaries": ["x"], "Files": ["LICENSE"], "WrappedIn": "x_1"});
        let archive = Artifact {
            name: "x_1.tar.gz".into(),
            kind: ArtifactKind::Archive,
            path: "x_1.tar.gz".into(),
            platform: None,
            size: 0,
            digest: Digest::of(b""),
            extra: serde_json::from_value(extra).unwrap(),
        };
        assert_eq!(expected(&archive).into_iter().collect::<Vec<_>>(), ["x_1/LICENSE", "x_1/x"]);
    }
}
