/*
 * list.mjs - which articles are listed: by date and section, or by words of
 * their titles. Lines come group by group, the newest first, so that a list
 * of ten million begins as fast as one of ten.
 *
 * A date is that of publication. The days of a group are those of the last
 * changes, so the groups with these days come first, and then the rest.
 */
import { daysOf, folded } from "./dom.mjs";
import { INT32_MAX, INT32_MIN } from "./module.mjs";

export const PAGE = 50;
/* So few groups are read whole, and sorted by date. */
const SMALL_GROUPS = 16;
/* A search pauses after so many hits. */
const HITS = 200;

function lineOf([leaf, offset, length, index, rev, redacted, id,
                        published, section, headline]) {
    return { leaf, entry: [leaf, offset, length, index], rev,
             redacted: redacted !== 0, id, published, section, headline };
}

export function newFilter() {
    return { month: "", section: "", words: "" };
}

function byDate(a, b) {
    return a.published < b.published ? 1 : a.published > b.published ? -1 : 0;
}

export class List {
    /* `ask(what, args)` asks the worker. Far away, the rest is only read when
     * it is asked for. Where something was `redacted`, a line may be of an
     * older revision of that. */
    constructor(ask, groups, far = false, redacted = false) {
        this.ask = ask;
        this.far = far;
        this.redacted = redacted;
        this.small = groups <= SMALL_GROUPS;
        this.sections = new Map(); /* how many lines of each were seen */
        this.last = Promise.resolve();
        this.set(newFilter());
    }

    set(filter) {
        const days = filter.month === "" ? null : daysOf(filter.month);

        this.filter = filter;
        this.days = days;
        /* Dates are written in any zone, the days of groups are in UTC. */
        this.groupDays = days === null || this.small ? [INT32_MIN, INT32_MAX]
            : [days[0] - 1, days[1] + 1];
        this.rest = false;
        this.waits = false; /* before the rest, until it is asked for */
        this.words = folded(filter.words).split(/\s+/).filter((w) => w !== "");
        this.rows = [];
        this.seen = new Map();
        this.pending = []; /* found, but perhaps not the newest revisions */
        this.before = null;
        this.ended = false;
        this.scanned = 0;
        this.total = 0;
        this.damage = ""; /* what is the matter with a part of the list */
        this.turn = (this.turn ?? 0) + 1;
    }

    get done() {
        return this.ended && this.pending.length === 0;
    }

    get paused() {
        return this.waits && this.pending.length === 0;
    }

    get narrowed() {
        return this.days !== null || this.filter.section !== "" ||
            this.words.length !== 0;
    }

    fits(line) {
        if (line.redacted)
            return !this.narrowed;
        if (this.filter.section !== "" && line.section !== this.filter.section)
            return false;
        if (this.days !== null) {
            const [first, last] = this.days;
            const days = daysOf(line.published);

            if (days === null || days[1] < first || days[0] > last)
                return false;
        }
        if (this.words.length === 0)
            return true;
        const title = folded(line.headline || line.id);

        return this.words.every((w) => title.includes(w));
    }

    /* Only the newest revision is listed, if that fits. */
    take(line) {
        if (!line.redacted) {
            const seen = this.seen.get(line.id) ?? 0;

            if (seen >= line.rev)
                return;
            if (seen !== 0) {
                const isOther = (r) => r.redacted || r.id !== line.id;

                this.rows = this.rows.filter(isOther);
                this.batch = this.batch.filter(isOther);
                this.pending = this.pending.filter(isOther);
            }
            this.seen.set(line.id, line.rev);
        }
        if (this.fits(line))
            this.batch.push(line);
    }

    /* One step. False: there is nothing more, or the filter was changed. */
    async step() {
        const turn = this.turn;
        const [firstDay, lastDay] = this.groupDays;

        if (this.ended)
            return false;
        this.waits = false;
        const got = await this.ask("list", {
            before: this.before, firstDay, lastDay, rest: this.rest,
            wide: this.rest || (this.before !== null &&
                (this.words.length !== 0 || this.filter.section !== "")),
        });

        if (turn !== this.turn)
            return false;
        this.batch = [];
        for (const raw of got.lines) {
            const line = lineOf(raw);

            if (line.section !== "" && this.sections.size < 5000)
                this.sections.set(line.section,
                                  (this.sections.get(line.section) ?? 0) + 1);
            this.take(line);
        }
        /* Groups that were passed over may have newer revisions. */
        const passed = this.groupDays[0] !== INT32_MIN && !this.rest;

        (passed || this.redacted ? this.pending : this.rows)
            .push(...this.batch.sort(byDate));
        this.order();
        this.damage ||= got.damage[0] ?? "";
        this.before = got.next;
        this.scanned = got.count - got.next;
        this.total = got.count;
        if (got.next === 0)
            this.endPass();
        return true;
    }

    endPass() {
        if (this.rest || this.groupDays[0] === INT32_MIN) {
            this.ended = true;
            return;
        }
        this.rest = true;
        this.before = null;
        this.waits = this.far;
    }

    order() {
        if (this.small)
            this.rows.sort(byDate);
    }

    /* Lists what is pending as long as there are fewer than `count` rows.
     * False: the filter was changed. */
    async settle(count) {
        const { turn } = this;

        while (this.pending.length !== 0 &&
               (this.small || this.rows.length < count)) {
            const some = this.pending.slice(0, this.small ? HITS : PAGE);
            const articles = some.filter((r) => !r.redacted);
            const newest = await this.ask("newest", articles.map((r) =>
                [r.id, r.leaf]));
            const older = new Set(articles.filter((_, i) =>
                newest[i] === false));

            if (turn !== this.turn)
                return false;
            this.rows.push(...some.filter((r) => !older.has(r)));
            this.pending = this.pending.slice(some.length);
        }
        this.order();
        return true;
    }

    /* Goes on until there are `count` rows, once whoever asked for some before
     * has them. `tell` is called after each step; if it returns false, this
     * stops. */
    until(count, tell = () => true) {
        const { turn } = this;
        const work = this.last.then(() =>
            turn === this.turn ? this.goOn(count, tell) : undefined);

        this.last = work.catch(() => {});
        return work;
    }

    async goOn(count, tell) {
        while (!this.done && (this.small || this.rows.length < count)) {
            if (this.pending.length === 0 && !await this.step())
                return;
            if (!await this.settle(count) || tell(this) === false ||
                this.paused)
                return;
        }
    }

    get enough() {
        return this.words.length === 0 ? PAGE : HITS;
    }
}
