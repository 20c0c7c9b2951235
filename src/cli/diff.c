/*
 * diff.c - what changed between two sequences of bytes.
 *
 * The algorithm is that of Myers (An O(ND) Difference Algorithm and Its
 * Variations, 1986): the shortest way through the grid of both sequences, by
 * the number of its steps. The frontier of each number of steps is kept, so
 * that the way can be walked back; that is why the steps are limited.
 */
#include "cli/diff.h"

#include <stdlib.h>

/* A step is a token removed or added. The frontiers of this many steps take 16
 * MB; texts that differ more count as different. */
#define STEPS_MAX 2000
#define TOKENS_MAX ((size_t)1 << 20)
#define COMPARED_MAX ((uint64_t)50 << 20)

/* ---- Tokens -------------------------------------------------------------- */

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static size_t
token_length(struct sheaf_bytes b, size_t at, bool words)
{
    const uint8_t *p = b.data + at;
    size_t left = b.len - at;
    size_t n = 1;

    if (!words) {
        const uint8_t *end = memchr(p, '\n', left);

        return end != NULL ? (size_t)(end - p) + 1 : left;
    }
    if (p[0] == '\n')
        return 1;
    while (n < left && p[n] != '\n' && is_blank(p[n]) == is_blank(p[0]))
        n++;
    return n;
}

/* Splits into tokens. If there would be more than TOKENS_MAX, everything is
 * one token. */
static bool
split(struct diff_tokens *t, struct sheaf_bytes b, bool words)
{
    size_t count = 0;
    size_t i = 0;

    for (size_t at = 0; at < b.len && count <= TOKENS_MAX; count++)
        at += token_length(b, at, words);
    t->count = count <= TOKENS_MAX ? count : 1;
    t->token = calloc(t->count + 1, sizeof *t->token);
    if (t->token == NULL)
        return false;
    if (count > TOKENS_MAX) {
        t->token[0] = b;
        return true;
    }
    for (size_t at = 0; at < b.len; i++) {
        size_t len = token_length(b, at, words);

        t->token[i] = sheaf_view(b.data + at, len);
        at += len;
    }
    return true;
}

