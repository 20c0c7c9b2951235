/*
 * text.mjs - the text of an article for reading, and its page for looking at.
 */

/* What ends a line of text. */
const BLOCKS = new Set(("ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY DD DETAILS " +
    "DIV DL DT FIGCAPTION FIGURE FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI " +
    "MAIN NAV OL P PRE SECTION SUMMARY TABLE TBODY TD TFOOT TH THEAD TR UL")
    .split(" "));
const SILENT = new Set(("SCRIPT STYLE NOSCRIPT TEMPLATE IFRAME OBJECT EMBED " +
    "SVG MATH HEAD TITLE SELECT BUTTON TEXTAREA CANVAS AUDIO VIDEO NAV " +
    "DIALOG").split(" "));
const DEPTH_MAX = 500;

export function isHtml(type) {
    return /^(text\/html|application\/xhtml\+xml)\b/i.test(type);
}

export function isText(type) {
    return /^(text\/|application\/(json|xml|[\w.-]+\+(json|xml))\b|message\/)/i
        .test(type);
}

export function decode(data, type) {
    let label = /charset="?([\w:.-]+)/i.exec(type)?.[1];

    if (label === undefined && isHtml(type)) {
        const head = new TextDecoder("latin1").decode(data.subarray(0, 2048));

        label = /<meta[^>]+charset=["']?([\w:.-]+)/i.exec(head)?.[1];
    }
    try {
        return new TextDecoder(label ?? "utf-8").decode(data);
    } catch {
        return new TextDecoder().decode(data);
    }
}

/* ---- Paragraphs --------------------------------------------------------- */

class Collector {
    constructor() {
        this.out = [];
        this.line = "";
    }

    end(kind) {
        const text = this.line.replace(/[ \t\r\n\f]+/g, " ").trim();

        if (text !== "")
            this.out.push({ kind, text });
        this.line = "";
    }

    /* DOMParser limits the depth of trees; this does for others. */
    walk(node, kind, depth) {
        for (const child of node.childNodes) {
            if (child.nodeType === 3) {
                this.line += child.data;
            } else if (child.nodeType === 1 && depth < DEPTH_MAX) {
                this.element(child, kind, depth);
            }
        }
    }

    element(e, kind, depth) {
        const name = e.tagName.toUpperCase();

        if (SILENT.has(name) || e.hasAttribute("hidden"))
            return;
        if (name === "BR") {
            this.end(kind);
            return;
        }
        if (!BLOCKS.has(name)) {
            this.walk(e, kind, depth + 1);
            return;
        }
        const inside = /^H[1-6]$/.test(name) ? "h" : name === "LI" ? "li"
            : name === "BLOCKQUOTE" ? "quote" : name === "FIGCAPTION" ? "cap"
            : kind;

        this.end(kind);
        if (name === "PRE")
            this.out.push({ kind: "pre", text: e.textContent });
        else
            this.walk(e, inside, depth + 1);
        this.end(inside);
    }
}

/* Nothing of a parsed document runs or is loaded. */
function parse(html) {
    return new DOMParser().parseFromString(html, "text/html");
}

/* The <article> or <main> with the most text, the outer one of two alike. Each
 * text is counted once, however deep the elements are. */
function longest(root) {
    let found, most = -1;
    const sizeOf = (e) => {
        let size = 0;

        for (let n = e.firstChild; n !== null; n = n.nextSibling)
            size += n.nodeType === 3 ? n.length
                : n.nodeType === 1 ? sizeOf(n) : 0;
        if (/^(article|main)$/i.test(e.tagName) &&
            (size > most || (size === most && e.contains(found)))) {
            found = e;
            most = size;
        }
        return size;
    };

    sizeOf(root);
    return found;
}

function ofHtml(html) {
    const page = parse(html);
    const main = longest(page.body);
    const all = new Collector();

    all.walk(page.body, "p", 0);
    all.end("p");
    if (main === undefined)
        return all.out;
    const part = new Collector();
    const size = (list) => list.reduce((n, p) => n + p.text.length, 0);

    part.walk(main, "p", 0);
    part.end("p");
    return size(part.out) * 2 >= size(all.out) ? part.out : all.out;
}

function ofPlain(text) {
    return text.replace(/\r\n?/g, "\n").split(/\n[ \t]*\n+/)
        .map((p) => p.replace(/^\n+/, "").trimEnd())
        .filter((p) => p !== "")
        .map((p) => ({ kind: "p", text: p }));
}

/* The text of a heading's line, without its marks; null if it is none. Nothing
 * here is tried at each blank of a long run of them. */
function headingOf(line) {
    if (!/^#{1,6}[ \t]/.test(line))
        return null;
    let end = line.length;

    while (end > 0 && " \t#".includes(line[end - 1]))
        end--;
    return line.slice(0, end).replace(/^#{1,6}[ \t]+/, "");
}

/* Headings and lists; all else as it is. What is before the text, between two
 * lines of dashes, is in the metadata. */
function ofMarkdown(text) {
    const body = text.replace(/\r\n?/g, "\n").replace(
        /^(---|\+\+\+)\n[\s\S]*?\n\1[ \t]*(\n|$)/, "");

    return ofPlain(body).flatMap((p) => {
        const [line] = p.text.split("\n", 1);
        const heading = headingOf(line);

        if (heading !== null)
            return [{ kind: "h", text: heading },
                    ...ofPlain(p.text.slice(line.length + 1))];
        if (/^[-*+] /.test(p.text))
            return p.text.split(/\n(?=[-*+] )/).map((item) => ({ kind: "li",
                text: item.slice(2).replace(/\s+/g, " ").trim() }));
        return [p];
    });
}

/* [{ kind, text }], kind: p, h, li, quote, cap, pre. */
export function paragraphs(data, type) {
    const text = decode(data, type);

    if (isHtml(type))
        return ofHtml(text);
    if (/json|xml/i.test(type))
        return [{ kind: "pre", text }];
    return /markdown/i.test(type) ? ofMarkdown(text) : ofPlain(text);
}

/* A first line that repeats the headline is not shown twice. */
export function withoutHeadline(list, headline) {
    const plain = (s) => s.replace(/^#+\s*/, "").replace(/\s+/g, " ").trim();
    const first = list[0];

    return first !== undefined && headline !== "" &&
        plain(first.text) === plain(headline) ? list.slice(1) : list;
}

/* ---- The page itself ---------------------------------------------------- */

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; " +
    "img-src data:; font-src data:; media-src data:";
const LEFT_OUT = "script, link, base, iframe, frame, frameset, object, " +
    "embed, applet, portal, meta[http-equiv], noscript, template";

/* For an iframe with an empty sandbox. The sandbox and the policy keep it from
 * running and loading anything; what could try is left out besides. `pictures`
 * has a data: address for each that the archive holds. */
export function pageForFrame(data, type, pictures = new Map()) {
    const page = parse(decode(data, type));

    for (const e of page.querySelectorAll("img[src]"))
        e.setAttribute("src", pictures.get(e.getAttribute("src")) ??
                              e.getAttribute("src"));
    for (const e of page.querySelectorAll(LEFT_OUT))
        e.remove();
    for (const e of page.querySelectorAll("*"))
        for (const { name } of [...e.attributes])
            if (/^on|^(srcset|ping|action|formaction|background|poster)$/i
                .test(name) || (/^(src|data)$/i.test(name) &&
                                !/^data:/i.test(e.getAttribute(name))))
                e.removeAttribute(name);
    return `<!DOCTYPE html><html><head><meta charset="utf-8">` +
        `<meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
        `<meta http-equiv="x-dns-prefetch-control" content="off">` +
        `<style>html{background:#fff;color:#111}body{max-width:45em;` +
        `margin:1em auto;padding:0 1em;font:16px/1.5 serif}` +
        `img,video{max-width:100%}</style></head>` +
        `${page.body.outerHTML}</html>`;
}
