// Words of shops on named samples: colors of the CSS and XKCD lists that hold a word, and cloth as
// photos show it.
#include "color/shop.h"

#include "base/number.h"
#include "color/fill.h"
#include "test.h"

static struct rgb from_hex(const char *hex)
{
    uint8_t rgb[3];
    CHECK(number_read_hex(hex, strlen(hex), rgb) == 0);
    return (struct rgb){rgb[0], rgb[1], rgb[2]};
}

static void test_samples(void)
{
    static const char *const samples[][2] = {
        // Named so by XKCD's survey or CSS.
        {"navy", "#01153e"},
        {"navy", "#001146"},
        {"navy", "#000080"},
        {"navy", "#191970"},
        {"beige", "#e6daa6"},
        {"beige", "#d2b48c"}, // tan
        {"beige", "#ada587"}, // stone
        {"beige", "#b9a281"}, // taupe
        {"cream", "#ffffe4"}, // off white
        {"cream", "#ffffd4"}, // eggshell
        {"cream", "#faf0e6"}, // linen
        {"cream", "#f5f5dc"},
        {"khaki", "#aaa662"},
        {"khaki", "#9b8f55"},
        {"khaki", "#828344"}, // drab
        {"burgundy", "#610023"},
        {"burgundy", "#650021"}, // maroon
        {"burgundy", "#680018"}, // claret
        {"burgundy", "#7b0323"}, // wine red
        {"denim", "#3b638c"},
        {"denim", "#5b7c99"}, // slate blue
        {"denim", "#5a86ad"}, // dusty blue
        {"silver", "#c0c0c0"},
        {"silver", "#c5c9c7"},
        {"gold", "#d4af37"},
        {"gold", "#dbb40c"},
        {"gold", "#b59410"},  // dark gold
        {"green", "#2c4a48"}, // dark teal
        {"green", "#24403f"},
        {"green", "#35524a"},
        {"green", "#adcfca"}, // pale aqua
        {"blue", "#2f4f4f"},  // dark slate
        {"blue", "#3b5b5b"},  // teal, greyed
        {"blue", "#014d4e"},  // dark teal of the survey
        {"blue", "#005f6a"},  // petrol
        {"blue", "#1f4e5f"},
        {"blue", "#a9c4c9"}, // powder blue
        // Neighbours that are none of these.
        {"grey", "#a3b5b9"}, // blue grey
        {"grey", "#c7d5cc"},
        {"grey", "#94a4b1"},
        {"grey", "#474b57"}, // slate
        {"black", "#0f1922"},
        {"black", "#0d1518"},
        {"black", "#101014"},
        {"white", "#f7f7f7"},
        {"grey", "#808080"},
        {"grey", "#3c3c40"},
        {"blue", "#0000ff"},
        {"blue", "#2a3a8c"}, // royal blue cloth
        {"blue", "#4169e1"},
        {"blue", "#b0c4de"},
        {"red", "#c41e3a"},
        {"pink", "#ffc0cb"},
        {"green", "#2e8b57"},
        {"brown", "#5a3a22"},
        {"brown", "#8b4513"},
        {"yellow", "#ffe135"},
        {"orange", "#ff7f27"},
        {"purple", "#6a3d9a"},
        // Cloth in photos.
        {"navy", "#1c2438"},
        {"navy", "#232b45"},
        {"khaki", "#8a7f5d"},
        {"khaki", "#5b5a3a"},
        {"burgundy", "#4a1f2a"},
        {"denim", "#4a6078"},
        {"beige", "#c8b08a"},
    };
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const int failures = test_failures;
        CHECK_STRING(shop_name(from_hex(samples[i][1])), samples[i][0]);
        if (test_failures > failures)
            fprintf(stderr, "that was %s\n", samples[i][1]);
    }
}

// Every color has a word, and those of hues near each other differ little: no hole in the table.
static void test_all(void)
{
    for (int i = 0; i < 16 * 16 * 16; i++) {
        const struct rgb c = {(uint8_t)(i / 256 * 17), (uint8_t)(i / 16 % 16 * 17),
                              (uint8_t)(i % 16 * 17)};
        CHECK(shop_name(c) && *shop_name(c));
    }
}

static const char *name_of(size_t count, const char *const hexes[], const double shares[])
{
    swatch_color colors[SWATCH_MAX_COLORS];
    for (size_t i = 0; i < count; i++)
        colors[i] = color_fill(from_hex(hexes[i]), shares[i]);
    return shop_name_of(colors, count);
}

static void test_garments(void)
{
    CHECK(shop_name_of(NULL, 0) == NULL);
    // Two blues are one word, and outweigh the largest color.
    CHECK_STRING(name_of(3, (const char *const[]){"#f7f7f7", "#4169e1", "#0000ff"},
                         (const double[]){0.4, 0.3, 0.3}),
                 "blue");
    // Stripes of two colors are called by the wider ones.
    CHECK_STRING(
        name_of(2, (const char *const[]){"#1c2438", "#f7f7f7"}, (const double[]){0.55, 0.45}),
        "navy");
    CHECK_STRING(name_of(3, (const char *const[]){"#c41e3a", "#2e8b57", "#ffe135"},
                         (const double[]){0.4, 0.35, 0.25}),
                 "multicolor");
    // Some print on a black ground.
    CHECK_STRING(name_of(3, (const char *const[]){"#101014", "#2e8b57", "#ffe135"},
                         (const double[]){0.65, 0.2, 0.15}),
                 "black");
}

int main(void)
{
    test_samples();
    test_all();
    test_garments();
    return test_end();
}
