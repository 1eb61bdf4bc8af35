// No color of a cell is nearer than the cell says.

#include <stdlib.h>

#include "catalog/cells.h"
#include "catalog/photos.h"
#include "test.h"

static struct cell cells[CELLS_MOST];
static double least[CELLS_MOST];

static struct rgb near(struct rgb c, uint64_t *state)
{
    int v[3] = {c.r, c.g, c.b};
    for (int i = 0; i < 3; i++) {
        v[i] += (int)photo_random(state, 61) - 30;
        v[i] = v[i] < 0 ? 0 : v[i] > 255 ? 255 : v[i];
    }
    return (struct rgb){(uint8_t)v[0], (uint8_t)v[1], (uint8_t)v[2]};
}

// All cells of a very wide search, and that a narrow one gives just the near ones of them.
static void find_cells(struct lab color)
{
    for (int i = 0; i < CELLS_MOST; i++)
        least[i] = INFINITY;
    const size_t all = cells_near(color, 200, cells);
    CHECK(all == CELLS_MOST);
    size_t near_ones = 0;
    for (size_t i = 0; i < all; i++) {
        least[cells[i].number] = cells[i].least;
        near_ones += cells[i].least <= 5;
    }
    CHECK(cells_near(color, 5, cells) == near_ones);
    CHECK(near_ones > 0 && near_ones < 8000);
    CHECK(least[cells_of(color)] == 0);
}

int main(void)
{
    static const struct rgb colors[] = {
        {0, 0, 0},    {255, 255, 255}, {128, 128, 128}, {255, 0, 0},     {0, 255, 0},
        {0, 0, 255},  {255, 0, 255},   {0, 255, 255},   {255, 255, 0},   {122, 31, 43},
        {20, 20, 90}, {60, 60, 200},   {100, 100, 104}, {200, 210, 255}, {1, 0, 0}};
    uint64_t state = 1;
    size_t wrong = 0;
    for (size_t q = 0; q < sizeof colors / sizeof *colors; q++) {
        const struct lab x = color_cielab(colors[q]);
        find_cells(x);
        for (int i = 0; i < 4000; i++) {
            const struct lab y =
                color_cielab(i % 2 ? photo_color(&state) : near(colors[q], &state));
            wrong += color_ciede2000(x, y) < least[cells_of(y)];
        }
    }
    CHECK(wrong == 0);
    // Cells count on in b*; what lies outside of all belongs to the nearest.
    CHECK(cells_of((struct lab){50, 0, 3}) == cells_of((struct lab){50, 0, 1}) + 1);
    CHECK(cells_of((struct lab){-1, -500, 500}) == cells_of((struct lab){0, -128, 127}));
    CHECK(cells_of((struct lab){111, 127, 127}) == CELLS_MOST - 1);
    return test_end();
}
