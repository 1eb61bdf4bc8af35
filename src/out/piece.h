// The pieces that a result can be written as. One table tells their names, their files and how each
// is made; swatch_save_options say the rest.
#ifndef OUT_PIECE_H
#define OUT_PIECE_H

#include "extract/result.h"

// "labels" and so on; NULL beyond the last.
const char *piece_name(swatch_piece piece);
// "png" and so on; NULL beyond the last.
const char *piece_extension(swatch_picture_format format);
// Returns what is wrong with options, static, or NULL.
const char *piece_wrong(const swatch_save_options *options);

// Whether the options choose a piece and the result has it: there may have been no person mask, not
// every model paints a map, and garments are files of their own.
int piece_wanted(const swatch_result *result, swatch_piece piece,
                 const swatch_save_options *options);
// The name of its file, "clothes.png".
void piece_file(swatch_piece piece, const swatch_save_options *options, char name[64]);
// 1 if `name` may be a piece's file, of any format.
int piece_is_file(const char *name);

// Encodes a picture that is drawn, made smaller if need be. The caller frees *data.
int piece_encode_drawn(const struct image *picture, const swatch_save_options *options, void **data,
                       size_t *size, swatch_error *error);
// Draws the cut-out of a region as its file has it, but with its alpha and no ground: the part
// *from of the photo. The caller frees it.
int piece_draw_cutout(const swatch_result *result, swatch_region region,
                      const swatch_save_options *options, struct rect *from, struct image *cutout,
                      swatch_error *error);
// Encodes it, and takes its alpha away where the options or the format ask for that.
int piece_encode_cutout(struct image *cutout, const swatch_save_options *options, void **data,
                        size_t *size, swatch_error *error);
// Draws and encodes any piece that is one file. `how`: SWATCH_SAVE_SOFT_PERSON counts. SWATCH_USAGE
// for a piece that the result lacks or the format does not hold.
int piece_encode(const swatch_result *result, swatch_piece piece, unsigned how,
                 const swatch_save_options *options, void **data, size_t *size,
                 swatch_error *error);
// The same of a garment's cut-out. The index must be one.
int piece_encode_garment(const swatch_result *result, size_t index,
                         const swatch_save_options *options, void **data, size_t *size,
                         swatch_error *error);

#endif
