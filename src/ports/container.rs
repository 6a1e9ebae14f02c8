//! Containers that run beside us, by the engine whose socket we may use.

use std::sync::Arc;

use camino::Utf8PathBuf;
use tokio_util::sync::CancellationToken;

use super::process::{Command, Ended, OnLine, ProcessError};
use crate::model::Problem;

/// An image as the engine has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The name that it was asked for by.
    pub name: String,
    /// The engine's own id, which no tag moves away from.
    pub id: String,
    /// `sha256:…`: the registry's digest, or the engine's own id where it came from no registry.
    pub digest: String,
}

impl Image {
    /// Name and digest in one text: the same for the same bytes, another for others.
    #[must_use]
    pub fn identity(&self) -> String {
        match self.name.split_once('@') {
            Some(_) => self.name.clone(),
            None => format!("{}@{}", self.name, self.digest),
        }
    }
}

/// What a container sees of the outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mount {
    /// A folder that we see under this path, and it under the same.
    Folder(Utf8PathBuf),
    /// The same, to read alone: a folder or a file.
    ToRead(Utf8PathBuf),
    /// A named volume, which outlives the container.
    Volume {
        /// Its name.
        name: String,
        /// Where it is seen.
        at: Utf8PathBuf,
    },
}

/// How much a container may take.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// Processors; all of them if `None`.
    pub cpus: Option<f64>,
    /// Bytes of memory, swap included; all of it if `None`.
    pub memory: Option<u64>,
}

/// A container to start.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Its image.
    pub image: Image,
    /// What it sees.
    pub mounts: Vec<Mount>,
    /// The user and the group that its commands run as; volumes are given to them.
    pub user: (u32, u32),
    /// How much it may take.
    pub limits: Limits,
    /// The engine's network to use; its default one if `None`.
    pub network: Option<String>,
}

/// Why a container could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ContainerError {
    /// Nobody answers at the socket.
    #[error("no Docker engine answers at {socket}: {why}")]
    NoEngine {
        /// The socket's path.
        socket: String,
        /// The system's words.
        why: String,
    },
    /// The socket is there, and not for us.
    #[error("this user may not use the Docker engine's socket {socket}")]
    Forbidden {
        /// The socket's path.
        socket: String,
    },
    /// `DOCKER_HOST` names an engine elsewhere.
    #[error("DOCKER_HOST is `{host}`, which is no socket of this machine")]
    Remote {
        /// The variable's value.
        host: String,
    },
    /// The image is not here and does not come.
    #[error("the image {image} cannot be had")]
    NoImage {
        /// Its name.
        image: String,
        /// The engine's words.
        why: String,
    },
    /// A folder of ours that the engine cannot see.
    #[error("{path} lies in this container alone, so that no other container can see it")]
    NotMounted {
        /// The folder.
        path: Utf8PathBuf,
    },
    /// The engine knows no container that is us.
    #[error("this runs in a container that the engine at {socket} does not know")]
    Stranger {
        /// The socket's path.
        socket: String,
    },
    /// The engine said no.
    #[error("{what}")]
    Refused {
        /// What was asked of it.
        what: String,
        /// Its words.
        why: String,
    },
}

impl From<ContainerError> for Problem {
    fn from(error: ContainerError) -> Self {
        let problem = Self::new(error.to_string());
        match error {
            ContainerError::NoEngine { .. } => problem.fix(
                "start Docker; in a container, mount its socket: `-v /var/run/docker.sock:/var/run/docker.sock`",
            ),
            ContainerError::Forbidden { .. } => {
                problem.fix("add the user to the group `docker`, or run this as root")
            }
            ContainerError::Remote { .. } => problem.fix(
                "builds need an engine that sees this machine's files: unset DOCKER_HOST, or set it to `unix:///PATH`",
            ),
            ContainerError::NoImage { image, why } => problem.because(why).fix(format!(
                "check the name, or fetch it before this step with `docker pull {image}`; another image is named by `build.docker.image`"
            )),
            ContainerError::NotMounted { .. } => {
                problem.fix("mount the repository's folder into this container: `-v \"$PWD:$PWD\"`")
            }
            ContainerError::Stranger { .. } => problem
                .fix("mount the socket of the engine that started this container, or set `build.environment: native`"),
            ContainerError::Refused { why, .. } => {
                problem.because(why).fix("check what `build.docker` asks for; the engine's own log may tell more")
            }
        }
    }
}

/// A container that runs until it is ended, or until we are.
#[async_trait::async_trait]
pub trait Sibling: Send + Sync {
    /// Runs a command in it, as [`super::Process::run`] does on this machine. Of the environment it
    /// gets the image's own and the command's, and no secret.
    ///
    /// # Errors
    ///
    /// If it cannot be run to its end; a non-zero exit code is no error here.
    async fn run(
        &self,
        command: Command,
        stop: &CancellationToken,
        line: OnLine<'_>,
    ) -> Result<Ended, ProcessError>;

    /// False once it has ended.
    fn is_up(&self) -> bool;

    /// Ends and removes it, with everything that runs in it.
    async fn end(&self);
}

/// The engine.
#[async_trait::async_trait]
pub trait Containers: Send + Sync {
    /// Whether an engine answers.
    ///
    /// # Errors
    ///
    /// If none does, or not to us.
    async fn ready(&self) -> Result<(), ContainerError>;

    /// The image of this name, fetched where the engine does not have it.
    ///
    /// # Errors
    ///
    /// If it cannot be had.
    async fn image(&self, name: &str) -> Result<Image, ContainerError>;

    /// Starts a container beside us.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or a folder of ours cannot be seen by it.
    async fn start(&self, spec: Spec) -> Result<Arc<dyn Sibling>, ContainerError>;
}
