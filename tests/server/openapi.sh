#!/bin/sh
# openapi.sh SWATCH [REQUESTS]: what /openapi.json says is true, as far as schemathesis finds out with
# so many requests (25) for each path: right ones and wrong ones, of all options. Ends with 77 where
# schemathesis is missing (pip install schemathesis; SCHEMATHESIS=FILE names it).
set -eu
swatch=$1
requests=${2:-25}
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
cat >"$folder/hooks.py" <<'END'
import schemathesis


@schemathesis.hook
def filter_case(context, case):
    """What goes together, no schema tells: an option stands once, in the query or in the form."""
    query = case.query or {}
    form = case.body if isinstance(case.body, dict) else {}
    options = {**query, **form}
    return not (
        set(query) & set(form)
        or ("quality" in options and "format" not in options)
        or (options.get("format") == "jpg" and options.get("ground") == "transparent")
    )
END
# That bytes are no picture, or that nobody is on it, no schema tells.
cat >"$folder/settings.toml" <<'END'
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 304, 413, 415, 422, 429, 503]
END
cd "$folder"
SCHEMATHESIS_HOOKS=hooks.py "$tool" --config-file "$folder/settings.toml" run "$where/openapi.json" --checks all --max-examples "$requests" --seed 1 \
    --request-timeout 120 --max-response-time 120 --no-color
kill -0 $service
