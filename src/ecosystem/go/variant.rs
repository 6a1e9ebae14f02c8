//! Which of the ways in which a release compiles can be looked at on this machine.

use std::collections::BTreeMap;

use crate::model::Platform;
use crate::model::facts::GoVariant;

/// Variables that choose a platform.
const PLATFORM: [&str; 10] =
    ["GOOS", "GOARCH", "GOAMD64", "GOARM", "GOARM64", "GO386", "GOMIPS", "GOMIPS64", "GOPPC64", "GORISCV64"];

/// One variant for each set of tags, with and without cgo: that of this machine where a release has one, else the
/// first. C for another platform is compiled only where a compiler is named for it; else Go looks at the same as for
/// this machine. A project that nothing is known of has one: what Go takes by itself.
#[must_use]
pub fn on_host(variants: &[GoVariant], host: &Platform) -> Vec<GoVariant> {
    let is_of_host = |variant: &GoVariant| {
        let is = |name: &str, value: &String| variant.env.get(name) == Some(value);
        is("GOOS", &host.os) && is("GOARCH", &host.arch)
    };
    let mut chosen: BTreeMap<(&[String], bool), &GoVariant> = BTreeMap::new();
    for variant in variants {
        let place = chosen.entry((&variant.tags, variant.has_c())).or_insert(variant);
        if is_of_host(variant) && !is_of_host(place) {
            *place = variant;
        }
    }
    if chosen.is_empty() {
        return vec![GoVariant::default()];
    }
    let lookable = |variant: &GoVariant| {
        let mut variant = variant.clone();
        if variant.has_c() && !is_of_host(&variant) && !variant.env.contains_key("CC") {
            variant.env.retain(|name, _| !PLATFORM.contains(&name.as_str()));
        }
        variant
    };
    chosen.into_values().map(lookable).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(os: &str, tags: &[&str], more: &[(&str, &str)]) -> GoVariant {
        let env = [("GOOS", os), ("GOARCH", "amd64"), ("CGO_ENABLED", "0")];
        let env = env.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        GoVariant { env: env.collect(), tags: tags.iter().map(|&tag| tag.to_owned()).collect() }
    }

    #[test]
    fn this_machine_goes_first_and_no_tag_is_left_out() {
        let host = Platform { os: "linux".into(), arch: "amd64".into(), variant: String::new() };
        let c = ("CGO_ENABLED", "1");
        let all = [
            variant("darwin", &[], &[]),
            variant("linux", &[], &[]),
            variant("windows", &["x"], &[]),
            variant("darwin", &[], &[c]),
            variant("darwin", &["y"], &[c, ("CC", "zig")]),
        ];
        let told: Vec<String> = on_host(&all, &host).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["linux/amd64", "this machine and cgo", "windows/amd64 with x", "darwin/amd64 with y and cgo"]
        );
        assert_eq!(on_host(&[], &host), [GoVariant::default()]);
    }
}
