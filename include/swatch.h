// swatch: from a photo of a person to clothes, skin and hair, each cut out and its colors measured.
//
// A complete program. It finds the largest person in anna.jpg, then the clothes, and writes
// cut-outs, colors and a card into the new folder anna/:
//
//     #include <stdio.h>
//     #include <swatch.h>
//
//     int main(void)
//     {
//         swatch_error error;
//         swatch_model *clothes = NULL, *people = NULL;
//         swatch_session *dresser = NULL, *finder = NULL;
//         swatch_photo *photo = NULL;
//         swatch_result *result = NULL;
//         size_t found = 0;
//         int failed = swatch_model_open("ccp-4", NULL, &clothes, &error) ||
//                      swatch_model_open("person", NULL, &people, &error) ||
//                      swatch_session_new(clothes, NULL, &dresser, &error) ||
//                      swatch_session_new(people, NULL, &finder, &error) ||
//                      swatch_photo_open("anna.jpg", NULL, &photo, &error) ||
//                      swatch_extract_people(dresser, finder, photo, NULL, 1, &result, &found,
//                                            &error) ||
//                      swatch_result_save(result, "anna", 0, &error);
//         if (failed)
//             fprintf(stderr, "%s\n", error.message);
//         else
//             puts(swatch_result_json(result));
//         swatch_result_free(result);
//         swatch_photo_free(photo);
//         swatch_session_free(finder);
//         swatch_session_free(dresser);
//         swatch_model_free(people);
//         swatch_model_free(clothes);
//         return failed;
//     }
//
// Rules for every function here:
//
// - A function that can fail returns 0 on success and a swatch_status on failure. On failure the
//   message in `error` tells what is wrong, and with which file or argument. `error` may be NULL
//   everywhere.
// - After a failure every out parameter is NULL or 0.
// - Other pointers must not be NULL unless the function says what NULL means. A NULL where none is
//   allowed is SWATCH_USAGE where the function can fail, and a crash where it cannot.
// - An option struct begins with its own size. Write `swatch_extract_options options =
//   SWATCH_EXTRACT_OPTIONS_INIT;` and set what you want: a zero means the default. A NULL in place
//   of an option struct means all defaults. An unknown enum value or flag is SWATCH_USAGE.
// - Text is UTF-8. File names are bytes; what is not UTF-8 shows as "\xff", or U+FFFD in JSON.
// - "Lent" means that the owner keeps the memory: do not free it, and do not use it once the owner
//   is freed. Memory that is not lent is freed with the function that the text names. Every
//   `..._free` accepts NULL.
// - Pictures are row after row from the top, without padding: "(height, width, 3)" is
//   height * width * 3 bytes.
// - A model may be shared by threads. Every other handle is for one thread at a time, and distinct
//   handles may be used in distinct threads at once.
// - Nothing here prints, exits or changes the locale.
// - "The memory" is the machine's, or less where the cgroup or the limit of address space allows
//   less. Work that would take more than a share of it is refused before it begins (max_memory). A
//   lack of memory is SWATCH_NO_MEMORY. swatch checks for it before it calls libvips, GLib, Pango,
//   oneDNN and OpenMP. They still end the process if others take the memory or the threads after
//   this check.
//
// Training, evaluation and the import of foreign weights are in swatch_train.h.
#ifndef SWATCH_H
#define SWATCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SWATCH_VERSION "0.2.0"
#define SWATCH_VERSION_MAJOR 0
#define SWATCH_VERSION_MINOR 2
#define SWATCH_VERSION_PATCH 0
// 0xXXYYZZ for version XX.YY.ZZ, for #if.
#define SWATCH_VERSION_NUMBER 0x000200

#if defined(__GNUC__)
#define SWATCH_API __attribute__((visibility("default")))
#else
#define SWATCH_API
#endif

// What functions return.
typedef enum swatch_status {
    SWATCH_OK = 0,
    SWATCH_FAILED = 1,    // the system failed: a full disk, a folder that is missing, ...
    SWATCH_USAGE = 2,     // an argument is wrong
    SWATCH_NO_PERSON = 3, // the person step found nobody
    SWATCH_NO_MEMORY = 4, // there is not enough memory
    SWATCH_NOT_FOUND = 5, // there is no such file
    SWATCH_BAD_FILE = 6,  // the file is damaged, or of another kind than is needed
    SWATCH_TOO_LARGE = 7, // the file is larger than the limit
    SWATCH_EXISTS = 8,    // the path to write is there already
    SWATCH_CANCELLED = 9, // a progress function said stop
} swatch_status;

// Owned by the caller. Only a call that fails writes it.
typedef struct swatch_error {
    swatch_status status;
    char message[1024]; // one line, UTF-8, without control characters and newline
} swatch_error;

// The version of the library at run time: "0.2.0", static; and as SWATCH_VERSION_NUMBER.
SWATCH_API const char *swatch_version(void);
SWATCH_API uint32_t swatch_version_number(void);

// Bytes that all work together may take by default, whatever others use: three quarters of the
// memory. Never 0.
SWATCH_API size_t swatch_memory_share(void);

// Threads that a session may use by default (swatch_session_options). Never 0.
SWATCH_API unsigned swatch_threads(void);

// Begins an option struct, see the rules above.
#ifdef __cplusplus
extern "C++" {
template <typename type> type swatch_init()
{
    type options = type();
    options.size = sizeof options;
    return options;
}
}
#define SWATCH_INIT(type) swatch_init<type>()
#else
#define SWATCH_INIT(type)                                                                          \
    {                                                                                              \
        .size = sizeof(type)                                                                       \
    }
#endif

// Frees memory that a function of this header gave away. NULL is fine.
SWATCH_API void swatch_free(void *memory);

// Called before, between and after the steps of long work with the share that is done, 0-1. A
// return value other than 0 ends the work with SWATCH_CANCELLED.
typedef int (*swatch_progress)(void *user, double done);

// ---- Models ------------------------------------------------------------------------------------

typedef struct swatch_model swatch_model;     // weights; immutable, shared by threads
typedef struct swatch_session swatch_session; // buffers to run a model with

typedef enum swatch_precision {
    SWATCH_PRECISION_AUTO, // bf16 where the processor computes in it, else f32
    SWATCH_PRECISION_F32,
    SWATCH_PRECISION_BF16,
} swatch_precision;

