/*
 * trust.mjs - what is known of who made the archive: with which key it was
 * checked, and whether it continues what was seen before.
 *
 * Only the library says that something is proven, with the key that is used.
 */
import { bytes, count, short } from "./dom.mjs";
import { BROKEN, CHANGED, DAMAGED, Failure, FORK, LIMIT, ROLLBACK, VERIFY }
    from "./failure.mjs";

/* ---- What the browser remembers ----------------------------------------- */

/* Characters of a checkpoint, for all of its keys, that a link may leave. */
const LINK_MAX = 64 << 10;

/* Private windows and the like may have no storage. */
function keptValue(name) {
    try {
        return localStorage.getItem(name) ?? "";
    } catch {
        return "";
    }
}

function keepValue(name, value) {
    try {
        if (value === "")
            localStorage.removeItem(name);
        else
            localStorage.setItem(name, value);
        return true;
    } catch {
        return false;
    }
}

/* Policies that were given here: they count also where nothing is kept. */
const given = new Map();

export const remembered = {
    key: (origin) => keptValue(`sheaf.key.${origin}`),
    setKey: (origin, text) => keepValue(`sheaf.key.${origin}`, text),
    policy: (origin) => given.get(origin) ??
        keptValue(`sheaf.policy.${origin}`),
    setPolicy: (origin, text) => {
        given.set(origin, text);
        return keepValue(`sheaf.policy.${origin}`, text);
    },
    /* The checkpoints of a log, by each of its keys. */
    pins: (origin, keys) => [...new Set(keys.map((raw) =>
        keptValue(`sheaf.pin.${origin}.${raw}`)))].filter((p) => p !== ""),
    setPin: (origin, keys, note) => keys.every((raw) =>
        keepValue(`sheaf.pin.${origin}.${raw}`, note)),
};

/* Which key to begin with. A link can be anybody's, so a remembered key
 * comes before that of the link. */
export function chooseKey(origin, linkKey) {
    const kept = remembered.key(origin);

    if (kept !== "")
        return { text: kept, from: "remembered",
                 other: linkKey !== "" && linkKey !== kept };
    return { text: linkKey, from: linkKey === "" ? "" : "link", other: false };
}

/* ---- Checking ----------------------------------------------------------- */

function hexOf(bytes_) {
    return [...bytes_].map((c) => c.charCodeAt(0).toString(16)
        .padStart(2, "0")).join("");
}

/* The root that is proven, in hex: if unsigned leaves follow, not that of all,
 * but the one in the checkpoint. */
export function rootOf({ level, info }) {
    if (level === "none" || level === "failed" ||
        info.signed_size === info.size)
        return info.root;
    return hexOf(atob(info.note.split("\n")[2]));
}

const SIGNERS_SHOWN = 5;

/* Without what is not seen, or moves what is. */
function plain(name) {
    return name.replace(/[\p{C}\p{Z}\u2800]/gu, "\ufffd");
}

/* The names and key hashes in the signature lines of a note: claims. */
function claimedSigners(note) {
    const out = [];

    for (const line of note.split("\n")) {
        const m = /^— (\S+) ([A-Za-z0-9+/]+=*)$/u.exec(line);

        if (m === null)
            continue;
        try {
            out.push({ name: short(plain(m[1])),
                       hash: hexOf(atob(m[2]).slice(0, 4)) });
        } catch {
            /* not base64: no signature that could count */
        }
    }
    return out;
}

/* The keys of the chain of key changes, of which any may have been given when
 * a checkpoint was kept. */
function chainOf(trust) {
    return [...new Set([trust.key, trust.signer, ...trust.keys]
        .map((k) => k.raw))];
}

/* Keeps the checkpoint, if there is room. A link can be anybody's: what it
 * brings may not take all of it. */
function keepPin({ info, from }, keys) {
    return (from !== "link" || info.note.length * keys.length <= LINK_MAX) &&
        remembered.setPin(info.origin, keys, info.note);
}

