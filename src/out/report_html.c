// Writes one page of all photos. It has no script and names no other host, and a browser fetches
// only the pictures in sight. The strip at its top has a bar for each photo: hair above skin above
// clothes, each divided by the shares of its colors.

#include <string.h>

#include "base/html.h"
#include "base/number.h"
#include "base/text.h"
#include "out/report.h"

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
    "#failed li{display:block;overflow-wrap:anywhere}"
    "@media print{body{background:#fff}article{break-inside:avoid}}";

// What a photo is called: its file's name, with the person's folder where photos have several.
static void title(FILE *to, const struct report_photo *p)
{
    const char *person = p->folder ? strrchr(p->folder, '/') : NULL;
    html_text(to, text_file_name(p->path));
    if (!person || strncmp(person, "/person-", 8) != 0)
        return;
    fputs(", ", to);
    html_text(to, person + 1);
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

static void tone(FILE *to, const swatch_skin *s)
{
    if (s->reason)
        return;
    fprintf(to, "<p>appears as Monk tone %d", s->monk);
    if (s->ita_class)
        fprintf(to, ", ITA %s\xc2\xb0 (%s)", FIXED(s->ita, 0), s->ita_class);
    fputs("</p>", to);
}

static void group(FILE *to, const struct report_photo *p, size_t index)
{
    const struct palette_group *g = &p->groups[index];
    fputs("<div><h4>", to);
    html_text(to, g->name);
    fputs("</h4>", to);
    if (g->group.count)
        fputs("<ul>", to);
    else
        fprintf(to, "<p>%s</p>", g->reason ? g->reason : "no colors");
    for (size_t i = 0; i < g->group.count; i++) {
        const swatch_color *c = &g->group.colors[i];
        fprintf(to, "<li><i style=\"background:%s\"></i><span><code>%s</code> %s %%<small>", c->hex,
                c->hex, FIXED(100 * c->share, 0));
        html_text(to, c->xkcd);
        fputs("</small></span></li>", to);
    }
    if (g->group.count)
        fputs("</ul>", to);
    if (index == SWATCH_SKIN)
        tone(to, &p->skin);
    if (index == SWATCH_HAIR && !p->hair.reason)
        fprintf(to, "<p>appears %s (%s&nbsp;%% of it)</p>", p->hair.name,
                FIXED(100 * p->hair.confidence, 0));
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

static void article(FILE *to, const swatch_report *r, size_t index)
{
    const struct report_photo *p = &r->photos[index];
    struct card_size card;
    fprintf(to, "<article id=\"p%zu\"><h3>", index + 1);
    title(to, p);
    fprintf(to, " <small>%zu \xc3\x97 %zu</small></h3>\n", p->width, p->height);
    if (report_card(r, p, &card))
        picture(to, p, &card);
    fputs("<div class=\"groups\">\n", to);
    for (size_t i = 0; i < p->group_count; i++)
        group(to, p, i);
    fputs("</div></article>\n", to);
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
    size_t failed = 0;
    char heading[64];
    for (size_t i = 0; i < r->count; i++)
        failed += r->photos[i].message != NULL;
    const size_t done = r->count - failed;
    snprintf(heading, sizeof heading, "Colors of %zu photo%s", done, done == 1 ? "" : "s");
    html_begin(to, heading, style);
    fprintf(to, "<header><h1>%s</h1>\n<p>", heading);
    if (failed)
        fprintf(to, "<a href=\"#failed\">%zu failed</a> \xc2\xb7 ", failed);
    fputs("<a href=\"" REPORT_CSV "\">all of it as a table</a> \xc2\xb7 swatch " SWATCH_VERSION
          "</p></header>\n",
          to);
    strip(to, r);
    fputs("<main class=\"photos\">\n", to);
    for (size_t i = 0; i < r->count; i++)
        if (!r->photos[i].message)
            article(to, r, i);
    fputs("</main>\n", to);
    if (failed)
        failures(to, r);
    html_end(to);
    return 0;
}
