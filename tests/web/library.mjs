/*
 * library.mjs - see library.sh: node library.mjs FOLDER SERVER SHEAF
 */
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { Failure } from "../../src/web/failure.mjs";
import { Archive } from "../../src/web/module.mjs";
import { Session } from "../../src/web/session.mjs";
import { EAGAIN, FarSource, sourceOfBytes } from "../../src/web/source.mjs";

const [folder, server, sheaf] = process.argv.slice(2);
const root = new URL("../../", import.meta.url).pathname;
const wasm = new WebAssembly.Module(readFileSync(root +
                                                 "build/web/sheaf.wasm"));
let n = 0, failed = 0;

function ok(what, good, note = "") {
    console.log(`${good ? "" : "not "}ok ${++n} - ${what}`);
    if (good)
        return;
    failed++;
    console.log(`# ${String(note).slice(0, 900).replaceAll("\n", "\n# ")}`);
}

const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const verdicts = { "-2": "corrupt", "-3": "verify", "-4": "unsupported",
                   "-5": "limit", "-11": "corrupt" };

/* A server that is never wrong, without a network: each byte has to be fetched
 * first. */
function serverOf(bytes, count = { requests: 0 }) {
    return async (url, { headers }) => {
        const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(headers.Range);
        const last = bytes.length - 1;
        const a = from === "" ? Math.max(0, bytes.length - to) : Number(from);
        const b = from === "" ? last : Math.min(to === "" ? last : to, last);

        count.requests++;
        if (a > b)
            return new Response("", { status: 416 });
        return new Response(bytes.subarray(a, b + 1), { status: 206, headers: {
            "Content-Range": `bytes ${a}-${b}/${bytes.length}`,
            ETag: `"${sha256(bytes).slice(0, 12)}"`,
        } });
    };
}

/* ---- Vectors ------------------------------------------------------------ */

function expectations(name) {
    const out = { list: [] };

    for (const line of readFileSync(name, "utf8").split("\n")) {
        const at = line.indexOf(": ");
        const value = line.slice(at + 2);

        if (at < 0 || line[0] === "#")
            continue;
        if (line.startsWith("article: ") && value.includes('"'))
            out.list.push(value);
        else
            out[line.slice(0, at)] = value;
    }
    return out;
}

async function verdictOf(source, want, far) {
    const a = await Archive.start(wasm);

    try {
        await a.open(source);
        await a.key(want.key ?? "");
        await a.verify();
    } catch (e) {
        if (!(e instanceof Failure))
            throw e;
        return [verdicts[e.code] ?? `${e.code} ${e.message}`, e.clause];
    }
    return ["ok", ""];
}

async function checkContents(name, source, want) {
    const a = await Archive.start(wasm);
    const wrong = [];

    await a.open(source);
    const info = await a.info();

    for (const [key, value] of [["articles", want["articles"]],
        ["size", want.leaves], ["generations", want.generations],
        ["signed_size", want.signed], ["origin", want.origin],
        ["root", want.root]])
        if (value !== undefined && String(info[key]) !== value)
            wrong.push(`${key}: ${info[key]} for ${value}`);
    if (want.gone !== undefined) {
        const e = await a.find(JSON.parse(want.gone)).catch((why) => why);

        if (e.code !== -10)
            wrong.push(`${want.gone} is not said to be redacted`);
    }
    for (const line of want.list) {
        const [, leaf, rev, id, hash] = /^(\d+) (\d+) (".*") (\S+)$/.exec(line);

        try {
            const entry = await a.find(JSON.parse(id), Number(rev));
            const article = await a.read(entry);
            const body = await a.part(0);

            if (article.leaf !== Number(leaf) || sha256(body) !== hash)
                wrong.push(`${id} ${rev}: ${article.leaf}`);
        } catch (e) {
            wrong.push(`${id} ${rev}: ${e.message}`);
        }
    }
    return wrong;
}