typedef struct swatch_model_options {
    size_t size;
    swatch_precision precision;
    // A class file (docs/training.md), or "4", "18", "29" or "59" for a shipped one: the model
    // answers in these classes. A class's probability is the sum of its tags'. They must be coarser
    // than the model's own classes, or than its second head's. Only for a model of class scores.
    // NULL: the model's own classes.
    const char *classes;
} swatch_model_options;
#define SWATCH_MODEL_OPTIONS_INIT SWATCH_INIT(swatch_model_options)

// Opens a model file (safetensors with swatch's metadata) that finds clothes or that finds people.
// `model` is a path, or the name of a shipped model: "ccp-4" (clothes), "ccp-59" (garments) or
// "person". A name has neither a slash nor a dot. SWATCH_BAD_FILE: the file is damaged, of an
// unknown architecture, or lacks a tensor. Free *result with swatch_model_free.
SWATCH_API int swatch_model_open(const char *model, const swatch_model_options *options,
                                 swatch_model **result, swatch_error *error);
// The same from a file's `bytes` bytes at `data`, which may be freed after the call. `name` is what
// messages call it.
SWATCH_API int swatch_model_open_memory(const char *name, const void *data, size_t bytes,
                                        const swatch_model_options *options, swatch_model **result,
                                        swatch_error *error);
// Free every session of the model first.
SWATCH_API void swatch_model_free(swatch_model *model);

// 1 for a model that finds people, 0 for one that finds clothes.
SWATCH_API int swatch_model_finds_people(const swatch_model *model);
// How many classes it answers in, the background included.
SWATCH_API size_t swatch_model_class_count(const swatch_model *model);
// A class's name, lent by the model; NULL for an index out of range.
SWATCH_API const char *swatch_model_class_name(const swatch_model *model, size_t index);
// The sRGB color that shows a class in segmentation.png; black for an index out of range and for a
// model that finds people.
SWATCH_API void swatch_model_class_color(const swatch_model *model, size_t index, uint8_t rgb[3]);
// What the model is, as a JSON object: architecture, output, input, classes, history; and garments,
// the finer classes that it can answer in, where it has a head for them and does not answer in them
// already. Lent.
SWATCH_API const char *swatch_model_json(const swatch_model *model);

// Where a shipped file is: kind "models" with "ccp-4", "ccp-59" or "person", or kind "classes" with
// "4", "18", "29" or "59". It is looked for in the folder $SWATCH_DATA, then from the library's own
// place: in ../share/swatch, in ../../share/swatch, and in the source tree of a build. Free *path
// with swatch_free. SWATCH_NOT_FOUND names the places.
SWATCH_API int swatch_shipped(const char *kind, const char *name, char **path, swatch_error *error);

typedef struct swatch_session_options {
    size_t size;
    // Threads that a call with this session may use, its own included, up to 1024. 0: as many as
    // the process may run at once, by its affinity, its cgroup's quota and OMP_NUM_THREADS. Waiting
    // threads sleep, unless OMP_WAIT_POLICY or GOMP_SPINCOUNT is set.
    unsigned threads;
    // Bytes that networks may take, their weights not counted: one that takes more for a photo is
    // SWATCH_TOO_LARGE before it begins. 0: three sixteenths of the memory.
    size_t max_memory;
} swatch_session_options;
#define SWATCH_SESSION_OPTIONS_INIT SWATCH_INIT(swatch_session_options)

// A session makes its buffers at the first photo of each shape and keeps those of the last shapes.
// Free *session with swatch_session_free, before the model.
SWATCH_API int swatch_session_new(const swatch_model *model, const swatch_session_options *options,
                                  swatch_session **session, swatch_error *error);
SWATCH_API void swatch_session_free(swatch_session *session);
// Makes the buffers for photos of this size in advance, for example while another thread reads the
// photo. A model that finds clothes needs only the shape: the photo's, or that of the part around a
// person (1 by 2 is a good guess). A wrong guess costs only time.
SWATCH_API int swatch_session_prepare(swatch_session *session, size_t width, size_t height,
                                      swatch_error *error);
// The model it was made of.
SWATCH_API const swatch_model *swatch_session_model(const swatch_session *session);

// ---- Photos ------------------------------------------------------------------------------------

typedef struct swatch_photo swatch_photo; // 8-bit sRGB, upright

// Enough for every camera (16384 x 10922), and half a gigabyte of RGB.
#define SWATCH_DEFAULT_MAX_PIXELS ((size_t)178956970)

typedef struct swatch_photo_options {
    size_t size;
    size_t max_pixels; // more are SWATCH_TOO_LARGE, before decoding; 0: the default above
    int strict;        // 1: what would be a notice (swatch_photo_notice) is SWATCH_BAD_FILE
    // Bytes that work on the photo may take, without networks. The estimate from its header is 13 a
    // pixel, or more for a file of large samples. Maps that a model paints (3 a pixel, with steps
    // 9) are not in it. A photo that would take more is SWATCH_TOO_LARGE before it is decoded. 0:
    // three eighths of the memory.
    size_t max_memory;
    // Called between header and decoding with that estimate, so that a program that does several
    // photos at once can wait for memory. Returns 0, or another number to give the photo up
    // (SWATCH_CANCELLED). NULL: not called.
    int (*admit)(void *user, size_t bytes);
    void *user;
} swatch_photo_options;
#define SWATCH_PHOTO_OPTIONS_INIT SWATCH_INIT(swatch_photo_options)

// Reads a picture file, or standard input for "-": JPEG, PNG, WebP, TIFF, HEIC, AVIF, GIF, as far
// as the installed libvips reads them. EXIF orientation is applied, an ICC profile is converted to
// sRGB, and transparent parts become white (swatch_colors_measure leaves them out). Free *photo
// with swatch_photo_free.
SWATCH_API int swatch_photo_open(const char *path, const swatch_photo_options *options,
                                 swatch_photo **photo, swatch_error *error);
// The same from a file's `bytes` bytes at `data`, which may be freed after the call. `name` is what
// messages and the JSON call it.
SWATCH_API int swatch_photo_from_memory(const char *name, const void *data, size_t bytes,
                                        const swatch_photo_options *options, swatch_photo **photo,
                                        swatch_error *error);

