#!/bin/sh
# openapi.sh SWATCH [REQUESTS]: what /openapi.json says is true, as far as schemathesis finds out with
# so many requests (100) for each path: right ones and wrong ones, of all options. Ends with 77 where
# schemathesis is missing (pip install schemathesis; SCHEMATHESIS=FILE names it).
set -eu
swatch=$1
requests=${2:-100}
tool=${SCHEMATHESIS:-schemathesis}
command -v "$tool" >/dev/null || { echo "openapi: NOT CHECKED: there is no schemathesis" >&2; exit 77; }
folder=$(mktemp -d)
"$swatch" serve --listen 127.0.0.1:0 --person none --quiet 2>"$folder/log" &
service=$!
trap 'kill $service 2>/dev/null || true; wait $service || true; rm -rf "$folder"' EXIT
tries=0
until grep -q '"event":"ready"' "$folder/log"; do
    tries=$((tries + 1))
    if ! kill -0 $service || [ $tries = 1200 ]; then cat "$folder/log" >&2; exit 1; fi
    sleep 0.05
done
where=$(sed -n 's|.*"ready".*\(http://[0-9.:]*\).*|\1|p' "$folder/log")
"$tool" run "$where/openapi.json" --checks all --max-examples "$requests" --seed 1 \
    --request-timeout 120 --no-color
kill -0 $service
