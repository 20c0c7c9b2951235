#!/bin/sh
# floors.sh - every file of the library includes only what src/FLOORS allows.
# Prints TAP, a line for each file.
cd "$(dirname "$0")/.." || exit 2

awk '
BEGIN {
    free = " assert ctype errno float inttypes limits signal stdarg stdatomic"
    free = free " stdbool stddef stdint stdio stdlib string time "
}
FILENAME == "src/FLOORS" {
    if ($0 ~ /^#/ || NF == 0)
        next
    floor[$2] = $1
    for (i = 3; i <= NF; i++)
        may[$2, $i] = 1
    listed[++names] = $2
    next
}
FNR == 1 {
    me = FILENAME
    sub(/^src\//, "", me)
    sub(/\.[ch]$/, "", me)
    there[me] = 1
    files[++count] = FILENAME
    if (!(me in floor))
        complain(FILENAME, "is not in src/FLOORS")
}
!(me in floor) { next }
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\"")
    other = part[2]
    sub(/\.h$/, "", other)
    if (!(other in floor))
        complain(FILENAME, "includes " part[2] ", which has no floor")
    else if (other != me && floor[other] >= floor[me])
        complain(FILENAME, "is on floor " floor[me] " and includes " \
                 part[2] ", on " floor[other])
}
/^[ \t]*#[ \t]*include[ \t]*</ {
    split($0, part, /[<>]/)
    other = part[2]
    sub(/\.h$/, "", other)
    if (index(free, " " other " ") == 0 && !((me, part[2]) in may))
        complain(FILENAME, "is not named for <" part[2] ">")
}
function complain(file, what) {
    wrong[file] = wrong[file] "# " file " " what "\n"
}
END {
    for (i = 1; i <= count; i++)
        say(files[i])
    for (i = 1; i <= names; i++)
        if (!(listed[i] in there)) {
            complain(listed[i], "is in src/FLOORS, but there is no such file")
            say(listed[i])
        }
    print "1.." said
    exit bad
}
function say(file) {
    print (file in wrong ? "not ok " : "ok ") ++said " - floors: " file
    if (file in wrong) {
        printf "%s", wrong[file]
        bad = 1
    }
}
' src/FLOORS src/*.h src/*.c
