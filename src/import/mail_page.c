/*
 * mail_page.c - a web page that a browser saved as MHTML: a mail from nobody,
 * whose text is the page, and whose date is that of saving it.
 */
#include "import/html.h"
#include "import/mail.h"

static struct text
header_of(GMimeMessage *message, const char *name)
{
    const char *s = g_mime_object_get_header(GMIME_OBJECT(message), name);

    return text_trim(text_of(s != NULL ? s : ""));
}

bool
mail_is_page(GMimeMessage *message)
{
    struct text from = header_of(message, "From");

    if (text_begins(from, "<") || text_begins(from, "\""))
        from = text_from(from.data + 1, from.len - 1);
    return text_begins(from, "Saved by ") &&
           header_of(message, "MIME-Version").len > 0;
}

/* The address of the page: of all of it, or of its first part. */
static struct text
find_address(GMimeMessage *message)
{
    struct text at = header_of(message, "Snapshot-Content-Location");
    GMimeObject *part = g_mime_message_get_mime_part(message);
    const char *own = NULL;

    if (at.len > 0)
        return at;
    if (part != NULL && GMIME_IS_MULTIPART(part) &&
        g_mime_multipart_get_count(GMIME_MULTIPART(part)) > 0)
        part = g_mime_multipart_get_part(GMIME_MULTIPART(part), 0);
    if (part != NULL)
        own = g_mime_object_get_header(part, "Content-Location");
    at = text_trim(text_of(own != NULL ? own : ""));
    return text_begins(at, "http") ? at : text_from("", 0);
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

    if (strcmp(s->type, TYPE_HTML) == 0) {
        html_read(text_of_buf(&s->body), text_of("utf-8"), &meta);
        take_meta(s, &meta);
    }
    /* A page that is a file goes by its name. */
    story_set(s, STORY_ID, text_of(id));
    story_set(s, STORY_HEADLINE, text_of(subject != NULL ? subject : ""));
    (void)story_url(s, find_address(message), text_of(""));
    (void)story_date(s, STORY_RETRIEVED, header_of(message, "Date"));
    meta_free(&meta);
}
