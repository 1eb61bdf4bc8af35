// swatch catalog: a database of photos and their colors, and searches in it.

#include "catalog.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalog/page.h"
#include "catalog/record.h"
#include "catalog/store.h"
#include "model_file.h"
#include "output.h"
#include "say.h"
#include "shared.h"
#include "show.h"
#include "verbs.h"

// Headings of options, which say what sub-verb has them.
#define OF_FIND "Options of find"
#define OF_CHOICE "Options of find and list"
#define OF_JSON "Options of add, find and list"
#define OF_MODEL "Options of add, and of find --like for a photo that is not in the catalogue"
#define OF_ADD "Options of add"
#define OF_REMOVE "Options of remove"

const char *const catalog_parts[] = {"clothes", "skin", "hair", NULL};

static const char *read_color(void *settings, const char *text)
{
    struct catalog_settings *s = settings;
    s->has_color = find_read_color(text, &s->color) == 0;
    s->hex = text;
    return s->has_color ? NULL : "must be a color like #7a1f2b";
}

static const struct option_entry entries[] = {
    {"color", 0, OPTION_OTHER, "COLOR", "photos with this color, #rrggbb, nearest first",
     .read = read_color, .against = "like", .group = OF_FIND},
    {"like", 0, OPTION_FILE, "PHOTO", "photos with the colors of this one, nearest first",
     .offset = offsetof(struct catalog_settings, like)},
    {"part", 0, OPTION_CHOICE, "PART", "whose colors count", "clothes",
     .offset = offsetof(struct catalog_settings, part), .choices = catalog_parts},
    {"within", 0, OPTION_REAL, "D", "colors at most so far away, by CIEDE2000", "10",
     .offset = offsetof(struct catalog_settings, within), .low = 0, .high = 100},
    {"share", 0, OPTION_REAL, "S", "colors that are at least this share of their part", "0",
     .offset = offsetof(struct catalog_settings, share), .low = 0, .high = 1},
    {"garment", 0, OPTION_TEXT, "CLASS",
     "garments of this class (coat, dress, ...), where photos were added with a model that tells "
     "them apart",
     .offset = offsetof(struct catalog_settings, garment), .group = OF_CHOICE},
    {"limit", 0, OPTION_SIZE, "N", "at most N photos", "20; of list all",
     .offset = offsetof(struct catalog_settings, limit), .low = 1, .high = 1e9},
    {"html", 0, OPTION_FLAG, NULL, "print a page with the photos and their colors",
     .offset = offsetof(struct catalog_settings, html), .against = "json"},
    {"json", 0, OPTION_FLAG, NULL, "print JSON as export does, a line for each photo",
     .offset = offsetof(struct catalog_settings, extract.batch.json), .group = OF_JSON},
    {"classes", 0, OPTION_OTHER, "N", "answer in the classes of " CLASS_SETS, "those of the model",
     .read = extract_read_classes, .group = OF_MODEL},
    SHARED_MODEL(struct catalog_settings, extract.model,
                 "the model: a file, or ccp-4 or ccp-59, which come with swatch; otherwise "
                 "$SWATCH_MODEL, then " MODEL_DEFAULT),
    {"person", 0, OPTION_FILE, "FILE",
     "the model that finds people, or none: look at the whole photo; otherwise "
     "$SWATCH_PERSON_MODEL, then " PERSON_MODEL_DEFAULT ", if it is there",
     .offset = offsetof(struct catalog_settings, extract.person)},
    SHARED_COLORS(struct catalog_settings, extract.extract.colors,
                  "at most N colors for each region"),
    SHARED_NO_FLIP(struct catalog_settings, extract.extract.no_flip),
    SHARED_NO_REFINE(struct catalog_settings, extract.extract.no_refine),
    SHARED_PRECISION(struct catalog_settings, extract.precision),
    SHARED_THREADS(struct catalog_settings, extract.batch.threads,
                   "threads that all networks together use"),
    SHARED_PHOTOS(struct catalog_settings, extract.batch, NULL, OF_ADD),
    {"people", 0, OPTION_OTHER, "WHO",
     "largest, all, a number of people, largest first, or none, as --person none", "largest",
     .read = extract_read_people},
    {"missing", 0, OPTION_FLAG, NULL, "remove all photos whose files are gone",
     .offset = offsetof(struct catalog_settings, missing), .group = OF_REMOVE},
    {0},
};

