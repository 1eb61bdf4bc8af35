// Writes Adobe's two palette formats. Both are big-endian, with names in UTF-16.
//
// Adobe never published Swatch Exchange (.ase). Programs that read and write it agree on this:
// "ASEF", version 1.0, the number of blocks, then blocks of a type, a length and as many bytes.
// Color files (.aco) hold the palette twice. Version 1, which has no names, comes first, because
// old programs stop after it. A file counts its colors in 16 bits.

#include <stdint.h>

#include "base/text.h"
#include "out/palette.h"

#define ACO_MOST UINT16_MAX
#define UNITS_MOST PALETTE_NAME // of UTF-16 in a name: no more than its bytes in UTF-8

enum { GROUP_START = 0xc001, GROUP_END = 0xc002, COLOR = 0x0001 };

static void put16(FILE *to, unsigned value)
{
    putc((int)(value >> 8 & 255), to);
    putc((int)(value & 255), to);
}

static void put32(FILE *to, uint32_t value)
{
    put16(to, value >> 16);
    put16(to, value & 0xffff);
}

static void put_float(FILE *to, float value)
{
    union {
        float number;
        uint32_t bits;
    } both = {.number = value};
    put32(to, both.bits);
}

// Without the NUL that ends it in the file.
static size_t to_utf16(const char *text, uint16_t units[UNITS_MOST])
{
    size_t count = 0;
    for (uint32_t code; (code = text_next(&text)) && count + 2 < UNITS_MOST;) {
        if (code >= 0x10000) {
            units[count++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            units[count++] = (uint16_t)(0xdc00 + ((code - 0x10000) & 0x3ff));
        } else {
            units[count++] = (uint16_t)code;
        }
    }
    return count;
}

static void put_units(FILE *to, const uint16_t *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put16(to, units[i]);
    put16(to, 0);
}

// A block of a name and `more` bytes, which the caller puts.
static void ase_block(FILE *to, unsigned type, const char *name, size_t more)
{
    uint16_t units[UNITS_MOST];
    const size_t count = to_utf16(name, units);
    put16(to, type);
    put32(to, (uint32_t)(2 + 2 * (count + 1) + more));
    put16(to, (unsigned)count + 1);
    put_units(to, units, count);
}

int palette_ase(FILE *to, const struct palette *p)
{
    char name[PALETTE_NAME];
    fputs("ASEF", to);
    put16(to, 1);
    put16(to, 0);
    put32(to, (uint32_t)(p->colors + 2 * p->count));
    for (size_t i = 0; i < p->count; i++) {
        ase_block(to, GROUP_START, p->groups[i].name, 0);
        for (size_t k = 0; k < p->groups[i].count; k++) {
            palette_color_name(p, i, k, name);
            ase_block(to, COLOR, name, 4 + 3 * 4 + 2);
            fputs("RGB ", to);
            for (int c = 0; c < 3; c++)
                put_float(to, (float)p->groups[i].colors[k].rgb[c] / 255.0f);
            put16(to, 2); // neither global nor spot
        }
        put16(to, GROUP_END);
        put32(to, 0);
    }
    return 0;
}

static void aco_version(FILE *to, const struct palette *p, unsigned version)
{
    char name[PALETTE_NAME];
    uint16_t units[UNITS_MOST];
    size_t left = p->colors < ACO_MOST ? p->colors : ACO_MOST;
    put16(to, version);
    put16(to, (unsigned)left);
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->groups[i].count && left; k++, left--) {
            put16(to, 0); // RGB
            for (int c = 0; c < 3; c++)
                put16(to, p->groups[i].colors[k].rgb[c] * 257u);
            put16(to, 0);
            if (version == 1)
                continue;
            palette_color_name(p, i, k, name);
            const size_t count = to_utf16(name, units);
            put32(to, (uint32_t)count + 1);
            put_units(to, units, count);
        }
}

int palette_aco(FILE *to, const struct palette *p)
{
    aco_version(to, p, 1);
    aco_version(to, p, 2);
    return 0;
}
