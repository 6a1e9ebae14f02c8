//! Pure helpers without a layer of their own.

pub mod address;
pub mod asset_name;
pub mod claim;
pub mod conventional;
pub mod dockerfile;
pub mod entry_path;
pub mod lease;
pub mod licence;
pub mod mark;
pub mod markdown;
pub mod path;
pub mod plain;
pub mod random;
pub mod runners;
pub mod sarif;
pub mod secret;
pub mod secret_forms;
pub mod slug;
pub mod span;
pub mod template;
pub mod texts;
pub mod threshold;
pub mod token;
mod token_forms;
mod token_pem;
pub mod variable;
pub mod version;
