/*
 * main.c - sheaf-export: which format.
 */
#include <locale.h>
#include <stdlib.h>

#include "export/export.h"

/* Takes an option off. */
static bool
takes(char ***argv, const char *option)
{
    bool given = **argv != NULL && strcmp(**argv, option) == 0;

    *argv += given;
    return given;
}

/* What follows "--", where the list before it ends. */
static char **
after_dashes(char **argv)
{
    for (; *argv != NULL; argv++)
        if (strcmp(*argv, "--") == 0) {
            *argv = NULL;
            return argv + 1;
        }
    die("there is no query");
}

static void
run(const char *what, char **argv)
{
    bool text = takes(&argv, "--text"), old = takes(&argv, "--old");

    if (strcmp(what, "zip") == 0)
        export_zip();
    else if (strcmp(what, "sqlite") == 0)
        export_sqlite(argv, text, old);
    else if (strcmp(what, "state") == 0)
        export_state(argv);
    else if (strcmp(what, "search") == 0)
        export_search(argv, after_dashes(argv));
    else if (strcmp(what, "match") == 0)
        export_match(argv);
    else
        die("a program that sheaf runs; see sheaf(1)");
}

int
main(int argc, char **argv)
{
    /* libarchive otherwise has no names beyond ASCII. */
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
        die("there is no locale C.UTF-8");
    run(argc > 1 ? argv[1] : "", argc > 2 ? argv + 2 : argv + argc);
    return 0;
}
