/*
 * source.mjs - bytes of an archive: of a file, or of a server by ranges.
 *
 * The library reads at once or not at all. read() gives what is there, or
 * EAGAIN; fetch() then gets everything that was asked for, in requests that
 * run at the same time.
 */
import { CHANGED, Failure, IO, LIMIT } from "./failure.mjs";

export const EAGAIN = 6;
const EIO = 29;

const BLOCK = 16384;
/* The first request: most archives of a few thousand articles are open then. */
const TAIL = 65536;
const REQUEST_MAX = 4 << 20;
const AT_ONCE = 6;
const CACHE_BLOCKS = (96 << 20) / BLOCK;
/* One question may not need more than this. */
const PINNED_BLOCKS = (320 << 20) / BLOCK;
const AHEAD_MAX = 256; /* blocks */
/* More backwards: what is searched from the end begins again after each
 * fetch. */
const BACK_MAX = 4096; /* blocks */
/* Without ranges, a file up to this size is fetched whole. */
const WHOLE_MAX = 32 << 20;
const TRIES = 3;
const IDLE_MS = 30000;
/* Slower than this, in bytes a second, is as good as nothing. */
const SPEED_MIN = 256;
const SIZE_MAX = 2 ** 53 - 1;

/* ---- A file or bytes ---------------------------------------------------- */

/* `readAt(offset, length)` gives a Uint8Array of this length. */
class NearSource {
    constructor(name, size, readAt) {
        this.name = name;
        this.size = size;
        this.readAt = readAt;
        this.far = false;
        this.requests = 0;
        this.bytes = 0;
    }

    begin() {}

    read(offset, into) {
        let data;

        try {
            data = this.readAt(offset, into.length);
        } catch {
            return EIO;
        }
        if (data.length !== into.length)
            return EIO;
        into.set(data);
        this.bytes += data.length;
        return 0;
    }

    expect() {}

    fetch() {
        return Promise.resolve(false);
    }
}

/* Works in a worker only. */
export function sourceOfFile(file, name = file.name) {
    const reader = new FileReaderSync();

    return new NearSource(name, file.size, (offset, length) =>
        new Uint8Array(reader.readAsArrayBuffer(
            file.slice(offset, offset + length))));
}

export function sourceOfBytes(bytes, name) {
    return new NearSource(name, bytes.length, (offset, length) =>
        bytes.subarray(offset, offset + length));
}

/* ---- Answers of servers ------------------------------------------------- */

function hostOf(url) {
    try {
        return new URL(url).host;
    } catch {
        return url;
    }
}

/* "bytes 5-9/20" */
function parseRange(text) {
    const m = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/.exec(text ?? "");

    if (m === null)
        return null;
    const [from, to, total] = m.slice(1).map(Number);
    return from <= to && to < total && total <= SIZE_MAX
        ? { from, to, total } : null;
}

function strongTag(tag) {
    return tag !== null && /^"[\x21\x23-\x7e]*"$/.test(tag) ? tag : null;
}

/* Takes exactly `length` bytes, and ends a transfer that goes on. */
async function takeBody(response, length, alive) {
    const reader = response.body.getReader();
    const out = new Uint8Array(length);
    let at = 0;

    for (;;) {
        const { done, value } = await reader.read();

        if (done)
            break;
        if (value.length > length - at) {
            reader.cancel().catch(() => {});
            throw new Failure(IO, "sends more bytes than it announced");
        }
        out.set(value, at);
        at += value.length;
        alive(at);
    }
    return at === length ? out : null;
}

/* ---- A server ----------------------------------------------------------- */

export class FarSource {
    /* `options.fetch` stands for that of the browser, in tests. */
    constructor(url, options = {}) {
        this.url = url;
        this.name = url;
        this.host = hostOf(url);
        this.far = true;
        this.doFetch = options.fetch ?? ((...a) => globalThis.fetch(...a));
        this.idle = options.idle ?? IDLE_MS;
        this.pause = options.pause ?? 300;
        this.onTraffic = options.onTraffic ?? (() => {});
        this.blocks = new Map(); /* number: { data, question } */
        this.question = 0;
        this.wanted = [];
        this.streams = [];
        this.tag = null;
        this.size = 0;
        this.requests = 0;
        this.trips = 0;
        this.bytes = 0;
        this.warning = "";
    }

    fail(what, code = IO) {
        return new Failure(code, `${this.host} ${what}`);
    }

    /* One request: { status, range, response, alive, end }. */
    async request(range) {
        const stop = new AbortController();
        const headers = { Range: `bytes=${range}` };
        let timer, mark = 0;
        const alive = (got) => {
            if (got !== undefined && got - mark < SPEED_MIN * this.idle / 1000)
                return;
            mark = got ?? 0;
            clearTimeout(timer);
            timer = setTimeout(() => stop.abort(), this.idle);
        };
        const end = () => {
            clearTimeout(timer);
            stop.abort();
        };

        if (this.tag !== null)
            headers["If-Match"] = this.tag;
        alive();
        this.requests++;
        try {
            const response = await this.doFetch(this.url, {
                headers, signal: stop.signal, cache: "no-store",
                credentials: "same-origin", referrerPolicy: "no-referrer",
            });

            alive();
            return { response, alive, end,
                     clear: () => clearTimeout(timer) };
        } catch (e) {
            clearTimeout(timer);
            if (e.name === "AbortError")
                throw this.silent();
            throw this.broken("can't be reached, or does not let this page " +
                "read the archive (its CORS headers, or the page's policy)");
        }
    }

