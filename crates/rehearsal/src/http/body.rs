//! Bodies as they go out and come in, never whole in memory.

use bytes::Bytes;
use futures::stream::{self, Stream, StreamExt};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;

/// What ends a body or a connection early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// On purpose, by a fault.
    #[error("the connection is cut by a fault")]
    Cut,
    #[error("reading the body: {0}")]
    Read(#[from] std::io::Error),
}

/// The body type of every answer.
pub(crate) type ServeBody = UnsyncBoxBody<Bytes, Failure>;

/// A body without bytes.
pub(crate) fn empty() -> ServeBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A body from memory.
pub(crate) fn full(bytes: Bytes) -> ServeBody {
    Full::new(bytes).map_err(|never| match never {}).boxed_unsync()
}

/// A body from a stream of chunks.
pub(crate) fn streamed(chunks: impl Stream<Item = Result<Bytes, Failure>> + Send + 'static) -> ServeBody {
    StreamBody::new(chunks.map(|chunk| chunk.map(Frame::data))).boxed_unsync()
}

/// The bytes of a reader, in chunks.
pub(crate) fn chunks<R>(reader: R) -> impl Stream<Item = Result<Bytes, Failure>> + Send
where
    R: AsyncRead + Send + Unpin + 'static,
{
    stream::unfold(Some(reader), |reader| async {
        let mut reader = reader?;
        let mut buffer = bytes::BytesMut::with_capacity(CHUNK);
        match reader.read_buf(&mut buffer).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(buffer.freeze()), Some(reader))),
            Err(error) => Some((Err(error.into()), None)),
        }
    })
}

/// A body that a task fills; a full channel holds the task back.
pub(crate) fn channel() -> (mpsc::Sender<Result<Bytes, Failure>>, ServeBody) {
    let (sender, receiver) = mpsc::channel(4);
    let chunks = stream::unfold(receiver, |mut receiver: mpsc::Receiver<_>| async {
        receiver.recv().await.map(|chunk| (chunk, receiver))
    });
    (sender, streamed(chunks))
}

/// Reads a request body to its end and forgets it, so that the connection can be used again.
pub(crate) async fn discard(mut body: Incoming) -> Result<u64, hyper::Error> {
    let mut count = 0;
    while let Some(frame) = body.frame().await {
        count += frame?.data_ref().map_or(0, |data| data.len() as u64);
    }
    Ok(count)
}
