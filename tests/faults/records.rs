//! What imgtool keeps beside a tree, seen from outside.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use fixtures::snapshot::names;

use crate::strike;

pub(crate) const RECORDS: [&str; 2] = ["tree.manifest", "tree.origin.json"];

/// The one record of a clone that was not read again.
const OF_CLONE: &str = RECORDS[1];

/// What is wrong unless there is a tree with its own records, or no tree and
/// nothing beside it.
pub(crate) fn problem(imgtool: &str, tree: &Path, private: &Path) -> Option<String> {
    let found = private.exists().then(|| names(private));
    if !tree.exists() || names(tree).is_empty() {
        return found.map(|found| format!("no tree, but .imgtool with {found:?}"));
    }
    let fine = |found: &Vec<String>| *found == RECORDS || *found == [OF_CLONE];
    if !found.as_ref().is_some_and(fine) {
        return Some(format!("beside the tree: {found:?}"));
    }
    disagreement(imgtool, tree, private)
}

/// Whether an origin is that of a clone, and of this one.
fn is_of(origin: &str, tree: &Path) -> bool {
    let inode = fs::metadata(tree).expect("it stands").ino();
    origin.contains("\"cloned\":") && origin.contains(&format!("\"root\":\"{inode}:"))
}

/// Where the records are not those of the tree that stands.
pub(crate) fn disagreement(imgtool: &str, tree: &Path, private: &Path) -> Option<String> {
    let [manifest, origin] = RECORDS.map(|name| private.join(name));
    if !manifest.exists() {
        let origin = fs::read_to_string(origin).expect("is there");
        return (!is_of(&origin, tree)).then(|| format!("the origin is another's: {origin}"));
    }
    let diff: [&OsStr; 4] = [
        "diff".as_ref(),
        "--checksum".as_ref(),
        manifest.as_ref(),
        tree.as_ref(),
    ];
    let answer = strike::undisturbed(imgtool, diff);
    if answer.status != Some(0) {
        return Some(format!(
            "the manifest is not the tree's: {}{}",
            answer.results, answer.errors
        ));
    }
    let manifest = fs::read_to_string(manifest).expect("is there");
    let origin = fs::read_to_string(origin).expect("is there");
    let digest = origin.split_once("\"tree_digest\":\"");
    let digest = digest.and_then(|(_, rest)| rest.split('"').next());
    let agrees = digest.is_some_and(|digest| manifest.contains(digest));
    (!agrees).then(|| format!("the origin is not the tree's: {origin}"))
}
