/*
 * dom.mjs - elements, and values as text. Whatever is of an archive becomes
 * text and never markup.
 */

/* ---- Long text ---------------------------------------------------------- */

/* Browsers take the square of the length to find the glyphs of a run with
 * marks, joined letters or letters that a font lacks, and to order the letters
 * of a block with both directions. So such a run is at most RUN_MAX, with <wbr>
 * after it, which nobody sees or copies; and such a block at most BLOCK_MAX,
 * which is seen as a new line. Tabs and lines take so in any: PIECE_MAX. */
export const RUN_MAX = 1024;
export const BLOCK_MAX = 8192;
export const PIECE_MAX = 32768;
/* More than this of one name is not shown in lists and the like. */
const NAME_MAX = 1000;

/* Latin and the marks of its sentences are not. */
export function isIntricate(text) {
    return /[^\t\n\r -~\u00a0-\u024f\u2010-\u2027\u2030-\u203a\u20ac]/
        .test(text);
}

/* A text in parts of at most `max`: after a line or a space if one is near. No
 * character is cut in two, also where `max` is 1. */
export function cuts(text, max) {
    const out = [];
    let from = 0;

    while (text.length - from > max) {
        let to = from + max;
        const least = to - Math.floor(max / 4);
        const line = text.slice(least, to).lastIndexOf("\n") + 1;

        if (line > 0)
            to = least + line;
        while (to > least && !/\s/.test(text[to - 1]))
            to--;
        if (to === least) {
            to = from + max;
            if (/[\udc00-\udfff]/.test(text[to]))
                to += max > 1 ? -1 : 1;
        }
        out.push(text.slice(from, to));
        from = to;
    }
    out.push(text.slice(from));
    return out;
}

/* What has its whole text elsewhere. */
export function short(text, max = NAME_MAX) {
    return text.length <= max ? text
        : `${cuts(text.slice(0, max + 1), max)[0]}…`;
}

function addText(e, text) {
    const intricate = text.length > RUN_MAX && isIntricate(text);
    const max = intricate ? BLOCK_MAX : PIECE_MAX;

    if (text.length > max) {
        for (const part of cuts(text, max)) {
            const piece = document.createElement("span");

            piece.className = "piece";
            addText(piece, part);
            e.append(piece);
        }
    } else if (!intricate) {
        e.append(text);
    } else {
        for (const part of cuts(text, RUN_MAX))
            e.append(part, document.createElement("wbr"));
    }
}

/* ---- Elements ----------------------------------------------------------- */

/* There may be more children than a function can have arguments. */
function addTo(e, children) {
    for (const c of children.flat(Infinity))
        if (typeof c === "string")
            addText(e, c);
        else if (c !== null && c !== undefined)
            e.append(c);
}

/* h("p", { class: "x", onclick: f }, "text", element, [more], null) */
export function h(tag, props = {}, ...children) {
    const e = document.createElement(tag);

    /* First, as an element with dir="auto" is searched for each child. */
    addTo(e, children);
    for (const [name, value] of Object.entries(props)) {
        if (value === null || value === undefined || value === false)
            continue;
        if (name.startsWith("on"))
            e.addEventListener(name.slice(2), value);
        else
            e.setAttribute(name, value === true ? "" : String(value));
    }
    return e;
}

export function hasLetter(text) {
    return /\p{L}/u.test(text);
}

const RIGHT_TO_LEFT = new RegExp(["Hebrew", "Arabic", "Syriac", "Thaana", "Nko",
    "Samaritan", "Mandaic", "Adlam", "Hanifi_Rohingya"]
    .map((s) => `\\p{Script=${s}}`).join("|"), "u");

/* The direction of a text, by its first letter. With dir="auto" an element is
 * searched again for each child that it gets. */
export function directionOf(text) {
    const letter = /\p{L}/u.exec(text)?.[0] ?? "";

    return RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr";
}

/* Children as of h, in place of those that are there. */
export function put(into, ...children) {
    into.replaceChildren();
    addTo(into, children);
}

export function byId(id) {
    return document.getElementById(id);
}

/* Text of an archive, which may run from right to left. */
export function bdi(text, props = {}) {
    return h("bdi", { dir: "auto", ...props }, text);
}

export function svg(path, size = 16) {
    const ns = "http://www.w3.org/2000/svg";
    const e = document.createElementNS(ns, "svg");
    const p = document.createElementNS(ns, "path");

    e.setAttribute("viewBox", "0 0 16 16");
    e.setAttribute("width", size);
    e.setAttribute("height", size);
    e.setAttribute("aria-hidden", "true");
    p.setAttribute("d", path);
    e.append(p);
    return e;
}

