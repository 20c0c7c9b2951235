/*
 * Headers of an answer, a line each. Whatever they are, what is taken from them
 * is within its limits, and a range is one that a file can have.
 */
#include "base/buf.h"
#include "fuzz.h"
#include "http/answer.h"

static void
check_answer(const struct answer *a)
{
    MUST_HOLD(a->status >= 0 && a->status <= 999);
    MUST_HOLD(!a->has_range || !a->bad_range);
    if (a->has_range)
        MUST_HOLD(a->from <= a->to && a->to < a->total &&
                  a->total <= INT64_MAX);
    MUST_HOLD(strnlen(a->tag, sizeof a->tag) < sizeof a->tag);
    MUST_HOLD(strnlen(a->region, sizeof a->region) < sizeof a->region);
    MUST_HOLD(strpbrk(a->tag, "\r\n") == NULL);
    MUST_HOLD(a->wait <= 30);
    if (answer_strong(a->tag))
        MUST_HOLD(a->tag[0] == '"' && a->tag[strlen(a->tag) - 1] == '"');
}

/* A range that is accepted is written in one way only. */
static void
check_range(struct sheaf_bytes value)
{
    uint64_t from, to, total;
    struct sheaf_buf text = { 0 };

    if (!answer_range(value, &from, &to, &total))
        return;
    MUST_HOLD(buf_format(&text, "%llu-%llu/%llu", (unsigned long long)from,
                         (unsigned long long)to, (unsigned long long)total) &&
              buf_end(&text));
    MUST_HOLD(memmem(value.data, value.len, text.data, text.len) != NULL);
    sheaf_buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sheaf_bytes rest = { data, size };
    struct answer a = { .status = 0 };
    size_t taken = 0;

    check_range(rest);
    while (rest.len != 0) {
        struct sheaf_bytes line = bytes_until(&rest, '\n');
        uint8_t *copy = exact_copy(line.data, line.len);
        bool good = answer_header(&a, sheaf_view(copy, line.len));

        taken += line.len;
        free(copy);
        MUST_HOLD(good == (taken <= ANSWER_HEADERS_MAX));
        if (!good)
            break;
        check_answer(&a);
    }
    return 0;
}