async function tryVectors() {
    const vectors = root + "spec/vectors/";
    const names = readdirSync(vectors).filter((f) => f.endsWith(".sheaf"));
    let contents = 0;

    for (const file of names) {
        const name = file.slice(0, -6);
        const bytes = readFileSync(vectors + file);
        const want = expectations(`${vectors}${name}.expect`);
        const words = `${want.expect} ${want.clause ?? ""}`;
        const near = await verdictOf(sourceOfBytes(bytes, name), want);

        ok(`${name}: verify says ${words}`, near.join(" ") === words, near);
        if (want.root === undefined)
            continue;
        contents++;
        const far = await new FarSource("http://x/a", {
            fetch: serverOf(bytes),
        }).open();
        const wrong = [
            ...await checkContents(name, sourceOfBytes(bytes, name), want),
            ...await checkContents(name, far, want),
        ];

        ok(`${name}: what it holds, near and far`, wrong.length === 0, wrong);
    }
    ok("there were vectors", names.length > 300 && contents > 20,
       `${names.length} ${contents}`);
}

/* What the command says of files whose bytes were changed or cut off. */
async function tryDamage() {
    const good = readFileSync(root + "spec/vectors/two-tiles.sheaf");
    const wrong = [];
    let seen = 0, random = 1;

    for (let i = 0; i < 300; i++) {
        let bytes = Buffer.from(good);

        random = (Math.imul(random, 1103515245) + 12345) >>> 0;
        if (i % 3 === 0)
            bytes = bytes.subarray(0, random % bytes.length);
        else
            for (let k = 0; k <= i % 4; k++)
                bytes[(random + k * 977) % bytes.length] ^= 1 << i % 8;
        for (const far of [false, true]) {
            const session = new Session(wasm, async () => far
                ? new FarSource("http://x/a", { fetch: serverOf(bytes) }).open()
                : sourceOfBytes(bytes, "x"));

            try {
                await session.describe();
                for (let before = null; before !== 0;)
                    before = (await session.list({ before })).next;
                await session.article({ id: "made-up/077" });
            } catch (e) {
                seen++;
                if (!(e instanceof Failure) || e.code === -101 ||
                    e.message === "")
                    wrong.push(`${i} ${far} ${e.stack}`);
            }
        }
    }
    ok("300 damaged files: articles or a clear refusal", wrong.length === 0 &&
       seen > 100, `${seen} ${wrong}`);
}

/* ---- Sources ------------------------------------------------------------ */

class Changing {
    /* Every read has to be fetched, each time in other pieces. */
    constructor(bytes) {
        Object.assign(this, { bytes, size: bytes.length, far: true,
                              have: new Set() });
    }
    begin() {}
    expect() {}
    read(offset, into) {
        this.key = `${offset} ${into.length}`;
        if (!this.have.has(this.key))
            return EAGAIN;
        into.set(this.bytes.subarray(offset, offset + into.length));
        return 0;
    }
    async fetch() {
        this.have.add(this.key);
        return true;
    }
}

