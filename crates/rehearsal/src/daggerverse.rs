//! Daggerverse: takes crawl requests and shows module pages some polls later.

use crate::effect::EffectKind;
use crate::http::{Answer, Call, Problem, Reply};
use crate::state::write_atomic;
use camino::Utf8PathBuf;
use chrono::{DateTime, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, PoisonError};

/// Longest form taken.
const LIMIT: usize = 16 * 1024;

/// The crawls asked for, in `crawls.json`.
#[derive(Debug)]
pub(crate) struct Crawls {
    file: Utf8PathBuf,
    polls: u32,
    crawls: Mutex<BTreeMap<String, Crawl>>,
}

/// One reference that was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Crawl {
    asked_at: DateTime<Utc>,
    /// Whether there is such a commit or tag; what isn't there is never indexed.
    found: bool,
    /// Polls of its page that still answer 404.
    polls_left: u32,
}

impl Crawls {
    pub(crate) fn open(file: Utf8PathBuf, polls: u32) -> io::Result<Self> {
        let crawls = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { file, polls, crawls: Mutex::new(crawls) })
    }

    /// Notes a request; asking again for what is indexed changes nothing.
    fn ask(&self, reference: &str, found: bool) -> io::Result<()> {
        let mut crawls = self.crawls.lock().unwrap_or_else(PoisonError::into_inner);
        let new = Crawl { asked_at: Utc::now(), found, polls_left: self.polls };
        let crawl = crawls.entry(reference.to_owned()).or_insert(new);
        crawl.found |= found;
        self.save(&crawls)
    }

    /// Whether the page is there for this poll.
    fn poll(&self, reference: &str) -> io::Result<bool> {
        let mut crawls = self.crawls.lock().unwrap_or_else(PoisonError::into_inner);
        match crawls.get_mut(reference) {
            Some(crawl) if crawl.found && crawl.polls_left == 0 => Ok(true),
            Some(crawl) if crawl.found => {
                crawl.polls_left -= 1;
                self.save(&crawls)?;
                Ok(false)
            }
            _ => Ok(false),
        }
    }

    fn list(&self) -> Vec<(String, Crawl)> {
        let crawls = self.crawls.lock().unwrap_or_else(PoisonError::into_inner);
        crawls.iter().map(|(reference, crawl)| (reference.clone(), crawl.clone())).collect()
    }

    fn save(&self, crawls: &BTreeMap<String, Crawl>) -> io::Result<()> {
        write_atomic(&self.file, &serde_json::to_vec_pretty(crawls)?)
    }
}

/// Everything below `/daggerverse`.
pub(crate) async fn route(call: &mut Call, path: &[&str]) -> Reply {
    match (call.method.as_str(), path) {
        ("PUT", ["crawl"]) => crawl(call).await,
        ("GET", ["crawl"]) => {
            Ok(Answer::bytes(StatusCode::ACCEPTED, "text/html; charset=utf-8", STATUS_PAGE))
        }
        ("GET", ["mod", reference @ ..]) => page(call, &reference.join("/")),
        ("GET", ["api", "refs"]) => refs(call),
        _ => Err(Problem::not_found()),
    }
}

const STATUS_PAGE: &str =
    "<!doctype html><title>Crawl</title><p>The module will be indexed in a few minutes.";

/// A module reference: `host/owner/repo[/subpath]@version` (dagger, core/gitref).
struct Reference<'a> {
    host: &'a str,
    owner: &'a str,
    repo: &'a str,
    subpath: String,
    version: &'a str,
}

fn parse(text: &str) -> Option<Reference<'_>> {
    let (path, version) = text.split_once('@')?;
    let mut parts = path.split('/');
    let (host, owner, repo) = (parts.next()?, parts.next()?, parts.next()?);
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    let rest: Vec<&str> = parts.collect();
    let whole = [host, owner, repo, version].iter().all(|part| !part.is_empty());
    let inside = rest.iter().all(|part| !part.is_empty() && *part != "." && *part != "..");
    let plain = text.chars().all(|c| !c.is_whitespace() && !c.is_control());
    (whole && inside && plain).then(|| Reference { host, owner, repo, subpath: rest.join("/"), version })
}

/// `PUT crawl`: the real one answers with a redirect to a page about the crawl, whatever comes of it.
async fn crawl(call: &mut Call) -> Reply {
    let body = call.small_body(LIMIT).await?;
    let form: Vec<(String, String)> = url::form_urlencoded::parse(&body).into_owned().collect();
    let given = form.iter().find(|(name, _)| name == "ref").map(|(_, value)| value.as_str());
    let given = given.ok_or_else(|| Problem::bad_request("the form field `ref` is missing"))?;
    let reference =
        parse(given).ok_or_else(|| Problem::bad_request("`ref` is no host/owner/repo[/subpath]@version"))?;
    let found = exists(call, &reference).await;
    call.world.crawls.ask(given, found)?;
    let doubt = if found { "" } else { "; there is no such commit or tag" };
    call.effect(EffectKind::CrawlRequested, format!("Daggerverse asked to index {given}{doubt}"));
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("ref", given).finish();
    let at = format!("{}/daggerverse/crawl?{query}", call.world.url);
    Ok(Answer::empty(StatusCode::SEE_OTHER).with("location", &at))
}

/// Whether the commit or tag is there; of a repository that the forge doesn't hold nothing can be said.
async fn exists(call: &Call, reference: &Reference<'_>) -> bool {
    let own = call.world.url.trim_start_matches("http://");
    if reference.host != "github.com" && reference.host != own {
        return true;
    }
    let Some(cell) = call.world.repo(reference.owner, reference.repo).await else { return true };
    let repo = cell.read().await;
    let version = reference.version;
    let mut names = vec![format!("refs/tags/{version}"), format!("refs/heads/{version}")];
    if !reference.subpath.is_empty() {
        names.insert(0, format!("refs/tags/{}/{version}", reference.subpath));
    }
    if names.iter().any(|name| repo.refs.contains_key(name)) {
        return true;
    }
    let sha = version.len() == 40 && version.bytes().all(|c| c.is_ascii_hexdigit());
    sha && call.world.git.commit_id(&repo.git_dir(), version).await.is_some()
}

/// `GET mod/{ref}`.
fn page(call: &Call, reference: &str) -> Reply {
    if !call.world.crawls.poll(reference)? {
        return Err(Problem::not_found());
    }
    let text = format!("<!doctype html><title>{0}</title><h1>{0}</h1>", crate::home::escape(reference));
    Ok(Answer::bytes(StatusCode::OK, "text/html; charset=utf-8", text))
}

/// `GET api/refs`: what is indexed.
fn refs(call: &Call) -> Reply {
    let indexed =
        call.world.crawls.list().into_iter().filter(|(_, crawl)| crawl.found && crawl.polls_left == 0);
    let item = |(reference, crawl): (String, Crawl)| -> Option<Value> {
        let (path, version) = reference.split_once('@')?;
        let number = version.strip_prefix('v').and_then(|number| semver::Version::parse(number).ok());
        Some(json!({
            "path": path,
            "version": version,
            // Only vMAJOR.MINOR.PATCH counts as a release there.
            "release": if number.is_some_and(|number| number.pre.is_empty()) { version } else { "" },
            "indexed_at": crawl.asked_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        }))
    };
    Ok(Answer::ok(&indexed.filter_map(item).collect::<Vec<_>>()))
}