typedef enum swatch_pixel_format {
    SWATCH_RGB,  // 3 bytes a pixel
    SWATCH_BGR,  // 3
    SWATCH_RGBA, // 4, straight alpha; transparent parts are treated as those of a file
    SWATCH_BGRA, // 4, straight alpha
    SWATCH_GREY, // 1
} swatch_pixel_format;

// Pixels in the caller's memory: 8-bit sRGB, rows from the top. Lent for the call.
typedef struct swatch_pixels {
    size_t size;
    const uint8_t *data;
    size_t width, height; // pixels, each above 0
    size_t stride;        // bytes from one row to the next; 0: rows follow each other directly
    swatch_pixel_format format;
    // Only with SWATCH_RGB, as swatch_photo_pixels gives them. alpha (height, width), 0-255: how
    // opaque the pixels are, which are mixed with white already; NULL: all are opaque. notice: what
    // swatch_photo_notice is to say; NULL: nothing.
    const uint8_t *alpha;
    const char *notice;
} swatch_pixels;
#define SWATCH_PIXELS_INIT SWATCH_INIT(swatch_pixels)

// Copies the pixels into a photo.
SWATCH_API int swatch_photo_from_pixels(const char *name, const swatch_pixels *pixels,
                                        swatch_photo **photo, swatch_error *error);
// What the JSON of this photo's results and people says under "source": a JSON object, copied;
// NULL: nothing, as at first. SWATCH_USAGE if it is no JSON object.
SWATCH_API int swatch_photo_set_source(swatch_photo *photo, const char *json, swatch_error *error);
// What is doubtful about a photo that was read, one line. Its JPEG may be damaged, so that some of
// its pixels are guessed, or its colors may be of a kind that is taken for sRGB. Lent by the photo;
// NULL: nothing.
SWATCH_API const char *swatch_photo_notice(const swatch_photo *photo);
// The pixels of a photo, as SWATCH_RGB: swatch_photo_from_pixels makes the same photo of them, as
// in another process. Lent by the photo. pixels: SWATCH_PIXELS_INIT before the call.
SWATCH_API int swatch_photo_pixels(const swatch_photo *photo, swatch_pixels *pixels,
                                   swatch_error *error);
SWATCH_API void swatch_photo_free(swatch_photo *photo);
// In pixels, upright.
SWATCH_API size_t swatch_photo_width(const swatch_photo *photo);
SWATCH_API size_t swatch_photo_height(const swatch_photo *photo);

// Reads a mask for swatch_extract_options and swatch_colors_options from any picture. *mask
// (height, width) is 0-255, and from 128 on it is the inside. It becomes, by the first of these
// that holds:
// - the picture's alpha, where anything of it is transparent, as in a cut-out;
// - 255 for all that is not black, in a picture of colors, where red, green and blue are
//   somewhere 32 or more apart. Black means that all three are below 32;
// - 255 for all that is not 0, in a picture of 0 and one other value below 128;
// - the picture's luminance.
// 16-bit values none of which is above 255 are read as 8-bit ones. Free it with swatch_free.
// options: as for photos.
SWATCH_API int swatch_mask_open(const char *path, const swatch_photo_options *options,
                                uint8_t **mask, size_t *width, size_t *height, swatch_error *error);

// ---- People ------------------------------------------------------------------------------------
//
// Where people are in a photo, found by a session of a model that finds people.

typedef struct swatch_people swatch_people;

// Made by the library; its `size` is set.
typedef struct swatch_person {
    size_t size;
    double score;                    // how sure the model is, 0-1
    double left, top, width, height; // the box around the person, in pixels of the photo
    size_t pixels;                   // of the mask
} swatch_person;

#define SWATCH_PERSON_SCORE 0.6 // from which on somebody is found, by default

typedef struct swatch_people_options {
    size_t size;
    double least_score;       // people with a lower score are left out, 0-1; 0: SWATCH_PERSON_SCORE
    swatch_progress progress; // NULL: none
    void *user;
} swatch_people_options;
#define SWATCH_PEOPLE_OPTIONS_INIT SWATCH_INIT(swatch_people_options)

// Finds at most 255 people. Nobody is no error. The photo may be freed before the people. Free
// *people with swatch_people_free.
SWATCH_API int swatch_people_find(swatch_session *session, const swatch_photo *photo,
                                  const swatch_people_options *options, swatch_people **people,
                                  swatch_error *error);
SWATCH_API void swatch_people_free(swatch_people *people);
// Forgets those with a lower score. The indices of the others stay, and so does their order by
// size.
SWATCH_API void swatch_people_keep(swatch_people *people, double least_score);
SWATCH_API size_t swatch_people_count(const swatch_people *people);
// Of their photo, in pixels.
SWATCH_API size_t swatch_people_width(const swatch_people *people);
SWATCH_API size_t swatch_people_height(const swatch_people *people);
// The person with the highest score is index 0. Lent by the people; NULL for an index out of range.
SWATCH_API const swatch_person *swatch_people_get(const swatch_people *people, size_t index);
// The index of the largest (n = 0), the second largest (n = 1) and so on by pixels; the count of
// people when there are not so many.
SWATCH_API size_t swatch_people_largest(const swatch_people *people, size_t n);
// Draws a person into mask (height, width of the photo) as swatch_extract_options.person_mask takes
// it. All 0 for an index out of range.
SWATCH_API void swatch_people_mask(const swatch_people *people, size_t index, uint8_t *mask);

// Bits for functions that write. Without SWATCH_REPLACE a path that is there already is
// SWATCH_EXISTS. With it a file is replaced if it is a regular file, and a folder if it holds
// nothing but what the function writes.
#define SWATCH_REPLACE 1u

// Writes people.png (8-bit palette, the photo's size: 0 background, k the person with the k-th
// highest score) and people.json (scores, boxes, areas) into a new folder: all or nothing. Its
// parent must be there. how: 0 or SWATCH_REPLACE.
SWATCH_API int swatch_people_save(const swatch_people *people, const char *folder, unsigned how,
                                  swatch_error *error);

