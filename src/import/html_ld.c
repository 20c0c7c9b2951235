/*
 * html_ld.c - the article in a page's JSON-LD (schema.org).
 */
#include "import/html_ld.h"


#include "import/tree.h"

#define SCRIPT_MAX (4 * MIB)
#define LIST_MAX 50
#define DEPTH_MAX 16
/* From this rank on it is an article, not only a page. */
#define RANK_SURE 10

/* ---- Mending ---- */

/* Removes what hides a script from very old browsers, and a semicolon. */
static struct text
strip(struct text t)
{
    static const char *const front[] = { "<!--", "//<![CDATA[", "<![CDATA[",
                                         "/*<![CDATA[*/", "//" };
    static const char *const back[] = { "-->", "//]]>", "]]>", "/*]]>*/",
                                        "//", ";" };
    size_t before;

    do {
        before = t.len;
        t = text_trim(t);
        for (size_t i = 0; i < COUNT_OF(front); i++)
            if (text_begins(t, front[i]))
                t = text_from(t.data + strlen(front[i]),
                              t.len - strlen(front[i]));
        for (size_t i = 0; i < COUNT_OF(back); i++)
            if (text_ends(t, back[i]))
                t.len -= strlen(back[i]);
    } while (t.len != before);
    return t;
}

static char
next_mark(struct text t, size_t i)
{
    while (i < t.len && strchr(" \t\r\n", t.data[i]) != NULL)
        i++;
    return i < t.len ? t.data[i] : '\0';
}

/* Repairs line ends and tabs in strings, backslashes that escape nothing,
 * quotes that end no string, and commas with nothing after them. */
static void
mend(struct text t, struct sheaf_buf *out)
{
    static const char hex[] = "0123456789abcdef";
    bool in = false;

    for (size_t i = 0; i < t.len; i++) {
        char c = t.data[i], next;

        if (!in) {
            next = c == ',' ? next_mark(t, i + 1) : '\0';
            in = c == '"';
            if (!(c == ',' && (next == '}' || next == ']' || next == ',')))
                buf_add(out, &c, 1);
        } else if ((unsigned char)c < ' ') {
            char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4 & 15],
                               hex[c & 15] };

            buf_add(out, escape, 6);
        } else if (c == '\\') {
            next = i + 1 < t.len ? t.data[i + 1] : '\0';
            if (next != '\0' && strchr("\"\\/bfnrtu", next) != NULL) {
                buf_add(out, t.data + i, 2);
                i++;
            } else {
                buf_add_str(out, "\\\\");
            }
        } else if (c == '"') {
            next = next_mark(t, i + 1);
            in = next != '\0' && strchr(",:}]", next) == NULL;
            buf_add_str(out, in ? "\\\"" : "\"");
        } else {
            buf_add(out, &c, 1);
        }
    }
}

/* ---- Values ---- */

/* The fields of an article. */
struct found {
    const struct value *object;
    int rank;
};

struct walk {
    const struct tree *doc;
    struct text url, title;
    struct found found[LIST_MAX];
    size_t count;
    unsigned lookups;
};

static const struct value *
child(const struct tree *doc, const struct value *v)
{
    return v->first != 0 ? &doc->nodes[v->first] : NULL;
}

static const struct value *
sibling(const struct tree *doc, const struct value *v)
{
    return v->next != 0 ? &doc->nodes[v->next] : NULL;
}

static void
add_line(struct sheaf_buf *b, struct text t)
{
    t = text_trim(t);
    if (t.len == 0 || !text_is_utf8(t))
        return;
    if (b->len > 0)
        buf_add_str(b, "\n");
    buf_add(b, t.data, t.len);
}

/* A string, or the first of an array of strings, or an object's name. */
static struct text
string_of(const struct tree *doc, const struct value *v, const char *name)
{
    if (v != NULL && v->type == TREE_ARRAY)
        v = child(doc, v);
    if (v != NULL && v->type == TREE_OBJECT)
        v = tree_member(doc, v, name);
    if (v != NULL && v->type == TREE_ARRAY)
        v = child(doc, v);
    if (v == NULL || v->odd ||
        (v->type != TREE_STRING && v->type != TREE_NUMBER))
        return text_from("", 0);
    return v->type == TREE_STRING ? v->string : v->source;
}

/* The name of an object of which another one gives only the "@id". */
static const struct value *
find_name(const struct tree *doc, struct text id)
{
    for (size_t i = 0; id.len != 0 && i < doc->count; i++) {
        const struct value *v = &doc->nodes[i];
        const struct value *own = tree_member(doc, v, "@id");

        const struct value *name = tree_member(doc, v, "name");

        if (own != NULL && own->type == TREE_STRING && name != NULL &&
            text_compare(own->string, id) == 0)
            return name;
    }
    return NULL;
}

