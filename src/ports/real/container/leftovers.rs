//! Containers that a run made and could not start: it was killed in between. Those that were started end
//! by themselves.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use bollard::Docker;
use bollard::query_parameters::{ListContainersOptionsBuilder, RemoveContainerOptionsBuilder};

/// The label of every container of ours.
pub const LABEL: &str = "release-action.sibling";

/// How long after it was made a container that does not run is nobody's, in seconds: between making and
/// starting there are two calls.
const AGE: i64 = 300;

/// Removes them. What cannot be removed harms nobody and is tried again by the next run.
pub async fn remove(docker: &Docker) {
    let filters = HashMap::from([("label", vec![LABEL]), ("status", vec!["created", "exited", "dead"])]);
    let order = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
    let found = match docker.list_containers(Some(order)).await {
        Ok(found) => found,
        Err(error) => return tracing::debug!(%error, "containers left by others cannot be listed"),
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    for container in found {
        let (Some(id), Some(made)) = (container.id, container.created) else { continue };
        if now - made > AGE {
            let order = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
            if let Err(error) = docker.remove_container(&id, Some(order)).await {
                tracing::debug!(%error, id, "a container left by another run cannot be removed");
            }
        }
    }
}
