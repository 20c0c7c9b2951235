/*
 * sitemap.c - sitemaps, which list pages and have no text of them. Each news
 * page is named, with what to do; other pages are counted.
 */
#include <strings.h>

#include "import/xmlcut.h"
#include "import/xmlnode.h"

static const char *const records[] = { "url", "sitemap", NULL };

static void
take_page(const struct item *item, const xmlNode *record, uint64_t number)
{
    struct sheaf_buf url = { 0 }, title = { 0 };
    const xmlNode *news = node_child(record, NS_NEWS, "news");
    const xmlNode *loc = node_child(record, NS_SITEMAP, "loc");
    struct text u, t;
    char *place;

    if (loc == NULL)
        loc = node_child(record, NS_CORE, "loc");
    u = text_trim(node_text(loc, &url));
    if (news == NULL) {
        leave_out("page in a sitemap", NULL, "page");
    } else {
        t = text_trim(node_text(node_child(news, NS_NEWS, "title"), &title));
        place = format_text("%s: page %llu", item->place,
                            (unsigned long long)number);
        leave_out("page in a sitemap", place,
                  "\"%.*s\" is not in the sitemap; download and pack %.*s",
                  (int)text_cut(t, 200).len, t.data,
                  (int)text_cut(u, 1000).len, u.data);
        mem_free(place);
    }
    sheaf_buf_free(&url);
    sheaf_buf_free(&title);
}

void
import_sitemap(struct item *item)
{
    struct cut *c = mem_new(1, sizeof *c);
    uint64_t number = 0, pages = 0;
    enum cut_got got;

    cut_open(c, item->in, records);
    while ((got = cut_next(c)) != CUT_END) {
        number++;
        if (got == CUT_RECORD &&
            strcasecmp((const char *)c->record->name, "url") == 0) {
            pages++;
            take_page(item, c->record, number);
        } else {
            leave_out(got == CUT_RECORD ? "sitemap in an index"
                                        : "broken entry of a sitemap",
                      NULL, "sitemap");
        }
    }
    leave_out("sitemap", item->place,
              pages > 0 ? "a sitemap has no texts; download the pages that "
                          "it lists, and pack these"
                        : "an index of sitemaps has no texts");
    cut_warn(c, item->place);
    cut_close(c);
    mem_free(c);
}

bool
is_sitemap(const struct look *l)
{
    struct sheaf_buf room = { 0 };
    struct text space, name;
    bool good = cut_root(l->start, &room, &space, &name) &&
                (text_is(name, "urlset") || text_is(name, "sitemapindex"));

    sheaf_buf_free(&room);
    return good;
}
