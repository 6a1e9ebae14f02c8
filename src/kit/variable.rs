//! Names of variables by which people set settings.

/// What the names of our own variables begin with.
pub const PREFIX: &str = "RELEASE_ACTION_";

/// True if a variable of this name is a setting, as `RELEASE_ACTION_STEP__ROOM__KEY`. Settings hold no
/// secrets, whatever their names end with: what is secret is named by them.
#[must_use]
pub fn is_setting(name: &str) -> bool {
    name.split_at_checked(PREFIX.len())
        .is_some_and(|(prefix, rest)| prefix.eq_ignore_ascii_case(PREFIX) && rest.contains("__"))
}