// People of many photos in COCO's results format: {image_id, category_id 1, bbox, score,
// segmentation}. image_id is the name of the photo's file without its ending, a number if it is
// one. how: 0 or SWATCH_REPLACE.
typedef struct swatch_coco swatch_coco;
SWATCH_API int swatch_coco_new(const char *path, unsigned how, swatch_coco **coco,
                               swatch_error *error);
// Nothing is written that was not saved.
SWATCH_API void swatch_coco_free(swatch_coco *coco);
// Adds the people of a photo, which may then be freed.
SWATCH_API int swatch_coco_add(swatch_coco *coco, const swatch_people *people, swatch_error *error);
// Writes the file, whole or not at all, with what was added so far. Without SWATCH_REPLACE only
// once for each swatch_coco.
SWATCH_API int swatch_coco_save(const swatch_coco *coco, swatch_error *error);

// ---- Names, lists and harmonies ----------------------------------------------------------------

// A color in all notations, with its names. This struct is frozen: it never grows, so that arrays
// of it stay readable. Anything new that is to be told of a color will come from functions of its
// own.
typedef struct swatch_color {
    uint8_t rgb[3];  // sRGB; a color that occurs in the photo
    char hex[8];     // "#rrggbb"
    uint8_t hsv[3];  // as OpenCV scales 8 bits: H 0-179 (degrees / 2), S 0-255, V 0-255
    double lab[3];   // CIELAB under D65: L* 0-100, a*, b*
    double oklch[3]; // OKLCH (Ottosson 2020): L 0-1, chroma 0-0.33, hue 0-360 degrees, 0 for a grey
    double share;    // of the region's measured pixels, 0-1
    // Names, all static. The distances are CIEDE2000 from the color so named. Colors of skin have
    // none: the names are "" and the distances 0.
    const char *basic; // black, blue, brown, grey, green, orange, pink, purple, red, white, yellow
    const char *css;   // nearest CSS color name
    double css_distance;
    const char *xkcd; // nearest name of the XKCD color survey
    double xkcd_distance;
} swatch_color;

// Fills in all members of a color.
SWATCH_API void swatch_color_fill(const uint8_t rgb[3], double share, swatch_color *color);

// The word of shops for a color of clothes, static: a basic term, or beige, burgundy, cream, denim,
// gold, khaki, navy or silver. It goes by the color alone: mustard is gold, whatever shines.
SWATCH_API const char *swatch_shop_name(const uint8_t rgb[3]);
// The same for a garment of these colors (rgb and share are read), static: the word of most of it,
// or "multicolor". NULL for no colors.
SWATCH_API const char *swatch_shop_name_of(const swatch_color *colors, size_t count);

// A list of named colors: a shop's own, a book of colors, a stock. Immutable, shared by threads.
typedef struct swatch_names swatch_names;

// Reads a CSV file, or standard input for "-": in each row a name and a color (#rrggbb), separated
// by commas, semicolons or tabs; docs/palettes.md has the details. SWATCH_BAD_FILE names the line
// that is wrong. Free *names with swatch_names_free.
SWATCH_API int swatch_names_open(const char *path, swatch_names **names, swatch_error *error);
// Results that were made with the list keep what they need of it.
SWATCH_API void swatch_names_free(swatch_names *names);
// At least 1.
SWATCH_API size_t swatch_names_count(const swatch_names *names);
// The name of the color of the list that is nearest by CIEDE2000. Lent. That color and its distance
// go to `found` and `distance`, which may be NULL.
SWATCH_API const char *swatch_names_nearest(const swatch_names *names, const uint8_t rgb[3],
                                            uint8_t found[3], double *distance);

// Colors that go with a color: its hue in OKLCH is turned; lightness stays, and chroma as far as
// sRGB has room.
typedef enum swatch_harmony {
    SWATCH_COMPLEMENTARY, // by 180 degrees: one color
    SWATCH_ANALOGOUS,     // by -30 and 30
    SWATCH_TRIADIC,       // by -120 and 120
    SWATCH_HARMONIES      // their number
} swatch_harmony;
#define SWATCH_HARMONY_COLORS 2 // of a harmony, at most

// Writes the colors of a harmony and returns how many they are: none for a grey (chroma below
// 0.02), and for an unknown harmony.
SWATCH_API size_t swatch_harmony_colors(swatch_harmony harmony, const uint8_t rgb[3],
                                        uint8_t colors[SWATCH_HARMONY_COLORS][3]);

// What else to tell about the colors of clothes and of pictures, besides swatch_color.
typedef struct swatch_telling {
    size_t size;
    // Your own names: each color has the nearest, and is called so; NULL: none.
    const swatch_names *names;
    const swatch_names *match; // each color, and each of its harmonies, has the nearest; NULL: none
    int harmonies;             // 1: the colors of all harmonies
} swatch_telling;
#define SWATCH_TELLING_INIT SWATCH_INIT(swatch_telling)

// ---- Extraction --------------------------------------------------------------------------------

typedef enum swatch_masks {
    SWATCH_MASKS_AUTO,   // argmax for a model of class scores, HSV for one of color-coded maps
    SWATCH_MASKS_ARGMAX, // the class with the highest score (nearest color, for color-coded maps)
    SWATCH_MASKS_HSV,    // HSV thresholds on the color-coded map, as in the article
} swatch_masks;

typedef enum swatch_background { // what is painted outside the person, when the person is known
    SWATCH_BACKGROUND_KEEP,      // nothing; docs/reproduction.md compares
    SWATCH_BACKGROUND_GREY,
    SWATCH_BACKGROUND_BLACK,
    SWATCH_BACKGROUND_WHITE,
} swatch_background;

typedef enum swatch_region {
    SWATCH_CLOTHES,
    SWATCH_SKIN,
    SWATCH_HAIR,
    SWATCH_REGIONS // their number
} swatch_region;

#define SWATCH_MAX_COLORS 8      // of a region
#define SWATCH_PERSON_REACH 0.03 // person_reach for the masks of swatch_people_mask

