//! Events in, words out.

pub mod explain;
pub mod github;
pub mod github_annotation;
pub mod github_command;
pub mod goreleaser;
pub mod html;
pub mod html_timeline;
mod html_verdicts;
pub mod human;
pub mod human_end;
pub mod human_progress;
pub mod json;
pub mod junit;
pub mod look;
pub mod markdown;
pub mod markdown_parts;
pub mod measures;
pub mod problem;
pub mod sarif;
pub mod summary;
pub mod summary_fold;
pub mod text;
pub mod words;
pub mod write;

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests_hostile;
#[cfg(test)]
mod tests_human;
#[cfg(test)]
mod tests_page;
