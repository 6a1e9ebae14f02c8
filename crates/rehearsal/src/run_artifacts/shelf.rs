//! The artifacts of all runs: a record and the bytes of each under `DIR/run-artifacts`.

use crate::state::{hex, read_json, remove_file, write_atomic, write_json};
use camino::{Utf8Path, Utf8PathBuf};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One artifact as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(super) id: u64,
    pub(super) run: String,
    pub(super) job: String,
    pub(super) name: String,
    /// Of the bytes; 0 until they are there.
    pub(super) size: u64,
    /// `sha256:` and hex, once it is finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    /// What isn't finished holds its name and is shown to nobody.
    pub(super) finished: bool,
}

/// Keeps them.
#[derive(Debug)]
pub(crate) struct Shelf {
    dir: Utf8PathBuf,
    records: Mutex<BTreeMap<u64, Record>>,
}

impl Shelf {
    /// Reads what an earlier forge left there.
    pub(crate) fn open(dir: Utf8PathBuf) -> io::Result<Self> {
        std::fs::create_dir_all(&dir)?;
        let mut records = BTreeMap::new();
        for entry in dir.read_dir_utf8()? {
            let path = entry?.into_path();
            if path.extension() == Some("json")
                && let Some(record) = read_json::<Record>(&path)?
            {
                records.insert(record.id, record);
            }
        }
        Ok(Self { dir, records: Mutex::new(records) })
    }

    fn records(&self) -> MutexGuard<'_, BTreeMap<u64, Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a name; `false` where the run has it already.
    pub(super) fn begin(&self, record: Record) -> io::Result<bool> {
        let mut records = self.records();
        if records.values().any(|other| other.run == record.run && other.name == record.name) {
            return Ok(false);
        }
        write_json(&self.record_file(record.id), &record)?;
        records.insert(record.id, record);
        Ok(true)
    }

    /// The artifact of a run with this name.
    pub(super) fn find(&self, run: &str, name: &str) -> Option<Record> {
        self.records().values().find(|record| record.run == run && record.name == name).cloned()
    }

    pub(super) fn get(&self, id: u64) -> Option<Record> {
        self.records().get(&id).cloned()
    }

    /// The finished artifacts of a run, the oldest first.
    pub(super) fn of_run(&self, run: &str) -> Vec<Record> {
        self.records().values().filter(|record| record.run == run && record.finished).cloned().collect()
    }

    pub(super) fn finish(&self, mut record: Record, size: u64, digest: String) -> io::Result<()> {
        record.size = size;
        record.digest = Some(format!("sha256:{digest}"));
        record.finished = true;
        write_json(&self.record_file(record.id), &record)?;
        self.records().insert(record.id, record);
        Ok(())
    }

    /// Removes an artifact: its record first, so that bytes without a record are all a crash can leave.
    pub(super) fn remove(&self, id: u64) -> io::Result<()> {
        remove_file(&self.record_file(id))?;
        self.records().remove(&id);
        remove_file(&self.bytes_file(id))?;
        self.drop_blocks(id)
    }

    fn record_file(&self, id: u64) -> Utf8PathBuf {
        self.dir.join(format!("{id}.json"))
    }

    /// Where the bytes lie; the number alone names the file, never the client.
    pub(super) fn bytes_file(&self, id: u64) -> Utf8PathBuf {
        self.dir.join(format!("{id}.zip"))
    }

    fn blocks(&self, id: u64) -> Utf8PathBuf {
        self.dir.join(format!("{id}.blocks"))
    }

    /// Keeps a block; the same one again replaces it. `false` where its id is longer or shorter than
    /// those before (Azure: "all block IDs must be the same length").
    pub(super) fn put_block(&self, id: u64, block: &[u8], bytes: &[u8]) -> io::Result<bool> {
        let dir = self.blocks(id);
        std::fs::create_dir_all(&dir)?;
        let name = hex(block);
        for entry in dir.read_dir_utf8()? {
            if entry?.file_name().len() != name.len() {
                return Ok(false);
            }
        }
        write_atomic(&dir.join(name), bytes)?;
        Ok(true)
    }

    /// Joins blocks in this order; `false` where one isn't there.
    pub(super) fn commit(&self, id: u64, blocks: &[Vec<u8>]) -> io::Result<bool> {
        let files: Vec<_> = blocks.iter().map(|block| self.blocks(id).join(hex(block))).collect();
        if !files.iter().all(|file| file.is_file()) {
            return Ok(false);
        }
        let part = self.bytes_file(id).with_extension("part");
        let mut whole = std::fs::File::create(&part)?;
        for file in &files {
            io::copy(&mut std::fs::File::open(file)?, &mut whole)?;
        }
        whole.flush()?;
        std::fs::rename(&part, self.bytes_file(id))?;
        self.drop_blocks(id)?;
        Ok(true)
    }

    fn drop_blocks(&self, id: u64) -> io::Result<()> {
        match std::fs::remove_dir_all(self.blocks(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Length and digest of a file; `None` if there is none.
pub(super) fn measure(file: &Utf8Path) -> io::Result<Option<(u64, String)>> {
    let mut source = match std::fs::File::open(file) {
        Ok(source) => source,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut digest = Sha256::new();
    let (mut buffer, mut size) = (vec![0; 256 * 1024], 0);
    loop {
        let count = source.read(&mut buffer)?;
        if count == 0 {
            return Ok(Some((size, hex(&digest.finalize()))));
        }
        digest.update(&buffer[..count]);
        size += count as u64;
    }
}