typedef struct swatch_extract_options {
    size_t size;
    swatch_masks masks;
    swatch_background background;
    // Who the person is: (mask_height, mask_width), 0-255: how surely a pixel is the person's. From
    // 128 on it is; from 32 on it may be, and the model decides. NULL: not known. Its sides must be
    // the photo's, or those of a smaller or larger version of it. Lent for the call. The model is
    // shown the part of the photo around the person. Where a model of class scores takes nearly all
    // of the person for background, the person's pixels get the likeliest of the other classes.
    const uint8_t *person_mask;
    size_t mask_width, mask_height;
    // How far beyond the mask something may still be the person's, as a share of the longer side of
    // its box, 0-0.5. Masks of swatch_people_mask are not exact: set SWATCH_PERSON_REACH for them.
    double person_reach;
    // Who the mask is of, as the finder told it, for the JSON, lent for the call; NULL: not known.
    // Where the finder's score is below 0.97 and the model sees hardly anything in the mask, or
    // clothes without skin and hair, extraction fails with SWATCH_NO_PERSON.
    const swatch_person *person;
    size_t colors;  // at most so many for a region, 1-8; 0: 5
    int only_masks; // 1: no colors are measured
    // 1: colors are also given as they would be in neutral light (shades of grey, Finlayson and
    // Trezzi 2004, estimated on the whole photo); those of the photo itself stay.
    int white_balance;
    // 1: only the photo itself is looked at. 0: its mirror image, too, and the mean of both answers
    // is taken: twice the time, a little better. Color-coded maps are never averaged.
    int no_flip;
    // 1: edges stay as the network draws them. 0: they follow those of the photo (guided filter, He
    // et al. 2010): a little slower, a little better. Edges of color-coded maps always stay.
    int no_refine;
    swatch_progress progress; // NULL: none
    void *user;
    // 1: the photo shows nobody, and clothes are looked for that lie flat or hang. The JSON then
    // says "person": null. SWATCH_NO_PERSON: there are none either. Not together with person_mask.
    int alone;
    const swatch_telling *telling; // for the JSON, the card and palette files; lent. NULL: nothing
    // 1: the result also keeps the article's steps, for SWATCH_SAVE_STEPS: the photo as the model
    // sees it and, with a person mask, the map of the photo without it. That map takes the model's
    // time again for each person. Only with a model of color-coded maps.
    int steps;
} swatch_extract_options;
#define SWATCH_EXTRACT_OPTIONS_INIT SWATCH_INIT(swatch_extract_options)

// How skin looks: a median over well-lit pixels, and where it lies on two scales. It tells of the
// photo and its light, and nothing of the person. Lent.
typedef struct swatch_skin {
    const char *reason; // why nothing is said (all else is 0 then), else NULL; static
    int face;           // 1: measured on the skin that borders the hair; 0: on all skin
    size_t pixels;      // that it rests on
    swatch_color color; // the median of these, channel by channel; its share: they of all skin
    int monk;           // nearest tone of the Monk scale by CIEDE2000, 1 (lightest) to 10
    double monk_distance;
    double ita;            // individual typology angle, degrees; NaN where b* is too near 0, or
                           // below, for an angle (docs/colors.md)
    const char *ita_class; // very light, light, intermediate, tan, brown or dark; NULL for NaN
} swatch_skin;

// How hair looks. Lent.
typedef struct swatch_hair {
    const char *reason; // as above
    size_t pixels;
    swatch_color color;
    const char *name;  // black, brown, blond, red, grey/white or dyed/other; static
    double confidence; // share of the pixels that are of this class by themselves, 0-1
} swatch_hair;

#define SWATCH_GARMENT_COLORS SWATCH_MAX_COLORS

// One piece of clothing, from a model whose classes are finer than "clothes". Lent.
typedef struct swatch_garment {
    size_t class_index;
    size_t piece, pieces; // which of how many garments of its class, from 1, largest first
    size_t pixels;
    size_t left, top, width, height; // the box around it, in pixels of the photo
    size_t color_count;              // most frequent color first
    const char *reason;              // why color_count is 0, else NULL; static
    swatch_color colors[SWATCH_GARMENT_COLORS];
    swatch_color balanced[SWATCH_GARMENT_COLORS]; // with white balance
    // What the network gives the garment's class: the mean over its pixels, 0-1; NaN: not known.
    double probability;
    // Where the network doubts, the class of clothes that it may be instead, and what it gives that
    // one; else class_index and 0.
    size_t or_class_index;
    double or_probability;
} swatch_garment;

// Where the time went, seconds. decode is 0 for a photo given as pixels. Lent.
typedef struct swatch_timings {
    double decode, network, masks, colors;
} swatch_timings;

typedef struct swatch_result swatch_result;

// Finds clothes, skin and hair in a photo, with a session of a model that finds clothes. The result
// owns copies of all it needs: photo and session may be freed before it. Free *result with
// swatch_result_free.
SWATCH_API int swatch_extract(swatch_session *session, const swatch_photo *photo,
                              const swatch_extract_options *options, swatch_result **result,
                              swatch_error *error);
// Gets a result as soon as it is made, and must free it. If it returns anything but 0, the call
// that makes results ends with SWATCH_CANCELLED.
typedef int (*swatch_take)(void *user, swatch_result *result);
// Finds the clothes of people that swatch_people_find has found in the photo, the largest person
// first, at most `most` (at least 1) of them; those who turn out to be nobody are skipped. If
// nobody is left it looks for clothes alone, which are one result. Each result goes to take(user,
// result), so that one can be written or sent while the next is made. Of `options` (NULL: defaults)
// the person's fields must be left 0. SWATCH_NO_PERSON: neither is found.
SWATCH_API int swatch_extract_each(swatch_session *session, const swatch_photo *photo,
                                   const swatch_people *people,
                                   const swatch_extract_options *options, size_t most,
                                   swatch_take take, void *user, swatch_error *error);
// What `swatch extract` does: swatch_people_find with `finder`, then swatch_extract_each with
// `session`. results has room for `most` results; *count of them are set, each to be freed with
// swatch_result_free.
SWATCH_API int swatch_extract_people(swatch_session *session, swatch_session *finder,
                                     const swatch_photo *photo,
                                     const swatch_extract_options *options, size_t most,
                                     swatch_result **results, size_t *count, swatch_error *error);
SWATCH_API void swatch_result_free(swatch_result *result);

