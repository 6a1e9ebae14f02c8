//! Numbers for everything the forge makes: rising, never used twice, also after a restart.

use super::store::{read_json, write_json};
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use std::io;
use std::sync::{Mutex, PoisonError};

/// Ids are reserved on disk in blocks of this size.
const BLOCK: u64 = 100;

/// The counter and its file, `ids.json`.
#[derive(Debug)]
pub(crate) struct Ids {
    file: Utf8PathBuf,
    next: Mutex<(u64, u64)>,
}

#[derive(Serialize, Deserialize)]
struct Reserved {
    version: u32,
    next: u64,
}

impl Ids {
    pub(crate) fn open(dir: &Utf8Path) -> io::Result<Self> {
        let file = dir.join("ids.json");
        let next = read_json::<Reserved>(&file)?.map_or(1001, |reserved| reserved.next);
        Ok(Self { file, next: Mutex::new((next, next)) })
    }

    /// The next number.
    pub(crate) fn next(&self) -> io::Result<u64> {
        let mut counter = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if counter.0 >= counter.1 {
            let reserved = counter.0 + BLOCK;
            write_json(&self.file, &Reserved { version: 1, next: reserved })?;
            counter.1 = reserved;
        }
        counter.0 += 1;
        Ok(counter.0 - 1)
    }
}
