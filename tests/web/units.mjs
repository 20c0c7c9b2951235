/*
 * units.mjs - parts of the page that need no browser: differences, dates,
 * lists. Prints TAP.
 */
import { changes, describeSame, difference } from "../../src/web/diff.mjs";
import { bytes, cuts, dayText, daysOf, directionOf, fileName, folded,
         parseDate, timeText }
    from "../../src/web/dom.mjs";
import { filterOf } from "../../src/web/app.mjs";
import { List } from "../../src/web/list.mjs";
import { htmlOf, frontOf, paragraphs, simpler, withoutHeadline }
    from "../../src/web/text.mjs";
import { Session } from "../../src/web/session.mjs";
import { EAGAIN, FarSource } from "../../src/web/source.mjs";
import { chooseKey, describeTrust, establish, rootOf }
    from "../../src/web/trust.mjs";
import { Failure, FORK, INVALID, IO, ROLLBACK, STOPPED, VERIFY }
    from "../../src/web/failure.mjs";
import { serve } from "../../src/web/worker.mjs";

let n = 0, failed = 0;

function same(what, got, wanted) {
    const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];

    console.log(`${a === b ? "" : "not "}ok ${++n} - ${what}`);
    if (a === b)
        return;
    failed++;
    console.log(`# got    ${a}\n# wanted ${b}`);
}

let seed = 7;
const random = (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 2 ** 32 * below);
};

/* ---- The root that is proven -------------------------------------------- */

{
    const root = "ab".repeat(32);
    const note = `log.example\n2\n${btoa("\u00ab".repeat(31) + "\u0001")}\n`;
    const of = (level, signed_size) => rootOf({ level,
        info: { root, note, signed_size, size: 3 } });

    same("of all leaves, if all are signed", of("authentic", 3), root);
    same("or if there is no key", of("none", 2), root);
    same("of the checkpoint, if others follow", of("consistent", 2),
         `${"ab".repeat(31)}01`);
}

/* ---- Direction ---------------------------------------------------------- */

same("by the first letter of a text",
     ["1. A \u05D0", "\u00AB\u05D0", "\u0646 a", "\u{1E900}", "12", ""]
         .map(directionOf),
     ["ltr", "rtl", "rtl", "rtl", "ltr", "ltr"]);

/* ---- Long text ---------------------------------------------------------- */

{
    const parts = cuts(`${"a word ".repeat(50)}${"\u{1F600}".repeat(99)}`, 100);

    same("a text in parts", parts.join(""),
         `${"a word ".repeat(50)}${"\u{1F600}".repeat(99)}`);
    same("that are not too long, nor end within a letter",
         parts.every((p) => p.length <= 100 && p.isWellFormed()), true);
    same("and end after a word where they can",
         parts.slice(0, 3).every((p) => p.endsWith(" ")), true);
    same("marks of any number are ignored in a search",
         folded(`x${"\u0301\u0323".repeat(500_000)}`), "x");
}

/* ---- Differences -------------------------------------------------------- */

{
    const of = (rev, text, ...body) =>
        ({ rev, text, body: Uint8Array.from(body) });
    const says = (a, b) => /same/.test(describeSame(a, b)) +
        2 * /differ/.test(describeSame(a, b));

    same("no change", says(of(1, true, 1, 2), of(2, true, 1, 2)), 1);
    same("a change that no word shows",
         says(of(1, true, 1, 2), of(2, true, 1, 3)), 3);
    same("bodies that are no text",
         says(of(1, false, 1), of(2, false, 2)), 2);
    same("a body that was not loaded", says(of(1, false, 1),
        { rev: 2, text: false, body: null }), 0);
}

/* The texts that a difference is of: all but what was added, or removed. */
function textsOf(lines) {
    const side = (kind) => lines.filter((l) => l.some((p) => p.kind !== kind))
        .map((l) => l.filter((p) => p.kind !== kind)
            .map((p) => p.text).join(""));

    return [side("add"), side("del")];
}

function text(paragraphs, letters) {
    return Array.from({ length: random(paragraphs) }, () =>
        Array.from({ length: 1 + random(12) }, () =>
            "abcdefgh"[random(letters)]).join(" "));
}

