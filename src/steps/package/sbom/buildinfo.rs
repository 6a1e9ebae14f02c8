//! Go's build information, as its linker writes it into every binary since Go 1.18.

use super::image::MAGIC;

/// A module in a binary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Module {
    /// Its path.
    pub path: String,
    /// Its version: `v1.2.3`, `(devel)`, or nothing for a folder.
    pub version: String,
    /// Its `h1:` sum as in `go.sum`; empty for the main module.
    pub sum: String,
    /// What was compiled in its place.
    pub replace: Option<Box<Module>>,
}

/// What a binary says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildInfo {
    /// The toolchain: `go1.26.1`.
    pub go: String,
    /// The path of the `main` package.
    pub package: String,
    /// The main module.
    pub main: Option<Module>,
    /// The modules whose packages are in it, in the order of the list.
    pub modules: Vec<Module>,
    /// Settings of the build: `GOOS`, `-tags`, `vcs.revision`.
    pub settings: Vec<(String, String)>,
}

/// Why there is no build information.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InfoError {
    /// Neither ELF nor Mach-O nor PE.
    #[error("it is no executable that can be read: {0}")]
    NoExecutable(String),
    /// Not a Go binary, or one that was packed.
    #[error("it holds no Go build information")]
    Missing,
    /// The form of Go 1.17 and before.
    #[error("it was built by a Go before 1.18")]
    Old,
    /// It was built outside of any module.
    #[error("it was built without modules")]
    NoModules,
    /// Lengths beyond its end.
    #[error("its Go build information is torn")]
    Torn,
    /// A line that means nothing.
    #[error("its Go build information has a line that cannot be read: `{0}`")]
    Line(String),
}

/// The header's length (`debug/buildinfo`).
const HEADER: usize = 32;

/// Where the flags stand.
const FLAGS: usize = 15;

/// The flag for texts that follow the header, each behind its length.
const INLINE: u8 = 2;

/// The longest text, in bytes, and the most modules: far above any real program.
const LONGEST: usize = 16 * 1024 * 1024;
const MOST: usize = 100_000;

/// The marks around the list of modules, which the runtime looks for.
const MARK: usize = 16;

/// Parses the information that begins with its magic; what follows it does not matter.
///
/// # Errors
///
/// If it is old, torn or not readable.
pub fn parse(bytes: &[u8]) -> Result<BuildInfo, InfoError> {
    if !bytes.starts_with(MAGIC) {
        return Err(InfoError::Missing);
    }
    let flags = *bytes.get(FLAGS).ok_or(InfoError::Torn)?;
    if flags & INLINE == 0 {
        return Err(InfoError::Old);
    }
    let (go, rest) = text(bytes.get(HEADER..).ok_or(InfoError::Torn)?)?;
    let (list, _) = text(rest)?;
    if !go.starts_with(b"go") && !go.starts_with(b"devel") {
        return Err(InfoError::Torn);
    }
    let go = String::from_utf8(go.to_vec()).map_err(|_| InfoError::Torn)?;
    // Marked at both ends, with a line feed before the second mark.
    if list.len() < 2 * MARK + 1 || list[list.len() - MARK - 1] != b'\n' {
        return Err(InfoError::NoModules);
    }
    let list = std::str::from_utf8(&list[MARK..list.len() - MARK]).map_err(|_| InfoError::Torn)?;
    lines(go, list)
}

/// A text behind its length, a varint of seven bits a byte, and what follows it.
fn text(bytes: &[u8]) -> Result<(&[u8], &[u8]), InfoError> {
    let mut length = 0_u64;
    for (index, byte) in bytes.iter().take(9).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let length = usize::try_from(length).map_err(|_| InfoError::Torn)?;
            let rest = &bytes[index + 1..];
            return if length > LONGEST {
                Err(InfoError::Torn)
            } else {
                rest.split_at_checked(length).ok_or(InfoError::Torn)
            };
        }
    }
    Err(InfoError::Torn)
}

