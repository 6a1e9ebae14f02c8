//! The listener: accepts connections until it is told to stop.

use super::edge;
use super::wire::{Cut, Wire};
use crate::state::World;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How long running requests may take to end after `stop`.
const GRACE: Duration = Duration::from_secs(2);

/// A running listener; dropping it ends everything at once.
#[derive(Debug)]
pub(crate) struct Server {
    stop: watch::Sender<bool>,
    task: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves the world on a bound listener.
    pub(crate) fn start(listener: TcpListener, world: Arc<World>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, world, stopped));
        Self { stop, task: Some(task) }
    }

    /// Takes no more connections, lets requests end for a moment, and closes the rest.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the listener");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

async fn accept(listener: TcpListener, world: Arc<World>, mut stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&world), stopped.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    // Out of file descriptors: others must end first.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
            // Ended connections are taken out, so that the set doesn't grow.
            Some(_) = connections.join_next() => {}
            _ = stopped.changed() => break,
        }
    }
    drop(listener);
    let drained = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, drained).await.is_err() {
        connections.shutdown().await;
    }
}

async fn serve(stream: TcpStream, world: Arc<World>, mut stopped: watch::Receiver<bool>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "nodelay");
    }
    let cut = Cut::default();
    let io = TokioIo::new(Wire::new(stream, cut.clone()));
    let service = service_fn(move |request| edge::answer(Arc::clone(&world), cut.clone(), request));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).half_close(false);
    let connection = builder.serve_connection(io, service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
