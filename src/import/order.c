/*
 * order.c - versions of an article that come in another order than their dates,
 * as files do that are named _1, _10, _2. Revisions are numbered as they come,
 * so an old version becomes the newest one.
 */
#include "import/order.h"

#include "base/date.h"
#include "import/hashed.h"

#define IDS_MAX ((size_t)1 << 20)
#define ID_SHOWN ((size_t)100)

/* How much of a date is stated. Only dates of the same form are compared: none
 * is certainly before another one that is on its day. */
enum form { NONE, YEAR, MONTH, DAY, LOCAL, ZONED };

/* What dates an article: the first of these that both have. That of a capture
 * may be later, though its page states an earlier one. */
enum { RETRIEVED, UPDATED, PUBLISHED, DATES };

static const char *const names[DATES] = { "retrieved", "updated",
                                          "published" };

/* Milliseconds since 1970, times 8, and the form. 0: none. */
typedef int64_t stamp;

/* The latest dates of an ID. */
struct latest {
    uint64_t id; /* its hash */
    stamp dates[DATES];
};

static struct hashed table = { .size = sizeof(struct latest), .max = IDS_MAX };
static uint64_t older; /* articles than one before them */

static enum form
form_of(stamp s)
{
    return (enum form)(s & 7);
}

static stamp
stamp_of(struct text t)
{
    enum form form = t.len == 4    ? YEAR
                     : t.len == 7  ? MONTH
                     : t.len == 10 ? DAY
                     : t.len == 19 ? LOCAL
                                   : ZONED;
    int64_t ms;

    return date_parse(text_bytes(t), DATE_METADATA, &ms) ? ms * 8 + (stamp)form
                                                         : NONE;
}

static void
print(stamp s, char out[DATE_TEXT_SIZE])
{
    static const size_t lengths[] = {
        [YEAR] = 4, [MONTH] = 7, [DAY] = 10, [LOCAL] = 19
    };

    if (!date_print((s - (stamp)form_of(s)) / 8, out))
        out[0] = '\0';
    else if (form_of(s) != ZONED)
        out[lengths[form_of(s)]] = '\0';
}

/* A date that is a guess says nothing about the order. */
static stamp
date_of(const struct meta *m, size_t i)
{
    const struct text dates[DATES] = { m->retrieved, m->updated,
                                       m->published };

    return meta_guessed(m, names[i]) ? NONE : stamp_of(dates[i]);
}

/* The date by which an article is older; DATES: it is not. Several captures may
 * have one time, and then what they state counts. */
static size_t
find_older(const stamp *latest, const stamp *dates)
{
    for (size_t i = 0; i < DATES; i++) {
        if (latest[i] == NONE || form_of(latest[i]) != form_of(dates[i]))
            continue;
        if (dates[i] != latest[i] || i != RETRIEVED)
            return dates[i] < latest[i] ? i : DATES;
    }
    return DATES;
}

static void
keep_latest(stamp *latest, const stamp *dates)
{
    for (size_t i = 0; i < DATES; i++)
        if (dates[i] != NONE &&
            (form_of(latest[i]) != form_of(dates[i]) || dates[i] > latest[i]))
            latest[i] = dates[i];
}

static void
tell(const struct meta *m, const char *place, const char *name, stamp before,
     stamp now)
{
    struct text id = text_cut(m->id, ID_SHOWN);
    char then[DATE_TEXT_SIZE], this[DATE_TEXT_SIZE];

    print(before, then);
    print(now, this);
    warn(place,
         "it is older than the version of %.*s before it ('%s' %s, not %s), "
         "but becomes the newer revision: give versions from the oldest to "
         "the newest",
         (int)id.len, id.data, name, this, then);
}

void
order_check(const struct meta *m, const char *place)
{
    stamp dates[DATES];
    struct latest *l;
    bool any = false;
    size_t by;

    for (size_t i = 0; i < DATES; i++) {
        dates[i] = date_of(m, i);
        any = any || dates[i] != NONE;
    }
    /* Another article is no version of the one before. */
    if (!any || m->another)
        return;
    l = hashed_entry(&table, hashed_text(m->id));
    if (l == NULL)
        return;
    by = find_older(l->dates, dates);
    if (by != DATES && older++ == 0)
        tell(m, place, names[by], l->dates[by], dates[by]);
    keep_latest(l->dates, dates);
}

void
order_warn(void)
{
    if (older > 1)
        warn(NULL,
             "%llu articles in all are older than the version before them, "
             "but become newer revisions",
             (unsigned long long)older);
}
