/*
 * args.c - the command line: which command, its options, its operands.
 *
 * Not getopt: its table would be a second one beside that for `sheaf help`,
 * and it prints by itself.
 */
#include "cli/args.h"

#include <stdio.h>

#include "cli/out.h"

static const struct {
    const char *name;  /* "-o" or "--level" */
    const char *value; /* NULL: it takes none */
    const char *help;
} options[OPT_COUNT] = {
    [OPT_OUTPUT] = { "-o", "FILE", "write to FILE; - is standard output" },
    [OPT_FORCE] = { "-f", NULL, "replace a file that is there" },
    [OPT_SECRET] = { "-s", "SEC", "sign with the secret key in file SEC" },
    [OPT_PUBLIC] = { "-p", "PUB", "the public key in file PUB" },
    [OPT_KEY] = { "-P", "KEY", "the public key itself, in base64" },
    [OPT_NO_PASSPHRASE] = { "-W", NULL, "protect the key by no passphrase" },
    [OPT_ORIGIN] = { "-n", "ORIGIN", "start a log of this name" },
    [OPT_NEW_LOG] = { "--new-log", NULL,
                      "though this key has signed another log so named" },
    [OPT_UNSIGNED] = { "--unsigned", NULL,
                       "leave what is new in a signed archive unsigned" },
    [OPT_LEVEL] = { "--level", "N", "zstd level, 1 to 19" },
    [OPT_FAST] = { "--fast", NULL, "level 5, a dictionary of 1M at most" },
    [OPT_SMALL] = { "--small", NULL,
                    "level 19, a dictionary of 16M at most, blocks of 32K" },
    [OPT_DICT] = { "--dict", "SIZE",
                   "largest dictionary, as in 512K or 4M; or none" },
    [OPT_BLOCK] = { "--block", "SIZE",
                    "neighbours share a frame of up to SIZE; 0 to 64K" },
    [OPT_SALTED] = { "--salted", NULL,
                     "a salt for each article, against guessing later" },
    [OPT_REASON] = { "--reason", "TEXT", "why, for everyone to read" },
    [OPT_NEW_KEY] = { "--new-key", "NEWSEC",
                      "the secret key that signs from here on" },
    [OPT_JOBS] = { "-j", "N", "threads; the number of cores by default" },
    [OPT_TIME] = { "--time", "T",
                   "claimed time of archiving: RFC 3339, or @SECONDS" },
    [OPT_UNIQUE] = { "--unique", NULL, "an ID that comes again is an error" },
    [OPT_SINCE] = { "--since", "D",
                    "published on D or later: YYYY, YYYY-MM, YYYY-MM-DD" },
    [OPT_UNTIL] = { "--until", "D", "published on D or earlier" },
    [OPT_SECTION] = { "--section", "S", "of this section" },
    [OPT_TITLE] = { "--title", "TEXT", "with TEXT in the title" },
    [OPT_PREFIX] = { "--prefix", "ID", "with an ID that begins so" },
    [OPT_REVISIONS] = { "--revisions", NULL,
                        "all revisions, with their numbers" },
    [OPT_META] = { "--meta", NULL, "the metadata instead of the body" },
    [OPT_REV] = { "--rev", "N", "revision N instead of the newest" },
    [OPT_FOLDER] = { "-C", "DIR", "write into this folder" },
    [OPT_FORMAT] = { "--format", "F", "dir (the default), tar or jsonl" },
    [OPT_NOTE] = { "--note", "FILE", "a checkpoint that was signed elsewhere" },
    [OPT_MINISIG] = { "--minisig", "FILE",
                      "the checkpoint's text, and FILE.minisig" },
    [OPT_NAME] = { "--name", "NAME", "the name of a cosigner's key" },
    [OPT_REQUEST] = { "--request", "FILE", "what witness-request wrote" },
    [OPT_OLD] = { "--old", "SIZE",
                  "leaves that the witness has cosigned last; 0: none" },
    [OPT_POLICY] = { "--policy", "FILE", "who has to cosign" },
    [OPT_WITNESS] = { "-w", "VKEY", "the witness's verifier key" },
    [OPT_PASSPHRASE_FD] = { "--passphrase-fd", "N",
                            "a passphrase, a line, from descriptor N" },
    [OPT_META_FILE] = { "--meta", "FILE",
                        "metadata of the article, as get --meta prints it" },
    [OPT_ID] = { "--id", "ID", "the ID that is asked for" },
    [OPT_NEWEST] = { "--newest", NULL, "that there is no newer revision" },
    [OPT_ABSENT] = { "--absent", NULL, "that there is no such article" },
    [OPT_FROM] = { "--from", "NOTE",
                   "that this checkpoint is of the same archive, earlier" },
    [OPT_JSON] = { "--json", NULL, "print JSON" },
    [OPT_QUIET] = { "-q", NULL, "say only what went wrong" },
    [OPT_WORDS] = { "--words", NULL, "word by word within changed lines" },
    [OPT_PINS] = { "--pins", "FILE", "what was seen of each log before" },
    [OPT_NO_PINS] = { "--no-pins", NULL, "don't look at that, nor keep it" },
    [OPT_FORGET] = { "--forget", "ORIGIN", "forget the pins of this log" },
    [OPT_NOTE_SINCE] = { "--since", "NOTE",
                         "the archive must extend this checkpoint" },
    [OPT_REDACTED] = { "--redacted", NULL, "only what was redacted, and why" },
};

