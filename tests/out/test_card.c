// Cards of made-up results: of their size whatever the photo, the same every time, with ink where
// words belong, colors as wide as shares and outlines where regions end.
#include <math.h>

#include "base/rng.h"
#include "extract/extract.h"
#include "out/arrange.h"
#include "out/card.h"
#include "out/paint.h"
#include "out/result_json.h"
#include "test.h"

#define CARD_WIDTH 1080
#define MARGIN 36

static swatch_error error;

// A person of clothes with skin and hair on top, on noise; `parts` of the three, from clothes on.
static swatch_result *make(const char *name, size_t width, size_t height, int parts)
{
    static const char *const names[] = {"background", "skin", "hair", "clothes"};
    swatch_result *r = calloc(1, sizeof *r);
    r->name = strdup(name);
    for (size_t i = 0; i < 4; i++)
        snprintf(r->classes.names[r->classes.count++], CLASS_NAME_MAX, "%s", names[i]);
    CHECK(image_new(&r->photo, width, height, 3, &error) == 0);
    CHECK(image_new(&r->labels, width, height, 1, &error) == 0);
    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++) {
            const size_t i = y * width + x;
            const int inside = x >= width / 4 && x < width * 3 / 4 && y >= height / 8;
            const uint8_t label = (uint8_t)(!inside          ? 0
                                            : y < height / 4 ? (parts > 2 ? 2 : 0)
                                            : y < height / 3 ? (parts > 1 ? 1 : 0)
                                            : parts > 0      ? 3
                                                             : 0);
            static const uint8_t colors[4][3] = {
                {120, 150, 120}, {220, 170, 140}, {60, 40, 30}, {30, 60, 160}};
            r->labels.pixels[i] = label;
            for (size_t c = 0; c < 3; c++)
                r->photo.pixels[3 * i + c] = (uint8_t)(colors[label][c] + rng_at(2, c, i) % 9);
        }
    const swatch_extract_options options = SWATCH_EXTRACT_OPTIONS_INIT;
    for (size_t i = 0; i < SWATCH_REGIONS; i++)
        r->confidence[i] = (double)NAN;
    result_count(r);
    CHECK(result_describe(r, &options, &error) == 0 && result_json(r, &error) == 0);
    return r;
}

// Whether anything there differs from the ground by as much as text does.
static int has_ink(const struct image *card, struct rect r)
{
    const int ground = card->pixels[0];
    for (size_t y = r.top; y < r.top + r.height && y < card->height; y++)
        for (size_t x = r.left; x < r.left + r.width && x < card->width; x++)
            if (abs(card->pixels[3 * (y * card->width + x)] - ground) > 175)
                return 1;
    return 0;
}

static void check_card(const swatch_result *r, swatch_card kind, int dark)
{
    static const size_t sizes[][2] = {{1080, 1350}, {1080, 1920}, {1920, 1080}};
    struct image card;
    if (card_draw(r, kind, dark, NULL, &card, &error)) {
        CHECK_STRING(error.message, "");
        return;
    }
    CHECK(card.bands == 3 && dark == (card.pixels[0] < 128));
    if (kind == SWATCH_CARD_CHECK)
        CHECK(card.width == CARD_WIDTH && card.height > 700 && card.height < 2600);
    else
        CHECK(card.width == sizes[kind][0] && card.height == sizes[kind][1]);
    CHECK(!has_ink(&card, (struct rect){0, 0, MARGIN, card.height}));
    CHECK(!has_ink(&card, (struct rect){card.width - MARGIN, 0, MARGIN, card.height}));
    CHECK(!has_ink(&card, (struct rect){0, card.height - 8, card.width, 8}));
    image_free(&card);
}