/* Other tabs keep checkpoints of the same log: between two looks at what is
 * kept, only one of them writes. Where nothing can be kept, there may be no
 * locks either. */
async function alone(work) {
    const { locks } = globalThis.navigator ?? {};
    let done = false, result;

    try {
        await locks?.request("sheaf.pins", () => {
            done = true;
            result = work();
            return result;
        });
    } catch (e) {
        if (done)
            throw e;
    }
    return done ? result : work();
}

/* Compares with the checkpoints that were kept, and keeps a newer one, unless
 * there is one by then that was not compared. */
async function comparePin(reader, trust) {
    const { info } = trust;
    const keys = chainOf(trust);
    const seen = new Set();
    const unseen = () => remembered.pins(info.origin, keys)
        .filter((p) => !seen.has(p));

    async function keep() {
        if (unseen().length !== 0)
            return false;
        trust.pin = seen.size === 0 ? "new"
            : trust.pinSize < info.signed_size ? "extended" : "same";
        if (trust.pin !== "same" && trust.policyFailure === null)
            trust.kept = keepPin(trust, keys);
        return true;
    }

    do {
        for (const pin of unseen()) {
            try {
                const { size } = await reader.ask("extends", pin, trust.epoch);

                trust.pinSize = Math.max(trust.pinSize, size);
                seen.add(pin);
            } catch (e) {
                if (e.code !== ROLLBACK && e.code !== FORK && e.code !== VERIFY)
                    throw e;
                trust.pin = e.state;
                trust.level = "failed";
                trust.failure = e;
                trust.evidence = `${pin}\n${info.note}`;
                return;
            }
        }
    } while (!await alone(keep));
    if (seen.size !== 0 && trust.level === "authentic")
        trust.level = "consistent";
}

async function checkPolicy(reader, trust) {
    const text = remembered.policy(trust.info.origin);

    if (text === "")
        return;
    try {
        trust.attestation = await reader.ask("policy", `${text}\n`,
                                             trust.epoch);
        if (trust.attestation.attested !== null)
            trust.level = "witnessed";
    } catch (e) {
        /* Who finds a cosignature broken refuses the checkpoint (F9.12). */
        if (e.clause === "F9.12" ||
            (e.code !== VERIFY && e.code !== DAMAGED && e.code !== LIMIT))
            throw e;
        trust.policyFailure = e;
    }
}

function newTrust(info, text, from) {
    return { level: "none", info, from, key: null, keys: [], pin: "off",
             epoch: -1, pinSize: 0, kept: true, attestation: null,
             policyFailure: null,
             failure: null, signers: claimedSigners(info.note), text };
}

/* What is known after the file was replaced, until it is checked. */
export function suspend({ info, text, from }) {
    return { ...newTrust(info, text, from), level: "failed",
             failure: new Failure(CHANGED, "another archive is at this " +
                                  "address now, and was not checked yet") };
}

/* Checks the archive with this key; without one, nothing. */
export async function establish(reader, info, text, from) {
    const trust = newTrust(info, text, from);

    try {
        const got = await reader.ask("authenticate", text);

        trust.epoch = got.epoch;
        if (text === "")
            return trust;
        trust.key = got.key;
        trust.keys = got.keys;
        trust.info = { ...info, ...got.info };
        if (got.info.trusted !== 1)
            return trust;
        trust.level = "authentic";
        trust.signer = got.info.signer;
        await checkPolicy(reader, trust);
        await comparePin(reader, trust);
    } catch (e) {
        trust.level = "failed";
        trust.failure = e instanceof Failure ? e
            : new Failure(BROKEN, `the page has failed: ${e.message ?? e}`);
    }
    return trust;
}

/* ---- What is lost -------------------------------------------------------- */

/* An earlier state answers. */
export function lostText({ lost_leaves: n }) {
    return `What was added last is damaged, and not read: ${
        count(n, "leaf", "leaves")} or more. Newer articles and newer ` +
        "revisions may be among them.";
}

