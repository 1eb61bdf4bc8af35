// The page for browsers: the files of src/server/page, which the build puts into the program.
#ifndef SERVER_PAGE_H
#define SERVER_PAGE_H

#include <stddef.h>

#include "answer.h"

struct page_file {
    const char *name; // NULL ends the table
    const unsigned char *data;
    size_t size;
};

extern const struct page_file page_files[];

// Answers with the file of a path ("/" is index.html), or leaves the answer as it is.
void page_answer(const char *path, struct answer *answer);

#endif
