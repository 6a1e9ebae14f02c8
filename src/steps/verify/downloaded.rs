//! What the rooms of `verify` share: where the downloaded files lie, who may look at them, and what an
//! archive should hold.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{Artifact, ArtifactKind, Problem, Step, TaskId, Use};
use crate::steps::room::{Draft, Scene};

/// The folder of the downloaded files, below the dist folder.
pub const FOLDER: &str = "verify";

/// A task that works on the downloaded files; `None` where nothing is downloaded.
///
/// # Errors
///
/// If the room was demanded all the same.
pub fn after_download(scene: &Scene, room: &str, title: String) -> Result<Option<Draft>, Problem> {
    let download = TaskId(format!("{}/download", Step::Verify));
    if !scene.before.iter().any(|planned| planned.task.id == download) {
        if scene.demanded && !scene.facts.snapshot {
            return Err(Problem::new(format!("`verify.{room}` is on, but nothing is downloaded"))
                .fix(format!("turn `verify.download` on as well, or `verify.{room}` off")));
        }
        return Ok(None);
    }
    let mut draft = Draft::new(Step::Verify, room, "", title).needs(&download, Use::Order, scene);
    let with_programs =
        |kind: ArtifactKind| matches!(kind, ArtifactKind::Archive | ArtifactKind::PlainBinary);
    for earlier in
        scene.before.iter().filter(|earlier| earlier.task.makes.iter().any(|made| with_programs(made.kind)))
    {
        draft = draft.needs(&earlier.task.id, Use::Digests, scene);
    }
    Ok(Some(draft))
}

/// The paths in an archive, from what its maker recorded.
pub fn expected(archive: &Artifact) -> BTreeSet<String> {
    let texts = |key: &str| -> Vec<&str> {
        archive
            .extra
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    };
    let wrap = archive.extra.get("WrappedIn").and_then(Value::as_str).unwrap_or_default();
    let wrapped = |name: &str| if wrap.is_empty() { name.to_owned() } else { format!("{wrap}/{name}") };
    texts("Binaries").into_iter().chain(texts("Files")).map(wrapped).collect()
}
