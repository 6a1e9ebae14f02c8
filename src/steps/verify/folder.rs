//! A folder of downloads against its checksums file, as `sha256sum -c` does it but strictly.

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::model::artifact::NOTES_NAME;
use crate::model::evidence::EVIDENCE_NAME;
use crate::model::verdict::Row;
use crate::model::{ArtifactKind, Digest, Evidence, Problem, Proof, Verdict};
use crate::ports::Files;

/// How a checksums file's name ends.
const ENDINGS: [&str; 2] = ["checksums.txt", "SHA256SUMS"];

/// The longest checksums file that is read, in bytes.
pub const LONGEST: u64 = 16 * 1024 * 1024;

/// The longest evidence that is read, in bytes.
const LONGEST_EVIDENCE: u64 = 64 * 1024 * 1024;

/// What was found in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The checksums file.
    pub sums: String,
    /// Files with the digest that is listed.
    pub good: Vec<String>,
    /// Files with another digest: name, listed, found.
    pub wrong: Vec<(String, Digest, Digest)>,
    /// Listed, but not there.
    pub missing: Vec<String>,
    /// There, but not listed.
    pub extra: Vec<String>,
    /// On a release, and vouched for by nothing; `None` where it is no release that is looked at.
    pub strays: Option<Vec<String>>,
}

/// Reads lines `sha256␠␠name` or `sha256␠*name`, each name once.
///
/// # Errors
///
/// If a line has another form, a name stands twice, or one is no plain file name.
pub fn parse(text: &str) -> Result<BTreeMap<String, Digest>, Problem> {
    let mut sums = BTreeMap::new();
    for (at, line) in text.lines().enumerate() {
        let wrong = |why: &str| {
            let line: String = line.chars().filter(|c| !c.is_control()).take(120).collect();
            Problem::new(format!("line {} of the checksums file {why}", at + 1)).because(line)
        };
        let (hex, name) = line.split_once(' ').ok_or_else(|| wrong("is not of the form `sha256  name`"))?;
        let name = name.strip_prefix([' ', '*']).ok_or_else(|| wrong("is not of the form `sha256  name`"))?;
        if hex.len() != 64 || hex.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong("has no SHA-256 in lower case"));
        }
        let digest: Digest = hex.parse().map_err(|_| wrong("has no SHA-256 in lower case"))?;
        if !is_plain(name) {
            return Err(wrong("names something that is no plain file name"));
        }
        if sums.insert(name.to_owned(), digest).is_some() {
            return Err(wrong("names a file that stands above already"));
        }
    }
    if sums.is_empty() {
        return Err(Problem::new("the checksums file is empty"));
    }
    Ok(sums)
}

/// True for a name that can only be a file in the folder itself.
#[must_use]
pub fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 255
        && !name.starts_with('-')
        && !matches!(name, "." | "..")
        && !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | ':'))
}

/// Compares a folder with the one checksums file in it. Other folders in it and the evidence, which
/// is written after the checksums, are left alone.
///
/// # Errors
///
/// If there is not exactly one checksums file, it cannot be understood, or a file cannot be read.
pub fn verify_dir(files: &dyn Files, dir: &Utf8Path) -> Result<Found, Problem> {
    let names = files.list(dir)?;
    let sums_name = &sums_name(files, dir, &names)?;
    let bytes = files.read(&dir.join(sums_name), LONGEST)?;
    let text = String::from_utf8(bytes)
        .map_err(|error| Problem::new(format!("{sums_name} is not UTF-8")).caused_by(&error))?;
    let sums = parse(&text)?;
    let mut found = Found {
        sums: sums_name.clone(),
        good: Vec::new(),
        wrong: Vec::new(),
        missing: Vec::new(),
        extra: Vec::new(),
        strays: None,
    };
    for (name, listed) in &sums {
        match files.meta(&dir.join(name))? {
            Some(meta) if !meta.is_dir && !meta.is_link => match files.digest(&dir.join(name))?.1 {
                digest if digest == *listed => found.good.push(name.clone()),
                digest => found.wrong.push((name.clone(), *listed, digest)),
            },
            _ => found.missing.push(name.clone()),
        }
    }
    for name in
        names.iter().filter(|name| !sums.contains_key(*name) && *name != sums_name && *name != EVIDENCE_NAME)
    {
        if files.meta(&dir.join(name))?.is_some_and(|meta| !meta.is_dir) {
            found.extra.push(name.clone());
        }
    }
    Ok(found)
}

