#!/bin/sh
# proxy.sh SWATCH: three services behind HAProxy (deploy/haproxy.cfg) are restarted one after the
# other under load, and no request is lost; one that is killed costs no more than what it worked on.
# Ends with 77 where haproxy or curl is missing.
set -eu
swatch=$1
for tool in haproxy curl; do
    command -v $tool >/dev/null || { echo "proxy: NOT CHECKED: there is no $tool" >&2; exit 77; }
done
folder=$(mktemp -d)
: >"$folder/pids"
end() {
    rm -f "$folder/load"
    # shellcheck disable=SC2046 # numbers
    kill $(cat "$folder/pids" "$folder"/pid-* 2>/dev/null) 2>/dev/null || true
    wait
    rm -rf "$folder"
}
trap end EXIT
die() {
    echo "proxy: $1" >&2
    tail -n 5 "$folder"/log-* "$folder/proxy" >&2
    exit 1
}
within() { # SECONDS COMMAND...
    tries=$(($1 * 20))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || return 1
        sleep 0.05
    done
}

ready() { grep -q '"event":"ready"' "$folder/log-$1"; }
start() { # NUMBER ADDRESS
    "$swatch" serve --listen "$2" --person none --workers 1 --threads 1 --cache-mb 0 \
        --drain-seconds 2 2>"$folder/log-$1" &
    echo $! >"$folder/pid-$1"
    within 60 ready "$1" || die "service $1 did not start"
}
address() { sed -n 's|.*"ready".*http://\([0-9.:]*\).*|\1|p' "$folder/log-$1"; }

for n in 1 2 3; do
    start $n 127.0.0.1:0
    address $n >"$folder/address-$n"
done
SWATCH_1=$(cat "$folder/address-1") SWATCH_2=$(cat "$folder/address-2")
SWATCH_3=$(cat "$folder/address-3") SWATCH_BIND="unix@$folder/socket"
export SWATCH_1 SWATCH_2 SWATCH_3 SWATCH_BIND
haproxy -q -c -f deploy/haproxy.cfg || die "HAProxy refuses its file"
haproxy -f deploy/haproxy.cfg >"$folder/proxy" 2>&1 &
echo $! >>"$folder/pids"

ask() { # PATH [OPTION]...: prints the status
    path=$1
    shift
    curl --silent --unix-socket "$folder/socket" --output /dev/null --max-time 60 \
        --write-out '%{http_code}\n' "$@" "http://proxy$path" || true
}
works() { [ "$(ask /readyz)" = 200 ]; }
within 20 works || die "nobody answers behind HAProxy"

: >"$folder/load"
load() { # NUMBER
    while [ -e "$folder/load" ]; do
        ask /v1/palette --data-binary @examples/grace_hopper.jpg >>"$folder/statuses-$1"
    done
}
clients=
for n in 1 2 3 4; do
    load $n &
    clients="$clients $!"
done
for n in 1 2 3; do
    pid=$(cat "$folder/pid-$n")
    kill "$pid"
    wait "$pid" || die "service $n ended with $?"
    start $n "$(cat "$folder/address-$n")"
    sleep 2 # until HAProxy has seen it
done
rm "$folder/load"
# shellcheck disable=SC2086 # numbers
wait $clients
count=$(cat "$folder"/statuses-* | wc -l)
lost=$(cat "$folder"/statuses-* | grep -cv '^200$' || true)
[ "$count" -ge 20 ] || die "only $count requests were made"
[ "$lost" = 0 ] || die "$lost of $count requests were lost: $(sort "$folder"/statuses-* | uniq -c)"

kill -KILL "$(cat "$folder/pid-2")"
sleep 2
for _ in 1 2 3 4 5 6; do
    [ "$(ask /v1/palette --data-binary @examples/grace_hopper.jpg)" = 200 ] ||
        die "a request went to a service that is dead"
done
echo "proxy: $count requests during three restarts, none lost"
