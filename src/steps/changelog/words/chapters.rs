//! The history cut into releases.

use std::collections::{HashMap, HashSet};

use super::walk::Entry;
use crate::model::facts::Tag;

/// One release's part of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// The release's tag.
    pub tag: String,
    /// The commit it points at.
    pub commit: String,
    /// That commit's time, seconds since 1970.
    pub date: i64,
    /// Its commits, newest first.
    pub entries: Vec<Entry>,
    /// The tag before it.
    pub previous: Option<String>,
}

/// The newest release: what HEAD becomes.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Its tag, which need not exist yet.
    pub tag: &'a str,
    /// HEAD.
    pub commit: &'a str,
    /// HEAD's time, seconds since 1970.
    pub date: i64,
}

/// Cuts a history (children before parents, HEAD first) at its tags, newest chapter first.
///
/// A commit belongs to the first tag that contains it: every commit hands its own chapter on to its
/// parents, a tagged one begins a new chapter, and of several children the oldest chapter wins.
/// Children come first, so one pass does it.
#[must_use]
pub fn split(entries: Vec<Entry>, head: Head, tags: &[Tag]) -> Vec<Chapter> {
    let tags = tags_by_commit(tags);
    let mut chapters = vec![Chapter {
        tag: head.tag.into(),
        commit: head.commit.into(),
        date: head.date,
        entries: Vec::new(),
        previous: None,
    }];
    let mut of: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    for entry in entries {
        let handed_on = of.remove(&entry.id).unwrap_or(0);
        let chapter = match tags.get(entry.id.as_str()) {
            Some(tag) if entry.id != head.commit => {
                chapters.push(Chapter {
                    tag: tag.name.clone(),
                    commit: entry.id.clone(),
                    date: entry.committed,
                    entries: Vec::new(),
                    previous: None,
                });
                chapters.len() - 1
            }
            _ => handed_on,
        };
        for parent in &entry.parents {
            let known = of.entry(parent.clone()).or_insert(chapter);
            *known = chapter.max(*known);
        }
        chapters[chapter].entries.push(entry);
    }
    let names: Vec<String> = chapters.iter().skip(1).map(|chapter| chapter.tag.clone()).collect();
    for (chapter, previous) in chapters.iter_mut().zip(names) {
        chapter.previous = Some(previous);
    }
    chapters
}

/// Of several tags on one commit, the highest version names the chapter.
fn tags_by_commit(tags: &[Tag]) -> HashMap<&str, &Tag> {
    let mut by_commit: HashMap<&str, &Tag> = HashMap::new();
    for tag in tags {
        let known = by_commit.entry(tag.commit.as_str()).or_insert(tag);
        if tag.version > known.version {
            *known = tag;
        }
    }
    by_commit
}

/// Takes out commits that were reverted in the same chapter, and what reverted them.
pub fn drop_reverted(chapter: &mut Chapter) {
    let ids: Vec<String> = chapter.entries.iter().map(|entry| entry.id.clone()).collect();
    let mut gone: HashSet<String> = HashSet::new();
    // Newest first, so that the revert of a revert brings the commit back.
    for entry in &chapter.entries {
        if gone.contains(&entry.id) {
            continue;
        }
        let reverted: Vec<&String> = reverted_by(&entry.message)
            .filter_map(|short| ids.iter().find(|id| **id != entry.id && id.starts_with(short)))
            .collect();
        let named = reverted_by(&entry.message).count();
        gone.extend(reverted.iter().map(|id| (*id).clone()));
        if named > 0 && reverted.len() == named {
            gone.insert(entry.id.clone());
        }
    }
    chapter.entries.retain(|entry| !gone.contains(&entry.id));
}

/// The ids in lines `This reverts commit ID.`, as `git revert` writes them.
fn reverted_by(message: &str) -> impl Iterator<Item = &str> {
    message.lines().filter_map(|line| {
        let rest = line.trim().strip_prefix("This reverts commit ")?;
        let id = rest.split(|c: char| !c.is_ascii_hexdigit()).next()?;
        (7..=64).contains(&id.len()).then_some(id)
    })
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;

    fn entry(id: &str, parents: &[&str], message: &str) -> Entry {
        let parents = parents.iter().map(|parent| (*parent).to_owned()).collect();
        Entry { id: id.into(), parents, message: message.into(), ..Entry::default() }
    }

    fn tag(name: &str, commit: &str) -> Tag {
        let version = Version::parse(name.trim_start_matches('v')).unwrap();
        Tag { name: name.into(), version, commit: commit.into(), annotated: false }
    }

    fn ids(chapter: &Chapter) -> Vec<&str> {
        chapter.entries.iter().map(|entry| entry.id.as_str()).collect()
    }

    #[test]
    fn a_branch_merged_after_a_tag_belongs_to_the_next_one() {
        // a ─ b(v1) ─ m ─ h     side branch a ─ s ─ m
        let log = vec![
            entry("h", &["m"], ""),
            entry("m", &["b", "s"], ""),
            entry("s", &["a"], ""),
            entry("b", &["a"], ""),
            entry("a", &[], ""),
        ];
        let head = Head { tag: "v2.0.0", commit: "h", date: 5 };
        let chapters = split(log, head, &[tag("v1.0.0", "b"), tag("v2.0.0", "h"), tag("v1.0.0-rc.1", "b")]);
        assert_eq!(
            chapters.iter().map(|chapter| chapter.tag.as_str()).collect::<Vec<_>>(),
            ["v2.0.0", "v1.0.0"]
        );
        assert_eq!(ids(&chapters[0]), ["h", "m", "s"]);
        assert_eq!(ids(&chapters[1]), ["b", "a"]);
        assert_eq!(chapters[0].previous.as_deref(), Some("v1.0.0"));
        assert_eq!(chapters[1].previous, None);
    }

    #[test]
    fn a_revert_goes_with_what_it_reverts() {
        let log = vec![
            entry("cccccccc", &["bbbbbbbb"], "Revert \"b\"\n\nThis reverts commit bbbbbbbb.\n"),
            entry("bbbbbbbb", &["aaaaaaaa"], "feat: b"),
            entry("aaaaaaaa", &[], "Revert \"old\"\n\nThis reverts commit 0000000.\n"),
        ];
        let mut chapter = split(log, Head { tag: "v1.0.0", commit: "cccccccc", date: 0 }, &[]).remove(0);
        drop_reverted(&mut chapter);
        assert_eq!(ids(&chapter), ["aaaaaaaa"]);
    }

    #[test]
    fn the_revert_of_a_revert_brings_it_back() {
        let log = vec![
            entry("dddddddd", &["cccccccc"], "Revert\n\nThis reverts commit cccccccc."),
            entry("cccccccc", &["bbbbbbbb"], "Revert\n\nThis reverts commit bbbbbbbb."),
            entry("bbbbbbbb", &[], "feat: b"),
        ];
        let mut chapter = split(log, Head { tag: "v1.0.0", commit: "dddddddd", date: 0 }, &[]).remove(0);
        drop_reverted(&mut chapter);
        assert_eq!(ids(&chapter), ["bbbbbbbb"]);
    }
}
