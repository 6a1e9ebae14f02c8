//! Our client of the run's artifact service, against the embedded one over real HTTP.

use std::sync::Arc;

use camino::Utf8Path;
use release_action::kit::secret::{Redactor, Secret};
use release_action::model::Problem;
use release_action::ports::Files;
use release_action::ports::real::{RealFiles, RealHttp, RealRunArtifacts};
use release_action::ports::run_artifacts::{Content, Item, RunArtifactError, RunArtifacts};
use release_rehearsal::{Forge, Options};
use tempfile::TempDir;

use crate::doubles::Hurry;

struct Rig {
    forge: Forge,
    redactor: Redactor,
    home: TempDir,
}

impl Rig {
    async fn new(faults: &[&str]) -> Self {
        let faults = faults.iter().map(|text| text.parse().unwrap()).collect();
        let forge = Forge::start(Options { faults, ..Options::default() }).await.unwrap();
        Self { forge, redactor: Redactor::default(), home: TempDir::new().unwrap() }
    }

    fn dir(&self) -> &Utf8Path {
        Utf8Path::from_path(self.home.path()).unwrap()
    }

    /// The client of a job.
    fn job(&self, run: &str) -> RealRunArtifacts {
        let files: Arc<dyn Files> = Arc::new(RealFiles);
        let http = RealHttp::new(self.redactor.clone(), Arc::clone(&files), Arc::new(Hurry));
        let token = Secret::new(self.forge.runtime_token(run, "job"));
        let url = format!("{}/some/path?x=1", self.forge.url());
        RealRunArtifacts::new(&url, token, Arc::new(http), files, self.redactor.clone()).unwrap()
    }

    /// Two files: a long one that does not compress, executable, and a short one.
    fn items(&self) -> Vec<Item> {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.dir().join("long");
        if !path.exists() {
            let mut state = 1_u64;
            let noise: Vec<u8> = (0..LONG)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (state >> 56) as u8
                })
                .collect();
            std::fs::write(&path, noise).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        vec![
            Item { name: "bin/long".into(), content: Content::File(path) },
            Item { name: "part.json".into(), content: Content::Bytes(b"{}\n".to_vec()) },
        ]
    }

    fn is_back(&self, dir: &Utf8Path) {
        assert_eq!(
            std::fs::read(dir.join("bin/long")).unwrap(),
            std::fs::read(self.dir().join("long")).unwrap()
        );
        assert!(RealFiles.meta(&dir.join("bin/long")).unwrap().unwrap().is_executable);
        assert_eq!(std::fs::read(dir.join("part.json")).unwrap(), b"{}\n");
    }

    fn count(&self, method: &str, part: &str) -> usize {
        let requests = self.forge.requests();
        requests.iter().filter(|one| one.method == method && one.path.contains(part)).count()
    }
}

/// Three blocks of 8 MiB, the last one short.
const LONG: usize = 20 * 1024 * 1024;

