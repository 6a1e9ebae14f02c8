//! HTTP/1.1 on loopback: the listener, one request's way through it, and what is kept of it.

mod answer;
mod body;
mod call;
mod edge;
mod problem;
mod requests;
mod route;
mod server;
mod spoil;
mod wire;

pub(crate) use answer::{Answer, Payload};
pub(crate) use body::{Failure, channel, discard};
pub(crate) use call::{Call, Reply, tokens};
pub(crate) use problem::Problem;
pub(crate) use requests::RequestBook;
pub use requests::RequestRecord;
pub(crate) use server::Server;
