// Writes one page of all photos. It names no other host, and a browser fetches only the pictures in
// sight. Its policy lets no script run but our own, which is known by its hash: a name or a text
// from elsewhere could not bring one in even if it came through unescaped. The strip at its top has
// a bar for each photo: hair above skin above clothes, each divided by the shares of its colors.

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/html.h"
#include "base/least.h"
#include "base/number.h"
#include "base/text.h"
#include "image/image.h"
#include "out/files.h"
#include "out/report.h"
#include "out/word.h"

static const char style[] =
    ":root{--ink:#222;--soft:#666;--line:#ddd;--ground:#f6f6f6}"
    "*{box-sizing:border-box}"
    "body{font:16px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:0;"
    "padding:1.2rem clamp(.8rem,3vw,2.5rem) 3rem}"
    "h1{font-size:1.5rem;margin:0}header p{color:var(--soft);margin:.2rem 0 1rem}"
    "a{color:inherit}h2{font-size:1.15rem;margin:2rem 0 .6rem}"
    ".strip{display:flex;flex-wrap:wrap;gap:3px;margin:0 0 1.5rem;max-height:60vh;overflow:auto}"
    ".strip a{display:flex;flex-direction:column;flex:none;width:var(--bar);"
    "height:calc(24px + 2*var(--bar));border-radius:3px;"
    "overflow:hidden;outline:1px solid #0001}"
    ".strip a:hover,.strip a:focus{outline:2px solid var(--ink)}"
    ".strip i{display:block;min-height:0}"
    ".photos{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,30rem),1fr));"
    "gap:1.2rem;align-items:start}"
    "article{background:#fff;border:1px solid var(--line);border-radius:8px;overflow:hidden;"
    "content-visibility:auto;contain-intrinsic-size:auto 30rem}"
    "article:target{outline:3px solid var(--ink)}"
    "h3{font-size:1rem;margin:.7rem 1rem;overflow-wrap:anywhere}"
    "h3 small{font-weight:400;color:var(--soft);white-space:nowrap}"
    ".doubt{margin:.5rem 1rem;padding:.35rem .7rem;border-left:4px solid "
    "#c77700;background:#fff2d6}"
    "img{display:block;width:100%;height:auto;border-block:1px solid var(--line)}"
    ".groups{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));"
    "gap:.8rem 1rem;padding:.9rem 1rem 1.1rem}"
    "h4{font-size:.95rem;margin:0 0 .35rem}"
    ".groups p{font-size:.85rem;color:var(--soft);margin:.3rem 0 0}"
    "ul{list-style:none;margin:0;padding:0}"
    "li{display:flex;gap:.55rem;align-items:center;margin:.3rem 0;font-size:.9rem;line-height:1.25}"
    "li i{flex:none;width:2rem;height:2rem;border-radius:5px;outline:1px solid #0002;"
    "outline-offset:-1px}"
    "li span{overflow-wrap:anywhere}li small{display:block;color:var(--soft);font-size:.85rem}"
    "code{font:.95em ui-monospace,monospace}"
    "[hidden]{display:none!important}"
    "#tools{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center;position:sticky;top:0;"
    "z-index:1;background:var(--ground);padding:.6rem 0;margin:0 0 .6rem;font-size:.95rem}"
    "#tools select,#tools input,#tools button{font:inherit;padding:.25rem .4rem;max-width:13rem}"
    "#tools output{color:var(--soft)}"
    ".small{display:none}"
    "h4 a{font-weight:400;font-size:.85rem;color:var(--soft)}"
    "#failures li{display:block;overflow-wrap:anywhere}"
    // On paper the cards are small pictures beside the colors.
    "@media print{@page{margin:12mm}html{font-size:11px}"
    "body{background:#fff;padding:0;font-size:1rem;"
    "print-color-adjust:exact;-webkit-print-color-adjust:exact}"
    "#tools,article>a,h4 a{display:none}.strip{max-height:none}"
    "article{display:grid;grid-template-columns:40mm 1fr}h3,.doubt{grid-column:1/-1}"
    ".small{display:block;width:auto;max-width:36mm;max-height:48mm;margin:0 0 3mm 4mm;border:0}"
    ".groups{grid-column:1/-1}code{white-space:nowrap}"
    ".small+.groups{grid-column:2;grid-template-columns:repeat(4,1fr)}"
    ".photos{display:block}article{break-inside:avoid;content-visibility:visible;"
    "margin:0 0 6mm}.groups{grid-template-columns:repeat(5,1fr)}}";

