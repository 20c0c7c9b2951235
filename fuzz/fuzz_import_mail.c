/* Mailboxes and mails. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char line[] = "From a@b Mon Mar 11 10:00:00 2024\n";
    uint8_t *copy = malloc(sizeof line + len);

    memcpy(copy, line, sizeof line - 1);
    memcpy(copy + sizeof line - 1, data, len);
    fuzz_import("mbox", "file", copy, sizeof line - 1 + len);
    fuzz_import("mail", "file", data, len);
    fuzz_import(NULL, "file", data, len);
    free(copy);
    return 0;
}
