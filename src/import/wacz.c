/*
 * wacz.c - WACZ: a zip archive of crawls, with their hashes and a list of
 * pages. Both may stand behind the crawls, so that the archive is read three
 * times: for them, for the hashes, and for the articles; with --media once
 * more.
 */
#include <stdlib.h>

#include "import/archive.h"
#include "import/crawl_media.h"
#include "import/pages.h"
#include "import/tree.h"

/* Longer lists of hashes are not read. */
#define PACKAGE_MAX (64 * MIB)

/* A member that datapackage.json lists. */
struct listed {
    struct text path, hash;
    enum digest checked;
};

struct wacz {
    struct item *item;
    struct pages pages;
    struct sheaf_buf package; /* datapackage.json */
    struct sheaf_buf digest;  /* datapackage-digest.json */
    struct tree tree;         /* of `package` */
    struct listed *listed;    /* in order of their paths */
    size_t count;
    bool has_package;
    struct crawl_media *media; /* with --media */
};

/* The one that is being imported: members are opened without a context. */
static struct wacz *current;

/* ---- Which files it has ---- */

bool
is_wacz(const struct look *l)
{
    struct text name = zip_first_name(l);

    if (name.len == 0)
        return false;
    if (text_ends(l->name, ".wacz"))
        return true;
    return (text_begins(name, "archive/") &&
            (text_ends(name, ".warc") || text_ends(name, ".warc.gz"))) ||
           (text_begins(name, "pages/") && text_ends(name, ".jsonl")) ||
           text_begins(name, "indexes/index.cdx") ||
           (text_begins(name, "datapackage.json") &&
            memmem(l->start.data, l->start.len, "wacz_version", 12) != NULL);
}

static bool
is_below(const char *path, const char *folder)
{
    return strncmp(path, folder, strlen(folder)) == 0;
}

/* ---- Before the articles ---- */

static void
keep_whole(struct sheaf_buf *b, struct input *in)
{
    struct text t = input_peek(in, PACKAGE_MAX + 1);

    b->len = 0;
    if (t.len <= PACKAGE_MAX && !input_failed(in))
        buf_add(b, t.data, t.len);
}

static void
scan_lists(void *ctx, const char *path, struct input *in)
{
    struct wacz *w = ctx;

    if (is_below(path, "pages/") && text_ends(text_of(path), ".jsonl")) {
        pages_read(&w->pages, in);
    } else if (strcmp(path, "datapackage.json") == 0) {
        keep_whole(&w->package, in);
        w->has_package = true;
    } else if (strcmp(path, "datapackage-digest.json") == 0) {
        keep_whole(&w->digest, in);
    }
}

static struct text
string_of(const struct tree *tree, const struct value *object, const char *key)
{
    const struct value *v = object->type == TREE_OBJECT
                                ? tree_member(tree, object, key)
                                : NULL;

    return v != NULL && v->type == TREE_STRING ? v->string : text_from("", 0);
}

static int
compare_listed(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;

    return text_compare(x->path, y->path);
}

static void
sort_listed(struct wacz *w, const struct value *resources)
{
    w->listed = mem_new(resources->count, sizeof *w->listed);
    for (size_t i = resources->first; i != 0; i = w->tree.nodes[i].next) {
        const struct value *r = &w->tree.nodes[i];

        w->listed[w->count++] = (struct listed){
            .path = string_of(&w->tree, r, "path"),
            .hash = string_of(&w->tree, r, "hash"),
            .checked = DIGEST_UNKNOWN
        };
    }
    qsort(w->listed, w->count, sizeof *w->listed, compare_listed);
}

/* What datapackage.json states of a member, or NULL. */
static struct listed *
find_listed(const struct wacz *w, const char *path)
{
    const struct listed key = { .path = text_of(path) };

    return w->count == 0 ? NULL
                         : bsearch(&key, w->listed, w->count,
                                   sizeof *w->listed, compare_listed);
}

/* js-wacz up to 0.1.6 hashes each block that it reads of a file twice. Such a
 * hash says as much about the file as the right one. */
#define TWICE_BLOCK (64 * KIB)

static bool
hashes_twice(const struct wacz *w)
{
    struct text by = string_of(&w->tree, &w->tree.nodes[0], "software");

    return memmem(by.data, by.len, "js-wacz", 7) != NULL;
}