fn lines(go: String, list: &str) -> Result<BuildInfo, InfoError> {
    let mut info =
        BuildInfo { go, package: String::new(), main: None, modules: Vec::new(), settings: Vec::new() };
    let mut last_is_main = true;
    for line in list.lines().filter(|line| !line.is_empty()) {
        let bad = || InfoError::Line(line.chars().take(80).collect());
        let (word, rest) = line.split_once('\t').ok_or_else(bad)?;
        match word {
            "path" => rest.clone_into(&mut info.package),
            "mod" => {
                info.main = Some(module(rest).ok_or_else(bad)?);
                last_is_main = true;
            }
            "dep" if info.modules.len() < MOST => {
                info.modules.push(module(rest).ok_or_else(bad)?);
                last_is_main = false;
            }
            "=>" => {
                let replaced = if last_is_main { info.main.as_mut() } else { info.modules.last_mut() };
                replaced.ok_or_else(bad)?.replace = Some(Box::new(module(rest).ok_or_else(bad)?));
            }
            "build" => info.settings.push(setting(rest).ok_or_else(bad)?),
            _ => return Err(bad()),
        }
    }
    Ok(info)
}

fn module(text: &str) -> Option<Module> {
    let mut parts = text.split('\t');
    let path = parts.next().filter(|path| !path.is_empty())?.to_owned();
    let version = parts.next().unwrap_or_default().to_owned();
    let sum = parts.next().unwrap_or_default().to_owned();
    parts.next().is_none().then_some(Module { path, version, sum, replace: None })
}

/// `key=value`, each quoted as in Go where it holds blanks, quotes or `=`.
fn setting(text: &str) -> Option<(String, String)> {
    let plain = |text: &str| match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
        None => text.trim_matches('`').to_owned(),
    };
    let cut = match text.strip_prefix('"') {
        Some(rest) => rest.find("\"=")? + 2,
        None => text.find('=')?,
    };
    Some((plain(&text[..cut]), plain(text.get(cut + 1..)?)))
}

#[cfg(test)]
pub mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The bytes that Go's linker would write for this version and list.
    pub fn blob(go: &str, list: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([8, INLINE]);
        bytes.resize(HEADER, 0);
        let list = format!("{}{list}\n{}", "s".repeat(MARK), "e".repeat(MARK));
        for text in [go, list.as_str()] {
            let mut length = text.len();
            while length >= 0x80 {
                bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
                length >>= 7;
            }
            bytes.push(u8::try_from(length).unwrap());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    #[test]
    fn reads_modules_replacements_and_settings() {
        let list = "path\texample.com/a/cmd/a\nmod\texample.com/a\tv1.2.3\t\ndep\tb.org/b\tv0.1.0\th1:b=\n\
                    =>\tfork.org/b\tv0.1.1\th1:f=\ndep\tc.org/c\tv2.0.0+incompatible\th1:c=\n=>\t./c\t\nbuild\tGOOS=linux\n\
                    build\t-ldflags=\"-X main.a=\\\"x\\\" -s\"";
        let info = parse(&blob("go1.26.1", list)).unwrap();
        assert_eq!((info.go.as_str(), info.package.as_str()), ("go1.26.1", "example.com/a/cmd/a"));
        assert_eq!(info.main.unwrap().version, "v1.2.3");
        assert_eq!(info.modules[0].replace.as_ref().unwrap().path, "fork.org/b");
        assert_eq!(info.modules[1].replace.as_ref().unwrap().version, "");
        assert_eq!(info.settings[1], ("-ldflags".into(), "-X main.a=\"x\" -s".into()));
    }

    #[test]
    fn says_why_it_cannot() {
        let good = blob("go1.26.1", "path\tp");
        let mut old = good.clone();
        old[FLAGS] = 0;
        assert_eq!(parse(&old), Err(InfoError::Old));
        assert_eq!(parse(&good[..good.len() - 1]), Err(InfoError::Torn));
        assert_eq!(parse(b"x"), Err(InfoError::Missing));
        assert!(matches!(parse(&blob("go1.26.1", "nonsense")), Err(InfoError::Line(_))));
        assert!(matches!(parse(&blob("go1.26.1", "=>\tx\ty")), Err(InfoError::Line(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(tail in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = MAGIC.to_vec();
            bytes.extend([8, INLINE]);
            bytes.resize(HEADER, 0);
            bytes.extend(&tail);
            // Any answer is right as long as there is one.
            prop_assert!(parse(&bytes).is_ok() || parse(&bytes).is_err());
            prop_assert!(super::super::image::read(std::io::Cursor::new(&bytes)).is_err());
        }
    }
}
