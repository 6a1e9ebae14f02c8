//! The hooks' text.

use camino::Utf8Path;
use clap::ValueEnum;

use crate::model::Digest;

/// A hook of Git's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hook {
    /// Before the message is written: what is staged.
    PreCommit,
    /// Once it is written: the message.
    CommitMsg,
}

/// What every hook begins with that nobody else has begun.
const SHELL: &str = "#!/bin/sh\n";

/// The first line of what is ours begins so; then follow the digest of the lines up to the last one, and words.
const BEGIN: &str = "# >>> release-action hook ";

/// How the first line of what is ours ends.
const WORDS: &str =
    ": made by `release-action hook install`, removed by `hook uninstall`; what is around it is yours";

/// The last line of what is ours.
const END: &str = "# <<< release-action hook\n";

/// How much of the digest is written.
const PRINT: usize = 16;

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

    /// What is ours of it, for a program at this path.
    #[must_use]
    pub fn block(self, program: &Utf8Path) -> String {
        let (name, program) = (self.name(), quoted(program.as_str()));
        let lines = format!(
            "# To go past it once: git commit --no-verify\n\
             before=$0{BEFORE}\n\
             if [ -x \"$before\" ]; then \"$before\" \"$@\" || exit; fi\n\
             program={program}\n\
             if [ ! -x \"$program\" ]; then program=$(command -v release-action); fi\n\
             if [ -z \"$program\" ]; then\n\
             \x20 echo 'release-action is not where this hook was made, and not on the PATH: install it, or remove' >&2\n\
             \x20 echo \"$0 (git commit --no-verify goes past it once)\" >&2\n\
             \x20 exit 1\n\
             fi\n\
             \"$program\" hook run {name} \"$@\" || exit\n"
        );
        format!("{BEGIN}{}{WORDS}\n{lines}{END}", print(lines.as_bytes()))
    }
}

/// A hook in which our lines stand, and what others wrote around them.
#[derive(Debug, PartialEq, Eq)]
pub struct Written<'a> {
    /// What stands before them.
    pub above: &'a [u8],
    /// Our lines.
    pub ours: &'a [u8],
    /// What stands after them.
    pub below: &'a [u8],
    /// True if nobody wrote into our lines, of whatever version they are.
    pub untouched: bool,
}

impl<'a> Written<'a> {
    /// Finds our lines; none where there are none.
    #[must_use]
    pub fn of(text: &'a [u8]) -> Option<Self> {
        let mut at = 0;
        let mut begin: Option<(usize, &[u8], usize)> = None;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let end = at + line.len();
            match begin {
                None if line.starts_with(BEGIN.as_bytes()) => begin = Some((at, line, end)),
                Some((from, first, lines)) if line.trim_ascii_end() == END.trim_end().as_bytes() => {
                    let told = first.get(BEGIN.len()..BEGIN.len() + PRINT);
                    let untouched = told == Some(print(&text[lines..at]).as_bytes());
                    return Some(Self {
                        above: &text[..from],
                        ours: &text[from..end],
                        below: &text[end..],
                        untouched,
                    });
                }
                _ => {}
            }
            at = end;
        }
        // Whoever took the last line away has the rest of the file for ours.
        begin.map(|(from, ..)| Self {
            above: &text[..from],
            ours: &text[from..],
            below: &[],
            untouched: false,
        })
    }

    /// The hook with these lines in the place of ours.
    #[must_use]
    pub fn with(&self, block: &str) -> Vec<u8> {
        [self.above, block.as_bytes(), self.below].concat()
    }

    /// Whether others wrote something into the hook that does anything.
    #[must_use]
    pub fn has_others(&self) -> bool {
        let says = |line: &[u8]| !line.trim_ascii().is_empty() && !line.starts_with(b"#!");
        let mut around = [self.above, self.below].into_iter();
        around.any(|text| text.split(|byte| *byte == b'\n').any(says))
    }
}

/// A hook of our lines alone.
#[must_use]
pub fn alone(block: &str) -> Vec<u8> {
    [SHELL, block].concat().into_bytes()
}

/// By what it is seen that nobody wrote into our lines.
fn print(lines: &[u8]) -> String {
    Digest::of(lines).hex()[..PRINT].to_owned()
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
        let block = Hook::CommitMsg.block(Utf8Path::new("/opt/it's"));
        assert!(block.contains("program='/opt/it'\\''s'\n"), "{block}");
    }

    #[test]
    fn our_lines_are_found_among_those_of_others() {
        let block = Hook::PreCommit.block(Utf8Path::new("/opt/r"));
        let whole = alone(&block);
        let written = Written::of(&whole).unwrap();
        assert!(written.untouched && !written.has_others() && written.ours == block.as_bytes());
        let text = [&b"#!/bin/bash\necho a \xff\n"[..], block.as_bytes(), b"echo b\n"].concat();
        let written = Written::of(&text).unwrap();
        assert!(written.untouched && written.has_others());
        assert_eq!(written.with(""), b"#!/bin/bash\necho a \xff\necho b\n");
        for (was, is) in [("exit 1", "exit 0"), (END, ""), ("hook run", "hook  run")] {
            let text = [block.replace(was, is).as_bytes(), b"echo b\n"].concat();
            assert!(!Written::of(&text).unwrap().untouched, "{is}");
        }
        assert_eq!(Written::of(b"#!/bin/sh\nrelease-action hook run\n"), None);
    }
}