/// The name of the folder's checksums file: the one that the evidence tells, where it is there and can be
/// read, since a project may call it as it likes; otherwise the one with a usual ending.
fn sums_name(files: &dyn Files, dir: &Utf8Path, names: &[String]) -> Result<String, Problem> {
    // Whatever is wrong with the evidence is told where it counts: a person's folder need not have any.
    let evidence = evidence(files, dir).ok().flatten();
    let told =
        evidence.iter().flat_map(Evidence::artifacts).find(|made| made.kind == ArtifactKind::Checksums);
    let told = told.map(|made| made.name.as_str());
    if let Some(name) = names.iter().find(|name| told == Some(name.as_str())) {
        return Ok(name.clone());
    }
    let is_sums = |name: &&String| ENDINGS.iter().any(|ending| name.ends_with(ending));
    let candidates: Vec<&String> = names.iter().filter(is_sums).collect();
    let [name] = candidates.as_slice() else {
        let what = format!("there are {} checksums files in {dir}, one is expected", candidates.len());
        let wanted = told.filter(|name| is_plain(name)).unwrap_or("…_checksums.txt");
        return Err(Problem::new(what)
            .fix(format!("download the release's `{wanted}` into the same folder as its files")));
    };
    Ok((*name).clone())
}

/// The evidence in a folder, if there is any.
fn evidence(files: &dyn Files, dir: &Utf8Path) -> Result<Option<Evidence>, Problem> {
    let path = dir.join(EVIDENCE_NAME);
    match files.meta(&path)? {
        Some(meta) if !meta.is_dir => {
            let read = serde_json::from_slice(&files.read(&path, LONGEST_EVIDENCE)?);
            read.map(Some)
                .map_err(|error| Problem::new(format!("{EVIDENCE_NAME} cannot be read")).caused_by(&error))
        }
        _ => Ok(None),
    }
}

impl Found {
    /// Takes the folder for a whole release, on which every file must be vouched for: by the checksums
    /// file, or by the digest in the evidence. The notes alone are neither: they are words for people.
    ///
    /// # Errors
    ///
    /// If a file or the evidence cannot be read.
    pub fn must_be_whole(&mut self, files: &dyn Files, dir: &Utf8Path) -> Result<(), Problem> {
        let evidence = evidence(files, dir)?;
        let made = |name: &str| {
            let all = evidence.iter().flat_map(Evidence::artifacts);
            all.into_iter().find(|made| made.name == name && made.kind.is_published())
        };
        let mut strays = Vec::new();
        for name in std::mem::take(&mut self.extra) {
            match made(&name) {
                Some(made) => match files.digest(&dir.join(&name))?.1 {
                    digest if digest == made.digest => self.extra.push(name),
                    digest => self.wrong.push((name, made.digest, digest)),
                },
                None if name == NOTES_NAME => self.extra.push(name),
                None => strays.push(name),
            }
        }
        if let Some(made) = made(&self.sums)
            && files.digest(&dir.join(&self.sums))?.1 != made.digest
        {
            let digest = files.digest(&dir.join(&self.sums))?.1;
            self.wrong.push((self.sums.clone(), made.digest, digest));
        }
        self.strays = Some(strays);
        Ok(())
    }

