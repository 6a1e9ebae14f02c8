//! Is the code as its own tools want it?

mod deno;
mod eslint;
mod go;
mod golangci;
mod judge;
mod looked;
mod plan;
mod reported;
mod rust;
mod settings;
#[cfg(test)]
mod trials;
#[cfg(test)]
mod trials_given;
mod work;

pub use plan::Lint;
