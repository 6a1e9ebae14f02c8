//! The platforms that Go compiles for, and the variants of each processor.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::Platform;

/// Every `os/arch` that Go compiles for, as `go tool dist list` prints them (Go 1.26).
pub const KNOWN: [&str; 47] = [
    "aix/ppc64",
    "android/386",
    "android/amd64",
    "android/arm",
    "android/arm64",
    "darwin/amd64",
    "darwin/arm64",
    "dragonfly/amd64",
    "freebsd/386",
    "freebsd/amd64",
    "freebsd/arm",
    "freebsd/arm64",
    "illumos/amd64",
    "ios/amd64",
    "ios/arm64",
    "js/wasm",
    "linux/386",
    "linux/amd64",
    "linux/arm",
    "linux/arm64",
    "linux/loong64",
    "linux/mips",
    "linux/mips64",
    "linux/mips64le",
    "linux/mipsle",
    "linux/ppc64",
    "linux/ppc64le",
    "linux/riscv64",
    "linux/s390x",
    "netbsd/386",
    "netbsd/amd64",
    "netbsd/arm",
    "netbsd/arm64",
    "openbsd/386",
    "openbsd/amd64",
    "openbsd/arm",
    "openbsd/arm64",
    "openbsd/ppc64",
    "openbsd/riscv64",
    "plan9/386",
    "plan9/amd64",
    "plan9/arm",
    "solaris/amd64",
    "wasip1/wasm",
    "windows/386",
    "windows/amd64",
    "windows/arm64",
];

/// The variants of one processor.
struct Family {
    /// GOARCH.
    arch: &'static str,
    /// The variable that chooses the variant.
    variable: &'static str,
    /// What the variable may be, the default first (https://go.dev/doc/install/source#environment).
    values: &'static [&'static str],
    /// True where the name of the processor alone does not say what runs there, so that even the
    /// default is part of every name: `armv6`.
    always: bool,
}

const FAMILIES: [Family; 11] = [
    family("amd64", "GOAMD64", &["v1", "v2", "v3", "v4"]),
    // Go itself would take 7 when it cross-compiles; 6 also runs on a first Raspberry Pi.
    Family { arch: "arm", variable: "GOARM", values: &["6", "5", "7"], always: true },
    family(
        "arm64",
        "GOARM64",
        &[
            "v8.0", "v8.1", "v8.2", "v8.3", "v8.4", "v8.5", "v8.6", "v8.7", "v8.8", "v8.9", "v9.0", "v9.1",
            "v9.2", "v9.3", "v9.4", "v9.5",
        ],
    ),
    family("386", "GO386", &["sse2", "softfloat"]),
    family("mips", "GOMIPS", &["hardfloat", "softfloat"]),
    family("mipsle", "GOMIPS", &["hardfloat", "softfloat"]),
    family("mips64", "GOMIPS64", &["hardfloat", "softfloat"]),
    family("mips64le", "GOMIPS64", &["hardfloat", "softfloat"]),
    family("ppc64", "GOPPC64", &["power8", "power9", "power10"]),
    family("ppc64le", "GOPPC64", &["power8", "power9", "power10"]),
    family("riscv64", "GORISCV64", &["rva20u64", "rva22u64", "rva23u64"]),
];

const fn family(arch: &'static str, variable: &'static str, values: &'static [&'static str]) -> Family {
    Family { arch, variable, values, always: false }
}

/// A platform that Go compiles for, written `os/arch` or `os/arch/variant`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(Platform);

/// A text that names no platform of Go's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownTarget {
    /// There is no such `os/arch`.
    #[error("`{text}` is no target{}; known are: {}", meant(text), KNOWN.join(" "))]
    Platform {
        /// The text.
        text: String,
    },
    /// The processor has no such variant.
    #[error("`{text}` is no target: {arch} has the variants {}", known.join(" "))]
    Variant {
        /// The text.
        text: String,
        /// The processor.
        arch: String,
        /// Its variants.
        known: Vec<&'static str>,
    },
    /// The processor has no variants at all.
    #[error("`{text}` is no target: {arch} has no variants, write `{known}`")]
    NoVariants {
        /// The text.
        text: String,
        /// The processor.
        arch: String,
        /// What to write.
        known: String,
    },
}

fn meant(text: &str) -> String {
    let near = |known: &&str| strsim::jaro_winkler(text, known);
    let best = KNOWN.into_iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    best.filter(|best| near(best) > 0.8).map_or_else(String::new, |best| format!(" (did you mean `{best}`?)"))
}

impl Target {
    /// The platform; its variant is empty for the default one.
    #[must_use]
    pub fn platform(&self) -> &Platform {
        &self.0
    }

    /// The variables that make `go build` compile for it: GOOS, GOARCH and the variant's.
    #[must_use]
    pub fn env(&self) -> BTreeMap<String, String> {
        let mut env = BTreeMap::from([
            ("GOOS".to_owned(), self.0.os.clone()),
            ("GOARCH".to_owned(), self.0.arch.clone()),
        ]);
        if let Some(family) = self.family() {
            env.insert(family.variable.to_owned(), self.value(family).to_owned());
        }
        env
    }

