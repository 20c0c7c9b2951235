/*
 * worker.mjs - the worker, which reads; and how the page asks it.
 */
import { CHANGED, failureOfMessage, failureToMessage, Failure, IO, STOPPED }
    from "./failure.mjs";
import { Session } from "./session.mjs";
import { FarSource, sourceOfFile } from "./source.mjs";

const QUESTIONS = new Set(["describe", "authenticate", "extends", "policy",
    "months", "list", "newest", "article", "part", "parts", "removed", "leaves",
    "revision", "prove", "sealed", "verify"]);

/* ---- In the worker ------------------------------------------------------ */

async function compile() {
    const url = new URL("sheaf.wasm", import.meta.url);
    const response = await fetch(url);

    if (!response.ok)
        throw new Failure(IO, `sheaf.wasm is not beside sheaf.js ` +
                          `(${response.status})`);
    return WebAssembly.compile(await response.arrayBuffer());
}

/* The whole file of at most `most` bytes, as it is on the server now. The
 * browser may keep it on its disk. */
async function download(url, most, tell) {
    const response = await fetch(url, { referrerPolicy: "no-referrer",
                                        cache: "no-store" });
    const total = Number(response.headers.get("content-length"));
    const parts = [];
    let part = [], held = 0, size = 0;

    if (!response.ok)
        throw new Failure(IO, `${new URL(url).host} answers ` +
                          `${response.status}`);
    for (const reader = response.body.getReader();;) {
        const { done, value } = await reader.read();

        if (done)
            break;
        part.push(value);
        held += value.length;
        size += value.length;
        if (size > most) {
            await reader.cancel();
            throw new Failure(CHANGED, `${url} is larger than it was`);
        }
        if (held > 8 << 20) {
            parts.push(new Blob(part));
            part = [];
            held = 0;
        }
        tell({ event: "downloading", done: size, total });
    }
    return new Blob([...parts, ...part]);
}

/* A session with the archive at `where`; `tell` tells the page. */
async function openSession(where, tell) {
    const wasm = await compile();

    async function sourceOf({ url, file, whole, most }) {
        if (file !== undefined)
            return sourceOfFile(file, file.name ?? "file");
        if (whole)
            return sourceOfFile(await download(url, most, tell), url);
        return new FarSource(url, { onTraffic: ({ requests, trips, bytes }) =>
            tell({ event: "traffic", requests, trips, bytes, far: true }),
        }).open();
    }

    return new Session(wasm, () => sourceOf(where), {
        onChanged: () => tell({ event: "changed" }),
        onProgress: (done, total) => tell({ event: "verifying", done, total }),
    });
}

/* Answers one question after the other. One that belongs to an earlier epoch
 * of the session has no answer: what the page would say with it was found out
 * of another archive, or with another key. */
export function serve(scope, open = openSession) {
    let session, last = Promise.resolve();
    const tell = (message) => scope.postMessage(message);

    async function answer({ what, args, epoch }) {
        if (what === "open") {
            session = await open(args, tell);
            return session.describe();
        }
        if (session === undefined || !QUESTIONS.has(what))
            throw new Failure(IO, `no such question: ${what}`);
        if (epoch !== undefined && epoch !== session.epoch)
            throw new Failure(STOPPED, "the archive was opened again, or " +
                              "with another key");
        return session[what](args);
    }

    async function take(data) {
        const { number } = data;

        try {
            tell({ number, value: await answer(data) });
            tell({ event: "traffic", ...session.traffic() });
        } catch (e) {
            tell({ number, error: failureToMessage(e) });
        }
    }

    scope.onmessage = ({ data }) => {
        last = last.then(() => take(data));
    };
}

/* ---- In the page -------------------------------------------------------- */

export class Reader {
    /* The worker begins with a blob, so that the page's policy holds for what
     * it fetches, too. */
    constructor(onEvent = () => {}) {
        const start = new Blob([`import ${JSON.stringify(import.meta.url)};`],
                               { type: "text/javascript" });
        const url = URL.createObjectURL(start);

        this.onEvent = onEvent;
        this.waiting = new Map();
        this.ended = false;
        this.next = 1;
        this.worker = new Worker(url, { type: "module" });
        this.worker.onmessage = ({ data }) => this.take(data);
        this.worker.onerror = (e) => {
            e.preventDefault?.();
            for (const { reject } of this.waiting.values())
                reject(new Failure(IO, "the reader can't be started: " +
                                   (e.message ?? "sheaf.js was not found")));
            this.waiting.clear();
        };
    }

    take(data) {
        if (data.event !== undefined) {
            this.onEvent(data);
            return;
        }
        const { resolve, reject } = this.waiting.get(data.number) ?? {};

        this.waiting.delete(data.number);
        if (data.error !== undefined)
            reject?.(failureOfMessage(data.error));
        else
            resolve?.(data.value);
    }

    /* With an epoch, there is no answer of another one. */
    ask(what, args, epoch) {
        const number = this.next++;

        if (this.ended)
            return Promise.reject(new Failure(STOPPED, "stopped"));
        return new Promise((resolve, reject) => {
            this.waiting.set(number, { resolve, reject });
            this.worker.postMessage({ number, what, args, epoch });
        });
    }

    end() {
        this.ended = true;
        this.worker.terminate();
        for (const { reject } of this.waiting.values())
            reject(new Failure(STOPPED, "stopped"));
        this.waiting.clear();
    }
}
