/*
 * article.mjs - an article: its text, its page, its changes, and beside it
 * where it comes from.
 */
import { bdi, BLOCK_MAX, byId, bytes, count, cuts, dayText, directionOf,
         fileName, h, hasLetter, icons, number, saveAs, string, svg, timeText }
    from "./dom.mjs";
import { changes, describeSame, difference } from "./diff.mjs";
import { isText, pageForFrame, paragraphs, withoutHeadline }
    from "./text.mjs";
import { picturesByUrl, roomForPictures, tellOmitted } from "./pictures.mjs";
import { describeTrust, keyName, rootOf } from "./trust.mjs";

const ROLES = ["", "metadata", "body", "text", "record", "summary", "media",
               "note"];
/* Of revisions that are listed, so many bytes are read, and so many are named
 * that are not there. */
const REVISIONS_BYTES = 64 << 20;
const LEAVES_MAX = 1000; /* as in bridge.c */
const GAPS_MAX = 1000;
/* Items in one list. What is not on the screen is not laid out, list by
 * list. */
const ITEMS_MAX = 100;

export function articleLink(id, rev = 0) {
    return `#/a/${encodeURIComponent(id)}${rev ? `?rev=${rev}` : ""}`;
}

function isWeb(url) {
    return /^https?:\/\/[^\s]+$/i.test(url);
}

/* The same address, in which nothing changes the direction of the text. */
function shownUrl(url) {
    return url.replace(/\p{Bidi_Control}/gu, encodeURIComponent);
}

/* The headline, or else the ID. */
export function titleOf(article) {
    return string(article.meta.headline) || article.id;
}

function textOf(article) {
    const text = article.parts.find((p) => p.role === 3);

    if (article.text !== undefined)
        return paragraphs(article.text, text.type);
    return isText(article.parts[0].type)
        ? paragraphs(article.body, article.parts[0].type) : null;
}

/* ---- Its text ----------------------------------------------------------- */

function leftOut() {
    return h("p", { class: "quiet" }, "The rest is left out here: “Save the " +
        "body” has all of it.");
}

function renderParagraphs(list, lang) {
    const tags = { p: "p", h: "h2", quote: "blockquote", cap: "p", pre: "pre",
                   li: "li" };
    const dir = directionOf(list.find((p) => hasLetter(p.text))?.text ?? "");
    const out = h("div", { class: "text", dir, lang });
    let items = null;

    for (const { kind, text } of list) {
        if (kind === "rest") {
            out.append(leftOut());
            break;
        }
        if (kind === "li") {
            if (items === null || items.childElementCount === ITEMS_MAX)
                items = out.appendChild(h("ul"));
            items.append(h("li", { dir: "auto" }, text));
            continue;
        }
        items = null;
        if (kind === "front") {
            out.append(h("details", {}, h("summary", {}, "Front matter"),
                         h("pre", { dir: "auto" }, text)));
            continue;
        }
        out.append(h(tags[kind] ?? "p", { dir: "auto",
            class: kind === "cap" ? "caption" : null }, text));
    }
    return out;
}

function unreadable(article) {
    const { type, size } = article.parts[0];

    return h("p", { class: "plain" }, `The body is ${type}, ${bytes(size)}, ` +
        "which is not shown here.");
}

export function renderText(article) {
    const list = textOf(article);
    const lang = string(article.meta.lang) || null;

    if (list === null)
        return unreadable(article);
    const rest = withoutHeadline(list, string(article.meta.headline));

    return rest.length === 0
        ? h("p", { class: "plain" }, "The article has no text.")
        : renderParagraphs(rest, lang);
}

/* The page as it came, which can neither run nor load anything. */
export async function renderPage(article, ask) {
    const pictures = await picturesByUrl(article, ask);
    const frame = h("iframe", { sandbox: "", class: "page",
                                title: "The article’s own page",
                                referrerpolicy: "no-referrer" });

    const { html, rest, omitted } = await pageForFrame(article.body,
        article.parts[0].type, pictures, roomForPictures());

    frame.srcdoc = html;
    return h("div", {},
        h("p", { class: "quiet" }, "The page as it was archived, without " +
            "styles, scripts and forms. Nothing is loaded but pictures that " +
            "are in the archive."),
        rest ? leftOut() : null,
        tellOmitted(omitted), frame);
}