static void set_defaults(void *settings)
{
    struct catalog_settings *s = settings;
    s->within = 10;
}

// ---- What is printed ---------------------------------------------------------------------------

struct printer {
    const struct catalog_settings *settings;
    size_t count;
    int failed; // 1: without memory; 2: nobody listens
};

// Prints one line of text, as a terminal may show it.
static void print_text(struct printer *p, const char *text)
{
    char shown[8192];
    show_safe(text, shown, sizeof shown, INT_MAX);
    if (printf("%s\n", shown) < 0)
        p->failed = 2;
}

static const char *text_of_key(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

// A row of the table: how far away, or what the clothes are; the path.
static void print_row(struct printer *p, const json_t *record, const struct page_hit *hit)
{
    const json_t *clothes = json_array_get(json_object_get(record, "regions"), 0);
    const json_t *main = json_array_get(json_object_get(clothes, "colors"), 0);
    const json_int_t status = json_integer_value(json_object_get(record, "status"));
    char row[8192];
    if (hit)
        snprintf(row, sizeof row, "%6.2f  %-7s  %s", hit->distance, hit->hex,
                 text_of_key(record, "path"));
    else if (status)
        snprintf(row, sizeof row, "%-7s  %-10s  %s  (%s)", "", "failed",
                 text_of_key(record, "path"), text_of_key(record, "message"));
    else
        snprintf(row, sizeof row, "%-7s  %-10s  %s", text_of_key(main, "hex"),
                 text_of_key(clothes, "look"), text_of_key(record, "path"));
    print_text(p, row);
}

static int print_line(struct printer *p, const json_t *record)
{
    char *line = record_line(record);
    if (!line)
        p->failed = 1;
    else if (puts(line) < 0)
        p->failed = 2;
    free(line);
    return p->failed;
}

static void print_json(struct printer *p, json_t *record, const struct page_hit *hit)
{
    if (hit && (json_object_set_new(record, "distance", json_real(hit->distance)) ||
                json_object_set_new(record, "found", json_string(hit->hex))))
        p->failed = 1;
    else
        print_line(p, record);
}

static void print_photo(struct printer *p, json_t *record, const struct page_hit *hit)
{
    p->count++;
    if (p->settings->extract.batch.json)
        print_json(p, record, hit);
    else if (p->settings->html)
        page_photo(stdout, record, hit);
    else
        print_row(p, record, hit);
}

static void print_begin(const struct printer *p, const char *title)
{
    if (p->settings->html)
        page_begin(stdout, title);
}

static int print_end(const struct printer *p)
{
    if (p->settings->html && !p->failed)
        page_end(stdout, p->count);
    if (p->failed == 1)
        say("swatch: out of memory");
    if (!p->failed && !p->count && !p->settings->html && !p->settings->extract.batch.json)
        say("swatch: no photo was found");
    return p->failed || output_print("", 0) ? SWATCH_FAILED : SWATCH_OK;
}

// ---- The sub-verbs -----------------------------------------------------------------------------

static int take_listed(void *user, const json_t *record)
{
    struct printer *p = user;
    print_photo(p, (json_t *)record, NULL);
    return p->failed || p->count == p->settings->limit;
}

static int take_exported(void *user, const json_t *record)
{
    struct printer *p = user;
    p->count++;
    return print_line(p, record);
}

static int tell(const swatch_error *error)
{
    say("swatch: %s", error->message);
    return (int)error->status;
}

static int list(struct catalog_settings *s, struct catalog *catalog, const struct arguments *none)
{
    (void)none;
    struct printer p = {.settings = s};
    swatch_error error;
    print_begin(&p, catalog->place);
    return catalog_each(catalog, s->garment, take_listed, &p, &error) ? tell(&error)
                                                                      : print_end(&p);
}

static int export_all(struct catalog_settings *s, struct catalog *catalog,
                      const struct arguments *none)
{
    (void)none;
    struct printer p = {.settings = s};
    swatch_error error;
    return catalog_each(catalog, NULL, take_exported, &p, &error) ? tell(&error) : print_end(&p);
}

// Fills in the colors that are looked for. Returns an exit status, after a message.
static int wish_colors(struct catalog_settings *s, struct catalog *catalog, struct find_wish *wish)
{
    int status = SWATCH_OK;
    const char *part = s->garment ? s->garment : catalog_parts[s->part];
    wish->part = part;
    wish->count = 1;
    wish->colors[0] = (struct find_color){s->color, 1};
    wish->except = -1;
    if (!s->like)
        return SWATCH_OK;
    json_t *record = catalog_like(s, catalog, &wish->except, &status);
    if (record && !find_like(wish, record, part)) {
        say("swatch: %s: has no colors of %s", s->like, part);
        status = SWATCH_FAILED;
    }
    json_decref(record);
    return status;
}

static int print_hits(struct printer *p, struct catalog *catalog, const struct find_hit *hits,
                      size_t count)
{
    swatch_error error;
    for (size_t i = 0; i < count && !p->failed; i++) {
        const struct page_hit hit = {hits[i].distance, hits[i].hex};
        json_t *record = NULL;
        const int status = catalog_get(catalog, hits[i].photo, &record, &error);
        if (status && status != SWATCH_NOT_FOUND) // deleted meanwhile
            return tell(&error);
        if (record)
            print_photo(p, record, &hit);
        json_decref(record);
    }
    return print_end(p);
}

static int find(struct catalog_settings *s, struct catalog *catalog, const struct arguments *none)
{
    (void)none;
    struct printer p = {.settings = s};
    struct find_wish wish = {
        .within = s->within, .least_share = s->share, .limit = s->limit ? s->limit : 20};
    struct find_hit *hits = NULL;
    swatch_error error;
    size_t count;
    char title[PATH_MAX + 64];
    int status = wish_colors(s, catalog, &wish);
    if (status)
        return status;
    if (find_photos(catalog, &wish, &hits, &count, &error))
        return tell(&error);
    if (s->like)
        snprintf(title, sizeof title, "%s like %s", wish.part, s->like);
    else
        snprintf(title, sizeof title, "%s of %s", wish.part, s->hex);
    print_begin(&p, title);
    status = print_hits(&p, catalog, hits, count);
    free(hits);
    return status;
}

static const struct verb_action actions[] = {
    {"add",
     "DB [OPTION]... [PHOTO]...",
     "do photos as `swatch extract` does, and keep what colors.json says; without a photo make an "
     "empty catalogue",
     {OF_JSON, OF_MODEL, OF_ADD}},
    {"remove", "DB [OPTION]... [PHOTO]...", "forget photos; their files stay", {OF_REMOVE}},
    {"find",
     "DB [OPTION]...",
     "print the photos nearest to a color, or to the colors of a photo",
     {OF_FIND, OF_CHOICE, OF_JSON, OF_MODEL}},
    {"list", "DB [OPTION]...", "print all photos", {OF_CHOICE, OF_JSON}},
    {"export", "DB", "print all that is known of all photos, JSON, a line each", {NULL}},
    {.name = NULL},
};

// In the order of their names.
static const struct work {
    enum engine_open how;
    int photos; // 1: photos may follow the catalogue
    int (*run)(struct catalog_settings *settings, struct catalog *catalog,
               const struct arguments *photos); // NULL: catalog_add
} works[] = {
    {ENGINE_MAKE, 1, NULL}, {ENGINE_WRITE, 1, catalog_remove}, {ENGINE_READ, 0, find},
    {ENGINE_READ, 0, list}, {ENGINE_READ, 0, export_all},
};

static const char *action_name(const void *user, size_t index)
{
    (void)user;
    return actions[index].name;
}

static const struct verb_action *find_action(const struct verb *verb, const char *name)
{
    const struct verb_action *action = table_action(verb, name);
    if (action)
        return action;
    const char *near = table_nearest(name, action_name, NULL);
    if (near)
        table_wrong(verb, "there is no catalog %s; did you mean %s?", name, near);
    else
        table_wrong(verb, "%s is none of add, remove, find, list and export", name);
    return NULL;
}

// Whether all options that were given are the action's.
static int check_options(const struct verb *verb, const struct verb_action *action,
                         const struct arguments *a)
{
    for (size_t i = 0; entries[i].name; i++)
        if (a->given[i] && !table_has(verb, action, i))
            return table_wrong(verb, "%s has no --%s", a->words[0], entries[i].name);
    return SWATCH_OK;
}

// What the table cannot tell.
static int settle(const struct verb *verb, struct catalog_settings *s,
                  const struct verb_action *action, const struct arguments *a)
{
    const int none = s->extract.person && strcmp(s->extract.person, "none") == 0;
    const struct work *work = &works[action - actions];
    if (check_options(verb, action, a))
        return SWATCH_USAGE;
    if (a->count < 2 || !*a->words[1])
        return table_wrong(verb, "no catalogue is named");
    if (strcmp(a->words[1], "-") == 0)
        return table_wrong(verb, "a catalogue is a file or a database, not -");
    if (!work->photos && a->count > 2)
        return table_wrong(verb, "%s takes one catalogue, and nothing behind it", a->words[0]);
    for (int i = 2; i < a->count; i++)
        if (!*a->words[i])
            return table_wrong(verb, "a photo has no name");
    if (work->run == catalog_remove && s->missing == (a->count > 2))
        return table_wrong(verb, "remove needs photos or --missing, and not both");
    if (work->run == find && !s->has_color && !s->like)
        return table_wrong(verb, "find needs --color or --like");
    if (s->garment && s->part)
        return table_wrong(verb, "a garment is a part of the clothes, not of %s",
                           catalog_parts[s->part]);
    if (s->extract.person && table_given(verb, a, "people") && none != s->extract.all_whole)
        return table_wrong(verb, "--person %s and these --people do not go together",
                           s->extract.person);
    s->extract.all_whole |= none;
    s->extract.extract.size = sizeof s->extract.extract;
    return SWATCH_OK;
}

static int run(const struct verb *verb, void *settings, const struct arguments *arguments)
{
    struct catalog_settings *s = settings;
    struct arguments photos = *arguments;
    struct catalog *catalog;
    swatch_error error;
    if (!arguments->count)
        return table_wrong(verb, "add, remove, find, list or export is needed");
    const struct verb_action *action = find_action(verb, arguments->words[0]);
    if (!action || settle(verb, s, action, arguments))
        return SWATCH_USAGE;
    const char *place = arguments->words[1];
    const struct work *work = &works[action - actions];
    photos.words += 2;
    photos.count -= 2;
    if (!work->run)
        return catalog_add(s, place, &photos);
    if (catalog_open(place, work->how, &catalog, &error))
        return tell(&error);
    const int status = work->run(s, catalog, &photos);
    catalog_close(catalog);
    return status;
}

const struct verb verb_catalog = {
    .name = "catalog",
    .usage = "add|remove|find|list|export DB [OPTION]... [PHOTO]...",
    .summary = "keep photos and their colors in a database, and search it by color",
    .more = "DB is a file, which the first `add` makes, or the address of a PostgreSQL database, "
            "postgresql://USER@HOST/NAME. A PHOTO may be a folder. `add` passes over what is there "
            "already, by content and model, "
            "and learns where photos have moved. Several programs may add and search at once. "
            "docs/catalog.md describes what is printed, and the tables.\n"
            "\n"
            "  swatch catalog add wardrobe.db -r photos\n"
            "  swatch catalog remove wardrobe.db photos/old photos/red.jpg\n"
            "  swatch catalog find wardrobe.db --color '#7a1f2b' --within 6\n"
            "  swatch catalog find wardrobe.db --like anna.jpg --html >like.html\n"
            "  swatch catalog find shop.db --color '#1e3cc8' --garment coat --json\n",
    .actions = actions,
    .words = "file",
    .options = entries,
    .many_shapes = 1,
    .settings_size = sizeof(struct catalog_settings),
    .defaults = set_defaults,
    .run = run,
};
