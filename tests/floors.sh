#!/bin/sh
# floors.sh - each folder of src uses only what src/FLOORS allows: the headers
# that its files include, and the functions that its objects call. Prints TAP.
cd "$(dirname "$0")/.." || exit 2
: "${B:?is where the objects are}"

{
    # FILE include|external HEADER
    grep -n '^[ \t]*#[ \t]*include' src/*/*.[ch] |
        sed -n -e 's/^src\/\([^:]*\):[^"]*"\([^"]*\)".*/\1 include \2/p' \
            -e 's/^src\/\([^:]*\):[^<]*<\([^>]*\)>.*/\1 external \2/p'
    # FILE defines|calls SYMBOL
    nm -A "$B"/src/*/*.o | sed "s|^$B/src/||" | awk '
        { file = $1; sub(/[.]o:.*/, ".c", file) }
        $(NF - 1) == "U" { print file, "calls", $NF }
        $(NF - 1) ~ /^[TDBRV]$/ { print file, "defines", $NF }'
} > "${TMPDIR:-/tmp}/floors.$$"
trap 'rm -f "${TMPDIR:-/tmp}/floors.$$"' EXIT

awk '
BEGIN {
    free = " assert ctype errno float inttypes limits signal stdarg stdatomic"
    free = free " stdbool stddef stdint stdio stdlib string time "
    # Programs of their own: what they take from the system is their affair.
    open["cli"] = open["import"] = open["export"] = open["http"] = 1
    open["serve"] = open["time"] = 1
}
function folder(file) { return substr(file, 1, index(file, "/") - 1) }
function complain(file, what) {
    wrong[file] = wrong[file] "# src/" file " " what "\n"
}
FILENAME ~ /FLOORS$/ {
    if ($0 ~ /^#/ || NF == 0)
        next
    if (index($1, "/") == 0)
        listed[$1] = 1
    for (i = 2; i <= NF; i++)
        may[$1, $i] = 1
    next
}
!($1 in there) {
    there[$1] = 1
    files[++count] = $1
    if (!(folder($1) in listed))
        complain($1, "lies in a folder that is not in src/FLOORS")
}
$2 == "include" && $3 != "sheaf.h" {
    if (index($3, "/") == 0)
        complain($1, "includes " $3 ", which is in no folder")
    else if (folder($3) != folder($1) && !((folder($1), folder($3)) in may))
        complain($1, "includes " $3)
}
$2 == "external" {
    name = $3
    sub(/\.h$/, "", name)
    if (!(folder($1) in open) && index(free, " " name " ") == 0 &&
        !(($1, $3) in may))
        complain($1, "is not named for <" $3 ">")
}
$2 == "defines" {
    # Programs have a main each, and may have other names in common.
    if (folder($1) in open)
        own[folder($1), $3] = $1
    else
        home[$3] = $1
}
$2 == "calls" { calls[++ncalls] = $1 " " $3 }

# Does `to` call `from`, also by way of others of its folder?
function reaches(from, to,   i, n, next_one, parts) {
    if (from == to)
        return 1
    if (from in visited)
        return 0
    visited[from] = 1
    n = split(beside[from], parts, " ")
    for (i = 1; i <= n; i++)
        if (reaches(parts[i], to))
            return 1
    return 0
}
END {
    for (i = 1; i <= ncalls; i++) {
        split(calls[i], part, " ")
        me = part[1]
        other = (folder(me), part[2]) in own ? own[folder(me), part[2]] \
              : part[2] in home ? home[part[2]] : ""
        if (other == "" || other == me)
            continue
        if (folder(other) == folder(me))
            beside[me] = beside[me] " " other
        else if (part[2] !~ /^sheaf_/ && \
                 !((folder(me), folder(other)) in may))
            complain(me, "calls " part[2] " of " other)
        else if (part[2] ~ /^sheaf_/ && !(folder(me) in open) && \
                 !((folder(me), folder(other)) in may))
            complain(me, "calls " part[2] " of " other)
    }
    for (me in beside) {
        n = split(beside[me], part, " ")
        for (i = 1; i <= n; i++) {
            split("", visited)
            if (reaches(part[i], me) && !((me, part[i]) in told)) {
                complain(me, "and " part[i] " call each other")
                told[me, part[i]] = 1
            }
        }
    }
    for (i = 1; i <= count; i++) {
        print (files[i] in wrong ? "not ok " : "ok ") i " - floors: " files[i]
        if (files[i] in wrong) {
            printf "%s", wrong[files[i]]
            bad = 1
        }
    }
    print "1.." count
    exit bad
}
' src/FLOORS "${TMPDIR:-/tmp}/floors.$$"
