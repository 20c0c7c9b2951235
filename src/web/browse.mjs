/*
 * browse.mjs - the list, by date, section and words.
 */
import { app, ask, filterLink, guarded, tell } from "./app.mjs";
import { articleLink } from "./article.mjs";
import { bdi, byId, count, dayText, h, icons, monthName, number,
         parseDate, put, short, svg } from "./dom.mjs";
import { PAGE } from "./list.mjs";
import { lostText, tailText } from "./trust.mjs";

/* ---- The list ----------------------------------------------------------- */

function monthBars() {
    const { months } = app;
    const chosen = app.list.filter.month;
    const by = new Map();
    const years = new Set(months.map((m) => m[0]));
    const year = chosen.slice(0, 4);
    const inYear = year !== "" || years.size === 1;
    const shownYear = year !== "" ? Number(year) : [...years][0];

    for (const [y, m, n] of months) {
        const key = inYear ? (y === shownYear ? m : null) : y;

        if (key !== null)
            by.set(key, (by.get(key) ?? 0) + n);
    }
    const first = inYear ? 1 : Math.min(...years);
    const last = inYear ? 12 : Math.max(...years);
    const most = Math.max(...by.values(), 1);
    const bars = [];

    for (let k = first; k <= last && bars.length < 400; k++) {
        const n = by.get(k) ?? 0;
        const value = inYear ? `${shownYear}-${String(k).padStart(2, "0")}`
            : String(k).padStart(4, "0");
        const name = inYear ? `${monthName(k)} ${shownYear}` : String(k);

        bars.push(h("li", {}, h("a", {
            href: filterLink({ ...app.list.filter, month: value }),
            class: value === chosen ? "chosen" : null,
            "aria-current": value === chosen ? "true" : null,
            "aria-label": `${name}, about ${count(n, "article")} written or ` +
                "changed",
            title: `${name}: about ${number(n)} written or changed`,
            "aria-disabled": n === 0 ? "true" : null,
        }, h("span", { class: "bar", style: `height:${
            n === 0 ? 0 : Math.max(4, Math.round(n / most * 100))}%` }),
           h("span", { class: "label", "aria-hidden": "true" }, inYear
               ? monthName(k).slice(0, bars.length === 0 ? 3 : 1)
               : labelled(k, first, last) ? String(k) : ""))));
    }
    return { bars, heading: inYear ? String(shownYear) : "All years",
             up: year !== "" && years.size > 1 };
}

function labelled(year, first, last) {
    const every = last - first > 60 ? 20 : last - first > 14 ? 5 : 1;

    return year % every === 0;
}

function renderDates() {
    if (app.months === null)
        return h("p", { class: "dates" }, h("button", { type: "button",
            onclick: async () => {
                await guarded(loadMonths);
                renderList();
            } }, "Show dates"));
    if (app.months.length === 0)
        return null;
    const { bars, heading, up } = monthBars();

    return h("nav", { class: "dates", "aria-label": "Dates" },
        h("p", {}, h("strong", {}, heading), up ? h("a", {
            href: filterLink({ ...app.list.filter, month: "" }) },
            "All years") : null),
        h("ol", { class: bars.length > 40 ? "bars many" : "bars" }, bars));
}

function sectionChoice() {
    const { list } = app;
    const names = [...list.sections].sort((a, b) => b[1] - a[1]).slice(0, 200);
    const chosen = list.filter.section;

    if (names.length === 0 && chosen === "")
        return null;
    if (chosen !== "" && !list.sections.has(chosen))
        names.unshift([chosen, 0]);
    const select = h("select", { id: "section", "aria-label": "Section",
        onchange: () => go(filterLink({ ...list.filter,
                                        section: select.value })) },
        h("option", { value: "" }, "All sections"),
        names.map(([name]) => h("option", { value: name,
            selected: name === chosen }, short(name, 100))));

    return select;
}

function chips() {
    const { filter } = app.list;
    const chip = (name, text) => h("a", { class: "chip", title: "Remove",
        href: filterLink({ ...filter, [name]: "" }) }, bdi(text),
        svg(icons.close, 12), h("span", { class: "sr" }, " (remove)"));

    return [filter.words === "" ? null : chip("words", `“${filter.words}”`),
            filter.month === "" ? null : chip("month", dayText(filter.month))];
}

function renderLine(line) {
    if (line.redacted)
        return h("li", { class: "gone" }, h("a", { href:
            `#/leaf/${line.leaf}` }, h("span", { class: "title" },
            "Removed article"), h("span", { class: "under" },
            `Leaf ${number(line.leaf)}`)));
    const date = parseDate(line.published);
    const when = date === null || date.month === 0 ? "" : [
        date.day || null, monthName(date.month).slice(0, 3), date.time]
        .filter((s) => s).join(" ");

    return h("li", {}, h("a", { href: articleLink(line.id),
        "aria-current": app.article?.id === line.id ? "true" : null },
        bdi(short(line.headline || line.id), { class: "title" }),
        h("span", { class: "under" },
          when === "" ? null : h("time", { datetime: line.published }, when),
          line.section === "" ? null : bdi(short(line.section)),
          line.rev > 1 ? h("span", { class: "rev" }, `revision ${line.rev}`)
              : null)));
}

