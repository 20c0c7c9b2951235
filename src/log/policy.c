/*
 * policy.c - who must cosign a checkpoint.
 */
#include "log/policy.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/number.h"
#include "log/note.h"

/* Not the number of any node. */
#define NOBODY SIZE_MAX

/* A witness, or a group of nodes before it. Each node is in at most one group,
 * so that it can count for the quorum in one way only: the nodes are trees. */
struct node {
    struct sheaf_bytes name;
    size_t parent; /* the group of which it is a member, or NOBODY */
    size_t wanted; /* members that a group requires; 0: a witness */
    struct note_key key;
};

struct sheaf_policy {
    struct sheaf_buf text; /* the text that all views are of */
    size_t log_count;
    struct note_key logs[POLICY_LOGS_MAX];
    size_t node_count;
    struct node nodes[POLICY_NODES_MAX];
    bool has_quorum;
    size_t quorum; /* a node, or NOBODY: none is required */
};

/* A line that is being read. */
struct line {
    struct cursor cur;
    size_t number;
};

/* ---- Reading ------------------------------------------------------------- */

static int
bad(const struct line *line, const char *clause, const char *what,
    struct sheaf_error *err)
{
    return fail_corrupt(err, NO_OFFSET, clause, "line %zu of the policy: %s",
                        line->number, what);
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* The next item; false at the end of the line. */
static bool
take_item(struct line *line, struct sheaf_bytes *out)
{
    struct cursor *c = &line->cur;

    while (cursor_left(c) > 0 && is_blank(*c->at))
        (void)cursor_u8(c);
    out->data = c->at;
    while (cursor_left(c) > 0 && !is_blank(*c->at))
        (void)cursor_u8(c);
    out->len = (size_t)(c->at - out->data);
    return out->len > 0;
}

static size_t
find(const struct sheaf_policy *p, struct sheaf_bytes name)
{
    for (size_t i = 0; i < p->node_count; i++) {
        if (bytes_equal(p->nodes[i].name, name))
            return i;
    }
    return NOBODY;
}

/* A key of an unknown algorithm is identified by its name and ID. */
static bool
same_key(const struct note_key *a, const struct note_key *b)
{
    bool readable = a->alg != NOTE_ML_DSA_44 && b->alg != NOTE_ML_DSA_44;

    if (readable)
        return memcmp(a->key, b->key, sizeof a->key) == 0;
    return a->alg == b->alg && bytes_equal(a->name, b->name) &&
           memcmp(a->id, b->id, sizeof a->id) == 0;
}

static bool
key_is_new(const struct sheaf_policy *p, const struct note_key *key)
{
    for (size_t i = 0; i < p->log_count; i++) {
        if (same_key(&p->logs[i], key))
            return false;
    }
    for (size_t i = 0; i < p->node_count; i++) {
        if (p->nodes[i].wanted == 0 && same_key(&p->nodes[i].key, key))
            return false;
    }
    return true;
}

/* A key, and after it nothing or a URL, which is ignored. */
static int
take_key(const struct sheaf_policy *p, struct line *line, struct note_key *out,
         struct sheaf_error *err)
{
    struct sheaf_bytes item;

    if (!take_item(line, &item))
        return bad(line, "F16.1", "a key is missing", err);
    if (!note_key_parse(item, out))
        return bad(line, "F16.2", "not a verifier key", err);
    if (take_item(line, &item) && take_item(line, &item))
        return bad(line, "F16.1", "too many items", err);
    return key_is_new(p, out)
               ? SHEAF_OK
               : bad(line, "F16.3", "this key comes twice", err);
}

static int
take_log(struct sheaf_policy *p, struct line *line, struct sheaf_error *err)
{
    struct note_key key;
    int rc = take_key(p, line, &key, err);

    if (rc != SHEAF_OK)
        return rc;
    if (key.alg != NOTE_ED25519 ||
        !note_origin_ok((const char *)key.name.data, key.name.len))
        return bad(line, "F16.2", "not a log's key", err);
    if (p->log_count == POLICY_LOGS_MAX)
        return fail_limit(err, NO_OFFSET, "F16.1",
                          "the policy has more than %d logs", POLICY_LOGS_MAX);
    p->logs[p->log_count++] = key;
    return SHEAF_OK;
}

/* The name of a new node. */
static int
take_name(const struct sheaf_policy *p, struct line *line,
          struct sheaf_bytes *out, struct sheaf_error *err)
{
    if (!take_item(line, out))
        return bad(line, "F16.1", "a name is missing", err);
    if (bytes_is(*out, "none") || find(p, *out) != NOBODY)
        return bad(line, "F16.4", "this name is defined twice", err);
    if (p->node_count == POLICY_NODES_MAX)
        return fail_limit(err, NO_OFFSET, "F16.1",
                          "the policy has more than %d witnesses and groups",
                          POLICY_NODES_MAX);
    return SHEAF_OK;
}

static int
take_witness(struct sheaf_policy *p, struct line *line,
             struct sheaf_error *err)
{
    struct node n = { .parent = NOBODY };
    int rc = take_name(p, line, &n.name, err);

