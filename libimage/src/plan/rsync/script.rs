//! The program for sh that has the runs of rsync done.

use std::fmt::Write as _;

use super::passes::{Pass, Passes, What};
use crate::escape::{Escaped, shell_word};

/// The name of the script, in the directory that holds its lists too.
pub const SCRIPT: &str = "sync.sh";

/// Between which trees it is.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// The directory that is sent.
    pub source: Vec<u8>,
    /// The target as rsync writes it: a directory, or one of a host. Nothing if
    /// only whoever runs the script knows.
    pub target: Option<Vec<u8>>,
    /// The command by which a host is reached, if it is not plain `ssh`.
    pub rsh: Option<Vec<u8>>,
}

/// So many names are told that do not become what they should.
const SHOWN: usize = 20;

/// All but the runs; `SOURCE`, `TARGET` and `RSH` are assignments.
const HEAD: &str = r#"
# Usage: sh sync.sh [-w] [-s SOURCE] [-t TARGET] [RSYNC-OPTION...]
#
#   -w          do it; without it rsync only shows what it would do
#   -s SOURCE   the tree that is sent
#   -t TARGET   the directory that is made like it: /DIR, or USER@HOST:/DIR
#   Whatever follows is handed to rsync: --bwlimit=50m, --rsync-path=..., -v
#
# It takes rsync 3.1.3 or later on both sides, and root there. Files whose names are
# not in the lists beside this script are left alone, and a directory is removed only
# if it is empty; if one stays for that, the exit status is 1. rsync does not see
# whether one of the trees has changed since the lists were made, so let nothing else
# write to them; if a run fails, mend what it says and run the script again.
set -eu

SOURCE
TARGET
RSH
how=--dry-run
# Shown as if what is in the way were gone.
way=--force
kept=
while [ $# -gt 0 ]; do
    case $1 in
    -w | --write) how= way= ;;
    -s | -t)
        if [ $# -lt 2 ]; then
            echo "sync.sh: $1 takes a value" >&2
            exit 2
        fi
        if [ "$1" = -s ]; then source=$2; else target=$2; fi
        shift
        ;;
    -h | --help)
        sed -n '/^# Usage/,/^set -eu/s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) break ;;
    esac
    shift
done
if [ -z "$target" ]; then
    echo "sync.sh: name the target: sh sync.sh -t USER@HOST:/DIR" >&2
    exit 2
fi

