#!/bin/sh
# Compares the layout of the ABI with layout.golden: no line may change or go, and what is added is in the golden file too.
#
#   layout.sh <layout program> <C compiler> <include folder> <golden file> [update]
#
# The lines are those of layout.c (members), the functions' types, and the values of all BF_ constants. "update" writes the golden file anew; it
# belongs into the same commit as the change, with a line in host-sdk/docs/abi-changes.md.
set -eu
program=$1 compiler=$2 include=$3 golden=$4
now=$(mktemp)
trap 'rm -f "$now"' EXIT

"$program" > "$now"
# Functions: what they take and give, as the preprocessor leaves it, behind the name of their struct.
printf '#include <bankfeed/bankfeed.h>\n#include <bankfeed/loader.h>\n' |
    "$compiler" -E -P -I "$include" -x c - | tr -s ' \t\n' ' ' | awk -v 'RS=;' '
    /typedef struct [a-z_]+ {/ { sub(/.*typedef struct /, ""); name = $1 }
    /^ *}/ { name = "" }
    /bf_/ && /\(/ { sub(/^[ }]*/, ""); print (name == "" ? "" : name ": ") $0 }' |
    LC_ALL=C sort >> "$now"
# Constants: their text, in the order of their names. The minor grows with each addition.
printf '#include <bankfeed/bankfeed.h>\n#include <bankfeed/loader.h>\n' |
    "$compiler" -dM -E -I "$include" -x c - |
    LC_ALL=C sed -n 's/^#define \(BF_[A-Z0-9_]*\) \(.*\)$/\1 \2/p' |
    grep -v '^BF_ABI_MINOR ' | LC_ALL=C sort >> "$now"

if [ "${5:-}" = update ]; then
    cp "$now" "$golden"
    exit 0
fi
if [ "$(wc -l < "$golden")" -lt 200 ]; then
    echo "$golden is too short to be true." >&2
    exit 1
fi
lost=$(grep -Fxv -f "$now" "$golden" || true)
if [ -n "$lost" ]; then
    echo "The ABI has changed. These lines of $golden are no longer true:" >&2
    echo "$lost" >&2
    echo "Members and constants are only ever added. Undo the change, or make a new revision." >&2
    exit 1
fi
added=$(grep -Fxv -f "$golden" "$now" || true)
if [ -n "$added" ]; then
    echo "The ABI has grown. These lines are not in $golden:" >&2
    echo "$added" >&2
    echo "Run this with \"update\", note it in abi-changes.md, and raise BF_ABI_MINOR if 1.0 has been released." >&2
    exit 1
fi