export function renderMetadata(article) {
    return h("pre", { class: "metadata", tabindex: "0",
                      "aria-label": "Metadata" },
             JSON.stringify(article.meta, null, 2));
}

/* ---- Changes ------------------------------------------------------------ */

const lines = (article, text) => [string(article.meta.headline),
    ...(text ?? []).map((p) => p.text)];

/* The pieces of a paragraph, as blocks that are not too long. */
function blocksOf(pieces) {
    const out = [[]];
    let left = BLOCK_MAX;

    for (const { kind, text } of pieces)
        for (const part of cuts(text, BLOCK_MAX)) {
            left -= part.length;
            if (left < 0) {
                out.push([]);
                left = BLOCK_MAX - part.length;
            }
            out.at(-1).push({ kind, text: part });
        }
    return out;
}

function renderChange(pieces) {
    const kinds = new Set(pieces.map((p) => p.kind));
    const whole = kinds.size === 1 ? [...kinds][0] : "";
    const tags = { add: "ins", del: "del" };

    return blocksOf(pieces).map((block) => h("p", { dir: "auto",
        class: whole === "add" || whole === "del" ? `whole ${whole}` : null },
        block.map(({ kind, text }) =>
            tags[kind] ? h(tags[kind], {}, text) : text)));
}

/* Of unchanged paragraphs only those beside a change are shown. */
function shorten(all) {
    const changed = all.map((p) => p.some((x) => x.kind !== "same"));
    const out = [];
    let skipped = 0;

    all.forEach((p, i) => {
        if (changed[i] || changed[i - 1] || changed[i + 1]) {
            if (skipped)
                out.push(skipped);
            skipped = 0;
            out.push(p);
        } else {
            skipped++;
        }
    });
    if (skipped)
        out.push(skipped);
    return out;
}

export function renderChanges(before, after) {
    const texts = [textOf(before), textOf(after)];
    const all = difference(lines(before, texts[0]), lines(after, texts[1]));
    const rest = texts.some((t) => t?.at(-1)?.kind === "rest");
    const { add, del } = changes(all);
    const same = add === 0 && del === 0;
    const shown = same ? [] : shorten(all);

    return h("div", { class: "text changes", lang: string(after.meta.lang) ||
                                                   null },
        h("p", { class: "quiet", role: "note" }, same
            ? describeSame(...[before, after].map((a, i) =>
                ({ rev: a.rev, body: a.body, text: texts[i] !== null })))
            : `From revision ${before.rev} to ${after.rev}: ` +
              `${count(add, "word")} added, ${count(del, "word")} removed.`),
        shown.map((p) => typeof p === "number"
            ? h("p", { class: "skipped" },
                `${count(p, "paragraph")} unchanged`)
            : renderChange(p)),
        rest ? h("p", { class: "quiet" }, "The rest is left out here: “Save " +
            "the body” of both has all of it.") : null);
}

/* ---- The head ----------------------------------------------------------- */

function byline(meta) {
    const authors = (Array.isArray(meta.authors) ? meta.authors : [])
        .map((a) => string(a?.name)).filter((s) => s !== "");

    return string(meta.byline) || (authors.length ? `By ${
        authors.length > 1 ? `${authors.slice(0, -1).join(", ")} and ${
            authors.at(-1)}` : authors[0]}` : "");
}

function whenOf(meta) {
    const published = string(meta.published);
    const updated = string(meta.updated);
    const time = (text) => h("time", { datetime: text }, timeText(text));

    return [published === "" ? null : time(published),
            updated === "" || updated === published ? null
                : [published === "" ? "" : " · updated ", time(updated)]];
}

export function renderHead(article) {
    const { meta } = article;
    const author = byline(meta);

    return h("header", { class: "head" },
        string(meta.section) === "" ? null
            : h("p", { class: "kicker" }, bdi(meta.section)),
        h("h1", { tabindex: "-1", id: "headline",
                  lang: string(meta.lang) || null }, bdi(titleOf(article))),
        string(meta.summary) === "" ? null
            : h("p", { class: "standfirst" }, bdi(meta.summary)),
        h("p", { class: "dateline" },
            author === "" ? null : [bdi(author), h("br")], whenOf(meta)),
        article.newest === true ? null : h("p", { class: "older" },
            `This is revision ${article.rev}. `,
            article.newest === null
                ? "Whether there is a newer one cannot be told, as something " +
                  "is lost."
                : h("a", { href: articleLink(article.id) },
                    "There is a newer one.")));
}