// The hash is that of report_script; tests/out/test_folder_report.c compares.
static const char policy[] =
    "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; "
    "script-src 'sha256-vVye5WeuTW1/Yy/wxfXba+rQZohc+EM6QaK7QzOyffQ='; "
    "base-uri 'none'; form-action 'none'";

// The person's folder, as "person-2", of a photo that may have several; or NULL.
static const char *person_folder(const struct report_photo *p)
{
    const char *end = p->folder ? strrchr(p->folder, '/') : NULL;
    return end && strncmp(end, "/person-", 8) == 0 ? end + 1 : NULL;
}

// Whether `p` is of the photo that `before` is of, another of its people.
static int is_same_photo(const struct report_photo *before, const struct report_photo *p)
{
    const char *person = person_folder(p), *other = person_folder(before);
    return person && other && strcmp(before->path, p->path) == 0 &&
           person - p->folder == other - before->folder &&
           strncmp(before->folder, p->folder, (size_t)(person - p->folder)) == 0;
}

// What a photo is called: its file's name, with the person's folder where photos have several.
static void title(FILE *to, const struct report_photo *p)
{
    const char *person = person_folder(p);
    html_text(to, text_file_name(p->path));
    if (!person)
        return;
    fputs(", ", to);
    html_text(to, person);
}

// A part of a bar: `weight` of its height, divided among the colors.
static void bar_part(FILE *to, const swatch_group *g, double weight)
{
    double all = 0;
    for (size_t i = 0; i < g->count; i++)
        all += g->colors[i].share;
    for (size_t i = 0; i < g->count; i++)
        fprintf(to, "<i style=\"background:%s;flex:%s\"></i>", g->colors[i].hex,
                FIXED(1000 * weight * g->colors[i].share / all, 0));
}

static void strip(FILE *to, const swatch_report *r)
{
    const int wide = r->count <= 40 ? 32 : r->count <= 200 ? 18 : 8; // pixels
    fprintf(to, "<nav class=\"strip\" style=\"--bar:%dpx\" aria-label=\"all palettes\">\n", wide);
    for (size_t i = 0; i < r->count; i++) {
        const struct report_photo *p = &r->photos[i];
        if (p->message)
            continue;
        fprintf(to, "<a href=\"#p%zu\" title=\"", i + 1);
        title(to, p);
        fputs("\">", to);
        bar_part(to, &p->groups[SWATCH_HAIR].group, 0.15);
        bar_part(to, &p->groups[SWATCH_SKIN].group, 0.2);
        bar_part(to, &p->groups[SWATCH_CLOTHES].group, 0.65);
        fputs("</a>\n", to);
    }
    fputs("</nav>\n", to);
}

// A link to the cut-out of a group, if its file is there.
static void cutout(FILE *to, const swatch_report *r, const struct report_photo *p, size_t index)
{
    static const char *const endings[] = {"png", "webp", "avif", "jpg"};
    const struct report_group *g = &p->groups[index];
    char name[64] = "";
    int there = g->file && report_has(r, p, g->file);
    if (index < SWATCH_REGIONS)
        for (size_t i = 0; !there && i < sizeof endings / sizeof *endings; i++) {
            snprintf(name, sizeof name, "%s.%s", region_names[index], endings[i]);
            there = report_has(r, p, name);
        }
    if (!there)
        return;
    fputs(" <a href=\"", to);
    html_path(to, p->folder);
    putc('/', to);
    html_path(to, *name ? name : g->file);
    fputs("\">cut-out</a>", to);
}

// What is said of a group below its colors.
static void look(FILE *to, const struct report_photo *p, size_t index)
{
    const struct report_group *g = &p->groups[index];
    if (index == SWATCH_SKIN && !p->skin.reason)
        fprintf(to, "<p>appears as %s</p>", word_of_skin(&p->skin, (char[WORD_ROOM]){0}));
    if (index == SWATCH_HAIR && !p->hair.reason) {
        fputs("<p>appears ", to);
        html_text(to, p->hair.name);
        fprintf(to, " (%s&nbsp;%% of it)</p>", FIXED(100 * p->hair.confidence, 0));
    }
    if (g->shop) {
        fprintf(to, "<p>%s", g->shop);
        if (g->pattern) {
            fputs(", ", to);
            html_text(to, g->pattern);
        }
        fputs("</p>", to);
    }
}

