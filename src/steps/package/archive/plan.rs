//! From binaries to the tasks of their archives.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use serde::Serialize;

use super::entries;
use super::maker::ArchiveMaker;
use super::settings::{ArchiveSettings, FileRule, Format, USUAL_FILES, Wrap};
use crate::kit::asset_name;
use crate::kit::path::RepoPath;
use crate::kit::template::{Names, Template};
use crate::model::{ArtifactKind, Expected, Platform, Problem, Step, TaskId, Use};
use crate::steps::package::gather::{Gatherer, is_inside};
use crate::steps::room::{Draft, Outlook, Planned, Room, Scene, Seen};

/// The room.
pub struct Archives;

/// The archive, or the bare binaries, of one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parcel {
    /// The platform.
    pub platform: Platform,
    /// The format.
    pub format: Format,
    /// The level of compression.
    pub level: u8,
    /// The top folder; empty for none.
    pub wrap: String,
    /// The rules of the files beside the binaries.
    pub files: Option<Vec<FileRule>>,
    /// What it is called: one name, or for bare binaries one for each.
    pub names: Vec<String>,
    /// The binaries.
    pub binaries: Vec<Expected>,
}

const NAME: &str = "{{ project }}_{{ version }}_{{ os }}_{{ arch }}";

impl Room for Archives {
    const ID: &'static str = "archive";
    const ABOUT: &'static str = "Puts the binaries of each platform into one reproducible archive";
    type Settings = ArchiveSettings;

    async fn look(settings: &ArchiveSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        let facts = &outlook.facts;
        let gatherer = Gatherer::new(&*outlook.ports.files, facts, &outlook.dist)?;
        let (mut seen, mut all, mut problems) = (Seen::new(), Vec::new(), Vec::new());
        for (pattern, ignore_case, to) in patterns(settings) {
            if !is_inside(&facts.dir, pattern) {
                continue;
            }
            match gatherer.find(pattern, ignore_case) {
                Ok(found) => {
                    seen.extend(gatherer.seen(pattern, &found, &facts.loose)?);
                    all.push((pattern, to, found));
                }
                Err(problem) => problems.push(problem),
            }
        }
        problems.extend(entries::foresee(all).err());
        Problem::none_of(problems)?;
        Ok(seen)
    }

    fn publishes(settings: &ArchiveSettings, outlook: &Outlook) -> Result<BTreeSet<Utf8PathBuf>, Problem> {
        let inside = patterns(settings).into_iter().filter(|(from, ..)| is_inside(&outlook.facts.dir, from));
        let gatherer = Gatherer::new(&*outlook.ports.files, &outlook.facts, &outlook.dist)?;
        gatherer.paths(inside.map(|(from, ignore_case, _)| (from, ignore_case)))
    }

    fn plan(settings: &ArchiveSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        refuse_strangers(settings, scene)?;
        let binaries: Vec<(&TaskId, &Expected)> =
            scene.expected().filter(|(_, made)| made.kind == ArtifactKind::Binary).collect();
        let mut platforms: Vec<&Platform> = Vec::new();
        for platform in binaries.iter().filter_map(|(_, made)| made.platform.as_ref()) {
            if !platforms.contains(&platform) {
                platforms.push(platform);
            }
        }
        if platforms.is_empty() && scene.demanded {
            return Err(Problem::new("`package.archive` is on, but no binary is built")
                .fix("set `build.targets`, or take `enabled: true` out of `package.archive`"));
        }
        platforms.into_iter().map(|platform| planned(settings, scene, platform, &binaries)).collect()
    }
}

/// The patterns of the files beside the binaries, whether upper and lower case are the same to them, and
/// where what they find goes.
fn patterns(settings: &ArchiveSettings) -> Vec<(&str, bool, Option<&str>)> {
    match &settings.files {
        None => USUAL_FILES.into_iter().map(|pattern| (pattern, true, None)).collect(),
        Some(rules) => rules
            .iter()
            .map(|rule| match rule {
                FileRule::Pattern(from) => (from.as_str(), false, None),
                FileRule::Moved(moved) => (moved.from.as_str(), false, Some(moved.to.as_str())),
            })
            .collect(),
    }
}

