// Writes palettes in formats of text.

#include <math.h>
#include <string.h>

#include "base/html.h"
#include "base/number.h"
#include "out/palette.h"

int palette_gpl(FILE *to, const struct palette *p)
{
    char name[PALETTE_NAME];
    fprintf(to, "GIMP Palette\nName: %s\nColumns: 0\n# swatch %s\n", p->title, SWATCH_VERSION);
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->groups[i].count; k++) {
            const swatch_color *c = &p->groups[i].colors[k];
            palette_color_name(p, i, k, name);
            fprintf(to, "%3d %3d %3d\t%s\n", c->rgb[0], c->rgb[1], c->rgb[2], name);
        }
    return 0;
}

// A comment ends with its first "*/".
static void css_comment(FILE *to, const char *text)
{
    for (; *text; text++) {
        putc(*text, to);
        if (text[0] == '*' && text[1] == '/')
            putc(' ', to);
    }
}

static char css_letter(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ? c : '-';
}

static int css_same(const char *a, const char *b)
{
    while (*a && css_letter(*a) == css_letter(*b))
        a++, b++;
    return !*a && !*b;
}

// A group's name as an identifier: what may not stand in one becomes a hyphen. The n-th group that
// so gets the same one is marked "_n", which no name can hold otherwise.
static void css_identifier(FILE *to, const struct palette *p, size_t group)
{
    size_t same = 1;
    for (size_t i = 0; i < group; i++)
        same += (size_t)css_same(p->groups[i].name, p->groups[group].name);
    for (const char *c = p->groups[group].name; *c; c++)
        putc(css_letter(*c), to);
    if (same > 1)
        fprintf(to, "_%zu", same);
}

int palette_css(FILE *to, const struct palette *p)
{
    fputs("/* ", to);
    css_comment(to, p->title);
    fprintf(to, ": main colors, by swatch %s */\n:root {\n", SWATCH_VERSION);
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < p->groups[i].count; k++) {
            const swatch_color *c = &p->groups[i].colors[k];
            fputs("  --", to);
            css_identifier(to, p, i);
            const char *word = palette_word(p, i, k);
            fprintf(to, "-%zu: %s; /* ", k + 1, c->hex);
            css_comment(to, word);
            fprintf(to, "%s%s %% */\n", *word ? ", " : "", FIXED(100 * c->share, 1));
        }
    fputs("}\n", to);
    return 0;
}

#define SVG_WIDTH 960
#define SVG_ROW 132 // name, strip and hex
#define SVG_STRIP 72
#define SVG_HEX 72 // pixels that a hex wants below its color

static void svg_group(FILE *to, const struct palette *p, size_t index, size_t top)
{
    const swatch_group *g = &p->groups[index];
    double all = 0, before = 0;
    fprintf(to, "<text x=\"0\" y=\"%zu\" font-weight=\"bold\">", top + 18);
    html_text(to, g->name);
    fputs("</text>\n", to);
    for (size_t i = 0; i < g->count; i++)
        all += g->colors[i].share;
    for (size_t i = 0; i < g->count; i++) {
        const swatch_color *c = &g->colors[i];
        // Shares of 0 come from callers alone; such a strip has equal parts.
        const double part = all > 0 ? c->share / all : 1 / (double)g->count;
        const long left = lround(before * SVG_WIDTH);
        const long right = lround((before + part) * SVG_WIDTH);
        before += part;
        fprintf(to, "<rect x=\"%ld\" y=\"%zu\" width=\"%ld\" height=\"%d\" fill=\"%s\"><title>",
                left, top + 26, right - left, SVG_STRIP, c->hex);
        const char *word = palette_word(p, index, i);
        html_text(to, word);
        fprintf(to, "%s%s %s %%</title></rect>\n", *word ? " " : "", c->hex,
                FIXED(100 * c->share, 1));
        if (right - left >= SVG_HEX)
            fprintf(to, "<text x=\"%ld\" y=\"%zu\" fill=\"#555\">%s</text>\n", left,
                    top + 26 + SVG_STRIP + 18, c->hex);
    }
}

int palette_svg(FILE *to, const struct palette *p)
{
    const size_t height = p->count ? p->count * SVG_ROW : 1;
    fprintf(to,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%zu\" "
            "viewBox=\"0 0 %d %zu\" font-family=\"sans-serif\" font-size=\"14\" fill=\"#222\">\n"
            "<title>",
            SVG_WIDTH, height, SVG_WIDTH, height);
    html_text(to, p->title);
    fputs("</title>\n", to);
    for (size_t i = 0; i < p->count; i++)
        svg_group(to, p, i, i * SVG_ROW);
    fputs("</svg>\n", to);
    return 0;
}