    if (rc == SHEAF_OK)
        rc = take_key(p, line, &n.key, err);
    if (rc != SHEAF_OK)
        return rc;
    if (n.key.alg != NOTE_COSIGNATURE && n.key.alg != NOTE_ML_DSA_44)
        return bad(line, "F16.2", "not a witness's key", err);
    p->nodes[p->node_count++] = n;
    return SHEAF_OK;
}

/* `any`, `all` or a number without leading zeros; NOBODY is `all`. */
static bool
parse_wanted(struct sheaf_bytes item, size_t *out)
{
    uint64_t v;

    if (bytes_is(item, "any") || bytes_is(item, "all")) {
        *out = bytes_is(item, "any") ? 1 : NOBODY;
        return true;
    }
    if (!number_parse(item, 999, &v))
        return false;
    *out = (size_t)v;
    return true;
}

static int
take_group(struct sheaf_policy *p, struct line *line, struct sheaf_error *err)
{
    struct node n = { .parent = NOBODY };
    size_t members = 0;
    struct sheaf_bytes item;
    int rc = take_name(p, line, &n.name, err);

    if (rc != SHEAF_OK)
        return rc;
    if (!take_item(line, &item))
        return bad(line, "F16.1", "the number of members is missing", err);
    if (!parse_wanted(item, &n.wanted))
        return bad(line, "F16.1", "neither any, all nor a number", err);
    for (; take_item(line, &item); members++) {
        size_t member = find(p, item);

        if (member == NOBODY)
            return bad(line, "F16.4", "a member is not defined before", err);
        if (p->nodes[member].parent != NOBODY)
            return bad(line, "F16.4", "a member is in a group already", err);
        p->nodes[member].parent = p->node_count;
    }
    if (members == 0)
        return bad(line, "F16.1", "a group without members", err);
    if (n.wanted == NOBODY)
        n.wanted = members;
    if (n.wanted == 0 || n.wanted > members)
        return bad(line, "F16.4", "the group has fewer members", err);
    p->nodes[p->node_count++] = n;
    return SHEAF_OK;
}

static int
take_quorum(struct sheaf_policy *p, struct line *line, struct sheaf_error *err)
{
    struct sheaf_bytes item, more;

    if (p->has_quorum)
        return bad(line, "F16.5", "a second quorum", err);
    if (!take_item(line, &item))
        return bad(line, "F16.1", "a name is missing", err);
    if (take_item(line, &more))
        return bad(line, "F16.1", "too many items", err);
    p->quorum = find(p, item);
    if (p->quorum == NOBODY && !bytes_is(item, "none"))
        return bad(line, "F16.4", "the quorum is not defined before", err);
    p->has_quorum = true;
    return SHEAF_OK;
}

static int
take_line(struct sheaf_policy *p, struct line *line, struct sheaf_error *err)
{
    struct sheaf_bytes item;

    if (!take_item(line, &item) || item.data[0] == '#')
        return SHEAF_OK;
    if (bytes_is(item, "log"))
        return take_log(p, line, err);
    if (bytes_is(item, "witness"))
        return take_witness(p, line, err);
    if (bytes_is(item, "group"))
        return take_group(p, line, err);
    if (bytes_is(item, "quorum"))
        return take_quorum(p, line, err);
    return bad(line, "F16.1", "neither log, witness, group nor quorum", err);
}

static int
check_bytes(struct sheaf_bytes text, struct sheaf_error *err)
{
    if (text.len > POLICY_MAX)
        return fail_limit(err, NO_OFFSET, "F16.1",
                          "the policy is longer than %d bytes", POLICY_MAX);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];

