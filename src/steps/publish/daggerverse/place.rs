//! A module's pages on Daggerverse: one for the version, which is what is published, and one for the
//! commit, which only tells that the module was crawled.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use url::Url;

use crate::model::{Problem, State, Undone};
use crate::ports::http::Request;
use crate::steps::public;
use crate::steps::room::{Site, Target};

/// The first wait between two looks; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Where a module is indexed.
#[derive(Debug, Clone)]
pub struct Place {
    /// Daggerverse.
    pub base: Url,
    /// `host/owner/repo[/subdir]`.
    pub path: String,
    /// The commit.
    pub commit: String,
    /// `vX.Y.Z`.
    pub version: String,
    /// How long to wait for a page.
    pub timeout: Duration,
}

impl Place {
    /// Both references. The version comes first: its page is the one that people see. The commit is
    /// asked for too, since asking for a tag alone was seen to hang (dagger/dagger#7161).
    fn references(&self) -> [String; 2] {
        [format!("{}@{}", self.path, self.version), format!("{}@{}", self.path, self.commit)]
    }

    fn below(&self, segments: &[&str]) -> Result<Url, Problem> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Problem::new("`publish.daggerverse.url` has no path"))?
            .pop_if_empty()
            .extend(segments);
        Ok(url)
    }

    fn page(&self, reference: &str) -> Result<Url, Problem> {
        let segments: Vec<&str> = std::iter::once("mod").chain(reference.split('/')).collect();
        self.below(&segments)
    }

    fn crawl(&self, reference: &str) -> Result<Request, Problem> {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("ref", reference).finish();
        let mut request = Request::new(Method::PUT, self.below(&["crawl"])?);
        request.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
        request.body = Bytes::from(form);
        Ok(request)
    }
}

/// The target.
pub struct PlaceTarget(pub Place);

impl PlaceTarget {
    /// The address of a reference's page, if that is there.
    async fn look(&self, site: &Site, reference: &str) -> Result<Option<String>, Problem> {
        let url = self.0.page(reference)?;
        let response = site.ports.http.send(Request::new(Method::GET, url.clone())).await?;
        match response.status {
            200 => Ok(Some(url.to_string())),
            404 | 410 => Ok(None),
            status => {
                let problem = Problem::new(format!("Daggerverse answered {status} for {url}"))
                    .because(response.excerpt());
                Err(if status >= 500 { problem.passing() } else { problem })
            }
        }
    }

    /// Asks again and again until the version's page is there or time is up.
    async fn wait(&self, site: &Site) -> Result<(), Problem> {
        let [version, commit] = self.0.references();
        let mut pause = FIRST_WAIT.min(self.0.timeout);
        let mut waited = Duration::ZERO;
        loop {
            match self.look(site, &version).await {
                Ok(Some(_)) => return Ok(()),
                Ok(None) => {}
                Err(problem) if problem.passing => site.notice(problem),
                Err(problem) => return Err(problem),
            }
            if waited >= self.0.timeout || site.stop.is_cancelled() {
                break;
            }
            let pausing = pause.min(self.0.timeout - waited);
            tokio::select! {
                () = site.ports.clock.sleep(pausing) => {}
                () = site.stop.cancelled() => {}
            }
            waited += pausing;
            pause = (pause * 2).min(LONGEST_WAIT);
            site.progress(waited.as_secs(), Some(self.0.timeout.as_secs()), "seconds waited");
        }
        let page = self.0.page(&version)?;
        // Asked only now: where all is well, one question is enough.
        let why = match self.look(site, &commit).await {
            Ok(Some(_)) => "it has crawled the commit, but does not list the version",
            _ => "it was asked to index the module and answered that it would; it works in its own time",
        };
        Err(Problem::new(format!("Daggerverse has not shown {page} within {} s", self.0.timeout.as_secs()))
            .because(why)
            .fix(format!("look at the page later, or paste {version} at {}publish", self.0.base)))
    }
}

#[async_trait::async_trait]
impl Target for PlaceTarget {
    async fn observe(&self, site: &Site) -> Result<State, Problem> {
        let [version, _] = self.0.references();
        if let Some(proof) = self.look(site, &version).await? {
            return Ok(State::Same { proof });
        }
        // The tag may be there long before the release is: nothing is shown that is not public.
        if public::is_planned(site) && public::release(site).await?.is_none() {
            return Ok(public::awaited(site));
        }
        Ok(State::Absent)
    }

    async fn apply(&self, site: &Site, _: &State) -> Result<(), Problem> {
        let mut refused = Vec::new();
        for reference in self.0.references() {
            let response = site.ports.http.send(self.0.crawl(&reference)?).await?;
            if response.status >= 400 {
                refused.push(format!("{reference}: HTTP {} {}", response.status, response.excerpt()));
            }
        }
        // One of the two is enough; which one the service takes is not documented.
        if refused.len() == 2 {
            let problem = Problem::new("Daggerverse does not index this module");
            return Err(refused.into_iter().fold(problem, Problem::because).fix(format!(
                "paste {} at {}publish",
                self.0.references()[0],
                self.0.base
            )));
        }
        self.wait(site).await
    }

    async fn undo(&self, _: &Site, _: bool) -> Result<Undone, Problem> {
        Ok(Undone::Impossible {
            why: "Daggerverse has no way to take an indexed module back".into(),
            instead: format!(
                "delete the tag, so that {}@{} is no longer found, and ask the Dagger team on Discord to remove the page",
                self.0.path, self.0.version
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speaks_of_version_and_commit() {
        let place = Place {
            base: Url::parse("http://127.0.0.1:9/daggerverse").unwrap(),
            path: "github.com/o/r/sub".into(),
            commit: "c0ffee".into(),
            version: "v1.2.3".into(),
            timeout: Duration::from_secs(1),
        };
        let [version, commit] = place.references();
        assert_eq!(
            place.page(&version).unwrap().as_str(),
            "http://127.0.0.1:9/daggerverse/mod/github.com/o/r/sub@v1.2.3"
        );
        let request = place.crawl(&commit).unwrap();
        assert_eq!((request.method, request.url.path()), (Method::PUT, "/daggerverse/crawl"));
        assert_eq!(&request.body[..], b"ref=github.com%2Fo%2Fr%2Fsub%40c0ffee");
        assert!(request.repeatable);
    }
}
