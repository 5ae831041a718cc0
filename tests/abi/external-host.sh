#!/bin/sh
# Installs the SDK into an empty prefix, builds the smallest host against it with CMake and with pkg-config, and the
# minimal plugin as a project of its own; then each of the hosts runs that plugin.
#
#   external-host.sh <source folder> <build folder> <C compiler> [flags for all compilers and linkers]
set -eu
source=$1 build=$2 compiler=$3 flags=${4:-}
umask 022
export CMAKE_GENERATOR=Ninja # of the two that CMake may take, the one that .setup installs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
smallest=$source/host-sdk/docs/smallest-host.c

check() # what a host prints when all went well
{
    "$@" "$work/plugin/plugins" minimal-plugin > "$work/output" 2>&1 || {
        cat "$work/output" >&2
        echo "$1 failed." >&2
        exit 1
    }
    for line in "found minimal-plugin" "1 minimal: started" "HTTP 200" "Good day" \
        "The host has asked for ledger changes 1 times." "1 minimal: stopped"; do
        grep -Fqx "$line" "$work/output" || {
            cat "$work/output" >&2
            echo "$1 did not print: $line" >&2
            exit 1
        }
    done
}

cmake --install "$build" --component sdk --prefix "$prefix" > /dev/null
# The prefix may be moved: nothing in it may know where it was.
mv "$prefix" "$work/moved"
prefix=$work/moved
# The pages find one another where they are installed.
pages=$(find "$prefix" -type d -path '*/host-sdk/docs' -prune)
for page in guide.md delivery.md posting-host/ledger-post.c ../README.md ../../docs/console-api.md; do
    [ -f "$pages/$page" ] || { echo "$page is not installed." >&2; exit 1; }
done

CC=$compiler CFLAGS=$flags cmake -S "$source/examples/minimal-plugin" -B "$work/plugin" \
    -DCMAKE_PREFIX_PATH="$prefix" > /dev/null
cmake --build "$work/plugin" > /dev/null

CC=$compiler CFLAGS=$flags cmake -S "$source/tests/abi/external-host" -B "$work/cmake" \
    -DCMAKE_PREFIX_PATH="$prefix" -DSMALLEST_HOST="$smallest" > /dev/null
cmake --build "$work/cmake" > /dev/null
check "$work/cmake/smallest-host"
check "$work/cmake/smallest-host-shared"

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name bankfeed-host.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
$compiler $flags -std=c11 $(pkg-config --cflags bankfeed-host) "$smallest" -o "$work/with-pkg-config" \
    $(pkg-config --libs bankfeed-host)
# shellcheck disable=SC2046
$compiler $flags -std=c11 $(pkg-config --cflags bankfeed-host) "$source"/host-sdk/docs/posting-host/*.c \
    -o "$work/posting-host" $(pkg-config --libs bankfeed-host) # abi-posting-host runs it
LD_LIBRARY_PATH=$(pkg-config --variable=libdir bankfeed-host)
export LD_LIBRARY_PATH
check "$work/with-pkg-config"
unset LD_LIBRARY_PATH

library=$(pkg-config --variable=libdir bankfeed-host)/libbankfeed-host.a
# shellcheck disable=SC2046
$compiler $flags -std=c11 $(pkg-config --cflags bankfeed-host) "$smallest" "$library" \
    -o "$work/with-archive" $(pkg-config --libs libcrypto jansson) -pthread -ldl
check "$work/with-archive"
echo "Built and run with CMake (static, shared) and pkg-config (shared, archive)."
