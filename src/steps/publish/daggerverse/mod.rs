//! `publish/daggerverse`: the project's Dagger modules, indexed on daggerverse.dev.

mod check;
mod module;
mod place;
mod room;

pub use room::Daggerverse;
