/*
 * text.mjs - the text of an article for reading, and its page for looking at.
 */
import { BLOCK_MAX, cuts, isIntricate, PIECE_MAX, RUN_MAX, short }
    from "./dom.mjs";

/* What ends a line of text. */
const BLOCKS = new Set(("ADDRESS ARTICLE ASIDE BLOCKQUOTE BODY DD DETAILS " +
    "DIV DL DT FIGCAPTION FIGURE FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI " +
    "MAIN NAV OL P PRE SECTION SUMMARY TABLE TBODY TD TFOOT TH THEAD TR UL " +
    "X-BODY X-HTML")
    .split(" "));
const SILENT = new Set(("SCRIPT STYLE NOSCRIPT X-TEMPLATE IFRAME OBJECT " +
    "EMBED SVG MATH HEAD TITLE SELECT BUTTON TEXTAREA CANVAS AUDIO VIDEO NAV " +
    "DIALOG DATALIST NOEMBED NOFRAMES").split(" "));
/* They have no end tag. */
const VOID = new Set(("AREA BASE BR COL EMBED HR IMG INPUT LINK META PARAM " +
    "SOURCE TRACK WBR").split(" "));
/* Of a text so many characters are shown, in so many paragraphs. */
const TEXT_MAX = 4 << 20;
const PARAGRAPHS_MAX = 50_000;
/* Of a page, so many are looked at: each expression takes memory for all that
 * it finds. The rest is parsed so long, in steps of so many characters. */
const MARKUP_MAX = 16 << 20;
const PARSE_MS = 3000;
const STEP = 1024;
/* The parser opens these anew in each paragraph, as many as there are that
 * differ. So they have no attributes here; of odd ones, there may be a few. */
const FORMATTING = "<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)";
const WITH_ATTRIBUTES = new RegExp(FORMATTING +
    "(?:\\s+[^\\s\"'<>/=]+(?:\\s*=\\s*(?:\"[^\"<]*\"|'[^'<]*'|" +
    "[^\\s\"'<>=`]+))?)*\\s*/?>", "gi");