async fn round_trip(rig: &Rig) {
    rig.job("7").put("a", rig.items(), false).await.unwrap();
    let listed = rig.job("7").list().await.unwrap();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert!(listed[0].digest.is_some() && listed[0].name == "a");
    let to = rig.dir().join("back");
    rig.job("7").get(&listed[0], &to).await.unwrap();
    rig.is_back(&to);
    assert_eq!(RealFiles.list(rig.dir()).unwrap(), ["back", "long"], "the zip is gone again");
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_up_in_blocks_and_comes_back() {
    let rig = Rig::new(&[]).await;
    round_trip(&rig).await;
    assert_eq!(rig.count("PUT", "/run-artifacts/"), 4, "three blocks and their list");
    assert_eq!(rig.job("8").list().await.unwrap(), [], "another run sees nothing of it");
    // The blob's host refuses a token outright, so none was sent there. Signed addresses are secrets.
    let requests = std::fs::read_to_string(rig.forge.dir().join("requests.jsonl")).unwrap();
    assert!(requests.contains("sig=%E2%80%A6") || requests.contains("sig=…"), "{requests}");
}

#[tokio::test(flavor = "multi_thread")]
async fn survives_what_services_do() {
    for faults in [
        &["POST */CreateArtifact#1=status:500"][..],
        &["POST */CreateArtifact#1=applied-then-reset"],
        &["POST */CreateArtifact#1=torn"],
        &["POST */CreateArtifact#1=garbage"],
        &["POST */FinalizeArtifact#1=status:503"],
        &["POST */FinalizeArtifact#1=applied-then-reset"],
        &["POST */ListArtifacts#1=torn", "POST */ListArtifacts#2=truncated-json"],
        &["POST */GetSignedArtifactURL#1=reset-before", "POST */GetSignedArtifactURL#2=empty"],
        &["PUT */run-artifacts/*#1=status:500", "PUT */run-artifacts/*#3=reset-before"],
        &["PUT */run-artifacts/*#2=applied-then-reset", "PUT */run-artifacts/*#5=status:503"],
        &["GET */run-artifacts/*#1=torn", "GET */run-artifacts/*#2=reset-after"],
        &["GET */run-artifacts/*#1=wrong-content", "GET */run-artifacts/*#2=status:502"],
    ] {
        let rig = Rig::new(faults).await;
        round_trip(&rig).await;
        let struck = rig.forge.requests().iter().filter(|one| one.fault.is_some()).count();
        assert_eq!(struck, faults.len(), "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_broken_is_told() {
    for (fault, words, passing) in [
        ("POST */CreateArtifact=status:403", "refused to take the artifact `a`: HTTP 403", false),
        ("POST */FinalizeArtifact=garbage", "is broken: ", true),
        ("PUT */run-artifacts/*=status:403", "refused to take the bytes of `a`: HTTP 403", false),
        ("POST */FinalizeArtifact=status:400", "refused to finish the artifact `a`: HTTP 400", false),
        ("*=reset-before", "does not answer", true),
    ] {
        let rig = Rig::new(&[fault]).await;
        let error = rig.job("7").put("a", rig.items(), false).await.unwrap_err();
        let problem = Problem::from(error);
        assert!(problem.to_string().contains(words), "{fault}: {problem}");
        assert_eq!(problem.passing, passing, "{fault}");
        assert!(!problem.to_string().contains("sig="), "{problem}");
    }
    let rig = Rig::new(&["GET */run-artifacts/*=wrong-content"]).await;
    rig.job("7").put("a", rig.items(), false).await.unwrap();
    let listed = rig.job("7").list().await.unwrap();
    let to = rig.dir().join("back");
    let error = rig.job("7").get(&listed[0], &to).await.unwrap_err();
    assert!(error.to_string().contains("was promised"), "{error}");
    assert_eq!(RealFiles.list(rig.dir()).unwrap(), ["long"], "nothing of it stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_taken_once_unless_it_is_replaced() {
    let rig = Rig::new(&[]).await;
    let item = |text: &str| vec![Item { name: "x".into(), content: Content::Bytes(text.into()) }];
    rig.job("7").put("a", item("one"), false).await.unwrap();
    let error = rig.job("7").put("a", item("two"), false).await.unwrap_err();
    assert!(matches!(error, RunArtifactError::Exists(ref name) if name == "a"), "{error}");
    rig.job("7").put("a", item("three"), true).await.unwrap();
    let listed = rig.job("7").list().await.unwrap();
    assert_eq!(listed.len(), 1);
    rig.job("7").get(&listed[0], &rig.dir().join("back")).await.unwrap();
    assert_eq!(std::fs::read(rig.dir().join("back/x")).unwrap(), b"three");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_gone_leaves_no_artifact() {
    let rig = Rig::new(&[]).await;
    let missing = Item { name: "x".into(), content: Content::File(rig.dir().join("none")) };
    let error = rig.job("7").put("a", vec![missing], false).await.unwrap_err();
    assert!(error.to_string().contains("none"), "{error}");
    assert_eq!(rig.job("7").list().await.unwrap(), []);
    // The name it had taken gives way.
    rig.job("7").put("a", rig.items(), false).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_and_addresses_that_are_none() {
    let rig = Rig::new(&[]).await;
    let make = |url: &str, token: &str| {
        let files: Arc<dyn Files> = Arc::new(RealFiles);
        let http = RealHttp::new(Redactor::default(), Arc::clone(&files), Arc::new(Hurry));
        RealRunArtifacts::new(url, Secret::new(token), Arc::new(http), files, Redactor::default())
            .err()
            .map(|error| error.to_string())
    };
    let good = rig.forge.runtime_token("7", "job");
    assert_eq!(make("https://results.example", &good), None);
    assert!(make("results", &good).unwrap().contains("ACTIONS_RESULTS_URL is no address"));
    assert!(make("file:///x", &good).unwrap().contains("ACTIONS_RESULTS_URL is no HTTP address"));
    let words = make("https://results.example", "s3cr3t").unwrap();
    assert!(words.ends_with("ACTIONS_RUNTIME_TOKEN is no JSON web token"), "{words}");
}
