/*
 * app.mjs - what the page knows, and how it says things.
 */
import { byId, daysOf, folded, put } from "./dom.mjs";
import { STOPPED } from "./failure.mjs";
import { newFilter } from "./list.mjs";

export const app = {
    reader: null, info: null, trust: null, list: null, months: null,
    where: null,    /* what is open: { url } or { file } */
    linkKey: "",    /* the key that the link brought */
    page: 0,        /* of the list */
    working: null,  /* the bar of a search that is going on */
    article: null, shown: 0,
    mode: "text",
    /* page.mjs sets these. */
    follow: null, renderTop: null,
};

/* ---- Saying things ------------------------------------------------------ */

let hush;

/* For screen readers; what is wrong also where all can see it. */
export function say(text, wrong = false) {
    put(byId("status"), text);
    const notice = byId("notice");

    clearTimeout(hush);
    put(notice, text);
    notice.classList.toggle("wrong", wrong);
    notice.hidden = text === "";
    if (!wrong)
        hush = setTimeout(() => {
            notice.hidden = true;
        }, 5000);
}

export function tell(text) {
    put(byId("status"), text);
}

export const textOfError = (e) => e.text ?? e.message ?? String(e);

export async function guarded(work) {
    try {
        return await work();
    } catch (e) {
        if (e.code !== STOPPED)
            say(textOfError(e), true);
        return undefined;
    }
}

/* What is said of an answer is what app.trust has. */
export const ask = (what, args) => app.reader.ask(what, args, app.trust.epoch);

/* ---- Where we are ------------------------------------------------------- */

export function route() {
    const m = /^#\/a\/([^?]*)(?:\?rev=(\d{1,9}))?$/.exec(location.hash);
    const leaf = /^#\/leaf\/(\d{1,15})$/.exec(location.hash);

    if (leaf !== null)
        return { leaf: Number(leaf[1]) };
    if (m === null)
        return { query: new URLSearchParams(
            location.hash.replace(/^#\/?\??/, "")) };
    try {
        return { id: decodeURIComponent(m[1]), rev: Number(m[2] ?? 0) };
    } catch {
        return { query: new URLSearchParams() };
    }
}

/* What is entered has one run in a form. */
const WORDS_MAX = 1000;

export function filterOf(query) {
    const out = newFilter();

    for (const name of Object.keys(out))
        out[name] = query.get(name) ?? "";
    out.words = out.words.slice(0, WORDS_MAX);
    if (folded(out.words).trim() === "")
        out.words = "";
    if (!/^\d{4}(-\d\d(-\d\d)?)?$/.test(out.month) ||
        daysOf(out.month) === null)
        out.month = "";
    return out;
}

export function filterLink(filter) {
    const query = new URLSearchParams(Object.entries(filter)
        .filter(([, value]) => value !== ""));

    return `#/${query.size ? `?${query}` : ""}`;
}

export function go(hash) {
    if (location.hash === hash || (hash === "#/" && location.hash === ""))
        void app.follow();
    else
        location.hash = hash;
}

/* "start", "list" or "article". Without an article, the name of the archive is
 * the main heading. */
export function setView(name) {
    const heading = document.querySelector(".archive");

    document.body.dataset.view = name;
    if (name === "list") {
        heading?.setAttribute("role", "heading");
        heading?.setAttribute("aria-level", "1");
    } else {
        heading?.removeAttribute("role");
        heading?.removeAttribute("aria-level");
    }
}

export function archiveName() {
    if (app.where?.file !== undefined)
        return app.where.file.name || "local file";
    try {
        const url = new URL(app.where.url, location.href);

        return decodeURIComponent(url.pathname.split("/").pop()) || url.host;
    } catch {
        return "archive";
    }
}
