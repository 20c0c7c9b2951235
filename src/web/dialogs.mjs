/*
 * dialogs.mjs - keys and witnesses, the archive as a whole, the keyboard.
 */
import { app, ask, say, tell, textOfError } from "./app.mjs";
import { bdi, byId, bytes, count, h, icons, number, put, saveAs,
         svg } from "./dom.mjs";
import { CHANGED, Failure, INVALID, STOPPED } from "./failure.mjs";
import { identity } from "./session.mjs";
import { describeTrust, establish, keyName, lostText, remembered, tailText }
    from "./trust.mjs";
import { Reader } from "./worker.mjs";

let verifier = null; /* of "Check every byte" */

/* ---- Dialogs ------------------------------------------------------------ */

function openDialog(title, ...content) {
    const dialog = byId("dialog");

    put(dialog,
        h("header", {}, h("h2", { id: "dialog-title" }, title),
          h("button", { type: "button", class: "icon", "aria-label": "Close",
                        onclick: () => dialog.close() }, svg(icons.close))),
        h("div", { class: "body" }, ...content));
    if (!dialog.open)
        dialog.showModal();
}

/* What a dialog says is of the archive that was open. */
export function closeDialog() {
    verifier?.end();
    byId("dialog").close();
}

let keyTurn = Promise.resolve();

/* One key after the other, each for the log that it was given for. */
export function useKey(...how) {
    const { reader } = app;
    const origin = app.info?.origin;
    const isStill = () => reader === app.reader && app.info !== null &&
        app.info.origin === origin;
    const turn = keyTurn.then(() => changeKey(isStill, ...how));

    keyTurn = turn.catch(() => {});
    return turn;
}

async function changeKey(isStill, text, from, keep) {
    const { reader, trust: before } = app;

    if (!isStill())
        return null;
    tell("Checking the signature…");
    let trust = await establish(reader, app.info, text, from);
    const { failure } = trust;
    const isKey = failure?.code !== INVALID;

    if (!isKey) /* nothing has changed */
        trust = await establish(reader, app.info, before.text, before.from);
    if (!isStill())
        return null;
    if (!isKey) {
        app.trust = trust;
        await app.follow(); /* what was asked meanwhile has no answer */
        return failure;
    }
    if (keep && trust.level !== "none" && trust.level !== "failed" &&
        !remembered.setKey(app.info.origin, trust.key.text))
        say("This browser could not remember the key.", true);
    app.trust = trust;
    app.shown++;
    app.list.set(app.list.filter);
    app.article = null;
    app.renderTop();
    tell(describeTrust(trust).sentence);
    await app.follow();
    return null;
}

function keyForm() {
    const key = h("textarea", { id: "key", rows: 3, spellcheck: "false",
        autocomplete: "off", required: true,
        placeholder: "RWQ… or a key file, or NAME+ID+KEY" });
    const keep = h("input", { type: "checkbox", id: "keep", checked: true });
    const error = h("p", { class: "wrong", role: "alert" });

    /* What came with a link is not what the reader enters. */
    key.value = app.trust.from === "link" ? "" : app.trust.text;
    return h("form", { class: "key", onsubmit: async (e) => {
        e.preventDefault();
        error.textContent = "";
        const why = await useKey(key.value.trim(), "entered", keep.checked);

        if (why !== null)
            error.textContent = textOfError(why);
        else
            showTrust();
    } },
    h("label", { for: "key" }, "Public key"),
    key,
    h("p", { class: "quiet" }, "Get it in another way than the archive: from " +
        "the publisher’s own site, or on paper."),
    h("label", { class: "check" }, keep, "Remember it for this origin"),
    error,
    h("p", { class: "buttons" },
      h("button", { type: "submit", class: "main" }, "Check"),
      app.trust.text === "" ? null : h("button", { type: "button",
          onclick: async () => {
              await useKey("", "", false);
              byId("dialog").close();
          } }, "Read without checking"),
      remembered.key(app.info.origin) === "" ? null : h("button", {
          type: "button", onclick: (e) => {
              remembered.setKey(app.info.origin, "");
              e.target.disabled = true;
              e.target.textContent = "Forgotten";
          } }, "Forget the remembered key")));
}

