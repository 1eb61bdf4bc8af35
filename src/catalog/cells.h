// Cells: cubes of CIELAB, 2 units wide, by which colors are indexed. A search for the nearest
// colors looks into the cells near a color, nearest first.
#ifndef CATALOG_CELLS_H
#define CATALOG_CELLS_H

#include <stddef.h>

#include "color/color.h"

#define CELL_EDGE 2
#define CELLS_MOST (51 * 128 * 128)

struct cell {
    int number;   // cells that follow each other in b* have numbers that do
    double least; // no color in it is nearer than this, by CIEDE2000
};

// The number of the cell of a color: L* 0-100, a* and b* from -128 to below 128; what lies outside
// counts to the nearest cell.
int cells_of(struct lab color);

// Writes the cells that may hold a color not farther than `within` from `color`, by number.
// Returns how many they are. `found` has room for CELLS_MOST.
size_t cells_near(struct lab color, double within, struct cell *found);

#endif
