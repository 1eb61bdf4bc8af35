// The cases of ../shared/cases/README.md, row by row: inputs that went wrong once, each with its
// right value. $SWATCH_CASES names another folder. Prints a line for each row. Skipped without the
// folder.

#include <jansson.h>

#include "cli/command.h"
#include "image/image.h"
#include "test.h"

#define COLORS_MOST 8

static const char *cases;

struct expected {
    int rgb[3], tolerance; // of each channel
    double share;
};

static void row(const char *name, int before)
{
    printf("%-44s %s\n", name, test_failures == before ? "right" : "WRONG");
}

// What the last run printed on standard output, as JSON.
static json_t *printed(void)
{
    json_t *json = json_loads(out_text, 0, NULL);
    CHECK(json != NULL);
    return json;
}

// Whether colors are the expected ones, in any order, with shares within 0.02.
static void check_colors(const char *name, const json_t *colors, const struct expected *want,
                         size_t count)
{
    size_t i;
    const json_t *color;
    for (size_t k = 0; k < count; k++) {
        double share = 0;
        json_array_foreach(colors, i, color)
        {
            unsigned rgb[3];
            const char *hex = json_string_value(json_object_get(color, "hex"));
            int near = hex && sscanf(hex, "#%2x%2x%2x", &rgb[0], &rgb[1], &rgb[2]) == 3;
            for (int c = 0; near && c < 3; c++)
                near = abs((int)rgb[c] - want[k].rgb[c]) <= want[k].tolerance;
            share += near ? json_number_value(json_object_get(color, "share")) : 0;
        }
        if (fabs(share - want[k].share) > 0.02)
            fprintf(stderr, "%s: color %zu has a share of %.3f\n", name, k, share);
        CHECK(fabs(share - want[k].share) <= 0.02);
    }
}

static void palette(const char *file, const struct expected *want, size_t count)
{
    char line[600];
    const int before = test_failures;
    snprintf(line, sizeof line, "$S palette %s/%s --json", cases, file);
    check_runs(line);
    json_t *json = printed();
    const json_t *colors = json_object_get(json, "colors");
    if (count)
        CHECK(json_array_size(colors) == count);
    check_colors(file, colors, want, count);
    json_decref(json);
    row(file, before);
}

static void test_flat_colors(void)
{
    palette("colors/german.png",
            (struct expected[]){
                {{0, 0, 0}, 3, 1.0 / 3}, {{221, 0, 0}, 3, 1.0 / 3}, {{255, 206, 0}, 3, 1.0 / 3}},
            3);
    palette("colors/french.png",
            (struct expected[]){{{0, 85, 164}, 3, 1.0 / 3},
                                {{255, 255, 255}, 3, 1.0 / 3},
                                {{239, 65, 53}, 3, 1.0 / 3}},
            3);
    palette("colors/bw.png", (struct expected[]){{{0, 0, 0}, 3, 0.5}, {{255, 255, 255}, 3, 0.5}},
            2);
    palette("colors/white.png", (struct expected[]){{{255, 255, 255}, 3, 1}}, 1);
    palette("colors/teal_on_white.png",
            (struct expected[]){{{255, 255, 255}, 3, 0.96}, {{42, 181, 200}, 6, 0.04}}, 2);
    palette("colors/check8_4000.png",
            (struct expected[]){{{250, 240, 30}, 6, 0.5}, {{20, 20, 20}, 6, 0.5}}, 2);
    palette("colors/stripes1_4000.png",
            (struct expected[]){{{200, 30, 30}, 6, 0.5}, {{30, 30, 200}, 6, 0.5}}, 2);
}

// The same colors as of a part of 1500 pixels.
static void patterned(const char *file)
{
    struct expected want[COLORS_MOST] = {{{0}, 0, 0}};
    char path[512];
    struct image whole, part;
    size_t count = 0, i;
    const json_t *color;
    snprintf(path, sizeof path, "%s/%s", cases, file);
    if (image_load(path, 0, &whole, NULL) || image_new(&part, 1500, 1500, 3, NULL)) {
        CHECK(!"a pattern");
        return;
    }
    const size_t x = (whole.width - part.width) / 2, y = (whole.height - part.height) / 2;
    for (size_t r = 0; r < part.height; r++)
        memcpy(part.pixels + 3 * r * part.width, whole.pixels + 3 * ((y + r) * whole.width + x),
               3 * part.width);
    CHECK(image_save_png(&part, test_path("part.png"), 1, NULL) == 0);
    image_free(&whole);
    image_free(&part);
    check_runs("$S palette part.png --json");
    json_t *json = printed();
    json_array_foreach(json_object_get(json, "colors"), i, color)
    {
        unsigned rgb[3] = {0};
        sscanf(json_string_value(json_object_get(color, "hex")), "#%2x%2x%2x", &rgb[0], &rgb[1],
               &rgb[2]);
        want[count++] = (struct expected){{(int)rgb[0], (int)rgb[1], (int)rgb[2]},
                                          8,
                                          json_number_value(json_object_get(color, "share"))};
    }
    json_decref(json);
    palette(file, want, count);
}

// The whole photo is looked at: no person model is needed to tell these.
static json_t *extract(const char *file, const char *more)
{
    char line[600];
    snprintf(line, sizeof line, "$S extract %s/%s --json -m ccp-4 %s", cases, file, more);
    check_runs(line);
    return printed();
}

static void test_shirt(void)
{
    const int before = test_failures;
    json_t *json = extract("colors/shirt_white255_jeans.png", "--person person");
    const json_t *regions = json_object_get(json, "regions");
    check_colors("shirt", json_object_get(json_object_get(regions, "clothes"), "colors"),
                 (struct expected[]){{{255, 255, 255}, 10, 0.32}, {{46, 69, 139}, 16, 0.68}}, 2);
    json_decref(json);
    row("colors/shirt_white255_jeans.png", before);
}

