/*
 * names.c - names of files and members: which are wanted, and the IDs made of
 * them.
 */
#include "import/import.h"
#include "import/recode.h"

#include <fnmatch.h>

/* Converts the name from `charset` to UTF-8; false if that is not possible. */
static bool
convert_name(const char *charset, const char *name, struct sheaf_buf *out)
{
    size_t bad;

    out->len = 0;
    return charset != NULL &&
           recode_known(charset, text_of(name), out, &bad) && bad == 0;
}

/* Replaces bytes that an ID cannot have by %XX. */
static char *
escape_name(const char *name)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t len = strlen(name);
    char *out = mem_new(3 * len + 1, 1), *to = out;
    const uint8_t *p = (const uint8_t *)name;

    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(p + i, len - i);
        bool control = p[i] < 0x20 || p[i] == 0x7F ||
                       (n == 2 && p[i] == 0xC2 && p[i + 1] < 0xA0);

        if (n > 0 && !control) {
            memcpy(to, p + i, n);
            to += n;
            i += n;
            continue;
        }
        *to++ = '%';
        *to++ = hex[p[i] >> 4];
        *to++ = hex[p[i] & 15];
        i++;
    }
    return out;
}

char *
name_for_id(const char *name, const char *charset)
{
    struct sheaf_buf converted = { 0 };
    char *out;

    if (!text_is_utf8(text_of(name)) &&
        (convert_name(asked.charset, name, &converted) ||
         convert_name(charset, name, &converted))) {
        buf_add(&converted, "", 1);
        name = (const char *)converted.data;
    }
    out = escape_name(name);
    sheaf_buf_free(&converted);
    return out;
}

/* Whether a glob matches the whole path, its last part, or a folder in it. */
static bool
matches(const struct patterns *p, const char *path)
{
    for (size_t i = 0; i < p->count; i++) {
        const char *slash = strrchr(path, '/');

        if (fnmatch(p->list[i], path, FNM_LEADING_DIR) == 0 ||
            fnmatch(p->list[i], slash != NULL ? slash + 1 : path, 0) == 0)
            return true;
    }
    return false;
}

/* On Windows, Word hides the file that says who has a document open, and the
 * system those with its own settings for a folder. */
static bool
is_hidden_by_windows(const char *name)
{
    return strncmp(name, "~$", 2) == 0 || strcmp(name, "desktop.ini") == 0 ||
           strcmp(name, "Thumbs.db") == 0;
}

/* Folders of a maildir begin with a dot, and are not hidden. */
static bool
is_mail_folder(const char *name)
{
    const char *behind = name + strcspn(name, "/");

    return strncmp(behind, "/cur/", 5) == 0 ||
           strncmp(behind, "/new/", 5) == 0;
}

static bool
is_hidden(const char *path)
{
    for (const char *p = path; p != NULL; p = strchr(p, '/')) {
        p += *p == '/';
        if (is_hidden_by_windows(p))
            return true;
        if (p[0] == '.' && p[1] != '/' && p[1] != '\0' &&
            strncmp(p, "../", 3) != 0 && !is_mail_folder(p))
            return true;
    }
    return false;
}

bool
name_refused(const char *path)
{
    return matches(&asked.exclude, path) || (!asked.hidden && is_hidden(path));
}

bool
name_wanted(const char *path)
{
    bool included = matches(&asked.include, path);

    if (matches(&asked.exclude, path) ||
        (asked.include.count > 0 && !included)) {
        leave_out("excluded file", NULL, "%s", "");
        return false;
    }
    if (!asked.hidden && !included && is_hidden(path)) {
        leave_out("hidden file", NULL, "%s", "");
        return false;
    }
    return true;
}
