//! How the words look: our own `cliff.toml`, or the project's.

use camino::{Utf8Path, Utf8PathBuf};
use git_cliff_core::config::{Config, TextProcessor};
use git_cliff_core::embed::EmbeddedConfig;
use serde::Deserialize as _;
use toml::{Table, Value};

use crate::model::Problem;
use crate::ports::Files;
use crate::steps::room::Seen;

/// Our own style, a complete git-cliff configuration.
pub const OWN: &str = include_str!("cliff.toml");

/// Where a project's style is looked for, the first one found counts.
const PLACES: [&str; 3] = ["cliff.toml", ".cliff.toml", ".config/cliff.toml"];

/// The longest style file, in bytes.
const LONGEST: u64 = 1024 * 1024;

/// A style with where it comes from.
#[derive(Debug, Clone)]
pub struct Style {
    /// git-cliff's configuration.
    pub config: Config,
    /// True for our own.
    pub own: bool,
    /// What of the file is not obeyed, for a notice.
    pub ignored: Vec<String>,
}

impl Style {
    /// Our own style.
    ///
    /// # Errors
    ///
    /// If the embedded file is broken, which a test rules out.
    pub fn own() -> Result<Self, Problem> {
        let table: Table = OWN
            .parse()
            .map_err(|error| Problem::new("the built-in cliff.toml is broken").caused_by(&error))?;
        let config = parsed(table, Utf8Path::new("cliff.toml"))?;
        Ok(Self { config, own: true, ignored: Vec::new() })
    }

    /// The style named by the settings, else the project's, else our own.
    ///
    /// # Errors
    ///
    /// If a named file is missing, or one does not parse or wants to run commands.
    pub fn find(
        files: &dyn Files,
        root: &Utf8Path,
        dir: &Utf8Path,
        named: Option<&Utf8Path>,
    ) -> Result<Self, Problem> {
        if let Some(named) = named {
            if files.meta(&root.join(named))?.is_none() {
                return Err(Problem::new(format!("there is no {named}"))
                    .fix("correct `changelog.config`, or remove it to use the built-in style"));
            }
            return Self::read(files, root, named);
        }
        match Self::place(files, root, dir)? {
            Some(place) => Self::read(files, root, &place),
            None => Self::own(),
        }
    }