async function tryServers() {
    const key = readFileSync(`${folder}/k.pub`, "utf8");
    const file = readFileSync(`${folder}/a.sheaf`);
    const wants = new Map();

    for (let i = 0; i < 1200; i += 171)
        wants.set(`n/${i}`, readFileSync(`${folder}/got-${i}`));
    const get = async (url, id, options = {}) => {
        let source;

        await fetch(`${server}/begin/a.sheaf`);
        let changed = 0;
        const session = new Session(wasm, async () =>
            source = await new FarSource(url, { pause: 1, idle: 1500,
                                                ...options }).open(),
            { onChanged: () => changed++ });

        if (options.key !== undefined)
            await session.authenticate(options.key);
        const { body, stack, code } = await session.article({ id })
            .catch((e) => {
                if (e.code !== -100)
                    throw e;
                return e;
            });

        return { body: body && Buffer.from(body), source, session, changed,
                 stack, code };
    };

    for (const [id, want] of wants) {
        const got = await get(`${server}/good/a.sheaf`, id);

        ok(`${id} as sheaf get prints it`, got.body.equals(want));
        ok("in four round trips at most", got.source.trips <= 4,
           got.source.trips);
        const proven = await get(`${server}/good/a-signed.sheaf`, id, { key });

        ok("and with the key", proven.body.equals(want));
        ok("in five", proven.source.trips <= 5, proven.source.trips);
    }
    const slow = await Archive.start(wasm);

    await slow.open(new Changing(file));
    await slow.read(await slow.find("n/342"));
    ok("each read alone, asked for again and again",
       Buffer.from(await slow.part(0)).equals(wants.get("n/342")));
    for (const how of ["nosuffix", "nosuffix200", "wrongsuffix", "moved",
        "moved307", "needsmatch", "busy", "cut", "hangup", "noetag", "weak",
        "noranges"]) {
        const got = await get(`${server}/${how}/a.sheaf`, "n/342")
            .catch((e) => e);

        ok(`${how}: read all the same`, got.body?.equals(wants.get("n/342")),
           got.stack);
        if (["noetag", "weak", "noranges"].includes(how))
            ok("with a warning", /ETag|range requests/.test(
                got.source.warning), got.source.warning);
    }
    for (const how of ["replaced", "replaced416", "replaced_unseen",
        "replaced_notag"]) {
        const got = await get(`${server}/${how}/a.sheaf`, "n/342")
            .catch((e) => e);

        ok(`${how}: another archive answers no question`, got.code === -100 &&
           got.changed === 1, got.stack);
        await got.session.describe();
        const { body } = await got.session.article({ id: "n/342" });

        ok(`${how}: unless it is described first`, Buffer.from(body).equals(
            readFileSync(`${folder}/got-new-342`)));
    }
    const size = await get(`${server}/replaced_size/a.sheaf`, "n/342")
        .catch((e) => e);

    ok("a file of the same size is another one by its tag",
       size.changed === 1 || size.code === -100 || /F12|F3/.test(size.clause),
       size.stack);
    const restless = await get(`${server}/restless/a.sheaf`, "n/342")
        .catch((e) => e);

    ok("another file each time: an error", restless.code === -100,
       restless.stack);
    for (const [how, says] of Object.entries({
        endless200: /sends the whole file/, gzip: /compresses|early|another/,
        endless: /more bytes/, endlessrefusal: /404/, silent: /nothing/,
        slow: /hardly anything/, short: /early/,
        long: /more bytes|early|reached/,
        shifted: /another part/, larger: /another/, huge: /does not say/,
        norange: /does not say which/, multipart: /does not say which/,
        garbage: /reached/, reset: /reached/, failing: /500/,
        forbidden: /403/, gone: /410/, teapot: /418/, loop: /reached/,
        tofile: /reached/ })) {
        const e = await get(`${server}/${how}/a.sheaf`, "n/342")
            .catch((why) => why);

        ok(`${how}: an error that names the server`, e instanceof Failure &&
           e.message.includes("127.0.0.1") && says.test(e.message), e.stack);
    }
    for (const how of ["flipped", "zeros", "mixed"]) {
        const wrong = [];

        for (const [id, want] of wants)
            for (const signed of [false, true]) {
                const got = await get(
                    `${server}/${how}/a${signed ? "-signed" : ""}.sheaf`, id,
                    signed ? { key } : {}).catch((e) => e);

                if (!(got instanceof Failure) && !got.body?.equals(want))
                    wrong.push(`${id} ${got.stack}`);
            }
        ok(`${how}: never a wrong article`, wrong.length === 0, wrong);
    }
    const none = await get(`${server}/good/page.html`, "n/1").catch((e) => e);

    ok("a page is no archive", none.code === -2 && none.clause === "F3.1",
       none.stack);
}

/* ---- Damage ------------------------------------------------------------- */

/* Damage that leaves an earlier state to the key is no other archive. */
async function tryDamagedEnd() {
    const whole = readFileSync(`${folder}/late.sheaf`);
    const key = readFileSync(`${folder}/k.pub`, "utf8");
    const seen = new Map();
    let answered = 0;

    for (let from = whole.length - 4000; from < whole.length - 900;
         from += 50) {
        const bytes = Uint8Array.from(whole).fill(0, from, from + 900);
        const session = new Session(wasm, async () =>
            sourceOfBytes(bytes, "late"));

        await session.describe();
        const said = await session.authenticate(key).then(() => "authentic",
                                                          (e) => e.state);

        seen.set(said, (seen.get(said) ?? 0) + 1);
        if (said === "damaged")
            answered += (await session.describe()).trusted === 0;
    }
    ok("a damaged end is called that",
       [...seen.keys()].sort().join(" ") === "authentic damaged", [...seen]);
    ok("without the key, it is still read",
       answered === seen.get("damaged"), answered);
}

/* ---- Key changes -------------------------------------------------------- */

