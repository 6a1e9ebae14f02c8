//! A project's first minute.

use crate::harness::{greeter, repo};

const BARE: [(&str, &str); 1] = [("README.md", "# Words\n")];

#[test]
fn forced_it_replaces_the_configuration_where_it_is() {
    let repo = repo(&BARE);
    repo.write(".config/release.yaml", "version: 1\nproject: { name: old }\n");
    repo.call(&["init"]).exits(2).says(".config/release.yaml is there already");
    repo.call(&["init", "--force"]).exits(0).says("Wrote .config/release.yaml and ");
    assert!(!repo.dir.join(".release.yaml").exists(), "no command accepts two");
    repo.call(&["check"]).exits(0).says(".config/release.yaml is good");
}

#[test]
fn forced_it_replaces_what_is_broken() {
    let repo = repo(&BARE);
    repo.write(".release.yaml", "version: 1\nnonsense: [\n");
    repo.call(&["init", "--force"]).exits(0).says("Wrote .release.yaml");
    repo.call(&["check"]).exits(0);
    repo.write(".release.yml", "version: 1\n");
    repo.call(&["init", "--force"]).exits(2).says("several configurations: .release.yaml, .release.yml");
}

#[test]
fn tests_that_fail_say_nothing_of_coverage() {
    let repo = greeter();
    let broken = "package greeting\n\nimport \"testing\"\n\nfunc TestNo(t *testing.T) { t.Fatal(\"no\") }\n";
    repo.write("internal/greeting/no_test.go", broken);
    repo.commit("fix: break it");
    let ran = repo.call(&["init"]).exits(0).says("gates/tests fails").says("default minimum of 85 %");
    assert!(!ran.out.contains("the minimum is set to"), "{}", ran.out);
    let config = std::fs::read_to_string(repo.dir.join(".release.yaml")).unwrap();
    assert!(!config.contains("minimum"), "{config}");
}
