/*
 * html_title.c - the headline of a page, apart from the name of its site.
 */
#include <strings.h>

#include "import/html_facts.h"
#include "import/words.h"

/* Whether they are equal apart from case, white space and marks. */
bool
title_same(struct text a, struct text b)
{
    size_t i = 0, k = 0;

    for (;;) {
        while (i < a.len && strchr(" \t\n-|.,:;'\"", a.data[i]) != NULL)
            i++;
        while (k < b.len && strchr(" \t\n-|.,:;'\"", b.data[k]) != NULL)
            k++;
        if (i == a.len || k == b.len)
            return i == a.len && k == b.len;
        if (strncasecmp(a.data + i, b.data + k, 1) != 0)
            return false;
        i++;
        k++;
    }
}

/* The length of a mark between headline and site, with its spaces; 0 if
 * there is none at `i`. */
size_t
title_divider(struct text t, size_t i)
{
    static const char *const marks[] = {
        " | ", " - ", " \xE2\x80\x93 ", " \xE2\x80\x94 ", " \xC2\xBB ",
        " \xC2\xAB ", " \xC2\xB7 ", " \xE2\x80\xA2 ", " :: ", " / ",
        " \xE2\x80\xBA ", " \xE2\x80\xB9 ", " > ", " < ", " \\ ", " : ",
        " ~ ", " * ", "| ", "|", "_", " \xE2\x9E\xA4 ", " \xEF\xBD\x9C " };

    for (size_t k = 0; k < COUNT_OF(marks); k++)
        if (text_begins(text_from(t.data + i, t.len - i), marks[k]))
            return strlen(marks[k]);
    return 0;
}

/* Whether this is the name of the site, not a part of the headline. */
bool
title_is_site(const struct facts *f, struct text t)
{
    struct text site = fact(f, SITE);
    struct text publisher = fact_ld(f, LD_PUBLISHER);
    struct text url = fact_first(fact(f, CANONICAL), fact(f, OG_URL));
    char host[128];
    char name[128];
    size_t n = 0, k = 0;

    if ((site.len > 0 && title_same(t, site)) ||
        (publisher.len > 0 && title_same(t, publisher)))
        return true;
    /* "Example News" of www.example-news.org. */
    for (size_t i = 0; i < url.len && n < sizeof host - 1; i++)
        if (url.data[i] != '-' && url.data[i] != '_')
            host[n++] = url.data[i] >= 'A' && url.data[i] <= 'Z'
                            ? (char)(url.data[i] + 32) : url.data[i];
    host[n] = '\0';
    if (strncmp(host, "http", 4) == 0 && strchr(host, ':') != NULL &&
        strlen(strchr(host, ':')) > 3) {
        char *slash = strchr(strchr(host, ':') + 3, '/');

        if (slash != NULL)
            *slash = '\0';
    }
    for (size_t i = 0; i < t.len && k < sizeof name - 1; i++) {
        unsigned char c = (unsigned char)t.data[i];

        if (c >= 'A' && c <= 'Z')
            name[k++] = (char)(c + 32);
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                 c >= 0x80 || c == '.')
            name[k++] = (char)c;
    }
    name[k] = '\0';
    return k >= 3 && strstr(host, name) != NULL;
}

/* Removes the name of the site before or after the headline. A short text
 * between marks is removed, too, if the rest is longer. */
struct text
title_cut_site(const struct facts *f, struct text t)
{
    for (unsigned rounds = 0; rounds < 3; rounds++) {
        size_t first = 0, first_len = 0, last = 0, last_len = 0;
        struct text head, tail;

        for (size_t i = 1; i + 1 < t.len; i++) {
            size_t n = title_divider(t, i);

            if (n == 0)
                continue;
            if (first == 0) {
                first = i;
                first_len = n;
            }
            last = i;
            last_len = n;
            i += n - 1;
        }
        if (first == 0)
            return t;
        head = text_from(t.data, first);
        tail = text_from(t.data + last + last_len, t.len - last - last_len);
        if (title_is_site(f, text_trim(tail)) ||
            (first == last && words_count(tail) <= 3 &&
             words_count(head) >= 4))
            t = text_trim(text_from(t.data, last));
        else if (title_is_site(f, text_trim(head)) ||
                 (first == last && memchr(t.data + first, '|', first_len) &&
                  words_count(head) <= 2 && words_count(tail) >= 4))
            t = text_trim(text_from(t.data + first + first_len,
                                    t.len - first - first_len));
        else
            return t;
    }
    return t;
}

bool
title_begins(struct text whole, struct text part)
{
    return whole.len >= part.len &&
           memcmp(whole.data, part.data, part.len) == 0;
}

static bool
ends_in(struct text whole, struct text part)
{
    return whole.len >= part.len &&
           memcmp(whole.data + whole.len - part.len, part.data,
                  part.len) == 0;
}

/* Whether `whole` begins or ends with `part`: the rest is then the site. */
static bool
is_part(struct text part, struct text whole)
{
    return part.len >= 10 &&
           (title_begins(whole, part) || ends_in(whole, part));
}

/* Whether a third of the longer words of `a` are in `b` too. */
static bool
shares_words(struct text a, struct text b)
{
    size_t shared = 0, all = 0;

    while (a.len > 0) {
        size_t n = 0;
        bool found = false;

        while (n < a.len && (unsigned char)a.data[n] > ' ')
            n++;
        for (size_t i = 0; i + n <= b.len && n >= 4 && !found; i++)
            found = strncasecmp(b.data + i, a.data, n) == 0;
        shared += found;
        all += n >= 4;
        n += n < a.len;
        a = text_from(a.data + n, a.len - n);
    }
    return all > 0 && shared * 3 >= all;
}

/* Whether `title` may be that of all pages of a site, such as "Home": it is
 * short, and the heading is not. */
static bool
is_common(struct text title, struct text h1)
{
    return words_count(title) <= 3 && words_count(h1) >= 4;
}

struct text
title_choose(const struct facts *f, const struct seen *seen)
{
    struct text ld = f->html->ld.rank >= 10
                         ? title_cut_site(f, fact_ld(f, LD_HEADLINE))
                         : text_from("", 0);
    struct text og = title_cut_site(f, fact(f, OG_TITLE));
    struct text title = title_cut_site(f, fact(f, TITLE));
    struct text h1 = text_of_buf(&seen->headline);

    /* A heading may contain a line above the headline. */
    if (og.len >= 10 && og.len < h1.len && ends_in(h1, og))
        return og;
    if (seen->headline_grade >= SEEN_SURE && !title_is_site(f, h1))
        return h1;
    if (is_part(h1, ld) || is_part(h1, fact(f, OG_TITLE)))
        return h1;
    if (ld.len > 0 && !title_is_site(f, ld))
        return ld;
    if (og.len > 0 && !title_is_site(f, og))
        return og;
    if (title.len > 0 && !title_is_site(f, title) &&
        (title_begins(h1, title) ||
         (!shares_words(h1, title) && !is_common(title, h1))))
        return title;
    return fact_first(h1, fact_first(fact(f, META_TITLE), title));
}
