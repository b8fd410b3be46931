#!/bin/sh
# Alive: the server answers at all. One that loads its data, waits for its primary or runs a script must not be restarted.
cli=$(command -v valkey-cli || command -v redis-cli) || exit 1
answer=$(timeout 3 "$cli" -h "$POD_IP" ping 2>&1)
case $answer in
PONG | LOADING* | MASTERDOWN* | BUSY*) exit 0 ;;
esac
echo "$answer"
exit 1
