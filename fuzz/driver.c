/*
 * A main for fuzz targets without a fuzzing engine. Each named file is an
 * input; without names, standard input is (as AFL needs). The names go to
 * standard output: after a crash, the last one is the cause.
 */
#include "fuzz.h"

static int
run(FILE *in, const char *name)
{
    uint8_t *data = NULL;
    uint8_t *exact;
    size_t len = 0;
    size_t cap = 0;

    for (;;) {
        if (len == cap) {
            uint8_t *grown = realloc(data, cap = 2 * cap + 4096);

            if (grown == NULL)
                abort();
            data = grown;
        }
        size_t n = fread(data + len, 1, cap - len, in);

        if (n == 0)
            break;
        len += n;
    }
    if (ferror(in)) {
        perror(name);
        free(data);
        return 1;
    }
    exact = exact_copy(data, len);
    free(data);
    printf("%s\n", name);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    return 0;
}

int
main(int argc, char **argv)
{
    int bad = 0;

    if (argc < 2)
        return run(stdin, "standard input");
    for (int i = 1; i < argc; i++) {
        FILE *in = fopen(argv[i], "rb");

        if (in == NULL) {
            perror(argv[i]);
            bad = 1;
            continue;
        }
        bad |= run(in, argv[i]);
        fclose(in);
    }
    return bad;
}
