# Sourced by examples/run and tests/run, in the top folder: one build at a time, and what is said when it fails.

# Two builds in one folder overwrite each other's files. Waits until no other is under way; descriptor 8 holds the lock.
lock_build() {
    mkdir -p build
    exec 8>> build/build.lock
    if ! flock -n 8; then
        echo "Another build is running; waiting for it."
        flock 8
    fi
}

unlock_build() {
    exec 8>&-
}

# build_errors LOG: what the compiler, the linker, CMake or the bundler had against it; else the end of the log.
# A line of a compiler may be as long as the template in it: 200 bytes of each are enough to find the place.
build_errors() {
    local found
    found=$(grep -E -A2 --no-group-separator \
        ': (fatal )?error:|undefined reference|multiple definition|^CMake Error|ninja: error|\[ERROR\]|^npm (ERR!|error)' "$1" |
        head -n 30) || true
    [ -n "$found" ] || found=$(tail -n 15 "$1")
    cut -b -200 <<< "$found" | iconv -c -f UTF-8 -t UTF-8 || true # a cut character
}
