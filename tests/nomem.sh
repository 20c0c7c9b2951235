#!/bin/sh
# nomem.sh - each request for memory of a command fails in turn: what it answers
# then is what it answers otherwise, or it fails and says that memory is out.
# Prints TAP.
cd "$(dirname "$0")" || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
case "$(ldd --version 2>&1)" in
*musl*) echo "1..0 # SKIP the C library has no names for what replaces malloc"; exit 0 ;;
esac
if nm -D "$SHEAF" 2> /dev/null | grep -q __asan_init; then
    echo "1..0 # SKIP a sanitizer has its own malloc"
    exit 0
fi
${CC:-cc} -shared -fPIC -o "$tmp/nomem.so" nomem.c || exit 2
cd "$tmp" || exit 2
XDG_STATE_HOME=$tmp/state
XDG_CACHE_HOME=$tmp/cache
export XDG_STATE_HOME XDG_CACHE_HOME
sheaf() { "$SHEAF" "$@"; }

article() {
    printf '{"id":"%s","title":"%s","published":"2024-03-0%s","text":"%s\\n"}\n' "$@"
}
{ article a Bridge 1 'The bridge opened.' && article b Ferry 2 'The ferry stays.'; } > one.jsonl
{ article a 'A bridge' 1 'The bridge was closed.' && article c Canal 3 'It was drained.'; } > two.jsonl
article d Tunnel 4 'A tunnel is dug.' > three.jsonl
time="--time 2025-01-02T03:04:05Z"
{
    sheaf keygen -W -p k.pub -s k.sec && mkdir folder &&
        sheaf pack -q -o news.sheaf -n ex.org/news -s k.sec $time one.jsonl &&
        cp news.sheaf old.sheaf && sheaf append -q news.sheaf -s k.sec $time two.jsonl &&
        sheaf verify -p k.pub news.sheaf && cp news.sheaf folder/a.sheaf &&
        sheaf pack -q -o folder/b.sheaf -n ex.org/more -s k.sec two.jsonl && mv state kept
} > made 2>&1 || { cat made; exit 2; }

begin() {
    rm -rf state ran out.sheaf to new.sheaf
    cp -r kept state && cp news.sheaf new.sheaf
}
# All that a command has made, but for the state it keeps.
made() { find to out.sheaf new.sheaf -type f -exec cat {} + 2> /dev/null; }

n=0
bad=0
# each COMMAND...: with every request failing in turn
each() {
    n=$((n + 1))
    begin
    "$SHEAF" "$@" > want 2> said
    code=$?
    made >> want
    at=0
    wrong=
    while [ -z "$wrong" ]; do
        at=$((at + 1))
        begin
        NOMEM_AT=$at NOMEM_FILE=ran LD_PRELOAD=$tmp/nomem.so "$SHEAF" "$@" > answer 2> said
        got=$?
        [ -e ran ] || break
        if [ "$got" -eq "$code" ]; then
            made >> answer
            cmp -s want answer || wrong="another answer"
        elif [ "$got" -eq 0 ] || ! grep -q 'memory\|start a thread' said; then
            wrong="exit code $got"
        fi
    done
    if [ -z "$wrong" ] && [ "$at" -gt 10 ]; then
        echo "ok $n - $*: $((at - 1)) requests"
    else
        echo "not ok $n - $*: $wrong when request $at fails"
        sed 's/^/# /' said
        bad=1
    fi
}

each verify -p k.pub news.sheaf
each verify -p k.pub old.sheaf
each verify -p k.pub folder
each get -p k.pub news.sheaf a
each get -p k.pub folder a
each list -p k.pub news.sheaf
each list -p k.pub folder
each list news.sheaf --where headline=Ferry
each list news.sheaf --revisions
each extract -q -p k.pub folder -C to
each extract news.sheaf --format jsonl
each diff news.sheaf a
each prove news.sheaf b
each info news.sheaf
each pack -q -j 1 -o out.sheaf $time one.jsonl
each append -q -j 1 -s k.sec $time new.sheaf three.jsonl
each redact -q -s k.sec $time --reason r new.sheaf b -o out.sheaf
each sync -q -p k.pub news.sheaf out.sheaf
echo "1..$n"
exit $bad
