//! Which lines were added since another commit? From `git diff -U0`.

use std::collections::{BTreeMap, BTreeSet};

/// The added lines of each file, by its path from the repository's root.
pub fn added(diff: &[u8]) -> BTreeMap<String, BTreeSet<u32>> {
    let mut added: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    let mut file = None;
    // Lines of a hunk that are still to come; they may look like anything.
    let mut inside = 0_u64;
    for line in diff.split(|&byte| byte == b'\n') {
        if inside > 0 {
            // `\ No newline at end of file` is counted by nobody.
            inside -= u64::from(!line.starts_with(b"\\"));
        } else if let Some(name) = line.strip_prefix(b"+++ ") {
            file = path(name);
        } else if let Some(rest) = line.strip_prefix(b"@@ -")
            && let Some((removed, from, count)) = hunk(rest)
        {
            inside = removed + u64::from(count);
            if let (Some(file), true) = (&file, count > 0) {
                added.entry(file.clone()).or_default().extend(from..from.saturating_add(count));
            }
        }
    }
    added
}

/// Of `12,3 +14,2 @@ …`: how many lines went, the first that came, and how many.
fn hunk(text: &[u8]) -> Option<(u64, u32, u32)> {
    let text = std::str::from_utf8(text).unwrap_or_else(|error| {
        // What follows the numbers is a line of the file, in whatever encoding.
        std::str::from_utf8(&text[..error.valid_up_to()]).unwrap_or_default()
    });
    let mut words = text.split(' ');
    let count = |range: &str| range.split_once(',').map_or(Ok(1), |(_, count)| count.parse());
    let removed: u32 = count(words.next()?).ok()?; // A line that only looks like a head is none.
    let new = words.next()?.strip_prefix('+')?;
    let from = new.split(',').next()?.parse().ok()?;
    Some((removed.into(), from, count(new).ok()?))
}

/// The path behind `b/`, in quotes where it holds what cannot be printed; none for a file that went.
fn path(name: &[u8]) -> Option<String> {
    let name = name.strip_suffix(b"\t").unwrap_or(name);
    let name = match name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")) {
        Some(quoted) => unquoted(quoted),
        None => name.to_vec(),
    };
    Some(String::from_utf8_lossy(name.strip_prefix(b"b/")?).into_owned())
}

fn unquoted(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let Some((&escaped, after)) = rest.split_first().filter(|_| byte == b'\\') else {
            out.push(byte);
            continue;
        };
        rest = after;
        match escaped {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'0'..=b'7' => {
                let digits = after.iter().take(2).take_while(|digit| (b'0'..=b'7').contains(digit)).count();
                let value = after[..digits]
                    .iter()
                    .fold(u32::from(escaped - b'0'), |value, digit| value * 8 + u32::from(digit - b'0'));
                out.push(value.to_le_bytes()[0]);
                rest = &after[digits..];
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_added_lines_whatever_they_look_like() {
        let diff = b"diff --git a/x.go b/x.go\n--- a/x.go\n+++ b/x.go\n@@ -3,0 +4,2 @@ func f() {\n+++ b/evil.go\n+@@ -1 +1,99 @@\n@@ -9,2 +12 @@ \xff\n-a\n-b\n+c\n\\ No newline at end of file\n\
            diff --git a/gone b/gone\n--- a/gone\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n\
            --- /dev/null\n+++ \"b/\\303\\244 \\\"q.go\"\n@@ -0,0 +1 @@\n+x\n--- a/s p\t\n+++ b/s p\t\n@@ -1 +1 @@\n-a\n+b\n";
        let lines: Vec<(String, Vec<u32>)> =
            added(diff).into_iter().map(|(name, lines)| (name, lines.into_iter().collect())).collect();
        assert_eq!(
            lines,
            [("s p".into(), vec![1]), ("x.go".into(), vec![4, 5, 12]), ("ä \"q.go".to_owned(), vec![1])]
        );
        assert!(added(b"").is_empty());
    }
}
