//! Chapters into Markdown, through git-cliff's templates.

use std::collections::BTreeMap;

use chrono::DateTime;
use git_cliff_core::changelog::Changelog;
use git_cliff_core::commit::{Commit, Signature};
use git_cliff_core::config::Config;
use git_cliff_core::release::Release;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::chapters::Chapter;
use super::clean;
use super::style::Style;
use super::walk::Entry;
use crate::kit::conventional::Conventional;
use crate::model::Problem;

/// What stands where nothing changed.
pub const NOTHING: &str = "No user-visible changes.\n";

/// The characters of a tag that an address keeps.
const IN_PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The style.
    pub style: &'a Style,
    /// The repository's address, `https://github.com/o/r`, if there is one.
    pub repository: Option<&'a str>,
    /// Notes of one release: no header, no footer, no heading of its own.
    pub bare: bool,
    /// How many threads may work.
    pub threads: usize,
}

/// Renders the chapters, newest first.
///
/// # Errors
///
/// If a template of the project fails.
pub fn render(chapters: Vec<Chapter>, order: Order) -> Result<String, Problem> {
    let mut config = order.style.config.clone();
    config.remote.offline = true;
    if order.bare {
        config.changelog.header = None;
        config.changelog.footer = None;
    }
    let text = if order.threads > 1 && chapters.len() > 64 && is_local(&config) {
        in_parts(chapters, &config, order)?
    } else {
        in_one(chapters, config, order)?
    };
    Ok(tidy(&text))
}

/// True if header and footer do not look at the releases, so that parts can be rendered apart.
fn is_local(config: &Config) -> bool {
    let plain =
        |text: &Option<String>| text.as_ref().is_none_or(|text| !text.contains("{{") && !text.contains("{%"));
    // A skipped tag joins the releases around it, wherever the parts are cut.
    plain(&config.changelog.header) && plain(&config.changelog.footer) && config.git.skip_tags.is_none()
}

fn in_parts(chapters: Vec<Chapter>, config: &Config, order: Order) -> Result<String, Problem> {
    let size = chapters.len().div_ceil(order.threads);
    let mut parts: Vec<Vec<Chapter>> = Vec::new();
    let mut rest = chapters;
    while rest.len() > size {
        let tail = rest.split_off(size);
        parts.push(std::mem::replace(&mut rest, tail));
    }
    parts.push(rest);
    let last = parts.len() - 1;
    std::thread::scope(|scope| {
        let workers: Vec<_> = parts
            .into_iter()
            .enumerate()
            .map(|(at, part)| {
                let mut config = config.clone();
                if at > 0 {
                    config.changelog.header = None;
                }
                if at < last {
                    config.changelog.footer = None;
                }
                scope.spawn(move || in_one(part, config, order))
            })
            .collect();
        let joined = workers.into_iter().map(|worker| {
            worker
                .join()
                .unwrap_or_else(|_| Err(Problem::new("a thread that renders the changelog has died")))
        });
        joined.collect::<Result<String, Problem>>()
    })
}

fn in_one(chapters: Vec<Chapter>, config: Config, order: Order) -> Result<String, Problem> {
    let fail = |error: git_cliff_core::error::Error| {
        let problem = Problem::new("the changelog cannot be rendered").caused_by(&error);
        if order.style.own { problem } else { problem.fix("correct the template in your cliff.toml") }
    };
    let newest_first = config.git.sort_commits.eq_ignore_ascii_case("newest");
    // git-cliff takes the oldest first and writes the newest first.
    let releases = chapters.into_iter().rev().map(|chapter| release(chapter, newest_first, order)).collect();
    let changelog = Changelog::new(releases, config, None).map_err(fail)?;
    let mut out = Vec::new();
    changelog.generate(&mut out).map_err(fail)?;
    String::from_utf8(out).map_err(|error| Problem::new("the changelog is not UTF-8").caused_by(&error))
}

fn release<'a>(mut chapter: Chapter, newest_first: bool, order: Order) -> Release<'a> {
    let own = order.style.own;
    let extra = own.then(|| extra(&chapter, order));
    if !newest_first {
        chapter.entries.reverse();
    }
    let issues = order.repository.map(|repository| format!("{repository}/issues"));
    let previous = chapter.previous.map(|tag| Release { version: Some(tag), ..Release::default() });
    Release {
        version: Some(chapter.tag),
        commit_id: Some(chapter.commit),
        timestamp: Some(chapter.date),
        commits: chapter.entries.into_iter().map(|entry| commit(entry, own, issues.as_deref())).collect(),
        // git-cliff leaves a first release without commits out; ours says that nothing changed.
        previous: previous.or_else(|| own.then(Release::default)).map(Box::new),
        repository: order.repository.map(str::to_owned),
        extra,
        ..Release::default()
    }
}

