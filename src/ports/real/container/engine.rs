//! The engine: found, asked for images, told to start containers.

use std::collections::HashMap;
use std::error::Error as _;
use std::io::ErrorKind;
use std::sync::Arc;

use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig, Mount as MountModel, MountType};
use bollard::query_parameters::{CreateContainerOptions, CreateImageOptionsBuilder, InspectContainerOptions};
use bollard::{API_DEFAULT_VERSION, Docker};
use camino::Utf8Path;
use futures::TryStreamExt as _;
use tokio::sync::OnceCell;

use super::own::Us;
use super::sibling::RealSibling;
use super::{leftovers, own};
use crate::kit::secret::Redactor;
use crate::ports::container::{ContainerError, Containers, Image, Mount, Sibling, Spec};
use crate::ports::real::Env;

/// Where an engine listens if nothing else is said.
const SOCKET: &str = "/var/run/docker.sock";

/// How long the engine may take to begin an answer, in seconds.
const PATIENCE: u64 = 120;

/// How many processes a container may have: far more than a build needs, far fewer than a machine has.
const PROCESSES: i64 = 16_384;

/// Where the process ids of a container's commands are kept, in memory: one file while a command runs.
pub const NOTES: &str = "/run/release-action";

/// That folder: in memory, for anybody, and for far more commands than run side by side. A file takes a page.
const NOTES_ARE: &str = "mode=1777,size=16m,nr_inodes=4096";

/// The first process. It lasts until its standard input ends, and that ends with us, however we end. Each
/// line is the number of a command that has ended: what that left behind is killed, and its note removed.
const LIFE: &str = "cd \"$0\" && while read -r number; do \
                    if read -r group <\"$number\"; then kill -s KILL -- \"-$group\"; fi; \
                    rm -f -- \"$number\"; \
                    done >/dev/null 2>&1";

/// The engine behind a Unix socket.
pub struct RealContainers {
    host: Option<String>,
    redactor: Redactor,
    engine: OnceCell<Docker>,
}

impl RealContainers {
    /// The engine that `DOCKER_HOST` names, else the one at its usual place. What its containers print
    /// passes `redactor`.
    #[must_use]
    pub fn new(env: &Env, redactor: Redactor) -> Self {
        let host = env.get("DOCKER_HOST").filter(|host| !host.is_empty()).map(str::to_owned);
        Self { host, redactor, engine: OnceCell::new() }
    }

    fn socket(&self) -> Result<&str, ContainerError> {
        match self.host.as_deref() {
            None => Ok(SOCKET),
            Some(host) => {
                host.strip_prefix("unix://").ok_or_else(|| ContainerError::Remote { host: host.to_owned() })
            }
        }
    }

    /// The engine, asked once for the version of its language.
    async fn engine(&self) -> Result<&Docker, ContainerError> {
        let socket = self.socket()?;
        let connect = || async {
            let docker = Docker::connect_with_unix(socket, PATIENCE, API_DEFAULT_VERSION)?;
            docker.negotiate_version().await
        };
        self.engine.get_or_try_init(connect).await.map_err(|error| unreachable(socket, &error))
    }

    /// Where our folders lie for the engine.
    async fn seen(&self, docker: &Docker, path: &Utf8Path) -> Result<String, ContainerError> {
        let us = own::us();
        let (Us::Container(name) | Us::Perhaps(name)) = &us else { return Ok(path.to_string()) };
        let found = docker.inspect_container(name, None::<InspectContainerOptions>).await;
        let found = match found {
            Ok(found) => found,
            Err(error) if status(&error) == Some(404) && matches!(us, Us::Perhaps(_)) => {
                return Ok(path.to_string());
            }
            Err(error) if status(&error) == Some(404) => {
                let socket = self.socket().unwrap_or(SOCKET).to_owned();
                return Err(ContainerError::Stranger { socket });
            }
            Err(error) => {
                return Err(refused("the engine did not say what is mounted into this container", &error));
            }
        };
        let mounts = found.mounts.unwrap_or_default().into_iter();
        let pairs: Vec<_> = mounts.filter_map(|mount| Some((mount.source?, mount.destination?))).collect();
        let outside = own::outside(path, &pairs);
        outside.map(Into::into).ok_or_else(|| ContainerError::NotMounted { path: path.to_owned() })
    }