export function tailText({ tail_bytes: n }) {
    return `${bytes(n)} after the end are not read: something is being ` +
        "added, or was not added to its end.";
}

/* ---- In words ----------------------------------------------------------- */

export function keyName(key) {
    return /^0*$/.test(key.number) ? `${key.raw.slice(0, 16)}…` : key.number;
}

const FROM = {
    link: "Whoever made the link chose the key: compare it with one that " +
        "you got in another way, and have it remembered.",
    remembered: "The key is the one that you had this browser remember.",
    entered: "The key is the one that you entered.",
};

/* { tone, icon, short, rest, sentence, more: [sentences] }; `rest` is left out
 * where there is little room. */
export function describeTrust(t) {
    const more = [];

    if (t.level === "failed")
        return describeFailure(t);
    if (t.level === "none") {
        const signed = t.info.signed_size > 0;

        return {
            tone: "unknown", icon: "unknown",
            short: "Not checked", rest: " against a key",
            sentence: "Not checked against a key: anybody can have written " +
                "this.",
            more: [signed
                ? "The file says that it is signed by " +
                  (t.signers.slice(0, SIGNERS_SHOWN).map((s) =>
                      `${s.name} (key hash ${s.hash})`).join(", ") ||
                      "somebody") +
                  (t.signers.length > SIGNERS_SHOWN ? " and others" : "") +
                  ". That is a claim until you enter the key."
                : "The file has no signature."],
        };
    }
    more.push(FROM[t.from] ?? "");
    if (t.signer !== undefined && t.key !== null &&
        t.signer.raw !== t.key.raw)
        more.push(`The signing key ${keyName(t.signer)} follows from it ` +
                  "through the log's key changes.");
    if (t.pin === "new")
        more.push("First seen now by this browser.");
    else if (t.pin === "same")
        more.push("As seen before by this browser.");
    else if (t.pin === "extended")
        more.push(`Extends the ${t.pinSize.toLocaleString("en")} leaves seen ` +
                  "before by this browser.");
    if (!t.kept)
        more.push("This browser could not keep what it has seen now: it will " +
                  "not notice an archive that is older than this one.");
    if (t.info.signed_size < t.info.size)
        more.push((t.info.size - t.info.signed_size).toLocaleString("en") +
            " newer leaves are past the signature, and are not shown.");
    if (t.policyFailure !== null)
        return {
            tone: "bad", icon: "cross",
            short: "Not witnessed", rest: "",
            sentence: "The policy is not met: " + t.policyFailure.text,
            more: [`Signed by key ${keyName(t.signer)}.`,
                   ...more.filter((s) => s !== "")],
        };
    if (t.info.lost_leaves > 0)
        return {
            tone: "bad", icon: "cross", short: "Damaged",
            rest: ": an earlier state",
            sentence: lostText(t.info),
            more: [`What is read is signed by key ${keyName(t.signer)}.`,
                   ...more.filter((s) => s !== "")],
        };
    const level = t.level[0].toUpperCase() + t.level.slice(1);
    const link = t.from === "link";

    return {
        tone: link ? "unknown" : "good", icon: "check",
        short: link ? "Link’s key" : level,
        rest: link ? `: ${t.level}` : "",
        sentence: `${level}: signed by key ${keyName(t.signer)}` +
            `${link ? ", which came with the link" : ""}.`,
        more: more.filter((s) => s !== ""),
    };
}

function describeFailure(t) {
    const { failure } = t;
    const state = failure.state;
    const more = [failure.text];

    if (failure.code === ROLLBACK)
        more.push("This browser has seen a newer archive of this log: ask " +
                  "for that one.");
    if (failure.code === FORK)
        more.push("This log has shown this browser another history before. " +
                  "Both checkpoints together prove that.");
    return {
        tone: "bad", icon: "cross",
        short: state[0].toUpperCase() + state.slice(1), rest: "",
        sentence: failure.code === VERIFY
            ? "Not authentic: the archive does not agree with the key."
            : `${state[0].toUpperCase() + state.slice(1)}.`,
        more,
    };
}