function tryDifferences() {
    let wrong = [];

    for (let i = 0; i < 3000; i++) {
        const a = text(7, 1 + random(8)), b = i % 3 ? text(7, 1 + random(8))
            : a.map((p) => random(3) ? p : `${p} changed`);
        const [x, y] = textsOf(difference(a, b));

        if (JSON.stringify([x, y]) !== JSON.stringify([a, b]))
            wrong.push([a, b, x, y]);
    }
    same("both texts can be read in their difference", wrong.slice(0, 1), []);
    wrong = [];
    for (let i = 0; i < 300; i++) {
        const a = text(5, 8);

        if (difference(a, a).flat().some((p) => p.kind !== "same"))
            wrong.push(a);
    }
    same("a text does not differ from itself", wrong, []);
    same("words", changes(difference(["one two three"], ["one 2 three four"])),
         { add: 3, del: 2 });
    same("letters of languages without spaces", changes(difference(
        ["東京の天気"], ["京都の天気"])), { add: 1, del: 1 });
    const long = Array.from({ length: 20000 }, (_, i) => `w${i}`).join(" ");
    const other = Array.from({ length: 20000 }, (_, i) => `v${i}`).join(" ");

    same("two long texts with nothing in common end soon",
         changes(difference([long], [other])), { add: 20000, del: 20000 });
    /* Half of the words are the same, but to find them takes 700,000 steps for
     * each pair. After some pairs, all words count as changed. */
    const lines = (word) => Array.from({ length: 40 }, (_, i) =>
        `${word}${i} ${`${word} x `.repeat(590)}`);
    const { add } = changes(difference(lines("a"), lines("b")));

    same("all paragraphs together take a bounded time", add > 40 * 800, true);
}

/* ---- Text --------------------------------------------------------------- */

/* What the parser would open anew in each paragraph. */
function trySimpler() {
    const plain = (html) => simpler(html).text;

    same("formatting has no attributes", plain(`<b a0><i class="x y">a</i>` +
        `<FONT color=red size='1'/><em\ntitle = "b">c<br/><s >`),
        "<b><i>a</i><FONT><em>c<br/><s>");
    same("other elements keep theirs", plain(`<p id=a><span b="<b c>">`),
        `<p id=a><span b="<b>">`);
    same("what is no whole tag stays", plain(`a <b and c < d, <i "x`),
        `a <b and c < d, <i "x`);
    same("there is one <html>", plain(`<html lang=de><body class=a><html>`),
        "<x-html lang=de><x-body class=a><html>");
    same("a template is no tree of its own", plain(`<template><b id=a>x</b>` +
        `</template ><TEMPLATE\n><templates>`),
        "<x-template><b>x</b></x-template ><x-template\n><templates>");
    const odd = simpler(`<p>x${"<b \"=1>".repeat(60)}y`);

    same("odd ones are few", [odd.text.split("<b ").length - 1, odd.rest],
        [50, true]);
    same("a character is one part at least", [cuts("\u{1F600}ab", 1),
                                             cuts("a\u{1F600}b", 1)],
         [["\u{1F600}", "a", "b"], ["a", "\u{1F600}", "b"]]);
    same("parts end with lines", cuts(`${"a\n".repeat(40)}b`, 33)
        .every((part) => /[\nb]$/.test(part) && part.length <= 33), true);
    same("no <noscript>, whatever is open in it", plain(
        `<p>a<noscript><p>b</noscript ><p>c<script>"<noscript>"</script>` +
        `<!--<noscript>--><p>d<NOSCRIPT>e</noscript>f`),
        `<p>a<p>c<script>"<noscript>"</script><!--<noscript>--><p>df`);
    same("nor one without an end", plain("<p>a<noscript>b"), "<p>a<noscript>b");
    const many = "<b ".repeat(300000);

    same("many starts", simpler(many).text.length, 150);
}

function tryText() {
    const of = (text, type) => paragraphs(new TextEncoder().encode(text), type);
    const markdown = (text) => of(text, "text/markdown").map((p) =>
        `${p.kind} ${p.text}`);

    same("headings, text and lists of Markdown",
         markdown("# Title ##\nText \n\n#none\n\n##\tA # b\n\n- a\n- b\n"),
         ["h Title", "p Text", "p #none", "h A # b", "li a", "li b"]);
    same("a heading without words", markdown("# ##\n\nText"),
         ["h ", "p Text"]);
    /* A table dump is padded so, and takes minutes if each blank is tried as
     * the first of those that end a line. */
    const n = 1_000_000;

    for (const [what, text, length] of [
        ["blanks", `a${" ".repeat(n)}b`, n + 2],
        ["tabs", `${"\t".repeat(n)}x`, n + 1],
        ["blanks in a heading", `# a${" ".repeat(n)}x`, n + 2],
        ["marks in a heading", `# a${"#".repeat(n)}x`, n + 2]])
        same(`a text of many ${what} ends soon`,
             of(text, what.endsWith("g") ? "text/markdown" : "text/plain")
                 .map((p) => p.text.length), [length]);
}

