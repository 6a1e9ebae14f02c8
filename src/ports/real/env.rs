//! The process environment, read once.
#![expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::sync::Arc;

use camino::Utf8PathBuf;

use crate::kit::secret::Secret;
use crate::kit::variable::is_setting;

/// Last words of a variable's name that make its value a secret.
const SECRET_ENDINGS: [&str; 19] = [
    "TOKEN",
    "SECRET",
    "PASS",
    "PASSPHRASE",
    "CREDENTIAL",
    "CREDENTIALS",
    "CREDS",
    "PAT",
    "API_KEY",
    "APIKEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "ACCOUNT_KEY",
    "SIGNING_KEY",
    "ENCRYPTION_KEY",
    "DEPLOY_KEY",
    "SSH_KEY",
    "WEBHOOK_URL",
    "CONNECTION_STRING",
];

/// Ends of a name that do so also where no underscore stands before them: `PGPASSWORD`, `MYSQL_PWD`.
const SECRET_ENDS: [&str; 4] = ["PASSWORD", "PASSWD", "SSHPASS", "_PWD"];

/// Variables by which Git is led to another repository than the one it runs in
/// (`git rev-parse --local-env-vars`); a release started from a hook would inherit them.
const LEADS_ASTRAY: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_GRAFT_FILE",
];

/// What the process environment held when it was read. A clone is cheap.
#[derive(Clone, Default)]
pub struct Env {
    vars: Arc<BTreeMap<OsString, OsString>>,
    /// Variables that hold secrets under names of the user's choice.
    named: Arc<BTreeSet<String>>,
}

impl Env {
    /// Reads the environment of this process.
    #[must_use]
    pub fn capture() -> Self {
        Self { vars: Arc::new(std::env::vars_os().collect()), ..Self::default() }
    }

    /// An environment of these variables and no others.
    #[must_use]
    pub fn of<I, K, V>(vars: I) -> Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let vars = vars.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self { vars: Arc::new(vars.collect()), ..Self::default() }
    }

    /// The same environment, in which variables of these names hold secrets as well.
    #[must_use]
    pub fn withholding(&self, names: impl IntoIterator<Item = String>) -> Self {
        let named = self.named.iter().cloned().chain(names).collect();
        Self { vars: Arc::clone(&self.vars), named: Arc::new(named) }
    }

    /// True if a variable of this name holds a secret.
    #[must_use]
    pub fn is_secret(&self, name: &str) -> bool {
        names_secret(name) || self.named.contains(name)
    }

    /// True if a variable of this name is kept from children and templates: a secret, any input of the
    /// Action, and the files of the runner.
    #[must_use]
    pub fn is_withheld(&self, name: &str) -> bool {
        let upper = name.to_ascii_uppercase();
        self.is_secret(name) || upper.starts_with("INPUT_") || RUNNERS_FILES.contains(&upper.as_str())
    }

    /// The value of a variable; `None` where it is not set or not UTF-8.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.vars.get(OsStr::new(name))?.to_str()
    }

    /// All variables whose name and value are UTF-8, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.vars.iter().filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
    }

    /// The names with this beginning whose value is not UTF-8, which `get` and `iter` pass over.
    pub fn unreadable(&self, prefix: &str) -> impl Iterator<Item = &str> {
        let named = self.vars.iter().filter(|(_, value)| value.to_str().is_none());
        named.filter_map(|(name, _)| name.to_str()).filter(move |name| name.starts_with(prefix))
    }

    /// The secrets among the variables, for the redactor. Of the Action's inputs only those that
    /// are named as secrets, since most of them are ordinary words.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, Secret)> {
        self.iter()
            .filter(|(name, value)| self.is_secret(name) && !value.is_empty())
            .map(|(name, value)| (name, Secret::new(value)))
    }

    /// What a child inherits: everything but secrets, inputs and what leads Git astray.
    pub fn inherited(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.vars.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str())).filter(|(name, _)| {
            name.to_str().is_none_or(|name| !self.is_withheld(name) && !LEADS_ASTRAY.contains(&name))
        })
    }
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Values may be secrets under names that nobody could foresee.
        f.debug_set().entries(self.vars.keys()).finish()
    }
}

