# What a node runs, by any POSIX sh; script.rs puts it into a function that sets
# first: $root, $use_imgtool, $attributes, $content (`yes` or `no`), $listing (the
# options of imgtool), and the functions `rules`, which writes the rules for what
# is not looked into, `walk`, which runs find by what is left of them without
# patterns, and `read_files`, which writes the names of files to be read. The
# format of what is written is in answer.rs.
LC_ALL=C
export LC_ALL

# The user's shell may have written something before.
printf '\nimgtool-node 1\n' >&2
printf '\nimgtool-node 1\n'

cd -- "$root" || { printf 'absent\0'; return; }
# A name may end in newlines, which $() takes off.
printf 'at\0%s\0' "$(pwd -P; echo .)"
cat /proc/self/mountinfo 2>/dev/null
printf '\0'

# Wrong usage, 2, is what an imgtool answers that is too old for what is asked.
why=none
if [ $use_imgtool = yes ] && command -v imgtool >/dev/null 2>&1; then
  rules | imgtool manifest --listing $listing --filter '. -' -- "$root"
  status=$?
  [ $status -eq 2 ] || exit $status
  why=old
fi

if [ "$(find . -maxdepth 0 -printf x 2>/dev/null)" != x ]; then
  printf 'no find\0'
  return
fi

# What is written of an entry: x for a directory that is not looked into, or e;
# type, mode, owner, group, size, mtime, inode, device, number of names; the path;
# the target of a symlink. A device is followed by d and its number.
entry='%y %m %U %G %s %T@ %i %D %n\0%P\0%l\0'
printf 'find 1\0%s\0' $why
walk -printf "x$entry" -o '(' -printf "e$entry" '(' -type b -o -type c ')' \
  -exec stat --printf 'd%t %T\0' -- '{}' ';' ')'
printf 'found\0%s\0' $?

# Of a pipe the shell knows how the last program ended; both are told.
if [ $attributes = yes ]; then
  if command -v getfattr >/dev/null 2>&1; then
    printf 'attributes\0'
    exec 3>&1
    ends=$({ { walk -print0 -o -print0; echo $? >&4; } |
      { xargs -0 -r getfattr -h -d -m - -e hex >&3 4>&-; echo $? >&4; }; } 4>&1)
    exec 3>&-
    printf '\0%s\0' "$ends"
  else
    printf 'no getfattr\0'
  fi
fi

# The sums of some files: all names, for each a line with its sum, for each one
# with its size and mtime after that was read. If one of them cannot be read, they
# are read one by one.
sums='
printf "%s\0" "$@"
if sums=$($0 "$@" 2>/dev/null) &&
  ages=$(find "$@" -maxdepth 0 -printf "%s %T@\n" 2>/dev/null); then
  printf "\0%s\n%s\n\0" "$sums" "$ages"
  exit 0
fi
sums= ages=
for file; do
  if sum=$($0 "$file") && age=$(find "$file" -maxdepth 0 -printf "%s %T@"); then :
  elif [ -e "$file" ]; then sum=failed age=failed
  else sum=gone age=gone
  fi
  sums="$sums$sum
" ages="$ages$age
"
done
printf "\0%s%s\0" "$sums" "$ages"
'

# A program counts if it knows the sum of nothing.
if [ $content = yes ]; then
  if [ "$(printf '' | b3sum --no-names 2>/dev/null)" = \
    af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262 ]; then
    printf 'sums\0blake3\0'
    program='b3sum --no-names'
  elif [ "$(printf '' | sha256sum 2>/dev/null)" = \
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  -' ]; then
    printf 'sums\0sha256\0'
    program=sha256sum
  else
    printf 'no sums\0'
    return
  fi
  exec 3>&1
  ends=$({ { read_files; echo $? >&4; } |
    { xargs -0 -r -n 200 sh -c "$sums" "$program" >&3 4>&-; echo $? >&4; }; } 4>&1)
  exec 3>&-
  printf '\0%s\0' "$ends"
fi
printf 'end\0'