function tryXhtml() {
    const xml = '<?xml version="1.0"?><html><head><title/></head>';

    same("empty elements of XHTML end where they do", htmlOf(
        `${xml}<p a="1/>" b='2'/><br/><x:y\n/>`, "text/html"),
         xml.replace("<title/>", "<title></title>") +
         `<p a="1/>" b='2'></p><br/><x:y></x:y>`);
    same("whatever their names begin with", htmlOf("<brx/><hr/><i.br/>",
                                                  "application/xhtml+xml"),
         "<brx></brx><hr/><i.br></i.br>");
    same("and CDATA is text", htmlOf("<p><![CDATA[<b/> & c]]></p><i/>",
                                     "application/xhtml+xml"),
         "<p>&lt;b/&gt; &amp; c</p><i></i>");
    same("but not that in a comment", htmlOf(
        "<!-- <![CDATA[ --><p/><!-- ]]> --><i/>", "application/xhtml+xml"),
         "<p></p><i></i>");
    same("but not in HTML", htmlOf("<p><a/><![CDATA[x]]>", "text/html"),
         "<p><a/><![CDATA[x]]>");
    for (const s of ["<![CDATA[", "<a ", "<a b='", "<a" + " ".repeat(9),
                     '<a b="c" ', "<a/"]) {
        const long = s.repeat(1e6);

        same(`${s} and again: as it was, in a moment`, htmlOf(
            long, "application/xhtml+xml") === long, true);
    }
}

/* What compresses to nothing is not laid out paragraph by paragraph. */
function tryLong() {
    const of = (text, type) => paragraphs(new TextEncoder().encode(text), type);
    const end = (list) => [list.length, list.at(-1).kind];

    for (const [text, type] of [["a\n\n", "text/plain"],
                                ["# a\n\n", "text/markdown"]])
        same(`${type}: so many paragraphs, and that there are more`,
             end(of(text.repeat(1e7), type)), [50001, "rest"]);
    same("so long a text", of("b".repeat(5e6), "text/plain")
        .map((p) => [p.kind, p.text.length]), [["p", 4 << 20], ["rest", 0]]);
    same("and nothing more than that", of("c".repeat(4 << 20), "text/plain")
        .map((p) => p.text.length), [4 << 20]);
    same("nor more than that in two", of(`${"d".repeat((4 << 20) - 3)}\n\nd`,
                                         "text/plain").map((p) => p.kind),
         ["p", "p"]);
    same("words of very long texts are not compared", difference(
        ["x ".repeat(1e6)], ["y ".repeat(1e6)]).length, 2);
}

function tryFrontMatter() {
    const of = (text) => paragraphs(new TextEncoder().encode(text),
                                    "text/markdown");

    same("front matter is no text, and yet there", of("---\na: b\n---\n# T\n"),
         [{ kind: "front", text: "---\na: b\n---" }, { kind: "h", text: "T" }]);
    same("lists, strings, tables and remarks are front matter", of(
        "---\n# c\na:\n- b\n  - c\n\n\"d e\": [\n]\n---\nT").map((p) => p.kind),
         ["front", "p"]);
    same("as are those of TOML", of("+++\na = 1\n[b]\nc=2\n+++\nT").map(
        (p) => p.kind), ["front", "p"]);
    same("text between two rules is text", of("---\n\nA.\n\n---\n\nB.")
        .map((p) => p.text), ["---", "A.", "---", "B."]);
    same("the headline after it is one", withoutHeadline(of(
        "---\na: b\n---\n# T\n\nText."), "T").map((p) => p.kind),
         ["front", "p"]);
    same("that of a page", frontOf("---\na: b\n---\n<p>T"),
         "---\na: b\n---\n");
    same("that of a page in TOML, with lines of Windows", frontOf(
        "+++\r\na = 1\r\n+++\r\n<p>T"), "+++\r\na = 1\r\n+++\r\n");
    same("rules of a page are none", ["---\n<p>a: b\n---\n", "---\na: b\n",
        "<p>\n---\na: b\n---\n", "---\nNo pairs.\n---\n"].map(frontOf),
         ["", "", "", ""]);
}

function tryFilters() {
    const of = (text) => filterOf(new URLSearchParams(text));

    same("what cannot be filtered by is no filter", [
        of("month=2024-13&words=%CC%81"), of("month=2024-02&words=a+b")],
         [{ month: "", section: "", words: "" },
          { month: "2024-02", section: "", words: "a b" }]);
}

/* ---- Dates and names ---------------------------------------------------- */