static void
scan_hashes(void *ctx, const char *path, struct input *in)
{
    struct wacz *w = ctx;
    struct listed *l = find_listed(w, path);
    struct digester *d = l != NULL ? digest_start(l->hash) : NULL;
    struct digester *twice;
    struct text t;

    if (d == NULL)
        return;
    twice = hashes_twice(w) ? digest_start(l->hash) : NULL;
    while ((t = input_peek(in, TWICE_BLOCK)).len > 0) {
        t.len = (size_t)min_u64(t.len, TWICE_BLOCK);
        digest_add(d, t);
        for (int i = 0; i < 2 && twice != NULL; i++)
            digest_add(twice, t);
        input_take(in, t.len);
        out_progress();
    }
    l->checked = digest_end(d);
    if (twice != NULL && digest_end(twice) == DIGEST_SAME)
        l->checked = DIGEST_SAME;
    /* One that can't be read is reported when it is imported. */
    if (input_failed(in))
        l->checked = DIGEST_SAME;
}

/* The hash of the list of hashes. */
static void
check_package(struct wacz *w)
{
    struct tree tree = { 0 };
    struct text hash = { "", 0 };

    if (w->digest.len > 0 && tree_parse(&tree, text_of_buf(&w->digest)))
        hash = string_of(&tree, &tree.nodes[0], "hash");
    if (hash.len > 0 &&
        digest_check(hash, text_of_buf(&w->package)) == DIGEST_OTHER)
        warn(w->item->place, "datapackage.json is not the one of "
                             "datapackage-digest.json");
    tree_free(&tree);
}

static void
read_package(struct wacz *w)
{
    const struct value *resources = NULL;

    if (tree_parse(&w->tree, text_of_buf(&w->package)) &&
        w->tree.nodes[0].type == TREE_OBJECT)
        resources = tree_member(&w->tree, &w->tree.nodes[0], "resources");
    if (resources != NULL && resources->type == TREE_ARRAY) {
        sort_listed(w, resources);
        check_package(w);
    } else {
        warn(w->item->place, "%s: its hashes can't be checked",
             w->has_package ? "its datapackage.json can't be read"
                            : "it has no datapackage.json");
    }
    if (w->pages.full)
        warn(w->item->place, "it lists too many pages: not all titles are "
                             "used");
}

/* Notes where its crawls have media. */
static void
scan_media(void *ctx, const char *path, struct input *in)
{
    const struct wacz *w = ctx;
    struct item crawl = { .in = in, .place = w->item->place, .id = path };
    struct look look = input_look(in, text_of(path));

    if (is_crawl(&look))
        crawl_gather(&crawl, w->media);
}

/* ---- Its members ---- */

/* What is in it beside crawls, or NULL. */
static const char *
kind_of(const char *path)
{
    static const struct {
        const char *begins;
        const char *kind;
    } kinds[] = {
        { "pages/", "page list" }, { "indexes/", "index" },
        { "logs/", "log" },        { "datapackage", "hash list" },
        { "fuzzy.json", "index" },
    };

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (is_below(path, kinds[i].begins))
            return kinds[i].kind;
    return NULL;
}

static void
open_member(struct item *member)
{
    struct wacz *w = current;
    size_t skip = w->item->member != NULL ? strlen(w->item->member) + 1 : 0;
    const char *path = member->member + skip;
    const struct listed *l = find_listed(w, path);
    const char *kind = kind_of(path);

    if (l != NULL && l->checked == DIGEST_OTHER) {
        reject(EXIT_FAILED, member->place, text_from("", 0),
               "its hash is not that of datapackage.json");
        return;
    }
    if (kind != NULL) {
        leave_out(kind, NULL, "%s", kind);
        return;
    }
    if (w->count > 0 && (l == NULL || l->checked == DIGEST_UNKNOWN))
        warn(member->place, "datapackage.json has no hash of it that is "
                            "known here");
    w->item->open(member);
}

void
import_wacz(struct item *item)
{
    struct wacz w = { .item = item };
    struct wacz *outer = current;
    struct pages *before;
    const struct crawl_media *media_before = crawl_media_used();
    struct item zip = *item;

    if (!input_to_file(item->in))
        return;
    (void)zip_scan(item, scan_lists, &w);
    pages_sort(&w.pages);
    read_package(&w);
    (void)zip_scan(item, scan_hashes, &w);
    if (asked.media) {
        w.media = crawl_media_new();
        (void)zip_scan(item, scan_media, &w);
        crawl_media_ready(w.media, item->place);
    }
    before = pages_use(&w.pages);
    (void)crawl_media_use(w.media);
    current = &w;
    zip.open = open_member;
    import_members_only(&zip);
    current = outer;
    (void)pages_use(before);
    (void)crawl_media_use(media_before);
    crawl_media_free(w.media);
    pages_free(&w.pages);
    tree_free(&w.tree);
    sheaf_buf_free(&w.package);
    sheaf_buf_free(&w.digest);
    mem_free(w.listed);
}
