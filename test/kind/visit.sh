#!/usr/bin/env bash
# Logs in as the administrator at one web pod, and asks for the dashboard at every other: the session is in Redis, not in a pod.
# The way to a pod is a port-forward; what Front Door would say is said by a header.
set -euo pipefail
address=$1
password=$(kubectl -n moodle get secret moodle-secrets --output jsonpath='{.data.moodle-admin-password}' | base64 --decode)
mapfile -t pods < <(kubectl -n moodle get pods --selector app.kubernetes.io/name=moodle-web --output name)
[ "${#pods[@]}" -ge 2 ] || { echo "There are ${#pods[@]} web pods; two are needed."; exit 1; }
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
port=18080
ports=()
for pod in "${pods[@]}"; do
  kubectl -n moodle port-forward "$pod" "$port:8080" > /dev/null &
  ports+=("$port")
  port=$((port + 1))
done
ask() { # PORT PATH [CURL OPTIONS…]
  curl --silent --show-error --retry 20 --retry-connrefused --retry-delay 1 --max-time 60 --header "Host: $address" "http://127.0.0.1:$1$2" "${@:3}"
}
cookie() { tr -d '\r' | sed -n 's/^[Ss]et-[Cc]ookie: \(MoodleSession[^;]*\);.*/\1/p' | tail -n 1; }

page=$(ask "${ports[0]}" /login/index.php --include)
token=$(sed -n 's/.*name="logintoken" value="\([0-9A-Za-z]*\)".*/\1/p' <<< "$page" | head -n 1)
[ -n "$token" ] || { echo "The log-in page has no token:"; head -n 40 <<< "$page"; exit 1; }
# The password is on no command line.
answer=$(printf 'username=admin&logintoken=%s&password=%s' "$token" "$(jq --raw-input --raw-output '@uri' <<< "$password")" |
  ask "${ports[0]}" /login/index.php --include --cookie "$(cookie <<< "$page")" --data @-)
session=$(cookie <<< "$answer")
[ -n "$session" ] || { echo "Nobody was logged in:"; head -n 20 <<< "$answer"; exit 1; }
for port in "${ports[@]}"; do
  ask "$port" /my/ --location --max-redirs 0 --cookie "$session" --output /tmp/dashboard.html --write-out "%{http_code} from port $port\n" | grep '^200 '
  grep -q 'data-userid\|logout' /tmp/dashboard.html || { echo "Port $port does not know the session."; exit 1; }
done
echo "${#pods[@]} pods, one session."
