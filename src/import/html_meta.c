/*
 * html_meta.c - the metadata of a page's article, from its many places.
 *
 * Each field has places in order of trust, and the first plausible value
 * counts. Values are checked like any input: they are only as sane as the
 * page.
 */
#include <libxml/uri.h>

#include "import/html_dates.h"
#include "import/html_facts.h"

#define URL_MAX ((size_t)2048)
#define KEYWORD_MAX ((size_t)100)
#define KEYWORDS_MAX 50

/* ---- Dates ---- */

static void
choose_dates(const struct facts *f, const struct seen *seen, struct meta *m)
{
    const struct html_days days = {
        .data = { fact_ld(f, LD_PUBLISHED), fact(f, PUBLISHED),
                  fact(f, ITEM_PUBLISHED) },
        .stray = fact(f, STRAY_PUBLISHED),
        .created = { fact_ld(f, LD_CREATED), fact(f, CREATED),
                     fact(f, ITEM_CREATED) },
        .stray_created = fact(f, STRAY_CREATED),
        .url = fact_first(fact(f, CANONICAL), fact(f, OG_URL)),
        .shown = text_of_buf(&seen->published),
        .near = text_of(seen->day),
        .dated = fact_first(fact(f, DATED), fact(f, ITEM_DATED)),
        .updated = { fact_ld(f, LD_UPDATED), fact(f, UPDATED),
                     fact(f, ITEM_UPDATED), text_of_buf(&seen->updated) },
    };

    html_dates(&days, f->lang, m);
}

/* ---- Address and language ---- */

static bool
is_url(struct text t)
{
    bool good = text_begins(t, "http://") || text_begins(t, "https://");

    for (size_t i = 0; i < t.len && good; i++)
        good = (unsigned char)t.data[i] > 0x20 && t.data[i] != 0x7F;
    return good && t.len > 8 && t.len <= URL_MAX;
}

/* A URL as it is, or resolved against `base`. */
static bool
take_url(struct text t, struct text base, struct sheaf_buf *out)
{
    struct sheaf_buf both = { 0 };
    xmlChar *whole = NULL;

    if (t.len == 0 || t.len > URL_MAX)
        return false;
    if (!is_url(t) && is_url(base) && !text_begins(t, "javascript:")) {
        buf_add(&both, t.data, t.len);
        buf_add(&both, "", 1);
        buf_add(&both, base.data, base.len);
        buf_add(&both, "", 1);
        whole = xmlBuildURI((const xmlChar *)both.data,
                            (const xmlChar *)both.data + t.len + 1);
        if (whole != NULL)
            t = text_of((const char *)whole);
    }
    if (is_url(t))
        buf_add(out, t.data, t.len);
    if (whole != NULL)
        xmlFree(whole);
    sheaf_buf_free(&both);
    return out->len > 0;
}

static void
choose_url(const struct facts *f, struct sheaf_buf *out)
{
    struct text ld = fact_ld(f, LD_URL);
    struct text og = fact(f, OG_URL);
    struct text other = fact_first(fact_first(og, ld), f->html->saved);
    struct text base = fact_first(fact(f, BASE), other);

    if (!is_url(base))
        base = other;
    if (!take_url(fact(f, CANONICAL), base, out) &&
        !take_url(og, base, out) && !take_url(ld, base, out))
        (void)take_url(f->html->saved, base, out);
}

bool
html_lang(struct text t, char out[HTML_LANG_MAX])
{
    size_t run = 0;

    t = text_trim(t);
    if (t.len < 2 || t.len >= HTML_LANG_MAX)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.data[i] == '_' ? '-' : t.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c >= '0' && c <= '9';

        run = c == '-' ? 0 : run + 1;
        if (!(letter || (digit && i > 2) || (c == '-' && i > 1)) ||
            (c == '-' && i > 0 && out[i - 1] == '-') || run > 8)
            return false;
        out[i] = c;
    }
    out[t.len] = '\0';
    return run > 0;
}

static void
choose_lang(const struct facts *f, char out[HTML_LANG_MAX])
{
    if (!html_lang(fact(f, LANG), out) &&
        !html_lang(fact(f, OG_LOCALE), out) &&
        !html_lang(fact_ld(f, LD_LANG), out))
        out[0] = '\0';
}

/* ---- Together ---- */

static void
choose_keywords(const struct facts *f, struct sheaf_buf *out)
{
    struct sheaf_buf all = { 0 };
    struct text rest, line;
    unsigned count = 0;

    page_decode(&all, fact_first(fact_ld(f, LD_KEYWORDS), fact(f, KEYWORDS)),
                true);
    for (size_t i = 0; i < all.len; i++)
        if (all.data[i] == ',' || all.data[i] == ';')
            all.data[i] = '\n';
    rest = text_of_buf(&all);
    while (count < KEYWORDS_MAX && text_line(&rest, &line)) {
        line = facts_sane(line, KEYWORD_MAX);
        if (line.len == 0)
            continue;
        buf_add_str(out, count++ == 0 ? "[" : ",");
        canon_string(out, line);
    }
    if (count > 0)
        buf_add_str(out, "]");
    sheaf_buf_free(&all);
}

/* One line with decoded references, which JSON-LD often has. */
static struct text
keep_text(struct meta *m, struct text t, size_t max)
{
    struct sheaf_buf b = { 0 }, line = { 0 };
    struct text kept;

    page_decode(&b, t, true);
    facts_squeeze(&line, text_of_buf(&b), SUMMARY_MAX);
    kept = meta_keep(m, facts_sane(text_of_buf(&line), max));
    sheaf_buf_free(&b);
    sheaf_buf_free(&line);
    return kept;
}

void
html_meta(const struct html *h, struct meta *m)
{
    struct facts f = { .html = h };
    struct seen seen = { 0 };
    struct sheaf_buf byline = { 0 }, url = { 0 };
    struct text sections, section = { "", 0 };
    char lang[HTML_LANG_MAX];

    facts_title(&f);
    seen_headline(&seen, &h->page, fact(&f, TITLE));
    facts_read(&f, &seen);
    /* The first line of a card is the author, or the time that reading
     * takes. */
    if (!authors_label(fact(&f, CARD_LABEL)))
        f.at[CARD_AUTHOR].len = 0;
    choose_lang(&f, lang);
    f.lang = text_of(lang);
    seen_read(&seen, f.lang);
    m->headline = keep_text(m, title_choose(&f, &seen), HEADLINE_MAX);
    m->summary = keep_text(m,
                           fact_first(fact(&f, OG_DESCRIPTION),
                                      fact_first(fact(&f, DESCRIPTION),
                                                 fact_ld(&f, LD_SUMMARY))),
                           SUMMARY_MAX);
    sections = fact_first(fact(&f, SECTION), fact_ld(&f, LD_SECTIONS));
    (void)text_line(&sections, &section);
    m->section = keep_text(m, section, HEADLINE_MAX);
    authors_choose(&f, &seen, &byline);
    m->byline = meta_keep(m, facts_sane(text_of_buf(&byline), SUMMARY_MAX));
    choose_dates(&f, &seen, m);
    choose_url(&f, &url);
    m->url = meta_keep(m, facts_sane(text_of_buf(&url), URL_MAX));
    m->lang = meta_keep(m, text_of(lang));
    choose_keywords(&f, &m->keywords);
    for (size_t i = 0; i < PLACE_COUNT; i++)
        sheaf_buf_free(&f.at[i]);
    sheaf_buf_free(&byline);
    sheaf_buf_free(&url);
    seen_free(&seen);
}