    /// The name with the variant always in it, as GoReleaser 2.16 names folders in `dist` and the
    /// `target` of `artifacts.json`: `linux_amd64_v1`.
    #[must_use]
    pub fn folder(&self) -> String {
        let variant = self.family().map(|family| format!("_{}", self.value(family))).unwrap_or_default();
        format!("{}_{}{variant}", self.0.os, self.0.arch)
    }

    /// What the name of an executable ends in.
    #[must_use]
    pub fn extension(&self) -> &'static str {
        match (self.0.os.as_str(), self.0.arch.as_str()) {
            ("windows", _) => ".exe",
            (_, "wasm") => ".wasm",
            _ => "",
        }
    }

    fn family(&self) -> Option<&'static Family> {
        FAMILIES.iter().find(|family| family.arch == self.0.arch)
    }

    fn value<'a>(&'a self, family: &Family) -> &'a str {
        match self.0.variant.as_str() {
            "" => family.values[0],
            variant if family.always => variant.trim_start_matches('v'),
            variant => variant,
        }
    }
}

impl FromStr for Target {
    type Err = UnknownTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '/');
        let (os, arch) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let pair = format!("{os}/{arch}");
        if !KNOWN.contains(&pair.as_str()) {
            return Err(UnknownTarget::Platform { text: text.chars().take(80).collect() });
        }
        let family = FAMILIES.iter().find(|family| family.arch == arch);
        let variant = match (family, parts.next()) {
            (None, None) => String::new(),
            (None, Some(_)) => {
                return Err(UnknownTarget::NoVariants { text: text.into(), arch: arch.into(), known: pair });
            }
            (Some(family), chosen) => variant(family, chosen).ok_or_else(|| UnknownTarget::Variant {
                text: text.chars().take(80).collect(),
                arch: arch.into(),
                known: family.values.to_vec(),
            })?,
        };
        Ok(Self(Platform { os: os.into(), arch: arch.into(), variant }))
    }
}

/// The variant as a platform carries it: empty for the default, `v6` for GOARM 6.
fn variant(family: &Family, chosen: Option<&str>) -> Option<String> {
    let value = match chosen {
        None => family.values[0],
        Some(text) if family.always => text.strip_prefix('v').unwrap_or(text),
        Some(text) => text,
    };
    if !family.values.contains(&value) {
        return None;
    }
    Some(match (family.always, value == family.values[0]) {
        (true, _) => format!("v{value}"),
        (false, true) => String::new(),
        (false, false) => value.to_owned(),
    })
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Target {
    fn schema_name() -> Cow<'static, str> {
        "Target".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A platform: GOOS/GOARCH or GOOS/GOARCH/variant, as `linux/amd64/v3` or `linux/arm/7`.",
            "pattern": "^[a-z0-9]+/[a-z0-9]+(/[a-z0-9.]+)?$",
            "examples": KNOWN.as_slice()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().unwrap()
    }

    /// What GoReleaser 2.16.0 made of a command `greeter` on 2026-11-21.
    #[test]
    fn folders_are_those_of_goreleaser() {
        for (text, folder) in [
            ("linux/amd64", "linux_amd64_v1"),
            ("linux/386", "linux_386_sse2"),
            ("linux/arm64", "linux_arm64_v8.0"),
            ("linux/arm", "linux_arm_6"),
            ("linux/arm/7", "linux_arm_7"),
            ("linux/mips", "linux_mips_hardfloat"),
            ("linux/ppc64le", "linux_ppc64le_power8"),
            ("linux/ppc64", "linux_ppc64_power8"),
            ("linux/riscv64", "linux_riscv64_rva20u64"),
            ("linux/s390x", "linux_s390x"),
            ("linux/loong64", "linux_loong64"),
        ] {
            assert_eq!(target(text).folder(), folder);
        }
    }

    #[test]
    fn one_platform_has_one_name() {
        assert_eq!(target("linux/amd64/v1"), target("linux/amd64"));
        assert_eq!(target("linux/arm/v6"), target("linux/arm"));
        assert_eq!(target("linux/arm").to_string(), "linux/arm/v6");
        assert_eq!(target("linux/arm").env()["GOARM"], "6");
        assert_eq!(target("linux/amd64/v3").env()["GOAMD64"], "v3");
        assert_eq!(target("aix/ppc64").env()["GOPPC64"], "power8", "what this machine has set plays no part");
        assert_eq!(target("windows/amd64").extension(), ".exe");
        for known in KNOWN {
            assert_eq!(target(known).to_string().parse::<Target>(), Ok(target(known)));
        }
    }

    #[test]
    fn refuses_the_unknown_with_what_is_known() {
        let words = |text: &str| text.parse::<Target>().unwrap_err().to_string();
        assert!(words("linux/amd46").contains("did you mean `linux/amd64`?"), "{}", words("linux/amd46"));
        assert!(words("windows").contains("windows/arm64"));
        assert!(words("linux/amd64/v5").contains("v1 v2 v3 v4"));
        assert!(words("linux/s390x/z13").contains("write `linux/s390x`"));
        for text in
            ["", "/", "linux/", "linux/arm/", "linux/arm/vv6", "linux/arm/6/7", "Linux/amd64", "darwin/386"]
        {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
