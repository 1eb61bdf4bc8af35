// Several people of one photo in one folder, see swatch_album_new.
#ifndef OUT_ALBUM_H
#define OUT_ALBUM_H

#include "extract/result.h"

int album_new(const char *folder, unsigned how, const swatch_save_options *options,
              swatch_album **album, swatch_error *error);
void album_free(swatch_album *album);
int album_add(swatch_album *album, const swatch_result *result, swatch_error *error);
int album_finish(swatch_album *album, swatch_error *error);
const char *album_json(const swatch_album *album);
// The threads that it may use, as in swatch_save_options.
unsigned album_threads(const swatch_album *album);

#endif
