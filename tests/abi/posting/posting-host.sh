#!/bin/sh
# Asserts that the sample host keeps the rules of posting and of telling: the plugin asks-books plays them, a scene with
# each pump, and people do things in between.
#
#   posting-host.sh <posting-host> <plugins directory>
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$1" "$2" asks-books > "$work/output" <<'COMMANDS'
pump
pump
remove c
reconcile a
close 2026-01-31
pump
merge savings checking
pump
pump
pump
pump
show
remove nobody
COMMANDS

say() { cat "$work/output" >&2; echo "$1" >&2; exit 1; }
if grep -q "not ok" "$work/output"; then say "The books break a rule."; fi
count=$(grep -c " ok: \| books: ok: " "$work/output")
[ "$count" -ge 20 ] || say "Only $count things were asked."
while IFS= read -r line; do
    grep -Fqx "$line" "$work/output" || say "It did not print: $line"
done <<'LINES'
1 books: told 3 from the start, which is all
1 books: told kind 1 "c" state 2 revision 2 "" ""
1 books: told kind 1 "a" state 1 revision 2 "" ""
1 books: told kind 2 "" state 0 revision 0 "2026-01-31" ""
1 books: told 1
1 books: told kind 4 "savings" state 0 revision 0 "" "checking"
feed feed-1 4
entry a revision 2 checking 2026-01-08 120 reconciled
entry b revision 2 checking 2026-01-06 0 in-books
entry c revision 4 checking 2026-02-07 70 in-books
balance checking 190
balance suspense -190
failed: remove nobody
LINES
# Once because the plugin's place is none of these books', once because a telling broke off.
[ "$(grep -Fcx "1 books: told 4 from the start, which is all" "$work/output")" -eq 2 ] ||
    say "What was told before was not told again from the start, twice."
