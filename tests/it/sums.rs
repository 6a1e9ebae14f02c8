//! A wrong `go.sum` is what the gate for lock files says of it, and ends nothing else.

use crate::harness::repo;

const MOD: (&str, &str) = ("go.mod", "module example.com/m\n\ngo 1.21\n\nrequire golang.org/x/text v0.3.8\n");
const MAIN: (&str, &str) = (
    "main.go",
    "package main\n\nimport \"golang.org/x/text/language\"\n\nfunc main() { println(language.English.String()) }\n",
);
const CONFIG: (&str, &str) = (".release.yaml", "version: 1\ngates: { pinning: { enabled: true } }\n");
const RIGHT: &str = "golang.org/x/text v0.3.8 h1:nAL+RVCQ9uMn3vJZbV+MRnydTJFPf8qqY42YiA6MrqY=\ngolang.org/x/text v0.3.8/go.mod h1:E6s5w1FMmriuDzIBO73fBruAKo1PCIq6d2Q6DHfQ8WQ=\n";

#[test]
fn a_wrong_hash_is_a_finding_of_the_gate_and_not_the_end_of_all() {
    for (sums, words, place) in [
        (
            RIGHT.replace("nAL+", "nBL+"),
            "go.sum has another hash for golang.org/x/text v0.3.8 than",
            "go.sum:1",
        ),
        (RIGHT.replace("E6s5", "E6s6"), "another hash for golang.org/x/text v0.3.8/go.mod than", "go.sum:2"),
        (format!("{RIGHT}what is this line\n"), "go.sum is not in step with its manifest", "go.sum"),
    ] {
        let repo = repo(&[MOD, MAIN, CONFIG, ("go.sum", sums.as_str())]);
        repo.tag("v1.0.0");
        repo.call(&["gates", "--only", "pinning"]).exits(11).says(words).says(place);
        repo.call(&["gates", "--only", "pinning", "--explain", "pinning"])
            .exits(11)
            .says("go list -deps for the tests and 6 platforms");
    }
}

#[test]
fn where_nothing_can_move_the_gate_says_so() {
    let repo = repo(&[("go.mod", "module example.com/m\n\ngo 1.21\n"), CONFIG]);
    repo.tag("v1.0.0");
    repo.call(&["gates", "--only", "pinning"]).exits(0).says("nothing here is pinned by reference");
}
