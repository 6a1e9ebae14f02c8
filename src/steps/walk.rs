//! Walks files and whatever they hold, as deep as it goes. What a thing is follows from its first bytes. Nothing is
//! put on the disk, and nothing of what is read is believed: what cannot be looked into to its end is told.

use std::io::{self, BufReader, Cursor, Read, Seek};

use tokio_util::sync::CancellationToken;

use super::container::{Container, HEAD, ar};
use crate::kit::metered;
use crate::kit::packed;
use crate::kit::token::{Leak, Seeker};
use crate::ports::files::Source;

/// How deep archives may lie in each other.
const DEEPEST: usize = 8;

/// The most entries of a file, however deep.
const MOST_ENTRIES: u64 = 1_000_000;

/// One GiB.
const GIB: u64 = 1024 * 1024 * 1024;

/// The most bytes of a file, unpacked, where nobody says less.
const MOST_BYTES: u64 = 64 * GIB;

/// The longest zip in another archive, with those around it, in bytes: its list stands at its end, so it must be held.
const LONGEST_ZIP: u64 = 256 * 1024 * 1024;

/// The most secrets, and files not looked into, that are told one by one.
const MOST: usize = 10_000;

/// The longest name of a place, in characters.
const NAME: usize = 300;

/// A secret, and where.
#[derive(Debug)]
pub struct Found {
    /// `a.tar.gz, entry b/c`.
    pub place: String,
    /// What.
    pub leak: Leak,
}

/// What could not be looked into.
#[derive(Debug)]
pub struct Unread {
    /// The last name of it: `c`.
    pub name: String,
    /// Where it is.
    pub place: String,
    /// Why not.
    pub why: String,
}

/// What was looked at.
#[derive(Debug, Default)]
pub struct Walked {
    /// What was found.
    pub found: Vec<Found>,
    /// What more there is.
    pub left_out: u64,
    /// What was not looked into.
    pub unread: Vec<Unread>,
    /// How many files were, archives not counted.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

impl Walked {
    /// Adds what was seen elsewhere.
    pub fn add(&mut self, other: Self) {
        let room = MOST.saturating_sub(self.found.len());
        self.left_out += other.left_out + other.found.len().saturating_sub(room) as u64;
        self.found.extend(other.found.into_iter().take(room));
        // The scan fails by one of these as by many, and the gate for secrets tells of them in a row.
        let room = MOST.saturating_sub(self.unread.len());
        self.unread.extend(other.unread.into_iter().take(room));
        self.files += other.files;
        self.bytes += other.bytes;
    }
}

/// A walk through any number of files.
pub struct Walk<'a> {
    seeker: &'a Seeker,
    stop: CancellationToken,
    walked: Walked,
    entries: u64,
    /// How many bytes of zips are in memory.
    held: u64,
    /// How many bytes are looked at.
    most: u64,
}

/// Where the walk is.
#[derive(Clone)]
struct Place {
    words: String,
    name: String,
    depth: usize,
}

impl Place {
    fn entry(&self, name: &str) -> Self {
        let name: String = name.chars().take(NAME).flat_map(char::escape_debug).collect();
        let last = name.rsplit('/').next().unwrap_or_default().to_owned();
        Self { words: format!("{}, entry {name}", self.words), name: last, depth: self.depth + 1 }
    }

    fn unpacked(&self) -> Self {
        Self { depth: self.depth + 1, ..self.clone() }
    }

    /// What a decoder may ask for here: a package in an archive as much as any, and less what lies deeper, since all
    /// that is around it is open too.
    fn memory(&self) -> u64 {
        if self.depth < 3 { packed::USUAL } else { packed::USUAL / 8 }
    }
}

impl<'a> Walk<'a> {
    /// Begins.
    pub fn new(seeker: &'a Seeker, stop: CancellationToken) -> Self {
        Self { seeker, stop, walked: Walked::default(), entries: 0, held: 0, most: MOST_BYTES }
    }