/* ---- Provenance --------------------------------------------------------- */

function field(name, ...value) {
    return [h("dt", {}, name), h("dd", {}, ...value)];
}

function hash(text) {
    return h("code", { class: "hash", title: text },
             `${text.slice(0, 8)}…${text.slice(-8)}`);
}

/* What a time is worth: somebody said so, or others have seen it. */
function times(article, trust, sealed) {
    const { meta } = article;
    const claimed = [];
    const attested = trust.attestation?.attested;

    if (string(meta.published) !== "")
        claimed.push(["published", meta.published]);
    if (string(meta.retrieved) !== "")
        claimed.push(["fetched", meta.retrieved]);
    return [
        field("Time claimed", claimed.length === 0 && sealed === null
            ? "none" : h("ul", {},
                claimed.map(([what, t]) => h("li", {}, `${what} `,
                    h("time", { datetime: t }, timeText(t)))),
                h("li", { id: "sealed", hidden: sealed === null },
                  sealed ?? ""))),
        field("Time attested", trust.level === "witnessed"
            ? [`no later than ${timeText(attested)}, by ${
                trust.attestation.cosigned} of ${
                count(trust.attestation.witnesses, "witness", "witnesses")}`,
               h("ul", {}, trust.attestation.list.filter((w) => w.cosigned)
                   .map((w) => h("li", {}, bdi(w.name), ", ",
                                 timeText(w.time))))]
            : trust.attestation !== null ? "none"
            : trust.policyFailure !== null ? "not shown: the policy is not met"
            : "not checked (no policy given)"),
    ];
}

function levelField(trust) {
    const said = describeTrust(trust);

    return h("div", { class: `verdict ${said.tone}` },
        svg(icons[said.icon], 22),
        h("div", {}, h("strong", {}, said.sentence),
          said.more.map((s) => h("p", {}, s))));
}

function standing(article, trust) {
    const proven = trust.level !== "none" && trust.level !== "failed";

    if (article.newest === null)
        return `revision ${article.rev}; there may be a newer one`;
    if (!article.newest)
        return `revision ${article.rev}, there is a newer one`;
    return `revision ${article.rev}, the newest ` + (proven
        ? "(proven by the signed map)" : "(says the index, which nobody has " +
          "checked)");
}

function revisionList(list, article) {
    return h("ol", { class: "revisions", reversed: true }, list.map((r) =>
        h("li", { value: r.rev ?? null, "aria-current": r.rev === article.rev
                  ? "true" : null },
          r.gone !== undefined
              ? h("span", { class: r.redacted ? "redacted" : null },
                  `${r.rev === undefined ? "A revision"
                      : `Revision ${r.rev}`}: ${r.gone}`)
              : h("a", { href: articleLink(article.id, r.rev) },
                  `Revision ${r.rev}`, r.updated || r.published
                      ? `, ${dayText(r.updated || r.published)}` : ""))));
}

/* For a shell. */
function quoted(text) {
    return `'${text.replace(/'/g, "'\\''")}'`;
}

