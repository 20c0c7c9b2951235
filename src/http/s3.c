/*
 * s3.c - s3://bucket/key: its address, and who asks for it.
 */
#include "http/http.h"

#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX ((size_t)1 << 20)
#define REGION_DEFAULT "us-east-1"

/* ---- Text ---------------------------------------------------------------- */

static char *
copy_of(struct sheaf_bytes s)
{
    char *text = take_memory(s.len + 1);

    if (s.len != 0)
        memcpy(text, s.data, s.len);
    return text;
}

static struct sheaf_bytes
trimmed(struct sheaf_bytes s)
{
    while (s.len != 0 && strchr(" \t\r", s.data[0]) != NULL) {
        s.data++;
        s.len--;
    }
    while (s.len != 0 && strchr(" \t\r", s.data[s.len - 1]) != NULL)
        s.len--;
    return s;
}

/* A variable that is set, and not empty. */
static const char *
variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* ---- Profiles ------------------------------------------------------------ */

/* Reads the file that the variable names, or `path` in the home folder. */
static bool
read_profiles(const char *name, const char *path, struct sheaf_buf *out)
{
    const char *given = variable(name), *home = variable("HOME");
    struct sheaf_buf full = { 0 };
    FILE *file = NULL;
    size_t n = 0;

    if (given != NULL ? buf_add_str(&full, given)
                      : home != NULL && buf_add_str(&full, home) &&
                            buf_add_str(&full, path))
        file = buf_end(&full) ? fopen(buf_str(&full), "re") : NULL;
    sheaf_buf_free(&full);
    if (file == NULL)
        return false;
    if (!buf_resize(out, FILE_MAX))
        die("out of memory");
    n = fread(out->data, 1, FILE_MAX, file);
    out->len = n;
    (void)fclose(file);
    return n < FILE_MAX;
}

/* "[default]", "[profile NAME]", or "[NAME]" */
static bool
is_section(struct sheaf_bytes line, const char *profile)
{
    static const char word[] = "profile ";

    line = sheaf_view(line.data + 1, line.len - 1);
    line = trimmed(bytes_until(&line, ']'));
    if (line.len > strlen(word) && memcmp(line.data, word, strlen(word)) == 0)
        line = trimmed(
            sheaf_view(line.data + strlen(word), line.len - strlen(word)));
    return bytes_is(line, profile);
}

/* The value of `name` in the profile, or NULL. */
static char *
setting(struct sheaf_bytes file, const char *profile, const char *name)
{
    bool inside = false;

    while (file.len != 0) {
        struct sheaf_bytes line = trimmed(bytes_until(&file, '\n'));
        struct sheaf_bytes left;

        if (line.len == 0 || line.data[0] == '#' || line.data[0] == ';')
            continue;
        if (line.data[0] == '[') {
            inside = is_section(line, profile);
            continue;
        }
        left = trimmed(bytes_until(&line, '='));
        if (inside && bytes_is(left, name) && trimmed(line).len != 0)
            return copy_of(trimmed(line));
    }
    return NULL;
}

static char *
copy_variable(const char *name)
{
    const char *value = variable(name);

    return value != NULL ? copy_of(sheaf_str(value)) : NULL;
}

static void
fill(char **out, const struct sheaf_buf *file, const char *profile,
     const char *name)
{
    if (*out == NULL)
        *out = setting(buf_view(file), profile, name);
}