SWATCH_API size_t swatch_result_width(const swatch_result *result); // those of the photo
SWATCH_API size_t swatch_result_height(const swatch_result *result);
// Class indices, (height, width). Lent.
SWATCH_API const uint8_t *swatch_result_labels(const swatch_result *result);
// The map that a model of color-coded maps painted, as RGB (height, width, 3), before it was cut
// into classes. Where the model did not look, since it saw only the part around a person, the map
// has the background's color. Lent; NULL: the model answers in class scores.
SWATCH_API const uint8_t *swatch_result_map(const swatch_result *result);
// Pixels of a region; 0 for an unknown one. Skin and hair are the classes of that name, clothes are
// all others but the background.
SWATCH_API size_t swatch_result_pixels(const swatch_result *result, swatch_region region);
// A region's main colors, most frequent first. *count may be 0, and then nothing may be read. Lent
// by the result.
SWATCH_API const swatch_color *swatch_result_colors(const swatch_result *result,
                                                    swatch_region region, size_t *count);
// How likely the region is right: the chance, 0-1, that its intersection over union with the true
// one is above 0.8. Measured on photos that the model did not learn from (models/ccp-4.md). NaN:
// the region is empty, or it was not measured for the model.
SWATCH_API double swatch_result_confidence(const swatch_result *result, swatch_region region);
// Why a region has no colors, static (docs/colors.md); NULL when it has some, and for an unknown
// region.
SWATCH_API const char *swatch_result_reason(const swatch_result *result, swatch_region region);
SWATCH_API const swatch_skin *swatch_result_skin(const swatch_result *result);
// The undertone of this skin, static: cool (hue angle in CIELAB below 50 degrees: towards pink),
// neutral or warm (above 60: towards yellow). NULL: nothing is said of the skin, or it has no such
// hue, as under colored light.
SWATCH_API const char *swatch_skin_undertone(const swatch_skin *skin);
SWATCH_API const swatch_hair *swatch_result_hair(const swatch_result *result);

// The same under neutral light: one color for each of swatch_result_colors, in their order. *count
// is 0 and the others are NULL unless white balance was asked for and the light could be estimated.
SWATCH_API const swatch_color *swatch_result_balanced_colors(const swatch_result *result,
                                                             swatch_region region, size_t *count);
SWATCH_API const swatch_skin *swatch_result_balanced_skin(const swatch_result *result);
SWATCH_API const swatch_hair *swatch_result_balanced_hair(const swatch_result *result);

// Garments, largest first: the pieces of each class but background, skin, hair and "clothes". NULL
// for an index out of range.
SWATCH_API size_t swatch_result_garment_count(const swatch_result *result);
SWATCH_API const swatch_garment *swatch_result_garment(const swatch_result *result, size_t index);

// How a garment is patterned, static: plain, striped, checked, dotted or print (any other). index:
// SWATCH_ALL_CLOTHES for all clothes together. *confidence, which may be NULL, gets how clearly it
// is that, 0-1; it is no chance of being right. NULL: not measured, or too little of it is seen.
#define SWATCH_ALL_CLOTHES SIZE_MAX
SWATCH_API const char *swatch_result_pattern(const swatch_result *result, size_t index,
                                             double *confidence);

// Draws a region into rgba (height, width, 4): straight alpha, zero outside, with
// SWATCH_EDGES_SOFT; SWATCH_EDGES_HARD where memory lacks. An unknown region is all zero.
SWATCH_API void swatch_result_cutout(const swatch_result *result, swatch_region region,
                                     uint8_t *rgba);
// Draws a garment, cropped to its box, into rgba (garment.height, garment.width, 4). Nothing is
// drawn for an index out of range.
SWATCH_API void swatch_result_garment_cutout(const swatch_result *result, size_t index,
                                             uint8_t *rgba);
// The content of colors.json: one JSON object on one line, ASCII. Lent.
SWATCH_API const char *swatch_result_json(const swatch_result *result);
SWATCH_API const swatch_timings *swatch_result_timings(const swatch_result *result);

// What a result can be written as, each in a file of its name ("clothes.png").
typedef enum swatch_piece {
    SWATCH_PIECE_LABELS,       // 8-bit palette, always PNG
    SWATCH_PIECE_SEGMENTATION, // the labels in their classes' colors
    SWATCH_PIECE_CLOTHES,      // cut-outs with alpha
    SWATCH_PIECE_SKIN,
    SWATCH_PIECE_HAIR,
    SWATCH_PIECE_PERSON,   // the person mask, 0 or 255; only where there was one
    SWATCH_PIECE_CARD,     // photo, cut-outs and colors in one picture
    SWATCH_PIECE_COLORS,   // swatch_result_json, and a line break
    SWATCH_PIECE_GARMENTS, // a file for each garment, garment-<n>-<class>
    SWATCH_PIECE_MAP,      // the map as the network painted it; only of a model that paints one
    SWATCH_PIECES          // their number
} swatch_piece;

// "labels", "segmentation" and so on, which are also the files' names without their endings.
// Static; NULL for an unknown.
SWATCH_API const char *swatch_piece_name(swatch_piece piece);

typedef enum swatch_picture_format {
    SWATCH_PNG,
    SWATCH_WEBP,
    SWATCH_AVIF,
    SWATCH_JPEG,
    SWATCH_PICTURE_FORMATS // their number
} swatch_picture_format;

// "png", "webp", "avif", "jpg": names a format, and ends its files' names. Static; NULL for an
// unknown.
SWATCH_API const char *swatch_picture_extension(swatch_picture_format format);

typedef enum swatch_edges { // of cut-outs
    SWATCH_EDGES_SOFT,      // hair and cloth end as softly as in the photo, in their own color
    SWATCH_EDGES_HARD,      // along the labels, with one soft pixel
} swatch_edges;

// How a card is drawn. The first three are made to be posted: a clean photo, cut-outs or the
// largest garments, the colors of clothes, and how skin and hair look. The last is for checking:
// the photo with the outlines of its regions, all their colors with shares, and doubts.
typedef enum swatch_card {
    SWATCH_CARD_PORTRAIT,  // 1080 x 1350
    SWATCH_CARD_STORY,     // 1080 x 1920
    SWATCH_CARD_LANDSCAPE, // 1920 x 1080
    SWATCH_CARD_CHECK,     // 1080 wide
    SWATCH_CARDS           // their number
} swatch_card;

// "portrait", "story", "landscape", "check". Static; NULL for an unknown.
SWATCH_API const char *swatch_card_name(swatch_card card);

