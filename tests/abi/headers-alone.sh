#!/bin/sh
# Compiles every public header alone, in each language that hosts and plugins are written in, without a warning and
# without padding.
#
#   headers-alone.sh <include folder> <C compiler> <C++ compiler>
set -eu
include=$1 c=$2 cxx=$3
strict="-pedantic -Wall -Wextra -Wpadded -Wundef -Werror -fsyntax-only -I $include"
count=0
for header in $(cd "$include" && find bankfeed -name '*.h' | LC_ALL=C sort); do
    for language in c99 c11 c++20; do
        case $language in
            c++*) compiler=$cxx kind=c++ ;;
            *) compiler=$c kind=c ;;
        esac
        # Twice, because the include guard must hold; a declaration, because an empty unit is not pedantic.
        printf '#include <%s>\n#include <%s>\nextern int something;\n' "$header" "$header" |
            "$compiler" "-std=$language" $strict -x "$kind" - || {
            echo "$header does not compile alone as $language." >&2
            exit 1
        }
    done
    count=$((count + 1))
done
[ "$count" -ge 15 ] || { echo "Only $count headers found in $include." >&2; exit 1; }
for header in $(cd "$include" && find bankfeed/ext -name '*.h'); do
    grep -q "$header" "$include/bankfeed/bankfeed.h" || {
        echo "bankfeed.h leaves out $header." >&2
        exit 1
    }
done
echo "$count headers, each as C99, C11 and C++20."
