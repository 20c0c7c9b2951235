/*
 * session.mjs - one archive that is being read: its key, and what was found
 * out about it. All questions are answered from the archive that was described:
 * what is said of one archive must not be taken for another that came to its
 * address meanwhile. Nobody asks before the last question was answered.
 */
import { BROKEN, CHANGED, DAMAGED, Failure, REDACTED } from "./failure.mjs";
import { Archive, INT32_MAX, INT32_MIN } from "./module.mjs";

const ROLE_TEXT = 3;

/* One list step reads so many groups of up to 256 articles. */
const STEP_NEAR = 16;
const STEP_FAR = 4;
/* What is searched for words is read in larger pieces. */
const STEP_WIDE = 32;

/* Archives with the same tree have the same articles. With the same checkpoint,
 * the same of them are signed. If something follows that is not read, an
 * earlier state answers. */
export function identity(info) {
    return JSON.stringify([info.origin, info.size, info.root, info.note,
                           info.lost_leaves > 0, info.tail_bytes > 0]);
}

export class Session {
    /* `openSource` gives a new source of the same archive; it is called again
     * when the file has changed or the module has ended. */
    constructor(wasm, openSource, options = {}) {
        this.wasm = wasm;
        this.openSource = openSource;
        this.onChanged = options.onChanged ?? (() => {});
        this.onProgress = options.onProgress ?? (() => {});
        this.keyText = "";
        /* Which archive, see identity; "": any; null: none, before it is
         * described. */
        this.described = "";
        /* Another number as soon as answers may come from another archive, or
         * with another key. */
        this.epoch = 0;
    }

    /* A new module. */
    start() {
        return Archive.start(this.wasm, { onProgress: this.onProgress });
    }

    /* There is no archive to ask before it is as authentic as the last one,
     * and the one that was described. */
    async begin() {
        this.archive = undefined;
        const archive = await this.start();

        this.source = await this.openSource();
        this.described = await this.openAs(archive, this.keyText);
        this.archive = archive;
    }

    /* Opens it as it was described, also with the key: damage may leave only
     * an earlier state that can be checked. */
    async openAs(archive, keyText) {
        await archive.open(this.source);
        const is = identity(await archive.info());

        if (this.described !== "" && this.described !== is)
            throw new Failure(CHANGED, "another archive is at this address " +
                              "now");
        if (keyText !== "") {
            await archive.key(keyText);
            await archive.authenticate();
            if (identity(await archive.info()) !== is)
                throw new Failure(DAMAGED, "what was added last cannot be " +
                                  "checked with the key");
        }
        return is;
    }

    async ready() {
        if (this.archive === undefined || this.archive.broken)
            await this.begin();
    }

    /* Asks once more if the file was replaced by the same archive. */
    async repeat(question) {
        try {
            await this.ready();
            return await question(this.archive);
        } catch (e) {
            if (e.code !== CHANGED || this.archive === undefined)
                throw e;
            await this.begin();
            return question(this.archive);
        }
    }

    /* After CHANGED, the archive that is there now must be described before
     * any other question is answered. */
    async ask(question, anew = false) {
        if (anew) {
            this.described = "";
            this.epoch++;
        }
        try {
            if (this.described === null)
                throw new Failure(CHANGED, "another archive is at this " +
                                  "address now");
            return await this.repeat(question);
        } catch (e) {
            if (e.code === BROKEN || e.code === CHANGED)
                this.archive = undefined;
            if (e.code === CHANGED || anew)
                this.described = null;
            if (e.code === CHANGED)
                this.onChanged();
            throw e;
        }
    }

    /* Begins with whatever is there now. */
    describe() {
        return this.ask(async (a) => {
            const info = await a.info();

            this.described = identity(info);
            return { ...info, groups: await a.groups(),
                     far: this.source.far, bytes: this.source.size,
                     warning: this.source.warning ?? "" };
        }, true);
    }

