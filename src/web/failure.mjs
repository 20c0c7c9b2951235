/*
 * failure.mjs - what went wrong, with the codes of sheaf.h.
 */
export const NOTFOUND = -1;
export const DAMAGED = -2;
export const VERIFY = -3;
export const LIMIT = -5;
export const IO = -6;
export const NOMEM = -7;
export const INVALID = -8;
export const STOPPED = -9;
export const REDACTED = -10;
export const MISSING = -11;
export const ROLLBACK = -12;
export const FORK = -13;
/* Codes of the page alone. */
export const CHANGED = -100; /* another file is at this address now */
export const BROKEN = -101;  /* the module has ended */

const states = new Map([
    [-1, "not found"], [-2, "damaged"], [-3, "not authentic"],
    [-4, "unsupported"], [-5, "over a limit"], [-6, "failed"],
    [-7, "out of memory"], [-8, "not valid"], [-9, "stopped"],
    [-10, "redacted"], [-11, "missing"], [-12, "rollback"], [-13, "fork"],
    [-14, "incomplete"], [-100, "changed"], [-101, "failed"],
]);

export class Failure extends Error {
    constructor(code, message, more = {}) {
        super(message);
        this.code = code;
        this.clause = more.clause ?? "";
        this.offset = more.offset ?? null;
    }

    /* The state as one word or two, as `sheaf verify` has it. */
    get state() {
        return states.get(this.code) ?? "failed";
    }

    /* For a person, with the place. */
    get text() {
        const place = [];

        if (this.clause !== "")
            place.push(this.clause);
        if (this.offset !== null)
            place.push(`at byte ${this.offset}`);
        return place.length ? `${this.message} [${place.join(" ")}]`
            : this.message;
    }
}

/* A Failure can't be sent from a worker to its page as it is. */
export function failureToMessage(error) {
    if (!(error instanceof Failure))
        return { code: BROKEN, message: String(error?.message ?? error) };
    return { code: error.code, message: error.message, clause: error.clause,
             offset: error.offset };
}

export function failureOfMessage(m) {
    return new Failure(m.code, m.message, m);
}
