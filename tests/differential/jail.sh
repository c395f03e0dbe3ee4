#!/bin/sh
# Has a program unpack hostile archives where it can hurt nothing.
#
#   unshare --mount --propagation private -- sh jail.sh JAIL ARCHIVES CASES PROGRAM...
#
# PROGRAM unpacks the archive that is its last argument into the current
# directory. For each name in CASES it runs in CASES/NAME/dest, on ARCHIVES/NAME;
# what it says goes to CASES/NAME/said, its status to CASES/NAME/status.
#
# It sees a root of its own, the directory JAIL, which holds the system's
# programs and the archives, unchangeable, and CASES, where no device can be
# opened. There are no users and groups with names. All mounts end with it.
set -eu
jail=$1 archives=$2 cases=$3
shift 3

mount -t tmpfs -o mode=755 jail "$jail"
cd "$jail"
mkdir dev etc archives cases
for dir in usr bin sbin lib lib64; do
    if [ -L "/$dir" ]; then
        cp -P "/$dir" "$dir"
    elif [ -d "/$dir" ]; then
        mkdir "$dir"
        mount --bind "/$dir" "$dir"
        mount -o remount,bind,ro,nosuid,nodev "$dir"
    fi
done
: >dev/null
mount --bind /dev/null dev/null
mount --bind "$archives" archives
mount -o remount,bind,ro,nosuid,nodev,noexec archives
mount --bind "$cases" cases
mount -o remount,bind,nosuid,nodev,noexec cases
mount -o remount,ro "$jail"

# No file grows past 64 MiB, no program runs for ever.
# shellcheck disable=SC2016
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 chroot . sh -c '
    ulimit -f 131072
    cd /cases
    for name in *; do
        cd "/cases/$name/dest"
        status=0
        timeout 60 "$@" "/archives/$name" >../said 2>&1 || status=$?
        echo "$status" >../status
    done
' sh "$@"
