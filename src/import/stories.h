/*
 * stories.h - the records of an XML file, each a story.
 */
#ifndef SHEAF_IMPORT_STORIES_H
#define SHEAF_IMPORT_STORIES_H

#include "import/story.h"
#include "import/xmlcut.h"

/* Makes a story of the record that was cut; `number` is its place. */
typedef void story_of_record(struct item *item, struct cut *c,
                             struct story *s, uint64_t number);

/* Appends a paragraph to the body; white space in it becomes single spaces. */
void stories_paragraph(struct story *s, struct text t);

/* Calls `take` for each of these records, and rejects those that are broken;
 * `what` is the word for one. How many there were. */
uint64_t stories_each(struct item *item, const char *const *records,
                      const char *what, story_of_record *take);

#endif
