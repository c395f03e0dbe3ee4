# What a node runs, by any POSIX sh, to send the content of some files; fetch.rs
# puts it into a function that sets first: $root, and the function `names`, which
# writes the names of the files. The format of what is written is told there.
LC_ALL=C
export LC_ALL

# The user's shell may have written something before.
printf '\nimgtool-node 1\n' >&2
printf '\nimgtool-node 1\n'

cd -- "$root" || { printf 'absent\0'; return; }

# The size and mtime of files, a line each.
if [ "$(find . -maxdepth 0 -printf x 2>/dev/null)" = x ]; then
  precision=nanoseconds
  ages='exec find "$@" -maxdepth 0 -printf "%s %T@\n"'
elif stat -c '%s %Y' . >/dev/null 2>&1; then
  precision=seconds
  ages='exec stat -c "%s %Y" "$@"'
else
  printf 'no stat\0'
  return
fi
printf '%s\0' $precision

# Which of them are there and can be read, a letter each; from then on it is about
# these.
is_there='[ -f "$file" ] && [ ! -L "$file" ] && [ -r "$file" ]'
names | xargs -0 sh -c "for file; do
  if $is_there; then printf y; else printf n; fi
done" sh
printf '\0'
readable() {
  names | xargs -0 sh -c "for file; do
    if $is_there; then printf '%s\0' \"\$file\"; fi
  done" sh
}
readable | xargs -0 -r sh -c "$ages" sh
printf '\0'
readable | xargs -0 -r cat
printf '\0%s\0' $?
readable | xargs -0 -r sh -c "$ages" sh
printf '\0end\0'
