/*
 * page.mjs - the page: what it shows when.
 */
import { app, archiveName, ask, filterLink, filterOf, go, guarded, route, say,
         setView, tell, textOfError } from "./app.mjs";
import { articleLink } from "./article.mjs";
import { loadMonths, showList } from "./browse.mjs";
import { closeDialog, showAbout, showKeys, showTrust, useKey }
    from "./dialogs.mjs";
import { bdi, byId, bytes, count, h, icons, put, short, svg }
    from "./dom.mjs";
import { CHANGED } from "./failure.mjs";
import { List } from "./list.mjs";
import { showArticle, showRemoved } from "./reading.mjs";
import { chooseKey, describeTrust, establish, suspend } from "./trust.mjs";
import { Reader } from "./worker.mjs";

/* Dates of more groups than this are only read when asked for. */
const MONTHS_GROUPS = 4096;
/* Of a key in a link. */
const KEY_MAX = 4096;

/* ---- The bars on top and at the bottom ---------------------------------- */

function trustButton() {
    const said = describeTrust(app.trust);

    return h("button", { type: "button", class: `trust ${said.tone}`,
                         "aria-haspopup": "dialog", onclick: () => showTrust(),
                         id: "trust" },
             svg(icons[said.icon], 18), h("span", {}, said.short,
                 h("span", { class: "rest" }, said.rest)));
}

function searchForm() {
    const input = h("input", { type: "search", id: "search", name: "words",
        placeholder: "Search titles", "aria-label": "Search titles",
        autocomplete: "off", spellcheck: "false", enterkeyhint: "search" });

    input.value = app.list.filter.words;
    return h("form", { role: "search", class: "search", onsubmit: (e) => {
        e.preventDefault();
        go(filterLink({ ...app.list.filter, words: input.value.trim() }));
    } }, svg(icons.search), input, h("kbd", { "aria-hidden": "true" }, "/"));
}

function renderTop() {
    const top = byId("top");

    put(top,
        h("a", { class: "brand", href: location.pathname, title:
                 "Choose another archive" }, "Sheaf"));
    if (app.info === null)
        return;
    top.append(
        h("p", { class: "archive" },
            h("a", { href: "#/" }, bdi(archiveName())),
            h("span", {}, `${count(app.info.articles, "article")}`)),
        searchForm(), trustButton());
}

function renderBottom(t = {}) {
    const { requests = 0, bytes: size = 0, far = false } = t;
    const total = bytes(app.info?.bytes ?? 0);

    if (app.info === null) {
        put(byId("bottom"));
        return;
    }
    put(byId("bottom"),
        h("span", {}, far ? `${count(requests, "request")}, ${bytes(size)} ` +
            `fetched of an archive of ${total}` : `${total}, on this device`),
        h("button", { type: "button", class: "link", onclick: showAbout },
          "About this archive"),
        h("button", { type: "button", class: "link", onclick: showKeys },
          "Keyboard"));
}

/* ---- Views -------------------------------------------------------------- */

function renderFrame() {
    put(byId("main"),
        h("nav", { id: "list", "aria-label": "Articles" }),
        h("div", { id: "reading" }));
}

function welcome() {
    put(byId("reading"), h("div", { class: "welcome" },
        h("p", {}, "Choose an article."),
        h("p", { class: "quiet" }, describeTrust(app.trust).sentence)));
}

/* A key that does not fit, or a history that was changed: nothing is shown. */
function refuse() {
    const said = describeTrust(app.trust);

    setView("article");
    renderTop();
    put(byId("list"));
    put(byId("reading"), h("article", { class: "problem" },
        h("div", { class: "verdict bad" }, svg(icons.cross, 26),
          h("div", {}, h("h1", { tabindex: "-1", id: "headline" },
                         said.sentence),
            said.more.map((s) => h("p", {}, s)))),
        h("p", {}, "No article is shown as long as this holds."),
        h("p", { class: "buttons" },
          h("button", { type: "button", class: "main",
                        onclick: () => showTrust() }, "Key…"),
          h("button", { type: "button", onclick: () => useKey("", "", false) },
            "Read without checking"))));
    byId("headline").focus({ preventScroll: true });
}

let following = 0;

async function follow() {
    const turn_ = ++following;
    const to = route();

    if (app.info === null)
        return;
    if (byId("list") === null)
        renderFrame();
    if (app.trust.level === "failed") {
        refuse();
        return;
    }
    if (to.query !== undefined) {
        const was = app.article;

        app.shown++;
        setView("list");
        document.title = `${archiveName()} – Sheaf`;
        if (byId("reading").childElementCount === 0 || was === null)
            welcome();
        await showList(filterOf(to.query));
        if (turn_ === following && was !== null)
            document.querySelector(".lines a[aria-current]")?.focus();
        return;
    }
    const reading = to.leaf !== undefined ? showRemoved(to.leaf)
        : showArticle(to);

    await reading;
    if (turn_ === following && app.list.rows.length === 0)
        await showList(app.list.filter);
}

