//! The settings of `package.archive`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kit::template::Template;
use crate::model::Problem;

/// The form of a download.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub enum Format {
    /// A tar compressed by gzip.
    #[default]
    #[serde(rename = "tar.gz")]
    TarGz,
    /// A tar compressed by xz: the smallest, and slow to make.
    #[serde(rename = "tar.xz")]
    TarXz,
    /// A tar compressed by zstd.
    #[serde(rename = "tar.zst")]
    TarZst,
    /// A zip.
    #[serde(rename = "zip")]
    Zip,
    /// The executable itself, without anything around it.
    #[serde(rename = "binary")]
    Binary,
}

impl Format {
    /// The name in settings, which is also the file's ending; nothing is put behind a bare binary.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TarGz => "tar.gz",
            Self::TarXz => "tar.xz",
            Self::TarZst => "tar.zst",
            Self::Zip => "zip",
            Self::Binary => "binary",
        }
    }

    /// The least and the most level that it knows, and the one it takes where none is set: for gzip
    /// the fastest whose files are no larger than those of GoReleaser (Go's best compression), for zip
    /// and xz the usual one, for zstd one that outdoes gzip in size at about its speed.
    #[must_use]
    pub fn levels(self) -> Option<(u8, u8, u8)> {
        match self {
            Self::TarGz => Some((1, 12, 5)),
            Self::TarXz => Some((0, 9, 6)),
            Self::TarZst => Some((1, 19, 9)),
            Self::Zip => Some((1, 9, 6)),
            Self::Binary => None,
        }
    }

    /// The level to take.
    ///
    /// # Errors
    ///
    /// If the wanted one does not exist.
    pub fn level(self, wanted: Option<u8>) -> Result<u8, Problem> {
        match (self.levels(), wanted) {
            (None, _) => Ok(0),
            (Some((_, _, usual)), None) => Ok(usual),
            (Some((least, most, _)), Some(level)) if (least..=most).contains(&level) => Ok(level),
            (Some((least, most, _)), Some(level)) => Err(Problem::new(format!(
                "`package.archive.level` is {level}, which {} does not have",
                self.name()
            ))
            .fix(format!("choose a level from {least} to {most}, or leave it out"))),
        }
    }
}

/// Another format for one operating system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FormatOverride {
    /// The operating system, in Go's names: `windows`.
    pub os: String,
    /// The format there.
    pub format: Format,
}

/// Files to put beside the binaries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FileRule {
    /// A pattern; what it finds keeps its path below the project's folder.
    Pattern(String),
    /// A pattern, and where in the archive.
    Moved(MovedFiles),
}

/// Files with another place in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MovedFiles {
    /// The pattern.
    pub from: String,
    /// The file's name in the archive or, with `/` at its end, the folder for everything found.
    pub to: String,
}

/// The folder around everything in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Wrap {
    /// `true`: a folder named as the archive without its ending; `false`: none.
    Switch(bool),
    /// A folder of this name.
    Folder(Template),
}

impl Default for Wrap {
    fn default() -> Self {
        Self::Switch(false)
    }
}

/// Archives of the binaries.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ArchiveSettings {
    /// The format: `tar.gz`, `tar.xz`, `tar.zst`, `zip`, or `binary` for the executable itself.
    pub format: Format,
    /// Other formats by operating system. Left out: `zip` on Windows, unless the format is `binary`.
    pub format_overrides: Option<Vec<FormatOverride>>,
    /// The file's name without its ending, for each platform. Left out:
    /// `{{ project }}_{{ version }}_{{ os }}_{{ arch }}`, where `binary` puts the executable's name for
    /// the project's. `arch` carries the variant as in `armv6`, `amd64v3`, `mips_softfloat`.
    pub name: Option<Template>,
    /// Files beside the binaries. Left out: `README*`, `LICENSE*` and `CHANGELOG*` in the project's
    /// folder, in upper or lower case.
    pub files: Option<Vec<FileRule>>,
    /// A folder around everything: `true` for one named as the archive, or its name.
    pub wrap: Wrap,
    /// How hard to compress in `format`: gzip 1 to 12 (5 if left out), xz 0 to 9 (6), zstd 1 to 19 (9),
    /// zip 1 to 9 (6). Formats of `format_overrides` that differ keep their own default.
    pub level: Option<u8>,
}

/// What is put beside the binaries where nothing is set.
pub const USUAL_FILES: [&str; 3] = ["README*", "LICENSE*", "CHANGELOG*"];

impl ArchiveSettings {
    /// The format on an operating system.
    #[must_use]
    pub fn format_on(&self, os: &str) -> Format {
        match &self.format_overrides {
            Some(overrides) => {
                overrides.iter().find(|one| one.os == os).map_or(self.format, |found| found.format)
            }
            None if os == "windows" && self.format != Format::Binary => Format::Zip,
            None => self.format,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_gets_a_zip_unless_said_otherwise() {
        let settings: ArchiveSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(
            (settings.format_on("linux"), settings.format_on("windows")),
            (Format::TarGz, Format::Zip)
        );
        let settings: ArchiveSettings = serde_json::from_str(r#"{"format_overrides": []}"#).unwrap();
        assert_eq!(settings.format_on("windows"), Format::TarGz);
        let settings: ArchiveSettings = serde_json::from_str(r#"{"format": "binary"}"#).unwrap();
        assert_eq!(settings.format_on("windows"), Format::Binary);
    }

    #[test]
    fn levels_are_those_of_the_format() {
        assert_eq!(Format::TarGz.level(Some(12)), Ok(12));
        assert_eq!(Format::TarXz.level(None), Ok(6));
        assert!(Format::Zip.level(Some(12)).unwrap_err().fix.unwrap().contains("from 1 to 9"));
    }

    #[test]
    fn reads_rules_of_both_forms_and_no_other() {
        let rules: Vec<FileRule> = serde_json::from_str(r#"["a*", {"from": "b", "to": "c/"}]"#).unwrap();
        assert!(matches!(&rules[1], FileRule::Moved(moved) if moved.to == "c/"));
        assert!(serde_json::from_str::<FileRule>(r#"{"from": "b", "to": "c", "mode": 1}"#).is_err());
    }
}
