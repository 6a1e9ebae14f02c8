//! The smallest thing to do about a message: the command that changes it, and words that would do.

use super::settings::CommitsSettings;
use crate::kit::plain::cut;

/// What to do about the message of a commit; `newest` is the one at the end of the history.
pub fn remedy(id: &str, newest: bool, message: &str, settings: &CommitsSettings) -> String {
    let first = message.lines().next().unwrap_or_default();
    if ["fixup! ", "squash! ", "amend! "].iter().any(|begin| first.starts_with(begin)) {
        return format!(
            "before it is pushed: `git rebase --interactive --autosquash COMMIT^`, with the commit that {id} mends"
        );
    }
    let how = if newest {
        "`git commit --amend`".to_owned()
    } else {
        format!("`git rebase --interactive {id}^` and `reword`")
    };
    format!("before it is pushed, with {how}, write `{}`", better(first, settings))
}

/// The first line in the form that is asked for, as near to what it was as can be told.
fn better(first: &str, settings: &CommitsSettings) -> String {
    let (head, words) = match first.split_once(':') {
        Some((head, words)) if !head.contains(' ') && !words.trim().is_empty() => (head, words.trim()),
        _ => ("", first.trim()),
    };
    let bang = if head.ends_with('!') { "!" } else { "" };
    let (said, scope) = head.split_once('(').unwrap_or((head.trim_end_matches('!'), ""));
    let scope = scope.split(')').next().unwrap_or_default();
    let scope = match settings.scopes.as_slice() {
        _ if scope.is_empty() => String::new(),
        scopes if scopes.is_empty() || scopes.iter().any(|known| known == scope) => format!("({scope})"),
        scopes => format!("({})", scopes.join("|")),
    };
    let words = if words.is_empty() { "what it changes" } else { words };
    let line = format!("{}{scope}{bang}: {words}", kind(said, settings));
    if settings.longest == 0 { line } else { cut(&line, settings.longest) }
}

/// The type that is meant, where one can be told.
fn kind(said: &str, settings: &CommitsSettings) -> String {
    let said = said.to_lowercase();
    let meant = |kind: &&String| said.starts_with(kind.as_str()) || kind.starts_with(&said);
    match settings.types.iter().find(meant).filter(|_| !said.is_empty()) {
        Some(kind) => kind.clone(),
        None => "TYPE".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_would_do_are_named() {
        let settings =
            CommitsSettings { scopes: vec!["api".into()], longest: 30, ..CommitsSettings::default() };
        for (first, wanted) in [
            ("Feat: x", "feat: x"),
            ("feature: x", "feat: x"),
            ("feat(web)!: x", "feat(api)!: x"),
            ("wip", "TYPE: wip"),
            ("", "TYPE: what it changes"),
            ("feat:x", "feat: x"),
            ("feat: this line has very many characters", "feat: this line has very many\u{2026}"),
        ] {
            assert_eq!(better(first, &settings), wanted, "{first}");
        }
        assert!(remedy("abc", true, "wip", &settings).contains("`git commit --amend`"));
        assert!(remedy("abc", false, "wip", &settings).contains("`git rebase --interactive abc^`"));
        assert!(remedy("abc", false, "fixup! x", &settings).contains("--autosquash"));
    }
}
