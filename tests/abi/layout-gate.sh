#!/bin/sh
# Asserts that layout.sh is a gate: what is lost, changed or added without "update" fails, and is named.
#
#   layout-gate.sh <layout.sh> <layout program> <C compiler> <include folder>
set -eu
layout=$1 program=$2 compiler=$3 include=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compare() { sh "$layout" "$program" "$compiler" "$include" "$work/golden" > "$work/said" 2>&1; }
refuses() # what it is about, the line that it must name
{
    if compare; then
        echo "$1: it passes." >&2
        exit 1
    fi
    grep -Fqx "$2" "$work/said" || {
        cat "$work/said" >&2
        echo "$1: it does not name $2" >&2
        exit 1
    }
}

sh "$layout" "$program" "$compiler" "$include" "$work/golden" update
compare || { cat "$work/said" >&2; exit 1; }
cp "$work/golden" "$work/whole"
line=$(grep -m 1 '^BF_REVISION_MAX ' "$work/whole")

grep -Fxv "$line" "$work/whole" > "$work/golden"
refuses "a constant that was added" "$line"
sed "s/^BF_REVISION_MAX .*/BF_REVISION_MAX 7u/" "$work/whole" > "$work/golden"
refuses "a constant that was changed" "BF_REVISION_MAX 7u"
{ cat "$work/whole"; echo "BF_WAS_THERE 1u"; } > "$work/golden"
refuses "a constant that is gone" "BF_WAS_THERE 1u"
member=$(grep -m 1 '^bf_event_position' "$work/whole")
grep -Fxv "$member" "$work/whole" > "$work/golden"
refuses "a member that was added" "$member"

sh "$layout" "$program" "$compiler" "$include" "$work/golden" update
cmp -s "$work/golden" "$work/whole" || { echo "update does not write what is the case." >&2; exit 1; }