static bool
same(const struct diff *d, size_t from, size_t to)
{
    struct sheaf_bytes a = d->from.token[from];
    struct sheaf_bytes b = d->to.token[to];

    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* ---- The shortest way ---------------------------------------------------- */

/*
 * The grid between the common start and the common end. Diagonal k is the one
 * on which x - y = k. A path may leave the grid, where no tokens are equal; it
 * then takes more steps than the one that stays inside.
 */
struct grid {
    struct diff *d;
    size_t start; /* equal tokens at the start */
    int32_t width;
    int32_t height;
    uint64_t compared;
    int32_t *frontier[STEPS_MAX + 1]; /* x by diagonal, -steps .. steps */
};

/* The x on diagonal k after the last of `steps` steps; *down says whether that
 * step added a token or removed one. */
static int32_t
step_to(const struct grid *g, int32_t steps, int32_t k, bool *down)
{
    const int32_t *before;

    *down = true;
    if (steps == 0)
        return 0;
    before = g->frontier[steps - 1] + (steps - 1);
    *down = k == -steps || (k != steps && before[k - 1] < before[k + 1]);
    return *down ? before[k + 1] : before[k - 1] + 1;
}

/* Follows a diagonal as long as tokens are equal. */
static int32_t
slide(struct grid *g, int32_t x, int32_t k)
{
    while (x < g->width && x - k < g->height) {
        g->compared++;
        if (!same(g->d, g->start + (size_t)x, g->start + (size_t)(x - k)))
            break;
        x++;
    }
    return x;
}

enum { NO_MEMORY = -1, TOO_FAR = -2 };

/* The number of steps of the shortest path. */
static int32_t
find_way(struct grid *g)
{
    for (int32_t steps = 0; steps <= STEPS_MAX; steps++) {
        int32_t *x = malloc((2 * (size_t)steps + 1) * sizeof *x);

        if (x == NULL)
            return NO_MEMORY;
        g->frontier[steps] = x;
        memset(x, 0, (2 * (size_t)steps + 1) * sizeof *x);
        for (int32_t k = -steps; k <= steps; k += 2) {
            bool down;

            x[steps + k] = slide(g, step_to(g, steps, k, &down), k);
            if (x[steps + k] >= g->width && x[steps + k] - k >= g->height)
                return steps;
        }
        if (g->compared > COMPARED_MAX)
            break;
    }
    return TOO_FAR;
}

/* ---- Changes ------------------------------------------------------------- */

static bool
add_change(struct diff *d, size_t from, size_t from_count, size_t to,
           size_t to_count)
{
    if (d->count == d->cap) {
        size_t cap = d->cap != 0 ? 2 * d->cap : 16;
        struct diff_change *c = realloc(d->change, cap * sizeof *c);

        if (c == NULL)
            return false;
        d->change = c;
        d->cap = cap;
    }
    d->change[d->count++] =
        (struct diff_change){ from, from_count, to, to_count };
    return true;
}

/* Steps come from the last to the first. A step that touches the change found
 * before becomes a part of it. */
static bool
add_step(struct diff *d, size_t from, size_t to, bool down)
{
    struct diff_change *c = d->count != 0 ? &d->change[d->count - 1] : NULL;

    if (c == NULL || from + !down != c->from || to + down != c->to)
        return add_change(d, from, !down, to, down);
    c->from = from;
    c->to = to;
    c->from_count += !down;
    c->to_count += down;
    return true;
}

static bool
walk_back(struct grid *g, int32_t steps)
{
    int32_t x = g->width;
    int32_t k = g->width - g->height;

    for (; steps > 0; steps--) {
        bool down;

        (void)step_to(g, steps, k, &down);
        k += down ? 1 : -1;
        x = g->frontier[steps - 1][steps - 1 + k];
        if (!add_step(g->d, g->start + (size_t)x, g->start + (size_t)(x - k),
                      down))
            return false;
    }
    for (size_t i = 0; i < g->d->count / 2; i++) {
        struct diff_change *a = &g->d->change[i];
        struct diff_change *b = &g->d->change[g->d->count - 1 - i];
        struct diff_change t = *a;

        *a = *b;
        *b = t;
    }
    return true;
}

static bool
compare(struct diff *d)
{
    size_t width = d->from.count, height = d->to.count, start = 0;
    struct grid *g;
    int32_t steps;
    bool good;

    while (start < width && start < height && same(d, start, start))
        start++;
    while (width > start && height > start && same(d, width - 1, height - 1)) {
        width--;
        height--;
    }
    width -= start;
    height -= start;
    if (width == 0 && height == 0)
        return true;
    g = calloc(1, sizeof *g);
    if (g == NULL)
        return false;
    g->d = d;
    g->start = start;
    g->width = (int32_t)width;
    g->height = (int32_t)height;
    steps = find_way(g);
    d->whole = steps == TOO_FAR;
    if (steps == TOO_FAR)
        good = add_change(d, start, width, start, height);
    else
        good = steps != NO_MEMORY && walk_back(g, steps);
    for (size_t i = 0; i <= STEPS_MAX && g->frontier[i] != NULL; i++)
        free(g->frontier[i]);
    free(g);
    return good;
}

bool
diff_make(struct diff *d, struct sheaf_bytes from, struct sheaf_bytes to,
          bool words)
{
    memset(d, 0, sizeof *d);
    if (split(&d->from, from, words) && split(&d->to, to, words) && compare(d))
        return true;
    diff_free(d);
    return false;
}

void
diff_free(struct diff *d)
{
    free(d->from.token);
    free(d->to.token);
    free(d->change);
    memset(d, 0, sizeof *d);
}
