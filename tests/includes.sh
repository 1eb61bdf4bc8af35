#!/bin/sh
# includes.sh [FOLDER]: checks that every #include in FOLDER/src is one that the tables of
# FOLDER/docs/architecture.md allow, and that no two files of a room need each other.
#
# The tables stand below "## Who may include whom", a room a line:
#     out     -> extract, model, color, image, base   a room may include what stands to its right
#     <zip.h>: import                                 a library's header is for these folders alone
#     "base/clock.h": all                             a header that all may include, and that includes none
# A room's line comes before the lines of the rooms that it may include, so there are no circles.
set -eu
cd "${1:-$(dirname "$0")/..}"
tables=docs/architecture.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk '
/^## / { here = /^## Who may include whom/ }
here && /^    [a-z]+ +-> / {
    room = $1
    gsub(/,/, "")
    for (i = 3; i <= NF; i++)
        print "room", room, $i
    print "row", room
}
here && /^    <.*>:/ {
    gsub(/[:,]/, "")
    for (i = 2; i <= NF; i++)
        print "library", substr($1, 2, length($1) - 2), $i
}
here && /^    ".*": all$/ {
    gsub(/[":]/, "")
    print "open", $1
}' $tables >"$work/allowed"

# FILE HEADER KIND, kind is the sign that opens the header's name
find src -name '*.[ch]' -o -name '*.cu' | LC_ALL=C sort | while read -r file; do
    sed -n 's/^ *# *include *\(["<]\)\([^">]*\).*/\2 \1/p' "$file" | sed "s|^|$file |"
done >"$work/includes"
[ -s "$work/includes" ] || { echo "includes.sh: there is nothing in src" >&2; exit 1; }

awk -v tables=$tables '
function fault(text) { print text; bad = 1 }
FILENAME ~ /allowed$/ && $1 == "row" {
    row[$2] = ++rows
    next
}
FILENAME ~ /allowed$/ && $1 == "room" {
    may[$2, $3] = 1
    next
}
FILENAME ~ /allowed$/ && $1 == "open" {
    open[$2] = 1
    next
}
FILENAME ~ /allowed$/ {
    guarded[$2] = guarded[$2] " " $3
    next
}
FNR == 1 {
    if (!rows)
        fault(tables ": there is no table of rooms")
    for (pair in may) {
        split(pair, ends, SUBSEP)
        if (ends[2] != "include" && !(row[ends[2]] > row[ends[1]]))
            fault(tables ": " ends[1] " -> " ends[2] ", but " ends[2] " is no room of a line below")
    }
}
{
    split($1, path, "/")
    room = path[2]
    folder = $1
    sub(/^src\//, "", folder)
    sub(/\/[^\/]*$/, "", folder)
    if (!row[room] && !told[room]++)
        fault($1 ": the room " room " is not in " tables)
    if ($3 == "<" || $2 ~ /^swatch[a-z_]*\.h$/) {
        if (!($2 in guarded))
            next
        n = split(guarded[$2], homes, " ")
        for (i = 1; i <= n; i++)
            if (index(folder "/", homes[i] "/") == 1)
                next
        fault($1 ": <" $2 "> is for" guarded[$2] " alone")
        next
    }
    if (open[substr($1, 5)])
        fault($1 ": includes \"" $2 "\", but a header that is open to all may include none of ours")
    target = $2 ~ /\// ? $2 : folder "/" $2
    if (open[target])
        next
    split(target, path, "/")
    if (path[1] != room && !may[room, path[1]])
        fault($1 ": includes \"" $2 "\", but " room " may not include " path[1])
}
END { exit bad }' "$work/allowed" "$work/includes" >&2 || bad=1

# A file and its header are one. A header without a file of its own passes on what it includes.
awk '
function stem(path) { sub(/^src\//, "", path); sub(/\.[a-z]+$/, "", path); return path }
{
    from = stem($1)
    if ($1 !~ /\.h$/)
        real[from] = 1
    if ($3 == "<")
        next
    to = $2
    if (to !~ /\//) {
        to = $1
        sub(/[^\/]*$/, "", to)
        to = to $2
    }
    to = stem(to)
    if (from != to)
        out[from] = out[from] " " to
}
function reach(node, start, seen,    i, n, next_ones) {
    n = split(out[node], next_ones, " ")
    for (i = 1; i <= n; i++) {
        if (seen[next_ones[i]]++)
            continue
        if (real[next_ones[i]]) {
            if (next_ones[i] != start)
                print start, next_ones[i]
        } else
            reach(next_ones[i], start, seen)
    }
}
END {
    for (node in real) {
        split("", seen)
        reach(node, node, seen)
    }
}' "$work/includes" >"$work/needs"
tsort "$work/needs" >"$work/order" 2>"$work/circles" || true
if [ -s "$work/circles" ]; then
    sed 's/^tsort: .*input contains a loop:/files that need each other in a circle:/
         s/^tsort: /    src\//' "$work/circles" >&2
    bad=1
fi
exit "${bad:-0}"
