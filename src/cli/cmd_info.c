/*
 * cmd_info.c - counts, sizes, origin and signatures of an archive.
 */
#include <unistd.h>

#include "cli/archive.h"
#include "cli/args.h"
#include "cli/index.h"
#include "cli/notes.h"
#include "cli/outfile.h"
#include "cli/plot.h"
#include "cli/splits.h"

static uint64_t
dictionary_bytes(const struct archive *a, uint64_t *packed)
{
    struct sheaf_dictionary d;
    uint64_t raw = 0;

    *packed = 0;
    for (unsigned i = 0; sheaf_get_dictionary(a->reader, i, &d, NULL, NULL) ==
                         SHEAF_OK; i++) {
        raw += d.raw_size;
        *packed += d.packed_size;
    }
    return raw;
}

static void
print_json(struct out *o, const struct archive *a, const struct index *ix)
{
    const struct sheaf_info *i = &a->info;
    struct sheaf_bytes rest = i->note, name;
    uint64_t packed, raw = dictionary_bytes(a, &packed);
    const char *comma = "";
    unsigned signers = 0;

    out_format(o, "{\"articles\":%llu,\"size\":%llu,\"generations\":%llu,"
               "\"raw_bytes\":%llu,\"bytes\":%llu,\"tail_bytes\":%llu,"
               "\"end_damaged\":%s,\"lost_leaves\":%llu,"
               "\"dictionaries\":%u,"
               "\"dictionary_bytes\":%llu,\"dictionary_raw_bytes\":%llu,"
               "\"words\":%s,\"redactions\":%llu,\"key_changes\":%u,"
               "\"runs\":%u,\"level\":%d,\"zstd\":\"%u.%u.%u\",",
               (unsigned long long)i->articles, (unsigned long long)i->size,
               (unsigned long long)i->generation,
               (unsigned long long)i->raw_bytes,
               (unsigned long long)i->file_bytes,
               (unsigned long long)i->tail_bytes,
               i->end_damaged ? "true" : "false",
               (unsigned long long)i->lost_leaves, i->dictionaries,
               (unsigned long long)packed, (unsigned long long)raw,
               i->words ? "true" : "false",
               (unsigned long long)i->redactions, i->key_changes, i->runs,
               i->level, i->zstd_version / 10000,
               i->zstd_version / 100 % 100, i->zstd_version % 100);
    out_str(o, "\"origin\":");
    out_json(o, i->origin);
    out_str(o, ",\"root\":\"");
    out_hex(o, i->root, sizeof i->root);
    out_format(o, "\",\"signed_size\":%llu,\"signatures\":[",
               (unsigned long long)i->signed_size);
    for (; notes_next_signer(&rest, &name, NULL); comma = ",", signers++) {
        out_str(o, comma);
        out_json(o, name);
    }
    out_format(o, "],\"cosignatures\":%u,\"index\":", signers > 0 ? signers - 1
                                                               : 0);
    out_json(o, sheaf_str(index_name(ix->found)));
    out_str(o, "}\n");
}

static void
print_sizes(struct out *o, const struct archive *a)
{
    const struct sheaf_info *i = &a->info;
    uint64_t packed, raw = dictionary_bytes(a, &packed);

    out_format(o, "articles      %llu, of %s\n",
               (unsigned long long)i->articles, size_text(i->raw_bytes).text);
    out_format(o, "archive       %s", size_text(i->file_bytes).text);
    if (i->raw_bytes != 0)
        out_format(o, ", %.1f %% of that",
                   100 * (double)i->file_bytes / (double)i->raw_bytes);
    out_format(o, "\ngenerations   %llu, index in %u run%s\n",
               (unsigned long long)i->generation, i->runs,
               i->runs == 1 ? "" : "s");
    if (i->dictionaries == 0)
        out_str(o, "dictionaries  none\n");
    else
        out_format(o, "dictionaries  %u, of %s, packed %s\n", i->dictionaries,
                   size_text(raw).text, size_text(packed).text);
    out_format(o, "words         %s\n",
               i->words ? "coded, where that is smaller" : "plain");
    out_format(o, "written by    zstd %u.%u.%u, level %d\n",
               i->zstd_version / 10000, i->zstd_version / 100 % 100,
               i->zstd_version % 100, i->level);
}

