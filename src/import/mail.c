/*
 * mail.c - a mail as an article: its text, and its header as metadata. GMime
 * parses the structure, the encoded words and the encoded parameters.
 */
#include "import/mail.h"

#include <strings.h>

#include "import/date.h"

/* ---- Header ---- */

/* Fields of the header that have members of their own, or say how the mail is
 * encoded. All others are in `ext`. */
static bool
is_used(const char *name)
{
    static const char *const used[] = {
        "Message-ID",     "From",
        "Subject",        "Date",
        "Archived-At",    "Content-Language",
        "Keywords",       "MIME-Version",
        "Content-Type",   "Content-Transfer-Encoding",
        "Content-Length", "Content-Disposition",
    };

    for (size_t i = 0; i < COUNT_OF(used); i++)
        if (strcasecmp(used[i], name) == 0)
            return true;
    return false;
}

static const char *
field(GMimeMessage *message, const char *name)
{
    const char *s = g_mime_object_get_header(GMIME_OBJECT(message), name);

    return s != NULL ? s : "";
}

static void
read_rest(struct mail *m, GMimeMessage *message)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(
        GMIME_OBJECT(message));
    int count = g_mime_header_list_get_count(list);

    for (int i = 0; i < count; i++) {
        GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
        const char *name = g_mime_header_get_name(h);
        const char *value = g_mime_header_get_value(h);
        struct text t = text_of(value != NULL ? value : "");

        if (i >= MAIL_HEADERS)
            m->story.lost = true;
        else if (name != NULL && !is_used(name))
            story_ext(&m->story, text_of(name), t);
    }
}

/* Takes what is in brackets from the end of `t`. */
static bool
take_bracket(struct text *t, char open, char close, struct text *inside)
{
    const char *from = memchr(t->data, open, t->len);

    if (from == NULL || t->data[t->len - 1] != close)
        return false;
    *inside = text_trim(text_from(
        from + 1, (size_t)(t->data + t->len - 1 - (from + 1))));
    *t = text_trim(text_from(t->data, (size_t)(from - t->data)));
    return true;
}

static struct text
without_quotes(struct text t)
{
    if (t.len > 1 && t.data[0] == '"' && t.data[t.len - 1] == '"')
        t = text_from(t.data + 1, t.len - 2);
    return text_trim(t);
}

/* "jo at vale.example": how archives of lists write an address. */
static bool
read_hidden_address(struct text t, struct sheaf_buf *out)
{
    const char *at = memmem(t.data, t.len, " at ", 4);
    size_t n = at != NULL ? (size_t)(at - t.data) : 0;

    if (n == 0 || memchr(at + 4, '.', t.len - n - 4) == NULL)
        return false;
    buf_add(out, t.data, n);
    buf_add_str(out, "@");
    buf_add(out, at + 4, t.len - n - 4);
    t = text_of_buf(out);
    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.data[i] <= ' ' ||
            (t.data[i] == '@' && i != n))
            out->len = 0;
    return out->len > 0;
}

/* The author in a field that is not as the standard has it: "jo at
 * vale.example (Jo Doe)", "Jo Doe". */
static void
read_odd_author(struct mail *m, struct text from)
{
    struct text address = text_trim(from), name = { "", 0 };
    struct sheaf_buf mail = { 0 }, uri = { 0 };

    if (!take_bracket(&address, '(', ')', &name) && address.len > 0 &&
        address.data[address.len - 1] == '>') {
        name = address;
        (void)take_bracket(&name, '<', '>', &address);
    }
    if (read_hidden_address(address, &mail)) {
        buf_add_str(&uri, "mailto:");
        buf_add(&uri, mail.data, mail.len);
    }
    if (name.len == 0)
        name = mail.len > 0 ? text_of_buf(&mail) : address;
    story_author(&m->story, without_quotes(name), text_of_buf(&uri),
                 text_of(""));
    sheaf_buf_free(&mail);
    sheaf_buf_free(&uri);
}

