/*
 * diff.mjs - the difference of two texts, by words.
 */

/* More changes than this are not looked for: everything then counts as
 * changed. */
const CHANGES_MAX = 1200;
/* Nor more than this, in steps for all paragraphs of two texts. */
const STEPS_MAX = 8_000_000;
/* Of paragraphs that changed, words are compared in so many characters. */
const LETTERS_MAX = 1_000_000;

/* Myers: the shortest way from a to b, as [kind, items] with kind "same",
 * "del" or "add". `budget` has the steps that are left. */
function shortest(a, b, budget) {
    const max = Math.min(a.length + b.length, CHANGES_MAX);
    const v = new Int32Array(2 * max + 3);
    const trace = [];
    const at = (k) => k + max + 1;

    for (let d = 0; d <= max && budget.steps > 0; d++) {
        budget.steps -= d + 1;
        trace.push(v.slice(at(-d) - 1, at(d) + 2));
        for (let k = -d; k <= d; k += 2) {
            const down = k === -d || (k !== d && v[at(k - 1)] < v[at(k + 1)]);
            let x = down ? v[at(k + 1)] : v[at(k - 1)] + 1;
            let y = x - k;
            const start = x;

            while (x < a.length && y < b.length && a[x] === b[y]) {
                x++;
                y++;
            }
            budget.steps -= x - start;
            v[at(k)] = x;
            if (x >= a.length && y >= b.length)
                return walkBack(a, b, trace, d);
        }
    }
    return null;
}

function walkBack(a, b, trace, d) {
    const out = [];
    let x = a.length, y = b.length;

    for (; d >= 0; d--) {
        const v = trace[d];
        const get = (k) => v[k + d + 1];
        const k = x - y;
        const down = k === -d || (k !== d && get(k - 1) < get(k + 1));
        const before = down ? k + 1 : k - 1;
        const fromX = d === 0 ? 0 : get(before);
        const fromY = d === 0 ? 0 : fromX - before;

        while (x > fromX && y > fromY) {
            out.push(["same", a[--x]]);
            y--;
        }
        if (d > 0 && down)
            out.push(["add", b[--y]]);
        else if (d > 0)
            out.push(["del", a[--x]]);
    }
    return out.reverse();
}

function diffItems(a, b, budget) {
    let start = 0, end = 0;

    while (start < a.length && start < b.length && a[start] === b[start])
        start++;
    while (end < a.length - start && end < b.length - start &&
           a[a.length - 1 - end] === b[b.length - 1 - end])
        end++;
    const x = a.slice(start, a.length - end);
    const y = b.slice(start, b.length - end);
    const middle = shortest(x, y, budget) ??
        [...x.map((i) => ["del", i]), ...y.map((i) => ["add", i])];

    return [...a.slice(0, start).map((i) => ["same", i]), ...middle,
            ...a.slice(a.length - end).map((i) => ["same", i])];
}

const SINGLE = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}";
const WORD = new RegExp(`[${SINGLE}]|[^\\s${SINGLE}]+\\s*|\\s+`, "gu");

/* Words with the space after them, so that all together are the text. Han and
 * kana, which have no spaces, are taken one by one. */
function words(text) {
    return text.match(WORD) ?? [];
}

function join(items) {
    const out = [];

    for (const [kind, text] of items) {
        const last = out.at(-1);

        if (last !== undefined && last.kind === kind)
            last.text += text;
        else
            out.push({ kind, text });
    }
    return out;
}

/* Paragraphs first, then words within those that changed. Gives lines:
 * [{ kind, text }] for each paragraph of either text. */
export function difference(before, after) {
    const budget = { steps: STEPS_MAX, letters: LETTERS_MAX };
    const lines = diffItems(before, after, budget);
    const out = [];

    for (let i = 0; i < lines.length;) {
        const dels = [], adds = [];

        if (lines[i][0] === "same") {
            out.push([{ kind: "same", text: lines[i++][1] }]);
            continue;
        }
        for (; i < lines.length && lines[i][0] !== "same"; i++)
            (lines[i][0] === "del" ? dels : adds).push(lines[i][1]);
        let pairs = 0;

        for (; pairs < dels.length && pairs < adds.length; pairs++) {
            const [del, add] = [dels[pairs], adds[pairs]];

            budget.letters -= del.length + add.length;
            if (budget.letters < 0)
                break;
            out.push(join(diffItems(words(del), words(add), budget)));
        }
        for (const text of dels.slice(pairs))
            out.push([{ kind: "del", text }]);
        for (const text of adds.slice(pairs))
            out.push([{ kind: "add", text }]);
    }
    return out;
}

/* How many words were added and removed. */
export function changes(lines) {
    const out = { add: 0, del: 0 };

    for (const { kind, text } of lines.flat())
        if (kind !== "same")
            out[kind] += words(text).filter((w) => /\S/.test(w)).length;
    return out;
}

const equal = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

/* What to say of two revisions of which no word differs. `text`: the body was
 * compared as text; `body`: its bytes, or null where it is too large. */
export function describeSame(before, after) {
    const both = `revisions ${before.rev} and ${after.rev}`;

    if (!before.body || !after.body)
        return `The bodies of ${both} are too large to be compared here.`;
    if (equal(before.body, after.body))
        return `The text is the same in ${both}.`;
    return before.text && after.text
        ? `The words that are shown here are the same in ${both}; ` +
          "something else in the body differs."
        : `The bodies of ${both} differ; they are not shown here as text.`;
}
