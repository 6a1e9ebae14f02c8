//! Emergency overrides: a release whose gates failed, and a person outside of the change who answers for it.
//!
//! What is asked for is a [`request`]; what is approved is a [`nonce`]; whether the two count is decided by pure
//! functions ([`judge`]) over what the forge tells. The scheduler alone acts on the answer.

pub mod audit;
mod case;
mod check;
mod issue;
mod judge;
#[cfg(test)]
mod judge_trials;
mod nonce;
mod place;
mod plan;
mod record;
mod request;
mod settings;
mod tell;

pub use plan::Overriding;
pub use request::Request;