static void
read_authors(struct mail *m, GMimeMessage *message)
{
    InternetAddressList *from = g_mime_message_get_from(message);
    int count = from != NULL ? internet_address_list_length(from) : 0;

    for (int i = 0; i < count && i < STORY_LIST_MAX; i++) {
        InternetAddress *a = internet_address_list_get_address(from, i);
        const char *name = internet_address_get_name(a), *mail = NULL;
        char *uri = NULL;

        if (INTERNET_ADDRESS_IS_MAILBOX(a))
            mail = internet_address_mailbox_get_addr(
                INTERNET_ADDRESS_MAILBOX(a));
        if (mail != NULL)
            uri = format_text("mailto:%s", mail);
        if (name == NULL || name[0] == '\0')
            name = mail;
        story_author(&m->story, text_of(name != NULL ? name : ""),
                     text_of(uri != NULL ? uri : ""), text_of(""));
        mem_free(uri);
    }
    if (count == 0)
        read_odd_author(m, text_of(field(message, "From")));
}

/* "Vale News <news.vale.example>": the list. */
static void
read_list(struct mail *m, GMimeMessage *message)
{
    char *plain = g_mime_utils_header_decode_text(NULL,
                                                  field(message, "List-Id"));
    struct text t = text_trim(text_of(plain != NULL ? plain : ""));
    const char *less = memchr(t.data, '<', t.len);

    if (less != NULL && less > t.data)
        t.len = (size_t)(less - t.data);
    else if (less != NULL)
        t = text_from(less + 1, strcspn(less + 1, ">"));
    story_set(&m->story, STORY_SECTION, without_quotes(text_trim(t)));
    g_free(plain);
}

/* Sets the date to one of when the mail was delivered. False: it is none. */
static bool
guess_date(struct mail *m, struct text t)
{
    char date[DATE_MAX];

    if (!date_convert(t, date) || strncmp(date, "1971", 4) < 0)
        return false;
    m->story.guessed[STORY_PUBLISHED] = true;
    return story_date(&m->story, STORY_PUBLISHED, text_of(date));
}

/* The first server that had it wrote the last line "Received: ...; DATE". */
static bool
guess_received(struct mail *m, GMimeMessage *message)
{
    GMimeHeaderList *list = g_mime_object_get_header_list(
        GMIME_OBJECT(message));

    for (int i = g_mime_header_list_get_count(list); i-- > 0;) {
        GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
        const char *name = g_mime_header_get_name(h);
        const char *value = g_mime_header_get_value(h);
        const char *last = value != NULL ? strrchr(value, ';') : NULL;

        if (last != NULL && name != NULL &&
            strcasecmp(name, "Received") == 0 &&
            guess_date(m, text_of(last + 1)))
            return true;
    }
    return false;
}

/* "From SENDER DATE", where the sender may have spaces. Mozilla's sender is
 * "-", and its date when the mail was fetched; git's date is always the same.
 */
static void
guess_delivered(struct mail *m)
{
    struct text t = m->from_line;

    if (text_begins(t, "From - ") ||
        text_ends(text_trim(t), " Mon Sep 17 00:00:00 2001"))
        return;
    for (; t.len > 0; t = text_from(t.data + 1, t.len - 1))
        if (t.data[0] == ' ' && guess_date(m, t))
            return;
}

static void
read_date(struct mail *m, GMimeMessage *message)
{
    struct text t = text_of(field(message, "Date"));
    GDateTime *when;
    char *iso;

    if (t.len > 0 && story_date(&m->story, STORY_PUBLISHED, t))
        return;
    if (t.len == 0) {
        if (!guess_received(m, message))
            guess_delivered(m);
        return;
    }
    /* GMime takes 11/03/2024 for a day in November. */
    when = memchr(t.data, '/', strcspn(t.data, "(")) == NULL
               ? g_mime_message_get_date(message)
               : NULL;
    iso = when != NULL ? g_date_time_format(when, "%Y-%m-%dT%H:%M:%S%:z")
                       : NULL;
    if (iso == NULL || g_date_time_get_year(when) < 1971 ||
        !story_date(&m->story, STORY_PUBLISHED, text_of(iso))) {
        warn(m->place, "'%.*s' is not certainly a date; it is kept as text",
             (int)text_cut(t, 60).len, t.data);
        story_ext(&m->story, text_of("Date"), t);
        if (!guess_received(m, message))
            guess_delivered(m);
    }
    g_free(iso);
}