function tryDates() {
    same("a date", dayText("2024-04-08"), "8 April 2024");
    same("a month", dayText("2024-04"), "April 2024");
    same("a year", dayText("2024"), "2024");
    same("a time", timeText("2024-04-08T09:30:00.5+02:00"),
         "8 April 2024, 09:30 UTC+02:00");
    same("in UTC", timeText("2024-04-08T09:30:00Z"),
         "8 April 2024, 09:30 UTC");
    same("what is none", [dayText("soon"), parseDate(""), parseDate(undefined),
                          parseDate("2024-13-01")], ["soon", null, null, null]);
    same("what has no form of a date has no days", [
        daysOf("2024-04-04T10:00:00.002992"), daysOf("2024-04-04 10:00:00"),
        daysOf("2024-04-04T10:00:00.5Z")], [null, null, [19817, 19817]]);
    same("days", [daysOf("1970-01-01"), daysOf("1970"), daysOf("1969-12"),
                  daysOf("0001-01-01"), daysOf("9999-12-31")],
         [[0, 0], [0, 364], [-31, -1], [-719162, -719162],
          [2932896, 2932896]]);
    same("bytes", [bytes(0), bytes(999), bytes(1000), bytes(123456),
                   bytes(1.5e12)],
         ["0 bytes", "999 bytes", "1.0 KB", "123 KB", "1.5 TB"]);
    same("names of files", [fileName("a/b c.txt", ""), fileName("../../x", ""),
                            fileName("…", ".proof"),
                            fileName("日本/記事", "")],
         ["a-b-c.txt", "x", "article.proof", "日本-記事"]);
    same("folded", folded("Köstenbruck ÉTÉ ﬁn"), "kostenbruck ete fin");
    same("folded letters",
         ["Wirt\xADschaft", "ΌΜΗΡΟΣ Αθήνας", "كـــتاب أحمد", "Ёлка"]
            .map(folded),
         ["wirtschaft", "ομηροσ αθηνασ", "كتاب احمد", "елка"]);
}

/* ---- Lists -------------------------------------------------------------- */

/* 40 groups of 4 articles, one a day; every tenth is a second revision. All
 * were changed `later`, in days. */
function asker(calls, later = 0) {
    return async (what, args) => {
        if (what === "newest")
            return args.map(() => true);
        const { before, firstDay, lastDay, rest } = args;
        const from = before ?? 40;
        const groups = [];
        let next = from;

        while (next > 0 && groups.length < 4) {
            next--;
            if ((next * 4 + later > lastDay ||
                 next * 4 + 3 + later < firstDay) !== rest)
                continue;
            groups.push(Array.from({ length: 4 }, (_, i) => {
                const day = next * 4 + 3 - i;
                const date = new Date(day * 864e5).toISOString().slice(0, 10);

                return [day, 0, 0, 0, day % 10 === 9 ? 2 : 1, 0,
                        day % 10 === 9 ? `id${day - 1}` : `id${day}`, date,
                        day % 2 ? "odd" : "even", `Title of ${date}`];
            }));
        }
        calls.push([from, next]);
        return { count: 40, next, lines: groups.flat(), damage: [] };
    };
}

