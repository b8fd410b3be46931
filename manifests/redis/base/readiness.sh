#!/bin/sh
# Ready: the server answers and has loaded its data. Not the state of the cluster: pods must run before it is formed.
cli=$(command -v valkey-cli || command -v redis-cli) || exit 1
answer=$(timeout 3 "$cli" -h "$POD_IP" ping 2>&1)
[ "$answer" = PONG ] && exit 0
echo "$answer"
exit 1
