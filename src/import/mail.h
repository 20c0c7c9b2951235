/*
 * mail.h - mails: newsletters, lists.
 */
#ifndef SHEAF_IMPORT_MAIL_H
#define SHEAF_IMPORT_MAIL_H

#include <gmime/gmime.h>

#include "import/story.h"

/* Multiparts and messages inside each other. */
#define MAIL_DEPTH 16
#define MAIL_HEADERS 300
/* Bounds of what GMime is given. It compares each line that begins with "--"
 * with the boundary of each multipart around it. */
#define MAIL_HEADER_MAX (8 * MIB)
#define MAIL_COLONS 2000
#define MAIL_NESTS ((uint64_t)1000)
#define MAIL_DASHES ((uint64_t)300000)
#define MAIL_COMPARISONS ((uint64_t)300000000)

struct mail {
    struct story story;
    const char *place;
    struct text from_line; /* before the mail in its mailbox; or empty */
    bool found; /* there is a body */
    bool html;  /* and it is HTML */
    bool encrypted;
    bool inside; /* a forwarded mail */
    bool digest; /* mails that follow each other */
    bool aside;  /* an alternative, or what a part shows: not the body */
    bool beside; /* what a page shows within itself */
    unsigned left_out; /* parts that are too many or too deep */
};

/* ---- mail_part.c ---- */

/* Finds the body among the parts, and stores the others. */
void mail_read_part(struct mail *m, GMimeObject *part, unsigned depth);
/* After it: where the HTML is only a picture, the text beside it is shown below
 * it. Whether there is any text. */
bool mail_show_text(struct mail *m);
/* The part that shows the others, or NULL; of what is not multipart/related,
 * itself. */
GMimeObject *mail_root(GMimeObject *part);
bool mail_is_type(GMimeObject *part, const char *type, const char *subtype);

/* ---- mail_head.c ---- */

/* The mail with what is wrong in its header mended: `source` itself, or a copy
 * in `room`. `guessed`: the charset of bytes in it is. */
struct text mail_mend(struct text source, struct sheaf_buf *room,
                      bool *guessed);

/* ---- mail_page.c ---- */

/* Whether it is a web page that a browser or another program saved. */
bool mail_is_page(GMimeMessage *message);
/* Takes the metadata of such a page, which has been read as a part. */
void mail_read_page(struct mail *m, GMimeMessage *message, const char *id);

/* ---- mail.c ---- */

/* Makes an article of one mail. `fallback` is its ID, if it has none. */
void mail_import(struct mail *m, const struct item *item, const char *place,
                 const char *fallback, uint64_t number, struct text source);
void mail_free(struct mail *m);
/* Whether text begins with the header of a mail, or of a page that was saved as
 * one, up to an empty line; `strict`: one that a program for mail wrote, and no
 * line "From SENDER DATE" is before it. */
bool mail_is_header(struct text t, bool whole, bool strict);
/* Whether a line is that of a header: a name and a colon. */
bool mail_is_field(struct text line);

#endif
