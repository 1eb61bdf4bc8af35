// Each photo is a card: the picture, then a line for each region and garment with a bar of its
// colors. A browser fetches only the pictures in sight.

#include "catalog/page.h"

#include <string.h>
#include <swatch.h>

#include "base/html.h"
#include "base/number.h"
#include "base/text.h"

static const char style[] =
    ":root{--ink:#222;--soft:#666;--line:#ddd;--ground:#f6f6f6}"
    "*{box-sizing:border-box}"
    "body{font:16px/1.45 system-ui,sans-serif;color:var(--ink);background:var(--ground);margin:0;"
    "padding:1.2rem clamp(.8rem,3vw,2.5rem) 3rem}"
    "h1{font-size:1.4rem;margin:0 0 1rem;overflow-wrap:anywhere}"
    "main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));"
    "gap:1.2rem;align-items:start}"
    "article{background:#fff;border:1px solid var(--line);border-radius:8px;overflow:hidden;"
    "content-visibility:auto;contain-intrinsic-size:auto 28rem}"
    "a.photo{display:block;background:#eee}"
    "img{display:block;width:100%;height:20rem;object-fit:contain;color:var(--soft)}"
    "h2{font-size:1rem;margin:.7rem 1rem .2rem;overflow-wrap:anywhere}"
    ".hit{display:flex;gap:.5rem;align-items:center;margin:.2rem 1rem;font-size:.9rem}"
    ".hit i{width:1.4rem;height:1.4rem;border-radius:5px;outline:1px solid #0002;"
    "outline-offset:-1px}"
    "dl{margin:.6rem 1rem 1rem;font-size:.85rem}dt{margin-top:.5rem}"
    "dt span{color:var(--soft)}dd{margin:.15rem 0 0;display:flex;height:1.3rem;border-radius:5px;"
    "overflow:hidden;outline:1px solid #0002;outline-offset:-1px}"
    "dd i{min-width:2px}p{margin:.4rem 1rem 1rem;color:var(--soft);font-size:.9rem;"
    "overflow-wrap:anywhere}"
    "footer{color:var(--soft);margin:1.5rem 0 0;font-size:.9rem}"
    "@media print{body{background:#fff;padding:0;print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}article{break-inside:avoid;content-visibility:visible}}";

// No script, and pictures alone from elsewhere.
static const char policy[] = "default-src 'none'; img-src 'self' file: http: https:; style-src "
                             "'unsafe-inline'; base-uri 'none'; form-action 'none'";

static const char *text(const json_t *json, const char *key)
{
    const char *value = json_string_value(json_object_get(json, key));
    return value ? value : "";
}

void page_begin(FILE *to, const char *title)
{
    html_begin(to, title, policy, style);
    fputs("<h1>", to);
    html_text(to, title);
    fputs("</h1>\n<main>\n", to);
}

// Where the photo lies, for href and src: a path is made an address of a file.
static void address(FILE *to, const char *path)
{
    const char *rest = strstr(path, "://");
    if (*path == '/')
        fputs("file://", to);
    else if (rest && (strncmp(path, "https:", 6) == 0 || strncmp(path, "http:", 5) == 0)) {
        fwrite(path, 1, (size_t)(rest + 3 - path), to);
        path = rest + 3;
    }
    html_path(to, path);
}

static void region(FILE *to, const json_t *r)
{
    const json_t *colors = json_object_get(r, "colors"), *color;
    const char *look = text(r, "look"), *pattern = text(r, "pattern");
    const json_int_t person = json_integer_value(json_object_get(r, "person"));
    size_t i;
    if (!json_array_size(colors))
        return;
    fputs("<dt>", to);
    html_text(to, text(r, "part"));
    if (person > 1)
        fprintf(to, " of person %d", (int)person);
    fputs(" <span>", to);
    html_text(to, look);
    if (*pattern && strcmp(pattern, "plain") != 0) {
        fputs(*look ? ", " : "", to);
        html_text(to, pattern);
    }
    fputs("</span></dt><dd>", to);
    json_array_foreach(colors, i, color)
    {
        const double share = json_number_value(json_object_get(color, "share"));
        fputs("<i style=\"background:", to);
        html_text(to, text(color, "hex"));
        fprintf(to, ";flex:%s\" title=\"", FIXED(1000 * share, 0));
        html_text(to, text(color, "hex"));
        fprintf(to, " %s %% ", FIXED(100 * share, 0));
        html_text(to, text(color, "name"));
        fputs("\"></i>", to);
    }
    fputs("</dd>\n", to);
}

void page_photo(FILE *to, const json_t *record, const struct page_hit *hit)
{
    const char *path = text(record, "path"), *message = text(record, "message");
    const json_t *r;
    size_t i;
    fputs("<article><a class=\"photo\" href=\"", to);
    address(to, path);
    fputs("\"><img loading=\"lazy\" src=\"", to);
    address(to, path);
    fputs("\" alt=\"", to);
    html_text(to, text_file_name(path));
    fputs("\"></a>\n<h2 title=\"", to);
    html_text(to, path);
    fputs("\">", to);
    html_text(to, text_file_name(path));
    fputs("</h2>\n", to);
    if (hit) {
        fputs("<div class=\"hit\">", to);
        if (*hit->hex)
            fprintf(to, "<i style=\"background:%s\"></i><span>%s, ", hit->hex, hit->hex);
        else
            fputs("<span>", to);
        fprintf(to, "%s away</span></div>\n", FIXED(hit->distance, 1));
    }
    if (*message) {
        fputs("<p>", to);
        html_text(to, message);
        fputs("</p>", to);
    }
    fputs("<dl>", to);
    json_array_foreach(json_object_get(record, "regions"), i, r) region(to, r);
    fputs("</dl></article>\n", to);
}

void page_end(FILE *to, size_t photos)
{
    fprintf(to, "</main>\n<footer>%zu photo%s \xc2\xb7 swatch " SWATCH_VERSION "</footer>\n",
            photos, photos == 1 ? "" : "s");
    html_end(to);
}