/// Files from outside of the repository, and places outside of the archive, are refused before anything
/// is built. What Git keeps for itself may hold a token.
fn refuse_strangers(settings: &ArchiveSettings, scene: &Scene) -> Result<(), Problem> {
    let mut problems = Vec::new();
    for (index, rule) in settings.files.iter().flatten().enumerate() {
        let place = format!("package.archive.files.{index}");
        let (from, to) = match rule {
            FileRule::Pattern(from) => (from, None),
            FileRule::Moved(moved) => (&moved.from, Some(&moved.to)),
        };
        if !is_inside(&scene.facts.dir, from) {
            problems.push(
                Problem::new(format!("`package.archive.files`: `{from}` is not in the repository"))
                    .of_setting(&place)
                    .fix("name files inside the repository, relative to the project's folder: `docs/*.md`"),
            );
        }
        if let Some(to) = to
            && RepoPath::new(to).is_err()
        {
            problems.push(
                Problem::new(format!("`package.archive.files`: `to: {to}` leaves the archive"))
                    .of_setting(format!("{place}.to"))
                    .fix("name a place below the archive's top: `to: docs/`"),
            );
        }
    }
    Problem::none_of(problems)
}

fn planned(
    settings: &ArchiveSettings,
    scene: &Scene,
    platform: &Platform,
    binaries: &[(&TaskId, &Expected)],
) -> Result<Planned, Problem> {
    let of_platform = || binaries.iter().filter(|(_, made)| made.platform.as_ref() == Some(platform));
    let expected = of_platform().map(|(_, made)| (*made).clone()).collect();
    let parcel = parcel(settings, &Names::of(scene.facts), platform, expected)?;
    let part = format!("{}_{}", platform.os, arch_name(platform));
    let title = format!("{platform} archive");
    let mut draft = Draft::new(Step::Package, Archives::ID, &part, title)
        .keyed("parcel", &parcel)
        .keyed("dir", &scene.facts.dir)
        .keyed("tree", &scene.facts.commit.tree)
        .keyed("seen", scene.seen)
        .keyed("time", &scene.facts.commit.date.timestamp())
        .keyed("tool", &env!("CARGO_PKG_VERSION"));
    let mut tasks: Vec<&TaskId> = of_platform().map(|(task, _)| *task).collect();
    tasks.dedup();
    for task in tasks {
        draft = draft.needs(task, Use::Bytes, scene);
    }
    let bare = parcel.format == Format::Binary;
    for (index, name) in parcel.names.iter().enumerate() {
        draft = draft.makes(Expected {
            name: name.clone(),
            kind: if bare { ArtifactKind::PlainBinary } else { ArtifactKind::Archive },
            platform: Some(platform.clone()),
            id: if bare { parcel.binaries[index].id.clone() } else { String::new() },
        });
    }
    Ok(draft.maker(ArchiveMaker::new(parcel)))
}

fn parcel(
    settings: &ArchiveSettings,
    names: &Names,
    platform: &Platform,
    binaries: Vec<Expected>,
) -> Result<Parcel, Problem> {
    let format = settings.format_on(&platform.os);
    let level = format.level(settings.level.filter(|_| format == settings.format))?;
    let usual = Template::new(NAME).map_err(|error| Problem::new("the usual name").caused_by(&error))?;
    let template = settings.name.as_ref().unwrap_or(&usual);
    let mut names = Names { arch: arch_name(platform), ..names.on(platform) };
    let mut file_names = Vec::new();
    if format == Format::Binary {
        for binary in &binaries {
            let ending =
                [".exe", ".wasm"].into_iter().find(|ending| binary.name.ends_with(ending)).unwrap_or("");
            binary.name.strip_suffix(ending).unwrap_or(&binary.name).clone_into(&mut names.project);
            file_names.push(rendered(template, &names, ending, "name")?);
        }
    } else {
        file_names.push(rendered(template, &names, &format!(".{}", format.name()), "name")?);
    }
    let wrap = match &settings.wrap {
        Wrap::Switch(true) if format != Format::Binary => rendered(template, &names, "", "name")?,
        Wrap::Folder(folder) => rendered(folder, &names, "", "wrap")?,
        Wrap::Switch(_) => String::new(),
    };
    let files = settings.files.clone();
    Ok(Parcel { platform: platform.clone(), format, level, wrap, files, names: file_names, binaries })
}

/// The name that the template in this setting of the room gives.
fn rendered(template: &Template, names: &Names, ending: &str, setting: &str) -> Result<String, Problem> {
    let what = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(format!("`{}` gives no name for {}", template.source(), names.target))
            .caused_by(error)
            .of_setting(format!("package.archive.{setting}"))
            .fix(format!("correct `package.archive.{setting}`"))
    };
    let stem = template.render(names).map_err(|error| what(&error))?;
    asset_name::check(&stem).map_err(|error| what(&error))?;
    let name = stem + ending;
    asset_name::check(&name).map_err(|error| what(&error))?;
    Ok(name)
}

