//! Real repositories, made in a temporary folder.

use super::*;
use crate::kit::secret::Redactor;
use crate::ports::Files as _;
use crate::ports::real::{Env, RealFiles, RealGit, RealProcess};

struct Repo {
    _temp: tempfile::TempDir,
    root: camino::Utf8PathBuf,
    git: RealGit,
    time: std::cell::Cell<u64>,
}

impl Repo {
    async fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = RealFiles.real_path(camino::Utf8Path::from_path(temp.path()).unwrap()).unwrap();
        let repo =
            Self { git: Self::git_at(&root, 1_700_000_000), root, time: 1_700_000_000.into(), _temp: temp };
        repo.run(&["init", "-q", "-b", "main"]).await;
        repo
    }

    /// Git at a fixed time, so that ids are the same in every run.
    fn git_at(root: &Utf8Path, time: u64) -> RealGit {
        let date = format!("{time} +0500");
        let path = Env::capture().get("PATH").unwrap().to_owned();
        let vars = [
            ("PATH", path.as_str()),
            ("HOME", root.as_str()),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "Zoë"),
            ("GIT_AUTHOR_EMAIL", "z@x"),
            ("GIT_COMMITTER_NAME", "Zoë"),
            ("GIT_COMMITTER_EMAIL", "z@x"),
            ("GIT_AUTHOR_DATE", date.as_str()),
            ("GIT_COMMITTER_DATE", date.as_str()),
        ];
        let env = Env::of(vars);
        RealGit::new(Arc::new(RealProcess::new(env.clone(), Redactor::default())), root, &env)
    }

    async fn run(&self, args: &[&str]) -> String {
        self.git.text(args).await.unwrap()
    }

    /// A commit that changes a file; its id.
    async fn commit(&self, file: &str, message: &str) -> String {
        self.time.set(self.time.get() + 86_400);
        let git = Self::git_at(&self.root, self.time.get());
        RealFiles.write(&self.root.join(file), message.as_bytes()).unwrap();
        git.run(&["add", "-A"]).await.unwrap();
        git.run(&["commit", "-q", "--allow-empty", "-m", message]).await.unwrap();
        self.run(&["rev-parse", "HEAD"]).await
    }

    /// What is known of it, with tags `(name, commit)`, the last of which is the one before HEAD.
    async fn facts(&self, dir: &str, tags: &[(&str, &str)]) -> Arc<Facts> {
        let tags: Vec<Tag> = tags
            .iter()
            .map(|(name, commit)| Tag {
                name: (*name).into(),
                version: name.rsplit('v').next().unwrap().parse().unwrap(),
                commit: (*commit).into(),
                annotated: true,
            })
            .collect();
        let id = self.run(&["rev-parse", "HEAD"]).await;
        let seconds: i64 = self.run(&["log", "-1", "--format=%ct"]).await.parse().unwrap();
        let date = chrono::DateTime::from_timestamp(seconds, 0).unwrap().to_rfc3339();
        let mut facts: Facts = serde_json::from_value(serde_json::json!({
            "project": "p", "dir": dir, "tag": "v2.0.0", "tag_at_head": true, "tag_annotated": true,
            "version": "2.0.0", "snapshot": false, "tags": tags, "previous": tags.last(),
            "slug": {"owner": "o", "name": "r"}, "forge_url": "https://forge.test", "ecosystems": {}, "tools": {},
            "commit": {"id": id, "date": date, "tree": "t", "dirty": [], "shallow": false, "branch": null},
            "host": {"os": "linux", "arch": "amd64"},
        }))
        .unwrap();
        facts.root = self.root.clone();
        Arc::new(facts)
    }

    async fn told(&self, facts: &Arc<Facts>, scope: Scope) -> String {
        let style = Style::find(&RealFiles, &facts.root, &facts.dir, None).unwrap();
        tell(&self.git, facts.clone(), style, scope).await.unwrap()
    }
}

