/*
 * feed_wp.c - exports of WordPress: RSS with elements of its own.
 */
#include "import/feed.h"

/* Types of posts that WordPress itself has, and that are not articles. Those
 * of plug-ins may be: a site can call its articles "news". */
static const char *const others[] = {
    "attachment",
    "nav_menu_item",
    "revision",
    "custom_css",
    "customize_changeset",
    "oembed_cache",
    "user_request",
    "wp_block",
    "wp_template",
    "wp_template_part",
    "wp_global_styles",
    "wp_navigation",
    "wp_font_family",
    "wp_font_face",
};

bool
wp_is_article(struct feed *f, const xmlNode *record)
{
    struct sheaf_buf type = { 0 }, status = { 0 };
    struct text t = text_trim(
        node_text(node_child(record, NS_WP, "post_type"), &type));
    struct text s = text_trim(
        node_text(node_child(record, NS_WP, "status"), &status));
    const char *kind = NULL;

    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (text_is(t, others[i]))
            kind = others[i];
    if (kind == NULL && text_is(s, "trash"))
        kind = "post in the trash";
    if (kind == NULL && text_is(s, "auto-draft"))
        kind = "draft never saved";
    if (kind != NULL)
        leave_out(kind, NULL, "%s", kind);
    else if (s.len > 0 && !text_is(s, "publish"))
        warn(f->place, "its status is '%.*s': it was not published",
             (int)text_cut(s, 40).len, s.data);
    sheaf_buf_free(&type);
    sheaf_buf_free(&status);
    return kind == NULL;
}

/* Dates of WordPress have no zone; those that end in _gmt are in UTC. */
static bool
read_date(struct feed *f, enum story_field field, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    bool good;

    (void)node_text(n, &room);
    buf_add_str(&room, "Z");
    good = story_date(&f->story, field, text_of_buf(&room));
    sheaf_buf_free(&room);
    return good;
}

void
wp_element(struct feed *f, xmlNode *n)
{
    if (node_is(n, NS_WP, "comment")) {
        /* Readers' comments, with their addresses. */
        leave_out("comment", NULL, "comment");
    } else if (node_is(n, NS_WP, "post_password")) {
        if (n->children != NULL)
            warn(f->place, "it has a password, which is left out");
    } else if (node_is(n, NS_WP, "post_date_gmt")) {
        /* Zeros, if it was never published. */
        (void)read_date(f, STORY_PUBLISHED, n);
    } else if (node_is(n, NS_WP, "post_modified_gmt")) {
        (void)read_date(f, STORY_UPDATED, n);
    } else {
        if (node_is(n, NS_WP, "post_date"))
            f->post_date = n;
        feed_ext(f, n);
    }
}

/* Each item may be by the same. */
#define WP_NAME_MAX ((size_t)1000)

/* An author: the name goes into f->names. */
static void
add_login(struct feed *f, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = text_trim(
        node_text(node_child(n, NS_WP, "author_login"), &room));
    char *login = format_text("%.*s", (int)t.len, t.data);

    room.len = 0;
    t = text_trim(
        node_text(node_child(n, NS_WP, "author_display_name"), &room));
    t = text_cut(t, WP_NAME_MAX);
    index_add(&f->logins, login, (void *)(uintptr_t)(f->names.len + 1));
    buf_add(&f->names, t.data, t.len);
    buf_add(&f->names, "", 1);
    sheaf_buf_free(&room);
}

void
wp_read_head(struct feed *f)
{
    for (const xmlNode *n = f->channel->children; n != NULL; n = n->next)
        if (node_is(n, NS_WP, "author"))
            add_login(f, n);
    index_sort(&f->logins);
}

struct text
wp_author(const struct feed *f, struct text login)
{
    char *key = format_text("%.*s", (int)login.len, login.data);
    size_t at = login.len > 0
                    ? (size_t)(uintptr_t)index_find(&f->logins, key)
                    : 0;
    struct text t = text_of(at > 0 ? (char *)f->names.data + at - 1 : "");

    mem_free(key);
    return t.len > 0 ? t : login;
}
