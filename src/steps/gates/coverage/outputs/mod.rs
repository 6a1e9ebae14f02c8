//! The coverage as files: for people, and for other tools. All of them speak of what was judged.

mod badge;
mod data;
mod index;
mod page;
mod safe;
mod told;
mod write;

pub use told::Told;
pub use write::{clear, write};