/* ---- Opening ------------------------------------------------------------ */

function onEvent(e) {
    if (e.event === "traffic")
        renderBottom(e);
    else if (e.event === "changed") {
        say("The archive was replaced while you were reading. It was opened " +
            "again.");
        void reopen();
    }
}

function newList() {
    const { groups, far, redactions } = app.info;

    return new List(ask, groups, far, redactions > 0);
}

/* A file may be replaced again and again: so many times it is opened. */
const REOPENED_MOST = 3;
let reopening = false;

async function reopen() {
    if (app.info === null || reopening)
        return;
    const { text, from, otherKey = false } = app.trust;
    const { reader } = app;
    let key = { text, from, other: otherKey };

    reopening = true;
    app.shown++;
    closeDialog();
    app.trust = suspend(app.trust);
    refuse();
    await guarded(async () => {
        for (let i = 0; i < REOPENED_MOST; i++) {
            const { origin } = app.info;
            const { filter } = app.list;

            const info = await reader.ask("describe");

            if (reader !== app.reader)
                return;
            app.info = info;
            app.months = null;
            app.list = newList();
            app.list.set(filter);
            /* A key is one for the log that it was chosen for. */
            if (app.info.origin !== origin) {
                key = chooseKey(app.info.origin, app.linkKey);
                say("Another log is at this address now.", true);
            }
            await useKey(key.text, key.from, false);
            if (reader !== app.reader)
                return;
            app.trust.otherKey = key.other;
            if (app.trust.failure?.code !== CHANGED)
                break;
        }
    });
    reopening = false;
}

/* The archive that is there now, and what is known of it. */
async function look(reader, where, linkKey) {
    let info = await reader.ask("open", where);

    for (let i = 1;; i++) {
        const key = chooseKey(info.origin, linkKey);
        const trust = await establish(reader, info, key.text, key.from);

        trust.otherKey = key.other;
        if (trust.failure?.code !== CHANGED || i >= REOPENED_MOST)
            return { info, trust };
        info = await reader.ask("describe");
    }
}

let opening = 0;

async function open(where, linkKey = "") {
    const turn_ = ++opening;
    const reader = new Reader(onEvent);

    app.reader?.end();
    app.reader = reader;
    app.shown++;
    closeDialog();
    say("");
    app.where = where;
    app.linkKey = linkKey;
    app.info = app.months = app.article = null;
    put(byId("main"), h("p", { class: "plain", role: "status" },
                                   "Opening the archive…"));
    try {
        const { info, trust } = await look(reader, where, linkKey);

        if (turn_ !== opening)
            return;
        app.info = info;
        app.trust = trust;
    } catch (e) {
        if (turn_ !== opening)
            return;
        app.info = null;
        showStart(`${archiveName()}: ${e.state ?? "failed"}: ${
            textOfError(e)}`);
        return;
    }
    app.list = newList();
    renderFrame();
    renderTop();
    renderBottom();
    if (app.info.warning)
        say(app.info.warning);
    if (app.trust.level !== "failed" && app.info.groups <= MONTHS_GROUPS)
        await guarded(loadMonths);
    if (turn_ !== opening)
        return;
    tell(`${archiveName()}: ${count(app.info.articles, "article")}. ` +
         describeTrust(app.trust).sentence);
    await follow();
}

function openFile(file) {
    history.replaceState(null, "", location.pathname);
    void open({ file });
}

function openUrl(text, key) {
    let url;

    try {
        url = new URL(text, location.href).href;
    } catch {
        void showStart(`${text} is no address`);
        return;
    }
    if (/^https?:/i.test(url))
        void open({ url }, key);
    else
        void showStart(`${text}: only addresses of http and https are read`);
}

/* Archives that are offered beside the page. */
async function offers() {
    try {
        const url = new URL("archives.json", location.href);
        const response = await fetch(url);
        const list = response.ok ? await response.json() : [];

        return (Array.isArray(list) ? list : []).slice(0, 1000)
            .filter((a) => typeof a?.url === "string" &&
                    typeof a?.name === "string")
            .map((a) => ({ name: short(a.name), size: Number(a.size) || 0,
                           origin: typeof a.origin === "string"
                               ? short(a.origin) : "",
                           url: new URL(a.url, url).href }));
    } catch {
        return [];
    }
}

