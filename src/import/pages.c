/*
 * pages.c - the list of pages that comes with a crawl.
 */
#include "import/pages.h"

#include <stdlib.h>

#include "import/tree.h"

/* In all; a page takes about 200 bytes. */
#define PAGES_BYTES_MAX (128 * MIB)
#define PAGES_MAX ((size_t)1 << 20)

/* Three strings after each other in `room`. */
struct page_place {
    size_t at;
    size_t url, title, time; /* their lengths */
};

static struct pages *used;

static struct page_note
note_of(const struct pages *p, const struct page_place *place)
{
    const char *at = (const char *)p->room.data + place->at;
    struct page_note note = {
        text_from(at, place->url),
        text_from(at + place->url, place->title),
        text_from(at + place->url + place->title, place->time),
    };

    return note;
}

static struct text
string_of(const struct tree *tree, const char *key)
{
    const struct value *v = tree_member(tree, &tree->nodes[0], key);

    return v != NULL && v->type == TREE_STRING && !v->odd ? v->string
                                                          : text_from("", 0);
}

static void
add_page(struct pages *p, const struct tree *tree)
{
    struct text url = string_of(tree, "url");
    struct text title = text_trim(string_of(tree, "title"));
    struct text time = string_of(tree, "ts");
    char date[DATE_MAX];

    if (url.len == 0 || url.len > RECORD_MAX)
        return;
    title = text_trim(text_cut(title, HEADLINE_MAX));
    time = date_convert(time, date) ? text_of(date) : text_from("", 0);
    if (p->count == PAGES_MAX ||
        p->room.len + url.len + title.len + time.len > PAGES_BYTES_MAX) {
        p->full = true;
        return;
    }
    if (p->count == p->cap) {
        p->cap = p->cap != 0 ? 2 * p->cap : 64;
        p->list = mem_resize(p->list, p->cap, sizeof *p->list);
    }
    p->list[p->count++] = (struct page_place){ p->room.len, url.len, title.len,
                                               time.len };
    buf_add(&p->room, url.data, url.len);
    buf_add(&p->room, title.data, title.len);
    buf_add(&p->room, time.data, time.len);
}

void
pages_read(struct pages *p, struct input *in)
{
    struct tree tree = { 0 };
    struct text line;
    enum line got;

    while (!p->full && (got = input_line(in, &line)) != LINE_END)
        if (got == LINE_GOOD && tree_parse(&tree, line) &&
            tree.nodes[0].type == TREE_OBJECT)
            add_page(p, &tree);
    tree_free(&tree);
}

static int
compare_places(const void *a, const void *b, void *ctx)
{
    const struct page_place *x = a, *y = b;
    int c = text_compare(note_of(ctx, x).url, note_of(ctx, y).url);

    return c != 0 ? c : (x->at > y->at) - (x->at < y->at);
}

void
pages_sort(struct pages *p)
{
    if (p->count > 1)
        qsort_r(p->list, p->count, sizeof *p->list, compare_places, p);
}

struct pages *
pages_use(struct pages *p)
{
    struct pages *before = used;

    used = p;
    return before;
}

bool
pages_find(struct text url, struct text time, struct page_note *out)
{
    size_t low = 0, high = used != NULL ? used->count : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (text_compare(note_of(used, &used->list[middle]).url, url) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (used == NULL || low == used->count ||
        text_compare(note_of(used, &used->list[low]).url, url) != 0)
        return false;
    *out = note_of(used, &used->list[low]);
    for (; low < used->count; low++) {
        struct page_note note = note_of(used, &used->list[low]);

        if (text_compare(note.url, url) != 0)
            break;
        if (text_compare(note.time, time) == 0) {
            *out = note;
            break;
        }
    }
    return true;
}

void
pages_free(struct pages *p)
{
    sheaf_buf_free(&p->room);
    mem_free(p->list);
}