    /// The project's style file, if the settings name none.
    fn place(files: &dyn Files, root: &Utf8Path, dir: &Utf8Path) -> Result<Option<Utf8PathBuf>, Problem> {
        let mut places: Vec<Utf8PathBuf> = PLACES.iter().map(|place| dir.join(place)).collect();
        places.extend(PLACES.iter().map(Utf8PathBuf::from));
        for place in places {
            if files.meta(&root.join(&place))?.is_some_and(|meta| !meta.is_dir) {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// The style file that counts, with its digest: Git may ignore it.
    ///
    /// # Errors
    ///
    /// If it is there and cannot be read.
    pub fn seen(
        files: &dyn Files,
        root: &Utf8Path,
        dir: &Utf8Path,
        named: Option<&Utf8Path>,
    ) -> Result<Seen, Problem> {
        let place = match named {
            Some(named) => Some(named.to_owned()),
            None => Self::place(files, root, dir)?,
        };
        let mut seen = Seen::new();
        if let Some(place) = place
            && files.meta(&root.join(&place))?.is_some()
        {
            let (_, digest) = files.digest(&root.join(&place))?;
            seen.insert(place.into_string(), digest.to_string());
        }
        Ok(seen)
    }

    fn read(files: &dyn Files, root: &Utf8Path, path: &Utf8Path) -> Result<Self, Problem> {
        let real = files.real_path(&root.join(path))?;
        if !real.starts_with(files.real_path(root)?) {
            return Err(Problem::new(format!("{path} is a link out of the repository"))
                .fix("put the file itself there"));
        }
        let bytes = files.read(&real, LONGEST)?;
        let text = String::from_utf8(bytes)
            .map_err(|error| Problem::new("this file is not UTF-8").at(path, None, None).caused_by(&error))?;
        Self::parse(&text, path)
    }

    /// Reads a project's style; what it leaves out is git-cliff's own default. Unlike git-cliff, the
    /// environment has no say: the same commit gives the same words.
    ///
    /// # Errors
    ///
    /// If it does not parse or wants to run commands.
    pub fn parse(text: &str, path: &Utf8Path) -> Result<Self, Problem> {
        let broken = |error: toml::de::Error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let line = line.and_then(|line| u32::try_from(line).ok());
            Problem::new("this is no valid git-cliff configuration")
                .at(path, line, None)
                .because(error.message())
        };
        let wanted: Table = text.parse().map_err(broken)?;
        let defaults = EmbeddedConfig::get_config()
            .map_err(|error| Problem::new("git-cliff's defaults are missing").caused_by(&error))?;
        let mut table: Table = defaults.parse().map_err(|error: toml::de::Error| {
            Problem::new("git-cliff's defaults are broken").caused_by(&error)
        })?;
        overlay(&mut table, wanted);
        let config = parsed(table, path)?;
        refuse_commands(&config, path)?;
        let ignored = ignored(&config);
        Ok(Self { config, own: false, ignored })
    }
}

fn parsed(table: Table, path: &Utf8Path) -> Result<Config, Problem> {
    Config::deserialize(Value::Table(table)).map_err(|error| {
        Problem::new("this is no valid git-cliff configuration").at(path, None, None).because(error.message())
    })
}

fn overlay(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => overlay(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// A command of the file would run with this release's tokens around it, on text that strangers wrote.
fn refuse_commands(config: &Config, path: &Utf8Path) -> Result<(), Problem> {
    let commands = |processors: &[TextProcessor]| processors.iter().any(|one| one.replace_command.is_some());
    if commands(&config.git.commit_preprocessors) || commands(&config.changelog.postprocessors) {
        return Err(Problem::new("`replace_command` is not run during a release")
            .at(path, None, None)
            .because("a command there would work on strangers' text with the release's tokens near")
            .fix("use `replace` instead, or a file without it: `changelog.config: release.cliff.toml`"));
    }
    Ok(())
}

/// Keys that only the git-cliff command obeys.
fn ignored(config: &Config) -> Vec<String> {
    let git = &config.git;
    let remote = &config.remote;
    let mut keys = Vec::new();
    let mut tell = |set: bool, key: &str| {
        if set {
            keys.push(key.to_owned());
        }
    };
    tell(git.count_tags.is_some(), "git.count_tags");
    tell(git.limit_tags.is_some(), "git.limit_tags");
    tell(git.limit_commits.is_some(), "git.limit_commits");
    tell(git.recurse_submodules == Some(true), "git.recurse_submodules");
    tell(config.changelog.output.is_some(), "changelog.output");
    tell(
        remote.github.is_set()
            || remote.gitlab.is_set()
            || remote.gitea.is_set()
            || remote.bitbucket.is_set(),
        "remote",
    );
    tell(matches!(config.uses_commit_statistics(), Ok(true)), "commit.statistics");
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_is_whole() {
        let style = Style::own().unwrap();
        assert!(style.own && style.config.git.commit_parsers.len() > 10);
    }

    #[test]
    fn a_projects_file_lies_over_the_defaults() {
        let text = "[git]\nsort_commits = \"newest\"\nlimit_tags = 3\n[changelog]\nbody = \"x\"\n";
        let style = Style::parse(text, Utf8Path::new("cliff.toml")).unwrap();
        assert_eq!((style.config.changelog.body.as_str(), style.config.changelog.trim), ("x", true));
        assert_eq!(style.ignored, ["git.limit_tags"]);
        assert!(!style.own);
    }

    #[test]
    fn refuses_commands_and_nonsense() {
        let text = "[git]\ncommit_preprocessors = [{ pattern = '.*', replace_command = 'env' }]\n";
        let problem = Style::parse(text, Utf8Path::new("cliff.toml")).unwrap_err();
        assert!(problem.what.contains("replace_command"), "{problem}");
        let problem = Style::parse("[git]\nx = = 1\n", Utf8Path::new("a/cliff.toml")).unwrap_err();
        assert_eq!(problem.place.unwrap().to_string(), "a/cliff.toml:2:".trim_end_matches(':'));
        let problem = Style::parse("[git]\ntag_pattern = '('\n", Utf8Path::new("cliff.toml")).unwrap_err();
        assert!(!problem.causes.is_empty());
    }
}
