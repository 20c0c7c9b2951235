/*
 * zipkind.c - zip archives that are documents or crawls by the names of their
 * members, though they do not begin like one: a tool packed them again.
 */
#include "import/archive.h"

/* False: it is none. */
static bool
import_as_document(struct item *item)
{
    static const struct {
        unsigned has;
        void (*import)(struct item *item);
    } kinds[] = {
        { ZIP_CONTAINER, import_epub },
        { ZIP_TYPES | ZIP_RELATIONS, import_docx },
        { ZIP_MANIFEST | ZIP_CONTENT, import_odt },
        { ZIP_PACKAGE | ZIP_CRAWLS, import_wacz },
    };
    struct zip_end end;

    zip_read_end(item->in, &end);
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if ((end.has & kinds[i].has) == kinds[i].has) {
            kinds[i].import(item);
            return true;
        }
    if ((end.has & ZIP_JAVA) != 0)
        leave_out("Java archive", item->place, "Java archive");
    return (end.has & ZIP_JAVA) != 0;
}

void
import_archive(struct item *item)
{
    struct look look = input_look(item->in, text_of(""));
    bool as_it_is = asked.from != NULL && strcmp(asked.from, "archive") == 0;

    if (as_it_is || zip_first_name(&look).len == 0 ||
        !input_to_file(item->in) || !import_as_document(item))
        import_members_only(item);
}
