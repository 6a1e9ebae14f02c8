//! Room for a program of the project's that is only asked something. It was made by a build that may have done
//! whatever a dependency wanted, and we may hold a token that may publish, and the socket of Docker. So where we are
//! root, as in the Action's container, it runs as an account that owns nothing, in a folder of its own.
#![expect(
    clippy::disallowed_methods,
    reason = "beside process.rs, this is about the one place that starts children"
)]

use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::StatVfsMountFlags;
use tempfile::TempDir;

/// The account that owns nothing, on every Linux: `nobody` (and `nogroup`), to which the kernel itself maps those that
/// it does not know (<https://docs.kernel.org/admin-guide/sysctl/fs.html>, `overflowuid`).
pub(super) const NOBODY: u32 = 65534;

/// Keeps what this process holds from others of the same account: they may neither read its memory nor the variables it
/// was given (`/proc/PID/environ`), nor may a core file (`prctl(2)`, `PR_SET_DUMPABLE`). The children are as ever.
pub fn hide() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)
    {
        tracing::warn!(%error, "what this process holds cannot be kept from others of its account");
    }
}

/// How long it may take to remove what a program left behind.
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether every account may go to this folder, and programs in it may be run.
fn is_open(folder: &Path) -> bool {
    let enters = |folder: &Path| folder.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0);
    let runs = || rustix::fs::statvfs(folder).is_ok_and(|fs| !fs.f_flag.contains(StatVfsMountFlags::NOEXEC));
    folder.canonicalize().is_ok_and(|folder| folder.ancestors().all(enters)) && runs()
}

/// A folder that holds a copy of the program and is the account's own; removed when this is dropped.
#[derive(Debug)]
pub(super) struct Apart {
    folder: TempDir,
    program: Utf8PathBuf,
}

impl Apart {
    /// Puts a copy there: the account need not be able to enter the folders in which the program lies. None where we
    /// are not root, and have no account to give; where this root may give none; or where no folder for temporary files
    /// is open to others and to programs.
    ///
    /// # Errors
    ///
    /// If it cannot be copied.
    pub(super) async fn of(program: &Utf8Path) -> io::Result<Option<Self>> {
        if !cfg!(target_os = "linux") || !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let program = program.to_owned();
        tokio::task::spawn_blocking(move || Self::copied(&program)).await.map_err(io::Error::other)?
    }

    fn copied(program: &Utf8Path) -> io::Result<Option<Self>> {
        let places = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
        let Some(place) = places.iter().find(|place| is_open(place)) else {
            tracing::debug!("no folder for temporary files is open to others and to programs");
            return Ok(None);
        };
        let folder = tempfile::Builder::new().prefix("release-action-").tempdir_in(place)?;
        let home = Utf8PathBuf::try_from(folder.path().to_owned()).map_err(io::Error::other)?;
        let copy = home.join(program.file_name().unwrap_or("program"));
        std::fs::copy(program, &copy)?;
        std::fs::set_permissions(&copy, PermissionsExt::from_mode(0o755))?;
        match chown(folder.path(), Some(NOBODY), Some(NOBODY)) {
            Ok(()) => Ok(Some(Self { folder, program: copy })),
            // Root of a user namespace that knows no other account, or without the right: it is no more than we are.
            Err(error)
                if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::InvalidInput) =>
            {
                tracing::debug!(%error, "programs cannot be asked as another account");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the folder, however deep the program has made it: `rm` goes down without a call within a call, and is
    /// ended where it takes too long.
    pub(super) async fn remove(self) {
        let folder = self.folder.keep();
        let mut rm = tokio::process::Command::new("rm");
        rm.arg("-rf").arg("--").arg(&folder).kill_on_drop(true);
        let ended = tokio::time::timeout(PATIENCE, rm.status()).await;
        if !matches!(&ended, Ok(Ok(status)) if status.success()) {
            tracing::warn!(folder = %folder.display(), ?ended, "what a program left behind could not be removed");
        }
    }

    /// The copy.
    pub(super) fn program(&self) -> &Utf8Path {
        &self.program
    }

    /// The account's folder.
    pub(super) fn home(&self) -> &Path {
        self.folder.path()
    }
}
