//! `package.archive`: what people download, one file a platform.

mod budget;
mod buffers;
mod entries;
mod maker;
mod pack;
mod plan;
mod readback;
mod settings;
mod tarball;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_beside;
mod watch;
mod whole;
mod zipped;

pub use plan::Archives;
