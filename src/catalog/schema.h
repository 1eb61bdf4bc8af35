// The tables of a catalogue and all statements on them: the same text for SQLite and PostgreSQL.
// docs/catalog.md describes the columns.
#ifndef CATALOG_SCHEMA_H
#define CATALOG_SCHEMA_H

#define SCHEMA_VERSION 2

extern const char schema_tables[];

// Photos. A photo is one row, whatever its path, named by the first 63 bits of its checksum.
extern const char schema_known[];  // id -> sha256, path, model, status, message
extern const char schema_move[];   // id, path
extern const char schema_delete[]; // id, path: the photo, and what else had its path
extern const char schema_remove[]; // path: a photo -> id
// A path with a slash behind it: all photos below that folder -> id
extern const char schema_remove_folder[];
extern const char schema_add_photo[];  // all columns
extern const char schema_add_region[]; // all columns
extern const char schema_add_color[];  // all columns

extern const char schema_photo[];   // id -> id, and all columns but added
extern const char schema_regions[]; // photo -> number, person, part, garment, ...
extern const char schema_colors[];  // photo -> region, hex, l, a, b, share, name
// Photos in the order of their paths, a page at a time.
extern const char schema_page[]; // path before, how many -> id, path, 1 if it is behind that
// The same of photos with a garment of a class.
extern const char schema_page_with[]; // path before, how many, part -> the same

// Colors of a part in ranges of cells (cells.h), many at once, as a server is asked many times
// otherwise.
#define SCHEMA_RANGES 15
extern const char schema_near[]; // part, first and last cell of each -> photo, hex, share
// Colors of photos. Their part is compared by who reads them: SQLite would look all of that part
// up in the index above.
#define SCHEMA_PHOTOS 30
extern const char schema_all[]; // photos -> photo, hex, share, part

#endif
