#!/bin/sh
# Asserts that every piece of C in the guide stands word for word in the host that is compiled and run by a test.
#
#   guide-code.sh <guide.md> <smallest-host.c>
set -eu
awk '
    NR == FNR { whole = whole $0 "\n"; next }
    /^```c$/ { inside = 1; piece = ""; next }
    /^```$/ && inside {
        inside = 0
        ++count
        if (index(whole, piece) == 0) { print "Not in smallest-host.c:\n" piece; bad = 1 }
        next
    }
    inside { piece = piece $0 "\n" }
    END { if (count < 6) { print "Only " count " pieces found."; bad = 1 } exit bad }' "$2" "$1"
