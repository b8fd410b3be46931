#!/bin/sh
# Builds the root of one container and becomes the container's first process.
#
# Runs as process 1 of a new process namespace, in a new mount namespace, so whatever it mounts is gone with the
# container. Arguments: ROOT (an empty folder), SCRATCH (an empty folder), TABLE (a file), OPTIONS (for overlays),
# HOSTNAME, then the command. Each line of TABLE is "kind source target mode" with tabs between; targets are paths
# inside the container. What goes wrong is written to descriptor 3; otherwise descriptor 3 receives "ready PID".
set -u
root=$1 scratch=$2 table=$3 options=$4 name=$5
shift 5
container_path=$PATH
PATH=/usr/sbin:/usr/bin:/sbin:/bin

fail() {
  echo "error $*" >&3
  exit 125
}

# The old /proc still shows the process numbers of the host.
read -r pid rest </proc/self/stat
# containerd's own limit of open files, or what this machine allows.
ulimit -n 1048576 2>/dev/null || ulimit -n "$(ulimit -Hn)"
hostname "$name" 2>/dev/null || echo "$name" >/proc/sys/kernel/hostname || fail "cannot set the host name"

# Everything the container writes outside its volumes goes to memory and ends with it, as with a real container.
mount -t tmpfs -o mode=0755 tmpfs "$scratch" 2>&3 || fail "cannot mount a tmpfs"

number=0
while IFS='	' read -r kind source target mode; do
  # An absolute symbolic link on the way would lead out of the root, onto the machine's own files.
  case $(readlink -m "$root$target") in
  "$root" | "$root"/*) ;;
  *) fail "the path $target leads out of the container" ;;
  esac
  case $kind in
  overlay)
    number=$((number + 1))
    mkdir -p "$scratch/$number/upper" "$scratch/$number/work" "$root$target" 2>&3 || fail "cannot create $target"
    mount -t overlay -o "lowerdir=$source,upperdir=$scratch/$number/upper,workdir=$scratch/$number/work$options" \
      overlay "$root$target" 2>&3 || fail "cannot lay the image over $target"
    continue
    ;;
  proc)
    # A machine that is itself a container may forbid a new proc; its own is the next best.
    mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc" 2>&3 || fail "cannot mount /proc"
    continue
    ;;
  seal)
    mount -o remount,bind,ro "$root$target" 2>&3 || fail "cannot make $target read-only"
    continue
    ;;
  directory)
    [ -d "$root$target" ] || mkdir -p "$root$target" 2>&3 || fail "cannot create $target"
    ;;
  file)
    [ -e "$root$target" ] || { mkdir -p "${root}${target%/*}" && : >"$root$target"; } 2>&3 || fail "cannot create $target"
    ;;
  *)
    fail "unknown kind of mount: $kind"
    ;;
  esac
  mount --rbind "$source" "$root$target" 2>&3 || fail "cannot mount $target"
  if [ "$mode" = ro ]; then
    mount -o remount,bind,ro "$root$target" 2>&3 || fail "cannot make $target read-only"
  fi
done <"$table"

echo "ready $pid" >&3
exec 3>&-
PATH=$container_path
export PATH
exec "$@"
