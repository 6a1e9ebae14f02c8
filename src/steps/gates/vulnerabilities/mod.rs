//! Is anything known to be wrong with the code that is used?

mod advisories;
mod age;
mod govulncheck;
mod judge;
mod merge;
mod npm;
mod osv;
mod osv_database;
mod plan;
mod rustsec;
mod scan;
mod settings;
mod there;
#[cfg(test)]
mod trials;
#[cfg(test)]
mod trials_scanners;
mod upgrades;

pub use plan::Vulnerabilities;
