#!/bin/sh
# Asserts that a plugin library exports bankfeed_entry_v1 and nothing else, binds all its symbols when it is loaded, is
# never unloaded, and looks for its dependencies where the system does.
#
#   one-symbol.sh <library>
set -eu
library=$1
exported=$(nm -D --defined-only "$library" | awk '{print $NF}')
if [ "$exported" != bankfeed_entry_v1 ]; then
    echo "$library exports something else than the entry:" >&2
    echo "$exported" | head -20 >&2
    exit 1
fi
dynamic=$(readelf -dW "$library")
for flag in NODELETE NOW; do
    echo "$dynamic" | grep -q "FLAGS.*$flag" || { echo "$library is linked without -z $flag." >&2; exit 1; }
done
if echo "$dynamic" | grep -E 'RPATH|RUNPATH|TEXTREL'; then
    echo "$library has a search path of its own, or relocations in its code." >&2
    exit 1
fi
if readelf -lW "$library" | grep -E 'GNU_STACK.* RWE'; then
    echo "$library asks for an executable stack." >&2
    exit 1
fi
