//! `.release.yaml`, the environment and flags, joined into one tree of settings.

pub mod diagnostic;
pub mod effective;
pub mod emit;
pub mod known;
pub mod layers;
pub mod load;
pub mod place;
pub mod project;
pub mod raw;
pub mod reference;
pub mod schema;
pub mod section;
pub mod tree;
pub mod words;

mod fill;
mod misfit;
mod scalar;
mod text;

#[cfg(test)]
mod bad_input_tests;
#[cfg(test)]
mod load_tests;
#[cfg(test)]
mod shapes_for_tests;
