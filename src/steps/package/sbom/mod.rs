//! `package.sbom`: what is really in the downloads, as CycloneDX.

mod buildinfo;
mod component;
mod document;
mod image;
mod maker;
mod plan;
mod settings;
#[cfg(test)]
mod tests;

pub use plan::Boms;
