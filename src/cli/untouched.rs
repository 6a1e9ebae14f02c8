//! Commands that change nothing leave no folders behind that they needed for looking.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::pipeline::known::SCRATCH;
use crate::ports::Files;

/// The dist folder as it was; what was not there is taken away again when this is dropped, as far as it is empty.
pub(super) struct Untouched {
    files: Arc<dyn Files>,
    absent: Vec<Utf8PathBuf>,
}

impl Untouched {
    /// Looks at what is there.
    pub(super) fn of(files: &Arc<dyn Files>, dist: &Utf8Path) -> Self {
        let folders = [dist.join(SCRATCH), dist.to_owned()];
        let absent = folders.into_iter().filter(|folder| matches!(files.meta(folder), Ok(None)));
        Self { absent: absent.collect(), files: Arc::clone(files) }
    }
}

impl Drop for Untouched {
    fn drop(&mut self) {
        for folder in &self.absent {
            // What a run has laid there meanwhile stays; a folder that cannot be removed harms nobody.
            if let Err(error) = self.files.remove_empty(folder) {
                tracing::debug!(%error, "an empty folder stays");
            }
        }
    }
}
