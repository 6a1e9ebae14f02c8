//! Plain data of a release: what is known, planned, made, judged, done and written down.
//!
//! Nothing here acts: no network, no processes, no files. Other programs may depend on this crate
//! to read a plan, a journal or the release evidence.

pub mod artifact;
pub mod digest;
pub mod event;
pub mod evidence;
pub mod exit_code;
pub mod facts;
pub mod found;
pub mod made;
pub mod overridden;
pub mod plan;
pub mod problem;
pub mod state;
pub mod step;
pub mod task;
pub mod verdict;

pub use artifact::{Artifact, ArtifactKind, Platform};
pub use digest::{Digest, Hasher, KeyBuilder};
pub use event::{Event, Record, Stream, TakenFrom};
pub use evidence::Evidence;
pub use exit_code::ExitCode;
pub use facts::Facts;
pub use found::{Found, LetPass, Looked, Noted};
pub use made::MadeByHooks;
pub use overridden::Override;
pub use plan::Plan;
pub use problem::{Place, Problem};
pub use state::{Rank, State, Undone};
pub use step::Step;
pub use task::{Expected, Kind, Need, Task, TaskId, Use};
pub use verdict::{Proof, Row, Status, Verdict};
