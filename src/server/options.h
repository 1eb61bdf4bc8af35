// What the service is told, and what a request asks for.
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <stddef.h>
#include <swatch.h>

enum server_task {
    SERVER_EXTRACT, // clothes, skin and hair
    SERVER_PALETTE, // the main colors of any picture
    SERVER_TASKS
};

// What a request asks for.
struct server_wish {
    swatch_extract_options extract; // of SERVER_EXTRACT; without mask, person, progress and telling
    size_t people;                  // so many, the largest first; 0: the largest
    int whole;                      // 1: nobody is looked for
    swatch_save_options save;       // of SERVER_EXTRACT: its pieces, SWATCH_PIECE_COLORS always
    unsigned palettes;              //   among them, and SWATCH_SAVE_PALETTE bits
    swatch_colors_options colors;   // of SERVER_PALETTE; without mask
    int palette;                    // of SERVER_PALETTE: a swatch_palette_format; -1: JSON
    int harmonies;                  // 1: they are told
};

// A field of a request: an option's name and its value.
struct server_field {
    char *name, *value;
};

struct server_options {
    const char *listen;  // "ADDRESS:PORT"; port 0: any that is free
    const char *model;   // that finds clothes: a path
    const char *person;  // that finds people: a path; NULL: nobody is looked for
    const char *classes; // a class file; NULL: the model's own classes
    swatch_precision precision;
    const char *names_file,
        *match_file;                   // lists of colors, and what is in them: of a swatch_telling;
    const swatch_names *names, *match; //   NULL: none
    size_t workers;                    // requests that are worked on at once; 0: by the machine
    size_t threads;                    // of each; 0: by the machine
    size_t queue;                      // requests that may wait
    size_t max_bytes;                  // of a request's body
    size_t max_pixels;                 // of a photo; 0: the library's limit
    size_t max_memory;                 // bytes of all work together; 0: swatch_memory_share
    double max_seconds;                // that work on a request may take
    size_t cache;                      // bytes of answers that are kept; 0: none
    int quiet;              // 1: of requests those alone are logged that the service failed
    int in_process;         // 1: photos are decoded without processes of their own
    const char *token_file; // of those who may ask, a token a line; NULL: everybody may
    const char *cors;       // the origin whose pages may ask, or "*"; NULL: none
    const char *openapi;    // a description of the service, JSON
    double timeout;         // seconds within which a request must arrive and an answer be taken
    double drain;           // seconds between the signal to end and the end of listening
    // Reads the fields of a request into *wish. Returns 0, or -1 with what is wrong in `message`
    // (`size` bytes). Called from one thread.
    int (*read)(enum server_task task, const struct server_field *fields, size_t count,
                struct server_wish *wish, char *message, size_t size);
};

#endif
