//! release-action: a commit to a release that can't half-happen.
//!
//! The modules stand with the top layer first; `ARCHITECTURE.md` says who may name whom.

pub mod action;
pub mod cli;

pub mod pipeline;

pub mod steps;

pub mod config;
pub mod ecosystem;
pub mod formats;
pub mod journal;
pub mod report;

pub mod ports;

pub mod kit;

pub use release_model as model;
