// Options that several verbs have, each written once. `type` is the struct of the verb's settings,
// `field` the member that the option fills in (a member of a member, too).
#ifndef CLI_SHARED_H
#define CLI_SHARED_H

#include <stddef.h>
#include <swatch.h>

#include "batch.h"
#include "table.h"

extern const char *const shared_masks[];       // names of swatch_masks, NULL behind them
extern const char *const shared_backgrounds[]; // of swatch_background
extern const char *const shared_precisions[];  // of swatch_precision
extern const char *const shared_edges[];       // of swatch_edges
// Those that the library tells: of swatch_palette_format, swatch_piece,
// swatch_picture_format and swatch_card.
extern const char *shared_formats[SWATCH_PALETTE_FORMATS + 1];
extern const char *shared_pieces[SWATCH_PIECES + 1];
extern const char *shared_pictures[SWATCH_PICTURE_FORMATS + 1];
extern const char *shared_cards[SWATCH_CARDS + 1];
// Asks the library for them, before a verb's table is read.
void shared_names_make(void);

// clang-format off
#define SHARED_MODEL(type, field, text)                                                            \
    {"model", 'm', OPTION_FILE, "FILE", text, .offset = offsetof(type, field)}
#define SHARED_MASKS(type, field)                                                                  \
    {"masks", 0, OPTION_CHOICE, "HOW",                                                             \
     "how classes become masks: argmax takes the class with the highest score, hsv thresholds "    \
     "the color-coded map", "auto", .offset = offsetof(type, field),                               \
     .choices = shared_masks, .served = 1}
#define SHARED_BACKGROUND(type, field)                                                             \
    {"background", 0, OPTION_CHOICE, "COLOR",                                                      \
     "paint what is around the person before the network looks", "keep: nothing",                  \
     .offset = offsetof(type, field),                                                              \
     .choices = shared_backgrounds, .served = 1}
#define SHARED_COLORS(type, field, text)                                                           \
    {"colors", 0, OPTION_SIZE, "N", text, "5", .offset = offsetof(type, field), .low = 1,          \
     .high = SWATCH_MAX_COLORS, .served = 1}
#define SHARED_NO_FLIP(type, field)                                                                \
    {"no-flip", 0, OPTION_FLAG, NULL,                                                              \
     "do not look at the mirrored photo too: faster, a little worse",                              \
     .offset = offsetof(type, field), .served = 1}
#define SHARED_NO_REFINE(type, field)                                                              \
    {"no-refine", 0, OPTION_FLAG, NULL,                                                            \
     "do not align the edges of masks with those of the photo: faster, a little worse",            \
     .offset = offsetof(type, field), .served = 1}
#define SHARED_PRECISION(type, field)                                                              \
    {"precision", 0, OPTION_CHOICE, "WHICH", "the type of numbers that networks compute in",       \
     "auto", .offset = offsetof(type, field), .choices = shared_precisions}
#define SHARED_JSON(type, field, text)                                                             \
    {"json", 0, OPTION_FLAG, NULL, text, .offset = offsetof(type, field)}
#define SHARED_THREADS(type, field, text)                                                          \
    {"threads", 0, OPTION_SIZE, "N", text, "as many as there are cores",                           \
     .offset = offsetof(type, field), .low = 1, .high = 1024}
#define SHARED_OVERWRITE(type, field)                                                              \
    {"overwrite", 0, OPTION_FLAG, NULL, "replace what is there already",                           \
     .offset = offsetof(type, field)}
// The member `field` is a struct batch_options.
#define SHARED_MAX_MEMORY(type, field)                                                             \
    {"max-memory", 0, OPTION_OTHER, "SIZE",                                                        \
     "bytes of memory that all work together may take, as 800M or 4G: photos half of it, the " \
     "networks that run at the same time a quarter; what needs more is refused before it begins",                             \
     "three quarters of what there is", .offset = offsetof(type, field),                           \
     .read = batch_read_memory}
// What batch.h's options take: the member `field` is a struct batch_options. watch_needs: an option
// of the verb without which there is nothing to wait for photos for; NULL: none. heading: see
// struct option_entry.group.
#define SHARED_PHOTOS(type, field, watch_needs, heading)                                           \
    {"recursive", 'r', OPTION_FLAG, NULL, "look for photos in the folders within a folder, too",   \
     .offset = offsetof(type, field.recursive), .group = heading},                                 \
    {"files-from", 0, OPTION_FILE, "FILE",                                                         \
     "read the names of photos and folders from FILE, one on each line; - is standard input",      \
     .offset = offsetof(type, field.files_from)},                                                  \
    {"null", '0', OPTION_FLAG, NULL, "names in --files-from end in a NUL, not in a line break",    \
     .offset = offsetof(type, field.zero), .needs = "files-from"},                                 \
    {"shard", 0, OPTION_OTHER, "K/N",                                                              \
     "take the K-th of N parts of the photos, shared out by a hash of their paths",                \
     .offset = offsetof(type, field), .read = batch_read_shard},                                   \
    {"watch", 0, OPTION_FLAG, NULL,                                                                \
     "when all photos are done, wait for new ones in the folders, until Ctrl-C",                   \
     .offset = offsetof(type, field.watch), .needs = watch_needs},                                 \
    {"max-pixels", 0, OPTION_SIZE, "N", "refuse photos of more than N pixels", "178956970",        \
     .offset = offsetof(type, field.max_pixels), .low = 1, .high = 1e12},                          \
    SHARED_MAX_MEMORY(type, field),                                                                \
    {"strict", 0, OPTION_FLAG, NULL,                                                               \
     "refuse damaged photos; without this they are measured with a notice",                        \
     .offset = offsetof(type, field.strict)},                                                      \
    SHARED_OVERWRITE(type, field.overwrite),                                                       \
    {"quiet", 'q', OPTION_FLAG, NULL, "print nothing but errors",                                  \
     .offset = offsetof(type, field.quiet)}
// clang-format on

#endif
