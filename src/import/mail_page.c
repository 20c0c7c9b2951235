/*
 * mail_page.c - a web page that a browser or Word saved as MHTML: a mail from
 * nobody, whose text is the page, and whose date is that of saving it.
 */
#include "import/html.h"
#include "import/mail.h"

static struct text
header_of(GMimeMessage *message, const char *name)
{
    const char *s = g_mime_object_get_header(GMIME_OBJECT(message), name);

    return text_trim(text_of(s != NULL ? s : ""));
}

/* The address of the part that is the page, or of all of it; or empty. */
static struct text
find_location(GMimeMessage *message)
{
    struct text at = header_of(message, "Snapshot-Content-Location");
    GMimeObject *part = mail_root(g_mime_message_get_mime_part(message));
    const char *own = part != NULL ? g_mime_object_get_header(
                                         part, "Content-Location")
                                   : NULL;

    if (at.len == 0)
        at = text_trim(text_of(own != NULL ? own : ""));
    return at.len > 0 ? at : header_of(message, "Content-Location");
}

/* Programs that save pages say so in their user's language as the sender, or
 * have no sender. */
bool
mail_is_page(GMimeMessage *message)
{
    struct text from = header_of(message, "From");
    GMimeObject *part = mail_root(g_mime_message_get_mime_part(message));

    if (text_begins(from, "<") || text_begins(from, "\""))
        from = text_from(from.data + 1, from.len - 1);
    if (text_begins(from, "Saved by ") &&
        header_of(message, "MIME-Version").len > 0)
        return true;
    if (part == NULL || !mail_is_type(part, "text", "html") ||
        memchr(from.data, '@', from.len) != NULL ||
        header_of(message, "Message-ID").len > 0 ||
        header_of(message, "To").len > 0)
        return false;
    return find_location(message).len > 0 ||
           (from.len == 0 && header_of(message, "Date").len == 0);
}

static void
take_meta(struct story *s, const struct meta *m)
{
    story_set(s, STORY_URL, m->url);
    story_set(s, STORY_HEADLINE, m->headline);
    story_set(s, STORY_PUBLISHED, m->published);
    story_set(s, STORY_UPDATED, m->updated);
    story_set(s, STORY_BYLINE, m->byline);
    story_set(s, STORY_SECTION, m->section);
    story_set(s, STORY_SUMMARY, m->summary);
    story_set(s, STORY_LANG, m->lang);
    if (s->keywords.len == 0 && m->keywords.len > 2)
        buf_add(&s->keywords, m->keywords.data + 1, m->keywords.len - 2);
}

void
mail_read_page(struct mail *m, GMimeMessage *message, const char *id)
{
    struct story *s = &m->story;
    struct meta meta = { .line = 0 };
    const char *subject = g_mime_message_get_subject(message);
    struct text at = find_location(message);

    if (strcmp(s->type, TYPE_HTML) == 0) {
        html_read(text_of_buf(&s->body), text_of("utf-8"), &meta);
        take_meta(s, &meta);
    }
    /* A page that is a file goes by its name. */
    story_set(s, STORY_ID, text_of(id));
    story_set(s, STORY_HEADLINE, text_of(subject != NULL ? subject : ""));
    if (text_begins(at, "http"))
        (void)story_url(s, at, text_of(""));
    (void)story_date(s, STORY_RETRIEVED, header_of(message, "Date"));
    meta_free(&meta);
}
