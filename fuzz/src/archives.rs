//! Readers of archives: what looks for secrets in them, and what unpacks a release as its users do.

use std::hint::black_box;
use std::io::{Cursor, Read as _};
use std::sync::LazyLock;

use release_action::kit::token::Seeker;
use release_action::steps::verify;
use release_action::steps::walk::Walk;
use tokio_util::sync::CancellationToken;

use super::Target;

static SEEKER: LazyLock<Seeker> = LazyLock::new(|| Seeker::new().expect("the forms of tokens are known"));

/// How much of one entry is looked at.
const ENOUGH: u64 = 4 << 20;

pub(super) fn targets() -> Vec<Target> {
    let mut all =
        vec![Target::new("archive-secrets", "archive", walk), Target::new("secrets", "archive", secrets)];
    for name in ["a.tar.gz", "a.tar.xz", "a.tar.zst", "a.zip"] {
        let target = format!("archive-{}", name.trim_start_matches("a.").replace('.', "-"));
        all.push(Target::new(&target, "archive", move |data| unpack(name, data)));
    }
    all
}

fn walk(data: &[u8]) {
    let mut walk = Walk::new(&SEEKER, CancellationToken::new());
    walk.file("a", Box::new(Cursor::new(data.to_vec())));
    let walked = walk.done();
    assert!(walked.files > 0 || !walked.unread.is_empty() || walked.bytes == 0);
    for unread in &walked.unread {
        assert!(!unread.why.is_empty());
    }
}

/// The same tokens, however the bytes come.
fn secrets(data: &[u8]) {
    let seek = |source: &mut dyn std::io::Read| {
        let mut found = Vec::new();
        let count = SEEKER.seek(source, &mut |leak| found.push(leak)).expect("bytes can be read");
        assert_eq!(count, data.len() as u64);
        found
    };
    let (front, back) = data.split_at(data.len() / 2);
    assert_eq!(seek(&mut Cursor::new(data)), seek(&mut Cursor::new(front).chain(back)));
}

fn unpack(name: &str, data: &[u8]) {
    let mut paths = Vec::new();
    let walked = verify::unpack::read(name, Box::new(Cursor::new(data.to_vec())), &mut |entry, bytes| {
        paths.push(entry.path.clone());
        std::io::copy(&mut bytes.take(ENOUGH), &mut std::io::sink()).map(drop)
    });
    for path in &paths {
        assert!(
            !path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | "." | "..")),
            "{path}"
        );
    }
    black_box(walked.is_ok());
}