/* `actions`: { ask, say, trust, showChanges }. */
export function renderProvenance(article, actions) {
    const { ask, say, trust } = actions;
    const proven = trust.level !== "none" && trust.level !== "failed";
    const revisions = h("div", { id: "revisions" });
    const others = article.parts.slice(1).filter((p) => p.role !== 3);

    const buttons = h("p", { class: "buttons" },
        h("button", { type: "button", onclick: async () => {
            try {
                saveAs(fileName(article.id, ".proof"),
                       await ask("prove", { entry: article.entry }),
                       "text/plain");
                say("The proof was saved.");
            } catch (e) {
                say(`No proof: ${e.text ?? e.message}`, true);
            }
        } }, svg(icons.down), "Save the proof"),
        h("button", { type: "button", onclick: () =>
            saveAs(fileName(article.id, ""), article.body,
                   article.parts[0].type) }, svg(icons.down), "Save the body"));

    return h("aside", { class: "provenance", "aria-labelledby": "prov-title" },
        h("h2", { id: "prov-title" }, "Provenance"),
        levelField(trust),
        h("dl", {},
            field("Level reached", proven ? [trust.level, h("p", {
                class: "quiet" }, "This article leads up to the signed root.")]
                : trust.level === "failed" ? "none" : "none: no key"),
            proven ? field("Key", h("code", {}, keyName(trust.signer)))
                : null,
            field("Origin", bdi(trust.info.origin || "none")),
            field("This article", standing(article, trust)),
            times(article, trust, null),
            field("Leaf", `${number(article.leaf)} of ${
                number(proven ? trust.info.signed_size : trust.info.size)}`),
            field("Leaf hash", hash(article.leaf_hash)),
            field("Root", hash(rootOf(trust))),
            isWeb(string(article.meta.url)) ? field("Address",
                h("a", { href: article.meta.url, target: "_blank",
                         rel: "noopener noreferrer nofollow", class: "url" },
                  shownUrl(article.meta.url))) : null,
            field("ID", bdi(article.id, { class: "url" })),
            others.length === 0 ? null : field("Other parts", h("ul", {},
                others.map((p) => h("li", {}, `${ROLES[p.role] ?? "part"}, ${
                    p.type}, ${bytes(p.size)} `,
                    h("button", { type: "button", class: "small",
                        onclick: async () => saveAs(
                            fileName(article.id, `-${p.index}`),
                            await ask("part", { entry: article.entry,
                                                index: p.index }), p.type) },
                      "Save")))))),
        revisions, buttons,
        trust.info.redactions > 0 &&
            (!proven || trust.info.signed_size === trust.info.size)
            ? h("p", { class: "quiet" },
                `${count(trust.info.redactions, "article")} of this archive ` +
                "were redacted.")
            : null,
        h("details", { class: "how" }, h("summary", {}, "How to check this"),
          h("p", {}, "Save the proof and the body, and run"),
          h("pre", { tabindex: "0" },
            `sheaf check ${fileName(article.id, ".proof")} ` +
            `${fileName(article.id, "")} \\\n  --id ${quoted(article.id)} ` +
            `-P ${trust.key?.text ?? "KEY"}`),
          h("p", {}, "That needs neither the archive nor this page. Nobody " +
              "who could change this page could change what that says.")));
}

/* The revisions of an article, the newest first; null if it is no longer shown.
 * Each is read, so there is a limit to what all of them hold. */
async function revisionsOf({ id }, ask, isShown) {
    const list = [];
    const leaves = await ask("leaves", { id });
    let left = REVISIONS_BYTES, rest = leaves.length === LEAVES_MAX;
    const gap = (from, to) => {
        for (let rev = from; rev > to && list.length < GAPS_MAX; rev--)
            list.push({ rev, gone: "not in the archive" });
    };

    for (const leaf of leaves) {
        const r = await ask("revision", { id, leaf });

        if (!isShown())
            return null;
        if (r === null)
            continue;
        const last = list.at(-1)?.rev;
        const expected = last === undefined ? r.rev : last - 1;

        gap(expected, r.rev);
        list.push({ rev: expected, ...r });
        left -= r.size ?? 0;
        if (left < 0) {
            rest = r.rev > 1;
            break;
        }
    }
    if (!rest)
        gap(list.at(-1)?.rev - 1, 0);
    /* A record that stayed of the newest does not say which that was. */
    for (let i = list.length - 2; i >= 0; i--)
        list[i].rev ??= list[i + 1].rev === undefined ? undefined
            : list[i + 1].rev + 1;
    return { list, rest };
}

/* What takes further requests. */
export async function fillProvenance(article, { ask, trust, showChanges },
                                     isShown) {
    const into = byId("revisions");

    if (article.rev > 1 || !article.newest) {
        const found = await revisionsOf(article, ask, isShown);

        if (found === null)
            return;
        const { list, rest } = found;

        into.append(h("h3", {}, `Revisions (${number(list.length)})`),
            revisionList(list, article),
            rest ? h("p", { class: "quiet" }, "Earlier ones are not listed.")
                : "",
            article.rev > 1 ? h("p", {}, h("button", { type: "button",
                onclick: showChanges }, "Show what changed")) : "");
    }
    if (trust.info.signed_size === 0 || trust.level === "failed")
        return;
    const { time } = await ask("sealed", { id: article.id })
        .catch(() => ({ time: null }));
    const item = byId("sealed");

    if (!isShown() || time === null || item === null)
        return;
    item.append("newest generation archived ",
                h("time", { datetime: time }, timeText(time)));
    item.hidden = false;
}