case $0 in
*/*) here=${0%/*}/ ;;
*) here=. ;;
esac
# With that a name may end in newlines, and `cd` goes nowhere else and says nothing.
here=$(unset CDPATH && cd -- "$here" && pwd -P && echo .)
here=${here%??}
source=${source%/}/
target=${target%/}/
nothing=$(mktemp -d)
trap 'rm -rf -- "$nothing"' EXIT
trap 'exit 130' INT TERM
: >"$nothing/shown"

# Everything of a name but what an option takes back; -s hands the target's path over
# as it is, and -1 stands for nanoseconds.
all="-lptgoDAXS -i -s --numeric-ids --from0 --no-implied-dirs --modify-window=-1"

# Shows what a dry run has said, but for what an earlier one has said before it.
show() {
    LC_ALL=C shown=$nothing/shown awk '
        BEGIN { while ((getline line <ENVIRON["shown"]) > 0) is_shown[line] }
        !($0 in is_shown)
    ' "$nothing/said" >"$nothing/fresh"
    cat "$nothing/fresh" >>"$nothing/shown"
    cat "$nothing/fresh"
}

# send LIST OPTION...
send() {
    list=$1
    shift
    if [ -z "$how" ]; then
        rsync $all --files-from="$here/$list" "$@" "$source" "$target"
        return
    fi
    status=0
    rsync $all $how $way --files-from="$here/$list" "$@" "$source" "$target" \
        >"$nothing/said" || status=$?
    show
    # It may stumble over what an earlier run would have changed.
    if [ "$status" -eq 23 ]; then
        status=0
    fi
    return "$status"
}

# Of a tree that has none of the names, but the directories that hold them:
# remove LIST OPTION...
remove() {
    list=$1
    shift
    status=0
    rm -rf -- "$nothing/tree"
    mkdir "$nothing/tree"
    (cd "$nothing/tree" && xargs -0 mkdir -p --) <"$here/$list.parents"
    if [ -n "$how" ]; then
        rsync $all $how --files-from="$here/$list" "$@" "$nothing/tree/" "$target" \
            >"$nothing/said" || status=$?
        # What would be gone by then is still there.
        sed 's|^cannot delete non-empty directory: \(.*\)|*deleting   \1/|' \
            "$nothing/said" >"$nothing/gone"
        mv "$nothing/gone" "$nothing/said"
        show
        return "$status"
    fi
    rsync $all --files-from="$here/$list" "$@" "$nothing/tree/" "$target" >"$nothing/said" ||
        status=$?
    cat "$nothing/said"
    if grep -q '^cannot delete non-empty directory: ' "$nothing/said"; then
        kept=yes
    fi
    return "$status"
}

# The directory itself: root OPTION...
root() {
    if [ -z "$how" ]; then
        rsync $all "$@" "$source" "$target"
        return
    fi
    status=0
    rsync $all $how "$@" "$source" "$target" >"$nothing/said" || status=$?
    show
    return "$status"
}
"#;

/// What is behind the runs.
const TAIL: &str = r#"
if [ -n "$kept" ]; then
    echo "sync.sh: directories that were to go hold what the lists do not name, and stay" >&2
    exit 1
fi
"#;

/// What each run does, in words.
fn remark(what: What) -> &'static str {
    match what {
        What::Remove => "Gone; of directories one level after the other, the deepest first.",
        What::Content => "Content, and new directories.",
        What::Links => "Names that are one inode.",
        What::Metadata => "Metadata alone, and that of directories in which something was done.",
        What::Root => "The tree's own directory.",
    }
}

/// The name of the list of a run, by its place among them.
pub(crate) fn list_name(number: usize, pass: &Pass) -> String {
    format!("{:02}-{}", number + 1, pass.what.word())
}

/// A list as rsync takes it. No name begins with `#` or `;`, which would be a
/// comment.
fn list<'p>(paths: impl IntoIterator<Item = &'p crate::path::ImagePath>) -> Vec<u8> {
    let mut list = Vec::new();
    for path in paths {
        list.extend_from_slice(b"./");
        list.extend_from_slice(path.as_bytes());
        list.push(0);
    }
    list
}

/// The files that are the runs of a plan, each with its name; the script comes
/// last.
pub fn script(passes: &Passes, ends: &Ends) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut runs = String::new();
    let mut before = None;
    for (number, pass) in passes.passes.iter().enumerate() {
        if before != Some(pass.what) {
            let _ = write!(runs, "\n# {}\n", remark(pass.what));
        }
        before = Some(pass.what);
        let name = list_name(number, pass);
        let options = pass.options().join(" ").replace("/*", "'/*'");
        let _ = match pass.what {
            What::Remove => writeln!(runs, "remove {name} {options} \"$@\""),
            What::Root => writeln!(runs, "root {options} \"$@\""),
            _ => writeln!(runs, "send {name} {options} \"$@\""),
        };
        if pass.what == What::Remove {
            files.push((format!("{name}.parents"), list(&pass.parents())));
        }
        if pass.what != What::Root {
            files.push((name, list(&pass.names)));
        }
    }
    if passes.passes.is_empty() {
        runs.push_str("\n# There was nothing to do.\n");
    }
    files.push((SCRIPT.to_owned(), text(passes, ends, &runs)));
    files
}

fn text(passes: &Passes, ends: &Ends, runs: &str) -> Vec<u8> {
    let mut text = format!(
        "#!/bin/sh\n# Does by rsync what `imgtool sync -w` would do. Written by imgtool {}.\n#\n",
        env!("CARGO_PKG_VERSION")
    );
    let target = ends.target.as_deref().unwrap_or(b"to be named by -t");
    for (word, end) in [("source", &*ends.source), ("target", target)] {
        let _ = writeln!(text, "#   {word}  {}", Escaped(end));
    }
    if !passes.misfits.is_empty() {
        let count = passes.misfits.len();
        let names = if count == 1 { "name" } else { "names" };
        let _ = writeln!(
            text,
            "#\n# rsync does not do the same with {count} {names}:"
        );
        for misfit in passes.misfits.iter().take(SHOWN) {
            let _ = writeln!(text, "#   {misfit}");
        }
        if count > SHOWN {
            let _ = writeln!(text, "#   and {} more", count - SHOWN);
        }
    }
    text.push('#');
    let assignment =
        |name: &str, value: &[u8]| [name.as_bytes(), b"=", &shell_word(value)].concat();
    let rsh = ends.rsh.as_ref().map(|rsh| {
        let word = shell_word(rsh);
        [
            b"RSYNC_RSH=${RSYNC_RSH:-".as_slice(),
            &word,
            b"}\nexport RSYNC_RSH\n",
        ]
        .concat()
    });
    let mut bytes = text.into_bytes();
    for line in HEAD.split_inclusive('\n') {
        match line {
            "SOURCE\n" => bytes.extend(assignment("source", &ends.source)),
            "TARGET\n" => {
                bytes.extend(assignment(
                    "target",
                    ends.target.as_deref().unwrap_or_default(),
                ));
            }
            "RSH\n" => {
                bytes.extend(rsh.as_deref().unwrap_or_default());
                continue;
            }
            line => {
                bytes.extend_from_slice(line.as_bytes());
                continue;
            }
        }
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(runs.as_bytes());
    bytes.extend_from_slice(TAIL.as_bytes());
    bytes
}