/* Lines under the months that they are of. */
function renderLines(rows) {
    const out = [];
    let month = null, items = null;

    for (const line of rows) {
        const now = line.redacted ? "-" : line.published.slice(0, 7);

        if (items === null || now !== month) {
            month = now;
            items = h("ol", { class: "lines" });
            out.push(h("section", {}, h("h3", {}, line.redacted ? "Removed"
                : dayText(now) || "Without a date"), items));
        }
        items.append(renderLine(line));
    }
    return out;
}

function percent(part) {
    return part < 0.1 ? (part * 100).toFixed(1) : Math.floor(part * 100);
}

function listSummary() {
    const { list } = app;
    const n = list.rows.length;

    if (list.paused)
        return `${count(n, "article")}. Some that were changed at another ` +
            "time may be missing.";
    if (!list.done)
        return list.narrowed
            ? `${count(n, "article")} in the newest ${percent(
                list.scanned / Math.max(list.total, 1))} % of the archive`
            : "";
    return n === 0 ? "No article" : count(n, "article");
}

function renderList() {
    const nav = byId("list");
    const { list } = app;
    const rows = list.rows.slice(app.page * PAGE, (app.page + 1) * PAGE);
    const more = (app.page + 1) * PAGE < list.rows.length || !list.done;

    if (nav === null)
        return;
    put(nav, h("h2", { class: "sr" }, "Articles"),
        h("div", { class: "tools" }, renderDates(),
          h("div", { class: "narrow" }, sectionChoice(), chips())),
        h("p", { class: "summary" }, listSummary()),
        app.info.lost_leaves > 0 ? h("p", { class: "summary wrong" },
            lostText(app.info)) : null,
        app.info.lost_leaves === 0 && app.info.tail_bytes > 0
            ? h("p", { class: "summary" }, tailText(app.info)) : null,
        list.damage === "" ? null : h("p", { class: "summary wrong" },
            `A part of the list is damaged: ${list.damage}`),
        h("div", { class: "rows", id: "rows" }, renderLines(rows)),
        rows.length === 0 && list.done ? h("p", { class: "plain" },
            list.narrowed ? "Nothing fits. Fewer words, or another date, " +
                "may." : "The archive has no articles.") : null,
        app.working ?? h("p", { class: "pager buttons" },
          app.page > 0 ? h("button", { type: "button",
              onclick: () => turn(-1) }, "Newer") : null,
          more ? h("button", { type: "button", onclick: () => turn(1) },
              list.paused || (list.words.length && !list.done) ? "Search on"
                  : "Older")
              : null));
}

/* Searching says how far it is, shows what it finds, and can be stopped. */
async function fill(count_) {
    const { list } = app;
    const turn_ = list.turn;
    let shown = Date.now(), stopped = false;
    const working = h("p", { class: "working", id: "working" },
        h("progress", { max: 1, "aria-label": "How much was searched" }),
        h("button", { type: "button", class: "small", onclick: () => {
            stopped = true;
        } }, "Stop"));

    try {
        await list.until(count_, ({ scanned, total, rows }) => {
            const goes = !stopped && list.turn === turn_;

            working.firstChild.value = scanned / Math.max(total, 1);
            if (goes && Date.now() - shown > 400) {
                shown = Date.now();
                app.working = working;
                showFound();
                tell(`${count(rows.length, "article")} so far`);
            }
            return goes;
        });
    } finally {
        if (app.working === working)
            app.working = null;
    }
}

/* While it is searched, the list is only drawn again when it has more on the
 * page that is shown. */
function showFound() {
    const drawn = document.querySelectorAll("#rows .lines a").length;
    const summary = document.querySelector("#list .summary");

    if (!byId("working") || drawn < Math.min(PAGE, app.list.rows.length -
                                             app.page * PAGE))
        renderList();
    else if (summary !== null)
        summary.textContent = listSummary();
}

async function turn(by) {
    const { list } = app;
    const next = app.page + by;

    if (by > 0)
        await guarded(() => fill(Math.max((next + 1) * PAGE, list.words.length
            ? list.rows.length + list.enough : 0)));
    if (next * PAGE < list.rows.length || next === 0)
        app.page = next;
    renderList();
    byId("list").scrollTop = 0;
    byId("rows").querySelector("a")?.focus();
}

export async function loadMonths() {
    const { months } = await ask("months");

    app.months = months;
}

export async function showList(filter) {
    const { list } = app;
    const same = JSON.stringify(filter) === JSON.stringify(list.filter);

    if (!same || list.rows.length === 0) {
        if (!same || list.done)
            list.set(filter);
        app.page = 0;
        renderList();
        if (byId("search") !== null)
            byId("search").value = filter.words;
        await guarded(() => fill(list.enough));
    }
    renderList();
    if (list.narrowed)
        tell(listSummary());
}
