//! One task: all that the scanners of the ecosystems and the reports that are given say, judged together.

use super::scan::Scan;
use super::settings::{ScannerName, VulnerabilitiesSettings};
use super::there::{self, There};
use super::tied;
use crate::formats::findings::{CRATES, GO_PACKAGES, NPM_PACKAGES, SECURITY};
use crate::model::{Problem, Step};
use crate::steps::gates::given::{self, Given};
use crate::steps::gates::noted::Noting;
use crate::steps::ignore;
use crate::steps::room::{Draft, Outlook, Planned, Room, Scene, Seen};

/// The room.
pub struct Vulnerabilities;

/// Its section.
pub const SETTING: &str = "gates.vulnerabilities";

impl Room for Vulnerabilities {
    const ID: &'static str = "vulnerabilities";
    const ABOUT: &'static str = "Nothing is used that is known to be vulnerable";
    type Settings = VulnerabilitiesSettings;

    async fn look(settings: &VulnerabilitiesSettings, outlook: &Outlook) -> Result<Seen, Problem> {
        let mut seen = given::look(SECURITY, outlook).await?;
        seen.extend(there::look(&settings.osv_lock_files, outlook)?);
        let tied = tied::look(&seen, There::of(&seen), outlook).await?;
        seen.extend(tied);
        Ok(seen)
    }

    fn plan(settings: &VulnerabilitiesSettings, scene: &Scene) -> Result<Vec<Planned>, Problem> {
        Problem::none_of(ignore::invalid(&settings.ignore, &format!("{SETTING}.ignore")))?;
        let facts = scene.facts;
        let (given, there) = (Given::of(scene)?, There::of(scene.seen));
        let scanners = scanners(settings, scene, given.as_ref(), &there)?;
        if given.is_none() && scanners.is_empty() && settings.images.is_empty() {
            return if scene.demanded { Err(nothing()) } else { Ok(Vec::new()) };
        }
        let title = format!("no vulnerability of severity {} or worse", settings.fail_on);
        // No outcome of this is kept: databases grow and days pass, also where the commit stays the same.
        let draft = Draft::new(Step::Gates, Self::ID, "", title)
            .keyed("settings", settings)
            .keyed("scanners", &scanners)
            .keyed("given", &given.as_ref().map(Given::key))
            .keyed("tree", &facts.commit.tree)
            .keyed("loose", &facts.loose.build)
            .keyed("dir", &facts.dir)
            .keyed("variants", &facts.variants)
            .keyed("go", &facts.tools.get("go").map(|tool| tool.identity()))
            .keyed("demanded", &scene.demanded);
        let check = Scan { settings: settings.clone(), demanded: scene.demanded, scanners, there, given };
        Ok(vec![draft.check(Noting(check))])
    }
}

fn nothing() -> Problem {
    Problem::new(format!("`{SETTING}` has nothing to look at"))
        .because("there is no go.mod, Cargo.lock or package-lock.json in the project's folder, and neither a report nor an image is given")
        .fix(format!(
            "give reports of other scanners with `--report FILE`, set `{SETTING}.scanners: [osv_scanner]` for lock \
             files of other ecosystems, or take the section out"
        ))
}

/// The scanners that run: those that are named, or those of what is there. A report that looked at the same packages
/// stands in for one; a report about code does for none, and SARIF does not say which of the two it is. A report of
/// one ecosystem's own tool is of this project, or an error when it is read.
fn scanners(
    settings: &VulnerabilitiesSettings,
    scene: &Scene,
    given: Option<&Given>,
    there: &There,
) -> Result<Vec<ScannerName>, Problem> {
    let named = &settings.scanners;
    let lacking = named.iter().filter_map(|name| there.lacks(*name, settings, scene.facts)).collect();
    Problem::none_of(lacking)?;
    let mut all = if named.is_empty() { there.scanners(settings, scene.facts) } else { named.clone() };
    all.sort();
    all.dedup();
    if scene.demanded && named.is_empty() {
        Problem::none_of(there.bare.iter().map(|name| bare(name)).collect())?;
    }
    let has = |formats| given.is_some_and(|given| given.is_any_of(formats));
    let covered = |name: &ScannerName| {
        let own = match name {
            ScannerName::Govulncheck => has(GO_PACKAGES),
            ScannerName::Rustsec => has(CRATES),
            ScannerName::NpmAudit => has(NPM_PACKAGES),
            _ => false,
        };
        own || tied::is_tied(scene.seen, *name)
    };
    all.retain(|name| !covered(name));
    Ok(all)
}

/// A manifest of which nobody can tell what it asks for, so that no report can be held against it either.
fn bare(name: &str) -> Problem {
    let fix = match name {
        "Cargo.toml" => "write the lock file: `cargo generate-lockfile`",
        _ => "write the lock file: `npm install --package-lock-only`",
    };
    Problem::new(format!("nobody looks at what {name} asks for"))
        .because("there is no lock file beside it")
        .fix(format!("{fix}, or name in `{SETTING}.scanners` what shall look instead"))
        .of_setting(SETTING)
}