static void
read_header(struct mail *m, GMimeMessage *message)
{
    struct story *s = &m->story;
    const char *id = g_mime_message_get_message_id(message);
    const char *subject = g_mime_message_get_subject(message);
    struct text at = text_trim(text_of(field(message, "Archived-At")));
    struct text rest = text_of(field(message, "Keywords")), word;

    story_set(s, STORY_ID, text_of(id != NULL ? id : ""));
    story_set(s, STORY_HEADLINE, text_of(subject != NULL ? subject : ""));
    read_date(m, message);
    read_authors(m, message);
    read_list(m, message);
    if (at.len > 2 && at.data[0] == '<' && at.data[at.len - 1] == '>')
        at = text_from(at.data + 1, at.len - 2);
    (void)story_url(s, at, text_of(""));
    while (text_item(&rest, ',', &word))
        story_keyword(s, text_trim(word));
    read_rest(m, message);
}

/* ---- One mail ---- */

static void
on_log(const gchar *domain, GLogLevelFlags level, const gchar *message,
       gpointer data)
{
    (void)domain;
    (void)level;
    (void)message;
    (void)data;
}

/* GMime starts with the first mail: other formats do not pay for it. */
static GMimeParserOptions *
start(void)
{
    static const char *charsets[] = { "utf-8", "windows-1252", NULL };
    static GMimeParserOptions *options;

    if (options != NULL)
        return options;
    g_log_set_default_handler(on_log, NULL);
    g_mime_init();
    options = g_mime_parser_options_new();
    g_mime_parser_options_set_fallback_charsets(options, charsets);
    return options;
}

static GMimeMessage *
parse(struct text source)
{
    GMimeParserOptions *options = start();
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(source.data,
                                                            source.len);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, options);

    g_object_unref(parser);
    g_object_unref(stream);
    return message;
}

/* What GMime would have to do. It ends the program when memory is short, takes
 * the stack for what is nested, and the square of the time for boundaries. */
struct effort {
    uint64_t header; /* bytes of all headers, at least */
    uint64_t nests;  /* multiparts and mails inside */
    uint64_t dashes; /* lines that may be boundaries */
    uint64_t colons; /* in this field: a group of addresses has one */
    unsigned blocks; /* headers that may begin here; 0: not in one */
    bool inside;     /* this header is that of a mail inside */
    bool digest;     /* parts may be mails without saying so */
};

static bool
holds(struct text line, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i + len <= line.len; i++)
        if ((line.data[i] | 0x20) == word[0] &&
            strncasecmp(line.data + i, word, len) == 0)
            return true;
    return false;
}

static void
add_header_line(struct effort *e, struct text line)
{
    if (line.data[0] != ' ' && line.data[0] != '\t')
        e->colons = 0;
    for (size_t i = 0; i < line.len; i++)
        e->colons += line.data[i] == ':';
    e->header += line.len;
    e->nests += holds(line, "boundary");
    if (holds(line, "message/")) {
        e->nests++;
        e->inside = true;
    }
    e->digest = e->digest || holds(line, "/digest");
}

static void
add_line(struct effort *e, struct text line)
{
    if (line.len >= 2 && line.data[0] == '-' && line.data[1] == '-') {
        e->dashes++;
        e->blocks = e->digest ? 2 : 1;
        e->inside = false;
    } else if (e->blocks > 0 && line.len == 0) {
        e->blocks = e->inside ? 1 : e->blocks - 1;
        e->inside = false;
    } else if (e->blocks > 0) {
        add_header_line(e, line);
    }
}

