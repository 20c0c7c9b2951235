/*
 * zimread.cc - the entries of a ZIM file.
 */
#include "import/zimread.h"

#include <zim/archive.h>
#include <zim/blob.h>
#include <zim/entry.h>
#include <zim/item.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <memory>
#include <string>

struct zim_archive {
    explicit zim_archive(int fd)
        : archive(fd), range(archive.iterEfficient()), at(range.begin()),
          end(range.end())
    {
    }

    zim::Archive archive;
    zim::Archive::EntryRange<zim::EntryOrder::efficientOrder> range;
    zim::Archive::iterator<zim::EntryOrder::efficientOrder> at, end;
    std::unique_ptr<zim::Item> item;
    zim::Blob blob;
    std::string path, title, type;
};

/* The first line of a message. */
static void
say(char why[ZIM_WHY], const char *what)
{
    what += std::strspn(what, "\n ");
    std::snprintf(why, ZIM_WHY, "%.*s",
                  static_cast<int>(std::strcspn(what, "\n")), what);
}

struct zim_archive *
zim_open(int fd, char why[ZIM_WHY])
{
    /* libzim prints what it throws, with a backtrace. */
    std::cerr.rdbuf(nullptr);
    try {
        return new zim_archive(fd);
    } catch (const std::exception &e) {
        say(why, e.what());
    } catch (...) {
        say(why, "unknown error");
    }
    return nullptr;
}

void
zim_about(struct zim_archive *z, const char *name, char *out, size_t cap)
{
    try {
        std::string s = z->archive.getMetadata(name);

        std::snprintf(out, cap, "%s", s.c_str());
    } catch (...) {
        out[0] = '\0';
    }
}

enum zim_got
zim_next(struct zim_archive *z, struct zim_entry *e, char why[ZIM_WHY])
{
    z->item.reset();
    if (z->at == z->end)
        return ZIM_END;
    try {
        zim::Entry entry = *z->at;

        ++z->at;
        std::memset(e, 0, sizeof *e);
        z->path = entry.getPath();
        z->title = entry.getTitle();
        z->type.clear();
        e->redirect = entry.isRedirect();
        if (!e->redirect) {
            z->item.reset(new zim::Item(entry.getItem()));
            z->type = z->item->getMimetype();
            e->size = z->item->getSize();
        }
        e->path = z->path.c_str();
        e->title = z->title.c_str();
        e->type = z->type.c_str();
        return ZIM_ENTRY;
    } catch (const std::exception &x) {
        say(why, x.what());
    } catch (...) {
        say(why, "unknown error");
    }
    return ZIM_BAD;
}

bool
zim_read(struct zim_archive *z, const char **data, size_t *len,
         char why[ZIM_WHY])
{
    try {
        z->blob = z->item->getData();
        *data = z->blob.data();
        *len = z->blob.size();
        return true;
    } catch (const std::exception &e) {
        say(why, e.what());
    } catch (...) {
        say(why, "unknown error");
    }
    return false;
}

void
zim_close(struct zim_archive *z)
{
    delete z;
}
