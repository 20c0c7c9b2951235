/*
 * main.c - which command, and help.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "cli/archive.h"
#include "cli/args.h"
#include "cli/index.h"
#include "cli/kept.h"
#include "cli/keyfile.h"
#include "cli/outfile.h"
#include "cli/remote.h"

#define KEYS (OPT_BIT(OPT_PUBLIC) | OPT_BIT(OPT_KEY))
#define PINNED                                                                \
    (KEYS | OPT_BIT(OPT_PINS) | OPT_BIT(OPT_NO_PINS) | OPT_BIT(OPT_EXPECTED))
#define PACKING                                                               \
    (OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_LEVEL) | OPT_BIT(OPT_FAST) |           \
     OPT_BIT(OPT_SMALL) | OPT_BIT(OPT_WEB) | OPT_BIT(OPT_PLAIN) |             \
     OPT_BIT(OPT_DICT) | OPT_BIT(OPT_JOBS) |                                  \
     OPT_BIT(OPT_TIME) | OPT_BIT(OPT_UNIQUE) | OPT_BIT(OPT_NEW_LOG) |         \
     OPT_BIT(OPT_BLOCK) | OPT_BIT(OPT_SALTED) |                               \
     OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET) | BIT_IMPORTING)

static const struct command commands[] = {
    { "keygen", "-p PUB -s SEC [-W] [-f]",
      "make a minisign key pair",
      "Without -W, a passphrase encrypts the secret key. It comes from the\n"
      "terminal or from SHEAF_PASSPHRASE. Prints the public key.",
      OPT_BIT(OPT_PUBLIC) | OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_NO_PASSPHRASE) |
          OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_JSON),
      "-p PUB -s SEC", 0, 0, cmd_keygen },
    { "pack", "-o OUT [-s SEC] [-n ORIGIN] [OPTIONS] INPUT...",
      "make an archive",
      "An INPUT is a file, a folder, a tar, zip or 7z archive, JSONL (one\n"
      "article on each line), any of these compressed, or - for standard\n"
      "input.",
      PACKING | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) |
          OPT_BIT(OPT_ORIGIN),
      "an INPUT", 1, SIZE_MAX, cmd_pack },
    { "train", "-o DICT [OPTIONS] INPUT...",
      "make a dictionary for archives that are packed in pieces",
      "The articles at the start of the INPUTs are a sample of what will be\n"
      "packed: 16 times as much as the largest dictionary, by default 11M.\n"
      "pack --dict-file DICT on each machine makes archives, which merge\n"
      "--shards joins to the same bytes, whoever packed what.",
      OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_LEVEL) |
          OPT_BIT(OPT_PLAIN) | OPT_BIT(OPT_DICT) | OPT_BIT(OPT_JOBS) |
          OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET) | BIT_IMPORTING,
      "an INPUT", 1, SIZE_MAX, cmd_train },
    { "append",
      "ARCHIVE [-s SEC [--sign-unsigned] | --unsigned] [OPTIONS] INPUT...",
      "add articles to an archive",
      "An article with the ID of an earlier one becomes its next revision,\n"
      "unless it is unchanged.",
      PACKING | OPT_BIT(OPT_UNSIGNED) | OPT_BIT(OPT_SIGN_UNSIGNED),
      "an ARCHIVE and an INPUT", 2, SIZE_MAX, cmd_append },
    { "list", "ARCHIVE [-p PUB | -P KEY] [OPTIONS] [ID...]",
      "list articles: ID, date and title, one line each",
      "An ID may be a pattern with * and ?. With a key, each line comes from\n"
      "an article that the signature covers, and no such article is left "
      "out.\n"
      "A folder of archives is read as one.",
      PINNED | BIT_SELECTING | OPT_BIT(OPT_REVISIONS) |
          OPT_BIT(OPT_REDACTED) | OPT_BIT(OPT_JSON) | BIT_REMOTE,
      "an ARCHIVE", 1, SIZE_MAX, cmd_list },
    { "get", "ARCHIVE ID... [-p PUB | -P KEY] [OPTIONS]",
      "print articles",
      "An ID may also be a URL. With a key, the signature must cover what is\n"
      "printed, and 'no such article' is a proven answer.",
      PINNED | OPT_BIT(OPT_META) | OPT_BIT(OPT_TEXT) | OPT_BIT(OPT_REV) |
          OPT_BIT(OPT_PART) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_NUL) |
          OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_JOBS) |
          BIT_REMOTE,
      "an ARCHIVE and an ID", 2, SIZE_MAX, cmd_get },
    { "search", "ARCHIVE [-p PUB | -P KEY] [OPTIONS] WORD...",
      "list articles that have words, the best first",
      "All of the words; '\"...\"' is a phrase, and WORD* the beginning of a\n"
      "word. 'sheaf index' makes the index that this needs. Each article that\n"
      "is listed was read and has the words; that no other has them is not\n"
      "proven.",
      PINNED | BIT_SELECTING | OPT_BIT(OPT_INDEX) | OPT_BIT(OPT_JSON) |
          OPT_BIT(OPT_QUIET) | BIT_REMOTE,
      "an ARCHIVE and a WORD", 2, SIZE_MAX, cmd_search },
    { "index", "ARCHIVE [-f] [-q] [--json]",
      "make or continue ARCHIVE.db, an index of words for search",
      "After an append, only what is new is read. SQLite reads it, too.",
      OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_QUIET) | OPT_BIT(OPT_JSON),
      "an ARCHIVE", 1, 1, cmd_index },
    { "extract", "ARCHIVE [-C DIR] [--format F] [-o FILE] [OPTIONS] [ID...]",
      "write articles to files",
      "An ID may be a pattern with * and ?. dir restores the names and bytes\n"
      "of the files that were packed; jsonl restores equal JSON values; csv\n"
      "has metadata, sqlite also an index of all words.",
      PINNED | BIT_SELECTING | OPT_BIT(OPT_FOLDER) | OPT_BIT(OPT_FORMAT) |
          OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_SKIP) |
          OPT_BIT(OPT_QUIET) | OPT_BIT(OPT_TEXT) | OPT_BIT(OPT_JSON) |
          OPT_BIT(OPT_REVISIONS) | BIT_REMOTE,
      "an ARCHIVE", 1, SIZE_MAX, cmd_extract },
    { "verify", "ARCHIVE... [-p PUB | -P KEY] [OPTIONS]",
      "check every byte of an archive and, with a key, its signature",
      "With a key, the archive must also extend the newest checkpoint of the\n"
      "same log that was seen before; pins keep these checkpoints.",
      PINNED | OPT_BIT(OPT_NOTE_SINCE) | OPT_BIT(OPT_POLICY) |
          OPT_BIT(OPT_JOBS) |
          OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET) | BIT_REMOTE,
      "an ARCHIVE", 1, SIZE_MAX, cmd_verify },
    { "prove", "ARCHIVE [ID...] [--newest | --absent | --from NOTE] [OPTIONS]",
      "prove what a signed archive says about articles",
      "The proof can be checked without the archive. For one ID, other tools\n"
      "for transparency logs read it. With --from it proves that the archive\n"
      "extends an earlier one, in a form that witnesses accept.",
      OPT_BIT(OPT_NEWEST) | OPT_BIT(OPT_ABSENT) | OPT_BIT(OPT_FROM) |
          OPT_BIT(OPT_REV) | OPT_BIT(OPT_EXPECTED) | OPT_BIT(OPT_OUTPUT) |
          OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_JSON) | BIT_REMOTE,
      "an ARCHIVE", 1, SIZE_MAX, cmd_prove },
    { "check", "PROOF [ARTICLE] -p PUB | -P KEY | --policy FILE [OPTIONS]",
      "check a proof, without the archive, and say what it proves",
      "ARTICLE is the text, as get prints it. What is not given is not "
      "checked,\n"
      "and the output says so.",
      KEYS | OPT_BIT(OPT_META_FILE) | OPT_BIT(OPT_ID) | OPT_BIT(OPT_REV) |
          OPT_BIT(OPT_NEWEST) | OPT_BIT(OPT_ABSENT) | OPT_BIT(OPT_FROM) |
          OPT_BIT(OPT_POLICY) | OPT_BIT(OPT_EXPECTED) | OPT_BIT(OPT_JSON) |
          OPT_BIT(OPT_QUIET),
      "a PROOF", 1, 2, cmd_check },
    { "info", "ARCHIVE [--plot [-o FILE.svg] | --splits N] [--json]",
      "print counts, sizes, origin and signatures of an archive",
      "",
      OPT_BIT(OPT_PLOT) | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) |
          OPT_BIT(OPT_JSON) | BIT_REMOTE,
      "an ARCHIVE", 1, 1, cmd_info },
    { "diff", "ARCHIVE ID [--rev A..B] [-p PUB | -P KEY] [OPTIONS]",
      "print what changed between two revisions of an article",
      "Compares the newest revision with the one before it, or A with B.",
      PINNED | OPT_BIT(OPT_REV) | OPT_BIT(OPT_JSON) | BIT_REMOTE,
      "an ARCHIVE and an ID", 2, 2, cmd_diff },
    { "pins", "[--pins FILE] [--forget ORIGIN] [--json]",
      "print or forget the checkpoints that verify has seen",
      "",
      OPT_BIT(OPT_PINS) | OPT_BIT(OPT_FORGET) | OPT_BIT(OPT_JSON),
      "", 0, 0, cmd_pins },
    { "dict", "ARCHIVE [-C DIR] [--json]",
      "print the dictionaries, for zstd -D",
      "A single dictionary goes to standard output. With -C, each goes to a\n"
      "file, and a table says which bytes of the archive need which.",
      OPT_BIT(OPT_FOLDER) | OPT_BIT(OPT_JSON) | BIT_REMOTE,
      "an ARCHIVE", 1, 1, cmd_dict },
    { "repack", "ARCHIVE -o OUT [OPTIONS]",
      "compress an archive again: smaller, or faster to read",
      "Articles, tree and checkpoints stay the same, so that signatures and\n"
      "proofs stay valid.",
      OPT_BIT(OPT_LEVEL) | OPT_BIT(OPT_FAST) | OPT_BIT(OPT_SMALL) |
          OPT_BIT(OPT_WEB) | OPT_BIT(OPT_PLAIN) | OPT_BIT(OPT_DICT) |
          OPT_BIT(OPT_BLOCK) | OPT_BIT(OPT_JOBS) | OPT_BIT(OPT_OUTPUT) |
          OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET) |
          BIT_REMOTE,
      "an ARCHIVE", 1, 1, cmd_repack },
    { "merge", "ARCHIVE... -o OUT [-s SEC] [-p PUB | -P KEY] [OPTIONS]",
      "make one archive of several",
      "Copies what is compressed already. The same article is stored once,\n"
      "another one with an ID that is there becomes its next revision, and\n"
      "what was redacted stays redacted. The new archive is another log.",
      KEYS | OPT_BIT(OPT_PINS) | OPT_BIT(OPT_NO_PINS) | OPT_BIT(OPT_OUTPUT) |
          OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_ORIGIN) |
          OPT_BIT(OPT_NEW_LOG) | OPT_BIT(OPT_TIME) | OPT_BIT(OPT_LEVEL) |
          OPT_BIT(OPT_POLICY) | OPT_BIT(OPT_SIGN_UNSIGNED) |
          OPT_BIT(OPT_JOBS) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET) |
          BIT_REMOTE,
      "an ARCHIVE", 1, SIZE_MAX, cmd_merge },
    { "split", "ARCHIVE -C DIR --by month|section|SIZE [-s SEC] [OPTIONS]",
      "make several archives of one",
      "Copies what is compressed already. Each archive is a log of its own,\n"
      "named by the month or section of its articles.",
      KEYS | OPT_BIT(OPT_PINS) | OPT_BIT(OPT_NO_PINS) | OPT_BIT(OPT_FOLDER) |
          OPT_BIT(OPT_BY) | OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_SECRET) |
          OPT_BIT(OPT_SIGN_UNSIGNED) |
          OPT_BIT(OPT_TIME) | OPT_BIT(OPT_LEVEL) | OPT_BIT(OPT_JOBS) |
          OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET) | BIT_REMOTE,
      "an ARCHIVE", 1, 1, cmd_split },
    { "sync", "ARCHIVE COPY [-p PUB | -P KEY] [OPTIONS]",
      "fetch what was appended to an archive since it was copied",
      "COPY is made if it is not there. It is replaced only if ARCHIVE\n"
      "extends it, and every byte was checked. An archive that was written\n"
      "anew is fetched as a whole.",
      PINNED | OPT_BIT(OPT_JOBS) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET) |
          BIT_REMOTE,
      "an ARCHIVE and a COPY", 2, 2, cmd_sync },
    { "repair", "DAMAGED -o OUT [-f] [-q]",
      "repair a damaged archive that has lost no article",
      "Derives all other data from the articles, whose frames it keeps.\n"
      "Tree and checkpoints stay the same, so that signatures and proofs stay\n"
      "valid. If articles are lost, 'sheaf recover' saves the others.",
      OPT_BIT(OPT_JOBS) | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) |
          OPT_BIT(OPT_JSON) | OPT_BIT(OPT_QUIET),
      "a DAMAGED archive", 1, 1, cmd_repair },
    { "redact", "ARCHIVE ID... -o OUT --reason TEXT (-s SEC | --unsigned)",
      "remove articles, and state that they were removed",
      "Writes a new archive; ARCHIVE itself is not changed. Proofs of other\n"
      "articles and all checkpoints stay valid. Names the articles that still\n"
      "quote a removed one.",
      OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_REASON) |
          OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_UNSIGNED) |
          OPT_BIT(OPT_SIGN_UNSIGNED) | OPT_BIT(OPT_REV) | OPT_BIT(OPT_TIME) |
          OPT_BIT(OPT_NEW_LOG) | OPT_BIT(OPT_JOBS) | OPT_BIT(OPT_JSON) |
          OPT_BIT(OPT_QUIET) | BIT_REMOTE,
      "an ARCHIVE and an ID", 2, SIZE_MAX, cmd_redact },
    { "rekey", "ARCHIVE -s OLDSEC --new-key NEWSEC [--time T]",
      "replace the key that signs an archive",
      "Both keys sign a statement, and the new key signs the archive. A\n"
      "verifier that trusts the old key finds the new one by the statement.",
      OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_NEW_KEY) | OPT_BIT(OPT_TIME) |
          OPT_BIT(OPT_NEW_LOG) | OPT_BIT(OPT_QUIET) | OPT_BIT(OPT_JSON),
      "an ARCHIVE", 1, 1, cmd_rekey },
    { "recover", "DAMAGED -o OUT [-f] [-q]",
      "save the whole articles of a damaged archive",
      "Finds articles by their frames, without index, tree or end, and packs\n"
      "them into a new archive. Nothing about them is authentic.",
      OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_JSON) |
          OPT_BIT(OPT_QUIET),
      "an ARCHIVE", 1, 1, cmd_recover },
    { "checkpoint",
      "ARCHIVE [-p PUB | -P KEY] [--unsigned | --tiles DIR] [-o FILE]",
      "print the signed checkpoint, or the text to sign",
      "--tiles DIR writes the tree as static files for monitors instead.\n"
      "--minisig FILE -s SEC also writes its text to FILE, and a signature\n"
      "that minisign -V accepts to FILE.minisig.",
      KEYS | OPT_BIT(OPT_UNSIGNED) | OPT_BIT(OPT_OUTPUT) |
          OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_MINISIG) | OPT_BIT(OPT_SECRET) |
          OPT_BIT(OPT_JSON) | BIT_REMOTE,
      "an ARCHIVE", 1, 1, cmd_checkpoint },
    { "sign",
      "ARCHIVE (-s SEC [--sign-unsigned] | --note FILE [-p PUB | -P KEY])",
      "sign an archive, or add a signature made elsewhere",
      "FILE is a signed note, or the signature that minisign -S -l or signify\n"
      "-S made of the output of checkpoint --unsigned.",
      KEYS | OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_NOTE) | OPT_BIT(OPT_NEW_LOG) |
          OPT_BIT(OPT_SIGN_UNSIGNED) | OPT_BIT(OPT_JOBS) | OPT_BIT(OPT_QUIET) |
          OPT_BIT(OPT_JSON),
      "an ARCHIVE", 1, 1, cmd_sign },
    { "cosign",
      "(ARCHIVE | --request FILE) -s SEC --name NAME (-p PUB | -P KEY)",
      "cosign somebody else's checkpoint, as a witness",
      "Refuses a checkpoint that does not extend the one that this key\n"
      "cosigned before. With --request, prints the answer to a\n"
      "witness-request.",
      KEYS | OPT_BIT(OPT_SECRET) | OPT_BIT(OPT_NAME) | OPT_BIT(OPT_TIME) |
          OPT_BIT(OPT_REQUEST) | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) |
          OPT_BIT(OPT_QUIET) | OPT_BIT(OPT_JSON),
      "an ARCHIVE", 0, 1, cmd_cosign },
    { "witness-request", "ARCHIVE --old SIZE [-o FILE]",
      "print a request for a cosignature of a witness",
      "",
      OPT_BIT(OPT_OLD) | OPT_BIT(OPT_OUTPUT) | OPT_BIT(OPT_FORCE) |
          OPT_BIT(OPT_JSON) | BIT_REMOTE,
      "an ARCHIVE", 1, 1, cmd_witness_request },
    { "attach", "ARCHIVE FILE [--policy FILE | -w VKEY]",
      "add cosignatures from the answers of witnesses",
      "Cosignatures of the named witnesses are checked; others are kept "
      "unchecked.",
      OPT_BIT(OPT_POLICY) | OPT_BIT(OPT_WITNESS) | OPT_BIT(OPT_QUIET) |
          OPT_BIT(OPT_JSON),
      "an ARCHIVE and a FILE", 2, 2, cmd_attach },
    { "vkey", "(-p PUB | -P KEY) (-n ORIGIN | --name NAME)",
      "print a public key in the form of transparency logs",
      "-n gives the key of a log, --name that of a cosigner.",
      KEYS | OPT_BIT(OPT_ORIGIN) | OPT_BIT(OPT_NAME) | OPT_BIT(OPT_JSON),
      "", 0, 0, cmd_vkey },
    { "timestamp", "ARCHIVE --tsa URL [--tsa-ca PEM] [-o FILE]",
      "get a time stamp of an authority over the checkpoint",
      "The authority signs that the checkpoint existed at a time (RFC 3161).\n"
      "It is kept in ARCHIVE.tsr; verify and check accept it with\n"
      "--timestamp. Only the hash of the checkpoint is sent.",
      KEYS | OPT_BIT(OPT_EXPECTED) | OPT_BIT(OPT_OUTPUT) |
          OPT_BIT(OPT_FORCE) | OPT_BIT(OPT_QUIET) | OPT_BIT(OPT_JSON) |
          BIT_REMOTE,
      "an ARCHIVE", 1, 1, cmd_timestamp },
    { "serve", "ARCHIVE|FOLDER... [-p PUB | -P KEY] [OPTIONS]",
      "let browsers and programs read archives over HTTP",
      "Serves a page for people, the archives by ranges, and lists, articles,\n"
      "proofs and search as JSON. Nothing can be changed, and no other file\n"
      "can be reached. SIGTERM and SIGINT end it.",
      PINNED, "an ARCHIVE or a FOLDER", 1, SIZE_MAX, cmd_serve },
    { "completion", "bash | zsh | fish",
      "print the script by which a shell completes commands",
      "",
      0,
      "the name of a shell", 1, 1, cmd_completion },
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
no_command(const char *name)
{
    const char *names[COUNT_OF(commands)];
    const char *nearest;

    for (size_t i = 0; i < COUNT_OF(commands); i++)
        names[i] = commands[i].name;
    nearest = args_nearest(name, names, COUNT_OF(commands));
    if (nearest != NULL)
        return say_usage(NULL, "no command '%s'; did you mean %s?", name,
                         nearest);
    return say_usage(NULL, "no command '%s'", name);
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
help(const char *name, int fd)
{
    struct out o;

    if (name != NULL) {
        const struct command *c = find_command(name);

        if (c == NULL)
            return no_command(name);
        return help_command(c);
    }
    out_start(&o, fd);
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

/* With --json, a command that fails before it has printed anything prints the
 * reason as JSON, too. */
