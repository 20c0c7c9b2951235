/*
 * plot.h - articles a month, drawn at the terminal or as a picture.
 */
#ifndef SHEAF_CLI_PLOT_H
#define SHEAF_CLI_PLOT_H

#include "cli/archive.h"
#include "cli/args.h"

/* Counts the articles of an open archive by their dates of publication, and
 * draws them as bars to standard output, or to the SVG file of -o; with
 * --json, prints the numbers. Returns an exit code. */
int plot(struct archive *a, const struct args *args);

#endif