async function tryLists() {
    const calls = [];
    const list = new List(asker(calls), 40);

    await list.until(5);
    same("no more is asked for than is needed", calls, [[40, 36]]);
    same("the newest first", list.rows[0].leaf, 159);
    await list.until(1e9);
    same("an older revision is not listed beside its newer one",
         list.rows.length, 160 - 16);
    list.set({ month: "1970-02", section: "odd", words: "TITLE 1970-02-1" });
    calls.length = 0;
    await list.until(1e9);
    same("by date, section and words", list.rows.map((r) => r.published),
         [19, 17, 15, 13, 11].map((d) => `1970-02-${d}`));
    for (const far of [false, true]) {
        const changed = new List(asker([], 3000), 40, far);
        const found = [];

        changed.set({ month: "1970-02", section: "", words: "" });
        do {
            await changed.until(1e9);
            found.push(changed.rows.length);
        } while (!changed.done);
        same("by date though all were changed later",
             [found, changed.rows.every((r) => r.published
                 .startsWith("1970-02"))], [far ? [0, 25] : [25], true]);
    }
    const revised = new List(async (what, { rest, before }) => ({
        count: 20, next: before === null ? 0 : before, damage: [],
        lines: [[rest ? 9 : 1, 0, 0, 0, rest ? 2 : 1, 0, "a", "1970-02-03",
                 "", "Title"]] }), 20);

    /* A later revision, which does not fit, in a group before. */
    const withdrawn = new List(async (what, { before }) => ({
        count: 20, next: (before ?? 20) - 1, damage: [],
        lines: before === null
            ? [[9, 0, 0, 0, 2, 0, "a", "1970-03-03", "", "Sorry"]]
            : before === 19
            ? [[1, 0, 0, 0, 1, 0, "a", "1970-02-03", "", "Fraud"],
               [2, 0, 0, 0, 1, 0, "b", "1970-02-03", "", "Fraud"]] : [] }), 20);

    withdrawn.set({ month: "", section: "", words: "fraud" });
    await withdrawn.until(1e9);
    same("what was revised is not found by what it said before",
         withdrawn.rows.map((r) => r.id), ["b"]);
    /* The newest revision was redacted, and its line names no ID. */
    const redacted = new List(async (what, args) => what === "newest"
        ? args.map(([id]) => id === "b")
        : { count: 1, next: 0, damage: [], lines: [
            [3, 0, 0, 0, 0, 1, "", "", "", ""],
            [2, 0, 0, 0, 1, 0, "b", "1970-02-03", "", "B"],
            [1, 0, 0, 0, 2, 0, "a", "1970-02-04", "", "A"]] }, 1, false, true);

    await redacted.until(1);
    same("nor what was redacted by a revision before", [redacted.rows
        .map((r) => r.leaf).sort(), redacted.done], [[2, 3], true]);
    /* In a group that was passed over. */
    const asked = [];
    const passed = new List(async (what, args) => {
        if (what === "newest") {
            asked.push(args);
            return args.map(([id]) => id === "b" ? true : id === "c" ? null
                : false);
        }
        return { count: 20, next: 0, damage: [], lines: args.rest ? []
            : ["a", "b", "c"].map((id, i) => [i, 0, 0, 0, 1, 0, id,
                                              "1970-02-03", "", "Title"]) };
    }, 20, true);

    passed.set({ month: "1970-02", section: "", words: "" });
    await passed.until(50);
    same("nor by its date", [passed.rows.map((r) => r.id), asked,
                             passed.paused, passed.done],
         [["b", "c"], [[["a", 0], ["b", 1], ["c", 2]]], true, false]);
    revised.set({ month: "1970-02", section: "", words: "" });
    await revised.until(1e9);
    same("a newer revision, which was changed later, alone",
         revised.rows.map((r) => r.rev), [2]);
    list.set({ month: "", section: "", words: "none" });
    let steps = 0;

    await list.until(1e9, () => ++steps < 3);
    same("a search that is stopped", [steps, list.done, list.rows.length],
         [3, false, 0]);
    const slow = new List((what, args) => new Promise((done) => setTimeout(
        async () => done(await asker([])(what, args)), 5)), 40);
    slow.set({ month: "1970-01", section: "", words: "" });
    const first = slow.until(1e9);

    slow.set({ month: "", section: "even", words: "" });
    await Promise.all([first, slow.until(1e9)]);
    const twice = new List(asker([]), 40);

    twice.set({ month: "1970-02", section: "", words: "" });
    await Promise.all([twice.until(5), twice.until(20), twice.until(1e9)]);
    same("both for more while it is listed: each once",
         [twice.rows.length, new Set(twice.rows.map((r) => r.id)).size],
         [25, 25]);
    const before = new List(asker([]), 40);
    const both = [before.until(5), before.until(1e9)];

    before.set({ month: "", section: "even", words: "" });
    await Promise.all(both);
    same("what was asked of a filter is not done for the next",
         [before.rows.length, before.done], [0, false]);
    const fresh = new List(asker([]), 40);

    fresh.set({ month: "", section: "even", words: "" });
    await fresh.until(1e9);
    same("a filter that changes meanwhile", slow.rows.map((r) => r.leaf),
         fresh.rows.map((r) => r.leaf));
}

/* ---- Trust -------------------------------------------------------------- */

const kept = new Map();

globalThis.localStorage = {
    getItem: (k) => kept.get(k) ?? null,
    setItem: (k, v) => kept.set(k, v),
    removeItem: (k) => kept.delete(k),
};

