//! What the forge holds, in memory and on disk.

mod cell;
mod ids;
mod lag;
mod load;
mod names;
mod rate;
mod records;
mod repo;
mod secrets;
mod store;
mod world;

pub(crate) use cell::{RepoCell, WriteGuard};
pub(crate) use rate::Budget;
pub(crate) use records::{
    Analysis, Asset, AssetState, CheckRun, Comment, Environment, Issue, Label, MakeLatest, PullRequest,
    RefTarget, Release, Review, Scan, Status, WorkflowRun,
};
pub(crate) use repo::Repo;
pub(crate) use secrets::{Caller, hex};
pub(crate) use store::{read_json, remove_file, write_atomic, write_json};
pub(crate) use world::World;
