//! The environment in the container.

use std::collections::BTreeMap;

/// Where the volume with the caches is seen.
pub const CACHE: &str = "/release-action-cache";

/// Go's own variables (`go help environment`, and those of its runtime). Left out are those that name
/// places of this machine or what only it has (`GOROOT`, `GOPATH`, `GOCACHE`, `GOENV`, `GOAUTH` and
/// others): the image has its own. Other names may begin with `GO` and be a secret's, as those of Google.
const OF_GO: [&str; 34] = [
    "GCCGO",
    "GO111MODULE",
    "GO386",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOARM64",
    "GODEBUG",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOFLAGS",
    "GOGC",
    "GOINSECURE",
    "GOMAXPROCS",
    "GOMEMLIMIT",
    "GOMIPS",
    "GOMIPS64",
    "GONOPROXY",
    "GONOSUMDB",
    "GOOS",
    "GOPPC64",
    "GOPRIVATE",
    "GOPROXY",
    "GORACE",
    "GORISCV64",
    "GOSUMDB",
    "GOTELEMETRY",
    "GOTOOLCHAIN",
    "GOTRACEBACK",
    "GOVCS",
    "GOWASM",
    "GOWORK",
    "GO_EXTLINK_ENABLED",
    "GO_TEST_TIMEOUT_SCALE",
];

/// Other variables that a build may see: how it reaches the network, what decides its bytes, and that no
/// person watches.
const SEEN: [&str; 16] = [
    "CI",
    "GITHUB_ACTIONS",
    "LANG",
    "TZ",
    "CC",
    "CXX",
    "AR",
    "PKG_CONFIG",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

/// What of our environment, from which secrets are taken out already, is given to the container, with the
/// folders that its tools keep things in.
pub fn given(ours: &BTreeMap<String, String>, cached: bool) -> BTreeMap<String, String> {
    let seen = |name: &str| OF_GO.contains(&name) || name.starts_with("CGO_") || SEEN.contains(&name);
    let kept = ours.iter().filter(|(name, _)| seen(name));
    let mut env: BTreeMap<String, String> = kept.map(|(name, value)| (name.clone(), value.clone())).collect();
    let caches = if cached { CACHE } else { "/tmp/release-action-cache" };
    // The user has no entry among the image's users, and so no home.
    env.insert("HOME".into(), "/tmp".into());
    env.insert("GOCACHE".into(), format!("{caches}/go-build"));
    env.insert("GOMODCACHE".into(), format!("{caches}/go-mod"));
    // Go's own default where it is not set on this machine. The official images switch downloads off, and an
    // image that was fetched long ago may hold an older patch than `go.mod` asks for by now.
    env.entry("GOTOOLCHAIN".into()).or_insert_with(|| "auto".into());
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_places_or_people_stays_here() {
        let ours: BTreeMap<String, String> = [
            ("GOPROXY", "https://proxy.example"),
            ("GOEXPERIMENT", "x"),
            ("GOPATH", "/home/me/go"),
            ("GOCACHE", "/home/me/cache"),
            ("GOAUTH", "netrc"),
            ("GOOGLE_CREDENTIALS", "{}"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/home/me/key.json"),
            ("GODADDY_KEY", "x"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("PATH", "/home/me/bin"),
            ("HOME", "/home/me"),
            ("CGO_CFLAGS", "-O2"),
            ("CI", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let env = given(&ours, true);
        let names: Vec<&str> = env.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            ["CGO_CFLAGS", "CI", "GOCACHE", "GOEXPERIMENT", "GOMODCACHE", "GOPROXY", "GOTOOLCHAIN", "HOME"]
        );
        assert_eq!(
            (env["HOME"].as_str(), env["GOCACHE"].as_str()),
            ("/tmp", "/release-action-cache/go-build")
        );
        assert_eq!(env["GOTOOLCHAIN"], "auto", "an older image fetches the Go that `go.mod` asks for");
        let set = BTreeMap::from([("GOTOOLCHAIN".to_owned(), "local".to_owned())]);
        assert_eq!(given(&set, true)["GOTOOLCHAIN"], "local");
        assert!(!given(&ours, false)["GOCACHE"].starts_with(CACHE));
    }
}