    /* Asks for bytes, and checks that they are the ones. A probe only wants to
     * know the size, and takes another part for an answer: without data. */
    async ask(range, from, to, probe = false) {
        const { response, alive, end, clear } = await this.request(range);

        try {
            const got = this.check(response, from, to, probe);
            const tag = response.headers.get("etag");

            if (!got.right) {
                end();
                return { ...got, tag };
            }
            const data = await takeBody(response, got.to - got.from + 1,
                                        alive).catch((e) => {
                throw e instanceof Failure ? this.fail(e.message)
                    : e.name === "AbortError" ? this.silent()
                    : this.broken("ended the transfer early");
            });

            if (data === null)
                throw this.broken("ended the transfer early");
            clear();
            this.bytes += data.length;
            this.onTraffic(this);
            return { ...got, data, tag };
        } catch (e) {
            end();
            throw e;
        }
    }

    silent() {
        return this.fail("has sent nothing, or hardly anything, for " +
                         `${this.idle / 1000} seconds`);
    }

    /* What may be better when asked again. */
    broken(what) {
        const e = this.fail(what);

        e.again = true;
        return e;
    }

    check(response, from, to, probe) {
        const { status } = response;
        const coding = response.headers.get("content-encoding");

        if (status === 412 || (status === 416 && this.size !== 0))
            throw this.fail("has another file at this address now", CHANGED);
        if (status === 416)
            throw Object.assign(this.fail("sends no part of the file (416)"),
                                { otherwise: true });
        if (status === 200)
            throw Object.assign(this.fail(
                "sends the whole file instead of the part asked for: " +
                "download it, and open it from there"),
                                { otherwise: true, whole: true });
        if (status === 429 || status >= 500)
            throw this.broken(`answers ${status}`);
        if (status !== 206)
            throw this.fail(status === 404 ? "has no such file (404)"
                : `answers ${status}`);
        if (coding !== null && coding !== "identity")
            throw this.fail("compresses the file on the way: download it, " +
                            "and open it from there");
        const got = parseRange(response.headers.get("content-range"));

        if (got === null)
            throw this.fail("sends a part of the file, but does not say " +
                "which; on another host, its CORS headers must expose " +
                "Content-Range and ETag");
        if (this.size !== 0 && got.total !== this.size)
            throw this.fail("has another file at this address now", CHANGED);
        const tag = strongTag(response.headers.get("etag"));

        if (this.tag !== null && tag !== null && tag !== this.tag)
            throw this.fail("has another file at this address now", CHANGED);
        const right = from === null
            ? got.from === Math.max(0, got.total - TAIL) &&
              got.to === got.total - 1
            : got.from === from && got.to === to;

        if (!right && !probe)
            throw this.fail("sends another part of the file than the one " +
                            "asked for");
        return { ...got, right };
    }

    async askAgain(range, from, to, probe) {
        for (let n = 1;; n++) {
            try {
                return await this.ask(range, from, to, probe);
            } catch (e) {
                if (!e.again || n === TRIES)
                    throw e;
                await new Promise((done) =>
                    setTimeout(done, this.pause * 4 ** (n - 1)));
            }
        }
    }

    /* The last bytes, the size, and the tag. Some servers know no ranges from
     * the end. */
    async open() {
        let got;

        try {
            got = await this.askAgain(`-${TAIL}`, null, null, true);
        } catch (e) {
            if (!e.otherwise)
                throw e;
            got = await this.askAgain("0-0", 0, 0, true).catch((why) => {
                if (!why.whole)
                    throw why;
                return why;
            });
            if (got.whole)
                return this.openWhole(got);
            got.right = false;
        }
        this.setSize(got);
        if (!got.right) {
            const from = Math.max(0, this.size - TAIL);

            got = await this.askAgain(`${from}-${this.size - 1}`, from,
                                      this.size - 1);
        }
        this.trips++;
        this.keep(got.from, got.data);
        return this;
    }

    setSize(got) {
        this.size = got.total;
        this.tag = strongTag(got.tag);
        if (this.tag === null)
            this.warning = `${this.host} gives the file no strong ETag: if ` +
                "it is replaced while you read, the page may not notice";
    }

