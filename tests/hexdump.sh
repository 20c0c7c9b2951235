#!/bin/sh
# hexdump.sh - each dump in the spec shows the bytes of its vector. Prints TAP.
#
# A dump consists of lines indented by four spaces: an offset of eight
# hexadecimal digits, two spaces, up to 16 bytes, each in the column of its
# place in the row, and after two more spaces their meaning. It belongs to the
# last file named before it as `vectors/NAME`.
cd "$(dirname "$0")/.." || exit 2

awk '
BEGIN {
    for (i = 0; i < 16; i++)
        digit[substr("0123456789abcdef", i + 1, 1)] = i
}
match($0, /`vectors\/[A-Za-z0-9._-]+`/) {
    file = "spec/" substr($0, RSTART + 1, RLENGTH - 2)
    if (!(file in size))
        load(file)
}
/^    [0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]  / {
    at = 0
    for (i = 5; i <= 12; i++)
        at = 16 * at + digit[substr($0, i, 1)]
    row = substr($0, 15, 47)
    sub(/   *[^0-9a-f ].*$/, "", row)
    match(row, /[0-9a-f]/)
    wrong = RSTART == 0 || RSTART != 3 * (at % 16) + 1 ? " column" : ""
    count = split(row, byte, " ")
    for (i = 1; i <= count; i++)
        if (value[file, at + i - 1] != byte[i])
            wrong = wrong " " byte[i]
    print (wrong == "" ? "ok " : "not ok ") ++n " - " file " at " \
        substr($0, 5, 8)
    if (wrong != "") {
        print "# line " NR ", wrong:" wrong
        bad = 1
    }
}
END {
    if (n == 0)
        print "ok " ++n " - dumps in the spec # SKIP there are none"
    print "1.." n
    exit bad
}
function load(file,    command, line, k, i, byte) {
    size[file] = 0
    command = "od -An -v -tx1 \"" file "\""
    while ((command | getline line) > 0) {
        k = split(line, byte, " ")
        for (i = 1; i <= k; i++)
            value[file, size[file]++] = byte[i]
    }
    close(command)
}
' spec/format.md
