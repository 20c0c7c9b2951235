/*
 * main.c - which command, and help.
 */
#include <signal.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/keyfile.h"
#include "cli/out.h"

#define KEYS (OPT_BIT(OPT_PUBLIC) | OPT_BIT(OPT_KEY))
#define PINNED (KEYS | OPT_BIT(OPT_PINS) | OPT_BIT(OPT_NO_PINS))
#define PACKING                                                               \
    (OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_LEVEL) | OPT_BIT(OPT_FAST) |           \
     OPT_BIT(OPT_SMALL) | OPT_BIT(OPT_DICT) | OPT_BIT(OPT_JOBS) |             \
     OPT_BIT(OPT_TIME) | OPT_BIT(OPT_UNIQUE) | OPT_BIT(OPT_NEW_LOG) |         \
     OPT_BIT(OPT_BLOCK) | OPT_BIT(OPT_SALTED) |                               \
     OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET))

static const struct command commands[] = {
    { "keygen", "-p PUB -s SEC [-W] [-f]",
      "make a minisign key pair",
      "Without -W the secret key is encrypted with a passphrase, asked for on\n"
      "the terminal or taken from SHEAF_PASSPHRASE. Prints the public key.",
      OPT_BIT(OPT_PUBLIC) | OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_NO_PASSPHRASE) |
          OPT_BIT(OPT_FORCE),
      "-p PUB -s SEC", 0, 0, cmd_keygen },
    { "pack", "-o OUT [-s SEC] [-n ORIGIN] [OPTIONS] INPUT...",
      "make an archive",
      "An INPUT is a file, a folder, a tar, zip or 7z archive, JSONL (one\n"
      "article a line), any of these compressed, or - for standard input.",
      PACKING | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) |
          OPT_BIT(OPT_ORIGIN),
      "an INPUT", 1, SIZE_MAX, cmd_pack },
    { "append", "ARCHIVE [-s SEC | --unsigned] [OPTIONS] INPUT...",
      "add articles to an archive",
      "An article whose ID is there already becomes its next revision, unless\n"
      "it says the same.",
      PACKING | OPT_BIT(OPT_UNSIGNED),
      "an ARCHIVE and an INPUT", 2, SIZE_MAX, cmd_append },
    { "list", "ARCHIVE [OPTIONS]",
      "ID, date and title of each article, a line each",
      "",
      OPT_BIT(OPT_SINCE) | OPT_BIT(OPT_UNTIL) | OPT_BIT(OPT_SECTION) |
          OPT_BIT(OPT_TITLE) | OPT_BIT(OPT_PREFIX) | OPT_BIT(OPT_REVISIONS) |
          OPT_BIT(OPT_REDACTED) | OPT_BIT(OPT_JSON),
      "an ARCHIVE", 1, 1, cmd_list },
    { "get", "ARCHIVE ID... [-p PUB | -P KEY] [OPTIONS]",
      "print articles",
      "An ID may also be an article's URL. With a key, what is printed is\n"
      "under its signature, and what is not found is proven not to be there.",
      PINNED | OPT_BIT(OPT_META) | OPT_BIT(OPT_REV) | OPT_BIT(OPT_OUTPUT) |
          OPT_BIT(OPT_FORCE),
      "an ARCHIVE and an ID", 2, SIZE_MAX, cmd_get },
    { "extract", "ARCHIVE [-C DIR] [--format F] [-o FILE] [OPTIONS] [ID...]",
      "write articles to files",
      "dir gives back names and bytes of the files that were packed, and\n"
      "overwrites none; jsonl gives back equal JSON values.",
      PINNED | OPT_BIT(OPT_FOLDER) | OPT_BIT(OPT_FORMAT) | OPT_BIT(OPT_OUTPUT) |
          OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_QUIET),
      "an ARCHIVE", 1, SIZE_MAX, cmd_extract },
    { "verify", "ARCHIVE [-p PUB | -P KEY] [OPTIONS]",
      "check every byte of an archive and, with a key, its signature",
      "With a key, what was seen of the same log before must be the beginning\n"
      "of it: pins keep the newest checkpoint seen of each.",
      PINNED | OPT_BIT(OPT_NOTE_SINCE) | OPT_BIT(OPT_POLICY) |
          OPT_BIT(OPT_JOBS) |
          OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET),
      "an ARCHIVE", 1, 1, cmd_verify },
    { "prove", "ARCHIVE [ID...] [--newest | --absent | --from NOTE] [OPTIONS]",
      "what a signed archive says of articles, to be checked without it",
      "One ID gives a proof that other tools for transparency logs read; with\n"
      "--from, what a witness takes: that the archive only grew.",
      OPT_BIT(OPT_NEWEST) | OPT_BIT(OPT_ABSENT) | OPT_BIT(OPT_FROM) |
          OPT_BIT(OPT_REV) | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE),
      "an ARCHIVE", 1, SIZE_MAX, cmd_prove },
    { "check", "PROOF [ARTICLE] -p PUB | -P KEY | --policy FILE [OPTIONS]",
      "check a proof, without the archive, and say what it proves",
      "ARTICLE is the text as get prints it. What was not given is not "
      "checked,\n"
      "and the output says so.",
      KEYS | OPT_BIT(OPT_META_FILE) | OPT_BIT(OPT_ID) | OPT_BIT(OPT_REV) |
          OPT_BIT(OPT_NEWEST) | OPT_BIT(OPT_ABSENT) | OPT_BIT(OPT_FROM) |
          OPT_BIT(OPT_POLICY) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET),
      "a PROOF", 1, 2, cmd_check },
    { "info", "ARCHIVE [--json]",
      "counts, sizes, origin and signatures of an archive",
      "",
      OPT_BIT(OPT_JSON),
      "an ARCHIVE", 1, 1, cmd_info },
    { "diff", "ARCHIVE ID [--rev A..B] [-p PUB | -P KEY] [OPTIONS]",
      "what changed between two revisions of an article",
      "Compares the newest revision with the one before, or A with B.",
      PINNED | OPT_BIT(OPT_REV) | OPT_BIT(OPT_WORDS) | OPT_BIT(OPT_JSON),
      "an ARCHIVE and an ID", 2, 2, cmd_diff },
    { "pins", "[--pins FILE] [--forget ORIGIN] [--json]",
      "what verify has seen of each log",
      "",
      OPT_BIT(OPT_PINS) | OPT_BIT(OPT_FORGET) | OPT_BIT(OPT_JSON),
      "", 0, 0, cmd_pins },
    { "dict", "ARCHIVE [-C DIR] [--json]",
      "the dictionaries, for zstd -D",
      "A single one goes to standard output; several go to DIR, with a table\n"
      "of which bytes of the archive need which.",
      OPT_BIT(OPT_FOLDER) | OPT_BIT(OPT_JSON),
      "an ARCHIVE", 1, 1, cmd_dict },
    { "repack", "ARCHIVE -o OUT [OPTIONS]",
      "store an archive otherwise: smaller, or faster",
      "Articles, tree and checkpoints stay as they are, so that what was "
      "signed\n"
      "stays signed and every proof holds.",
      OPT_BIT(OPT_LEVEL) | OPT_BIT(OPT_FAST) | OPT_BIT(OPT_SMALL) |
          OPT_BIT(OPT_DICT) | OPT_BIT(OPT_BLOCK) | OPT_BIT(OPT_JOBS) |
          OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_JSON) |
          OPT_BIT(OPT_QUIET),
      "an ARCHIVE", 1, 1, cmd_repack },
    { "redact", "ARCHIVE ID... -o OUT --reason TEXT (-s SEC | --unsigned)",
      "an archive without some articles, and a statement of that",
      "All other proofs and checkpoints stay valid. Says which articles still\n"
      "quote what was taken out. ARCHIVE is left as it is.",
      OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_REASON) |
          OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_UNSIGNED) | OPT_BIT(OPT_REV) |
          OPT_BIT(OPT_TIME) | OPT_BIT(OPT_NEW_LOG) | OPT_BIT(OPT_JOBS) |
          OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET),
      "an ARCHIVE and an ID", 2, SIZE_MAX, cmd_redact },
    { "rekey", "ARCHIVE -s OLDSEC --new-key NEWSEC [--time T]",
      "hand an archive over to another key",
      "Both keys sign that, and the new one the archive. Who trusts the old "
      "key\n"
      "finds the new one by it.",
      OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_NEW_KEY) | OPT_BIT(OPT_TIME) |
          OPT_BIT(OPT_NEW_LOG) | OPT_BIT(OPT_QUIET),
      "an ARCHIVE", 1, 1, cmd_rekey },
    { "recover", "DAMAGED -o OUT [-f]",
      "save what is whole in a damaged archive",
      "Finds articles by their frames, without index, tree or end, and packs\n"
      "them anew. Nothing about them is authentic: compare with a signed copy.",
      OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE),
      "an ARCHIVE", 1, 1, cmd_recover },
    { "checkpoint", "ARCHIVE [-p PUB | -P KEY] [--unsigned] [-o FILE]",
      "print the signed checkpoint, or the text to sign",
      "--minisig FILE -s SEC also writes its text to FILE, and a signature\n"
      "that minisign -V takes to FILE.minisig.",
      KEYS | OPT_BIT(OPT_UNSIGNED) | OPT_BIT(OPT_OUTPUT) |
          OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_MINISIG) | OPT_BIT(OPT_SECRET),
      "an ARCHIVE", 1, 1, cmd_checkpoint },
    { "sign", "ARCHIVE (-s SEC | --note FILE [-p PUB | -P KEY])",
      "sign an archive, here or with what was signed elsewhere",
      "FILE is a signed note, or the signature of minisign -S -l or signify\n"
      "-S over what checkpoint --unsigned prints.",
      KEYS | OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_NOTE) | OPT_BIT(OPT_NEW_LOG) |
          OPT_BIT(OPT_JOBS) | OPT_BIT(OPT_QUIET),
      "an ARCHIVE", 1, 1, cmd_sign },
    { "cosign",
      "(ARCHIVE | --request FILE) -s SEC --name NAME (-p PUB | -P KEY)",
      "state to have seen a checkpoint of somebody else's",
      "Refuses what does not go on from what this key has cosigned before.\n"
      "With --request, prints the line to answer a witness-request with.",
      KEYS | OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_NAME) | OPT_BIT(OPT_TIME) |
          OPT_BIT(OPT_REQUEST) | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) |
          OPT_BIT(OPT_QUIET),
      "an ARCHIVE", 0, 1, cmd_cosign },
    { "witness-request", "ARCHIVE --old SIZE [-o FILE]",
      "what to send to a witness for a cosignature",
      "",
      OPT_BIT(OPT_OLD) | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE),
      "an ARCHIVE", 1, 1, cmd_witness_request },
    { "attach", "ARCHIVE FILE [--policy FILE | -w VKEY]",
      "add the cosignatures that witnesses answered with",
      "Those of witnesses that are named are checked; others are kept.",
      OPT_BIT(OPT_POLICY) | OPT_BIT(OPT_WITNESS) | OPT_BIT(OPT_QUIET),
      "an ARCHIVE and a FILE", 2, 2, cmd_attach },
    { "vkey", "(-p PUB | -P KEY) (-n ORIGIN | --name NAME)",
      "a public key as other tools for transparency logs want it",
      "-n gives that of a log, --name that of a cosigner.",
      KEYS | OPT_BIT(OPT_ORIGIN) | OPT_BIT(OPT_NAME),
      "", 0, 0, cmd_vkey },
};

