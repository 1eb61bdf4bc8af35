// swatch: from a photo of a person to clothes, skin and hair, each cut out and its colors measured.
//
// A complete program:
//
//     swatch_error error;
//     swatch_model *model;
//     swatch_session *session;
//     swatch_photo *photo;
//     swatch_result *result;
//     if (swatch_model_open("models/ccp-4.safetensors", NULL, &model, &error) ||
//         swatch_session_new(model, &session, &error) ||
//         swatch_photo_open("anna.jpg", NULL, &photo, &error) ||
//         swatch_extract(session, photo, NULL, &result, &error) ||
//         swatch_result_save(result, "out/anna", NULL, &error)) {
//         fprintf(stderr, "%s\n", error.message);
//         return 1;
//     }
//     puts(swatch_result_json(result));
//
// Every function that can fail returns 0 when it succeeds and a swatch_status otherwise; then the
// message in `error` names the file and what is wrong with it. `error` may be NULL everywhere.
// Nothing here prints, exits or aborts. Distinct handles may be used from distinct threads at once;
// a swatch_model is immutable and may be shared by many threads, each with its own swatch_session.
// Every `..._free` accepts NULL.
#ifndef SWATCH_H
#define SWATCH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SWATCH_API __attribute__((visibility("default")))

// What functions return; the command's exit statuses are the same numbers.
typedef enum swatch_status {
    SWATCH_OK = 0,
    SWATCH_FAILED = 1,    // a file, the memory or the system failed
    SWATCH_USAGE = 2,     // an argument is out of its range
    SWATCH_NO_PERSON = 3, // the person step found nobody
} swatch_status;

// Owned by the caller; written only by a call that fails.
typedef struct swatch_error {
    swatch_status status;
    char message[1024]; // one line, UTF-8, no newline at its end
} swatch_error;

#ifdef __cplusplus
}
#endif

#endif
