/*
 * entity.c - character references of HTML: "&amp;", "&#8217;", "&eacute".
 */
#include "import/charset.h"
#include "import/page.h"

#include <libxml/HTMLparser.h>

#define ENTITY_MAX ((size_t)32)

/* Names of HTML 5 that libxml2 does not know and pages use. */
static const struct {
    const char *name;
    unsigned value;
} newer[] = {
    { "Tab", '\t' },      { "NewLine", '\n' },  { "excl", '!' },
    { "num", '#' },       { "dollar", '$' },    { "percnt", '%' },
    { "apos", '\'' },     { "lpar", '(' },      { "rpar", ')' },
    { "ast", '*' },       { "plus", '+' },      { "comma", ',' },
    { "period", '.' },    { "sol", '/' },       { "colon", ':' },
    { "semi", ';' },      { "equals", '=' },    { "quest", '?' },
    { "commat", '@' },    { "lsqb", '[' },      { "lbrack", '[' },
    { "bsol", '\\' },     { "rsqb", ']' },      { "rbrack", ']' },
    { "Hat", '^' },       { "lowbar", '_' },    { "grave", '`' },
    { "lcub", '{' },      { "lbrace", '{' },    { "vert", '|' },
    { "verbar", '|' },    { "rcub", '}' },      { "rbrace", '}' },
    { "QUOT", '"' },      { "AMP", '&' },       { "LT", '<' },
    { "GT", '>' },        { "COPY", 0xA9 },     { "REG", 0xAE },
    { "half", 0xBD },     { "hyphen", 0x2010 }, { "dash", 0x2010 },
    { "horbar", 0x2015 }, { "numero", 0x2116 }, { "rsquor", 0x2019 },
    { "ldquor", 0x201E }, { "rdquor", 0x201D }, { "lsquor", 0x201A },
    { "nldr", 0x2025 },   { "mldr", 0x2026 },   { "check", 0x2713 },
    { "star", 0x2606 },   { "starf", 0x2605 },  { "phone", 0x260E },
    { "inodot", 0x131 },  { "scedil", 0x15F },  { "Scedil", 0x15E },
    { "gbreve", 0x11F },  { "Gbreve", 0x11E },  { "Idot", 0x130 },
    { "ccaron", 0x10D },  { "Ccaron", 0x10C },  { "zcaron", 0x17E },
    { "Zcaron", 0x17D },  { "ecaron", 0x11B },  { "rcaron", 0x159 },
    { "cacute", 0x107 },  { "sacute", 0x15B },  { "nacute", 0x144 },
    { "zacute", 0x17A },  { "zdot", 0x17C },    { "lstrok", 0x142 },
    { "Lstrok", 0x141 },  { "aogon", 0x105 },   { "eogon", 0x119 },
    { "abreve", 0x103 },  { "tcedil", 0x163 },  { "dstrok", 0x111 },
    { "uring", 0x16F },   { "odblac", 0x151 },  { "udblac", 0x171 },
};

static unsigned
find_name(const char *name)
{
    const htmlEntityDesc *known = htmlEntityLookup((const xmlChar *)name);

    if (known != NULL)
        return known->value;
    for (size_t i = 0; i < COUNT_OF(newer); i++)
        if (strcmp(name, newer[i].name) == 0)
            return newer[i].value;
    return 0;
}

static bool
is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

static unsigned
hex_value(char c)
{
    return c >= '0' && c <= '9'   ? (unsigned)(c - '0')
           : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
           : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                  : 16;
}

/* "&#123;" at the start of `t`: its length, or 0. */
static size_t
read_number(struct text t, unsigned long *c)
{
    bool hex = t.len > 2 && (t.data[2] | 0x20) == 'x';
    size_t from = hex ? 3 : 2, i = from;
    unsigned long v = 0;

    for (; i < t.len && hex_value(t.data[i]) < (hex ? 16 : 10); i++)
        if (v <= 0x10FFFF)
            v = v * (hex ? 16 : 10) + hex_value(t.data[i]);
    if (i == from)
        return 0;
    *c = v < 0x100 ? charset_1252((unsigned)v) : v;
    return i + (i < t.len && t.data[i] == ';');
}

/* Old names need no semicolon, and then the longest one counts. */
static size_t
read_name(struct text t, bool in_attribute, unsigned long *c)
{
    char name[ENTITY_MAX + 1];
    size_t n = 0;

    while (n < ENTITY_MAX && n + 1 < t.len && is_alnum(t.data[n + 1])) {
        name[n] = t.data[n + 1];
        n++;
    }
    name[n] = '\0';
    if (n + 1 < t.len && t.data[n + 1] == ';') {
        *c = find_name(name);
        if (*c != 0)
            return n + 2;
    }
    for (; n >= 2; name[--n] = '\0') {
        char next = n + 1 < t.len ? t.data[n + 1] : '\0';

        if (in_attribute && (is_alnum(next) || next == '='))
            continue;
        *c = find_name(name);
        if (*c != 0 && (*c >= 0xA0 || strchr("<>&\"", (int)*c) != NULL) &&
            *c < 0x100)
            return n + 1;
    }
    return 0;
}

void
page_decode(struct sheaf_buf *b, struct text t, bool in_attribute)
{
    while (t.len > 0) {
        const char *amp = memchr(t.data, '&', t.len);
        size_t n = amp != NULL ? (size_t)(amp - t.data) : t.len;
        unsigned long c = 0;

        buf_add(b, t.data, n);
        t = text_from(t.data + n, t.len - n);
        if (t.len == 0)
            break;
        n = t.len > 1 && t.data[1] == '#' ? read_number(t, &c)
                                          : read_name(t, in_attribute, &c);
        if (n == 0)
            buf_add(b, t.data, n = 1);
        else
            charset_add(b, c);
        t = text_from(t.data + n, t.len - n);
    }
}
