# shellcheck shell=bash
# Sourced by moodle-database: the upgrade, and what has to be put back after it.

# On the shared data directory, from the first change that an upgrade makes for its own time until all of them are put
# back. It outlives a process that is killed, so that the next one can do that. Its lines: "restore-point=TIME", and what
# was so before and stays so: "closed" (maintenance mode) and "cron-off".
mark=$MOODLE_DATA_DIR/moodle-database-upgrade

note() {
  printf '%s\n' "$1" >>"$mark"
}

noted() {
  grep -qsx "$1" "$mark"
}

# Set once this process may change something; before that, a mark is the next upgrade's to deal with.
changing=
# Set while Moodle may have been left locked.
locked=

# While it upgrades itself Moodle answers nobody, not even its own tools; killed, it goes on to for minutes.
unlock_site() {
  php "$MOODLE_LIB_DIR/unlock-site.php" "$MOODLE_ROOT"
}

# Ends maintenance mode and starts cron again. Nothing to do is success.
put_back() {
  local failed=0
  [[ -n $changing && -f $mark ]] || return 0
  changing=
  if [[ -n $locked ]]; then
    unlock_site || failed=1
  fi
  if ! noted closed && [[ -f $MOODLE_DATA_DIR/climaintenance.html ]]; then
    step 'leave maintenance mode'
    php "$(cli maintenance)" --disable || failed=1
  fi
  if ! noted cron-off; then
    step 'start cron again'
    php "$(cli cron)" --enable || failed=1
  fi
  [[ $failed -ne 0 ]] || rm -f "$mark"
  return "$failed"
}

# The time to which the database can be set back, by its own clock: no earlier than the last change before the upgrade,
# no later than its first. An upgrade that goes on keeps the time of its beginning.
restore_point() {
  local point
  point=$(sed -n 's/^restore-point=//p' "$mark" | head -n 1)
  if [[ -z $point ]]; then
    point=$(php "$MOODLE_LIB_DIR/ask-database.php" time)
    note "restore-point=$point"
  fi
  printf 'restore-point: %s\n' "$point"
}

# Says by its exit code whether an upgrade is pending: 2 is yes, 0 no.
ask_pending() {
  local status=0
  run php "$upgrade_tool" --is-pending --lang=en || status=$?
  if grep -q 'Outdated component cache' "$log"; then
    fail 'the list of components is out of date'
  fi
  [[ $status -eq 0 || $status -eq 2 ]] || fail "upgrade.php --is-pending gave no answer (exit code $status)"
  return "$status"
}

# Marks that an upgrade has begun, and what somebody had closed or stopped before it.
begin() {
  local cron
  if [[ ! -f $mark ]]; then
    cron=$(php "$MOODLE_LIB_DIR/ask-database.php" cron)
    changing=yes
    : >"$mark"
    [[ $cron == on ]] || note cron-off
    [[ ! -f $MOODLE_DATA_DIR/climaintenance.html ]] || note closed
  fi
}

upgrade() {
  local status=0
  local -a options=(--non-interactive --lang=en)

  if [[ -f $mark ]]; then
    step 'go on with an upgrade that was cut off'
    changing=yes
    unlock_site
  fi
  ask_pending || status=$?
  if [[ $status -eq 0 ]]; then
    if [[ -f $mark ]]; then
      restore_point
      step 'purge the caches'
      php "$(cli purge_caches)"
      put_back || fail 'the upgrade was complete, but maintenance mode or cron could not be put back'
      look_at_page
    fi
    prove
    return
  fi

  begin
  step 'stop cron and wait for running tasks'
  waiting php "$(cli cron)" "--disable-wait=${MOODLE_CRON_WAIT:-600}" ||
    fail "tasks of cron were still running after ${MOODLE_CRON_WAIT:-600} s, so the upgrade was not begun; run again when they have ended"

  status=0
  php "$upgrade_tool" --is-maintenance-required --lang=en || status=$?
  if [[ $status -eq 3 ]]; then
    options+=(--maintenance=false)
  elif ! noted closed; then
    step 'enter maintenance mode'
    php "$(cli maintenance)" --enable
  fi
  restore_point

  step 'upgrade'
  locked=yes
  run php "$upgrade_tool" "${options[@]}" || fail 'the upgrade failed'
  grep -q 'completed successfully' "$log" || fail 'the upgrade ended without its message of success'
  locked=
  step 'purge the caches'
  php "$(cli purge_caches)"

  put_back || fail 'the upgrade succeeded, but maintenance mode or cron could not be put back'
  look_at_page
  prove
}