/// The processor as GoReleaser 2.16 tells it in its usual names: `armv6`, `amd64v3`, and for mips
/// always the kind of floating point. Variants that GoReleaser leaves out are told too, since two
/// archives may not have one name.
#[must_use]
pub fn arch_name(platform: &Platform) -> String {
    let (arch, variant) = (platform.arch.as_str(), platform.variant.as_str());
    match (arch, variant) {
        (arch, "") if arch.starts_with("mips") => format!("{arch}_hardfloat"),
        (_, "") | ("amd64", "v1") | ("386", "sse2") | ("arm64", "v8.0") => arch.to_owned(),
        ("arm", variant) => format!("armv{}", variant.trim_start_matches('v').replace(',', "_")),
        (_, variant) if variant.starts_with('v') => format!("{arch}{variant}"),
        (_, variant) => format!("{arch}_{variant}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(os: &str, arch: &str, variant: &str) -> Platform {
        Platform { os: os.into(), arch: arch.into(), variant: variant.into() }
    }

    fn binary(name: &str, platform: &Platform) -> Expected {
        let kind = ArtifactKind::Binary;
        Expected { name: name.into(), kind, platform: Some(platform.clone()), id: name.into() }
    }

    fn made(settings: &str, platform: &Platform, binaries: &[&str]) -> Result<Parcel, Problem> {
        let names = Names { project: "greeter".into(), version: "1.2.3".into(), ..Names::default() };
        let binaries = binaries.iter().map(|name| binary(name, platform)).collect();
        parcel(&serde_json::from_str(settings).unwrap(), &names, platform, binaries)
    }

    #[test]
    fn names_are_those_of_goreleaser() {
        for (os, arch, variant, name) in [
            ("linux", "amd64", "", "greeter_1.2.3_linux_amd64.tar.gz"),
            ("linux", "amd64", "v1", "greeter_1.2.3_linux_amd64.tar.gz"),
            ("linux", "amd64", "v3", "greeter_1.2.3_linux_amd64v3.tar.gz"),
            ("linux", "arm", "6", "greeter_1.2.3_linux_armv6.tar.gz"),
            ("linux", "arm", "v7", "greeter_1.2.3_linux_armv7.tar.gz"),
            ("linux", "mips", "", "greeter_1.2.3_linux_mips_hardfloat.tar.gz"),
            ("linux", "mips", "softfloat", "greeter_1.2.3_linux_mips_softfloat.tar.gz"),
            ("darwin", "arm64", "v8.0", "greeter_1.2.3_darwin_arm64.tar.gz"),
            ("windows", "386", "sse2", "greeter_1.2.3_windows_386.zip"),
        ] {
            assert_eq!(made("{}", &platform(os, arch, variant), &["greeter"]).unwrap().names, [name]);
        }
    }

    #[test]
    fn bare_binaries_have_a_name_each() {
        let windows = platform("windows", "amd64", "");
        let parcel = made(r#"{"format": "binary"}"#, &windows, &["greeter.exe", "other.exe"]).unwrap();
        assert_eq!(parcel.names, ["greeter_1.2.3_windows_amd64.exe", "other_1.2.3_windows_amd64.exe"]);
    }

    #[test]
    fn a_name_must_be_a_file_name() {
        let linux = platform("linux", "amd64", "");
        for settings in
            [r#"{"name": "a/b"}"#, r#"{"name": "\n"}"#, r#"{"wrap": "../x"}"#, r#"{"name": "{{ env.NO }}"}"#]
        {
            let problem = made(settings, &linux, &["greeter"]).unwrap_err();
            assert!(problem.what.contains("gives no name for linux/amd64"), "{problem}");
        }
        assert!(made(r#"{"level": 13}"#, &linux, &["greeter"]).is_err());
    }

    #[test]
    fn wraps_in_a_folder_of_the_archives_name() {
        let linux = platform("linux", "amd64", "");
        assert_eq!(made(r#"{"wrap": true}"#, &linux, &["a"]).unwrap().wrap, "greeter_1.2.3_linux_amd64");
        assert_eq!(made(r#"{"wrap": "{{ project }}"}"#, &linux, &["a"]).unwrap().wrap, "greeter");
        assert_eq!(made("{}", &linux, &["a"]).unwrap().wrap, "");
    }
}