static void group(FILE *to, const swatch_report *r, const struct report_photo *p, size_t index)
{
    const struct report_group *g = &p->groups[index];
    fputs("<div><h4>", to);
    html_text(to, g->name);
    cutout(to, r, p, index);
    fputs("</h4>", to);
    if (g->group.count)
        fputs("<ul>", to);
    else
        fputs("<p>", to);
    for (size_t i = 0; i < g->group.count; i++) {
        const swatch_color *c = &g->group.colors[i];
        fprintf(to, "<li><i style=\"background:%s\"></i><span><code>%s</code> %s %%<small>", c->hex,
                c->hex, FIXED(100 * c->share, 0));
        html_text(to, p->words[(size_t)(c - p->colors)]);
        fputs("</small></span></li>", to);
    }
    if (!g->group.count)
        html_text(to, g->reason ? g->reason : "no colors");
    fputs(g->group.count ? "</ul>" : "</p>", to);
    look(to, p, index);
    fputs("</div>\n", to);
}

static void picture(FILE *to, const struct report_photo *p, const struct card_size *card)
{
    fputs("<a href=\"", to);
    html_path(to, p->folder);
    fputs("/card.png\"><img loading=\"lazy\" src=\"", to);
    html_path(to, p->folder);
    fprintf(to, "/card.png\" width=\"%zu\" height=\"%zu\" alt=\"photo, cut-outs and colors of ",
            card->width, card->height);
    title(to, p);
    fputs("\"></a>\n", to);
}

#define PRINTED 100      // photos; a page of more would be too large with pictures in it
#define PRINTED_SIDE 360 // pixels of the longer side
#define PRINTED_QUALITY 80

// The card as a small JPEG in the page, for paper: printers' programs take pictures as large as
// they are, and 50 cards would be 50 MB. A card that cannot be read is left out.
static void small(FILE *to, const swatch_report *r, const struct report_photo *p,
                  const struct card_size *size)
{
    const double scale = (double)PRINTED_SIDE / (double)size_most(size->width, size->height);
    const size_t width = size_most(1, (size_t)((double)size->width * scale));
    const size_t height = size_most(1, (size_t)((double)size->height * scale));
    char folder[PATH_MAX], path[PATH_MAX];
    struct image card = {0}, little = {0};
    void *data = NULL;
    size_t bytes = 0;
    if (!file_join(folder, r->root, p->folder, NULL) &&
        !file_join(path, folder, FILES_CARD, NULL) && !image_load(path, 0, &card, NULL) &&
        !image_resize(&card, width, height, &little, NULL) &&
        !image_encode_jpeg(&little, PRINTED_QUALITY, &data, &bytes, NULL)) {
        fputs("<img class=\"small\" alt=\"\" src=\"", to);
        html_data(to, "image/jpeg", data, bytes);
        fputs("\">\n", to);
    }
    free(data);
    image_free(&card);
    image_free(&little);
}

// ---- What the script sorts and filters by ------------------------------------------------------

#define WORD_SHARE 0.1 // of a garment; a color with less gives no word

static int is_cloth(size_t group)
{
    return group == SWATCH_CLOTHES || group >= SWATCH_REGIONS;
}

// Writes a word of an attribute's list, a line for each. No word holds a line break (html_text).
static void list_word(FILE *to, const char *word)
{
    html_text(to, word);
    putc('\n', to);
}

static void attributes(FILE *to, const struct report_photo *p)
{
    const swatch_group *clothes = &p->groups[SWATCH_CLOTHES].group;
    const swatch_color *main = clothes->count ? clothes->colors : NULL;
    fputs(" data-color=\"", to);
    for (size_t i = 0; i < p->group_count; i++)
        for (size_t k = 0; is_cloth(i) && k < p->groups[i].group.count; k++) {
            const swatch_color *c = &p->groups[i].group.colors[k];
            if (c->share >= WORD_SHARE)
                list_word(to, p->words[(size_t)(c - p->colors)]);
        }
    fputs("\" data-garment=\"", to);
    for (size_t i = SWATCH_REGIONS; i < p->group_count; i++)
        list_word(to, p->groups[i].class);
    fputs("\" data-pattern=\"", to);
    for (size_t i = 0; i < p->group_count; i++)
        if (is_cloth(i) && p->groups[i].pattern)
            list_word(to, p->groups[i].pattern);
    fputs("\" data-doubts=\"", to);
    list_word(to, p->doubt_count ? "only doubtful" : "none told");
    // Greys have no hue and come last.
    fprintf(to, "\" data-hue=\"%s\" data-light=\"%s\"",
            FIXED(!main                   ? 999
                  : main->oklch[1] < 0.02 ? 400
                                          : main->oklch[2],
                  0),
            FIXED(main ? main->oklch[0] : 0, 3));
}