/* The note of this archive, signed by a key that has nothing to do with it. */
function signedAnew(note, origin) {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const text = note.slice(0, note.indexOf("\n\n") + 1);
    const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
    const id = createHash("sha256").update(`${origin}\n`).update("\x01")
        .update(raw).digest().subarray(0, 4);
    const line = Buffer.concat([id, sign(null, Buffer.from(text), privateKey)]);

    return `${text}\n\u2014 ${origin} ${line.toString("base64")}\n`;
}

async function tryKeyChange() {
    const open = async (name, key) => {
        const bytes = readFileSync(`${folder}/${name}.sheaf`);
        const session = new Session(wasm, async () => sourceOfBytes(bytes, ""));

        await session.describe();
        return [session, await session.authenticate(
            readFileSync(`${folder}/${key}.pub`, "utf8"))];
    };
    const says = (session, note) => session.extends(note)
        .then(() => 0, (e) => e.code);
    const [before, was] = await open("before", "k");
    const [byOld, old] = await open("rekeyed", "k");
    const [byNew, now] = await open("rekeyed", "other");

    ok("the keys of a log", old.keys.length === 2 && now.keys.length === 2 &&
       was.keys.length === 0, [was, old, now]);
    ok("what was seen before a key change is extended, by either key",
       await says(byOld, was.info.note) === 0 &&
       await says(byNew, was.info.note) === 0);
    ok("an archive of before it is a rollback",
       await says(before, now.info.note) === -12);
    ok("what another key has signed of the same tree is a fork",
       await says(byNew, signedAnew(was.info.note, was.info.origin)) === -13);
}

/* ---- Keys, lists, proofs ------------------------------------------------ */

async function tryKeys() {
    const bytes = readFileSync(`${folder}/a-signed.sheaf`);
    const open = () => new Session(wasm, async () => sourceOfBytes(bytes, "a"));
    const key = readFileSync(`${folder}/k.pub`, "utf8");
    const other = readFileSync(`${folder}/other.pub`, "utf8");
    const session = open();
    const before = await session.describe();

    ok("without a key nothing is trusted", before.trusted === 0 &&
       before.signer === undefined && before.signed_size > 0);
    const { key: parsed, info } = await session.authenticate(key);

    ok("with it the archive is", info.trusted === 1 &&
       info.signer.raw === parsed.raw && key.includes(parsed.text));
    const wrong = await open().authenticate(other).catch((e) => e);

    ok("another key is refused", wrong.code === -3, wrong.stack);
    const noKey = await open().authenticate("RW nonsense").catch((e) => e);

    ok("what is no key is called that", noKey.code === -8, noKey.stack);
    const kept = open();

    await kept.authenticate(key);
    await kept.authenticate(other).catch(() => {});
    ok("after a key that does not fit, the one before holds",
       (await kept.describe()).trusted === 1);
    const vkeyOf = (name) => execFileSync(sheaf, ["vkey", "-p",
        `${folder}/k.pub`, "-n", name]).toString().trim();
    const byVkey = await open().authenticate(vkeyOf(before.origin))
        .catch((e) => e);

    ok("a verifier key does as well", byVkey.info?.trusted === 1 &&
       byVkey.key.raw === parsed.raw, byVkey.stack);
    const ofOther = await open().authenticate(vkeyOf("other.example"))
        .catch((e) => e);

    ok("but not that of another log", ofOther.code === -3, ofOther.stack);
    ok("the archive extends its own checkpoint",
       (await session.extends(before.note)).size === before.signed_size);
    const fork = readFileSync(`${folder}/new-a-signed.sheaf`);
    const forked = new Session(wasm, async () => sourceOfBytes(fork, "f"));

    await forked.authenticate(key);
    const says = await forked.extends(before.note).catch((e) => e);

    ok("and another history is a fork", says.code === -13, says.stack);
    const article = await session.article({ id: "n/12" });
    const proof = await session.prove({ entry: article.entry });

    const [leaf, ...older] = await session.leaves({ id: "n/12" });
    const last = await session.revision({ id: "n/12", leaf });

    ok("its leaves, and what they say", leaf === article.leaf &&
       older.length === article.rev - 1 && last.rev === article.rev &&
       last.hash === article.leaf_hash, JSON.stringify([leaf, older, last]));
    ok("a leaf of another ID says nothing", await session.revision({
        id: "n/12", leaf: leaf - 1 }) === null);
    const newest = await session.newest([["n/12", leaf], ["n/12", 0],
                                         ["n/none", 3]]);

    ok("and which is the newest", newest.join() === "true,false,true",
       newest.join());
    ok("a proof, byte for byte that of sheaf prove",
       Buffer.from(proof).equals(readFileSync(`${folder}/proof`)));
    ok("when it was archived",
       /^\d{4}-\d\d-\d\dT/.test((await session.sealed({ id: "n/12" })).time));
    const absent = await session.article({ id: "n/none" }).catch((e) => e);

    ok("no such article", absent.code === -1, absent.stack);
    const witnessed = await session.policy("quorum none\n").catch((e) => e);

    ok("a policy without a log of this archive still needs the key",
       witnessed.witnesses === 0 || witnessed.code === -3, witnessed.stack);
}

