//! The hooks' text.

use camino::Utf8Path;
use clap::ValueEnum;

/// A hook of Git's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hook {
    /// Before the message is written: what is staged.
    PreCommit,
    /// Once it is written: the message.
    CommitMsg,
}

/// The first lines of every hook of ours.
const OURS: &str =
    "#!/bin/sh\n# Made by `release-action hook install`; `release-action hook uninstall` removes it.\n";

/// What is put behind the name of a hook that was there before.
pub const BEFORE: &str = ".before-release-action";

impl Hook {
    /// Git's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::CommitMsg => "commit-msg",
        }
    }

    /// Its text, for a program at this path.
    #[must_use]
    pub fn text(self, program: &Utf8Path) -> String {
        let (name, program) = (self.name(), quoted(program.as_str()));
        format!(
            "{OURS}\
             # To go past it once: git commit --no-verify\n\
             before=$0{BEFORE}\n\
             if [ -x \"$before\" ]; then \"$before\" \"$@\" || exit; fi\n\
             program={program}\n\
             if [ ! -x \"$program\" ]; then program=$(command -v release-action); fi\n\
             if [ -z \"$program\" ]; then\n\
             \x20 echo 'release-action is not where this hook was made, and not on the PATH: install it, or remove' >&2\n\
             \x20 echo \"$0 (git commit --no-verify goes past it once)\" >&2\n\
             \x20 exit 1\n\
             fi\n\
             exec \"$program\" hook run {name} \"$@\"\n"
        )
    }

    /// Whether a hook is one of ours, of whatever version.
    #[must_use]
    pub fn is_ours(text: &[u8]) -> bool {
        text.starts_with(OURS.as_bytes())
    }
}

/// A word that a POSIX shell takes as it is.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_one_word() {
        assert_eq!(quoted("/a b/it's $x"), "'/a b/it'\\''s $x'");
        let text = Hook::CommitMsg.text(Utf8Path::new("/opt/it's"));
        assert!(text.contains("program='/opt/it'\\''s'\n"), "{text}");
        assert!(text.ends_with("exec \"$program\" hook run commit-msg \"$@\"\n"));
        assert!(Hook::is_ours(text.as_bytes()) && !Hook::is_ours(b"#!/bin/sh\nexit 0\n"));
    }
}