static void
print_failure(int code)
{
    struct out o;

    if (out_wrote())
        return;
    out_start(&o, STDOUT_FILENO);
    out_format(&o, "{\"exit\":%d,\"error\":", code);
    out_json(&o, sheaf_str(last_said()));
    out_str(&o, "}\n");
    (void)out_flush(&o);
}

/* Opens /dev/null in place of a closed standard descriptor. Otherwise the
 * next file to be opened would get its number, and a summary would be
 * written into the archive. Reading or writing such a descriptor fails,
 * except that messages are lost. */
static void
open_standard(void)
{
    static const int modes[] = { O_WRONLY, O_RDONLY, O_WRONLY };
    struct pollfd fds[] = { { .fd = STDIN_FILENO }, { .fd = STDOUT_FILENO },
                            { .fd = STDERR_FILENO } };

    if (poll(fds, COUNT_OF(fds), 0) <= 0)
        return;
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        if ((fds[i].revents & POLLNVAL) != 0 &&
            open("/dev/null", modes[i]) != fds[i].fd)
            _exit(EXIT_FAILED);
}

/* Whether what was kept of a file on another machine may be why it looks
 * damaged. It is forgotten then. */
static bool
doubts_kept(const struct command *c)
{
    if (!archive_any_damaged() || !kept_forget())
        return false;
    say("%s: some of this was in the cache: it may have come wrong at an "
        "earlier time, and the next try reads it from the server",
        c->name);
    return true;
}

