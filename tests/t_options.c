/*
 * Structs with their own size, passed by programs that were built with an
 * older or a newer header than the library.
 */
#include "base/options.h"
#include "tap.h"

/* As the library has it, as it was once, and as it will be. */
struct now {
    size_t size;
    uint64_t a, b;
};
struct before {
    size_t size;
    uint64_t a;
};
struct later {
    size_t size;
    uint64_t a, b, c;
};

static void
test_take(void)
{
    const struct now now = { sizeof now, 3, 4 };
    const struct before before = { sizeof before, 3 };
    const struct now none = { 0, 3, 4 };
    struct later later = { sizeof later, 3, 4, 0 };
    struct now out = { sizeof out, 1, 2 };
    struct sheaf_error err = { 0 };

    eq_int(options_take(&out, sizeof out, NULL, &err), SHEAF_OK, "no options");
    ok(out.a == 1 && out.b == 2, "leave the defaults");
    eq_int(options_take(&out, sizeof out, &before, &err), SHEAF_OK,
           "an older program's");
    ok(out.size == sizeof out && out.a == 3 && out.b == 2,
       "leave the default of what it does not know");
    eq_int(options_take(&out, sizeof out, &now, &err), SHEAF_OK, "our own");
    ok(out.a == 3 && out.b == 4, "are taken");
    out.b = 2;
    eq_int(options_take(&out, sizeof out, &later, &err), SHEAF_OK,
           "a newer program's that asks for nothing new");
    ok(out.size == sizeof out && out.b == 4, "are taken");
    later.c = 1;
    out.b = 2;
    eq_int(options_take(&out, sizeof out, &later, &err), SHEAF_EINVAL,
           "a newer program's that asks for more");
    ok(out.b == 2 && err.message[0] != '\0', "are refused, with a message");
    eq_int(options_take(&out, sizeof out, &none, &err), SHEAF_EINVAL,
           "without a size");
    ok(out.b == 2, "they are not looked at");
}

/* Each function that takes some. */
static void
test_refused(void)
{
    static const struct sheaf_limits limits = { .size = 0 };
    static const struct sheaf_write_options write_options = { .level = 3 };
    struct sheaf_source source;
    struct sheaf_sink sink;
    struct sheaf_reader *reader = NULL;
    struct sheaf_writer *writer = NULL;
    struct sheaf_buf buf = { 0 };

    ok(sheaf_source_memory(&source, sheaf_str("x"), NULL) == SHEAF_OK &&
           sheaf_open(source, &limits, &reader, NULL) == SHEAF_EINVAL,
       "limits without a size");
    ok(sheaf_sink_memory(&sink, &buf, NULL) == SHEAF_OK &&
           sheaf_writer_new(sink, &write_options, &writer, NULL) ==
               SHEAF_EINVAL,
       "options for writing without a size");
    sheaf_buf_free(&buf);
}

int
main(void)
{
    test_take();
    test_refused();
    eq_str(sheaf_version(), SHEAF_VERSION, "the library's version");
    return tap_done();
}