static void
add_names(struct walk *w, struct sheaf_buf *b, const struct value *v,
          unsigned depth)
{
    const struct value *name, *id;
    unsigned left = LIST_MAX;

    if (v == NULL || depth > 4)
        return;
    if (v->type == TREE_STRING && !v->odd)
        add_line(b, v->string);
    if (v->type == TREE_ARRAY)
        for (const struct value *m = child(w->doc, v); m != NULL && left > 0;
             m = sibling(w->doc, m), left--)
            add_names(w, b, m, depth + 1);
    if (v->type != TREE_OBJECT)
        return;
    name = tree_member(w->doc, v, "name");
    id = tree_member(w->doc, v, "@id");
    if (name == NULL && id != NULL && id->type == TREE_STRING &&
        w->lookups++ < LIST_MAX)
        name = find_name(w->doc, id->string);
    add_names(w, b, name, depth + 1);
}

/* ---- Articles ---- */

static bool
has_type(const struct tree *doc, const struct value *v,
         const char *const *types, size_t count)
{
    const struct value *type = tree_member(doc, v, "@type");

    if (type != NULL && type->type == TREE_ARRAY)
        type = child(doc, type);
    for (; type != NULL && type->type == TREE_STRING;
         type = text_is(type->key, "@type") ? NULL : sibling(doc, type))
        for (size_t i = 0; i < count; i++)
            if (text_ends(type->string, types[i]))
                return true;
    return false;
}

/* How sure it is that this object is the page's article; 0: it is not. */
static int
rank_of(const struct walk *w, const struct value *v)
{
    static const char *const sure[] = { "Article", "BlogPosting", "Posting",
                                        "Report", "Recipe", "Review" };
    static const char *const maybe[] = { "WebPage", "VideoObject", "Book",
                                         "AboutPage", "ItemPage", "FAQPage",
                                         "PodcastEpisode", "CreativeWork",
                                         "Product", "Event", "Course",
                                         "Question", "AudioObject",
                                         "ImageObject", "Movie" };
    struct text url = string_of(w->doc, tree_member(w->doc, v, "url"), "@id");
    struct text main =
        string_of(w->doc, tree_member(w->doc, v, "mainEntityOfPage"), "@id");
    struct text name =
        string_of(w->doc, tree_member(w->doc, v, "headline"), "");
    int rank = has_type(w->doc, v, sure, COUNT_OF(sure))     ? RANK_SURE
               : has_type(w->doc, v, maybe, COUNT_OF(maybe)) ? 2
                                                             : 0;

    if (rank == 0)
        return 0;
    if (tree_member(w->doc, v, "datePublished") != NULL)
        rank += 2;
    if (w->url.len > 0 && (text_compare(url, w->url) == 0 ||
                           text_compare(main, w->url) == 0))
        rank += 6;
    if (name.len > 8 && w->title.len >= name.len &&
        memcmp(w->title.data, name.data, name.len) == 0)
        rank += 4;
    return rank;
}

/* Fills in missing fields from an object. */
static void
take_article(struct walk *w, struct ld *ld, const struct found *f)
{
    static const struct {
        enum ld_field to;
        const char *key;
        bool list;
    } members[] = {
        { LD_HEADLINE, "headline", false },
        { LD_SUMMARY, "description", false },
        { LD_PUBLISHED, "datePublished", false },
        { LD_PUBLISHED, "uploadDate", false },
        { LD_CREATED, "dateCreated", false },
        { LD_UPDATED, "dateModified", false },
        { LD_AUTHORS, "author", true },
        { LD_AUTHORS, "creator", true },
        { LD_PUBLISHER, "publisher", true },
        { LD_SECTIONS, "articleSection", true },
        { LD_KEYWORDS, "keywords", true },
        { LD_LANG, "inLanguage", false },
        { LD_URL, "url", false },
        { LD_URL, "mainEntityOfPage", false },
        { LD_BODY, "articleBody", false },
    };

    for (size_t i = 0; i < COUNT_OF(members); i++) {
        struct sheaf_buf *b = &ld->field[members[i].to];
        const struct value *v = tree_member(w->doc, f->object, members[i].key);

        if (b->len == 0 && members[i].list)
            add_names(w, b, v, 0);
        else if (b->len == 0)
            add_line(b, string_of(w->doc, v, "@id"));
    }
    if (f->rank > ld->rank)
        ld->rank = f->rank;
}

