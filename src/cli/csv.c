/*
 * csv.c - metadata as CSV.
 */
#include "cli/csv.h"

/* Without quotes, which are only needed where one of these is. */
static bool
is_plain(struct sheaf_bytes value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] == '"' || value.data[i] == ',' ||
            value.data[i] <= 0x20)
            return false;
    return true;
}

void
csv_header(struct out *o, bool text)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        out_format(o, "%s%s", i != 0 ? "," : "", column_names[i]);
    out_str(o, text ? ",text\r\n" : "\r\n");
}

void
csv_columns(struct out *o, const struct columns *c)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        struct sheaf_bytes value = buf_view(&c->values[i]);

        if (i != 0)
            out_str(o, ",");
        if (is_plain(value)) {
            out_bytes(o, value.data, value.len);
            continue;
        }
        out_str(o, "\"");
        (void)csv_write(o, value.data, value.len);
        out_str(o, "\"");
    }
}

void
csv_begin(struct out *o)
{
    out_str(o, ",\"");
}

int
csv_write(void *out, const void *data, size_t len)
{
    struct sheaf_bytes rest = sheaf_view(data, len);
    struct out *o = out;

    while (rest.len != 0) {
        struct sheaf_bytes piece = bytes_until(&rest, '"');

        out_bytes(o, piece.data, piece.len);
        if (piece.data + piece.len < (const uint8_t *)data + len)
            out_str(o, "\"\"");
    }
    return o->sys;
}

void
csv_end(struct out *o)
{
    out_str(o, "\"");
}

void
csv_end_row(struct out *o)
{
    out_str(o, "\r\n");
}
