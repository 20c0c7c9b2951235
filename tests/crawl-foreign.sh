#!/bin/sh
# crawl-foreign.sh - crawls that other programs wrote: wget; warcio and js-wacz
# of npm.
# Prints TAP. What is not there is skipped.
cd "$(dirname "$0")/.." || exit 2
here=$PWD
sheaf=${SHEAF:-$here/build/release/sheaf}
SHEAF_LIBEXEC=${SHEAF_LIBEXEC:-$(dirname "$sheaf")}
export SHEAF_LIBEXEC
tmp=$(mktemp -d) || exit 2
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM
cd "$tmp" || exit 2
XDG_STATE_HOME=$tmp/state
export XDG_STATE_HOME
[ -x "$sheaf" ] || { echo "1..0 # SKIP there is no $sheaf"; exit 0; }
n=0
bad=0

# is WHAT GOT WANT
is() {
    n=$((n + 1))
    if [ "$2" = "$3" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        printf '%s\n' "$2" | sed 's/^/# got:  /'
        printf '%s\n' "$3" | sed 's/^/# want: /'
        bad=1
    fi
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2"
}
member() {
    "$sheaf" get x.sheaf "$1" --meta |
        sed -n "s/.*\"$2\":\"\\([^\"]*\\)\".*/\\1/p"
}

# ---- wget ----

mkdir site
for name in a b c; do
    printf '<!doctype html><html><head><title>Page %s</title>%s' "$name" \
        '<meta property="article:published_time" content="2024-03-11">' \
        > site/$name.html
    printf '</head><body><p>The gate.<img src=p.png></body></html>\n' \
        >> site/$name.html
done
printf 'Words.\n' > site/t.txt
printf '\211PNG\r\n\032\n....' > site/p.png
cat > serve.py << 'END'
import functools
import http.server

handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="site")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
with open("port.new", "w") as f:
    f.write(str(server.server_port))
import os
os.rename("port.new", "port")
server.serve_forever()
END
crawl() {
    for name in a.html b.html a.html t.txt p.png none.html; do
        echo "http://127.0.0.1:$port/$name"
    done > list
    wget -q -x -P got -i list "$@" > /dev/null 2>&1
    rm -rf got
}
if command -v wget > /dev/null; then
    "${PYTHON:-python3}" serve.py 2> /dev/null &
    server=$!
    tries=0
    while [ ! -s port ] && [ $tries -lt 100 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    port=$(cat port)
    crawl --warc-file=one --warc-cdx
    crawl --warc-file=again --warc-dedup=one.cdx
    crawl --warc-file=two --no-warc-compression
    for file in one.warc.gz two.warc; do
        "$sheaf" pack -q -f -o x.sheaf "$file" 2> log
        is "wget: $file, three pages and texts" \
            "$("$sheaf" list x.sheaf --prefix http | cut -f 1 |
                sed 's|.*/||' | sort)" 'a.html
b.html
t.txt'
        is "no warnings and no errors" "$(grep -v 'left out' log)" ''
        for name in a.html b.html t.txt; do
            "$sheaf" get x.sheaf "http://127.0.0.1:$port/$name" > out
            is "$name, byte for byte" "$(cmp out site/$name && echo same)" same
        done
        is "its day" "$(member "http://127.0.0.1:$port/a.html" published)" \
            2024-03-11
        is "it verifies" "$("$sheaf" verify x.sheaf > out 2>&1 && echo good)" \
            good
    done
    zcat one.warc.gz | gzip > all.warc.gz
    "$sheaf" pack -q -f -o x.sheaf all.warc.gz 2> log
    is "the same, compressed as a whole" \
        "$("$sheaf" list x.sheaf | grep -c .)" 3
    "$sheaf" pack --json -f -o x.sheaf one.warc.gz again.warc.gz > log 2>&1
    is "what wget finds again is a revisit, or a revision" \
        "$(grep -o '"revisit":[0-9]*' log; "$sheaf" list x.sheaf | grep -c .)" \
        '"revisit":6
3'
    zcat one.warc.gz | zstd -q > all.warc.zst
    "$sheaf" pack -q -f -o x.sheaf all.warc.zst 2> log
    is "the same, with zstd" "$("$sheaf" list x.sheaf | grep -c .)" 3
else
    skip wget "there is no wget"
fi

# ---- warcio ----

cat > write.mjs << 'END'
import { WARCRecord, WARCSerializer } from "warcio";
import { writeFileSync } from "node:fs";
import { gzipSync, brotliCompressSync } from "node:zlib";

async function* once(bytes) {
    yield bytes;
}
const encode = (text) => Buffer.from(text, "latin1");
const page = "<!doctype html><html><head><title>By warcio</title></head>" +
    "<body><p>Words.</body></html>\n";
