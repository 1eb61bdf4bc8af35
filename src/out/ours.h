// Which folders may be replaced: those that hold nothing but what swatch writes.
#ifndef OUT_OURS_H
#define OUT_OURS_H

#include <swatch.h>

// A folder may be replaced when all in it could be what is about to be written: `-o src`
// must not cost anyone a src/anna, nor people.json the card that lies there. No folder at all is
// fine, too.
enum ours { OURS_RESULT, OURS_PEOPLE }; // of swatch_result_save and albums; of swatch_people_save
int ours_check(const char *folder, enum ours whose, swatch_error *error);
// A message about something in a folder's temporary stand-in, for a user who knows only the
// folder. Returns the status of `failed`.
int ours_say(const swatch_error *failed, const char *temporary, const char *folder,
             swatch_error *error);

#endif
