#include "catalog/schema.h"

// The key of colors and their index have all that a search reads, so that it looks into no table.
const char schema_tables[] = "CREATE TABLE photos ("
                             "id BIGINT PRIMARY KEY, "
                             "sha256 TEXT NOT NULL, "
                             "path TEXT NOT NULL UNIQUE, "
                             "bytes BIGINT NOT NULL, "
                             "width INTEGER, "
                             "height INTEGER, "
                             "status INTEGER NOT NULL, "
                             "message TEXT, "
                             "swatch TEXT NOT NULL, "
                             "model TEXT NOT NULL, "
                             "added BIGINT NOT NULL);"
                             "CREATE TABLE regions ("
                             "photo BIGINT NOT NULL REFERENCES photos (id) ON DELETE CASCADE, "
                             "number INTEGER NOT NULL, "
                             "person INTEGER NOT NULL, "
                             "part TEXT NOT NULL, "
                             "garment INTEGER NOT NULL, "
                             "share DOUBLE PRECISION NOT NULL, "
                             "confidence DOUBLE PRECISION, "
                             "tone INTEGER, "
                             "undertone TEXT, "
                             "look TEXT, "
                             "pattern TEXT, "
                             "PRIMARY KEY (photo, number));"
                             "CREATE TABLE colors ("
                             "photo BIGINT NOT NULL REFERENCES photos (id) ON DELETE CASCADE, "
                             "region INTEGER NOT NULL, "
                             "rank INTEGER NOT NULL, "
                             "part TEXT NOT NULL, "
                             "cell INTEGER NOT NULL, "
                             "hex TEXT NOT NULL, "
                             "l DOUBLE PRECISION NOT NULL, "
                             "a DOUBLE PRECISION NOT NULL, "
                             "b DOUBLE PRECISION NOT NULL, "
                             "share DOUBLE PRECISION NOT NULL, "
                             "name TEXT, "
                             "PRIMARY KEY (photo, region, rank, part, hex, share));"
                             "CREATE INDEX colors_near ON colors (part, cell, hex, share, photo);"
                             "CREATE INDEX regions_part ON regions (part, photo);";

const char schema_known[] = "SELECT sha256, path, model, status, message FROM photos WHERE id = $1";

const char schema_move[] = "UPDATE photos SET path = $2 WHERE id = $1";

const char schema_delete[] = "DELETE FROM photos WHERE id = $1 OR path = $2";

const char schema_remove[] = "DELETE FROM photos WHERE path = $1 RETURNING id";

const char schema_remove_folder[] = "DELETE FROM photos WHERE substr(path, 1, length(CAST($1 AS "
                                    "TEXT))) = $1 RETURNING id";

const char schema_add_photo[] =
    "INSERT INTO photos (id, sha256, path, bytes, width, height, status, message, swatch, model, "
    "added) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const char schema_add_region[] =
    "INSERT INTO regions (photo, number, person, part, garment, share, confidence, tone, "
    "undertone, look, pattern) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const char schema_add_color[] =
    "INSERT INTO colors (photo, region, rank, part, cell, hex, l, a, b, share, name) VALUES ($1, "
    "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

const char schema_photo[] = "SELECT id, sha256, path, bytes, width, height, status, message, "
                            "swatch, model FROM photos WHERE id = $1";

const char schema_regions[] =
    "SELECT number, person, part, garment, share, confidence, tone, undertone, look, pattern FROM "
    "regions WHERE photo = $1 ORDER BY number";

const char schema_colors[] = "SELECT region, hex, l, a, b, share, name FROM colors WHERE photo = "
                             "$1 ORDER BY region, rank";

// A damaged index gives paths in another order than the database compares them.
#define PAGE_COLUMNS "SELECT id, path, CASE WHEN path > $1 THEN 1 ELSE 0 END FROM photos "

const char schema_page[] = PAGE_COLUMNS "WHERE path > $1 ORDER BY path LIMIT $2";

const char schema_page_with[] = PAGE_COLUMNS
    "WHERE path > $1 AND EXISTS (SELECT 1 FROM regions WHERE photo = id AND part = $3) ORDER BY "
    "path LIMIT $2";

#define NEAR(from, to)                                                                             \
    "SELECT photo, hex, share FROM colors WHERE part = $1 AND cell BETWEEN $" #from " AND $" #to
#define OR_NEAR(from, to) " UNION ALL " NEAR(from, to)

const char schema_near[] = NEAR(2, 3) OR_NEAR(4, 5) OR_NEAR(6, 7) OR_NEAR(8, 9) OR_NEAR(10, 11)
    OR_NEAR(12, 13) OR_NEAR(14, 15) OR_NEAR(16, 17) OR_NEAR(18, 19) OR_NEAR(20, 21) OR_NEAR(22, 23)
        OR_NEAR(24, 25) OR_NEAR(26, 27) OR_NEAR(28, 29) OR_NEAR(30, 31);

const char schema_all[] = "SELECT photo, hex, share, part FROM colors WHERE photo IN ($1, $2, $3, "
                          "$4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
                          "$19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30)";