    /* Servers without ranges are common on one's own machine. */
    async openWhole(why) {
        const { response, alive, end, clear } = await this.request("0-");
        const chunks = [];
        let size = 0;

        try {
            const reader = response.body.getReader();

            if (response.status !== 200)
                throw this.fail(`answers ${response.status}`);
            for (;;) {
                const { done, value } = await reader.read();

                if (done)
                    break;
                size += value.length;
                alive(size);
                if (size > WHOLE_MAX)
                    throw new Failure(IO, why.message);
                chunks.push(value);
            }
        } catch (e) {
            end();
            throw e instanceof Failure ? e
                : this.fail("ended the transfer early");
        }
        clear();
        const whole = new Uint8Array(size);
        let at = 0;

        for (const chunk of chunks) {
            whole.set(chunk, at);
            at += chunk.length;
        }
        const source = sourceOfBytes(whole, this.name);

        source.warning = `${this.host} does not answer range requests, so ` +
            "the whole file was fetched";
        source.requests = this.requests;
        source.bytes = size;
        return source;
    }

    /* ---- Blocks --------------------------------------------------------- */

    keep(from, data) {
        const first = Math.ceil(from / BLOCK);

        for (let n = first; n * BLOCK < from + data.length; n++) {
            const at = n * BLOCK - from;
            const length = Math.min(BLOCK, this.size - n * BLOCK);

            if (at + length > data.length)
                break;
            this.blocks.delete(n);
            this.blocks.set(n, { data: data.slice(at, at + length),
                                 question: this.question });
        }
    }

    /* Drops what was not used for longest, but nothing of this question. */
    drop() {
        for (const [n, block] of this.blocks) {
            if (this.blocks.size <= CACHE_BLOCKS)
                return;
            if (block.question !== this.question)
                this.blocks.delete(n);
        }
        if (this.blocks.size > PINNED_BLOCKS)
            throw new Failure(LIMIT, "this needs more of the archive at " +
                "once than the page keeps: download it, and use the command");
    }

    /* A new question: what it needs stays until the next one. */
    begin() {
        this.question++;
        this.wanted = [];
    }

    want(offset, length, ahead) {
        if (length > 0 && offset >= 0 && offset + length <= this.size)
            this.wanted.push({ first: Math.floor(offset / BLOCK),
                               end: Math.ceil((offset + length) / BLOCK),
                               ahead });
    }

    read(offset, into) {
        let done = 0;

        if (offset + into.length > this.size)
            return EIO;
        while (done < into.length) {
            const n = Math.floor((offset + done) / BLOCK);
            const block = this.blocks.get(n);

            if (block === undefined) {
                this.want(offset + done, into.length - done, true);
                return EAGAIN;
            }
            const at = offset + done - n * BLOCK;
            const part = block.data.subarray(at, at + into.length - done);

            if (block.question !== this.question) {
                block.question = this.question;
                this.blocks.delete(n);
                this.blocks.set(n, block);
            }
            into.set(part, done);
            done += part.length;
        }
        return 0;
    }

    expect(offset, length) {
        this.want(offset, length, false);
    }

    /* Reads that follow each other fetch twice as much each time, in either
     * direction. */
    extend(want) {
        const last = Math.ceil(this.size / BLOCK);
        let stream = this.streams.find((s) => s.end === want.first ||
            (want.first < s.first && s.first <= want.end &&
             want.end <= s.end));

        if (stream === undefined) {
            stream = { window: 2 };
            this.streams.push(stream);
            if (this.streams.length > 16)
                this.streams.shift();
        } else if (stream.end === want.first) {
            want.end = Math.max(want.end, want.first + stream.window);
            stream.window = Math.min(stream.window * 2, AHEAD_MAX);
        } else {
            want.first = Math.max(0, Math.min(want.first,
                                              want.end - stream.window));
            stream.window = Math.min(stream.window * 2, BACK_MAX);
        }
        want.end = Math.min(want.end, last);
        stream.first = want.first;
        stream.end = want.end;
    }

    /* The blocks that are missing, as ranges [first, end). */
    missing() {
        const numbers = new Set();
        const out = [];

        for (const want of this.wanted) {
            if (want.ahead)
                this.extend(want);
            for (let n = want.first; n < want.end; n++)
                if (!this.blocks.has(n))
                    numbers.add(n);
        }
        for (const n of [...numbers].sort((a, b) => a - b)) {
            const range = out.at(-1);

            /* A block in between costs less than a request. */
            if (range !== undefined && n - range.end <= 1 &&
                (n - range.first) * BLOCK < REQUEST_MAX)
                range.end = n + 1;
            else
                out.push({ first: n, end: n + 1 });
        }
        return out;
    }

    /* Gets what was wanted. False: everything was there. */
    async fetch() {
        const ranges = this.missing();
        const left = ranges.slice();

        this.wanted = [];
        if (ranges.length === 0)
            return false;
        this.trips++;
        const work = async () => {
            for (let r; (r = left.shift()) !== undefined;) {
                const from = r.first * BLOCK;
                const to = Math.min(r.end * BLOCK, this.size) - 1;
                const got = await this.askAgain(`${from}-${to}`, from, to);

                this.keep(got.from, got.data);
            }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, work));
        this.drop();
        return true;
    }
}
