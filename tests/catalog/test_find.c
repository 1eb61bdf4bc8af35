// Searches among more than 100,000 colors in SQLite: the same answers as from comparing all, by the
// index.

#include <sqlite3.h>

#include "catalog/brute.h"
#include "catalog/schema.h"
#include "folder.h"

#define PHOTOS 20000 // of five colors and more

// The plan must name the index, and no step may go through a whole table or sort.
static void check_plan(const char *path, const char *sql, const char *uses)
{
    char explain[2048], plan[4096] = "";
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    snprintf(explain, sizeof explain, "EXPLAIN QUERY PLAN %s", sql);
    CHECK(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
    CHECK(sqlite3_prepare_v2(db, explain, -1, &statement, NULL) == SQLITE_OK);
    while (statement && sqlite3_step(statement) == SQLITE_ROW)
        snprintf(plan + strlen(plan), sizeof plan - strlen(plan), "%s; ",
                 (const char *)sqlite3_column_text(statement, 3));
    if (!strstr(plan, uses) || strstr(plan, "SCAN") || strstr(plan, "TEMP B-TREE"))
        CHECK_STRING(plan, uses);
    else
        CHECK(1);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

int main(void)
{
    struct catalog *catalog = NULL;
    swatch_error error = {0};
    test_folder_make();
    const char *path = test_path("shop.db");
    CHECK(catalog_open(path, ENGINE_MAKE, &catalog, &error) == 0);
    if (catalog && photos_fill(catalog, PHOTOS) == 0) {
        check_plan(path, schema_near,
                   "SEARCH colors USING COVERING INDEX colors_near (part=? AND cell>? AND cell<?)");
        check_plan(path, schema_known, "INDEX sqlite_autoindex_photos_");
        check_plan(path, schema_delete, "INDEX sqlite_autoindex_photos_");
        check_plan(path, schema_regions, "INDEX sqlite_autoindex_regions_1 (photo=?)");
        check_plan(path, schema_colors, "INDEX sqlite_autoindex_colors_1 (photo=?)");
        check_plan(path, schema_all, "COVERING INDEX sqlite_autoindex_colors_1 (photo=?)");
        check_plan(path, schema_remove, "INDEX sqlite_autoindex_photos_2 (path=?)");
        check_plan(path, schema_page, "INDEX sqlite_autoindex_photos_2 (path>?)");
        check_plan(path, schema_page_with, "INDEX sqlite_autoindex_photos_2 (path>?)");
        check_plan(path, schema_page_with, "INDEX regions_part (part=? AND photo=?)");
        check_searches(catalog, PHOTOS);
    } else {
        CHECK_STRING(error.message, "filled");
    }
    catalog_close(catalog);
    test_folder_remove();
    return test_end();
}