static void test_greyscale(void)
{
    static const char *const files[] = {"colors/sepia.jpg", "colors/bw_logo.png"};
    for (size_t i = 0; i < 2; i++) {
        const int before = test_failures;
        json_t *json = extract(files[i], "--person person");
        const json_t *skin = json_object_get(json_object_get(json, "regions"), "skin");
        const char *reason =
            json_string_value(json_object_get(json_object_get(skin, "apparent_tone"), "reason"));
        CHECK(reason && strstr(reason, "greyscale photo"));
        json_decref(json);
        row(files[i], before);
    }
}

static void test_files(void)
{
    static const char *const read[] = {"files/im_jpeg.tif", "files/vips_pyr.tif",
                                       "files/no_eoi.jpg"};
    // A patch of the red, which is a fifth of each of these.
    const struct expected red = {{200, 60, 50}, 6, 0.2}, inks = {{0, 0, 0}, 0, 0};
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        palette(read[i], NULL, 0);
    const int before = test_failures;
    json_t *json;
    char line[600];
    static const char *const red_files[] = {"files/rgb_greyprof.webp",
                                            "files/rgb_with_greyprof.jpg", "files/p3_nclx.avif"};
    for (size_t i = 0; i < sizeof red_files / sizeof *red_files; i++) {
        snprintf(line, sizeof line, "$S palette %s/%s --json", cases, red_files[i]);
        check_runs(line);
        json = printed();
        check_colors(red_files[i], json_object_get(json, "colors"), &red, 1);
        json_decref(json);
        row(red_files[i], before);
    }
    palette("files/cmyk_greyprof.jpg", &inks, 0);
}

static void test_masks(void)
{
    static const char *const masks[] = {"plus1.png", "pal_red_voc.png"};
    for (size_t i = 0; i < 2; i++) {
        char line[600];
        const int before = test_failures;
        snprintf(line, sizeof line,
                 "rm -rf m; $S extract %s/masks/p.png -m ccp-4 --person-mask %s/masks/%s -o m && "
                 "[ -s m/p/card.png ]",
                 cases, cases, masks[i]);
        check_runs(line);
        row(masks[i], before);
    }
}

// Two of the photos are enough.
static void cut_down(const char *file)
{
    char path[512];
    size_t i;
    const json_t *one;
    snprintf(path, sizeof path, "%s/coco/%s", cases, file);
    json_t *json = json_load_file(path, 0, NULL), *kept = json_array(), *images = json_array();
    if (!json) { // a byte order mark
        char *text = NULL;
        size_t size;
        if (file_read_text(path, 1 << 24, &text, &size, NULL))
            exit(1);
        json = json_loads(text, 0, NULL);
        free(text);
    }
    for (i = 0; i < 2; i++)
        json_array_append(images, json_array_get(json_object_get(json, "images"), i));
    json_array_foreach(json_object_get(json, "annotations"), i, one)
    {
        for (size_t k = 0; k < 2; k++)
            if (json_equal(json_object_get(one, "image_id"),
                           json_object_get(json_array_get(images, k), "id")))
                json_array_append(kept, (json_t *)one);
    }
    json_object_set_new(json, "images", images);
    json_object_set_new(json, "annotations", kept);
    char *text = json_dumps(json, JSON_COMPACT);
    FILE *to = fopen(test_path(file), "w");
    fprintf(to, "%s%s", strcmp(file, "bom.json") == 0 ? "\xef\xbb\xbf" : "", text);
    fclose(to);
    free(text);
    json_decref(json);
}

static double figure(const char *name)
{
    const char *at = strstr(out_text, name);
    return at ? strtod(at + strlen(name), NULL) : -1;
}

// Also where none of that size is there.
static int same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void evaluate(const char *file)
{
    char line[200];
    cut_down(file);
    snprintf(line, sizeof line, "$S eval person --people coco:%s", file);
    check_runs(line);
}

static void test_coco(void)
{
    char line[600];
    int before = test_failures;
    snprintf(line, sizeof line, "ln -s %s/../people/photos photos", cases);
    check_runs(line);
    evaluate("base.json");
    const double ap = figure("mask AP "), medium = figure("medium"), large = figure("large");
    CHECK(ap > 0.1);
    evaluate("no_segmentation.json");
    CHECK(strstr(err_text, "outline") && strstr(out_text, "mask AP         nan"));
    row("coco/no_segmentation.json", before);
    before = test_failures;
    evaluate("nullseg.json");
    CHECK_NEAR(figure("mask AP "), ap, 0.02);
    CHECK(strstr(err_text, "outline"));
    row("coco/nullseg.json", before);
    before = test_failures;
    evaluate("no_area.json");
    CHECK_NEAR(figure("mask AP "), ap, 0.001);
    CHECK(same(figure("medium"), medium) && same(figure("large"), large));
    row("coco/no_area.json", before);
    before = test_failures;
    evaluate("bom.json");
    CHECK(figure("mask AP ") == ap);
    row("coco/bom.json", before);
}

int main(void)
{
    const char *named = getenv("SWATCH_CASES");
    struct stat info;
    cases = named ? named : SOURCE_DIR "/../shared/cases";
    if (stat(cases, &info))
        TEST_SKIP("%s is not there", cases);
    test_folder_make();
    test_flat_colors();
    patterned("colors/gingham_4000_16.png");
    patterned("colors/rot_2200_32.png");
    test_shirt();
    test_greyscale();
    test_files();
    test_masks();
    test_coco();
    run_end();
    test_folder_remove();
    return test_end();
}
