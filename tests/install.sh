#!/bin/sh
# install.sh - `make install` installs all that a user's program needs: smoke.c
# is built against it with pkg-config, shared and static, and runs. Prints TAP.
# It installs a copy of build/release, in which only the files that depend on
# the prefix are built again.
cd "$(dirname "$0")/.." || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

n=0
bad=0
# step WHAT COMMAND...
step() {
    n=$((n + 1))
    what=$1
    shift
    if "$@" > "$tmp/out" 2>&1; then
        echo "ok $n - $what"
    else
        echo "not ok $n - $what"
        sed 's/^/# /' "$tmp/out" | head -n 30
        bad=1
    fi
}

# In an own make: the variables of the one that runs this test aren't meant.
make_quietly() {
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS "${MAKE:-make}" -s \
        FLAVOUR=release B="$tmp/build" PREFIX="$tmp/usr" "$@"
}
pkg() {
    PKG_CONFIG_PATH="$tmp/usr/lib/pkgconfig" pkg-config "$@" sheaf
}
build() {
    # shellcheck disable=SC2046,SC2086 # these are lists of words
    ${CC:-cc} -std=c99 -Wall -Wextra -Wpedantic -Werror $(pkg --cflags) \
        -o "$tmp/smoke" tests/smoke.c "$@"
}
smoke() {
    [ "$(LD_LIBRARY_PATH="$tmp/usr/lib" "$tmp/smoke")" = \
        "The bridge opened on Monday." ]
}
version() {
    [ "$(pkg --modversion)" = \
        "$(sed -n 's/^.define SHEAF_VERSION "\(.*\)"/\1/p' src/sheaf.h)" ]
}
command_works() {
    "$tmp/usr/bin/sheaf" --version &&
        "$tmp/usr/bin/sheaf" pack -o "$tmp/n.sheaf" tests/newsroom/wire &&
        "$tmp/usr/bin/sheaf" verify "$tmp/n.sheaf" &&
        "$tmp/usr/bin/sheaf" extract "$tmp/n.sheaf" --format zip -o "$tmp/n.zip" &&
        [ -s "$tmp/usr/share/fish/vendor_completions.d/sheaf.fish" ] &&
        [ -x "$tmp/usr/share/doc/sheaf/examples/pack-parallel.sh" ] &&
        [ -s "$tmp/usr/share/man/man7/sheaf-cluster.7" ]
}
# The installed package loads the installed library.
package_works() {
    to=$(PYTHONDONTWRITEBYTECODE=1 "${PYTHON:-python3}" src/python/installdir.py \
        "$tmp/usr") &&
        env -u SHEAF_LIBRARY PYTHONPATH="$to" "${PYTHON:-python3}" - "$tmp" << 'END'
import sys, sheaf
folder = sys.argv[1]
assert sheaf.__file__.startswith(folder), sheaf.__file__
with open("/proc/self/maps") as maps:
    assert folder + "/usr/lib/libsheaf.so." in maps.read()
with sheaf.create(folder + "/p.sheaf") as writer:
    writer.add("a", "The bridge opened.")
assert sheaf.open(folder + "/p.sheaf")["a"].text == "The bridge opened."
END
}
# The same commit, whatever the settings.
tarball() {
    make_quietly dist DIST="$tmp/one.tar.gz" &&
        (umask 077 && sleep 1 && TZ=Asia/Tokyo GIT_CONFIG_COUNT=2 \
            GIT_CONFIG_KEY_0=tar.umask GIT_CONFIG_VALUE_0=0077 \
            GIT_CONFIG_KEY_1=core.autocrlf GIT_CONFIG_VALUE_1=true \
            make_quietly dist DIST="$tmp/two.tar.gz") &&
        gzip -t "$tmp/one.tar.gz" && cmp "$tmp/one.tar.gz" "$tmp/two.tar.gz"
}
nothing_left() {
    left=$(find "$tmp/usr" ! -type d)
    echo "$left"
    [ -z "$left" ]
}

cp -a "${RELEASE:-build/release}" "$tmp/build" || exit 2
step "install" make_quietly install
step "pkg-config knows the version" version
# shellcheck disable=SC2046
step "build with the shared library" build $(pkg --libs)
step "run it" smoke
# shellcheck disable=SC2046
step "build with the static library" build "$tmp/usr/lib/libsheaf.a" \
    $(pkg --static --libs | sed 's/-lsheaf//')
step "run it" smoke
if [ -x "$tmp/usr/bin/sheaf" ]; then
    step "the installed command finds its helpers" command_works
fi
step "the installed Python package works" package_works
step "uninstall" make_quietly uninstall
step "leaves nothing behind" nothing_left
# A tarball has no commit.
if [ -e .git ]; then
    step "the tarball has the same bytes each time" tarball
fi
echo "1..$n"
exit $bad
