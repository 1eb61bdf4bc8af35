// The program that opens swatch.h: it is compiled and run here, and must be the one in the header,
// line by line.

#include <stdio.h>
#include <swatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "image/image.h"
#include "test.h"
#include "tiny_model.h"

static int example(void)
{
    // begin
    swatch_error error;
    swatch_model *model;
    swatch_session *session;
    swatch_photo *photo;
    swatch_result *result;
    if (swatch_model_open("models/ccp-4.safetensors", SWATCH_PRECISION_AUTO, &model, &error) ||
        swatch_session_new(model, &session, &error) ||
        swatch_photo_open("anna.jpg", 0, &photo, &error) ||
        swatch_extract(session, photo, NULL, &result, &error) ||
        swatch_result_save(result, "out/anna", 0, &error)) {
        fprintf(stderr, "%s\n", error.message);
        return 1;
    }
    puts(swatch_result_json(result));
    // end
    swatch_result_free(result);
    swatch_photo_free(photo);
    swatch_session_free(session);
    swatch_model_free(model);
    return 0;
}

// The next line of code in a file between two marks, without the blanks and slashes before it.
static int next_line(FILE *file, char line[512], const char *end)
{
    if (!fgets(line, 512, file) || strstr(line, end))
        return 0;
    const size_t skip = strspn(line, "/ ");
    memmove(line, line + skip, strlen(line + skip) + 1);
    return 1;
}

static FILE *open_at(const char *path, const char *mark)
{
    char line[512];
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strstr(line, mark))
            return file;
    if (file)
        fclose(file);
    return NULL;
}

static void test_same_as_header(void)
{
    char a[512], b[512];
    int lines = 0;
    FILE *header = open_at(SOURCE_DIR "/include/swatch.h", "A complete program:");
    FILE *here = open_at(SOURCE_DIR "/tests/api/test_example.c", "// begin");
    CHECK(header && here);
    if (!header || !here)
        return;
    CHECK(fgets(a, sizeof a, header) != NULL); // the empty line below
    while (next_line(header, a, "puts(")) {
        CHECK(next_line(here, b, "// end"));
        CHECK_STRING(a, b);
        lines++;
    }
    CHECK(lines > 10);
    fclose(header);
    fclose(here);
}

int main(void)
{
    struct image photo;
    test_same_as_header();
    test_folder_make();
    if (chdir(test_folder) || mkdir("models", 0777) || mkdir("out", 0777) ||
        image_new(&photo, 150, 200, 3, NULL)) {
        perror(test_folder);
        return 1;
    }
    tiny_model("models/ccp-4.safetensors", 0);
    free(tiny_photo(photo.width, photo.height, photo.pixels));
    // A picture is told by its content, so a PNG may be called anna.jpg.
    CHECK(image_save_png(&photo, "anna.jpg", 1, NULL) == 0);
    image_free(&photo);
    CHECK(example() == 0);
    CHECK(test_names("out/anna") == 7);
    CHECK(chdir("/") == 0);
    test_folder_remove();
    return test_end();
}