const out = [];
async function add(name, type, bytes, more, gzip) {
    const record = WARCRecord.create({
        url: "http://x.example/" + name, date: "2024-03-11T10:00:00Z", type,
        warcVersion: "WARC/1.1", statusline: "HTTP/1.1 200 OK",
        httpHeaders: { "Content-Type": "text/html", ...more },
    }, once(bytes));
    out.push(await WARCSerializer.serialize(record, { gzip }));
}
for (const gzip of [true, false]) {
    out.length = 0;
    await add("plain", "response", encode(page), {}, gzip);
    await add("gzip", "response", gzipSync(page),
        { "Content-Encoding": "gzip" }, gzip);
    await add("br", "response", brotliCompressSync(page),
        { "Content-Encoding": "br" }, gzip);
    await add("again", "revisit", encode(""), {}, gzip);
    writeFileSync(gzip ? "w.warc.gz" : "w.warc", Buffer.concat(out));
    out.length = 0;
    await add("m/page", "response", encode(page.replace("Words.",
        "<img srcset='none.png 2x' src='../i/p.png?a=1&amp;b=2'><img src=/gone.png>" +
        "<a href=plan.pdf>plan</a>")), {}, gzip);
    await add("i/p.png?a=1&b=2", "response", encode("\x89PNG\r\n\x1a\npixels"),
        { "Content-Type": "image/png" }, gzip);
    await add("m/plan.pdf", "response", gzipSync("%PDF-1.4 plan"),
        { "Content-Type": "application/pdf", "Content-Encoding": "gzip" }, gzip);
    writeFileSync(gzip ? "m.warc.gz" : "m.warc", Buffer.concat(out));
}
writeFileSync("page", page);
END
if command -v npm > /dev/null &&
    timeout 60 npm install --fetch-retries=0 --silent --no-audit --no-fund warcio@2 \
        > /dev/null 2>&1 && node write.mjs > log 2>&1; then
    for file in w.warc.gz w.warc; do
        "$sheaf" pack -f -o x.sheaf "$file" > log 2>&1
        is "warcio: $file, three pages" \
            "$("$sheaf" list x.sheaf | cut -f 1,3 | sort)" \
            'http://x.example/br	By warcio
http://x.example/gzip	By warcio
http://x.example/plain	By warcio'
        for name in plain gzip br; do
            "$sheaf" get x.sheaf "http://x.example/$name" > out
            is "$name, byte for byte" "$(cmp out page && echo same)" same
        done
        is "no warnings and no errors" "$(grep -c 'warning\|wrong' log)" 0
    done
    for file in m.warc.gz m.warc; do
        "$sheaf" pack --media -f -o x.sheaf "$file" > log 2>&1
        is "warcio: $file, one picture is missing" "$(grep -o 'media: .*' log)" \
            'media: /gone.png: not in the crawl'
        "$sheaf" get x.sheaf http://x.example/m/page --part 1 > out
        is "its picture" "$(od -An -c out | tr -d ' ')" '211PNG\r\n032\npixels'
        is "its attachment, decoded" \
            "$("$sheaf" get x.sheaf http://x.example/m/page --part 2)" '%PDF-1.4 plan'
    done
else
    skip warcio "npm cannot install it: $(tail -n 1 log 2> /dev/null)"
fi

# ---- js-wacz ----

mkdir wacz
cp w.warc.gz one.warc.gz wacz 2> /dev/null
if command -v npm > /dev/null && [ -f wacz/w.warc.gz ] &&
    timeout 100 npm install --fetch-retries=0 --silent --no-audit --no-fund \
        @harvard-lil/js-wacz@0 > /dev/null 2>&1 &&
    npx js-wacz create -f 'wacz/*.warc.gz' -o x.wacz > log 2>&1; then
    "$sheaf" pack -f -o x.sheaf x.wacz > log 2>&1
    is "js-wacz: all pages of its crawls" \
        "$("$sheaf" list x.sheaf --prefix http | grep -c .)" \
        $(($([ -f one.warc.gz ] && echo 3 || echo 0) + 3))
    is "no warnings and no errors" "$(grep -c 'warning\|wrong' log)" 0
    cat x.wacz | "$sheaf" pack -q -f -o y.sheaf - 2> log
    is "the same through a pipe" "$("$sheaf" list y.sheaf)" \
        "$("$sheaf" list x.sheaf)"
    "$sheaf" get x.sheaf http://x.example/br > out
    is "a page, byte for byte" "$(cmp out page && echo same)" same
else
    skip js-wacz "npm cannot install it"
fi

echo "1..$n"
exit $bad
