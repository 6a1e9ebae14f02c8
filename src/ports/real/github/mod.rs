//! GitHub's REST API.

mod call;
mod create;
mod forge;
mod oversight;
mod refuse;
mod review;
mod review_wire;
mod rules;
mod scanning;
mod service;
mod transfer;
mod wire;

pub use call::{Options, PATIENCE, RealForge};
