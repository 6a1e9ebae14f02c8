//! Facts, then the plan, then the run.

mod aside;
pub mod barriers;
pub mod budget;
pub mod bus;
pub mod converge;
pub mod handover;
pub mod hooked;
pub mod known;
pub mod loose;
pub mod matrix;
pub mod memory;
pub mod observe;
pub mod outstanding;
pub mod part;
pub mod parts;
pub mod plan;
pub mod retry;
pub mod rollback;
pub mod run;
pub mod schedule;
pub mod select;
pub mod shelf;
pub mod source;
pub mod tags;
pub mod variants;
pub mod work;
