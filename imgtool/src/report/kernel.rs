//! Kernels, as rows and as objects.

use libimage::escape::Escaped;
use libimage::inspect::{Architecture, Compression, Facts, Initrd, Kernel, Unseen};
use libimage::path::ImagePath;
use serde::Serialize;

use super::name;

/// One kernel of a tree.
#[derive(Serialize)]
pub(super) struct KernelObject {
    release: String,
    /// What the image says of itself.
    arch: Option<String>,
    image_release: Option<String>,
    flavour: Option<String>,
    /// What shows that it boots by default; null for the others.
    default: Option<String>,
    image: Option<String>,
    initrd: Option<String>,
    initrd_content: Option<InitrdObject>,
    modules: Option<String>,
    modules_dep: bool,
}

/// What an initrd holds.
#[derive(Serialize)]
struct InitrdObject {
    compression: Option<&'static str>,
    archs: Vec<String>,
    releases: Vec<String>,
    /// Why it was not read far enough, if so.
    unseen: Option<String>,
}

/// The kernels of a tree.
pub(super) fn kernels(facts: &Facts) -> Vec<KernelObject> {
    let path = |path: &Option<ImagePath>| path.as_ref().map(|path| name::text(path.as_bytes()));
    facts
        .kernels
        .iter()
        .map(|kernel| KernelObject {
            release: name::text(&kernel.release),
            arch: arch_of(kernel).map(|arch| arch.to_string()),
            image_release: kernel
                .boot
                .as_ref()
                .and_then(|boot| boot.release.as_ref())
                .map(|release| name::text(release.as_bytes())),
            flavour: kernel.flavour().map(name::text),
            default: default(kernel, facts),
            image: path(&kernel.image),
            initrd: path(&kernel.initrd),
            initrd_content: kernel.initrd_holds.as_ref().map(InitrdObject::from),
            modules: path(&kernel.modules),
            modules_dep: kernel.has_modules_dep,
        })
        .collect()
}

impl From<&Initrd> for InitrdObject {
    fn from(initrd: &Initrd) -> Self {
        Self {
            compression: initrd.compression.map(Compression::name),
            archs: initrd.programs.keys().map(ToString::to_string).collect(),
            releases: initrd.releases.iter().map(|one| name::text(one)).collect(),
            unseen: initrd.unseen.as_ref().map(ToString::to_string),
        }
    }
}

fn arch_of(kernel: &Kernel) -> Option<Architecture> {
    kernel.boot.as_ref()?.architecture
}

/// What shows that a kernel boots by default.
fn default(kernel: &Kernel, facts: &Facts) -> Option<String> {
    let default = facts.default_kernel.as_ref()?;
    let is_it = default.release.as_deref() == Some(&*kernel.release);
    is_it.then(|| default.because.to_string())
}

/// A kernel in one line.
pub(super) fn describe(kernel: &Kernel, facts: &Facts) -> String {
    let mut parts = Vec::new();
    if let Some(arch) = arch_of(kernel) {
        parts.push(arch.to_string());
    }
    match &kernel.image {
        Some(image) => parts.push(image.to_string()),
        None => parts.push("no image".to_owned()),
    }
    match (&kernel.initrd, &kernel.initrd_holds) {
        (None, _) => parts.push("no initrd".to_owned()),
        (_, Some(initrd)) => parts.push(initrd_in_words(initrd)),
        _ => {}
    }
    match (&kernel.modules, kernel.has_modules_dep) {
        (None, _) => parts.push("no modules".to_owned()),
        (_, false) => parts.push("no modules.dep".to_owned()),
        _ => {}
    }
    let boots = match default(kernel, facts) {
        Some(because) => format!(", boots by default: {because}"),
        None => String::new(),
    };
    format!("{} ({}){boots}", Escaped(&kernel.release), parts.join(", "))
}

fn initrd_in_words(initrd: &Initrd) -> String {
    let archs: Vec<_> = initrd.programs.keys().map(ToString::to_string).collect();
    match (&initrd.unseen, archs.is_empty()) {
        (_, false) => format!("initrd {}", archs.join(" ")),
        (Some(Unseen::Cut), true) => "initrd not checked".to_owned(),
        (Some(why), true) => format!(
            "initrd not checked: {}",
            Escaped(why.to_string().as_bytes())
        ),
        (None, true) => "initrd without programs".to_owned(),
    }
}
