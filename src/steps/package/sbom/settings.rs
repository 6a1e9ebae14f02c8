//! The settings of `package.sbom`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Software bills of materials: CycloneDX 1.6 JSON, one for each archive or bare binary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BomSettings {
    /// What stands behind the download's name.
    pub suffix: String,
}

impl Default for BomSettings {
    fn default() -> Self {
        Self { suffix: ".sbom.json".into() }
    }
}