// Every card of photos of all shapes is of its size and has free margins.
static void test_sizes(void)
{
    static const struct {
        size_t width, height;
        int parts;
    } cases[] = {{55, 82, 3},   {40, 60, 0},   {1, 1, 0},     {1, 900, 1},   {900, 1, 1},
                 {30, 1200, 3}, {1200, 30, 3}, {800, 900, 3}, {300, 200, 2}, {200, 200, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        swatch_result *r = make("photo.jpg", cases[i].width, cases[i].height, cases[i].parts);
        for (int kind = 0; kind < SWATCH_CARDS; kind++)
            check_card(r, (swatch_card)kind, (i + (size_t)kind) % 2 != 0);
        swatch_result_free(r);
    }
}

// Every card is the same when it is drawn again.
static void test_again(void)
{
    swatch_result *r = make("photo.jpg", 110, 160, 3);
    for (int kind = 0; kind < SWATCH_CARDS; kind++) {
        struct image card = {0}, again = {0};
        CHECK(card_draw(r, (swatch_card)kind, 1, NULL, &card, &error) == 0);
        CHECK(card_draw(r, (swatch_card)kind, 1, NULL, &again, &error) == 0);
        CHECK(again.height == card.height &&
              memcmp(again.pixels, card.pixels, card.width * card.height * 3) == 0);
        image_free(&card);
        image_free(&again);
    }
    swatch_result_free(r);
}

// The last row of swatches and everything above it keep inside the margins, and there are words.
static void test_layout(void)
{
    static const char *const names[] = {"anna.jpg", "dir/a <b>bold</b> & \"quoted\" name.jpg",
                                        "\xff\xfe no UTF-8.jpg", "\n.jpg",
                                        ("a name that is far too long to fit into the width of a "
                                         "card and goes on and on and on and "
                                         "on and on.jpg")};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        swatch_result *r = make(names[i], 110, 160, 3);
        struct image card;
        CHECK(card_draw(r, SWATCH_CARD_CHECK, 0, NULL, &card, &error) == 0);
        // Below the pictures, which end at 36 + 640 for so small a photo, stands the name.
        CHECK(has_ink(&card, (struct rect){MARGIN, MARGIN + 640, 400, 70}));
        CHECK(!has_ink(&card, (struct rect){CARD_WIDTH - MARGIN, 0, MARGIN, card.height}));
        image_free(&card);
        swatch_result_free(r);
    }
}

// Numbers of pixels of exactly this color in the card.
static size_t count_color(const struct image *card, const uint8_t rgb[3])
{
    size_t n = 0;
    for (size_t i = 0; i < card->width * card->height; i++)
        n += memcmp(card->pixels + 3 * i, rgb, 3) == 0;
    return n;
}

// A bar is as wide as its color's share: of 1006 x 86 pixels, beside the patches.
static void test_bars(void)
{
    swatch_result *r = make("photo.jpg", 110, 160, 1);
    struct image card;
    const uint8_t colors[2][3] = {{1, 2, 3}, {201, 102, 53}};
    r->color_count[SWATCH_CLOTHES] = 2;
    for (size_t i = 0; i < 2; i++) {
        memcpy(r->colors[SWATCH_CLOTHES][i].rgb, colors[i], 3);
        r->colors[SWATCH_CLOTHES][i].share = i ? 0.25 : 0.75;
        r->colors[SWATCH_CLOTHES][i].xkcd = "light greenish blue";
    }
    CHECK(card_draw(r, SWATCH_CARD_CHECK, 0, NULL, &card, &error) == 0);
    const double patch = 74 * 74, bar = 1006 * 86;
    CHECK_NEAR((double)count_color(&card, colors[0]), 0.75 * bar + patch, 100);
    CHECK_NEAR((double)count_color(&card, colors[1]), 0.25 * bar + patch, 100);
    image_free(&card);
    swatch_result_free(r);
}

// On a card to be posted a color has what its hex needs, and of the rest its share: rows are 984
// pixels wide with a rim of one pixel around each color. The photo has no outlines.
static void test_posted(void)
{
    swatch_result *r = make("photo.jpg", 110, 160, 3);
    struct image card;
    const uint8_t colors[2][3] = {{1, 2, 3}, {201, 102, 53}};
    r->color_count[SWATCH_CLOTHES] = 2;
    for (size_t i = 0; i < 2; i++) {
        memcpy(r->colors[SWATCH_CLOTHES][i].rgb, colors[i], 3);
        memcpy(r->colors[SWATCH_CLOTHES][i].hex, "#", 2); // little ink
        r->colors[SWATCH_CLOTHES][i].share = i ? 0.25 : 0.75;
    }
    CHECK(card_draw(r, SWATCH_CARD_PORTRAIT, 0, NULL, &card, &error) == 0);
    const double wide = (984 - 2 * 188) * 0.5; // more than the other one
    CHECK_NEAR((double)count_color(&card, colors[0]) - (double)count_color(&card, colors[1]),
               wide * 122, 4000);
    for (size_t i = 0; i < SWATCH_REGIONS; i++)
        CHECK(count_color(&card, paint_of_region[i].rgb) == 0);
    image_free(&card);
    CHECK(card_draw(r, SWATCH_CARD_CHECK, 0, NULL, &card, &error) == 0);
    CHECK(count_color(&card, paint_of_region[SWATCH_HAIR].rgb) > 500);
    image_free(&card);
    swatch_result_free(r);
}