const ODD = new RegExp(`${FORMATTING}(?=[\\s/])`, "gi");
const ODD_MAX = 50;

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;")
    .replace(/>/g, "&gt;").replace(/"/g, "&quot;");

export function isHtml(type) {
    return /^(text\/html|application\/xhtml\+xml)\b/i.test(type);
}

export function isText(type) {
    return /^(text\/|application\/(json|xml|[\w.-]+\+(json|xml))\b|message\/)/i
        .test(type);
}

/* Longer front matter is none. */
const FRONT_MAX = 64 << 10;

/* So many bytes are searched for what a page says of its charset. */
const HEAD_BYTES = 64 << 10;
const GUESS_BYTES = 4 << 20;
const HEAD_MS = 300;

/* Nothing of the document runs or is loaded. Some elements in others take the
 * parser quadratic time, or worse: it ends after `ms`, or when it is `enough`.
 * Also gives how far it came. */
function written(text, ms, enough = () => false) {
    const page = document.implementation.createHTMLDocument("");
    const end = performance.now() + ms;
    let at = 0;

    page.open();
    for (; at < text.length && performance.now() < end && !enough(page);
        at += STEP)
        page.write(text.slice(at, at + STEP));
    page.close();
    return { page, at };
}

/* The charset of the first <meta> that states one. */
function charsetIn(page) {
    for (const meta of page.querySelectorAll("meta")) {
        const given = meta.getAttribute("charset") ??
            (/^content-type$/i.test(meta.httpEquiv)
                ? /charset\s*=\s*["']?([\w:.-]+)/i.exec(meta.content)?.[1]
                : undefined);

        if (given)
            return given;
    }
    return undefined;
}

function metaCharset(head) {
    return charsetIn(written(simpler(head).text, HEAD_MS, (page) =>
        charsetIn(page) !== undefined).page);
}

/* What is stated in letters of ASCII is no charset of wider ones. */
function stated(label) {
    return label !== undefined && /^(utf-?16|utf-?32|ucs-|iso-10646)/i
        .test(label) ? "utf-8" : label;
}

/* Charsets that a text may have, the likely one first: its mark, its media
 * type, its own words. */
function* charsets(data, type) {
    if (data[0] === 0xFE && data[1] === 0xFF)
        yield "utf-16be";
    if (data[0] === 0xFF && data[1] === 0xFE)
        yield "utf-16le";
    if (data[0] === 0xEF && data[1] === 0xBB && data[2] === 0xBF)
        yield "utf-8";
    yield /charset="?([\w:.-]+)/i.exec(type)?.[1];
    const head = new TextDecoder("latin1").decode(data.subarray(0,
                                                                HEAD_BYTES));
    const ofXml = stated(/^\s*<\?xml[^>]+encoding\s*=\s*["']([\w:.-]+)/
        .exec(head)?.[1]);

    if (/xml/i.test(type))
        yield ofXml;
    if (isHtml(type)) {
        yield stated(metaCharset(head));
        yield ofXml;
    }
}

/* UTF-8, if there are letters of it, and next to nothing else, in the first
 * bytes. */
function guess(data) {
    const text = new TextDecoder().decode(data.subarray(0, GUESS_BYTES));
    const bad = text.length - text.replaceAll("\uFFFD", "").length;
    const good = text.replace(/[\0-\x7f\ufffd]+/g, "").length;

    return new TextDecoder(bad * 10 <= good ? "utf-8" : "windows-1252")
        .decode(data);
}

export function decode(data, type) {
    for (const label of charsets(data, type)) {
        try {
            if (label !== undefined)
                return new TextDecoder(label).decode(data);
        } catch {
            /* no charset that the browser knows */
        }
    }
    return guess(data);
}

/* ---- Paragraphs --------------------------------------------------------- */

/* All that is in `root`, without recursion: there may be any number of elements
 * within each other. `enter` says whether to go into a node, null to go no
 * further at all; `leave` is called after what is in such a one. */
function visit(root, enter, leave) {
    let n = root.firstChild;

    while (n !== null) {
        const into = enter(n);

        if (into === null)
            return;
        if (into && n.firstChild !== null) {
            n = n.firstChild;
            continue;
        }
        if (into)
            leave(n);
        while (n.nextSibling === null) {
            n = n.parentNode;
            if (n === root)
                return;
            leave(n);
        }
        n = n.nextSibling;
    }
}

/* [{ kind, text }], with an empty one of kind "rest" where it becomes too
 * much. */
class Paragraphs {
    constructor() {
        this.list = [];
        this.left = TEXT_MAX;
        this.full = false;
    }

    add(kind, text) {
        if (this.full)
            return;
        const isEnd = (this.left === 0 && text !== "") ||
            this.list.length === PARAGRAPHS_MAX;
        const [first, ...others] = isEnd ? ["", text]
            : cuts(text.slice(0, this.left + 1), this.left);

        if (first !== "" || others.length === 0)
            this.list.push({ kind, text: first });
        this.left -= first.length;
        if (others.length !== 0)
            this.end();
    }

    end() {
        if (!this.full)
            this.list.push({ kind: "rest", text: "" });
        this.full = true;
    }
}

class Collector {
    constructor() {
        this.out = new Paragraphs();
        this.line = "";
        this.kinds = ["p"]; /* of the elements around */
    }

    end(kind) {
        const text = this.line.replace(/[ \t\r\n\f]+/g, " ").trim();

        if (text !== "")
            this.out.add(kind, text);
        this.line = "";
    }

    enter(node) {
        const kind = this.kinds.at(-1);

        if (this.out.full)
            return null;
        if (node.nodeType === 3)
            this.line += node.data;
        if (node.nodeType !== 1)
            return false;
        const name = node.tagName.toUpperCase();

        if (SILENT.has(name) || (node.hasAttribute("hidden") &&
                                 !name.startsWith("X-")))
            return false;
        if (name === "BR" || BLOCKS.has(name))
            this.end(kind);
        if (name === "PRE")
            this.out.add("pre", node.textContent);
        if (name === "BR" || name === "PRE")
            return false;
        this.kinds.push(/^H[1-6]$/.test(name) ? "h" : name === "LI" ? "li"
            : name === "BLOCKQUOTE" ? "quote" : name === "FIGCAPTION" ? "cap"
            : kind);
        return true;
    }

    leave(e) {
        const kind = this.kinds.pop();

        if (BLOCKS.has(e.tagName.toUpperCase()))
            this.end(kind);
    }

    collect(root) {
        visit(root, (n) => this.enter(n), (e) => this.leave(e));
        this.end("p");
        return this.out.list;
    }
}

const RAW = "<!--|<(script|style|textarea|title|noscript)(?=[\\s/>])";

/* Without <noscript>, whose end a parser without scripts does not find where an
 * element in it is open. */
function withoutNoscript(html) {
    const starts = new RegExp(RAW, "gi");
    const out = [];
    let at = 0;

    for (let m; (m = starts.exec(html)) !== null;) {
        const name = m[1]?.toLowerCase();
        const end = name === undefined ? /--!?>/g
            : new RegExp(`</${name}(?=[\\s/>])`, "gi");

        end.lastIndex = m.index + 2;
        if (end.exec(html) === null)
            break;
        starts.lastIndex = end.lastIndex;
        if (name !== "noscript")
            continue;
        const close = html.indexOf(">", end.lastIndex);

        if (close < 0)
            break;
        out.push(html.slice(at, m.index));
        starts.lastIndex = at = close + 1;
    }
    return out.join("") + html.slice(at);
}

/* ---- XHTML --------------------------------------------------------------- */

const XHTML_TYPE = /^application\/xhtml\+xml\b/i;
const XHTML_START = new RegExp("^\\s*<\\?xml\\b|<html\\s[^>]*" +
    "xmlns\\s*=\\s*[\"']http://www\\.w3\\.org/1999/xhtml[\"']", "i");
const EMPTY = new RegExp(`<(?!(?:${[...VOID].join("|")})[\\s/])` +
    "([a-z][\\w:.-]*)((?:\\s+[^\\s\"'<>/=]+\\s*=\\s*" +
    "(?:\"[^\"<]*\"|'[^'<]*'))*)\\s*/>", "gi");

/* What a parser of HTML reads otherwise: empty elements, of which it takes all
 * that follows for the text of a <title/>, and CDATA, which it takes for a
 * comment. */
export function htmlOf(text, type) {
    if (!XHTML_TYPE.test(type) && !XHTML_START.test(text.slice(0, 2048)))
        return text;
    const out = [];
    const expand = (xml) => xml.replace(EMPTY, "<$1$2></$1>");
    const starts = /<!--|<!\[CDATA\[/g;
    let at = 0;

    for (let m; (m = starts.exec(text)) !== null;) {
        const isComment = m[0] === "<!--";
        const end = text.indexOf(isComment ? "-->" : "]]>", starts.lastIndex);

        if (end < 0)
            break;
        out.push(expand(text.slice(at, m.index)), isComment ? ""
            : escaped(text.slice(starts.lastIndex, end)));
        starts.lastIndex = at = end + 3;
    }
    return out.join("") + expand(text.slice(at));
}

/* { text, rest }: a page whose parsing takes no square of its length. A second
 * <html> or <body>, whose attributes are added to the first, would take so for
 * each of them: both have other names here. So has a <template>, in which
 * another tree begins: they would be deeper than a browser's stack. */
export function simpler(html) {
    const text = withoutNoscript(html).replace(WITH_ATTRIBUTES, "<$1>")
        .replace(/<(html|body)(?=[\s/])/gi, "<x-$1")
        .replace(/<(\/?)template(?=[\s/>])/gi, "<$1x-template");
    let odd = 0;

    for (const { index } of text.matchAll(ODD))
        if (++odd > ODD_MAX)
            return { text: text.slice(0, index), rest: true };
    return { text, rest: false };
}

/* What is before a text of Markdown, or a page of Jekyll or Hugo, between two
 * lines of dashes or pluses, if each line is a name with a value, goes on with
 * one, or is a remark. */
export function frontOf(text) {
    const front = /^\uFEFF?(---|\+\+\+)[ \t]*\r?\n[\s\S]*?\n\1[ \t]*\r?(\n|$)/
        .exec(text.slice(0, FRONT_MAX))?.[0] ?? "";
    const lines = front.trimEnd().split(/\r?\n/).slice(1, -1);

    return !/[:=]/.test(front) || lines.some((l) =>
        !/^([\s#\]})[-]|("[^"]*"|[^\s:=<]+)\s*[:=]|$)/.test(l)) ? "" : front;
}

/* { front, body, rest }: what the parser does not reach is left out. */
function parse(data, type) {
    const all = decode(data, type);
    const front = frontOf(all);
    const { text, rest } = simpler(htmlOf(all.slice(front.length, MARKUP_MAX),
                                          type));
    const { page, at } = written(text, PARSE_MS);

    return { front, body: page.body,
             rest: rest || at < text.length || all.length > MARKUP_MAX };
}

/* The <article> or <main> with the most text, the outer one of two alike. Each
 * text is counted once, however deep the elements are. */
function longest(root) {
    const sizes = [0];
    let found, most = -1;

    visit(root, (n) => {
        if (n.nodeType === 3)
            sizes[sizes.length - 1] += n.length;
        else if (n.nodeType === 1)
            sizes.push(0);
        return n.nodeType === 1;
    }, (e) => {
        const size = sizes.pop();

        sizes[sizes.length - 1] += size;
        if (/^(article|main)$/i.test(e.tagName) &&
            (size > most || (size === most && e.contains(found)))) {
            found = e;
            most = size;
        }
    });
    return found;
}

function ofHtml(data, type) {
    const { front, body, rest } = parse(data, type);
    const before = front === "" ? [] : [{ kind: "front",
                                          text: front.trimEnd() }];

    return before.concat(ofBody(body, rest));
}

function ofBody(body, rest) {
    const main = longest(body);
    const all = new Collector().collect(body);
    const size = (list) => list.reduce((n, p) => n + p.text.length, 0);

    if (rest)
        return [...all.filter((p) => p.kind !== "rest"),
                { kind: "rest", text: "" }];
    if (main === undefined)
        return all;
    const part = new Collector().collect(main);

    return size(part) * 2 >= size(all) ? part : all;
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

/* Headings and lists; all else as it is. */
function ofMarkdown(text) {
    const body = text.replace(/\r\n?/g, "\n");
    const front = frontOf(body);
    const before = front === "" ? [] : [{ kind: "front",
                                          text: front.trimEnd() }];

    return before.concat(ofPlain(body.slice(front.length)).flatMap((p) => {
        const [line] = p.text.split("\n", 1);
        const heading = headingOf(line);

        if (heading !== null)
            return [{ kind: "h", text: heading },
                    ...ofPlain(p.text.slice(line.length + 1))];
        if (/^[-*+] /.test(p.text))
            return p.text.split(/\n(?=[-*+] )/).map((item) => ({ kind: "li",
                text: item.slice(2).replace(/\s+/g, " ").trim() }));
        return [p];
    }));
}

/* [{ kind, text }], kind: p, h, li, quote, cap, pre, front. */
export function paragraphs(data, type) {
    if (isHtml(type))
        return ofHtml(data, type);
    const [text, ...others] = cuts(decode(data, type), TEXT_MAX);
    const out = new Paragraphs();
    const list = /json|xml/i.test(type) ? [{ kind: "pre", text }]
        : /markdown/i.test(type) ? ofMarkdown(text) : ofPlain(text);

    for (const p of list)
        out.add(p.kind, p.text);
    if (others.length !== 0)
        out.end();
    return out.list;
}

/* A first line that repeats the headline is not shown twice. */
export function withoutHeadline(list, headline) {
    const plain = (s) => s.replace(/^#+\s*/, "").replace(/\s+/g, " ").trim();
    const at = list.findIndex((p) => p.kind !== "front");

    if (at < 0 || headline === "" || plain(list[at].text) !== plain(headline))
        return list;
    return list.filter((_, i) => i !== at);
}

/* ---- The page itself ---------------------------------------------------- */

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; " +
    "img-src data:";
const STYLE = "html{background:#fff;color:#111}body{max-width:45em;" +
    "margin:1em auto;padding:0 1em;font:16px/1.5 serif}img{max-width:100%}" +
    "q::before{content:'\u201c'}q::after{content:'\u201d'}" +
    "a[title]{color:#1f5fbf}p,pre,.piece{content-visibility:auto;" +
    "contain-intrinsic-block-size:auto 6em}" +
    ".piece{display:block;contain-intrinsic-block-size:auto 100em}";
/* Only these elements are in a frame, with these attributes alone: none can
 * load, run or move anything, or takes more time than its share. As no text of
 * a page becomes markup, it does not matter that the frame parses it again. Of
 * other elements, what they hold is shown. */
const SHOWN = new Set(("A ABBR B BDI BDO BIG BR CAPTION CENTER CITE CODE DEL " +
    "DFN EM FONT I INS KBD MARK MENU NAV Q RP RT RUBY S SAMP SMALL SPAN " +
    "STRIKE STRONG SUB SUP TIME TT U VAR WBR").split(" "));
/* Blocks that are shown as <div>. */
const PLAIN = new Set(["FORM", "X-BODY", "X-HTML"]);
const UNSEEN = new Set([...SILENT, "ANNOTATION", "ANNOTATION-XML"]);

UNSEEN.delete("MATH");
UNSEEN.delete("NAV");
const KEPT = ("align alt bgcolor border cellpadding cellspacing color " +
    "colspan datetime face height id lang reversed rowspan size start text " +
    "title valign width").split(" ");
/* For each language, fonts are looked up anew: so many are kept. */
const LANGUAGE = /^[a-z]{2,3}(-[a-z\d]{2,8}){0,2}$/i;
const LANGUAGES_MAX = 20;
/* A list that counts down takes the square of its items. */
const REVERSED_MAX = 20;
const DOWN_MAX = 200;
/* Each takes time for all before it, or for each column that it spans. */
const RUBY_MAX = 500;
const SPAN_MAX = 30;
const RASTER = /^data:image\/(png|jpeg|gif|webp|avif)[;,]/i;
/* Elements within each other, in a frame. What is in more is shown in these. */
const NESTED_MAX = 100;
/* What is shown of a page, in characters. An element counts as some, and so
 * does a letter that takes long to place. */
const PAGE_MAX = 4 << 20;
const PAGE_SMALL = 16 << 10;
const ELEMENT_COST = 64;
const LETTER_COST = 8;
/* Bytes of pictures within the page, and of those that it repeats. */
const COPIES_MAX = 16 << 20;

function insteadOf(image) {
    return `[${short(image.getAttribute("alt") ?? "") || "picture"}]`;
}

class Framer {
    constructor(pictures) {
        this.pictures = pictures;
        this.images = [];
        this.out = [];
        this.left = PAGE_MAX;
        this.copies = COPIES_MAX;
        this.drawn = new Set();
        this.run = 0;     /* intricate letters of this block */
        this.around = []; /* the elements around */
        this.nested = 0;  /* how many of them are shown */
        this.inline = 0;  /* and are no blocks */
        this.rest = false;
        this.omitted = 0;
        this.ruby = 0;
        this.languages = new Set();
        this.reversed = 0;
    }

    /* Whether it is among the first few. */
    isLanguage(value) {
        const { languages } = this;

        if (languages.size < LANGUAGES_MAX && LANGUAGE.test(value))
            languages.add(value);
        return languages.has(value);
    }

    /* Whether an attribute takes no more than its share. */
    isCheap(e, name) {
        if (name === "lang")
            return this.isLanguage(e.getAttribute(name));
        return name !== "reversed" || (++this.reversed <= REVERSED_MAX &&
            e.getElementsByTagName("li").length <= DOWN_MAX);
    }

    attributes(e) {
        const out = [];
        const add = (name, value) => {
            out.push(` ${name}="${escaped(short(value))}"`);
        };

        /* A link leads nowhere, but says where it would. */
        const href = e.getAttribute("href") ?? "";
        const leads = e.tagName === "A" && href !== "" && href[0] !== "#";

        for (const name of KEPT)
            if (e.hasAttribute(name) && !(leads && name === "title") &&
                this.isCheap(e, name))
                add(name, /^(col|row)span$/.test(name)
                    ? String(Math.min(parseInt(e.getAttribute(name), 10) || 1,
                                      SPAN_MAX)) : e.getAttribute(name));
        if (/^(ltr|rtl)$/i.test(e.getAttribute("dir") ?? ""))
            add("dir", e.getAttribute("dir"));
        if (leads)
            add("title", href);
        return out.join("");
    }

    text(data) {
        const intricate = isIntricate(data);
        const cost = intricate ? LETTER_COST : 1;
        const shown = data.slice(0, Math.floor(this.left / cost));

        this.rest ||= shown.length < data.length;
        this.left -= shown.length * cost;
        if (!intricate) {
            const [first, ...others] = cuts(shown, PIECE_MAX);

            this.out.push(escaped(first), ...others.map((part) =>
                `<span class="piece">${escaped(part)}</span>`));
            return;
        }
        for (const part of cuts(shown, BLOCK_MAX)) {
            const runs = cuts(part, RUN_MAX).map(escaped).join("<wbr>");

            this.run += part.length;
            this.out.push(this.run > BLOCK_MAX
                ? `<span class="piece">${runs}</span>` : runs);
        }
    }

    picture(e) {
        const src = e.getAttribute("src") ?? "";
        const own = RASTER.test(src);
        const data = own ? src : this.pictures.get(src);

        if (data !== undefined && (own || this.drawn.has(data)) &&
            (this.copies -= data.length) < 0) {
            this.omitted++;
            this.text(insteadOf(e));
            return;
        }
        this.drawn.add(data);
        if (data !== undefined)
            this.images.push({ at: this.out.length, e, data });
        this.out.push(`<img${this.attributes(e)}${
            data === undefined ? "" : ` src="${escaped(data)}"`}>`);
    }

    /* Of the pictures, those stay for which there is room. */
    async leaveOut(hasRoom) {
        for (const { at, e, data } of this.images)
            if (!(await hasRoom(data))) {
                this.omitted++;
                this.out[at] = escaped(insteadOf(e));
            }
    }

    enter(node) {
        if (this.left <= 0) {
            this.rest = true;
            return false;
        }
        if (node.nodeType === 3)
            this.text(node.data);
        return node.nodeType === 1 && this.element(node);
    }

    element(e) {
        const name = e.tagName.toUpperCase();
        const block = BLOCKS.has(name);
        const known = (SHOWN.has(name) || (block && !PLAIN.has(name))) &&
            (!/^(RUBY|RT)$/.test(name) || ++this.ruby <= RUBY_MAX);

        /* Scripts show a page that hides all of itself. */
        if (UNSEEN.has(name) || (!name.startsWith("X-") &&
            (e.hasAttribute("hidden") ||
             /display\s*:\s*none/i.test(e.getAttribute("style") ?? ""))))
            return false;
        this.left -= ELEMENT_COST;
        if (name === "IMG") {
            this.picture(e);
            return false;
        }
        const { run } = this;

        if ((!known && !block) || this.nested === NESTED_MAX) {
            this.around.push({ tag: "", block: false, run });
            return true;
        }
        const tag = known ? name.toLowerCase() : "div";
        const attributes = this.attributes(e);

        this.left -= attributes.length;
        /* A line that begins a <pre> is left out when it is parsed. */
        this.out.push(`<${tag}${attributes}>${tag === "pre" ? "\n" : ""}`);
        if (VOID.has(name))
            return false;
        this.around.push({ tag, block, run });
        this.nested++;
        /* Its text is laid out apart from that around it. */
        if (block)
            this.run = 0;
        else
            this.inline++;
        return true;
    }

    leave() {
        const { tag, block, run } = this.around.pop();

        if (tag === "")
            return;
        if (block)
            this.run = this.inline > 0 ? run : 0;
        else
            this.inline--;
        this.nested--;
        this.out.push(`</${tag}>`);
    }
}

/* A frame parses what it is given once more. Blocks within <p>, links within
 * links and the like can then become very many elements. */
function isReadAsWritten(html) {
    if (html.length < PAGE_SMALL)
        return true;
    const text = html.replace(/="data:[^"]*"/g, "");
    const most = 2 * (text.match(/<[a-z]/g) ?? []).length + 100;
    const tooMany = (page) => page.getElementsByTagName("*").length > most;
    let step = 0;
    const { page, at } = written(text, PARSE_MS, (p) => ++step % 32 === 0 &&
                                 tooMany(p));

    return at >= text.length && !tooMany(page);
}

/* { html, rest, omitted }: the page for an iframe with an empty sandbox,
 * whether a rest is left out, and how many pictures. The sandbox and the policy
 * keep it from running and loading anything, besides. `pictures` has a data:
 * address for each that the archive holds; `hasRoom` tells of a picture at such
 * an address whether it is shown beside those before. */
export async function pageForFrame(data, type, pictures, hasRoom) {
    const { body, rest } = parse(data, type);
    const framer = new Framer(pictures);

    visit(body, (n) => framer.enter(n), () => framer.leave());
    await framer.leaveOut(hasRoom);
    const inner = framer.out.join("");

    if (!isReadAsWritten(inner))
        return { html: "<!DOCTYPE html><p>This page is too intricate to be " +
                     "shown here: see its text.", rest: true, omitted: 0 };
    return { html: `<!DOCTYPE html><html><head><meta charset="utf-8">` +
        `<meta http-equiv="Content-Security-Policy" content="${POLICY}">` +
        `<meta http-equiv="x-dns-prefetch-control" content="off">` +
        `<style>${STYLE}</style></head><body>${inner}` +
        "</body></html>", rest: rest || framer.rest,
             omitted: framer.omitted };
}
