// The Clothing Co-Parsing data set as its repository lays it out (Yang, Luo, Lin, CVPR 2014):
// DIR/photos/0001.jpg, DIR/annotations/pixel-level/0001.mat (variable `groundtruth`, h x w, 0-58),
// DIR/annotations/image-level/1005.mat (variable `tags`), DIR/label_list.mat (59 names).
#ifndef DATA_CCP_H
#define DATA_CCP_H

#include "image/image.h"
#include "model/classes.h"

#define CCP_TAGS 59

struct ccp {
    char *folder;
    char tag_names[CCP_TAGS][CLASS_NAME_MAX]; // index = label value in the .mat files
};

// Opens the folder: reads label_list.mat and checks it. Errors name the file.
int ccp_open(const char *folder, struct ccp *ccp, swatch_error *error);
void ccp_close(struct ccp *ccp);

// Reads a split file: one name a line ("0001"); blank lines and #-comments are skipped. Duplicates
// and names that begin with a dot or hold a slash are errors. The caller frees *names with
// ccp_split_free.
int ccp_split_load(const char *path, char ***names, size_t *count, swatch_error *error);
// The same from `size` bytes in memory with a NUL after them, which are changed. `name` is for
// messages.
int ccp_split_parse(const char *name, char *text, size_t size, char ***names, size_t *count,
                    swatch_error *error);
void ccp_split_free(char **names, size_t count);

// Loads a photo and its pixel labels (1 band, values 0-58). Their sizes must agree.
int ccp_load(const struct ccp *ccp, const char *name, struct image *photo, struct image *labels,
             swatch_error *error);
// Counts the pixels of each tag in one photo's labels.
int ccp_count_tags(const struct ccp *ccp, const char *name, uint64_t pixels[CCP_TAGS],
                   swatch_error *error);
// Loads the tags of one photo: present[tag] is 0 or 1. They come from image-level/, or for photos
// 0001-1004 from the pixel labels.
int ccp_load_tags(const struct ccp *ccp, const char *name, uint8_t present[CCP_TAGS],
                  swatch_error *error);

#endif