function offer(a) {
    return h("li", {}, h("a", { href:
        `?archive=${encodeURIComponent(a.url.startsWith(`${location.origin}/`)
            ? a.url.slice(location.origin.length) : a.url)}` },
        bdi(a.name, { class: "title" }), h("span", { class: "under" },
            a.origin === "" ? null : bdi(a.origin),
            a.size === 0 ? null : h("span", {}, bytes(a.size)))));
}

async function showStart(problem = "") {
    const file = h("input", { type: "file", id: "file", class: "sr",
        onchange: () => file.files[0] && openFile(file.files[0]) });
    const url = h("input", { type: "text", id: "url", inputmode: "url",
        placeholder: "news.sheaf", autocomplete: "off", spellcheck: "false" });
    const list = h("div");

    setView("start");
    app.info = null;
    renderTop();
    renderBottom();
    document.title = "Sheaf";
    put(byId("main"), h("div", { class: "start" },
        h("h1", { tabindex: "-1", id: "headline" }, "Read an archive of news"),
        h("p", { class: "lead" }, "Articles in one signed file. This page " +
            "reads it in your browser, checks the signature and the place of " +
            "each article under it, and sends nothing to anybody."),
        problem === "" ? null : h("p", { class: "verdict bad", role: "alert" },
            svg(icons.cross, 22), h("span", {}, problem)),
        list,
        h("label", { class: "drop", for: "file" }, file,
          h("strong", {}, "Drop a .sheaf file here"),
          h("span", {}, "or choose one. It stays on this device.")),
        h("form", { onsubmit: (e) => {
            e.preventDefault();
            if (url.value.trim() !== "")
                location.search = `?archive=${encodeURIComponent(
                    url.value.trim())}`;
        } }, h("label", { for: "url" }, "Or an address"),
        h("p", { class: "row" }, url,
          h("button", { type: "submit" }, "Open")))));
    const found = await offers();

    if (found.length !== 0)
        list.append(h("h2", {}, "Archives here"),
                    h("ol", { class: "lines offers" }, found.map(offer)));
    if (problem !== "")
        byId("headline")?.focus();
}

/* ---- Keyboard and dropping ---------------------------------------------- */

function step(by) {
    const links = [...document.querySelectorAll(".lines a")];
    const at = links.indexOf(document.activeElement);
    const from = at >= 0 ? at : links.findIndex((a) =>
        a.hasAttribute("aria-current"));

    links[Math.min(Math.max(from + by, 0), links.length - 1)]?.focus();
}

function stepArticle(by) {
    const ids = app.list.rows.filter((r) => !r.redacted).map((r) => r.id);
    const next = ids[ids.indexOf(app.article?.id) + by];

    if (next !== undefined && app.article !== null)
        go(articleLink(next));
}

const keys = {
    "/": () => byId("search")?.focus(),
    "?": showKeys,
    j: () => step(1), ArrowDown: () => step(1),
    k: () => step(-1), ArrowUp: () => step(-1),
    n: () => stepArticle(1), p: () => stepArticle(-1),
    Escape: () => go(filterLink(app.list.filter)),
};

function onKey(e) {
    const typing = e.target.closest?.("input, textarea, select");
    const arrows = e.key.startsWith("Arrow");

    if (e.ctrlKey || e.metaKey || e.altKey || byId("dialog").open ||
        app.info === null)
        return;
    if (typing) {
        if (e.key === "Escape" && typing.id === "search")
            typing.blur();
        return;
    }
    /* Arrows scroll, unless the list has the focus. */
    if (keys[e.key] === undefined ||
        (arrows && e.target.closest?.("#list") === null))
        return;
    if (e.key === "Escape" && document.body.dataset.view !== "article")
        return;
    e.preventDefault();
    keys[e.key]();
}

function onDrop(e) {
    const file = e.dataTransfer?.files?.[0];

    e.preventDefault();
    document.body.classList.remove("dropping");
    if (file !== undefined)
        openFile(file);
}

/* A key has no blanks: they are each a + that was not escaped. */
function keyOf(query) {
    return (query.get("key") ?? "").slice(0, KEY_MAX).replace(/ /g, "+");
}

export function start() {
    const query = new URLSearchParams(location.search);
    const archive = query.get("archive");

    app.follow = follow;
    app.renderTop = renderTop;
    addEventListener("hashchange", () => void follow());
    addEventListener("keydown", onKey);
    addEventListener("dragover", (e) => {
        e.preventDefault();
        document.body.classList.add("dropping");
    });
    addEventListener("dragleave", (e) => {
        if (e.relatedTarget === null)
            document.body.classList.remove("dropping");
    });
    addEventListener("drop", onDrop);
    renderTop();
    if (archive !== null && archive !== "")
        openUrl(archive, keyOf(query));
    else
        void showStart();
}