async function tryTrust() {
    const info = { origin: "o", note: "text\n\n— o AAAAAAB=\n", size: 9,
                   signed_size: 9, trusted: 0, redactions: 0 };
    const key = { number: "0123456789ABCDEF", raw: "aa", text: "RWkey" };
    const answers = {
        authenticate: (text) => ({
            key: text === "" ? null : key, keys: [],
            info: { ...info, trusted: 1, signer: key },
        }),
        extends: () => ({ size: 9 }),
    };
    const reader = { ask: async (what, args) => answers[what](args) };
    const short = async (text, from) =>
        (await establish(reader, info, text, from)).level;

    same("no key proves nothing", await short("", ""), "none");
    answers.authenticate = (text) => ({ key: text === "" ? null : key, keys: [],
                                        info: { ...info, trusted: 0 } });
    same("nor does one with which nothing was checked",
         await short("RWkey", "entered"), "none");
    const trusted = { ...info, trusted: 1, signer: key };

    answers.authenticate = () => ({ key, keys: [], info: trusted });
    same("authentic", await short("RWkey", "entered"), "authentic");
    same("and the next time consistent", await short("RWkey", "remembered"),
         "consistent");
    for (const [code, says] of [[FORK, "Fork"], [IO, "Failed"],
        [VERIFY, "Not authentic"]]) {
        answers.extends = () => {
            throw new Failure(code, "why");
        };
        const t = await establish(reader, info, "RWkey", "remembered");

        same(`${says}: it fails`, [t.level, describeTrust(t).tone,
                                   describeTrust(t).short],
             ["failed", "bad", says]);
    }
    same("and the pin stays", kept.get("sheaf.pin.o.aa"), info.note);
    /* Whichever key of the log was given when the checkpoint was kept. */
    const next = { ...key, raw: "bb" };

    answers.authenticate = () => ({ key: next, keys: [key, next],
                                    info: { ...trusted, signer: next } });
    answers.extends = (pin) => {
        if (pin === info.note)
            throw new Failure(ROLLBACK, "older");
        return { size: 9 };
    };
    same("a key that follows does not hide a rollback",
         describeTrust(await establish(reader, info, "RWnext", "entered"))
             .short, "Rollback");
    answers.extends = () => ({ size: 5 });
    same("nor an archive that goes on", [
        (await establish(reader, info, "RWnext", "entered")).pin,
        kept.get("sheaf.pin.o.bb")], ["extended", info.note]);
    /* What is asked after the key belongs to its epoch. */
    const epochs = [];

    await establish({ ask: async (what, args, epoch) => {
        epochs.push(epoch);
        return what === "authenticate"
            ? { ...answers.authenticate(args), epoch: 7 } : { size: 9 };
    } }, info, "RWnext", "entered");
    same("of this key and this archive", epochs, [undefined, 7]);
    /* Another tab keeps a newer checkpoint while this one is compared. */
    answers.extends = (pin) => {
        if (pin === "newer")
            throw new Failure(ROLLBACK, "older");
        kept.set("sheaf.pin.o.bb", "newer");
        return { size: 5 };
    };
    same("what another tab has seen meanwhile is not forgotten", [
        describeTrust(await establish(reader, info, "RWnext", "entered")).short,
        kept.get("sheaf.pin.o.bb")], ["Rollback", "newer"]);
    kept.delete("sheaf.pin.o.bb");
    kept.delete("sheaf.pin.o.aa");
    /* Only the policy itself may be what is not met. */
    kept.set("sheaf.policy.o", "quorum none");
    answers.policy = () => {
        throw new Failure(INVALID, "no key was given");
    };
    same("nothing is said where a question has failed",
         await short("RWnext", "entered"), "failed");
    answers.extends = () => ({ size: 9 });
    for (const [clause, level, says] of [
        ["F16.6", "authentic", "Not witnessed"],
        ["F9.12", "failed", "Not authentic"]]) {
        answers.policy = () => {
            throw new Failure(VERIFY, "no", { clause });
        };
        const t = await establish(reader, info, "RWnext", "entered");

        same(`a policy that is not met, by ${clause}`, [
            t.level, describeTrust(t).tone, describeTrust(t).short,
            kept.has("sheaf.pin.o.bb")], [level, "bad", says, false]);
    }
    kept.delete("sheaf.policy.o");
    const lost = describeTrust(await establish({ ask: async (what, args) => {
        const got = answers[what](args);

        return what === "authenticate"
            ? { ...got, info: { ...got.info, lost_leaves: 3 } } : got;
    } }, info, "RWnext", "entered"));

    same("nor is an earlier state the whole", [lost.tone, lost.short,
         /3 leaves or more/.test(lost.sentence)], ["bad", "Damaged", true]);
    kept.delete("sheaf.pin.o.bb");
    kept.delete("sheaf.pin.o.aa");
    const line = "\u2014 a\u202eb\u2800 AAAAAAB=\n";
    const claims = describeTrust(await establish(reader, { ...info,
        note: `text\n\n${line.repeat(9)}` }, "", ""));

    same("names of signers hide nothing, and are few",
         (claims.more[0].match(/a\ufffdb\ufffd/g) ?? []).length +
         (/and others/.test(claims.more[0]) ? 10 : 0), 15);
    same("a key of a link", chooseKey("o", "L"),
         { text: "L", from: "link", other: false });
    kept.set("sheaf.key.o", "K");
    same("does not replace one that is remembered", chooseKey("o", "L"),
         { text: "K", from: "remembered", other: true });
    const link = await establish({ ask: async (w, a) => w === "extends"
        ? { size: 9 } : answers.authenticate(a) }, info, "L", "link");

    /* A link may leave so much and no more, and it is said what is not kept. */
    const long = { ...info, origin: "l", note: `${info.note}${
        "x".repeat(70_000)}` };
    const says = async (from) => {
        const t = await establish({ ask: async (w, a) => w === "extends"
            ? { size: 5 } : { ...answers.authenticate(a),
                              info: { ...long, trusted: 1, signer: next } } },
                                  long, "L", from);

        return /could not keep/.test(describeTrust(t).more.join());
    };
    const { setItem } = globalThis.localStorage;

    same("a link does not fill what the browser can keep",
         [await says("link"), kept.has("sheaf.pin.l.bb")], [true, false]);
    same("but an own key is kept",
         [await says("entered"), kept.has("sheaf.pin.l.bb")], [false, true]);
    globalThis.localStorage.setItem = () => {
        throw new Error("full");
    };
    same("nor is it hidden that nothing more can be kept",
         await says("entered"), true);
    globalThis.localStorage.setItem = setItem;

    /* Nor are there locks then; and another tab may hold them. */
    const { getItem } = globalThis.localStorage;
    const denied = async () => {
        throw new Error("denied");
    };

    globalThis.navigator = { locks: { request: denied } };
    globalThis.localStorage.getItem = globalThis.localStorage.setItem = () => {
        throw new Error("denied");
    };
    answers.extends = () => ({ size: 9 });
    const dark = await establish(reader, info, "RWnext", "entered");

    same("without storage, a key is checked all the same", [dark.level,
         dark.kept, describeTrust(dark).tone], ["authentic", false, "good"]);
    globalThis.localStorage.getItem = getItem;
    globalThis.localStorage.setItem = setItem;
    globalThis.navigator = { locks: { request: (_, work) => work() } };
    kept.delete("sheaf.pin.o.bb");
    kept.delete("sheaf.pin.o.aa");
    same("with locks, the checkpoint is kept", [
        (await establish(reader, info, "RWnext", "entered")).kept,
        kept.get("sheaf.pin.o.bb")], [true, info.note]);
    delete globalThis.navigator;
    const odd = await establish({ ask: async () => {
        throw new TypeError("odd");
    } }, info, "RWnext", "entered");

    same("what fails in the page itself is said", [odd.level,
         describeTrust(odd).short], ["failed", "Failed"]);

    same("and is not shown as one's own", [describeTrust(link).tone,
         describeTrust(link).short], ["unknown", "Link’s key"]);
}

