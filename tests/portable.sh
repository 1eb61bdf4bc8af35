#!/bin/sh
# portable.sh TREE: what only x86-64 has stands between #if ... __x86_64__ and its #else or #endif, so
# that swatch compiles for other processors, too. `make aarch64` shows that it does; this says so
# everywhere.
cd "$1" || exit 1
found=$(find src -name '*.[ch]' -exec awk '
    FNR == 1 { depth = 0 }
    /^# *if/ { inside[++depth] = /__x86_64__/ && !/!defined\(__x86|ifndef/ }
    /^# *el/ { inside[depth] = 0 }
    /^# *endif/ { depth-- }
    /__builtin_cpu_|__builtin_ia32_|target_clones\(|intrin\.h>|cpuid\.h>|_mm[0-9]*_[a-z]+_/ {
        guarded = 0
        for (i = 1; i <= depth; i++)
            guarded += inside[i]
        if (!guarded)
            print FILENAME ":" FNR ":" $0
    }' {} +)
[ -z "$found" ] && exit 0
printf 'these are for x86-64 alone:\n%s\n' "$found" >&2
exit 1
