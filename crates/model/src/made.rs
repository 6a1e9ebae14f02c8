//! What the hooks before the build left in the project's folder, as `dist/.hooks.json` keeps it.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// The file's name in the dist folder.
pub const MADE_NAME: &str = ".hooks.json";

/// The version of the file's form.
pub const MADE_FORMAT: u32 = 1;

/// Files that hooks made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeByHooks {
    /// The version of this form.
    pub format: u32,
    /// What the hooks ran for: their commands, the source, the version.
    pub basis: Digest,
    /// The files, by path below the repository's root.
    pub made: BTreeMap<Utf8PathBuf, Digest>,
}

impl MadeByHooks {
    /// Reads it; none where it has another form or was made for something else.
    #[must_use]
    pub fn read(bytes: &[u8], basis: Digest) -> Option<Self> {
        let read: Self = serde_json::from_slice(bytes).ok()?;
        (read.format == MADE_FORMAT && read.basis == basis).then_some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_for_its_basis_and_form_only() {
        let basis = Digest::of(b"basis");
        let text =
            format!(r#"{{"format":1,"basis":"{basis}","made":{{"gen/a.go":"{}"}}}}"#, Digest::of(b"a"));
        let read = MadeByHooks::read(text.as_bytes(), basis).unwrap();
        assert_eq!(read.made[&Utf8PathBuf::from("gen/a.go")], Digest::of(b"a"));
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert_eq!(MadeByHooks::read(text.as_bytes(), Digest::of(b"other")), None);
        assert_eq!(MadeByHooks::read(text.replace("\"format\":1", "\"format\":2").as_bytes(), basis), None);
    }
}