// Hair that hardly anyone would believe is not on a card to be posted.
static void test_doubtful(void)
{
    swatch_result *r = make("photo.jpg", 110, 160, 3);
    struct image card;
    const uint8_t color[3] = {11, 222, 33};
    r->hair.reason = NULL;
    memcpy(r->hair.color.rgb, color, 3);
    for (int doubtful = 0; doubtful < 2; doubtful++) {
        r->confidence[SWATCH_HAIR] = doubtful ? 0.05 : 0.15;
        CHECK(card_draw(r, SWATCH_CARD_PORTRAIT, 0, NULL, &card, &error) == 0);
        CHECK(doubtful == (count_color(&card, color) == 0));
        image_free(&card);
    }
    swatch_result_free(r);
}

// The photo is cropped to the person: a person at the left end of a wide photo is on the card, and
// the right end of the photo is not.
static void test_crop(void)
{
    swatch_result *r = make("photo.jpg", 900, 200, 3);
    struct image card;
    const uint8_t far[3] = {7, 250, 9};
    for (size_t y = 0; y < 200; y++)
        for (size_t x = 0; x < 900; x++) {
            const size_t i = y * 900 + x;
            r->labels.pixels[i] = x < 120 && y > 20 ? (y < 50 ? 2 : y < 70 ? 1 : 3) : 0;
            for (size_t c = 0; c < 3; c++)
                r->photo.pixels[3 * i + c] = x >= 700 ? far[c] : (uint8_t)(90 + c);
        }
    result_count(r);
    CHECK(card_draw(r, SWATCH_CARD_PORTRAIT, 0, NULL, &card, &error) == 0);
    CHECK(count_color(&card, far) == 0);
    CHECK(count_color(&card, (uint8_t[]){90, 91, 92}) > 100000);
    image_free(&card);
    CHECK(card_draw(r, SWATCH_CARD_CHECK, 0, NULL, &card, &error) == 0);
    CHECK(count_color(&card, far) > 1000);
    image_free(&card);
    swatch_result_free(r);
}

// Of a garment without a person the photo and the cut-out are about equally large: the photo is in
// the left half of the card, the cut-out in the right one.
static void test_garment(void)
{
    swatch_result *r = make("photo.jpg", 300, 450, 1);
    struct image card;
    const uint8_t cloth[3] = {31, 61, 161};
    size_t halves[2] = {0};
    for (size_t y = 0; y < 450; y++)
        for (size_t x = 0; x < 300; x++) {
            const size_t i = y * 300 + x;
            r->labels.pixels[i] = x >= 10 && x < 290 && y >= 50 && y < 410 ? 3 : 0;
            for (size_t c = 0; c < 3; c++)
                r->photo.pixels[3 * i + c] = r->labels.pixels[i] ? cloth[c] : 130;
        }
    result_count(r);
    r->color_count[SWATCH_CLOTHES] = 1;
    memset(r->colors[SWATCH_CLOTHES][0].rgb, 200, 3); // another, so that its row does not count
    CHECK(card_draw(r, SWATCH_CARD_PORTRAIT, 0, NULL, &card, &error) == 0);
    for (size_t i = 0; i < card.width * card.height; i++)
        halves[i % card.width >= card.width / 2] += memcmp(card.pixels + 3 * i, cloth, 3) == 0;
    CHECK(halves[0] > 100000);
    CHECK_NEAR((double)halves[1] / (double)halves[0], 1, 0.2);
    // Their cells begin at the same height: above both is ground.
    for (size_t x = 0; x < card.width; x++)
        CHECK(memcmp(card.pixels + 3 * (60 * card.width + x), card.pixels, 3) == 0);
    image_free(&card);
    swatch_result_free(r);
}

