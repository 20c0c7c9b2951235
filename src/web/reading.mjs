/*
 * reading.mjs - one article, or why it is not shown.
 */
import { app, ask, filterLink, guarded, say, setView, textOfError }
    from "./app.mjs";
import { articleLink, fillProvenance, renderChanges, renderHead, renderMetadata,
         renderPage, renderProvenance, renderText, titleOf }
    from "./article.mjs";
import { bdi, byId, h, icons, number, put, short, svg } from "./dom.mjs";
import { MISSING, NOTFOUND, REDACTED } from "./failure.mjs";
import { addPictures } from "./pictures.mjs";
import { isHtml } from "./text.mjs";

/* ---- An article --------------------------------------------------------- */

function modes(article) {
    const out = [["text", "Text"]];

    if (isHtml(article.parts[0].type))
        out.push(["page", "Page"]);
    if (article.rev > 1)
        out.push(["changes", "Changes"]);
    out.push(["metadata", "Metadata"]);
    return out;
}

async function renderBody(article, into) {
    const { shown, mode } = app;
    let content;

    if (mode === "changes" && article.rev > 1) {
        const before = await ask("article", { id: article.id,
            rev: article.rev - 1 }).catch((e) => e);

        content = before instanceof Error
            ? h("p", { class: "plain" }, `Revision ${article.rev - 1} ` +
                `can’t be compared: ${textOfError(before)}`)
            : renderChanges(before, article);
    } else if (mode === "page" && isHtml(article.parts[0].type)) {
        content = await renderPage(article, ask);
    } else if (mode === "metadata") {
        content = renderMetadata(article);
    } else {
        content = renderText(article);
    }
    if (shown === app.shown && mode === app.mode)
        put(into, content);
}

function modeBar(article, body) {
    const choices = modes(article);

    if (!choices.some(([m]) => m === app.mode))
        app.mode = "text";
    const bar = h("div", { class: "modes", role: "group",
                           "aria-label": "Show" },
        choices.map(([mode, label]) => h("button", { type: "button",
            "data-mode": mode, "aria-pressed": String(mode === app.mode),
            onclick: () => {
                app.mode = mode;
                for (const b of bar.children)
                    b.setAttribute("aria-pressed",
                                   String(b.dataset.mode === mode));
                void guarded(() => renderBody(article, body));
            } }, label)));

    return bar;
}

function backLink() {
    return h("a", { class: "back", href: filterLink(app.list.filter) },
             svg(icons.back), "All articles");
}

async function renderArticle(article) {
    const shown = app.shown;
    const isShown = () => shown === app.shown;
    const body = h("div", { class: "content" });
    const bar = modeBar(article, body);
    const pictures = h("div", { class: "pictures" });
    const actions = { ask, say, trust: app.trust, showChanges: () => {
        bar.querySelector("[data-mode=changes]")?.click();
        byId("headline").scrollIntoView();
    } };

    put(byId("reading"),
        h("article", { "aria-labelledby": "headline" }, backLink(),
          renderHead(article), bar, body, pictures),
        renderProvenance(article, actions));
    document.title = `${short(titleOf(article))} – Sheaf`;
    byId("headline").focus({ preventScroll: true });
    byId("reading").scrollTop = 0;
    window.scrollTo(0, 0);
    await guarded(() => renderBody(article, body));
    await guarded(() => fillProvenance(article, actions, isShown));
    await guarded(() => addPictures(article, pictures, ask, isShown));
}

function showProblem(title, ...content) {
    put(byId("reading"), h("article", { class: "problem" },
        backLink(), h("h1", { tabindex: "-1", id: "headline" }, title),
        ...content));
    byId("headline").focus({ preventScroll: true });
}

export async function showArticle({ id, rev }) {
    const shown = ++app.shown;

    setView("article");
    if (app.article?.id !== id || app.article?.askedRev !== rev)
        put(byId("reading"),
            h("p", { class: "plain", role: "status" }, "Reading…"));
    try {
        const article = await ask("article", { id, rev });

        if (shown !== app.shown)
            return;
        article.askedRev = rev;
        if (app.article?.id !== id && app.mode !== "page")
            app.mode = "text";
        app.article = article;
        markCurrent();
        await renderArticle(article);
    } catch (e) {
        if (shown !== app.shown)
            return;
        app.article = null;
        markCurrent();
        showProblem(e.code === REDACTED ? "This article was redacted"
            : e.code === NOTFOUND ? "No such article"
            : `This article can’t be shown: ${e.state ?? "failed"}`,
            h("p", {}, textOfError(e)), h("p", {}, "ID ", bdi(id)));
    }
}

/* Only the archive's index says that something was removed: what is proven of
 * it is what comes now. */
function sayRemoved(leaf, e) {
    const text = h("p", {}, e === null
        ? "It was not redacted." : textOfError(e));

    if (e === null)
        showProblem(`Leaf ${number(leaf)} is there`, text);
    else if (e.code === REDACTED)
        showProblem("This article was redacted", text,
            h("p", { class: "quiet" }, `Its record stays as leaf ${
                number(leaf)}, so that every proof of the other articles ` +
                "stays valid."));
    else
        showProblem(e.code === MISSING ? "This article is missing"
            : `Leaf ${number(leaf)} can’t be shown: ${e.state ?? "failed"}`,
            text);
}

export async function showRemoved(leaf) {
    const shown = ++app.shown;

    setView("article");
    const why = await ask("removed", { leaf }).then(() => null, (e) => e);

    if (shown === app.shown)
        sayRemoved(leaf, why);
}

function markCurrent() {
    for (const a of document.querySelectorAll(".lines a")) {
        const is = app.article !== null &&
            a.getAttribute("href") === articleLink(app.article.id);

        if (is)
            a.setAttribute("aria-current", "true");
        else
            a.removeAttribute("aria-current");
    }
}
