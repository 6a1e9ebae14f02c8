//! `notify/webhook`: one signed message to a program, as standardwebhooks.com writes it.

mod message;
mod receiver;
mod room;
mod send;
mod sign;

pub use room::Webhook;
