// The command: picks the verb. Each verb is a file of its own and one line of the table.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "options.h"
#include "verbs.h"

static const struct verb *const verbs[] = {
    &verb_extract, &verb_person, &verb_palette, &verb_train, &verb_eval, &verb_import, &verb_info,
};
#define VERBS (sizeof verbs / sizeof *verbs)

static void print_help(FILE *to)
{
    fprintf(to, "Usage: swatch VERB [OPTION]... [ARGUMENT]...\n"
                "Cuts clothes, skin and hair out of photos of people and measures their colors.\n"
                "\n"
                "Verbs:\n");
    for (size_t i = 0; i < VERBS; i++)
        fprintf(to, "  %-10s %s\n", verbs[i]->name, verbs[i]->summary);
    fprintf(to, "\n"
                "swatch VERB --help tells more. swatch --version prints the version.\n"
                "Exit status: 0 done, 1 failed, 2 wrong usage, 3 no person found.\n");
}

// What networks free goes back to the system, which glibc else learns not to do, and of the code
// that oneDNN made for them not all is kept.
static void keep_memory_low(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
#endif
    setenv("DNNL_PRIMITIVE_CACHE_CAPACITY", "256", 0);
}

int main(int argc, char **argv)
{
    int status = SWATCH_USAGE;
    if (argc < 2) {
        print_help(stderr);
        return SWATCH_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        status = SWATCH_OK;
    } else if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("swatch %s\n", swatch_version());
        status = SWATCH_OK;
    } else {
        const struct verb *verb = NULL;
        for (size_t i = 0; i < VERBS && !verb; i++)
            if (strcmp(argv[1], verbs[i]->name) == 0)
                verb = verbs[i];
        if (!verb) {
            fprintf(stderr, "swatch: there is no verb %s; see swatch --help\n", argv[1]);
            return SWATCH_USAGE;
        }
        if (verb->many_shapes)
            keep_memory_low();
        status = verb->run(verb, argc - 1, argv + 1);
    }
    // A full disk or a closed pipe behind standard output shows only now.
    if (fflush(stdout) || ferror(stdout)) {
        perror("swatch: standard output");
        return status ? status : SWATCH_FAILED;
    }
    return status;
}
