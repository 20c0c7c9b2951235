/*
 * importer.h - runs sheaf-import, the program that parses untrusted input,
 * sheaf-export, which writes formats that need libraries, sheaf-http, which
 * talks to servers, sheaf-serve, which talks to clients, and sheaf-time, which
 * talks to time stamp authorities.
 */
#ifndef SHEAF_CLI_IMPORTER_H
#define SHEAF_CLI_IMPORTER_H

#include "cli/child.h"

#define IMPORTER "sheaf-import"
#define EXPORTER "sheaf-export"
#define FETCHER "sheaf-http"
#define SERVER "sheaf-serve"
#define STAMPER "sheaf-time"

/* Starts it with `argv`, whose first entry is for its name. `in` -1: it
 * gets our standard input. Says what is wrong and returns an exit code;
 * *child is then 0. */
int importer_start(char **argv, int in, int out, pid_t *child);
int exporter_start(char **argv, int in, int out, pid_t *child);
/* Its input and output are one end of a socket pair. */
int fetcher_start(char **argv, int both, pid_t *child);
int stamper_start(char **argv, int in, int out, pid_t *child);
int server_start(char **argv, int both, pid_t *child);

#endif
