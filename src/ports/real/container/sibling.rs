//! A container that lives as long as somebody holds the end of its standard input.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, InspectContainerOptions, RemoveContainerOptionsBuilder,
    StartContainerOptions,
};
use futures::StreamExt as _;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::engine::{refused, status};
use super::exec::Exec;
use crate::kit::secret::Redactor;
use crate::model::Problem;
use crate::ports::container::{ContainerError, Mount, Sibling, Spec};
use crate::ports::process::{Command, Ended, OnLine, ProcessError};

/// How often and how long it is looked whether a container is gone.
const LOOK: (u32, Duration) = (100, Duration::from_millis(100));

/// A running container.
pub struct RealSibling {
    docker: Docker,
    id: String,
    /// Whom its commands run as, `uid:gid`.
    user: String,
    redactor: Redactor,
    up: Arc<AtomicBool>,
    commands: AtomicU64,
    /// Its standard input: when this is closed, by us or by the system once we are dead, it ends. The
    /// numbers of commands that have ended go in.
    life: Mutex<Pin<Box<dyn AsyncWrite + Send>>>,
    watch: JoinHandle<()>,
}

impl RealSibling {
    /// Starts a container that was made, and gives its volumes to its user.
    ///
    /// # Errors
    ///
    /// If it does not start; then it is removed.
    pub async fn begin(
        docker: Docker,
        id: String,
        spec: &Spec,
        redactor: Redactor,
    ) -> Result<Self, ContainerError> {
        let user = format!("{}:{}", spec.user.0, spec.user.1);
        match Self::attach(docker.clone(), id.clone(), user, redactor).await {
            Ok(sibling) => match sibling.hand_out_volumes(spec).await {
                Ok(()) => Ok(sibling),
                Err(error) => {
                    sibling.end().await;
                    Err(error)
                }
            },
            Err(error) => {
                remove(&docker, &id).await;
                Err(refused(&format!("no container of {} could be started", spec.image.name), &error))
            }
        }
    }

    /// Takes hold of its input first: from its first moment on it ends with us.
    async fn attach(
        docker: Docker,
        id: String,
        user: String,
        redactor: Redactor,
    ) -> Result<Self, bollard::errors::Error> {
        let order = AttachContainerOptionsBuilder::default().stream(true).stdin(true).stdout(true).build();
        let held = docker.attach_container(&id, Some(order)).await?;
        docker.start_container(&id, None::<StartContainerOptions>).await?;
        let up = Arc::new(AtomicBool::new(true));
        let (down, mut output) = (Arc::clone(&up), held.output);
        let watch = tokio::spawn(async move {
            // It says nothing; its output ends when it does.
            while output.next().await.is_some() {}
            down.store(false, Ordering::Release);
        });
        let life = Mutex::new(held.input);
        Ok(Self { docker, id, user, redactor, up, commands: AtomicU64::new(0), life, watch })
    }

    /// A new volume belongs to root.
    async fn hand_out_volumes(&self, spec: &Spec) -> Result<(), ContainerError> {
        let volumes = spec.mounts.iter().filter_map(|mount| match mount {
            Mount::Volume { at, .. } => Some(at.as_str()),
            Mount::Folder(_) | Mount::ToRead(_) => None,
        });
        let volumes: Vec<&str> = volumes.collect();
        if volumes.is_empty() {
            return Ok(());
        }
        let command = Command::new("chown", "/").args([self.user.as_str()]).args(volumes);
        let exec = self.exec("0:0");
        let number = exec.number;
        let failed = |why: String| ContainerError::Refused {
            what: format!("the build's caches cannot be used in {}", spec.image.name),
            why,
        };
        let ran = exec.run(command, &CancellationToken::new(), &|_, _| ()).await;
        self.settle(number).await;
        match ran {
            Ok(ended) if ended.ok() => Ok(()),
            Ok(ended) => Err(failed(ended.errors())),
            Err(error) => Err(failed(Problem::from(error).what)),
        }
    }

    fn exec<'a>(&'a self, user: &'a str) -> Exec<'a> {
        let number = self.commands.fetch_add(1, Ordering::Relaxed);
        Exec { docker: &self.docker, container: &self.id, redactor: &self.redactor, user, number }
    }

    /// Kills what a command has left behind and forgets it. A container that has ended has done so.
    async fn settle(&self, number: u64) {
        let mut life = self.life.lock().await;
        let told = async {
            life.write_all(format!("{number}\n").as_bytes()).await?;
            life.flush().await
        };
        if let Err(error) = told.await {
            tracing::debug!(%error, number, "a container does not hear that a command has ended");
        }
    }
}

#[async_trait::async_trait]
impl Sibling for RealSibling {
    async fn run(
        &self,
        command: Command,
        stop: &CancellationToken,
        line: OnLine<'_>,
    ) -> Result<Ended, ProcessError> {
        let exec = self.exec(&self.user);
        let number = exec.number;
        let ran = exec.run(command, stop, line).await;
        self.settle(number).await;
        ran
    }

    fn is_up(&self) -> bool {
        self.up.load(Ordering::Acquire)
    }

    async fn end(&self) {
        remove(&self.docker, &self.id).await;
        self.up.store(false, Ordering::Release);
    }
}

impl Drop for RealSibling {
    fn drop(&mut self) {
        // It holds the other half of the connection.
        self.watch.abort();
    }
}

/// Removes a container and waits until it is gone. One that cannot be removed ends with our connection.
async fn remove(docker: &Docker, id: &str) {
    let order = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
    match docker.remove_container(id, Some(order)).await {
        // The engine removes it already, or has done so.
        Err(error) if !matches!(status(&error), Some(404 | 409)) => {
            tracing::warn!(%error, id, "a container could not be removed; it ends with this run");
            return;
        }
        _ => {}
    }
    for _ in 0..LOOK.0 {
        if docker.inspect_container(id, None::<InspectContainerOptions>).await.is_err() {
            return;
        }
        tokio::time::sleep(LOOK.1).await;
    }
    tracing::warn!(id, "a container is still there");
}
