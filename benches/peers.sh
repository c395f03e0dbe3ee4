#!/usr/bin/env bash
# Times imgtool against the tools that do the same job today, in one run.
#
#   benches/peers.sh IMAGES WORK [JOB]...
#
# IMAGES is a directory that fixtures/real-images.sh made; WORK an empty one on
# the file system to measure on: tmpfs, or a freshly made ext4. A long-used
# root file system lies. JOBs are import, import-zst, import-tar, diff,
# diff-checksum, manifest and verify-arch by default; import-igzip,
# import-synced (against tar followed by the sync that an import ends with),
# scanelf (against verify-arch --headers-only), links (that against the whole
# check, and the whole check by two threads against one), large, small (100,000 small files) and scale (these by two threads
# that write against one), clone (against cp -a, alone and with the sync that a
# clone ends with), backup and restore (against tar and zstd), stores (restore
# against restic and borg, which must be there), sync (that finds
# nothing to do against diff, and into an empty tree against rsync) on demand; for diff also large-threads (200,000 entries
# by two threads against one), million (a million entries, as trees and against a
# listing of one) and nodes (64 nodes over a sshd on the loopback interface, with
# and without imgtool there; needs root).
# Each pair of commands runs in turn, A B A B, after one round that does not
# count; what is printed is the median of each and the median of the ratios.
# RUNS=N sets how many rounds count (5).
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
images=${1:?usage: benches/peers.sh IMAGES WORK [JOB]...}
work=${2:?usage: benches/peers.sh IMAGES WORK [JOB]...}
shift 2
jobs=("$@")
[ ${#jobs[@]} -gt 0 ] || jobs=(import import-zst import-tar diff diff-checksum manifest verify-arch)
runs=${RUNS:-5}
tree=$images/amd64

cargo build --release --quiet --manifest-path "$here/Cargo.toml" -p imgtool
imgtool=${CARGO_TARGET_DIR:-$here/target}/release/imgtool

# seconds COMMAND: runs it and prints how long it took; its exit status may
# say "differences found", but not that it failed.
seconds() {
  local begin end status=0
  begin=$(date +%s.%N)
  bash -c "$1" >/dev/null 2>"$work/stderr" || status=$?
  end=$(date +%s.%N)
  if [ "$status" -gt 1 ]; then
    echo "failed with status $status: $1" >&2
    cat "$work/stderr" >&2
    exit 1
  fi
  awk -v a="$begin" -v b="$end" 'BEGIN { printf "%.3f\n", b - a }'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print (NR % 2) ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

# pair NAME PREPARE OURS PEER: what PREPARE does is not timed.
pair() {
  local name=$1 prepare=$2 ours=$3 peer=$4 a b round
  : >"$work/ours"
  : >"$work/peer"
  : >"$work/ratio"
  for round in $(seq 0 "$runs"); do
    bash -c "$prepare"
    a=$(seconds "$ours")
    bash -c "$prepare"
    b=$(seconds "$peer")
    [ "$round" -eq 0 ] && continue
    echo "$a" >>"$work/ours"
    echo "$b" >>"$work/peer"
    awk -v a="$a" -v b="$b" 'BEGIN { printf "%.3f\n", b / a }' >>"$work/ratio"
  done
  bash -c "$prepare"
  printf '%-16s imgtool %7.3f s   peer %7.3f s   %5.2f times as fast   peak %4d MiB\n' "$name" \
    "$(median <"$work/ours")" "$(median <"$work/peer")" "$(median <"$work/ratio")" \
    "$(/usr/bin/time -f %M bash -c "exec $ours" 2>&1 >/dev/null | tail -n 1 | awk '{ print int($1 / 1024 + 0.5) }')"
  bash -c "$prepare"
}

import() { # NAME ARCHIVE PEER...
  local name=$1 archive=$2
  shift 2
  pair "$name" "rm -rf '$work/out' && mkdir -p '$work/out/peer'" \
    "$imgtool import -q '$archive' --into '$work/out/tree'" \
    "$* '$archive' -C '$work/out/peer'"
}

for job in "${jobs[@]}"; do
  case $job in
    import) import import "$images/amd64.gnu.tar.gz" tar --xattrs --acls --numeric-owner -xzpf ;;
    import-synced)
      pair import-synced "rm -rf '$work/out' && mkdir -p '$work/out/peer'" \
        "$imgtool import -q '$images/amd64.gnu.tar.gz' --into '$work/out/tree'" \
        "tar --xattrs --acls --numeric-owner -xzpf '$images/amd64.gnu.tar.gz' -C '$work/out/peer' && sync -f '$work/out/peer'"
      ;;
    import-igzip) import import-igzip "$images/amd64.gnu.tar.gz" tar -I igzip --xattrs --acls --numeric-owner -xpf ;;
    import-zst) import import-zst "$images/amd64.gnu.tar.zst" tar -I zstd --xattrs --acls --numeric-owner -xpf ;;
    import-tar) import import-tar "$images/amd64.gnu.tar" tar --xattrs --acls --numeric-owner -xpf ;;
    small | scale)
      [ -f "$work/small.tar" ] ||
        cargo run --release --quiet --manifest-path "$here/Cargo.toml" -p fixtures --example small-files -- "$work/small.tar" 100000
      if [ "$job" = small ]; then
        import small "$work/small.tar" tar --xattrs --acls --numeric-owner -xpf
      else
        pair scale-2-to-1 "rm -rf '$work/out' && mkdir -p '$work/out'" \
          "$imgtool import -q '$work/small.tar' --into '$work/out/tree' --jobs 2" \
          "$imgtool import -q '$work/small.tar' --into '$work/out/tree' --jobs 1"
      fi
      ;;
    clone)
      [ -d "$work/source" ] || cp -a "$tree" "$work/source"
      clean="rm -rf '$work/out' && mkdir -p '$work/out' && sync -f '$work/out'"
      ours="$imgtool clone -q '$work/source' '$work/out/tree'"
      pair clone "$clean" "$ours" "cp -a '$work/source' '$work/out/tree'"
      pair clone-synced "$clean" "$ours" "cp -a '$work/source' '$work/out/tree' && sync -f '$work/out'"
      pair clone-never "$clean" "$ours --reflink never" "cp -a '$work/source' '$work/out/tree'"
      pair clone-verify "$clean" "$ours --verify" "cp -a '$work/source' '$work/out/tree'"
      ;;
    backup | restore)
      [ -d "$work/source" ] || cp -a "$tree" "$work/source"
      clean="rm -rf '$work/out' && mkdir -p '$work/out/peer' && sync -f '$work/out'"
      pack="tar --xattrs --acls --numeric-owner -cf - -C '$work/source' . | zstd -q -3 -T2"
      if [ "$job" = backup ]; then
        pair backup "$clean" "$imgtool backup -q '$work/source' --to '$work/out/ours'" "$pack -o '$work/out/theirs'"
        bash -c "$pack -o '$work/theirs.tar.zst' -f"
        "$imgtool" backup -q "$work/source" --to "$work/ours.tar.zst" --replace >/dev/null
        stat -c '%n: %s bytes' "$work/ours.tar.zst" "$work/theirs.tar.zst"
      else
        "$imgtool" backup -q "$work/source" --to "$work/ours.tar.zst" --replace >/dev/null
        bash -c "$pack -o '$work/theirs.tar.zst' -f"
        pair restore "$clean" "$imgtool restore -q '$work/ours.tar.zst' --into '$work/out/tree'" \
          "tar -I zstd --xattrs --acls --numeric-owner -xpf '$work/theirs.tar.zst' -C '$work/out/peer'"
      fi
      ;;
    stores)
      [ -d "$work/source" ] || cp -a "$tree" "$work/source"
      clean="rm -rf '$work/out' && mkdir -p '$work/out/peer'"
      export RESTIC_PASSWORD=none RESTIC_REPOSITORY=$work/restic RESTIC_CACHE_DIR=$work/cache
      export BORG_BASE_DIR=$work BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes
      "$imgtool" backup -q "$work/source" --to "$work/ours.tar.zst" --replace >/dev/null
      restic init -q
      (cd "$work/source" && restic backup -q .)
      borg init -e none "$work/borg"
      (cd "$work/source" && borg create -C zstd,3 "$work/borg::one" .)
      ours="$imgtool restore -q '$work/ours.tar.zst' --into '$work/out/tree'"
      pair restore-restic "$clean" "$ours" "restic restore -q latest --target '$work/out/peer'"
      pair restore-borg "$clean" "$ours" "cd '$work/out/peer' && borg extract --numeric-ids '$work/borg::one'"
      du -sb "$work/restic" "$work/borg"
      ;;
    sync)
      [ -d "$work/source" ] || cp -a "$tree" "$work/source"
      [ -d "$work/copy" ] || cp -a "$tree" "$work/copy"
      pair sync-nothing true "$imgtool sync -q -w '$work/source' '$work/copy'" \
        "$imgtool diff -q '$work/source' '$work/copy'"
      clean="rm -rf '$work/out' && mkdir -p '$work/out/tree' '$work/out/peer'"
      pair sync-all "$clean" "$imgtool sync -q -w '$work/source' '$work/out/tree'" \
        "rsync -a -H -A -X -S --numeric-ids --force --delete '$work/source/' '$work/out/peer/'"
      ;;
    diff | diff-checksum)
      [ -d "$work/copy" ] || cp -a "$tree" "$work/copy"
      if [ "$job" = diff ]; then ours='' peer=''; else ours=--checksum peer=c; fi
      pair "$job" true \
        "$imgtool diff -q $ours --format itemize '$tree' '$work/copy'" \
        "rsync -n -a$peer -H -A -X -S -i --numeric-ids --force --delete '$tree/' '$work/copy/'"
      ;;
    manifest)
      pair manifest true "$imgtool manifest -q '$tree' -o '$work/manifest'" \
        "find '$tree' -type f -print0 | xargs -0 b3sum > '$work/sums'"
      ;;
    verify-arch)
      pair verify-arch true "$imgtool verify-arch -q '$tree'" \
        "find '$tree' -type f -print0 | xargs -0 -P2 file > '$work/types'"
      ;;
    scanelf)
      pair scanelf true "$imgtool verify-arch -q --headers-only '$tree'" "scanelf -R '$tree'"
      ;;
    links)
      pair headers-to-all true "$imgtool verify-arch -q --headers-only '$tree'" \
        "$imgtool verify-arch -q '$tree'"
      pair all-2-to-1 true "$imgtool verify-arch -q --jobs 2 '$tree'" \
        "$imgtool verify-arch -q --jobs 1 '$tree'"
      ;;
    large | large-threads)
      [ -d "$work/large" ] ||
        cargo run --release --quiet --manifest-path "$here/Cargo.toml" -p fixtures --example large-tree -- "$work/large" 200000
      [ -d "$work/large-copy" ] || cp -a --sparse=always "$work/large" "$work/large-copy"
      ours="$imgtool diff -q --format itemize '$work/large' '$work/large-copy'"
      if [ "$job" = large ]; then
        pair large-diff true "$ours" \
          "rsync -n -a -H -A -X -S -i --numeric-ids --force --delete '$work/large/' '$work/large-copy/'"
      else
        pair large-2-to-1 true "$ours --jobs 2" "$ours --jobs 1"
      fi
      ;;
    million)
      [ -d "$work/million" ] ||
        cargo run --release --quiet --manifest-path "$here/Cargo.toml" -p fixtures --example large-tree -- "$work/million" 1000000
      [ -d "$work/million-copy" ] || cp -a --sparse=always "$work/million" "$work/million-copy"
      "$imgtool" manifest -q --listing "$work/million" -o "$work/million.listing"
      rsync="rsync -n -a -H -A -X -S -i --numeric-ids --force --delete '$work/million/' '$work/million-copy/'"
      pair million-diff true "$imgtool diff -q --format itemize '$work/million' '$work/million-copy'" "$rsync"
      pair million-listing true \
        "$imgtool diff -q --format itemize '$work/million.listing' '$work/million-copy'" "$rsync"
      ;;
    nodes)
      site=$work/nodes
      mkdir -p "$site/bin" /run/sshd
      for key in host user; do
        [ -f "$site/$key" ] || ssh-keygen -q -t ed25519 -N '' -f "$site/$key"
      done
      cp "$site/user.pub" "$site/authorized"
      printf '%s\n' 'Port 22099' 'ListenAddress 127.0.0.1' "HostKey $site/host" \
        "AuthorizedKeysFile $site/authorized" "PidFile $site/pid" 'StrictModes no' 'UsePAM no' \
        'PermitRootLogin yes' 'MaxStartups 200' \
        "ForceCommand PATH=$site/bin:/usr/bin:/bin exec sh -c \"\$SSH_ORIGINAL_COMMAND\"" >"$site/sshd_config"
      printf '%s\n' 'Host node*' '  HostName 127.0.0.1' '  Port 22099' '  User root' \
        "  IdentityFile $site/user" '  StrictHostKeyChecking no' '  UserKnownHostsFile /dev/null' \
        '  LogLevel ERROR' >"$site/ssh_config"
      /usr/sbin/sshd -f "$site/sshd_config"
      for way in find imgtool; do
        rm -f "$site/bin/imgtool"
        [ "$way" = find ] || ln -s "$imgtool" "$site/bin/imgtool"
        /usr/bin/time -f "nodes by $way: 64 in %e s, peak %M KiB" \
          "$imgtool" diff "$tree" "$tree" --nodes 'node[001-064]' --rsh "ssh -F $site/ssh_config" >"$work/groups" || true
        cat "$work/groups"
      done
      kill "$(cat "$site/pid")"
      ;;
    *)
      echo "unknown job: $job" >&2
      exit 2
      ;;
  esac
done
