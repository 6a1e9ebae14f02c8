//! GitHub's REST API.

mod assets;
mod blobs;
mod checks;
mod code_scanning;
mod comments;
mod commits;
mod contents;
mod edge;
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
mod sarif;
mod statuses;
mod storage;
mod tags;
mod time;
mod upload;

pub(crate) use edge::{api, uploads};
pub(crate) use storage::{download, download_latest, storage};