/* Articles of which the page does not hold all at once, or that are too much
 * for it. */
async function tryLarge() {
    const bytes = readFileSync(`${folder}/large.sheaf`);
    const key = readFileSync(`${folder}/k.pub`, "utf8");
    const count = { requests: 0 };

    for (const far of [false, true]) {
        const session = new Session(wasm, async () => far
            ? new FarSource("http://x/a", {
                fetch: serverOf(bytes, count) }).open()
            : sourceOfBytes(bytes, "large"));
        const said = `${far ? "far" : "near"}: `;

        await session.authenticate(key);
        const { body } = await session.article({ id: "large.txt" });

        ok(`${said}40 MiB, as packed`, sha256(body) ===
           sha256(readFileSync(`${folder}/large.txt`)), body.length);
        const e = await session.article({ id: "huge.txt" }).catch((w) => w);

        ok(`${said}140 MB are refused with a reason`, e.code === -5 &&
           e.message !== "", e.stack ?? e.body?.length);
        const again = await session.article({ id: "large.txt" });

        ok(`${said}and the archive is still read`, again.body.length ===
           body.length);
        const size = session.archive.x.memory.buffer.byteLength;

        ok(`${said}in less memory than is allowed`, size < 300e6, size);
    }
    ok("by few requests", count.requests < 60, count.requests);
    const a = await Archive.start(wasm);
    const e = await a.ask((x) => x.web_key(0, 0), {
        length: 600 << 20 }).catch((why) => why);

    ok("memory that there is not is asked for in vain, and said so",
       e.code === -7 && e.message.includes("512 MiB"), e.stack);
}

async function tryLists() {
    const bytes = readFileSync(`${folder}/a.sheaf`);
    const session = new Session(wasm, async () =>
        new FarSource("http://x/a", { fetch: serverOf(bytes) }).open());
    const lines = [];

    for (let before = null; before !== 0;) {
        const got = await session.list({ before });

        lines.push(...got.lines);
        before = got.next;
    }
    const wanted = execFileSync(sheaf, ["list", `${folder}/a.sheaf`,
                                        "--revisions"]).toString();
    const all = lines.slice().reverse().map((l) => l[6]);

    ok("a list of everything, the newest first",
       lines[0][0] === 1199 && all.join("\n") ===
       wanted.trim().split("\n").map((l) => l.split("\t")[0]).join("\n"));
    const days = (y) => Date.UTC(y, 2, 11) / 864e5;
    let found = 0;

    for (let before = null; before !== 0;) {
        const got = await session.list({ before, firstDay: days(2005),
                                         lastDay: days(2005) });

        found += got.lines.filter((l) => l[7] === "2005-03-11").length;
        before = got.next;
    }
    ok("of one day", found === 50, found);
    const { months, undated } = await session.months();
    const sum = months.reduce((s, m) => s + m[2], 0);

    ok("months add up", undated + sum > 1190 && undated + sum < 1210,
       JSON.stringify({ undated, sum }));
    const one = new Session(wasm, async () => sourceOfBytes(
        readFileSync(root + "spec/vectors/two-tiles.sheaf"), "t"));
    const t = await one.months();

    ok("and have their dates", t.months[0][0] === 2024 &&
       t.months[0][1] === 1 && t.undated === 0, JSON.stringify(t));
}

await tryVectors();
await tryDamage();
await tryServers();
await tryKeys();
await tryDamagedEnd();
await tryKeyChange();
await tryLarge();
await tryLists();
console.log(`1..${n}`);
process.exit(failed !== 0 ? 1 : 0);
