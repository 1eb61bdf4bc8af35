// The command: finds the verb, reads its options and runs it. Each verb is a file of its own and
// one line of the table.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <swatch.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "help.h"
#include "say.h"
#include "shared.h"
#include "verbs.h"

static const struct verb *const verbs[] = {
    &verb_extract, &verb_person, &verb_palette, &verb_catalog, &verb_train,
    &verb_eval,    &verb_import, &verb_info,    &verb_serve,   NULL,
};

// glibc raises the size from which on it returns memory to the system each time a large block is
// freed; networks for photos of many shapes would then keep what they have freed. Pictures of an
// ordinary photo are smaller than this bound, so that their memory is used again, and small blocks
// are fetched and returned by megabytes: docs/decisions.md ("The start of a process"). oneDNN keeps
// the code of 1,024 layers; 256 are enough.
static void keep_memory_low(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 8 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
#endif
    setenv("DNNL_PRIMITIVE_CACHE_CAPACITY", "256", 0);
}

static const char *verb_name(const void *user, size_t index)
{
    (void)user;
    return verbs[index] ? verbs[index]->name : NULL;
}

// The verb of this name, or NULL after a message.
static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; verbs[i]; i++)
        if (strcmp(name, verbs[i]->name) == 0)
            return verbs[i];
    const char *near = table_nearest(name, verb_name, NULL);
    if (near)
        say("swatch: there is no verb %s; did you mean %s?", name, near);
    else
        say("swatch: there is no verb %s; see swatch --help", name);
    return NULL;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
    struct arguments arguments;
    const char *first = argc > 1 ? argv[1] : NULL; // before they are sorted
    int help = 0, status = SWATCH_FAILED;
    void *settings = calloc(1, verb->settings_size);
    if (!settings) {
        say("swatch: out of memory");
        return SWATCH_FAILED;
    }
    if (verb->defaults)
        verb->defaults(settings);
    status = table_parse(verb, argc, argv, settings, &arguments, &help);
    if (help)
        help_verb(stdout, verb, first);
    else if (!status)
        status = verb->run(verb, settings, &arguments);
    free(settings);
    return status;
}

static int print_help(const char *name, const char *first)
{
    const struct verb *verb = name ? find_verb(name) : NULL;
    if (name && !verb)
        return SWATCH_USAGE;
    if (verb)
        help_verb(stdout, verb, first);
    else
        help_command(stdout, verbs);
    return SWATCH_OK;
}

static int run(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    train_options_make();
    shared_names_make();
    if (!word) {
        help_command(stderr, verbs);
        return SWATCH_USAGE;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0)
        return print_help(argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL);
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0 || strcmp(word, "version") == 0) {
        printf("swatch %s\n", swatch_version());
        return SWATCH_OK;
    }
    if (strcmp(word, "--write-manual") == 0 && argc == 3) // for the build
        return manual_write(argv[2], verbs);
    const struct verb *verb = find_verb(word);
    if (!verb)
        return SWATCH_USAGE;
    // Where libvips looks for its modules: nowhere. The library loads them when a photo needs one.
    setenv("VIPSHOME", "/dev/null", 0);
    if (verb->many_shapes)
        keep_memory_low();
    return run_verb(verb, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    const int status = run(argc, argv);
    // A full disk or a closed pipe behind standard output shows only now.
    if (fflush(stdout) || ferror(stdout)) {
        perror("swatch: standard output");
        return status ? status : SWATCH_FAILED;
    }
    // Finer statuses are for programs; a shell is told these four.
    return status <= SWATCH_NO_PERSON ? status : SWATCH_FAILED;
}