function policyForm() {
    const text = h("textarea", { id: "policy", rows: 5, spellcheck: "false",
        placeholder: "witness w1 NAME+ID+KEY\nquorum w1" });
    const { origin } = app.info;

    text.value = remembered.policy(origin);
    return h("details", {}, h("summary", {}, "Witnesses"),
        h("form", { onsubmit: async (e) => {
            e.preventDefault();
            const kept = remembered.setPolicy(origin, text.value.trim());

            await useKey(app.trust.text, app.trust.from, false);
            showTrust(kept ? null : "This browser could not remember the " +
                "policy: it is used until the page is closed.");
        } },
        h("label", { for: "policy" }, "Policy: whose cosignatures are " +
            "required (C2SP’s tlog-policy)"), text,
        h("p", { class: "buttons" },
          h("button", { type: "submit" }, "Use this policy"))));
}

/* `notice`: what else is to be said, or null. */
export function showTrust(notice = null) {
    const t = app.trust;
    const said = describeTrust(t);

    openDialog("Who has signed this",
        h("div", { class: `verdict ${said.tone}` }, svg(icons[said.icon], 22),
          h("div", {}, h("strong", {}, said.sentence),
            said.more.map((s) => h("p", {}, s)))),
        notice === null ? null : h("p", { class: "wrong" }, notice),
        t.otherKey ? h("p", { class: "wrong" }, "The link brings another key " +
            "than the one that this browser remembers for this origin. The " +
            "remembered one is used.") : null,
        h("dl", {},
          h("dt", {}, "Origin"), h("dd", {}, bdi(app.info.origin || "none")),
          t.signer === undefined ? null : [h("dt", {}, "Signed by key"),
              h("dd", {}, h("code", {}, keyName(t.signer)), h("br"),
                h("code", { class: "url" }, t.signer.text))],
          t.keys.length === 0 ? null : [h("dt", {}, "Keys of the log"),
              h("dd", {}, t.keys.map((k) => h("code", { class: "url" },
                                              `${keyName(k)} `)))],
          h("dt", {}, "Signed"),
          h("dd", {}, `${number(app.info.signed_size)} of ${
              number(app.info.size)} leaves`)),
        t.evidence === undefined ? null : h("p", {}, h("button", {
            type: "button", onclick: () => saveAs("evidence.txt", t.evidence,
                                                  "text/plain") },
            svg(icons.down), "Save both checkpoints")),
        t.level === "none" || t.level === "failed" ? null
            : h("p", { class: "quiet" }, "Each article is checked up to this " +
                "signature when it is opened. Lists are from the archive’s " +
                "index, which is not signed: a title there may be wrong, the " +
                "article that it opens is not."),
        keyForm(), policyForm());
}

export function showKeys() {
    const row = (keys, what) => h("tr", {}, h("td", {}, keys.map((k) =>
        h("kbd", {}, k))), h("td", {}, what));

    openDialog("Keyboard", h("table", { class: "keys" }, h("tbody", {},
        row(["/"], "search titles"),
        row(["j", "↓"], "next article in the list"),
        row(["k", "↑"], "article before"),
        row(["Enter"], "open it"),
        row(["n", "p"], "next article, article before, while reading"),
        row(["Esc"], "back to the list"),
        row(["?"], "this table"))));
}

/* ---- About, and checking everything ------------------------------------- */

