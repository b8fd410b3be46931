# shellcheck shell=sh
# Sourced by the entry points: where things are, in this image and with this Moodle. $prefix is set by the caller and
# is empty in the image; it lets the same files run from a checkout.

fail() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 1
}

MOODLE_ROOT=${MOODLE_ROOT:-$prefix/var/www/html}
MOODLE_DATA_DIR=${MOODLE_DATA_DIR:-/var/moodledata}
MOODLE_LOCAL_DIR=${MOODLE_LOCAL_DIR:-/var/local/moodle}
MOODLE_RUN_DIR=${MOODLE_RUN_DIR:-/run/moodle}
MOODLE_LIB_DIR=$prefix/usr/local/lib/moodle
MOODLE_ETC_DIR=$prefix/etc/moodle
# An empty first entry keeps Debian's own directories.
PHP_INI_SCAN_DIR=:$MOODLE_ETC_DIR/php
export MOODLE_ROOT MOODLE_DATA_DIR MOODLE_LOCAL_DIR MOODLE_RUN_DIR MOODLE_LIB_DIR MOODLE_ETC_DIR PHP_INI_SCAN_DIR

[ -f "$MOODLE_ROOT/config.php" ] || fail "$MOODLE_ROOT/config.php is missing: the image is not complete"

# Moodle 5.1 moved the web root to public/; the command line tools may stay at the root or go along.
MOODLE_WEB_ROOT=$MOODLE_ROOT
[ ! -f "$MOODLE_ROOT/public/version.php" ] || MOODLE_WEB_ROOT=$MOODLE_ROOT/public
export MOODLE_WEB_ROOT
[ -f "$MOODLE_WEB_ROOT/version.php" ] || fail "no Moodle in $MOODLE_ROOT: it has no version.php"

# cli NAME: the path of a command line tool.
cli() {
  for directory in "$MOODLE_ROOT/admin/cli" "$MOODLE_ROOT/public/admin/cli"; do
    if [ -f "$directory/$1.php" ]; then
      printf '%s\n' "$directory/$1.php"
      return
    fi
  done
  fail "no admin/cli/$1.php in $MOODLE_ROOT"
}

# What belongs to this pod alone, made from the image at every start.
prepare_local() {
  mkdir -p "$MOODLE_LOCAL_DIR/cache" "$MOODLE_LOCAL_DIR/request" "$MOODLE_LOCAL_DIR/muc" ||
    fail "$MOODLE_LOCAL_DIR must be writable"
  [ -w "$MOODLE_DATA_DIR" ] || fail "the data directory $MOODLE_DATA_DIR must exist and be writable"
  cp "$MOODLE_ETC_DIR/muc.php" "$MOODLE_LOCAL_DIR/muc/cacheconfig.php.new"
  place_cache_configuration
  rm -f "$MOODLE_LOCAL_DIR/components.php"
}

# Moodle never reads half a file.
place_cache_configuration() {
  mv "$MOODLE_LOCAL_DIR/muc/cacheconfig.php.new" "$MOODLE_LOCAL_DIR/muc/cacheconfig.php"
}

# The list of components, made anew so that this code never meets another code's list: with an old one Moodle's tools
# stop with exit code 0. And with it the cache configuration, whose definitions are those of the components.
rebuild_components() {
  rebuild=$(cli alternative_component_cache)
  php "$rebuild" --rebuild >/dev/null
  [ -f "$MOODLE_LOCAL_DIR/components.php" ] || fail "Moodle did not write $MOODLE_LOCAL_DIR/components.php"
  php "$MOODLE_LIB_DIR/cache-configuration.php" >"$MOODLE_LOCAL_DIR/muc/cacheconfig.php.new" ||
    fail 'the cache configuration could not be written'
  place_cache_configuration
}

# Signs in to object storage when it is used, and goes on renewing: a signature lives a day, and is made anew every six
# hours. A first failure does not keep the pod from starting, because new files lie on the share until they are copied.
# Ends with the pod.
sign_in_to_object_storage() {
  php -r 'require getenv("MOODLE_LIB_DIR") . "/settings.php"; exit(moodle_uses_object_storage() ? 0 : 1);' || return 0
  token=$MOODLE_LIB_DIR/object-storage-token.php
  pause=21600
  php "$token" || pause=60
  (
    # The signal that ends the pod ends the loop at once, and not after its pause.
    trap 'kill "$napping" 2>/dev/null; exit 0' TERM INT QUIT
    while :; do
      sleep "$pause" &
      napping=$!
      wait "$napping"
      pause=21600
      php "$token" || pause=60
    done
  ) &
  object_storage=$!
}

# Ends the loop, if there is one.
sign_out_of_object_storage() {
  [ -z "${object_storage:-}" ] || kill "$object_storage" 2>/dev/null || true
}
