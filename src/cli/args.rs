//! Arguments that every subcommand takes.

use camino::Utf8PathBuf;
use clap::{ArgAction, Args, Parser, ValueEnum};

use super::Command;

/// A release that can't half-happen: gates, builds, packages, changelog, GitHub release, publishing,
/// verification. Kill it anywhere and run it again: it ends in the one right state.
#[derive(Debug, Parser)]
#[command(name = "release-action", version, propagate_version = false, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 done · 2 usage or configuration · 10 preflight · 11 gates · 12 build · 13 package · 14 scan\n\
    15 changelog · 16 release · 17 publish · 18 verify · 19 notify · 20 rollback incomplete · 30 held by another run\n\
    129/130/131/143 interrupted, resumable · 1 a bug in release-action"
)]
pub struct Cli {
    /// What every subcommand takes.
    #[command(flatten)]
    pub globals: Globals,
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
}

/// How events are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people: bars on a terminal, lines in a pipe.
    Human,
    /// One JSON object a line.
    Json,
}

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What every subcommand takes.
#[derive(Debug, Clone, Args)]
pub struct Globals {
    /// Run as if started in DIR
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true)]
    pub directory: Option<Utf8PathBuf>,
    /// The configuration [default: .release.yaml or .config/release.yaml, if there is one]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<Utf8PathBuf>,
    /// Where everything that is made lies [default: dist]
    #[arg(long, value_name = "DIR", global = true)]
    pub dist: Option<Utf8PathBuf>,
    /// Set a value of the configuration, as in `--set gates.coverage.minimum=90`
    #[arg(long, value_name = "PATH=VALUE", global = true, action = ArgAction::Append)]
    pub set: Vec<String>,
    /// How events are told
    #[arg(long, value_name = "FORMAT", global = true, default_value = "human")]
    pub log_format: LogFormat,
    /// Whether colours are used
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub color: Color,
    /// Tell more: tools' output (-v), every look at the world and every call made again (-vv)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Tell failures only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
}
