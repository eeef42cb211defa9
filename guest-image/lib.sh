# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# What the builders share: reading the spec, extracting packages, checking a root, packing it.
# Everything here is made so that the same spec and packages give the same bytes.

export LC_ALL=C TZ=UTC
umask 022

die () {
  printf '%s\n' "$*" >&2
  exit 1
}

# A command that fails where nobody looks would end the build without a word.
set -E
trap 'printf "%s: line %d: %s failed\n" "${BASH_SOURCE[0]##*/}" "$LINENO" "${BASH_COMMAND%% *}" >&2' ERR

say () {
  printf '%s\n' "$*"
}

# spec_one WORK KEY [DEFAULT]: the value of a key that stands at most once.
spec_one () {
  local value
  value=$(sed -n "s/^$2=//p" "$1/spec")
  printf '%s' "${value:-${3-}}"
}

# spec_all WORK KEY: the values of a key that may be repeated, one a line.
spec_all () {
  sed -n "s/^$2=//p" "$1/spec"
}

# A root with Debian's merged /usr; the packages of this release ship both kinds of paths.
make_root () {
  local root=$1 directory
  for directory in bin sbin lib lib64; do
    mkdir -p "$root/usr/$directory"
    ln -s "usr/$directory" "$root/$directory"
  done
}

# extract_packages WORK ROOT: the packages' files, without running their scripts. The kernel's source
# is not for the root.
extract_packages () {
  local name file
  while IFS=$'\t' read -r name _ _ _ _ file; do
    case $name in
      linux-source-* | linux-config-*) continue ;;
    esac
    dpkg-deb --fsys-tarfile "$file" | tar -x -C "$2" --keep-directory-symlink --no-same-owner
  done < "$1/packages"
}

# remove_paths ROOT: what stdin lists, glob patterns relative to the root; an unmatched one is fine.
remove_paths () {
  local pattern path
  while read -r pattern; do
    while read -r path; do
      rm -rf -- "$path"
    done < <(compgen -G "$1/$pattern" || true)
  done
}

elf_files () {
  find "$1" -type f ! -name '*.ko' -exec sh -c \
    'for f; do [ "$(head -c 4 "$f" | tail -c 3)" = ELF ] && printf "%s\n" "$f"; done; true' sh {} +
}

# elf_needs: what each file of stdin's list names as needed, as lines "FILE NAME". readelf heads a
# file's part with its name only where it is given several, and /dev/null makes it complain.
elf_needs () {
  { xargs -r -d '\n' readelf -d --wide /dev/null 2> /dev/null || true; } | awk '
    /^File: / { file = substr ($0, 7) }
    /\(NEEDED\)/ { name = $0; sub (/.*\[/, "", name); sub (/\].*/, "", name); print file, name }'
}

# Removes the shared libraries that nothing else in the root names: packages bring whole families
# where the image's programs need one. Modules that a program opens by itself lie in directories
# of their own and are left alone.
prune_libraries () {
  local directory=$1/usr/lib/x86_64-linux-gnu
  [[ -d $directory ]] || return 0
  elf_files "$1" | elf_needs > "$1.needs"
  find "$directory" -maxdepth 1 -name '*.so*' -printf '%f %l\n' | awk -v directory="$directory/" '
    function inside (path) {
      return index (path, directory) == 1 && substr (path, length (directory) + 1) !~ "/"
    }
    NR == FNR { needs[$1] = needs[$1] " " $2; if (!inside($1)) root[$2] = 1; next }
    { all[$1] = 1; target[$1] = $2 }
    function want (name,   i, n, part) {
      if (name in kept) return
      kept[name] = 1
      if (target[name] != "") want (target[name])
      n = split (needs[directory name], part, " ")
      for (i = 1; i <= n; i++) want (part[i])
    }
    END {
      # glibc opens the first by itself, to unwind a cancelled thread.
      want ("libgcc_s.so.1"); want ("ld-linux-x86-64.so.2")
      for (name in root) want (name)
      for (name in all) if (!(name in kept)) print directory name
    }' "$1.needs" - | xargs -r -d '\n' rm -f --
}

# Every library that an ELF file of the root names lies in the root.
check_libraries () {
  local root=$1 missing=0 file name
  while read -r file name; do
    [[ -e $root/usr/lib/x86_64-linux-gnu/$name || -e $root/usr/lib/$name ]] && continue
    printf '%s needs %s, which is not in the image: name its package, or exclude the file\n' \
      "${file#"$root"}" "$name" >&2
    missing=1
  done < <(elf_files "$root" | elf_needs)
  return "$missing"
}

# Every module's dependencies are in the root, or built into the kernel.
check_modules () {
  local root=$1 version=$2 missing=0 file name known
  known=$(find "$root/usr/lib/modules/$version" -name '*.ko*' -printf '%f\n'
    sed 's,.*/,,' "$root/usr/lib/modules/$version/modules.builtin")
  known=$(sed 's/\.ko.*//; s/-/_/g' <<< "$known" | sort -u)
  while read -r file; do
    while read -r name; do
      grep -qxF "${name//-/_}" <<< "$known" && continue
      printf 'module %s needs %s, which is not in the image\n' "${file##*/}" "$name" >&2
      missing=1
    done < <(modinfo -F depends "$file" | tr ',' '\n' | sed '/^$/d')
  done < <(find "$root/usr/lib/modules/$version" -name '*.ko*')
  return "$missing"
}

# check_programs ROOT: those that stdin names are executable files on the root's path.
check_programs () {
  local name directory missing=0
  while read -r name; do
    for directory in sbin bin lib/vrkit; do
      [[ -x $1/usr/$directory/$name || -L $1/usr/$directory/$name ]] && continue 2
    done
    printf 'no program %s in the image: name its package in [packages]\n' "$name" >&2
    missing=1
  done
  return "$missing"
}

# pack_root ROOT EPOCH: a cpio archive on stdout, with nothing in it that varies from build to build.
pack_root () {
  find "$1" -exec touch -h -d "@$2" {} +
  (cd "$1" && find . -mindepth 1 -printf '%P\0' | sort -z \
    | cpio --null --quiet -o -H newc -R 0:0 --reproducible)
}
