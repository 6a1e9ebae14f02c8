//! Is anything known to be wrong with the code that is used?

mod advisories;
mod gosec;
mod govulncheck;
mod images;
mod judge;
mod npm;
mod osv;
mod osv_database;
mod plan;
mod rustsec;
mod scan;
mod semgrep;
mod settings;
mod there;
mod tied;
#[cfg(test)]
mod trials;
#[cfg(test)]
mod trials_code;
#[cfg(test)]
mod trials_images;
#[cfg(test)]
mod trials_platforms;
#[cfg(test)]
mod trials_scanners;
#[cfg(test)]
mod trials_tied;
mod trivy;
mod upgrades;

pub use plan::Vulnerabilities;