#[tokio::test]
async fn notes_begin_after_the_last_release() {
    let repo = Repo::new().await;
    let first = repo.commit("a", "feat: one").await;
    repo.commit("a", "fix: two (#7)").await;
    let facts = repo.facts("", &[("v1.0.0", &first)]).await;
    let notes = repo.told(&facts, Scope::Release).await;
    assert!(notes.starts_with("### Fixes\n\n- Two ([#7](https://forge.test/o/r/issues/7)) (["), "{notes}");
    assert!(notes.contains("### Contributors\n\nZoë\n"), "{notes}");
    assert!(
        notes.ends_with("[v1.0.0...v2.0.0](https://forge.test/o/r/compare/v1.0.0...v2.0.0)\n"),
        "{notes}"
    );
    let history = repo.told(&facts, Scope::History).await;
    assert!(history.contains("/compare/v1.0.0...v2.0.0) (2023-11-16)\n"), "{history}");
    assert!(history.contains("/releases/tag/v1.0.0) (2023-11-15)\n\n### Features\n\n- One"), "{history}");
    assert_eq!(repo.told(&facts, Scope::History).await, history);
}

#[tokio::test]
async fn nothing_since_the_last_release_says_so() {
    let repo = Repo::new().await;
    let first = repo.commit("a", "feat: one").await;
    let facts = repo.facts("", &[("v1.0.0", &first)]).await;
    let notes = repo.told(&facts, Scope::Release).await;
    assert!(notes.starts_with(render::NOTHING), "{notes}");
}

#[tokio::test]
async fn a_project_in_a_folder_has_its_own_history() {
    let repo = Repo::new().await;
    repo.commit("tools/x/a", "feat: mine").await;
    repo.commit("b", "feat: somebody else's").await;
    let facts = repo.facts("tools/x", &[]).await;
    let history = repo.told(&facts, Scope::History).await;
    assert!(history.contains("- Mine") && !history.contains("omebody"), "{history}");
}

#[tokio::test]
async fn the_projects_own_style_is_taken() {
    let repo = Repo::new().await;
    let style = "[changelog]\nheader = \"# Mine\"\nbody = '''\n{% for c in commits %}* {{ c.message }}\n{% endfor %}'''\n";
    repo.commit("one", "feat: one").await;
    repo.commit("two", "feat: two").await;
    RealFiles.write(&repo.root.join(".config/cliff.toml"), style.as_bytes()).unwrap();
    let facts = repo.facts("", &[]).await;
    assert_eq!(repo.told(&facts, Scope::History).await, "# Mine\n* one\n* two\n");
    assert_eq!(repo.told(&facts, Scope::Release).await, "* one\n* two\n");
    let missing = Style::find(&RealFiles, &repo.root, Utf8Path::new(""), Some(Utf8Path::new("no.toml")));
    assert!(missing.unwrap_err().what.contains("no.toml"));
}

#[tokio::test]
async fn messages_from_outside_utf8_do_not_stop_it() {
    let repo = Repo::new().await;
    repo.commit("a", "feat: one").await;
    let tree = repo.run(&["rev-parse", "HEAD^{tree}"]).await;
    let parent = repo.run(&["rev-parse", "HEAD"]).await;
    let mut object =
        format!("tree {tree}\nparent {parent}\nauthor A\u{7} <a@x> 99999999999999999999 +0000\n")
            .into_bytes();
    object.extend(b"committer A <a@x> 1700200000 +0000\n\nfeat: bro\xff\xfeken\n");
    RealFiles.write(&repo.root.join("object"), &object).unwrap();
    let id = repo.run(&["hash-object", "-t", "commit", "-w", "--literally", "object"]).await;
    repo.run(&["reset", "-q", "--soft", &id]).await;
    let facts = repo.facts("", &[]).await;
    let history = repo.told(&facts, Scope::History).await;
    assert!(history.contains("- Bro\u{fffd}\u{fffd}ken"), "{history}");
}