#define SWATCH_ONLY(piece) (1u << (piece)) // a bit for swatch_save_options.pieces

// How the pieces of a result are written.
typedef struct swatch_save_options {
    size_t size;
    unsigned pieces;              // SWATCH_ONLY bits, or-ed: those that are written; 0: all
    swatch_picture_format format; // of all pictures but the labels
    // Of WebP, AVIF and JPEG, 1-100; 0: 90. With 100 WebP is lossless. The segmentation, the map
    // and the person mask are always lossless as WebP.
    size_t quality;
    // Pixels: a picture with a longer side is made smaller, the labels by taking the nearest pixel.
    // 0: no limit.
    size_t max_side;
    // 1: cut-outs are cropped to the box around what they show and a margin of 2 % of its longer
    // side, at least 2 pixels, as far as the photo goes. A cut-out that shows nothing stays whole.
    // 0: only garments are cropped, without a margin.
    int crop;
    // What is under cut-outs where they are transparent: with has_ground 1 this color, sRGB. With
    // 0 nothing, but white in JPEG, which holds no transparency.
    int has_ground;
    uint8_t ground[3];
    swatch_edges edges;
    swatch_card card;
    int card_dark; // 1: the card is dark; 0: light
    // Threads that encoding and saving may use, up to 1024. 0: as many as the process may run at
    // once, as for sessions.
    unsigned threads;
} swatch_save_options;
#define SWATCH_SAVE_OPTIONS_INIT SWATCH_INIT(swatch_save_options)

// Encodes a piece in memory. The option `pieces` is ignored. Free *data with swatch_free.
// SWATCH_USAGE if the result has no such piece, if the format cannot hold it, or for
// SWATCH_PIECE_GARMENTS, which is several files.
SWATCH_API int swatch_result_encode_with(const swatch_result *result, swatch_piece piece,
                                         const swatch_save_options *options, void **data,
                                         size_t *bytes, swatch_error *error);
// The same of a garment's cut-out. SWATCH_USAGE for an index out of range.
SWATCH_API int swatch_result_garment_encode_with(const swatch_result *result, size_t index,
                                                 const swatch_save_options *options, void **data,
                                                 size_t *bytes, swatch_error *error);
// The same of a piece with nothing but a format. WebP is lossless. The labels are PNG alone.
SWATCH_API int swatch_result_encode(const swatch_result *result, swatch_piece piece,
                                    swatch_picture_format format, void **data, size_t *bytes,
                                    swatch_error *error);

// The same of a garment's cut-out, cropped to its box, as PNG. SWATCH_USAGE for an index out of
// range.
SWATCH_API int swatch_result_garment_encode(const swatch_result *result, size_t index, void **data,
                                            size_t *bytes, swatch_error *error);

// More bits for swatch_result_save and swatch_album_new.
#define SWATCH_SAVE_PALETTE(format) (2u << (format)) // writes palette.<extension>, too
#define SWATCH_SAVE_SOFT_PERSON 0x10000u             // person.png as it is, not 0 or 255 alone
// Of a result with swatch_extract_options.steps: also writes a picture of each step, in the format
// and in the way of the pieces. step-1-map-of-photo: the map of the photo as it is; step-2-person:
// the person mask; step-3-view: the photo as the model saw it; step-4-map, step-5-segmentation,
// step-6-clothes, step-7-skin, step-8-hair: the pieces of that name; step-9-colors: the main
// colors. Without a person mask there are no steps 1 to 3.
#define SWATCH_SAVE_STEPS 0x20000u

// Writes labels.png, segmentation.png, clothes.png, skin.png, hair.png, colors.json and card.png,
// person.png when there was a person mask, map.png when the model painted one,
// garment-<n>-<class>.png for the n-th garment, and palette files of all regions and garments, into
// a new folder: all or nothing. Its parent must be there. how: 0, or SWATCH_REPLACE and
// SWATCH_SAVE_ bits, or-ed.
SWATCH_API int swatch_result_save(const swatch_result *result, const char *folder, unsigned how,
                                  swatch_error *error);
// The same of the pieces that the options choose, made as they say. A replaced folder keeps no
// files of other formats.
SWATCH_API int swatch_result_save_with(const swatch_result *result, const char *folder,
                                       unsigned how, const swatch_save_options *options,
                                       swatch_error *error);

// Several people of one photo: a folder with person-1/, person-2/ and so on, each as
// swatch_result_save writes it, and a colors.json with what theirs say; all or nothing. If it is
// freed before it is finished, it leaves nothing behind.
typedef struct swatch_album swatch_album;
// folder: NULL for the JSON alone. how: as above.
SWATCH_API int swatch_album_new(const char *folder, unsigned how, swatch_album **album,
                                swatch_error *error);
// The same with options, as swatch_result_save_with; the colors.json of all is always written.
SWATCH_API int swatch_album_new_with(const char *folder, unsigned how,
                                     const swatch_save_options *options, swatch_album **album,
                                     swatch_error *error);
SWATCH_API void swatch_album_free(swatch_album *album);
// Adds the next person, whose result may then be freed. SWATCH_USAGE once it is finished. After a
// failure the album takes nobody else and cannot be finished.
SWATCH_API int swatch_album_add(swatch_album *album, const swatch_result *result,
                                swatch_error *error);
// Puts the folder in its place: SWATCH_EXISTS comes here. SWATCH_USAGE if it is finished already.
// If nobody was added, the JSON lists no people.
SWATCH_API int swatch_album_finish(swatch_album *album, swatch_error *error);
// The content of its colors.json, as swatch_result_json; NULL before it is finished. Lent.
SWATCH_API const char *swatch_album_json(const swatch_album *album);

// ---- Colors of any picture ----------------------------------------------------------------------
//
// The main colors of any picture, with a person in it or not. No model is needed.

typedef struct swatch_colors_options {
    size_t size;
    // Which pixels count: (mask_height, mask_width), above 127. NULL: all. Its sides must be the
    // photo's, or those of a smaller or larger version of it. Lent for the call. Transparent parts
    // of a picture (alpha up to 127) never count.
    const uint8_t *mask;
    size_t mask_width, mask_height;
    size_t colors; // at most so many, 1-8; 0: 5
} swatch_colors_options;
#define SWATCH_COLORS_OPTIONS_INIT SWATCH_INIT(swatch_colors_options)

