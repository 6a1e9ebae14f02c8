//! Which container we are, if any, and what the engine calls the folders that we see.
#![expect(clippy::disallowed_methods, reason = "this is a part of the place that touches files")]

use camino::{Utf8Path, Utf8PathBuf};

/// Files that an engine mounts into every container from the container's own folder, whose name is its id.
const MOUNTED: [&str; 3] = ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];

/// What engines leave in a container for those who want to know.
const MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// The container that this process runs in.
#[derive(Debug, PartialEq, Eq)]
pub enum Us {
    /// With this id, says the kernel.
    Container(String),
    /// With this name, if it is one: virtual machines are made of images as well.
    Perhaps(String),
    /// None: a bare machine.
    Machine,
}

/// Where this process runs.
pub fn us() -> Us {
    // Both are the kernel's own words; where they cannot be read, there is no engine either.
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    if let Some(id) = id_in(&mounts) {
        return Us::Container(id);
    }
    let inside = MARKS.iter().any(|mark| Utf8Path::new(mark).exists());
    let name = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    match name.trim() {
        name if inside && !name.is_empty() => Us::Perhaps(name.to_owned()),
        _ => Us::Machine,
    }
}

/// The container's id in `/proc/self/mountinfo` (proc_pid_mountinfo(5): the fourth field is the mounted
/// folder in its file system, the fifth where it is seen). The engine's own machine has mounts below
/// `containers/ID` as well, but not on these files.
fn id_in(mountinfo: &str) -> Option<String> {
    let line = |line: &str| {
        let mut fields = line.split(' ').skip(3);
        let (root, at) = (fields.next()?, fields.next()?);
        if !MOUNTED.contains(&at) {
            return None;
        }
        let is_id = |part: &&str| part.len() == 64 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
        root.split('/').find(is_id).map(str::to_owned)
    };
    mountinfo.lines().find_map(line)
}

/// Where a folder of ours lies for the engine, by what is mounted into us: pairs of the engine's path and
/// ours. `None` for a folder that no mount holds.
pub fn outside(path: &Utf8Path, mounts: &[(String, String)]) -> Option<Utf8PathBuf> {
    let holding = mounts.iter().filter_map(|(outside, inside)| {
        path.strip_prefix(inside).ok().map(|rest| (inside.len(), outside, rest))
    });
    let (_, outside, rest) = holding.max_by_key(|(depth, ..)| *depth)?;
    let outside = Utf8Path::new(outside);
    Some(if rest.as_str().is_empty() { outside.to_owned() } else { outside.join(rest) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn a_container_knows_its_id() {
        let inside = format!(
            "812 786 254:0 /srv/_work/x /github/workspace rw - ext4 /dev/vda rw\n\
             813 786 254:0 /var/lib/docker/containers/{ID}/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda rw\n"
        );
        assert_eq!(id_in(&inside).as_deref(), Some(ID));
        let podman = format!(
            "1 2 0:1 /containers/overlay-containers/{ID}/userdata/hostname /etc/hostname rw - tmpfs t rw"
        );
        assert_eq!(id_in(&podman).as_deref(), Some(ID));
    }

    #[test]
    fn a_machine_with_containers_is_none() {
        let machine = format!(
            "30 1 254:0 / / rw - ext4 /dev/vda rw\n\
             99 30 0:50 / /var/lib/docker/containers/{ID}/mounts/shm rw - tmpfs shm rw\n"
        );
        assert_eq!(id_in(&machine), None);
        assert_eq!(id_in(""), None);
    }

    #[test]
    fn the_deepest_mount_tells_the_path() {
        let pair = |outside: &str, inside: &str| (outside.to_owned(), inside.to_owned());
        let mounts = [pair("/home/x/_temp", "/github"), pair("/home/x/_work/r/r", "/github/workspace")];
        let of = |path: &str| outside(path.into(), &mounts).map(Utf8PathBuf::into_string);
        assert_eq!(of("/github/workspace").as_deref(), Some("/home/x/_work/r/r"));
        assert_eq!(of("/github/workspace/a/b").as_deref(), Some("/home/x/_work/r/r/a/b"));
        assert_eq!(of("/github/workspace2").as_deref(), Some("/home/x/_temp/workspace2"));
        assert_eq!(of("/srv"), None);
    }
}
