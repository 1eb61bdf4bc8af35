// Several files as one answer.
#ifndef SERVER_ARCHIVE_H
#define SERVER_ARCHIVE_H

#include <glib.h>

#include "pieces.h"

// A zip file, the same bytes for the same files. NULL without memory.
GBytes *archive_zip(const struct pieces *pieces);
// multipart/mixed with this boundary, which must not occur in a file. NULL without memory.
GBytes *archive_multipart(const struct pieces *pieces, const char *boundary);

#endif