// Filled in by the library, as far as its `size` goes.
typedef struct swatch_colors {
    size_t size;
    size_t pixels;      // that count
    size_t count;       // of the colors, most frequent first
    const char *reason; // why count is 0, else NULL; static (docs/colors.md)
    // 1: the pixels that count show greys alone. Those are given, but of a greyscale photo they say
    // little about the things in it.
    int greyscale;
    swatch_color colors[SWATCH_MAX_COLORS]; // shares are of the measured pixels
} swatch_colors;
#define SWATCH_COLORS_INIT SWATCH_INIT(swatch_colors)

// Measures as swatch_extract does, but all pixels as one region. To find nothing to measure is no
// error. colors: SWATCH_COLORS_INIT before the call.
SWATCH_API int swatch_colors_measure(const swatch_photo *photo,
                                     const swatch_colors_options *options, swatch_colors *colors,
                                     swatch_error *error);

// What `swatch palette --json` prints of a photo and its colors: one JSON object on one line,
// ASCII. Free *json with swatch_free.
SWATCH_API int swatch_colors_json(const swatch_photo *photo, const swatch_colors *colors,
                                  char **json, swatch_error *error);
// The same with more told of each color; telling: NULL for nothing more.
SWATCH_API int swatch_colors_json_told(const swatch_photo *photo, const swatch_colors *colors,
                                       const swatch_telling *telling, char **json,
                                       swatch_error *error);

// ---- Palettes ----------------------------------------------------------------------------------
//
// Palette files for designers' tools.

typedef enum swatch_palette_format {
    SWATCH_PALETTE_GPL,  // GIMP, Inkscape, Krita
    SWATCH_PALETTE_ASE,  // Adobe Swatch Exchange, with groups
    SWATCH_PALETTE_ACO,  // Adobe color file (Photoshop), version 1 and 2
    SWATCH_PALETTE_CSS,  // custom properties: --clothes-1
    SWATCH_PALETTE_JSON, // colors as in colors.json
    SWATCH_PALETTE_SVG,  // a strip for each group
    SWATCH_PALETTE_FORMATS
} swatch_palette_format;

// "gpl", "ase" and so on: names a format, and ends its files' names. Static; NULL for an unknown.
SWATCH_API const char *swatch_palette_extension(swatch_palette_format format);

// Colors of one thing, lent for a call. The rgb, lab, share and names of each color are read: fill
// in all of them, as swatch_extract does. This struct is frozen, too.
typedef struct swatch_group {
    const char *name;
    const swatch_color *colors;
    size_t count;
} swatch_group;

// A palette file of `count` groups, in memory; empty groups are left out. In formats that name
// their colors the n-th of a group is called "<group> <n> <XKCD name>". Title and names may hold
// anything and are cleaned or escaped as the format needs it. Free *data with swatch_free.
SWATCH_API int swatch_palette_encode(swatch_palette_format format, const char *title,
                                     const swatch_group *groups, size_t count, void **data,
                                     size_t *bytes, swatch_error *error);
// The same with more told of each color: names of one's own take the place of the XKCD names, and
// JSON has all of it. telling: NULL for nothing more.
SWATCH_API int swatch_palette_encode_told(swatch_palette_format format, const char *title,
                                          const swatch_group *groups, size_t count,
                                          const swatch_telling *telling, void **data, size_t *bytes,
                                          swatch_error *error);
// The same to a file, whole or not at all. how: 0 or SWATCH_REPLACE.
SWATCH_API int swatch_palette_save_told(swatch_palette_format format, const char *title,
                                        const swatch_group *groups, size_t count,
                                        const swatch_telling *telling, const char *path,
                                        unsigned how, swatch_error *error);
// swatch_palette_encode to a file, in the same way.
SWATCH_API int swatch_palette_save(swatch_palette_format format, const char *title,
                                   const swatch_group *groups, size_t count, const char *path,
                                   unsigned how, swatch_error *error);
// The palette of a result, as swatch_result_save writes it: its regions, then its garments.
SWATCH_API int swatch_result_palette(const swatch_result *result, swatch_palette_format format,
                                     void **data, size_t *bytes, swatch_error *error);

// ---- Reports -----------------------------------------------------------------------------------
//
// A folder's photos in one page, report.html, and one table, report.csv (RFC 4180, UTF-8, a row for
// each photo, region and color), which can be a spreadsheet, too, report.xlsx. The page works
// offline, shows each photo's card.png by a link, and sorts and filters by a script of its own.

typedef struct swatch_report swatch_report;

// Leaves out the byte order mark at the table's start, which tells Excel that it is UTF-8.
#define SWATCH_REPORT_PLAIN 0x40000u
// Writes report.xlsx, too. SWATCH_USAGE from swatch_report_new where the library was built without
// libxlsxwriter.
#define SWATCH_REPORT_XLSX 0x80000u

// A report for a folder; it must be there when the report is saved. how: 0, or SWATCH_REPLACE and
// SWATCH_REPORT_ bits, or-ed.
SWATCH_API int swatch_report_new(const char *folder, unsigned how, swatch_report **report,
                                 swatch_error *error);
// Nothing is written that was not saved.
SWATCH_API void swatch_report_free(swatch_report *report);
// Adds a photo; the result may be freed. `folder` is where swatch_result_save put its files, as a
// path within the report's folder; NULL if nowhere.
SWATCH_API int swatch_report_add(swatch_report *report, const swatch_result *result,
                                 const char *folder, swatch_error *error);
// Adds a photo from what swatch_result_save or an album wrote into `folder`, a path within the
// report's folder. Each person of an album is a photo of the report.
SWATCH_API int swatch_report_add_saved(swatch_report *report, const char *folder,
                                       swatch_error *error);
// Adds a photo that has no result, and says why.
SWATCH_API int swatch_report_fail(swatch_report *report, const char *photo, const char *message,
                                  swatch_error *error);
// Writes its files, each whole or not at all, with what was added so far. Without SWATCH_REPLACE
// only once for each swatch_report.
SWATCH_API int swatch_report_save(const swatch_report *report, swatch_error *error);

#ifdef __cplusplus
}
#endif

#endif