/* The best article comes first, then objects about the page, but not those
 * about other articles. */
static void
take_all(struct walk *w, struct ld *ld)
{
    const struct found *best = NULL;

    for (size_t i = 0; i < w->count; i++)
        if (best == NULL || w->found[i].rank > best->rank)
            best = &w->found[i];
    if (best == NULL)
        return;
    take_article(w, ld, best);
    for (size_t i = 0; i < w->count; i++)
        if (w->found[i].rank < RANK_SURE)
            take_article(w, ld, &w->found[i]);
}

static void
visit(struct walk *w, const struct value *v, unsigned depth)
{
    static const char *const inside[] = { "@graph", "mainEntity",
                                          "mainEntityOfPage", "item" };
    int rank;

    if (v == NULL || depth > DEPTH_MAX)
        return;
    if (v->type == TREE_ARRAY)
        for (const struct value *m = child(w->doc, v); m != NULL;
             m = sibling(w->doc, m))
            visit(w, m, depth + 1);
    if (v->type != TREE_OBJECT)
        return;
    rank = rank_of(w, v);
    if (rank > 0 && w->count < LIST_MAX)
        w->found[w->count++] = (struct found){ v, rank };
    for (size_t i = 0; i < COUNT_OF(inside); i++)
        visit(w, tree_member(w->doc, v, inside[i]), depth + 1);
}

/* ---- When all else fails ---- */

/* The string after "key": anywhere in the text. */
static void
grab(struct text t, const char *key, struct sheaf_buf *b)
{
    size_t n = strlen(key);

    for (size_t i = 0; b->len == 0 && i + n + 4 < t.len; i++) {
        size_t at = i + n + 2, from;

        if (t.data[i] != '"' || memcmp(t.data + i + 1, key, n) != 0 ||
            t.data[i + n + 1] != '"')
            continue;
        while (at < t.len && strchr(" \t\r\n:", t.data[at]) != NULL)
            at++;
        if (at == t.len || t.data[at] != '"')
            continue;
        for (from = ++at; at < t.len && t.data[at] != '"' &&
                          t.data[at] != '\\' && t.data[at] != '\n';)
            at++;
        if (at < t.len && t.data[at] == '"')
            add_line(b, text_from(t.data + from, at - from));
    }
}

static void
grab_all(struct ld *ld, struct text t)
{
    ld->rank = 1;
    grab(t, "headline", &ld->field[LD_HEADLINE]);
    grab(t, "datePublished", &ld->field[LD_PUBLISHED]);
    grab(t, "dateCreated", &ld->field[LD_CREATED]);
    grab(t, "dateModified", &ld->field[LD_UPDATED]);
    for (size_t i = 0; i + 8 < t.len && ld->field[LD_AUTHORS].len == 0; i++)
        if (memcmp(t.data + i, "\"author\"", 8) == 0)
            grab(text_cut(text_from(t.data + i, t.len - i), 400), "name",
                 &ld->field[LD_AUTHORS]);
}

/* Merges two scripts: the surer one comes first, and the other fills gaps,
 * unless both are sure, because they are then about two articles. */
static void
merge(struct ld *ld, struct ld *new)
{
    bool gaps = ld->rank < RANK_SURE || new->rank < RANK_SURE;

    if (new->rank > ld->rank) {
        struct ld swap = *ld;

        *ld = *new;
        *new = swap;
    }
    for (size_t i = 0; gaps && i < LD_COUNT; i++) {
        if (ld->field[i].len == 0) {
            struct sheaf_buf swap = ld->field[i];

            ld->field[i] = new->field[i];
            new->field[i] = swap;
        }
    }
    ld_free(new);
}

void
ld_read(struct ld *ld, struct text script, struct text url, struct text title)
{
    struct tree doc = { 0 };
    struct walk w = { .doc = &doc, .url = url, .title = title };
    struct sheaf_buf mended = { 0 };
    struct ld new = { 0 };
    bool good;

    script = strip(script);
    if (script.len == 0 || script.len > SCRIPT_MAX)
        return;
    good = tree_parse(&doc, script);
    if (!good) {
        mend(script, &mended);
        good = tree_parse(&doc, text_of_buf(&mended));
    }
    if (good) {
        visit(&w, &doc.nodes[0], 0);
        take_all(&w, &new);
    } else {
        grab_all(&new, script);
    }
    merge(ld, &new);
    tree_free(&doc);
    sheaf_buf_free(&mended);
}

void
ld_free(struct ld *ld)
{
    for (size_t i = 0; i < LD_COUNT; i++)
        sheaf_buf_free(&ld->field[i]);
    ld->rank = 0;
}