/* Who asks, where, and by the profile also for which server. */
static void
find_account(struct s3 *s, char **endpoint)
{
    struct sheaf_buf config = { 0 }, secrets = { 0 };
    const char *profile = variable("AWS_PROFILE");
    bool own;

    if (profile == NULL)
        profile = "default";
    if (!read_profiles("AWS_CONFIG_FILE", "/.aws/config", &config))
        config.len = 0;
    if (!read_profiles("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials",
                       &secrets))
        secrets.len = 0;
    s->region = copy_variable("AWS_REGION");
    if (s->region == NULL)
        s->region = copy_variable("AWS_DEFAULT_REGION");
    fill(&s->region, &config, profile, "region");
    fill(&s->region, &secrets, profile, "region");
    if (s->region == NULL)
        s->region = copy_of(sheaf_str(REGION_DEFAULT));
    fill(endpoint, &config, profile, "endpoint_url");
    s->key = copy_variable("AWS_ACCESS_KEY_ID");
    s->secret = copy_variable("AWS_SECRET_ACCESS_KEY");
    s->token = copy_variable("AWS_SESSION_TOKEN");
    own = s->key != NULL; /* all three are of one account */
    for (size_t i = 0; i < 2 && !own; i++) {
        const struct sheaf_buf *file = i == 0 ? &secrets : &config;

        fill(&s->key, file, profile, "aws_access_key_id");
        fill(&s->secret, file, profile, "aws_secret_access_key");
        fill(&s->token, file, profile, "aws_session_token");
        own = s->key != NULL;
    }
    sheaf_buf_free(&config);
    sheaf_buf_free(&secrets);
}

/* ---- The address --------------------------------------------------------- */

static bool
is_plain(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~' || c == '/';
}

static bool
add_encoded(struct sheaf_buf *out, struct sheaf_bytes key)
{
    bool good = true;

    for (size_t i = 0; good && i < key.len; i++)
        good = is_plain(key.data[i]) ? buf_add(out, &key.data[i], 1)
                                     : buf_format(out, "%%%02X", key.data[i]);
    return good;
}

/* Names of buckets are parts of names of hosts. */
static bool
is_bucket(struct sheaf_bytes name)
{
    if (name.len < 3 || name.len > 63)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_plain(name.data[i]) || name.data[i] == '/' ||
            name.data[i] == '~')
            return false;
    return name.data[0] != '.' && name.data[0] != '-';
}

static bool
is_region(const char *region)
{
    for (const char *p = region; *p != '\0'; p++)
        if (!is_plain((uint8_t)*p) || *p == '/' || *p == '.')
            return false;
    return strlen(region) <= 63;
}

static bool
make_address(struct s3 *s, struct sheaf_bytes bucket, struct sheaf_bytes key,
             const char *endpoint)
{
    bool dots = memchr(bucket.data, '.', bucket.len) != NULL;
    const char *name = (const char *)bucket.data;
    size_t len = endpoint != NULL ? strlen(endpoint) : 0;
    struct sheaf_buf url = { 0 };
    bool good;

    while (len != 0 && endpoint[len - 1] == '/')
        len--;
    if (endpoint != NULL)
        good = buf_format(&url, "%s%.*s/%.*s/",
                          strstr(endpoint, "://") == NULL ? "https://" : "",
                          (int)len, endpoint, (int)bucket.len, name);
    /* A certificate for *.s3... does not cover further dots. */
    else if (dots)
        good = buf_format(&url, "https://s3.%s.amazonaws.com/%.*s/", s->region,
                          (int)bucket.len, name);
    else
        good = buf_format(&url, "https://%.*s.s3.%s.amazonaws.com/",
                          (int)bucket.len, name, s->region);
    if (!good || !add_encoded(&url, key) || !buf_end(&url))
        die("out of memory");
    s->url = buf_str(&url);
    return true;
}

const char *
s3_find(const char *url, const char *endpoint, struct s3 *out)
{
    struct sheaf_bytes rest = sheaf_str(url + strlen("s3://"));
    struct sheaf_bytes bucket = bytes_until(&rest, '/');
    char *own = endpoint[0] != '\0' ? copy_of(sheaf_str(endpoint))
                                    : copy_variable("AWS_ENDPOINT_URL");
    const char *wrong = NULL;

    find_account(out, &own);
    out->used = true;
    if (!is_bucket(bucket) || rest.len == 0)
        wrong = "is not s3://BUCKET/KEY";
    else if (!is_region(out->region))
        wrong = "the region is not one that S3 can have";
    else if (out->key != NULL && out->secret == NULL)
        wrong = "there is an access key for S3, but not its secret";
    else
        (void)make_address(out, bucket, rest, own);
    free(own);
    return wrong;
}

void
s3_free(struct s3 *s)
{
    free(s->url);
    free(s->region);
    free(s->key);
    free(s->secret);
    free(s->token);
    memset(s, 0, sizeof *s);
}
