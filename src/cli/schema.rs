//! The JSON Schema of the configuration.

use clap::Args;

use crate::model::{ExitCode, Problem};

use super::Failure;
use super::wire::World;

/// Print the JSON Schema of .release.yaml
#[derive(Debug, Args)]
pub struct Schema {}

impl Schema {
    pub(super) async fn call(self, world: World) -> Result<ExitCode, Failure> {
        world.print(&text()?)?;
        Ok(ExitCode::Done)
    }
}

/// The schema as it is committed under `schema/`.
pub(super) fn text() -> Result<String, Failure> {
    let schema = crate::config::schema::schema(&crate::steps::shapes());
    let broken = |error: serde_json::Error| {
        Failure::new(ExitCode::Bug, Problem::new("the schema cannot be written").caused_by(&error))
    };
    serde_json::to_string_pretty(&schema).map(|text| text + "\n").map_err(broken)
}