    /* Checks the signature. What was read without a key is not remembered, so
     * the archive is opened again. */
    authenticate(text) {
        return this.ask(async () => {
            const key = await this.openWith(text);

            return { key, info: await this.archive.info(),
                     epoch: this.epoch,
                     keys: text === "" ? [] : await this.archive.keys() };
        });
    }

    async openWith(text) {
        const before = this.keyText;

        this.epoch++;
        const key = await this.archive.key(text);

        try {
            await this.openAs(this.archive, text);
            this.keyText = text;
        } catch (e) {
            /* Nothing is read with a key that does not fit. */
            this.keyText = before;
            if (e.code !== CHANGED)
                this.archive = undefined;
            throw e;
        }
        return key;
    }

    extends(note) {
        return this.ask((a) => a.extends(note));
    }

    policy(text) {
        return this.ask((a) => a.policy(text));
    }

    months() {
        return this.ask((a) => a.months());
    }

    /* Lines of the groups before number `before`; null: from the newest. Of
     * those with these days, or of the `rest`. */
    list({ before = null, firstDay = INT32_MIN, lastDay = INT32_MAX,
           rest = false, wide = false }) {
        return this.ask(async (a) => {
            const count = await a.groups();
            const from = before === null ? count : Math.min(before, count);
            const most = wide ? STEP_WIDE
                : this.source.far ? STEP_FAR : STEP_NEAR;
            const got = await a.list(from, most, firstDay, lastDay, rest);

            return { count, next: got.next,
                     lines: got.groups.flatMap((g) => typeof g === "string"
                         ? [] : g.reverse()),
                     damage: got.groups.filter((g) => typeof g === "string") };
        });
    }

    /* An article with its parts' bytes for which `wants` holds. */
    async load(a, entry) {
        const article = await a.read(entry);

        article.entry = entry;
        article.parts = article.parts.map((p, index) => ({ ...p, index }));
        return article;
    }

    article({ id, rev = 0 }) {
        return this.ask(async (a) => {
            const entry = await a.find(id, rev);
            const article = await this.load(a, entry);
            const text = article.parts.find((p) => p.role === ROLE_TEXT);

            article.body = await a.part(0);
            if (text !== undefined)
                article.text = await a.part(text.index);
            article.newest = rev === 0 ? true
                : (await a.newest([[id, article.leaf]]))[0];
            return article;
        });
    }

    parts({ entry, indexes }) {
        return this.ask(async (a) => {
            const out = [];

            await a.read(entry);
            for (const index of indexes)
                out.push(await a.part(index));
            return out;
        });
    }

    async part({ entry, index }) {
        const [data] = await this.parts({ entry, indexes: [index] });

        return data;
    }

    /* Why leaf `leaf` is not there: fails with that. */
    removed({ leaf }) {
        return this.ask((a) => a.locate(leaf));
    }

    newest(list) {
        return this.ask((a) => a.newest(list));
    }

    leaves({ id }) {
        return this.ask((a) => a.leaves(id));
    }

    /* What there is to say of the revision that is leaf `leaf`: { rev, leaf,
     * published, updated, hash, size }; { gone, redacted }; or null, if it is
     * of another ID. */
    revision({ id, leaf }) {
        return this.ask(async (a) => {
            try {
                const article = await this.load(a, await a.locate(leaf));
                const { published = "", updated = "" } = article.meta;

                return article.id !== id ? null
                    : { rev: article.rev, leaf, published, updated,
                        hash: article.leaf_hash,
                        size: article.parts.reduce((n, p) => n + p.size, 0) };
            } catch (e) {
                if (!(e instanceof Failure) || e.code === CHANGED ||
                    e.code === BROKEN)
                    throw e;
                return { gone: e.text, redacted: e.code === REDACTED };
            }
        });
    }

    prove({ entry }) {
        return this.ask((a) => a.prove(entry));
    }

    sealed({ id }) {
        return this.ask((a) => a.sealed(id));
    }

    verify() {
        return this.ask((a) => a.verify());
    }

    traffic() {
        const { requests = 0, trips = 0, bytes = 0, far = false } =
            this.source ?? {};

        return { requests, trips, bytes, far };
    }
}
