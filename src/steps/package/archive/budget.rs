//! The memory that archives may take together.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::model::Problem;

const MIB: u64 = 1024 * 1024;

/// What all archives of this process may hold in memory at once, in MiB.
const WHOLE: u32 = 768;

/// The longest tar that is compressed in one piece, in bytes. Its length alone decides, never the
/// memory at hand: the two ways give different bytes.
pub const LONGEST_WHOLE: u64 = 240 * MIB;

/// Held while an archive uses memory.
pub struct Share {
    _permit: SemaphorePermit<'static>,
}

static BUDGET: Semaphore = Semaphore::const_new(WHOLE as usize);

/// Waits until these many bytes may be used; more than there are counts as all of them.
///
/// # Errors
///
/// If the budget is closed, which nothing here does.
pub async fn share(bytes: u64) -> Result<Share, Problem> {
    let mib = u32::try_from(bytes.div_ceil(MIB)).unwrap_or(WHOLE).clamp(1, WHOLE);
    let permit = BUDGET.acquire_many(mib).await;
    let permit = permit.map_err(|error| Problem::new("no memory for the archive").caused_by(&error))?;
    Ok(Share { _permit: permit })
}
