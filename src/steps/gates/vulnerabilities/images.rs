//! What is known of the packages in images, which lie here as archives.

use camino::Utf8PathBuf;

use super::osv::Osv;
use super::plan::SETTING;
use super::scan::{Looked, Outcome};
use super::settings::{ScannerName, VulnerabilitiesSettings};
use super::trivy::{Trivy, What};
use crate::model::{Problem, Proof, Row};
use crate::steps::age::Ages;
use crate::steps::room::Site;
use crate::steps::scanner::Scanner;

/// What OSV-Scanner is told of an image. To know the image that one was made from, it would ask a service on the
/// network, also where its databases lie here.
const ARGUMENTS: [&str; 3] = ["image", "--archive", "--experimental-disable-plugins=baseimage"];

/// Looks at every image, one after the other: each is unpacked as a whole.
///
/// # Errors
///
/// If one is not there or proves nothing, or the scanner is not: whoever names an image asks for it.
pub async fn run(settings: &VulnerabilitiesSettings, ages: Ages, site: &Site) -> Result<Outcome, Problem> {
    if settings.images.is_empty() {
        return Ok(Outcome::Looked(Vec::new()));
    }
    let mut problems = Vec::new();
    let images: Vec<(&str, Utf8PathBuf)> = settings
        .images
        .iter()
        .filter_map(|name| match archive(name, site) {
            Ok(path) => Some((name.as_str(), path)),
            Err(problem) => {
                problems.push(problem);
                None
            }
        })
        .collect();
    Problem::none_of(problems)?;
    let by_trivy = settings.scanners.contains(&ScannerName::Trivy);
    let looked = if by_trivy {
        with_trivy(settings, images, ages, site).await?
    } else {
        with_osv(settings, images, ages, site).await?
    };
    Ok(Outcome::Looked(looked))
}

/// The file of an image.
fn archive(name: &str, site: &Site) -> Result<Utf8PathBuf, Problem> {
    let path = site.facts.root.join(name);
    if !name.is_empty() && site.ports.files.meta(&path)?.is_some_and(|meta| !meta.is_dir) {
        return Ok(site.ports.files.real_path(&path)?);
    }
    Err(Problem::new(format!("there is no image in `{name}`"))
        .because("no file of this name is there; an image is looked at as an archive")
        .fix(format!("write it before the gates run: `docker save --output {name} IMAGE`"))
        .of_setting(format!("{SETTING}.images")))
}

async fn with_osv(
    settings: &VulnerabilitiesSettings,
    images: Vec<(&str, Utf8PathBuf)>,
    ages: Ages,
    site: &Site,
) -> Result<Vec<Looked>, Problem> {
    let osv = Osv::find(settings, site).await?.map_err(missing)?;
    let mut all = Vec::new();
    for (at, (name, path)) in images.into_iter().enumerate() {
        let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(path.to_string());
        let evidence = format!("osv-scanner-image-{}.json", at + 1);
        let looked = osv.look(arguments, &evidence, ages, site).await.map_err(|problem| {
            problem
                .because(format!("it looked at the image {name}"))
                .fix(format!(
                    "see that {name} is what `docker save` writes and that packages can be told in it; of a database \
                     see `{SETTING}.osv_database`"
                ))
        })?;
        all.push(of_image(name, path, looked.0, site).await?);
    }
    Ok(all)
}

async fn with_trivy(
    settings: &VulnerabilitiesSettings,
    images: Vec<(&str, Utf8PathBuf)>,
    ages: Ages,
    site: &Site,
) -> Result<Vec<Looked>, Problem> {
    let trivy = Trivy::find(settings, site).await?.map_err(missing)?;
    let mut all = Vec::new();
    for (at, (name, path)) in images.into_iter().enumerate() {
        let what = What {
            kind: &["image"],
            argument: format!("--input={path}"),
            shown: name.to_owned(),
            evidence: format!("trivy-image-{}.json", at + 1),
        };
        let looked = trivy.look(&what, ages, site).await;
        let looked = looked.map_err(|problem| problem.because(format!("it looked at the image {name}")))?;
        all.push(of_image(name, path, looked, site).await?);
    }
    Ok(all)
}

fn missing(scanner: Scanner) -> Problem {
    let demanded = scanner.missing(true, SETTING);
    demanded.err().unwrap_or_else(|| Problem::new(format!("`{}` is not there", scanner.program)))
}

/// Names the image, as it was, in the evidence; where something lies in it is no path of the repository.
async fn of_image(name: &str, path: Utf8PathBuf, mut looked: Looked, site: &Site) -> Result<Looked, Problem> {
    let files = site.ports.files.clone();
    let hashing = tokio::task::spawn_blocking(move || files.digest(&path));
    let (_, digest) = hashing
        .await
        .map_err(|error| Problem::new(format!("{name} could not be read")).caused_by(&error))??;
    let Proof { what, .. } = &mut looked.proof;
    what.push_str(&format!(" of the image {name} ({digest})"));
    for finding in &mut looked.findings.findings {
        if let Some(place) = finding.place.take() {
            finding.message = format!("{} (in {name}: {})", finding.message, place.file);
        }
    }
    let (count, unit) = looked.findings.looked_at.clone().unwrap_or_default();
    looked.rows.push(Row {
        metric: format!("{unit} in {name}"),
        comparator: ">=".into(),
        threshold: "1".into(),
        actual: count.to_string(),
        ok: true,
    });
    Ok(looked)
}
