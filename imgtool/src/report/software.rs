//! What is installed in a tree, as rows and as members of an object.

use std::io;

use indicatif::HumanCount;
use libimage::escape::Escaped;
use libimage::inspect::Facts;
use serde::Serialize;

use super::Text;

/// The members that say what is installed.
#[derive(Default, Serialize)]
pub(super) struct Software {
    packages: Option<PackagesObject>,
    dgx_os: Option<String>,
    bcm: Option<String>,
    nvidia_driver: Option<String>,
}

#[derive(Serialize)]
struct PackagesObject {
    format: &'static str,
    installed: u64,
    unfinished: u64,
}

impl From<&Facts> for Software {
    fn from(facts: &Facts) -> Self {
        let release = &facts.release;
        Self {
            packages: facts.packages.as_ref().map(|packages| PackagesObject {
                format: packages.format.word(),
                installed: packages.installed().count() as u64,
                unfinished: packages.unfinished().count() as u64,
            }),
            dgx_os: release.dgx.as_ref().map(dgx),
            bcm: release.bcm.as_ref().map(|bcm| bcm.series.clone()),
            nvidia_driver: release
                .driver
                .as_ref()
                .and_then(|driver| driver.version.clone()),
        }
    }
}

fn dgx(dgx: &libimage::inspect::DgxRelease) -> String {
    dgx.version().unwrap_or("unknown").to_owned()
}

/// Packages, and the releases of what NVIDIA adds.
pub(super) fn rows(facts: &Facts, out: &mut Text<'_>) -> io::Result<()> {
    if let Some(packages) = &facts.packages {
        let installed = HumanCount(packages.installed().count() as u64);
        let unfinished = packages.unfinished().count();
        let manager = packages.format.manager();
        if unfinished == 0 {
            out.row("packages", format_args!("{installed} ({manager})"))?;
        } else {
            out.row(
                "packages",
                format_args!("{installed} ({manager}), {unfinished} not wholly installed"),
            )?;
        }
    }
    let release = &facts.release;
    if let Some(found) = &release.dgx {
        out.row("DGX OS", Escaped(dgx(found).as_bytes()))?;
    }
    if let Some(bcm) = &release.bcm {
        let series = Escaped(bcm.series.as_bytes());
        out.row(
            "BCM",
            format_args!("{series} ({} packages)", HumanCount(bcm.count)),
        )?;
    }
    if let Some(driver) = &release.driver {
        let version = driver.version.as_deref().unwrap_or("of an unknown version");
        let version = Escaped(version.as_bytes());
        let shown = Escaped(&driver.shown_by);
        out.row("NVIDIA", format_args!("driver {version} ({shown})"))?;
    }
    Ok(())
}