static void article(FILE *to, const swatch_report *r, size_t index)
{
    const struct report_photo *p = &r->photos[index];
    struct card_size card;
    fprintf(to, "<article id=\"p%zu\"", index + 1);
    attributes(to, p);
    fputs("><h3>", to);
    title(to, p);
    fprintf(to, " <small>%zu \xc3\x97 %zu</small></h3>\n", p->width, p->height);
    for (size_t i = 0; i < p->doubt_count; i++) {
        fputs("<p class=\"doubt\">", to);
        html_text(to, p->doubts[i]);
        fputs("</p>\n", to);
    }
    if (report_card(r, p, &card)) {
        picture(to, p, &card);
        if (r->count <= PRINTED)
            small(to, r, p, &card);
    }
    fputs("<div class=\"groups\">\n", to);
    for (size_t i = 0; i < p->group_count; i++)
        group(to, r, p, i);
    fputs("</div></article>\n", to);
}

// Hidden until the script runs, which fills in the words.
static void tools(FILE *to)
{
    static const char *const keys[][2] = {
        {"color", "Color"}, {"garment", "Garment"}, {"pattern", "Pattern"}, {"doubts", "Doubts"}};
    fputs("<form id=\"tools\" hidden>\n<label>Name <input name=\"text\" type=\"search\" "
          "size=\"12\"></label>\n",
          to);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fprintf(to,
                "<label>%s <select name=\"%s\"><option value=\"\">any</option></select>"
                "</label>\n",
                keys[i][1], keys[i][0]);
    fputs("<label>Order <select name=\"order\"><option value=\"place\">of folders</option>"
          "<option value=\"name\">by name</option><option value=\"hue\">by hue of clothes"
          "</option><option value=\"dark\">dark clothes first</option>"
          "<option value=\"light\">light clothes first</option></select></label>\n"
          "<button type=\"reset\">Show all</button> <output id=\"shown\"></output></form>\n",
          to);
}

static void failures(FILE *to, const swatch_report *r)
{
    fputs("<h2 id=\"failed\">Failed</h2>\n<ul id=\"failures\">\n", to);
    for (size_t i = 0; i < r->count; i++) {
        if (!r->photos[i].message)
            continue;
        fputs("<li>", to);
        html_text(to, r->photos[i].message);
        fputs("</li>\n", to);
    }
    fputs("</ul>\n", to);
}

int report_html(FILE *to, const void *report)
{
    const swatch_report *r = report;
    size_t failed = 0, done = 0;
    char heading[64];
    for (size_t i = 0; i < r->count; i++) {
        const struct report_photo *p = &r->photos[i];
        failed += p->message != NULL;
        done += !p->message && !(i && is_same_photo(p - 1, p));
    }
    snprintf(heading, sizeof heading, "Colors of %zu photo%s", done, done == 1 ? "" : "s");
    html_begin(to, heading, policy, style);
    fprintf(to, "<header><h1>%s</h1>\n<p>", heading);
    if (failed)
        fprintf(to, "<a href=\"#failed\">%zu failed</a> \xc2\xb7 ", failed);
    fputs("<a href=\"" REPORT_CSV "\">all of it as a table</a> \xc2\xb7 swatch " SWATCH_VERSION
          "</p></header>\n",
          to);
    tools(to);
    strip(to, r);
    fputs("<main class=\"photos\">\n", to);
    for (size_t i = 0; i < r->count; i++)
        if (!r->photos[i].message)
            article(to, r, i);
    fputs("</main>\n", to);
    if (failed)
        failures(to, r);
    fprintf(to, "<script>%s</script>\n", report_script);
    html_end(to);
    return 0;
}