/* While a key is checked another one is given, and a question follows that was
 * asked when the first key was in use. */
async function tryEpochs() {
    const posted = [];
    const scope = { postMessage: (m) => posted.push(m) };
    const slow = { epoch: 0, traffic: () => ({}), describe: async () => ({}),
        authenticate: async (text) => {
            slow.epoch++;
            await new Promise((done) => setTimeout(done, 5));
            return { text, epoch: slow.epoch };
        },
        policy: async () => "met" };
    const ask = (number, what, args, epoch) =>
        scope.onmessage({ data: { number, what, args, epoch } });

    serve(scope, async () => slow);
    ask(1, "open");
    ask(2, "authenticate", "RWkey");
    ask(3, "authenticate", "");
    ask(4, "policy", "quorum none", 1);
    ask(5, "policy", "quorum none", 2);
    while (!posted.some((m) => m.number === 5))
        await new Promise((done) => setTimeout(done, 1));
    const answers = posted.filter((m) => m.number !== undefined);

    same("one question after the other, and none of an earlier epoch",
         answers.map((m) => [m.number, m.error?.code ?? m.value?.epoch ??
                             m.value]),
         [[1, {}], [2, 1], [3, 2], [4, STOPPED], [5, "met"]]);
}

/* An archive that was replaced by one of somebody else gives no article. */
async function tryReplaced() {
    const session = new Session(null, async () => ({ size: 1, far: true }));
    let good = true;
    const fake = () => ({
        open: async () => {}, key: async () => ({ raw: "aa" }),
        info: async () => ({ trusted: 1 }), keys: async () => [],
        authenticate: async () => {
            if (!good)
                throw new Failure(VERIFY, "another key");
        },
        months: async () => {
            if (good) {
                good = false;
                throw new Failure(-100, "changed");
            }
            return "months";
        },
    });

    session.start = async () => fake();
    const { epoch } = await session.authenticate("RWkey");
    const says = [];

    await session.authenticate("RWkey");
    same("each key begins an epoch", session.epoch > epoch, true);
    for (let i = 0; i < 3; i++)
        says.push(await session.months().catch((e) => e.code));
    same("replaced by another's archive: no answer, now or later", says,
         [VERIFY, VERIFY, VERIFY]);
}

/* An archive with the same tree and an older checkpoint says of other articles
 * that they are the newest. */
