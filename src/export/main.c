/*
 * main.c - sheaf-export: which format.
 */
#include <locale.h>

#include "export/export.h"

int
main(int argc, char **argv)
{
    /* libarchive otherwise has no names beyond ASCII. */
    bool locale = setlocale(LC_CTYPE, "C.UTF-8") != NULL;
    bool text = argc > 2 && strcmp(argv[2], "--text") == 0;

    if (!locale)
        die("there is no locale C.UTF-8");
    if (argc == 2 && strcmp(argv[1], "zip") == 0)
        export_zip();
    else if (argc > 2 && strcmp(argv[1], "sqlite") == 0)
        export_sqlite(argv + 2 + text, text);
    else
        die("a program that sheaf runs; see sheaf(1)");
    return 0;
}
