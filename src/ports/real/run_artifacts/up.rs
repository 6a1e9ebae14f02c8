//! An artifact up: zipped while it is sent, one block in memory.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Method;
use tokio::sync::mpsc;
use url::Url;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, System, ZipWriter};

use super::RealRunArtifacts;
use super::wire::refused;
use crate::model::{Digest, Hasher};
use crate::ports::Files;
use crate::ports::files::FileError;
use crate::ports::http::Request;
use crate::ports::run_artifacts::{Content, Item, RunArtifactError};

/// Bytes of a block, as in GitHub's own client.
const BLOCK: usize = 8 * 1024 * 1024;

/// How long the sending of a block may take.
const LIMIT: Duration = Duration::from_secs(300);

/// How hard is compressed: a part is sent once and read once.
const LEVEL: i64 = 1;

/// Above this a file's length needs a zip's 64-bit form.
const LONG: u64 = 0xFF00_0000;

impl RealRunArtifacts {
    /// Sends the zip of these files in blocks and joins them; gives its length and digest.
    pub(super) async fn upload(
        &self,
        name: &str,
        address: &Url,
        items: Vec<Item>,
    ) -> Result<(u64, Digest), RunArtifactError> {
        let what = format!("take the bytes of `{name}`");
        let (sender, mut blocks) = mpsc::channel(1);
        let files = Arc::clone(&self.files);
        let zipping = tokio::task::spawn_blocking(move || write(files.as_ref(), &items, sender));
        let mut ids: Vec<String> = Vec::new();
        while let Some(block) = blocks.recv().await {
            // All ids of a blob must have the same length (Azure, Put Block).
            let id = STANDARD.encode(format!("{:08}", ids.len()));
            self.put_blob(&what, address, &[("comp", "block"), ("blockid", &id)], &[], block).await?;
            ids.push(id);
        }
        let broken = |why: String| RunArtifactError::Broken { what: format!("the zip of `{name}`"), why };
        let zipped = zipping.await.map_err(|error| broken(error.to_string()))?;
        let measured = zipped.map_err(|error| broken(error.to_string()))?;
        let list: String = ids.iter().map(|id| format!("<Latest>{id}</Latest>")).collect();
        let list = format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>{list}</BlockList>");
        let kind = [("x-ms-blob-content-type", "application/zip"), ("content-type", "application/xml")];
        self.put_blob(&what, address, &[("comp", "blocklist")], &kind, list.into()).await?;
        Ok(measured)
    }

    /// One request to the blob's host, which gets no token: the address is signed.
    async fn put_blob(
        &self,
        what: &str,
        address: &Url,
        query: &[(&str, &str)],
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<(), RunArtifactError> {
        let mut url = address.clone();
        url.query_pairs_mut().extend_pairs(query);
        let mut request = Request::new(Method::PUT, url);
        request.headers = headers.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
        request.body = body;
        request.limit = LIMIT;
        request.follow = false;
        let answer = self.http.send(request).await?;
        if answer.status == 201 || answer.status == 200 {
            return Ok(());
        }
        Err(refused(what, answer.status, &answer.excerpt()))
    }
}

/// Writes the zip, hashing it on the way.
fn write(files: &dyn Files, items: &[Item], sender: mpsc::Sender<Bytes>) -> io::Result<(u64, Digest)> {
    let mut blocks = Blocks { sender, block: Vec::with_capacity(BLOCK), hasher: Hasher::default() };
    let mut zip = ZipWriter::new_stream(&mut blocks);
    for item in items {
        let (len, executable) = match &item.content {
            Content::Bytes(bytes) => (bytes.len() as u64, false),
            Content::File(path) => {
                let meta = files.meta(path).map_err(io::Error::other)?;
                let missing = || FileError { path: path.clone(), source: io::ErrorKind::NotFound.into() };
                let meta = meta.ok_or_else(|| io::Error::other(missing()))?;
                (meta.len, meta.is_executable)
            }
        };
        let options = SimpleFileOptions::default()
            .system(System::Unix)
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            .unix_permissions(if executable { 0o755 } else { 0o644 })
            .large_file(len >= LONG);
        zip.start_file(item.name.as_str(), options)?;
        match &item.content {
            Content::Bytes(bytes) => zip.write_all(bytes)?,
            Content::File(path) => {
                io::copy(&mut files.open(path).map_err(io::Error::other)?, &mut zip)?;
            }
        }
    }
    zip.finish()?;
    blocks.send()?;
    Ok((blocks.hasher.bytes(), blocks.hasher.finish()))
}

/// Cuts what is written into blocks.
struct Blocks {
    sender: mpsc::Sender<Bytes>,
    block: Vec<u8>,
    hasher: Hasher,
}

impl Blocks {
    fn send(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK));
        self.hasher.update(&block);
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the upload was given up");
        self.sender.blocking_send(block.into()).map_err(gone)
    }
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(BLOCK - self.block.len());
        self.block.extend_from_slice(&bytes[..count]);
        if self.block.len() == BLOCK {
            self.send()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