    /// Looks at so many bytes and no more; that there were more is told.
    #[must_use]
    pub fn within(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// Looks through a file. One that cannot be opened, though it begins like an archive, is looked at as it is, too.
    pub fn file(&mut self, name: &str, mut file: Box<dyn Source>) {
        let place = Place { words: name.to_owned(), name: name.to_owned(), depth: 0 };
        let (container, looked) = match head(&mut file) {
            Ok(head) => {
                let container = Container::of(&head);
                (container, self.whole(&place, container, &head, &mut file))
            }
            Err(error) => (None, Err(error)),
        };
        let torn = looked.is_err() && !matches!(container, None | Some(Container::Closed(_)));
        self.noted(&place, looked);
        if torn && self.walked.bytes < self.most {
            let looked = file.rewind().and_then(|()| self.bytes(&place, &mut file));
            self.noted(&place, looked);
        }
    }

    fn whole(
        &mut self,
        place: &Place,
        container: Option<Container>,
        head: &[u8],
        file: &mut dyn Source,
    ) -> io::Result<()> {
        if container == Some(Container::Zip) {
            file.rewind()?;
            return self.zip(place, BufReader::new(file));
        }
        self.known(place, head, &mut Cursor::new(head).chain(file))
    }

    /// What was seen.
    pub fn done(self) -> Walked {
        self.walked
    }

    fn noted(&mut self, place: &Place, looked: io::Result<()>) {
        let Err(error) = looked else { return };
        if self.walked.unread.len() < MOST {
            let (name, words) = (place.name.clone(), place.words.clone());
            self.walked.unread.push(Unread { name, place: words, why: error.to_string() });
        }
    }

    /// Looks through what lies in something else. What cannot be looked into is noted, and the walk goes on beside it.
    fn inner(&mut self, place: &Place, source: &mut dyn Read) {
        let looked = self.enter(place).and_then(|()| {
            let head = head(source)?;
            self.known(place, &head, &mut Cursor::new(&head).chain(source))
        });
        self.noted(place, looked);
    }

    fn enter(&mut self, place: &Place) -> io::Result<()> {
        self.entries += 1;
        if self.stop.is_cancelled() {
            return Err(io::Error::other("stopped"));
        }
        if place.depth > DEEPEST {
            return Err(io::Error::other(format!("archives lie more than {DEEPEST} deep in it")));
        }
        if self.entries > MOST_ENTRIES {
            return Err(io::Error::other(format!("there are more than {MOST_ENTRIES} entries")));
        }
        Ok(())
    }

    fn known(&mut self, place: &Place, head: &[u8], source: &mut dyn Read) -> io::Result<()> {
        let inside = place.unpacked();
        match Container::of(head) {
            None => self.plain(place, source),
            Some(Container::Closed(what)) => {
                self.plain(place, source)?;
                Err(io::Error::other(format!("it is {what}, which is not opened here")))
            }
            Some(Container::Gzip) => self.unpacked(&inside, flate2::read::MultiGzDecoder::new(source)),
            Some(Container::Xz) => self.unpacked(&inside, packed::xz(source, place.memory())?),
            Some(Container::Zstd) => self.unpacked(&inside, packed::zstd(source, place.memory())?),
            Some(Container::Tar) => self.tar(place, source),
            Some(Container::Ar) => ar(source, &mut |name, member| {
                self.inner(&place.entry(name), member);
                Ok(())
            }),
            Some(Container::Zip) => {
                let (mut bytes, room) = (Vec::new(), LONGEST_ZIP - self.held);
                source.take(room + 1).read_to_end(&mut bytes)?;
                let length = bytes.len() as u64;
                if length > room {
                    return Err(io::Error::other("it is a zip of more than 256 MiB in another archive"));
                }
                self.held += length;
                let looked = self.zip(place, Cursor::new(bytes));
                self.held -= length;
                looked
            }
        }
    }

    /// What was packed, to its very end, so that the packer's own checksum is compared too.
    fn unpacked(&mut self, place: &Place, mut source: impl Read) -> io::Result<()> {
        self.enter(place)?;
        let head = head(&mut source)?;
        self.known(place, &head, &mut Cursor::new(&head).chain(&mut source))?;
        self.bytes(place, &mut source)
    }

    fn plain(&mut self, place: &Place, source: &mut dyn Read) -> io::Result<()> {
        self.walked.files += 1;
        self.bytes(place, source)
    }

    fn bytes(&mut self, place: &Place, source: &mut dyn Read) -> io::Result<()> {
        let left = self.most.saturating_sub(self.walked.bytes);
        let (mut leaks, mut more) = (Vec::new(), 0);
        let room = MOST.saturating_sub(self.walked.found.len());
        let looked = self.seeker.seek(&mut source.take(left), &mut |leak| {
            if leaks.len() < room { leaks.push(leak) } else { more += 1 }
        });
        self.walked.found.extend(leaks.into_iter().map(|leak| Found { place: place.words.clone(), leak }));
        self.walked.left_out += more;
        self.walked.bytes += looked?;
        if self.walked.bytes >= self.most {
            let most = match self.most / GIB {
                0 => format!("{} MiB", self.most / (1024 * 1024)),
                whole => format!("{whole} GiB"),
            };
            return Err(io::Error::other(format!("all of it unpacks to more than {most}")));
        }
        Ok(())
    }

    fn tar(&mut self, place: &Place, source: &mut dyn Read) -> io::Result<()> {
        let mut rest = metered::entries(source, |entry| {
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            // Links, folders and devices hold no bytes.
            if entry.header().entry_type().is_file() || entry.size() > 0 {
                self.inner(&place.entry(&name), entry);
            }
            Ok(())
        })?;
        // What follows its end belongs to the file, and may hold anything.
        self.bytes(place, &mut rest)
    }

    fn zip(&mut self, place: &Place, source: impl Read + Seek) -> io::Result<()> {
        let mut archive = zip::ZipArchive::new(source)?;
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index)?;
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            if !entry.is_dir() {
                self.inner(&place.entry(&name), &mut entry);
            }
        }
        Ok(())
    }
}

/// Whether a file holds others, by its first bytes.
#[must_use]
pub fn is_packed(head: &[u8]) -> bool {
    Container::of(head).is_some()
}

/// The first bytes.
fn head(source: &mut (impl Read + ?Sized)) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD);
    source.take(HEAD as u64).read_to_end(&mut head)?;
    Ok(head)
}
