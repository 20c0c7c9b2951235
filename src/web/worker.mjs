/*
 * worker.mjs - the worker, which reads; and how the page asks it.
 */
import { failureOfMessage, failureToMessage, Failure, IO, STOPPED }
    from "./failure.mjs";
import { Session } from "./session.mjs";
import { FarSource, sourceOfFile } from "./source.mjs";

const QUESTIONS = new Set(["describe", "authenticate", "extends", "policy",
    "months", "list", "article", "part", "removed", "revisions", "prove",
    "sealed", "verify"]);

/* ---- In the worker ------------------------------------------------------ */

async function compile() {
    const url = new URL("sheaf.wasm", import.meta.url);
    const response = await fetch(url);

    if (!response.ok)
        throw new Failure(IO, `sheaf.wasm is not beside sheaf.js ` +
                          `(${response.status})`);
    return WebAssembly.compile(await response.arrayBuffer());
}

/* The whole file, as the browser keeps it, which may be on its disk. */
async function download(url, tell) {
    const response = await fetch(url, { referrerPolicy: "no-referrer" });
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
        if (held > 8 << 20) {
            parts.push(new Blob(part));
            part = [];
            held = 0;
        }
        tell({ event: "downloading", done: size, total });
    }
    return new Blob([...parts, ...part]);
}

export function serve(scope) {
    let wasm, session;
    const tell = (message) => scope.postMessage(message);
    const traffic = () => tell({ event: "traffic", ...session.traffic() });

    async function sourceOf({ url, file, whole }) {
        if (file !== undefined)
            return sourceOfFile(file, file.name ?? "file");
        if (whole)
            return sourceOfFile(await download(url, tell), url);
        return new FarSource(url, { onTraffic: ({ requests, trips, bytes }) =>
            tell({ event: "traffic", requests, trips, bytes, far: true }),
        }).open();
    }

    async function answer(what, args) {
        if (what === "open") {
            wasm ??= await compile();
            session = new Session(wasm, () => sourceOf(args), {
                onChanged: () => tell({ event: "changed" }),
                onProgress: (done, total) =>
                    tell({ event: "verifying", done, total }),
            });
            return session.describe();
        }
        if (session === undefined || !QUESTIONS.has(what))
            throw new Failure(IO, `no such question: ${what}`);
        return session[what](args);
    }

    scope.onmessage = async ({ data: { number, what, args } }) => {
        try {
            const value = await answer(what, args);

            tell({ number, value });
            traffic();
        } catch (e) {
            tell({ number, error: failureToMessage(e) });
        }
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

    ask(what, args) {
        const number = this.next++;

        return new Promise((resolve, reject) => {
            this.waiting.set(number, { resolve, reject });
            this.worker.postMessage({ number, what, args });
        });
    }

    end() {
        this.worker.terminate();
        for (const { reject } of this.waiting.values())
            reject(new Failure(STOPPED, "stopped"));
        this.waiting.clear();
    }
}
