/*
 * module.mjs - the library: questions to the module, and its answers.
 */
import { BROKEN, Failure, IO, NOMEM } from "./failure.mjs";
import { EAGAIN } from "./source.mjs";

const ROUNDS_MAX = 20000;

export const INT32_MIN = -(2 ** 31);
export const INT32_MAX = 2 ** 31 - 1;

export class Archive {
    /* `wasm` is a WebAssembly.Module. */
    static async start(wasm, options = {}) {
        const archive = new Archive();

        archive.onProgress = options.onProgress ?? (() => {});
        archive.x = (await WebAssembly.instantiate(wasm, {
            page: archive.imports(),
        })).exports;
        archive.x._initialize?.();
        return archive;
    }

    imports() {
        const view = (at, len) =>
            new Uint8Array(this.x.memory.buffer, at >>> 0, len >>> 0);

        return {
            read: (offset, at, len) => {
                const rc = this.source.read(Number(offset), view(at, len));

                this.missed ||= rc === EAGAIN;
                return rc;
            },
            expect: (offset, len) =>
                this.source.expect(Number(offset), Number(len)),
            piece: (at, len) => {
                this.taken += len;
                this.pieces.push(view(at, len).slice());
                return 0;
            },
            progress: (done, total) =>
                this.onProgress(Number(done), Number(total)),
            random: (at, len) => crypto.getRandomValues(view(at, len)),
        };
    }

    /* Bytes that are the module's during a call. */
    lend(data) {
        const bytes = typeof data === "string" ? new TextEncoder().encode(data)
            : data;
        const at = this.x.web_alloc(bytes.length);

        if (at === 0)
            throw this.noMemory();
        new Uint8Array(this.x.memory.buffer, at, bytes.length).set(bytes);
        return [at, bytes.length];
    }

    noMemory() {
        return new Failure(NOMEM, "this needs more than the 512 MiB of " +
            "memory that the page allows itself: download the archive, and " +
            "use the command");
    }

    answer() {
        const len = this.x.web_out_len() >>> 0;

        return new Uint8Array(this.x.memory.buffer, this.x.web_out() >>> 0,
                              len).slice();
    }

    json() {
        return JSON.parse(new TextDecoder().decode(this.answer()));
    }

    failure() {
        if (this.x.web_error() !== 0)
            return this.noMemory();
        const e = this.json();

        if (e.code === NOMEM)
            return this.noMemory();
        return new Failure(e.code, e.message, e);
    }

    call(question, lent) {
        this.source.begin();
        this.missed = false;
        this.pieces = [];
        this.taken = 0;
        try {
            return question(this.x, ...lent);
        } catch (e) {
            this.broken = true;
            throw new Failure(BROKEN, "the reader has ended by itself, " +
                `which is an error in it (${e.message})`);
        }
    }

    /* Asks until the bytes are there. `data` is lent to the question. */
    async ask(question, data) {
        const lent = data === undefined ? [] : this.lend(data);

        if (this.broken)
            throw new Failure(BROKEN, "the reader has ended");
        try {
            for (let round = 0;; round++) {
                const rc = this.call(question, lent);

                if (rc >= 0)
                    return rc;
                if (!this.missed)
                    throw this.failure();
                if (round === ROUNDS_MAX || !await this.source.fetch())
                    throw new Failure(IO, "the archive can't be read");
            }
        } finally {
            if (lent.length !== 0 && !this.broken)
                this.x.web_free(lent[0]);
        }
    }

    async askJson(question, data) {
        await this.ask(question, data);
        return this.json();
    }

    /* ---- The questions -------------------------------------------------- */

    async open(source) {
        this.source = source;
        await this.ask((x) => x.web_open(BigInt(source.size),
                                         source.far ? 1 : 0));
    }

    info() {
        return this.askJson((x) => x.web_info());
    }

    /* Text: a key as base64, a key file, or a verifier key; "" for none. */
    key(text) {
        return this.askJson((x, at, len) => x.web_key(at, len), text);
    }

    authenticate() {
        return this.ask((x) => x.web_authenticate());
    }

    extends(note) {
        return this.askJson((x, at, len) => x.web_extends(at, len), note);
    }

    policy(text) {
        return this.askJson((x, at, len) => x.web_policy(at, len), text);
    }

    keys() {
        return this.askJson((x) => x.web_keys());
    }

    /* An entry: leaf, offset, length, index. */
    find(id, rev = 0) {
        return this.askJson((x, at, len) => x.web_find(at, len, rev), id);
    }

    locate(leaf) {
        return this.askJson((x) => x.web_locate(BigInt(leaf)));
    }

    entry(name, entry) {
        const [leaf, offset, length, index] = entry;

        return this.ask((x) => x[name](BigInt(leaf), BigInt(offset),
                                       BigInt(length), index));
    }

    async read(entry) {
        await this.entry("web_read", entry);
        return this.json();
    }

    /* A part of the article that was read last. */
    async part(index) {
        await this.ask((x) => x.web_part(index));
        const out = new Uint8Array(this.taken);
        let at = 0;

        for (const piece of this.pieces) {
            out.set(piece, at);
            at += piece.length;
        }
        this.pieces = [];
        return out;
    }

    /* Of each [id, leaf], whether it is the newest; null: nobody knows. */
    newest(list) {
        const ids = list.map(([id]) => new TextEncoder().encode(id));
        const data = new Uint8Array(ids.reduce((n, id) => n + 12 + id.length,
                                               0));
        const view = new DataView(data.buffer);
        let at = 0;

        ids.forEach((id, i) => {
            view.setBigUint64(at, BigInt(list[i][1]));
            view.setUint32(at + 8, id.length);
            data.set(id, at + 12);
            at += 12 + id.length;
        });
        return this.askJson((x, lent, len) => x.web_newest(lent, len), data);
    }

    /* Leaves of articles that may have this ID, the newest first. */
    leaves(id) {
        return this.askJson((x, at, len) => x.web_leaves(at, len), id);
    }

    async prove(entry) {
        await this.entry("web_prove", entry);
        return this.answer();
    }

    sealed(id) {
        return this.askJson((x, at, len) => x.web_sealed(at, len), id);
    }

    groups() {
        return this.askJson((x) => x.web_groups());
    }

    months() {
        return this.askJson((x) => x.web_months());
    }

    list(before, most, firstDay = INT32_MIN, lastDay = INT32_MAX,
         rest = false) {
        return this.askJson((x) => x.web_list(BigInt(before), most, firstDay,
                                              lastDay, rest ? 1 : 0));
    }

    verify() {
        return this.askJson((x) => x.web_verify());
    }
}
