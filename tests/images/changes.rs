//! An image that somebody worked on, against the one it came from.

use std::path::{Path, PathBuf};

use crate::real::{ARCHES, live, real, run, scratch};
use crate::rsync::{self, Question, shown};

/// What admins do to images, and what they don't mean to do. The first argument
/// is the image.
const WORK: &str = r#"
set -e
cd "$1"
# Edited, with and without a sign of it.
for file in $(find usr/lib usr/share -type f -name '*.p[ml]' | sort | head -300); do
    echo edited >>"$file"
done
for file in $(find usr/lib -type f -name '*.py' | sort | head -200); do
    touch -r "$file" ../stamp; printf X | dd of="$file" conv=notrunc status=none; touch -r ../stamp "$file"
done
for file in $(find usr/bin -type f | sort | head -100); do touch "$file"; done
for file in $(find usr/bin -type f | sort | tail -50); do
    touch -d "$(date -d @"$(stat -c %Y "$file")" '+%F %T').123456789" "$file"
done
rm ../stamp
# Deleted, and put elsewhere.
rm -r usr/share/doc usr/share/man
mv usr/share/perl5 usr/share/perl-5
find usr/include -maxdepth 1 -type f -delete
# Added.
mkdir -p opt/site/bin 'opt/odd names'
printf '#!/bin/sh\n' >opt/site/bin/run; chmod 4755 opt/site/bin/run
printf x >'opt/odd names/'"$(printf 'a\nb\377\033')"
mkfifo opt/site/fifo; mknod opt/site/null c 1 3; ln -s nowhere opt/site/dangling
truncate -s 5M opt/site/sparse
# Modes, owners, times.
chmod -R g-w,o-rwx etc/ssl; chmod 0000 etc/shadow; chmod 1777 srv; chmod 0700 .
chown -R 1000:1000 home usr/share/perl; chown -h 5:6 bin
touch etc usr var; touch -h -d 2001-02-03 lib
# Linked anew, and no more.
ln -f srv/fixtures/link-1 srv/fixtures/another
cp -p srv/fixtures/link-2 srv/fixtures/copy; mv srv/fixtures/copy srv/fixtures/link-2
for file in $(find usr/lib/git-core -type f -links +1 | sort | head -40); do
    cp -p "$file" "$file.copy"; mv "$file.copy" "$file"
done
for name in a b c; do ln usr/bin/perl "opt/site/perl-$name"; done
# Something else by the same name.
rm etc/hostname; mkdir etc/hostname; touch etc/hostname/inside
rm -r etc/apt; ln -s /nowhere etc/apt
rm usr/sbin/reboot 2>/dev/null || :; touch usr/sbin/reboot
rm srv/fixtures/null; mknod srv/fixtures/null b 1 3
rm srv/fixtures/fifo; printf x >srv/fixtures/fifo
ln -sfn usr/elsewhere sbin
# Attributes.
setfacl -m u:1001:rw srv/fixtures/acl-file; setfacl -b srv/fixtures/acl-dir
setfacl -d -m g:7:rx etc/systemd; setfacl -R -m u:33:rX etc/init.d
setcap cap_net_bind_service+ep usr/bin/perl; setcap -r srv/fixtures/capable
setfattr -n user.note -v 'by hand' etc/passwd; setfattr -x user.comment srv/fixtures/xattr-file
setfattr -h -n trusted.note -v link bin
"#;

/// A copy of an image that was worked on.
fn worked_on(arch: &str, scratch: &Path) -> PathBuf {
    let copy = scratch.join("copy");
    run(
        "cp",
        ["-a".as_ref(), real(arch).as_os_str(), copy.as_os_str()],
    );
    run(
        "sh",
        [
            "-c".as_ref(),
            WORK.as_ref(),
            "sh".as_ref(),
            copy.as_os_str(),
        ],
    );
    copy
}

#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn changed_images_itemize_as_rsync_does() {
    for arch in ARCHES {
        let scratch = scratch();
        let copy = worked_on(arch, scratch.path());
        for (source, target) in [(real(arch), copy.clone()), (copy, real(arch))] {
            for question in Question::ALL {
                let expected = rsync::rsyncs(&source, &target, question);
                let found = rsync::ours(&live(&source), &live(&target), question, 2);
                assert!(expected.len() > 600, "{} lines", expected.len());
                let found = rsync::mismatches(&expected, &found, &source, &target);
                assert!(
                    found.is_empty(),
                    "{arch} {} {question:?}\n{}",
                    source.display(),
                    shown(&found)
                );
            }
        }
    }
}

/// Two images of different architectures have little in common.
#[test]
#[ignore = "needs real images; .ci/run runs it"]
fn different_images_itemize_as_rsync_does() {
    let (source, target) = (real("amd64"), real("arm64"));
    for question in [Question::PLAIN, Question::CHECKSUM] {
        let expected = rsync::rsyncs(&source, &target, question);
        let found = rsync::ours(&live(&source), &live(&target), question, 2);
        assert!(expected.len() > 10_000);
        let found = rsync::mismatches(&expected, &found, &source, &target);
        assert!(found.is_empty(), "{question:?}\n{}", shown(&found));
    }
}