// Cells fill their room without touching each other, and the best arrangement is found: four equal
// squares stand two by two in a square, side by side in a wide room.
static void test_arrangement(void)
{
    const struct arrangement how = {10, 0, 0, 100};
    const struct rect room = {5, 7, 700, 500};
    struct shape shapes[ARRANGE_MOST];
    struct rect cells[ARRANGE_MOST];
    for (uint64_t n = 0; n < 200; n++) {
        const size_t count = 1 + n % ARRANGE_MOST;
        size_t area = 0;
        for (size_t i = 0; i < count; i++) {
            shapes[i].width = 1 + (double)(rng_at(3, n, 2 * i) % 900);
            shapes[i].height = 1 + (double)(rng_at(3, n, 2 * i + 1) % 900);
        }
        const double found = arrange(shapes, count, room, &how, cells);
        double again = 0;
        for (size_t i = 0; i < count; i++) {
            const struct rect a = cells[i];
            CHECK(a.left >= 5 && a.top >= 7 && a.left + a.width <= 705 && a.top + a.height <= 507);
            area += a.width * a.height;
            again += log(arrange_scale(shapes[i], a, &how));
            for (size_t k = 0; k < i; k++) {
                const struct rect b = cells[k];
                CHECK(a.left >= b.left + b.width + 10 || b.left >= a.left + a.width + 10 ||
                      a.top >= b.top + b.height + 10 || b.top >= a.top + a.height + 10);
            }
        }
        CHECK_NEAR(again, found, 1e-9);
        CHECK(area >= 700 * 500 - (count - 1) * 10 * 700);
    }
    for (size_t i = 0; i < 4; i++)
        shapes[i] = (struct shape){100, 100};
    CHECK_NEAR(arrange(shapes, 4, (struct rect){0, 0, 410, 410}, &how, cells), 4 * log(2), 1e-9);
    CHECK(cells[3].left == 210 && cells[3].top == 210);
    CHECK_NEAR(arrange(shapes, 4, (struct rect){0, 0, 1230, 300}, &how, cells), 4 * log(3), 1e-9);
    CHECK(cells[3].left == 930 && cells[3].top == 0);
}

// The outline of a region runs along its inner side and nowhere else.
static void test_outlines(void)
{
    swatch_result *r = make("photo.jpg", 400, 600, 1);
    struct image picture;
    const struct rect all = {0, 0, 400, 600};
    CHECK(image_new(&picture, 400, 600, 3, &error) == 0);
    for (int dark = 0; dark < 2; dark++) {
        memset(picture.pixels, dark ? 0 : 255, 400 * 600 * 3);
        CHECK(paint_outlines(&picture, r, all, &error) == 0);
        // Clothes begin at x = 100; half way down, the line is there, and nothing 8 pixels off.
        const uint8_t *row = picture.pixels + 3 * 400 * 400;
        const uint8_t *line = paint_of_region[SWATCH_CLOTHES].rgb;
        int found = 0;
        for (size_t x = 98; x < 104; x++)
            found |= memcmp(row + 3 * x, line, 3) == 0;
        CHECK(found);
        CHECK(row[3 * 90 + 1] == (dark ? 0 : 255));
        CHECK(row[3 * 110 + 1] == (dark ? 0 : 255));
    }
    image_free(&picture);
    swatch_result_free(r);
}

// Where it covers nothing, a text may be of any width; else it ends in the room it has.
static void test_text(void)
{
    struct image picture;
    CHECK(image_new(&picture, 300, 40, 3, &error) == 0);
    for (size_t room = 0; room < 260; room += 13) {
        memset(picture.pixels, 255, 300 * 40 * 3);
        CHECK(paint_text(&picture, "\u00e4 rather long \u6f22 text", 30, 1,
                         (struct paint){{0, 0, 0}}, 20, 2, room, &error) == 0);
        CHECK(!has_ink(&picture, (struct rect){20 + room, 0, 300 - 20 - room, 40}));
        CHECK(room < 60 || has_ink(&picture, (struct rect){20, 0, room, 40}));
    }
    image_free(&picture);
}

int main(void)
{
    test_sizes();
    test_again();
    test_layout();
    test_bars();
    test_posted();
    test_doubtful();
    test_crop();
    test_garment();
    test_arrangement();
    test_outlines();
    test_text();
    return test_end();
}