    async fn mounts(&self, docker: &Docker, spec: &Spec) -> Result<Vec<MountModel>, ContainerError> {
        let mut models = Vec::new();
        for mount in &spec.mounts {
            let (typ, source, target) = match mount {
                Mount::Folder(path) | Mount::ToRead(path) => {
                    (MountType::BIND, self.seen(docker, path).await?, path.to_string())
                }
                Mount::Volume { name, at } => (MountType::VOLUME, name.clone(), at.to_string()),
            };
            let model = MountModel {
                typ: Some(typ),
                source: Some(source),
                target: Some(target),
                read_only: Some(matches!(mount, Mount::ToRead(_))),
                ..MountModel::default()
            };
            models.push(model);
        }
        Ok(models)
    }
}

#[async_trait::async_trait]
impl Containers for RealContainers {
    async fn ready(&self) -> Result<(), ContainerError> {
        self.engine().await.map(drop)
    }

    async fn image(&self, name: &str) -> Result<Image, ContainerError> {
        let docker = self.engine().await?;
        let none = |why: String| ContainerError::NoImage { image: name.to_owned(), why };
        let found = match docker.inspect_image(name).await {
            Err(error) if status(&error) == Some(404) => {
                tracing::info!(image = name, "the engine fetches an image");
                let (from, tag) = parts(name);
                let order = CreateImageOptionsBuilder::default().from_image(from).tag(tag).build();
                let steps = docker.create_image(Some(order), None, None);
                let told = steps.try_for_each(|step| async move {
                    match step.error_detail.and_then(|detail| detail.message) {
                        Some(why) => Err(Error::DockerStreamError { error: why }),
                        None => Ok(()),
                    }
                });
                told.await.map_err(|error| none(words(&error)))?;
                docker.inspect_image(name).await
            }
            other => other,
        };
        let found = found.map_err(|error| none(words(&error)))?;
        let id = found.id.ok_or_else(|| none("the engine does not say which one it is".into()))?;
        let digest = digest(name, found.repo_digests.unwrap_or_default()).unwrap_or_else(|| id.clone());
        Ok(Image { name: name.to_owned(), id, digest })
    }

    async fn start(&self, spec: Spec) -> Result<Arc<dyn Sibling>, ContainerError> {
        let docker = self.engine().await?;
        leftovers::remove(docker).await;
        let body = body(&spec, self.mounts(docker, &spec).await?);
        let made = docker.create_container(None::<CreateContainerOptions>, body).await;
        let made = made.map_err(|error| {
            refused(&format!("no container could be made of {}", spec.image.name), &error)
        })?;
        let sibling = RealSibling::begin(docker.clone(), made.id, &spec, self.redactor.clone()).await?;
        Ok(Arc::new(sibling))
    }
}

/// The container as the engine is told. It has nothing of what containers are given by default that a
/// compiler does not need; giving volumes to their user and killing what commands left behind are the two
/// things that root may do in it.
fn body(spec: &Spec, mounts: Vec<MountModel>) -> ContainerCreateBody {
    // The engine counts processors in billionths, and takes no more than whole numbers of them.
    #[expect(clippy::cast_possible_truncation, reason = "a number of processors is far from the limits")]
    let nano_cpus = spec.limits.cpus.map(|cpus| (cpus * 1e9) as i64);
    let memory = spec.limits.memory.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    let host = HostConfig {
        mounts: Some(mounts),
        tmpfs: Some(HashMap::from([(NOTES.to_owned(), NOTES_ARE.to_owned())])),
        auto_remove: Some(true),
        network_mode: spec.network.clone(),
        nano_cpus,
        memory,
        memory_swap: memory,
        pids_limit: Some(PROCESSES),
        cap_drop: Some(vec!["ALL".into()]),
        cap_add: Some(vec!["CHOWN".into(), "KILL".into()]),
        security_opt: Some(vec!["no-new-privileges".into()]),
        ..HostConfig::default()
    };
    ContainerCreateBody {
        // Not by its name: a tag may have moved since it was looked at.
        image: Some(spec.image.id.clone()),
        entrypoint: Some(["/bin/sh", "-c", LIFE, NOTES].map(Into::into).to_vec()),
        cmd: Some(Vec::new()),
        // Root here has next to no power; commands run as somebody else and cannot end it.
        user: Some("0:0".into()),
        attach_stdin: Some(true),
        open_stdin: Some(true),
        stdin_once: Some(true),
        attach_stdout: Some(true),
        labels: Some(HashMap::from([(leftovers::LABEL.to_owned(), String::new())])),
        host_config: Some(host),
        ..ContainerCreateBody::default()
    }
}