static bool
takes(const struct command *command, size_t opt)
{
    /* Whoever takes a secret key takes its passphrase. */
    if (opt == OPT_PASSPHRASE_FD)
        opt = OPT_SECRET;
    return (command->options & OPT_BIT(opt)) != 0;
}

static size_t
find_option(const struct command *command, const char *name, size_t len)
{
    for (size_t i = 0; i < OPT_COUNT; i++)
        if (takes(command, i) && strlen(options[i].name) == len &&
            memcmp(options[i].name, name, len) == 0)
            return i;
    return OPT_COUNT;
}

/* --name, --name VALUE, --name=VALUE */
static int
parse_long(struct args *args, char ***argv)
{
    const char *name = args->command->name;
    char *arg = **argv;
    size_t len = strcspn(arg, "=");
    const char *value = arg[len] == '=' ? arg + len + 1 : NULL;
    size_t opt = find_option(args->command, arg, len);

    if (opt == OPT_COUNT)
        return say_usage(name, "%s: no option %.*s", name, (int)len, arg);
    if (options[opt].value == NULL) {
        if (value != NULL)
            return say_usage(name, "%s: %s takes no value", name,
                             options[opt].name);
        value = "";
    } else if (value == NULL) {
        value = *++*argv;
    }
    if (value == NULL)
        return say_usage(name, "%s: %s needs %s", name, options[opt].name,
                         options[opt].value);
    args->value[opt] = value;
    return EXIT_DONE;
}

/* -q, -qf, -o VALUE, -oVALUE */
static int
parse_short(struct args *args, char ***argv)
{
    const char *name = args->command->name;

    for (const char *p = **argv + 1; *p != '\0'; p++) {
        char letter[3] = { '-', *p, '\0' };
        size_t opt = find_option(args->command, letter, 2);

        if (opt == OPT_COUNT)
            return say_usage(name, "%s: no option %s", name, letter);
        if (options[opt].value == NULL) {
            args->value[opt] = "";
            continue;
        }
        args->value[opt] = p[1] != '\0' ? p + 1 : *++*argv;
        if (args->value[opt] == NULL)
            return say_usage(name, "%s: %s needs %s", name, letter,
                             options[opt].value);
        break;
    }
    return EXIT_DONE;
}

int
args_parse(struct args *args, const struct command *command, char **argv,
           bool *help)
{
    bool ended = false;
    int code = EXIT_DONE;

    memset(args, 0, sizeof *args);
    args->command = command;
    args->operand = argv;
    for (; code == EXIT_DONE && *argv != NULL; argv++) {
        char *arg = *argv;

        if (ended || arg[0] != '-' || arg[1] == '\0') {
            args->operand[args->count++] = arg;
        } else if (strcmp(arg, "--") == 0) {
            ended = true;
        } else if (strcmp(arg, "--help") == 0) {
            *help = true;
            return EXIT_DONE;
        } else if (arg[1] == '-') {
            code = parse_long(args, &argv);
        } else {
            code = parse_short(args, &argv);
        }
    }
    if (code != EXIT_DONE)
        return code;
    if (args->count < command->min)
        return say_usage(command->name, "%s: needs %s", command->name,
                         command->operands);
    if (args->count > command->max)
        return say_usage(command->name, "%s: what is '%s' for", command->name,
                         args->operand[command->max]);
    return EXIT_DONE;
}

void
args_describe(struct out *o, const struct command *command)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        char name[32];

        if (!takes(command, i))
            continue;
        snprintf(name, sizeof name, "%s%s%s", options[i].name,
                 options[i].value != NULL ? " " : "",
                 options[i].value != NULL ? options[i].value : "");
        out_format(o, "  %-14s  %s\n", name, options[i].help);
    }
}