static const struct command *
find_command(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int
help_command(const struct command *c)
{
    struct out o;

    out_start(&o, STDOUT_FILENO);
    out_format(&o, "sheaf %s %s\n\n%s.\n", c->name, c->synopsis, c->summary);
    if (c->more[0] != '\0')
        out_format(&o, "%s\n", c->more);
    out_str(&o, "\n");
    args_describe(&o, c);
    return out_finish(&o, NULL);
}

static int
help(const char *name)
{
    struct out o;

    if (name != NULL) {
        const struct command *c = find_command(name);

        if (c == NULL)
            return say_usage(NULL, "no command '%s'", name);
        return help_command(c);
    }
    out_start(&o, STDOUT_FILENO);
    out_str(&o, "sheaf packs news articles into one signed file\n\n");
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        out_format(&o, "  %-15s  %s\n", commands[i].name, commands[i].summary);
    out_str(&o, "\n'sheaf help COMMAND' says more.\n");
    return out_finish(&o, NULL);
}

static int
version(void)
{
    struct out o;

    out_start(&o, STDOUT_FILENO);
    out_str(&o, "sheaf " SHEAF_VERSION "\n");
    return out_finish(&o, NULL);
}

int
main(int argc, char **argv)
{
    const struct command *c;
    struct args args;
    bool wants_help = false;
    int code;

    /* A closed pipe is a write that fails, and nothing worse. */
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2)
        return say_usage(NULL, "which command");
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
        return help(argv[2]);
    if (strcmp(argv[1], "--version") == 0)
        return version();
    c = find_command(argv[1]);
    if (c == NULL)
        return say_usage(NULL, "no command '%s'", argv[1]);
    code = args_parse(&args, c, argv + 2, &wants_help);
    if (wants_help)
        return help_command(c);
    if (code == EXIT_DONE)
        code = passphrase_option(&args);
    return code == EXIT_DONE ? c->run(&args) : code;
}
