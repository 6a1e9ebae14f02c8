//! What GitHub makes of an asset's name (cli/cli, pkg/cmd/release/upload: `sanitizeFileName`).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The name under which an uploaded file is kept.
pub(crate) fn asset_name(name: &str) -> String {
    let bare: String = name.nfd().filter(|c| !is_combining_mark(*c)).collect();
    let bare = match bare.strip_prefix('.') {
        Some(rest) => format!("default.{rest}"),
        None => bare,
    };
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '@');
    let parts: Vec<&str> = bare.split(|c| !allowed(c)).filter(|part| !part.is_empty()).collect();
    let only_extension = parts.len() == 1 && bare.contains('.') && !bare.starts_with(allowed);
    match (parts.is_empty(), only_extension) {
        (true, _) => "default".to_owned(),
        (false, true) => format!("default.{}", parts[0]),
        (false, false) => parts.join("."),
    }
}

#[cfg(test)]
mod tests {
    use super::asset_name;

    #[test]
    fn names_become_what_github_makes_of_them() {
        for (given, kept) in [
            ("greeter_1.0.0_linux_amd64.tar.gz", "greeter_1.0.0_linux_amd64.tar.gz"),
            ("a b  c.txt", "a.b.c.txt"),
            (".env", "default.env"),
            ("crème brûlée.zip", "creme.brulee.zip"),
            ("../../etc/passwd", "default.etc.passwd"),
            ("a..b...c", "a.b.c"),
            ("trailing.", "trailing"),
            ("v1~rc+1@x_y-z", "v1.rc+1@x_y-z"),
            ("~.tar", "default.tar"),
            ("🦀", "default"),
        ] {
            assert_eq!(asset_name(given), kept, "{given}");
            assert_eq!(asset_name(kept), kept, "{kept} is a fixed point");
        }
    }
}