/// True if a variable of this name holds a secret: `*_TOKEN`, `*PASSWORD`, `*_CREDENTIALS`, `*_PAT`,
/// `*SECRET*`, keys and so on.
#[must_use]
pub fn names_secret(name: &str) -> bool {
    if is_setting(name) {
        return false;
    }
    let name = name.to_ascii_uppercase().replace('-', "_");
    let ends =
        |ending: &&str| name.strip_suffix(*ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'));
    SECRET_ENDINGS.iter().any(ends)
        || SECRET_ENDS.iter().any(|ending| name.ends_with(ending))
        || name.split('_').any(|word| word == "SECRET" || word == "SECRETS")
}

/// Files through which a step speaks to the runner; what a build or a test runs must not speak for us.
const RUNNERS_FILES: [&str; 6] =
    ["GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "GITHUB_ARTIFACTS"];

/// The folder this process was started in.
///
/// # Errors
///
/// If it is gone or its path is not UTF-8.
pub fn current_dir() -> std::io::Result<Utf8PathBuf> {
    Utf8PathBuf::try_from(std::env::current_dir()?).map_err(camino::FromPathBufError::into_io_error)
}

/// True if the end of its terminal should end the program. `nohup` says no: it lets SIGHUP be ignored, which a handler
/// of our own would undo. Where the system does not tell (it does on Linux), SIGHUP is left as it is.
#[must_use]
pub fn heeds_hangup() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| heeds(&status))
}

/// Reads the mask of ignored signals, in which SIGHUP is the lowest bit (proc_pid_status(5)).
fn heeds(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 0)
}

/// True if a person sees standard output.
#[must_use]
pub fn stdout_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// True if standard output is written into a file.
#[must_use]
pub fn stdout_is_file() -> bool {
    let mode = rustix::fs::fstat(std::io::stdout()).map(|meta| meta.st_mode);
    mode.is_ok_and(|mode| rustix::fs::FileType::from_raw_mode(mode) == rustix::fs::FileType::RegularFile)
}

/// True if a person sees standard error.
#[must_use]
pub fn stderr_is_terminal() -> bool {
    std::io::stderr().is_terminal()
}

/// True if a person can type on standard input.
#[must_use]
pub fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_secrets_by_their_names() {
        for name in [
            "GITHUB_TOKEN",
            "ACTIONS_RUNTIME_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "RELEASE_ACTION_SECRET_WEBHOOK",
            "release_action_secrets",
            "INPUT_TOKEN",
            "TOKEN",
            "SMTP_PASSWORD",
            "PGPASSWORD",
            "MYSQL_PWD",
            "DB_PASS",
            "GITHUB_PAT",
            "GOOGLE_CREDENTIALS",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "NUGET_APIKEY",
        ] {
            assert!(names_secret(name), "{name}");
        }
        for name in [
            "PATH",
            "RELEASE_ACTION_NOTIFY__WEBHOOK__SECRET_ENV",
            "ACTIONS_ID_TOKEN_REQUEST_URL",
            "GOFLAGS",
            "INPUT_STEP",
            "TOKENIZER",
            "SSH_AUTH_SOCK",
            "PWD",
            "OLDPWD",
            "CLASSPATH",
            "BYPASS",
            "AWS_ACCESS_KEY_ID",
        ] {
            assert!(!names_secret(name), "{name}");
        }
        let env = Env::of([("MY_HOOK", "https://hooks.example/x")]);
        let withheld = |name: &str| env.is_withheld(name);
        assert!(withheld("INPUT_DRY-RUN") && withheld("GITHUB_ENV") && !withheld("GITHUB_SHA"));
        assert!(!withheld("MY_HOOK"));
        let env = env.withholding(["MY_HOOK".to_owned()]);
        assert!(env.is_withheld("MY_HOOK") && env.inherited().next().is_none());
        assert_eq!(env.secrets().count(), 1);
    }

    #[test]
    fn a_program_under_nohup_goes_on_without_its_terminal() {
        assert!(heeds("Name:\tx\nSigIgn:\t0000000000001000\n"));
        assert!(!heeds("Name:\tx\nSigIgn:\t0000000000001001\n"));
        assert!(!heeds("Name:\tx\n"));
    }

    #[test]
    fn hands_down_everything_else() {
        let env = Env::of([
            ("PATH", "/bin"),
            ("NPM_TOKEN", "t0psecret"),
            ("GIT_DIR", "x"),
            ("GIT_CONFIG_COUNT", "0"),
        ]);
        let names: Vec<_> = env.inherited().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(names, ["GIT_CONFIG_COUNT", "PATH"]);
        let secrets: Vec<_> =
            env.secrets().map(|(name, secret)| (name, secret.expose().to_owned())).collect();
        assert_eq!(secrets, [("NPM_TOKEN", "t0psecret".to_owned())]);
        assert!(!format!("{env:?}").contains("t0psecret"));
    }
}