static void
print_provenance(struct out *o, const struct archive *a)
{
    const struct sheaf_info *i = &a->info;
    struct sheaf_bytes rest = i->note, name;

    out_str(o, "origin        ");
    out_visible(o, i->origin);
    out_format(o, "\ntree          %llu leaves, root ",
               (unsigned long long)i->size);
    out_hex(o, i->root, sizeof i->root);
    out_str(o, "\nsigned        ");
    if (i->note.len == 0)
        out_str(o, "no\n");
    else if (i->signed_size == i->size)
        out_str(o, "all leaves");
    else
        out_format(o, "the first %llu leaves",
                   (unsigned long long)i->signed_size);
    for (const char *by = ", says "; notes_next_signer(&rest, &name, NULL);
         by = ", ") {
        out_str(o, by);
        out_visible(o, name);
    }
    if (i->note.len != 0)
        out_str(o, " (verify -p PUB checks it)\n");
    if (i->redactions != 0)
        out_format(o, "redacted      %llu article%s\n",
                   (unsigned long long)i->redactions,
                   i->redactions == 1 ? "" : "s");
    if (i->key_changes != 0)
        out_format(o, "key changes   %u\n", i->key_changes);
    if (i->lost_leaves != 0)
        out_format(o, "damage        the last leaves (%llu or more) are not "
                      "read\n",
                   (unsigned long long)i->lost_leaves);
    else if (i->end_damaged)
        out_str(o, "damage        the second copy of the end\n");
    if (i->tail_bytes != 0)
        out_format(o, "tail          %llu bytes after the end\n",
                   (unsigned long long)i->tail_bytes);
}

static void
print_index(struct out *o, const struct index *ix)
{
    static const char *const says[] = {
        [INDEX_FRESH] = "up to date",
        [INDEX_BEHIND] = "lacks what was appended since",
        [INDEX_PARTIAL] = "lacks articles that were lost when it was made",
        [INDEX_REPLACED] = "of another state of the archive",
        [INDEX_FOREIGN] = "no index that sheaf made",
        [INDEX_DAMAGED] = "damaged",
    };

    if (ix->found == INDEX_NONE)
        return;
    out_str(o, "index         ");
    out_visible(o, sheaf_str(buf_str(&ix->path)));
    out_format(o, ", %s: %s\n", size_text(ix->bytes).text, says[ix->found]);
}

int
cmd_info(const struct args *args)
{
    struct archive a;
    struct index ix = { .fd = 0 };
    struct out o;
    bool plots = args_has(args, OPT_PLOT);
    bool splits = args_has(args, OPT_SPLITS);
    int code;

    if (args_has(args, OPT_OUTPUT) && !plots)
        return say_usage("info", "info: -o is for --plot");
    if (plots && splits)
        return say_usage("info", "info: only one of --plot and --splits");
    archive_allow_earlier();
    code = archive_open(&a, args->operand[0], NULL);
    if (code == EXIT_DONE && !plots && !splits && !archive_is_far(&a))
        code = index_look(&ix, &a);
    if (code == EXIT_DONE && plots) {
        code = plot(&a, args);
    } else if (code == EXIT_DONE && splits) {
        code = splits_print(&a, args);
    } else if (code == EXIT_DONE) {
        out_start(&o, STDOUT_FILENO);
        if (args_has(args, OPT_JSON)) {
            print_json(&o, &a, &ix);
        } else {
            print_sizes(&o, &a);
            print_provenance(&o, &a);
            print_index(&o, &ix);
        }
        code = out_finish(&o, NULL);
    }
    index_close(&ix);
    archive_close(&a);
    return code;
}