export function showAbout() {
    const { info } = app;
    const out = h("p", { role: "status", id: "verified" });
    const bar = h("progress", { max: 1, hidden: true,
                                "aria-label": "How much was checked" });
    const button = h("button", { type: "button", class: "main" });
    const label = () => {
        button.textContent = verifier !== null ? "Stop"
            : app.info.far ? `Check every byte (fetches ${bytes(info.bytes)})`
            : "Check every byte";
    };

    button.onclick = async () => {
        if (verifier !== null) {
            verifier.end();
            return;
        }
        await verifyAll(out, bar, label);
        label();
    };
    label();
    openDialog("About this archive",
        h("dl", {},
          h("dt", {}, "Articles"), h("dd", {}, number(info.articles) +
              (info.redactions > 0 ? `, ${number(info.redactions)} of them ` +
                  "redacted" : "")),
          h("dt", {}, "Size"), h("dd", {}, `${bytes(info.bytes)}, ${
              bytes(info.raw_bytes)} of articles`),
          h("dt", {}, "Generations"), h("dd", {}, number(info.generations)),
          h("dt", {}, info.signed_size > 0 && info.signed_size < info.size
              ? "Root of all leaves, not signed" : "Root"),
          h("dd", {}, h("code", { class: "url" },
                                              info.root)),
          info.damage > 0 || info.lost_leaves > 0 ? [h("dt", {}, "Damage"),
              h("dd", { class: "wrong" }, info.first_damage || lostText(info))]
              : info.tail_bytes > 0 ? [h("dt", {}, "Not read"),
                  h("dd", {}, tailText(info))] : null),
        info.warning ? h("p", { class: "quiet" }, info.warning) : null,
        info.note === "" ? null : h("p", {}, h("button", { type: "button",
            onclick: () => saveAs("checkpoint.txt", info.note,
                                  "text/plain") },
            svg(icons.down), "Save the checkpoint")),
        h("p", {}, button), bar, out);
}

/* That every byte was checked says nothing of what the browser has seen before,
 * or of who chose the key. */
function sayVerified(out, r) {
    const t = app.trust;
    const said = describeTrust(t);
    const checked = `${count(r.articles, "article")}` +
        (r.redacted ? `, ${number(r.redacted)} of them redacted, ` : " ") +
        `in ${count(r.generations, "generation")}, ${bytes(r.bytes)}. ` +
        "Every byte was checked." + (!r.authentic || r.signed_size >= r.leaves
            ? "" : ` ${number(r.leaves - r.signed_size)} leaves are past the ` +
                "signature, and only intact: anybody can have added them.");

    out.className = said.tone === "bad" ? "wrong"
        : t.from === "link" || (r.authentic && r.signed_size < r.leaves) ? ""
        : "good";
    out.textContent = said.tone === "bad"
        ? `${said.sentence} Apart from that: ${checked}`
        : !r.authentic ? `Intact, not authenticated (no key given): ${checked}`
        : t.from === "link" ? `Signed by the link’s key: ${checked}`
        : `${t.level[0].toUpperCase()}${t.level.slice(1)}: ${checked}`;
}

/* In a worker of its own, which can be stopped. */
async function verifyAll(out, bar, label) {
    const started = app.where;
    const described = identity(app.info);

    bar.hidden = false;
    bar.removeAttribute("value");
    out.textContent = "";
    out.className = "";
    verifier = new Reader(({ event, done, total }) => {
        if (event === "verifying" || event === "downloading") {
            bar.value = total > 0 ? done / total : 0;
            out.textContent = event === "verifying" ? "Checking…"
                : `Fetching, ${bytes(done)}…`;
        }
    });
    label();
    try {
        const info = await verifier.ask("open", { ...started, whole: true,
                                                  most: app.info.bytes });

        if (identity(info) !== described)
            throw new Failure(CHANGED, "another archive is at this address " +
                              "now");
        if (app.trust.text !== "")
            await verifier.ask("authenticate", app.trust.text);
        sayVerified(out, await verifier.ask("verify"));
    } catch (e) {
        out.className = e.code === STOPPED ? "" : "wrong";
        out.textContent = e.code === STOPPED ? "Stopped."
            : `${e.state ?? "failed"}: ${textOfError(e)}`;
    }
    bar.hidden = true;
    verifier.end();
    verifier = null;
}
