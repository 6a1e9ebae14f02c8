//! GitHub's REST API.

mod assets;
mod blobs;
mod checks;
mod comments;
mod commits;
mod contents;
mod edge;
mod environments;
mod git_json;
mod input;
mod issues;
mod labels;
mod latest;
mod notes;
mod page;
mod person;
mod protection;
mod publish;
mod refs;
mod release_json;
mod releases;
mod releases_write;
mod repo_json;
mod repos;
mod router;
mod rulesets;
mod sanitise;
mod statuses;
mod storage;
mod tags;
mod time;
mod upload;
mod workflow_runs;

pub(crate) use edge::{api, uploads};
pub(crate) use person::id as number_of;
pub(crate) use storage::{download, download_latest, storage};
