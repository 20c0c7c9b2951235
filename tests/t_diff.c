/*
 * What `sheaf diff` is made of: a change is as small as can be, for which
 * the longest common subsequence, found the slow way, is the measure; what
 * is too different is one change; and nothing but what changed is in one.
 */
#include <stdlib.h>

#include "tap.h"

#include "cli/diff.c"

#define LINES_MAX 60

static unsigned state = 1;

static unsigned
roll(unsigned below)
{
    state = state * 1103515245u + 12345u;
    return (state >> 16) % below;
}

static size_t
common(const char *a, size_t n, const char *b, size_t m)
{
    static size_t t[LINES_MAX + 1][LINES_MAX + 1];

    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            size_t up = t[i - 1][j], left = t[i][j - 1];

            t[i][j] = a[2 * i - 2] == b[2 * j - 2] ? t[i - 1][j - 1] + 1
                      : up > left                  ? up
                                                   : left;
        }
    return t[n][m];
}

static size_t
random_lines(char *out, unsigned letters)
{
    size_t n = roll(LINES_MAX + 1);

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = (char)('a' + roll(letters));
        out[2 * i + 1] = '\n';
    }
    return n;
}

/* Between the changes both are the same; gives how many tokens changed. */
static bool
holds(const struct diff *d, size_t *changed)
{
    size_t x = 0, y = 0;

    *changed = 0;
    for (size_t i = 0; i <= d->count; i++) {
        const struct diff_change end = { d->from.count, 0, d->to.count, 0 };
        const struct diff_change *c = i < d->count ? &d->change[i] : &end;

        if (c->from < x || c->from - x != c->to - y)
            return false;
        for (; x < c->from; x++, y++)
            if (!same(d, x, y))
                return false;
        if (i < d->count && c->from_count + c->to_count == 0)
            return false;
        x += c->from_count;
        y += c->to_count;
        *changed += c->from_count + c->to_count;
    }
    return x == d->from.count && y == d->to.count;
}

static void
test_shortest(void)
{
    unsigned wrong = 0, longer = 0;

    for (unsigned round = 0; round < 5000; round++) {
        char a[2 * LINES_MAX], b[2 * LINES_MAX];
        unsigned letters = 1 + roll(6);
        size_t n = random_lines(a, letters), m = random_lines(b, letters);
        size_t changed = 0;
        struct diff d;

        if (!diff_make(&d, sheaf_view(a, 2 * n), sheaf_view(b, 2 * m), false)) {
            wrong++;
            continue;
        }
        wrong += !holds(&d, &changed);
        longer += changed != n + m - 2 * common(a, n, b, m);
        diff_free(&d);
    }
    eq_int(wrong, 0, "what is between changes is the same");
    eq_int(longer, 0, "no change could be smaller");
}

static void
one(const char *from, const char *to, bool words, const char *want)
{
    struct sheaf_buf got = { 0 };
    struct diff d;

    if (!ok(diff_make(&d, sheaf_str(from), sheaf_str(to), words), "compared"))
        return;
    for (size_t i = 0; i < d.count; i++)
        buf_format(&got, "%zu+%zu>%zu+%zu ", d.change[i].from,
                    d.change[i].from_count, d.change[i].to,
                    d.change[i].to_count);
    buf_end(&got);
    eq_str(buf_str(&got), want, "%s", want);
    sheaf_buf_free(&got);
    diff_free(&d);
}

static void
test_large(void)
{
    size_t n = 3 * STEPS_MAX;
    struct sheaf_buf a = { 0 }, b = { 0 };
    struct diff d;

    for (size_t i = 0; i < n; i++) {
        buf_format(&a, "a%zu\n", i);
        buf_format(&b, "b%zu\n", i);
    }
    if (ok(diff_make(&d, sheaf_view(a.data, a.len), sheaf_view(b.data, b.len),
                     false), "very different texts")) {
        ok(d.whole && d.count == 1, "are one change");
        eq_int(d.change[0].from_count, n, "of all of the one");
        eq_int(d.change[0].to_count, n, "and of the other");
        diff_free(&d);
    }
    a.len = 0;
    for (size_t i = 0; i <= TOKENS_MAX; i++)
        buf_add(&a, "\n", 1);
    if (ok(diff_make(&d, sheaf_view(a.data, a.len), sheaf_view(b.data, b.len),
                     false), "more lines than are kept")) {
        eq_int(d.from.count, 1, "are one token");
        diff_free(&d);
    }
    sheaf_buf_free(&a);
    sheaf_buf_free(&b);
}

int
main(void)
{
    test_shortest();
    one("", "", false, "");
    one("a\n", "a\n", false, "");
    one("", "a\n", false, "0+0>0+1 ");
    one("a\nb\n", "a\nb", false, "1+1>1+1 ");
    one("one two  three\n", "one 2  three\n", true, "2+1>2+1 ");
    one("one two\nthree", "one two three", true, "3+1>3+1 ");
    test_large();
    return tap_done();
}