async function tryOlderCheckpoint() {
    let note = "newer", given = "newer";
    const session = new Session(null, async () => ({ size: 1, far: true }));

    session.start = async () => {
        const own = note;

        return {
            open: async () => {}, key: async () => ({ raw: "aa" }),
            info: async () => ({ trusted: 1, origin: "o", size: 3,
                                 root: "r", note: own }),
            keys: async () => [], groups: async () => 1,
            authenticate: async () => {},
            months: async () => {
                if (note !== own)
                    throw new Failure(-100, "changed");
                given = own;
                return own;
            },
        };
    };
    await session.authenticate("RWkey");
    const says = [await session.months()];

    note = "older";
    given = "";
    for (let i = 0; i < 2; i++)
        says.push(await session.months().catch((e) => e.code));
    same("an older checkpoint of the same tree does not answer",
         [...says, given], ["newer", -100, -100, ""]);
}

/* The key is checked against the archive that was described. */
async function tryKeyOfAnother() {
    let note = "described", events = 0;
    const session = new Session(null, async () => ({ size: 1, far: true }),
                                { onChanged: () => events++ });

    session.start = async () => ({
        open: async () => {}, key: async () => ({ raw: "aa" }),
        info: async () => ({ origin: "o", size: 3, root: "r", note }),
        keys: async () => [], groups: async () => 1,
        authenticate: async () => {}, months: async () => "months",
    });
    await session.describe();
    note = "another";
    const says = [await session.authenticate("RWkey").catch((e) => e.code),
                  await session.months().catch((e) => e.code)];

    same("a key is not checked against another archive", [...says, events],
         [-100, -100, 2]);
    await session.describe();
    same("but against it when it was described",
         (await session.authenticate("RWkey")).info.note, "another");
}

/* What is searched from the end is fetched in few requests: each begins the
 * search again. */
async function tryBackwards() {
    const size = 32 << 20, step = 65536;
    const fetch = async (_url, { headers }) => {
        const m = /^bytes=(\d*)-(\d+)$/.exec(headers.Range);
        const from = m[1] === "" ? size - Number(m[2]) : Number(m[1]);
        const to = m[1] === "" ? size - 1 : Number(m[2]);

        return new Response(new Uint8Array(to - from + 1), {
            status: 206, headers: { ETag: '"t"',
                "Content-Range": `bytes ${from}-${to}/${size}` } });
    };
    const source = await new FarSource("http://x/a", { fetch }).open();
    const into = new Uint8Array(step);

    source.begin();
    for (let at = size - step; at >= 0; at -= step - 8)
        while (source.read(at, into) === EAGAIN)
            await source.fetch();
    same(`32 MiB backwards in few trips: ${source.trips}`,
         source.trips <= 14, true);
}

/* A server has two archives that the key signed, and gives the other one for
 * one question: that is no answer about the first. */
async function tryTwoHistories() {
    let root = "fork", events = 0;
    const asked = [];
    const session = new Session(null, async () => ({ size: 1, far: true }),
                                { onChanged: () => events++ });
    const fake = () => {
        const own = root;

        return {
            open: async () => {}, key: async () => ({ raw: "aa" }),
            info: async () => ({ trusted: 1, origin: "o", size: 3,
                                 root: own }),
            keys: async () => [], groups: async () => 1,
            authenticate: async () => {},
            extends: async () => {
                if (root === own && root === "fork") {
                    root = "honest";
                    throw new Failure(-100, "changed");
                }
                asked.push(own);
                return { size: 3 };
            },
        };
    };

    session.start = async () => fake();
    const { info } = await session.authenticate("RWkey");
    const says = [info.root,
                  await session.extends("pin").catch((e) => e.code),
                  await session.extends("pin").catch((e) => e.code)];

    same("another history does not answer for the first",
         [...says, ...asked], ["fork", -100, -100]);
    says.length = 0;
    says.push((await session.describe()).root,
              (await session.extends("pin")).size);
    same("until it was described", [...says, ...asked], ["honest", 3,
                                                         "honest"]);
    same("the page is told each time", events, 2);
    /* Not if that failed. */
    const openSource = session.openSource;

    root = "older";
    session.archive = undefined;
    session.openSource = async () => {
        throw new Failure(IO, "503");
    };
    says.length = asked.length = 0;
    says.push(await session.describe().catch((e) => e.code));
    session.openSource = openSource;
    says.push(await session.extends("pin").catch((e) => e.code),
              (await session.describe()).root);
    same("a question after a failure is not answered by another archive",
         [...says, ...asked], [IO, -100, "older"]);
}

tryDifferences();
tryText();
trySimpler();
tryXhtml();
tryFrontMatter();
tryFilters();
tryLong();
tryDates();
await tryLists();
await tryTrust();
await tryEpochs();
await tryReplaced();
await tryOlderCheckpoint();
await tryKeyOfAnother();
await tryBackwards();
await tryTwoHistories();
console.log(`1..${n}`);
process.exit(failed !== 0 ? 1 : 0);
