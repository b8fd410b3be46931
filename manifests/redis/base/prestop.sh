#!/bin/sh
# A primary hands over to a replica that is in step before it goes: clients see a redirect instead of an outage.
cli=$(command -v valkey-cli || command -v redis-cli) || exit 0
replication() { timeout 3 "$cli" -h "$POD_IP" info replication | tr -d '\r'; }
is_primary() { replication | grep -q '^role:master$'; }

is_primary || exit 0
# One that was emptied to go has nothing to hand over, and a failover that cannot be would only make its clients wait.
timeout 3 "$cli" -h "$POD_IP" cluster nodes | grep -q 'myself,master.* connected [0-9]' || exit 0
replica=$(replication | sed -n 's/^slave[0-9]*:ip=\([^,]*\),port=\([0-9]*\),state=online.*/\1 \2/p' | head -n 1)
[ -n "$replica" ] || exit 0
ip=${replica% *} port=${replica#* }
tries=0
while is_primary && [ "$tries" -lt 25 ]; do
  # The servers give a handover up after five seconds; it is asked for again then.
  [ $((tries % 6)) -eq 0 ] && timeout 3 "$cli" -h "$ip" -p "$port" cluster failover >/dev/null
  tries=$((tries + 1))
  sleep 1
done
exit 0