        if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7F)
            return fail_corrupt(err, NO_OFFSET, "F16.1",
                                "the policy has a control character");
    }
    if (text.len == 0 || text.data[text.len - 1] != '\n')
        return fail_corrupt(err, NO_OFFSET, "F16.1",
                            "the policy doesn't end with a newline");
    return SHEAF_OK;
}

int
sheaf_policy_parse(struct sheaf_bytes text, struct sheaf_policy **out,
                   struct sheaf_error *err)
{
    struct sheaf_policy *p = NULL;
    struct line line = { .number = 0 };
    struct cursor c;
    int rc = hash_start(err);

    if (rc == SHEAF_OK)
        rc = check_bytes(text, err);
    if (rc != SHEAF_OK)
        return rc;
    p = mem_new(1, sizeof *p);
    if (p == NULL || !buf_add(&p->text, text.data, text.len)) {
        rc = fail_nomem(err);
        goto out;
    }
    for (c = cursor_over(p->text.data, p->text.len); cursor_left(&c) > 0;) {
        size_t len;
        const uint8_t *start = cursor_line(&c, &len);

        assert(start != NULL);
        line.cur = cursor_over(start, len);
        line.number++;
        rc = take_line(p, &line, err);
        if (rc != SHEAF_OK)
            goto out;
    }
    if (!p->has_quorum) {
        rc = fail_corrupt(err, NO_OFFSET, "F16.5", "the policy has no quorum");
        goto out;
    }

    *out = p;
    return SHEAF_OK;

out:
    sheaf_policy_free(p);
    return rc;
}

void
sheaf_policy_free(struct sheaf_policy *policy)
{
    if (policy == NULL)
        return;
    sheaf_buf_free(&policy->text);
    mem_free(policy);
}

/* ---- Logs ---------------------------------------------------------------- */

int
sheaf_policy_log(const struct sheaf_policy *policy, struct sheaf_bytes origin,
                 unsigned index, struct sheaf_public_key *out,
                 struct sheaf_error *err)
{
    (void)err;
    for (size_t i = 0; i < policy->log_count; i++) {
        if (!bytes_equal(policy->logs[i].name, origin) || index-- > 0)
            continue;
        memset(out, 0, sizeof *out);
        memcpy(out->key, policy->logs[i].key, sizeof out->key);
        return SHEAF_OK;
    }
    return SHEAF_END;
}

int
sheaf_policy_check_key(const struct sheaf_policy *p,
                       const struct sheaf_public_key *key,
                       struct sheaf_error *err)
{
    for (size_t i = 0; i < p->node_count; i++)
        if (p->nodes[i].wanted == 0 &&
            p->nodes[i].key.alg == NOTE_COSIGNATURE &&
            memcmp(p->nodes[i].key.key, key->key, sizeof key->key) == 0)
            return fail_verify(err, NO_OFFSET, "F16.3",
                               "a witness of the policy has the key of the "
                               "log: it would be its own witness");
    return SHEAF_OK;
}

/* The log's own signature, by `key` or by a log of the policy. */
static int
check_log(const struct sheaf_policy *p, const struct note *note,
          const struct sheaf_public_key *key, struct sheaf_error *err)
{
    const struct note_sig *sig = &note->sigs[0];

    if (key != NULL) {
        int rc = sheaf_policy_check_key(p, key, err);

        return rc == SHEAF_OK ? note_verify(note, key->key, err) : rc;
    }
    for (size_t i = 0; i < p->log_count; i++) {
        if (bytes_equal(p->logs[i].name, sig->name) &&
            memcmp(p->logs[i].id, sig->key_id, sizeof sig->key_id) == 0)
            return note_verify(note, p->logs[i].key, err);
    }
    return fail_verify(err, NO_OFFSET, "F16.6",
                       "no log of the policy signed the checkpoint");
}

/* ---- Witnesses ----------------------------------------------------------- */