fn extra(chapter: &Chapter, order: Order) -> serde_json::Value {
    let quoted = |tag: &str| utf8_percent_encode(tag, IN_PATH).to_string();
    let date = DateTime::from_timestamp(chapter.date, 0).unwrap_or_default().format("%Y-%m-%d").to_string();
    let compare = order.repository.zip(chapter.previous.as_ref()).map(|(repository, previous)| {
        let (from, to) = (quoted(previous), quoted(&chapter.tag));
        (format!("{repository}/compare/{from}...{to}"), format!("{previous}...{}", chapter.tag))
    });
    let page =
        order.repository.map(|repository| format!("{repository}/releases/tag/{}", quoted(&chapter.tag)));
    json!({
        "bare": order.bare,
        "date": date,
        "url": compare.as_ref().map(|(url, _)| url.clone()).or(page),
        "compare": compare.map(|(url, text)| format!("[{text}]({url})")),
        "commit_url": order.repository.map(|repository| format!("{repository}/commit")),
        "contributors": if order.bare { contributors(&chapter.entries) } else { String::new() },
    })
}

/// `Ada, Grace and Zoë`: everyone who wrote a commit or is named as co-author, but no bot.
fn contributors(entries: &[Entry]) -> String {
    let co_authors = entries.iter().flat_map(|entry| {
        entry.message.lines().filter_map(|line| {
            let (token, rest) = line.split_once(": ")?;
            let (name, email) = rest.split_once('<')?;
            token.eq_ignore_ascii_case("co-authored-by").then(|| (name.trim(), email.trim_end_matches('>')))
        })
    });
    let mut people: BTreeMap<String, String> = BTreeMap::new();
    let authors = entries.iter().map(|entry| (entry.author.as_str(), entry.email.as_str()));
    for (name, email) in authors.chain(co_authors) {
        if !name.trim().is_empty() && !is_bot(name, email) {
            people.entry(email.to_lowercase()).or_insert_with(|| clean::markdown(name, None));
        }
    }
    let mut names: Vec<String> = people.into_values().collect();
    names.sort_by_cached_key(|name| (name.to_lowercase(), name.clone()));
    names.dedup();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// A machine's account: GitHub marks its own with `[bot]`, others are called so.
fn is_bot(name: &str, email: &str) -> bool {
    let name = name.trim().to_lowercase();
    let called = ["[bot]", "-bot", " bot"].iter().any(|ending| name.ends_with(ending));
    called || matches!(name.as_str(), "dependabot" | "renovate") || email.contains("[bot]@")
}

fn commit<'a>(entry: Entry, own: bool, issues: Option<&str>) -> Commit<'a> {
    let short: String = entry.id.chars().take(7).collect();
    let signature = |name: &str, email: String, timestamp: i64| Signature {
        name: Some(clean::plain(name)),
        email: Some(email),
        timestamp,
    };
    Commit {
        message: if own { tidy_message(&entry.message, issues) } else { clean::plain(&entry.message) },
        author: signature(&entry.author, entry.email, entry.authored),
        committer: signature(&entry.committer, entry.committer_email, entry.committed),
        merge_commit: entry.parents.len() > 1,
        extra: own.then(|| json!({ "short": short })),
        id: entry.id,
        ..Commit::default()
    }
}

/// What our own style shows of a message: its first line and what it breaks, as harmless Markdown.
fn tidy_message(message: &str, issues: Option<&str>) -> String {
    let Some(commit) = Conventional::parse(message) else {
        let line = clean::markdown(message.trim_start().lines().next().unwrap_or_default(), issues);
        return if line.is_empty() { "(no message)".into() } else { line };
    };
    let scope = commit.scope.map(|scope| format!("({})", clean::markdown(&scope.replace('`', ""), None)));
    let bang = if commit.breaking { "!" } else { "" };
    let description = match clean::markdown(commit.description, issues) {
        text if text.is_empty() => "(no description)".into(),
        text => text,
    };
    let first = format!("{}{}{bang}: {description}", commit.kind, scope.unwrap_or_default());
    match commit.breaking_note {
        Some(note) => format!("{first}\n\nBREAKING CHANGE: {}", clean::markdown(&note, issues)),
        None => first,
    }
}

/// No space at the ends of lines, never two empty lines, one line feed at the end; and never nothing.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 1;
    for line in text.lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    let end = out.trim_end().len();
    out.truncate(end);
    if out.is_empty() {
        return NOTHING.into();
    }
    out.push('\n');
    out
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