    /// The verdict: every listed file is there with its digest. Files beside them are told only, but
    /// for a release, which holds nothing else.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let listed = self.good.len() + self.wrong.len() + self.missing.len();
        let proof = Proof::seen(format!("{} and the files in it", self.sums));
        let strays = self.strays.as_deref().unwrap_or_default();
        let mut verdict = if self.good.len() == listed && strays.is_empty() {
            Verdict::pass(format!("{listed} file(s) have the digests of {}", self.sums), proof)
        } else if self.good.len() == listed {
            Verdict::fail(format!("{} file(s) on the release are vouched for by nothing", strays.len()))
                .proof(proof)
        } else {
            Verdict::fail(format!(
                "{} of {listed} file(s) are not as {} says",
                listed - self.good.len(),
                self.sums
            ))
            .proof(proof)
        };
        verdict = verdict.row(Row {
            metric: "files with the listed digest".into(),
            comparator: "=".into(),
            threshold: listed.to_string(),
            actual: self.good.len().to_string(),
            ok: self.good.len() == listed,
        });
        if self.strays.is_some() {
            verdict = verdict.row(Row {
                metric: "files that nothing vouches for".into(),
                comparator: "=".into(),
                threshold: "0".into(),
                actual: strays.len().to_string(),
                ok: strays.is_empty(),
            });
        }
        for problem in self.problems(strays) {
            verdict = verdict.problem(problem);
        }
        for name in &self.extra {
            verdict = verdict.row(Row {
                metric: format!("{name} is not listed"),
                comparator: "=".into(),
                threshold: "not checked".into(),
                actual: "not checked".into(),
                ok: true,
            });
        }
        verdict
    }

    /// What is wrong with each file.
    fn problems(&self, strays: &[String]) -> Vec<Problem> {
        let stray = |name: &String| {
            let what = format!("{name} is on the release, but neither in {} nor in its evidence", self.sums);
            Problem::new(what)
                .because("it was not made by the run that made the rest")
                .fix("do not use it; if the project is yours, find out who uploaded it, and take it away")
        };
        let again = "download it again; if it stays so, tell the project, and do not use the file";
        let wrong = |(name, listed, found): &(String, Digest, Digest)| {
            Problem::new(format!("{name} has another digest"))
                .because(format!("listed {listed}, found {found}"))
                .fix(again)
        };
        let missing =
            |name: &String| Problem::new(format!("{name} is listed, but not there")).fix("download it too");
        let strays = strays.iter().map(stray);
        strays.chain(self.wrong.iter().map(wrong)).chain(self.missing.iter().map(missing)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::Status;
    use crate::ports::real::RealFiles;

    #[test]
    fn reads_what_sha256sum_writes_and_nothing_else() {
        let hex = Digest::of(b"x").hex();
        let sums = parse(&format!("{hex}  a.tar.gz\n{hex} *b.zip\n")).unwrap();
        assert_eq!(sums.keys().collect::<Vec<_>>(), ["a.tar.gz", "b.zip"]);
        for bad in [
            String::new(),
            "\n".into(),
            format!("{hex} a"),
            format!("{}  a", hex.to_uppercase()),
            format!("{}  a", &hex[..40]),
            format!("{hex}  ../a"),
            format!("{hex}  /etc/passwd"),
            format!("{hex}  a\\b"),
            format!("{hex}  C:a"),
            format!("{hex}  -rf"),
            format!("{hex}  a\u{1b}[2J"),
            format!("{hex}  a\n{hex}  a\n"),
            format!("\\{hex}  a\n"),
        ] {
            assert!(parse(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_evidence_tells_which_file_holds_the_checksums() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        let line = format!("{}  good\n", Digest::of(b"1").hex());
        let made = |name: &str, kind: &str, text: &str| {
            serde_json::json!({
                "name": name, "kind": kind, "path": name, "size": text.len(), "digest": Digest::of(text.as_bytes())
            })
        };
        let evidence = serde_json::json!({
            "format": 1, "project": "p", "tag": "v1.0.0", "version": "1.0.0", "commit": "c",
            "plan": Digest::of(b""), "judged": {},
            "made": { "package/checksums": {
                "key": Digest::of(b""),
                "artifacts": [made("good", "file", "1"), made("digests.sha256", "checksums", &line)]
            } }
        });
        for (name, text) in [("good", "1"), ("digests.sha256", &line), (EVIDENCE_NAME, &evidence.to_string())]
        {
            RealFiles.write(&dir.join(name), text.as_bytes()).unwrap();
        }
        let mut found = verify_dir(&RealFiles, dir).unwrap();
        found.must_be_whole(&RealFiles, dir).unwrap();
        assert_eq!((found.sums.as_str(), found.verdict().status), ("digests.sha256", Status::Pass));
        // Not downloaded: it is asked for by its name.
        RealFiles.remove(&dir.join("digests.sha256")).unwrap();
        let problem = verify_dir(&RealFiles, dir).unwrap_err();
        assert!(problem.fix.unwrap().contains("`digests.sha256`"));
    }

    #[test]
    fn tells_wrong_missing_and_extra_files() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        let files = RealFiles;
        for (name, text) in [("good", "1"), ("bad", "2"), ("more", "3"), (EVIDENCE_NAME, "{}")] {
            files.write(&dir.join(name), text.as_bytes()).unwrap();
        }
        assert!(verify_dir(&files, dir).unwrap_err().what.contains("0 checksums files"));
        let line = |name: &str, text: &str| format!("{}  {name}\n", Digest::of(text.as_bytes()).hex());
        let sums = [line("bad", "other"), line("gone", "4"), line("good", "1")].concat();
        files.write(&dir.join("x_1.0.0_checksums.txt"), sums.as_bytes()).unwrap();
        let found = verify_dir(&files, dir).unwrap();
        assert_eq!(found.good, ["good"]);
        assert_eq!(found.wrong[0].0, "bad");
        assert_eq!(
            (found.missing.clone(), found.extra.clone()),
            (vec!["gone".to_owned()], vec!["more".to_owned()])
        );
        let verdict = found.verdict();
        assert_eq!((verdict.status, verdict.problems.len()), (Status::Fail, 2));
        files.write(&dir.join("x_1.0.0_checksums.txt"), line("good", "1").as_bytes()).unwrap();
        assert_eq!(verify_dir(&files, dir).unwrap().verdict().status, Status::Pass);
    }
}