/* SHEAF_END: it has not cosigned, or attests no time. */
static int
witness_time(const struct node *n, const struct note *note, uint64_t *time,
             struct sheaf_error *err)
{
    int rc = n->key.alg == NOTE_COSIGNATURE
                 ? note_cosigned(note, &n->key, time, err)
                 : SHEAF_END;

    return rc == SHEAF_OK && *time == 0 ? SHEAF_END : rc;
}

int
sheaf_policy_witness(const struct sheaf_policy *policy,
                     struct sheaf_bytes bytes, unsigned index,
                     struct sheaf_witness *out, struct sheaf_error *err)
{
    const struct node *n = NULL;
    struct note note;
    uint64_t time = 0;
    int rc;

    for (size_t i = 0; i < policy->node_count && n == NULL; i++) {
        if (policy->nodes[i].wanted == 0 && index-- == 0)
            n = &policy->nodes[i];
    }
    if (n == NULL)
        return SHEAF_END;
    rc = note_parse(bytes, &note, err);
    if (rc == SHEAF_OK)
        rc = witness_time(n, &note, &time, err);
    if (rc < 0)
        return rc;

    out->name = n->name;
    out->key_name = n->key.name;
    out->readable = n->key.alg == NOTE_COSIGNATURE;
    out->cosigned = rc == SHEAF_OK;
    out->time_s = time;
    return SHEAF_OK;
}

/* For each node: whether it has cosigned a note, and which times it attests. */
struct tally {
    bool cosigned[POLICY_NODES_MAX];
    uint64_t attested[POLICY_NODES_MAX];
    uint64_t fresh[POLICY_NODES_MAX];
};

/* The k-th smallest of a few numbers, k from 1; they are reordered. */
static uint64_t
kth(uint64_t *v, size_t count, size_t k)
{
    assert(k >= 1 && k <= count);
    for (size_t i = 0; i < k; i++) {
        size_t least = i;
        uint64_t swap = v[i];

        for (size_t j = i + 1; j < count; j++)
            least = v[j] < v[least] ? j : least;
        v[i] = v[least];
        v[least] = swap;
    }
    return v[k - 1];
}

static void
ask_group(const struct sheaf_policy *p, size_t group, struct tally *s)
{
    uint64_t attested[POLICY_NODES_MAX], fresh[POLICY_NODES_MAX];
    size_t wanted = p->nodes[group].wanted;
    size_t count = 0;

    for (size_t i = 0; i < group; i++) {
        if (p->nodes[i].parent != group || !s->cosigned[i])
            continue;
        attested[count] = s->attested[i];
        fresh[count++] = s->fresh[i];
    }
    s->cosigned[group] = count >= wanted;
    if (count < wanted)
        return;
    s->attested[group] = kth(attested, count, wanted);
    s->fresh[group] = kth(fresh, count, count - wanted + 1);
}

int
sheaf_policy_check(const struct sheaf_policy *policy, struct sheaf_bytes bytes,
                   const struct sheaf_public_key *key,
                   struct sheaf_attestation *out, struct sheaf_error *err)
{
    struct sheaf_attestation a = { .witnesses = 0 };
    size_t quorum = policy->quorum;
    struct tally s = { { false }, { 0 }, { 0 } };
    struct note note;
    int rc = note_parse(bytes, &note, err);

    if (rc == SHEAF_OK)
        rc = check_log(policy, &note, key, err);
    if (rc != SHEAF_OK)
        return rc;
    /* Groups come after their members, so one pass is enough. */
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct node *n = &policy->nodes[i];

        if (n->wanted != 0) {
            ask_group(policy, i, &s);
            continue;
        }
        rc = witness_time(n, &note, &s.attested[i], err);
        if (rc < 0)
            return rc;
        s.cosigned[i] = rc == SHEAF_OK;
        s.fresh[i] = s.attested[i];
        a.witnesses++;
        a.cosigned += s.cosigned[i];
    }
    if (quorum != NOBODY && !s.cosigned[quorum])
        return fail_verify(err, NO_OFFSET, "F16.7",
                           "the policy's quorum has not cosigned the "
                           "checkpoint: %u of %u witnesses have",
                           a.cosigned, a.witnesses);
    if (quorum != NOBODY) {
        a.attested_s = s.attested[quorum];
        a.fresh_s = s.fresh[quorum];
    }

    *out = a;
    return SHEAF_OK;
}
