// --watch: folders in which photos appear.
#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include "photos.h"

struct watch;

// Returns NULL after a message.
struct watch *watch_new(void);
void watch_free(struct watch *watch);
// Watches a folder from now on; `folder` is where results of its photos go. Prints a message if it
// fails. For photo_list.visit.
void watch_folder(void *watch, const char *path, const char *folder);
// Waits until photos have appeared, whole, in a watched folder, and adds them to the list, which is
// empty. 0; or -1 after an interrupt or a message.
int watch_wait(struct watch *watch, struct photo_list *list);

#endif