/* Why the mail is too much for GMime, or NULL. */
static const char *
too_much(struct text t)
{
    struct effort e = { .blocks = 1 };
    struct text line;

    while (text_line(&t, &line)) {
        add_line(&e, line);
        if (e.header > MAIL_HEADER_MAX || e.colons > MAIL_COLONS)
            return "its header is too large";
        if (e.nests > MAIL_NESTS ||
            (e.nests > 0 && (e.dashes > MAIL_DASHES ||
                             e.nests * e.dashes > MAIL_COMPARISONS)))
            return "it has too many parts";
    }
    return NULL;
}

void
mail_import(struct mail *m, const struct item *item, const char *place,
            const char *fallback, uint64_t number, struct text source)
{
    const char *why = too_much(source);
    struct sheaf_buf room = { 0 };
    bool page, guessed = false;
    GMimeMessage *message = why == NULL
                                ? parse(mail_mend(source, &room, &guessed))
                                : NULL;

    sheaf_buf_free(&room);
    if (why != NULL) {
        reject(EXIT_LIMIT, place, source, "%s", why);
        return;
    }
    if (message == NULL) {
        reject(EXIT_FAILED, place, source, "it cannot be read as a mail");
        return;
    }
    m->place = place;
    m->found = m->html = m->encrypted = m->inside = false;
    m->aside = m->beside = false;
    m->left_out = 0;
    story_start(&m->story);
    m->story.lost = asked.keep_raw;
    page = mail_is_page(message);
    if (page)
        read_rest(m, message);
    else
        read_header(m, message);
    mail_read_part(m, g_mime_message_get_mime_part(message), 0);
    if (page)
        mail_read_page(m, message, fallback);
    if (m->left_out > 0) {
        warn(place,
             "%u of its parts are too many or too deep; they are in "
             "the original",
             m->left_out);
        m->story.lost = true;
    }
    if (guessed)
        warn(place, "its header is not UTF-8, and names no charset "
                    "(--charset)");
    if (m->encrypted)
        warn(place, "it is encrypted; its text cannot be read");
    else if (page ? text_trim(text_of_buf(&m->story.body)).len == 0
                  : !mail_show_text(m))
        warn(place, "it has no text");
    (void)story_emit(&m->story, item, place, fallback, number, source,
                     "message/rfc822");
    out_progress();
    g_object_unref(message);
}

void
mail_free(struct mail *m)
{
    story_free(&m->story);
}

/* ---- Recognition ---- */

bool
mail_is_field(struct text line)
{
    size_t n = 0;

    while (n < line.len && line.data[n] > ' ' && line.data[n] < 0x7F &&
           line.data[n] != ':')
        n++;
    return n > 0 && n < 100 && n < line.len && line.data[n] == ':';
}

/* What the fields of a header show. */
struct fields {
    bool from;    /* some that most mails have */
    bool program; /* some that only programs for mail write */
    bool mime, type; /* without a sender: of a saved page, say */
};

static void
look_at(struct text line, struct fields *f)
{
    static const char *const ways[] = { "From:", "Received:", "Return-Path:",
                                        "Delivered-To:", "Sender:" };
    static const char *const programs[] = { "Message-ID:", "Received:",
                                            "MIME-Version:" };

    for (size_t i = 0; i < COUNT_OF(ways); i++)
        f->from = f->from || text_begins(line, ways[i]);
    for (size_t i = 0; i < COUNT_OF(programs); i++)
        f->program = f->program || text_begins(line, programs[i]);
    f->mime = f->mime || text_begins(line, "MIME-Version:");
    f->type = f->type || text_begins(line, "Content-Type:");
}

bool
mail_is_header(struct text t, bool whole, bool strict)
{
    struct fields f = { .from = false };
    bool first = true;
    struct text line;

    while (text_line(&t, &line) && line.len > 0) {
        bool cut = t.len == 0 && !whole;

        if (!mail_is_field(line) && !cut &&
            (first || (line.data[0] != ' ' && line.data[0] != '\t')))
            return false;
        look_at(line, &f);
        first = false;
    }
    /* A mail may have no body, and a header may be long. */
    return (f.from && (f.program || !strict)) || (f.mime && f.type);
}