static int
run(const struct command *c, const struct args *args)
{
    bool remote = (c->options & BIT_REMOTE) != 0, anew;
    int code = EXIT_DONE;

    if (!remote && args->count != 0 && c->run != cmd_pack &&
        c->run != cmd_train && remote_is(args->operand[0]))
        return say_usage(c->name, "%s: what it %s must be a file: download "
                         "it first", c->name,
                         c->run == cmd_serve ? "serves" : "reads");
    if (remote)
        code = remote_options(args);
    if (code != EXIT_DONE)
        return code;
    code = c->run(args);
    anew = doubts_kept(c) || remote_changed();
    /* What was written to a folder would be in the way. */
    if (code != EXIT_DONE && anew && !out_wrote() && c->run != cmd_extract &&
        c->run != cmd_dict) {
        say("%s: beginning once more", c->name);
        code = c->run(args);
        (void)doubts_kept(c);
    }
    return code;
}

/* What the user names is read, unless it is where something is written. */
static void
note_inputs(const struct args *args)
{
    if (args->command->run == cmd_keygen)
        return;
    for (size_t i = 0; i < args->count; i++)
        input_is(args->operand[i]);
    for (int i = 0; i < OPT_COUNT; i++)
        if (i != OPT_OUTPUT && i != OPT_MINISIG && i != OPT_REJECTS &&
            i != OPT_REPORT && args->value[i] != NULL)
            input_is(args->value[i]);
}