export const icons = {
    shield: "M8 1 2.5 3v4.2c0 3.6 2.4 6.3 5.5 7.8 3.1-1.5 5.5-4.2 5.5-7.8V3z",
    check: "M8 1 2.5 3v4.2c0 3.6 2.4 6.3 5.5 7.8 3.1-1.5 5.5-4.2 5.5-7.8V3z" +
        "M5 7.8l2.2 2.3L11.2 5.8",
    cross: "M8 1 2.5 3v4.2c0 3.6 2.4 6.3 5.5 7.8 3.1-1.5 5.5-4.2 5.5-7.8V3z" +
        "M5.7 5.7l4.6 4.6M10.3 5.7l-4.6 4.6",
    unknown: "M8 1 2.5 3v4.2c0 3.6 2.4 6.3 5.5 7.8 3.1-1.5 5.5-4.2 5.5-7.8V3z" +
        "M8 4.5v4M8 11v.4",
    search: "M6.8 11.6a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6z" +
        "M10.4 10.4 14 14",
    back: "M9.8 3 4.8 8l5 5",
    down: "M8 2v8.5M4.5 7 8 10.5 11.5 7M2.5 13.5h11",
    close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
};

/* ---- Values ------------------------------------------------------------- */

/* What metadata have where a text belongs. */
export function string(value) {
    return typeof value === "string" ? value : "";
}

const numbers = new Intl.NumberFormat("en");

export function count(n, one, more = `${one}s`) {
    return `${numbers.format(n)} ${n === 1 ? one : more}`;
}

export function number(n) {
    return numbers.format(n);
}

export function bytes(n) {
    const units = ["bytes", "KB", "MB", "GB", "TB"];
    let u = 0;

    for (; n >= 1000 && u < units.length - 1; u++)
        n /= 1000;
    return `${u === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[u]}`;
}

const MONTHS = ["January", "February", "March", "April", "May", "June", "July",
                "August", "September", "October", "November", "December"];

export function monthName(month) {
    return MONTHS[month - 1] ?? "";
}

const DAY = String.raw`(\d{4})(?:-(\d\d)(?:-(\d\d))?)?`;
const TIME = String.raw`T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?`;
const DATE = new RegExp(`^${DAY}(?:${TIME})?`);

/* { year, month, day, time, zone } of a date in metadata; month and day may
 * be 0. */
export function parseDate(text) {
    const m = DATE.exec(text ?? "");

    if (m === null)
        return null;
    const month = Number(m[2] ?? 0);

    if (month > 12)
        return null;
    return { year: Number(m[1]), month, day: Number(m[3] ?? 0),
             time: m[4] ?? "", zone: m[5] ?? "" };
}

/* "8 April 2024", as far as it is known; what is no date as it is. */
export function dayText(text) {
    const d = parseDate(text);

    if (d === null)
        return text ?? "";
    return [d.day || null, d.month ? monthName(d.month) : null,
            String(d.year)].filter((x) => x !== null).join(" ");
}

export function timeText(text) {
    const d = parseDate(text);

    if (d === null || d.time === "")
        return dayText(text);
    const zone = d.zone === "Z" || d.zone === "" ? "UTC" : `UTC${d.zone}`;

    return `${dayText(text)}, ${d.time} ${zone}`;
}

/* What a date of metadata can be. All else counts in the days of no group. */
const FORM = new RegExp(String.raw`^\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d` +
    String.raw`((\.\d{1,9})?(Z|[+-]\d\d:\d\d))?)?)?)?$`);

/* Days since 1970 of the first and last day that `text` can mean. */
export function daysOf(text) {
    const d = FORM.test(text) ? parseDate(text) : null;

    if (d === null)
        return null;
    const day = (y, m, n) => {
        const t = new Date(0);

        t.setUTCFullYear(y, m, n);
        return Math.floor(t.getTime() / 864e5);
    };

    if (d.month === 0)
        return [day(d.year, 0, 1), day(d.year + 1, 0, 0)];
    if (d.day === 0)
        return [day(d.year, d.month - 1, 1), day(d.year, d.month, 0)];
    return [day(d.year, d.month - 1, d.day), day(d.year, d.month - 1, d.day)];
}

/* Cases, accents, widths, soft hyphens and longer Arabic lines do not count in
   a search. */
export function folded(text) {
    /* Before, too: a run of marks is put in order in quadratic time. */
    return text.replace(/[\p{M}\xAD\u0640]+/gu, "").normalize("NFKD")
        .replace(/\p{M}+/gu, "").toLowerCase().replaceAll("\u03C2", "\u03C3");
}

export function saveAs(name, data, type) {
    const url = URL.createObjectURL(new Blob([data], { type }));
    const link = h("a", { href: url, download: name });

    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/* A file name of an ID. */
export function fileName(id, suffix) {
    const name = id.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "")
        .slice(0, 80);

    return `${name || "article"}${suffix}`;
}
