//! The coverage as files: for people, and for other tools. All of them speak of what was judged.

mod badge;
mod data;
mod index;
mod page;
mod safe;
mod told;
mod trend;
mod write;

pub use data::{DATA_FORMAT, DATA_PATH, Totals};
pub use told::Told;
pub use trend::Step;
pub use write::{clear, write};