int
main(int argc, char **argv)
{
    const struct command *c;
    struct args args;
    bool wants_help = false;
    int code, dropped;

    open_standard();
    /* A closed pipe then fails a write, and does not end the process. */
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        (void)help(NULL, STDERR_FILENO);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 ||
        strcmp(argv[1], "-h") == 0)
        return help(argv[2], STDOUT_FILENO);
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        return version();
    c = find_command(argv[1]);
    if (c == NULL)
        return no_command(argv[1]);
    code = args_parse(&args, c, argv + 2, &wants_help);
    if (wants_help)
        return help_command(c);
    note_inputs(&args);
    if (args_has(&args, OPT_SECRET))
        forbid_core();
    if (code == EXIT_DONE)
        code = passphrase_option(&args);
    if (code == EXIT_DONE) {
        args.all = commands;
        args.all_count = COUNT_OF(commands);
        code = run(c, &args);
    }
    dropped = index_drop_replaced();
    if (code == EXIT_DONE)
        code = dropped;
    /* What is not there may be among what is lost (F13.6). */
    if ((code == EXIT_DONE || code == EXIT_NOT_FOUND) &&
        archive_any_incomplete())
        code = EXIT_CORRUPT;
    if (code != EXIT_DONE && code != EXIT_USAGE &&
        args_has(&args, OPT_JSON))
        print_failure(interrupted() ? interrupted_status() : code);
    if (code != EXIT_DONE && interrupted())
        end_interrupted();
    return code;
}