/// The digest that the image's own registry knows it by, of the `NAME@DIGEST` that the engine has for it.
fn digest(name: &str, mut known: Vec<String>) -> Option<String> {
    known.sort();
    let (own, _) = parts(name);
    let is_own = |text: &&String| text.split_once('@').is_some_and(|(of, _)| of == own);
    let text = known.iter().find(is_own).or(known.first())?;
    text.split_once('@').map(|(_, digest)| digest.to_owned())
}

/// Name and tag (or digest) of an image; without one, `latest`, since the engine would fetch all.
fn parts(name: &str) -> (&str, &str) {
    if let Some((name, digest)) = name.split_once('@') {
        return (name, digest);
    }
    match name.rsplit_once(':') {
        // A colon before a slash belongs to a port.
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (name, "latest"),
    }
}

/// The status of an answer, if there was one.
pub fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// What the engine said, without the library's words around it.
pub fn words(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        Error::DockerStreamError { error } => error.trim().to_owned(),
        other => other.to_string(),
    }
}

/// The engine said no to this.
pub fn refused(what: &str, error: &Error) -> ContainerError {
    ContainerError::Refused { what: what.to_owned(), why: words(error) }
}

/// Why the engine could not be spoken to.
fn unreachable(socket: &str, error: &Error) -> ContainerError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = error.source();
    if matches!(error, Error::SocketNotFoundError(_)) {
        return ContainerError::NoEngine { socket: socket.to_owned(), why: "there is no such socket".into() };
    }
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            return match io.kind() {
                ErrorKind::PermissionDenied => ContainerError::Forbidden { socket: socket.to_owned() },
                _ => ContainerError::NoEngine { socket: socket.to_owned(), why: io.to_string() },
            };
        }
        cause = error.source();
    }
    ContainerError::NoEngine { socket: socket.to_owned(), why: words(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_its_parts() {
        assert_eq!(parts("golang:1.26-bookworm"), ("golang", "1.26-bookworm"));
        assert_eq!(parts("localhost:5000/go"), ("localhost:5000/go", "latest"));
        assert_eq!(parts("localhost:5000/go:1"), ("localhost:5000/go", "1"));
        assert_eq!(parts("golang@sha256:ab"), ("golang", "sha256:ab"));
        assert_eq!(parts("golang:1@sha256:ab"), ("golang:1", "sha256:ab"));
    }

    #[test]
    fn its_own_registrys_digest_is_taken() {
        let known = || vec!["mine/go@sha256:bb".to_owned(), "golang@sha256:cc".to_owned()];
        assert_eq!(digest("golang:1.26", known()).as_deref(), Some("sha256:cc"));
        assert_eq!(digest("other", known()).as_deref(), Some("sha256:cc"));
        assert_eq!(digest("golang:1.26", Vec::new()), None);
    }

    #[tokio::test]
    async fn says_why_no_engine_answers() {
        let at = |host: &str| RealContainers::new(&Env::of([("DOCKER_HOST", host)]), Redactor::default());
        let error = at("unix:///no/such/docker.sock").ready().await.unwrap_err().to_string();
        assert_eq!(error, "no Docker engine answers at /no/such/docker.sock: there is no such socket");
        let error = at("tcp://10.0.0.1:2375").ready().await.unwrap_err();
        assert!(matches!(error, ContainerError::Remote { .. }), "{error}");
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("dead.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let error = at(&format!("unix://{}", path.display())).ready().await.unwrap_err().to_string();
        assert!(error.contains("refused"), "{error}");
    }
}
