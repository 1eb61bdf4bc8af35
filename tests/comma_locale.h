// A locale whose decimal point is a comma, for tests of what must not depend on the locale. It is
// made with the system's localedef in the build folder, so that no test needs an installed one, and
// a test that cannot have it fails.
#ifndef TESTS_COMMA_LOCALE_H
#define TESTS_COMMA_LOCALE_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_LOCALE "de_DE.UTF-8"

// Makes the locale where it is not there yet, and names its folder in LOCPATH, for this process and
// those it starts. Several tests may do so at the same time: each makes a copy and renames it.
static inline void test_locale_make(void)
{
    static const char make[] =
        "mkdir -p '" BUILD_DIR "/locale' && cd '" BUILD_DIR "/locale' && "
        "{ test -d " TEST_LOCALE " || { localedef -i de_DE -f UTF-8 ./new.$$ && "
        "{ mv -T new.$$ " TEST_LOCALE " 2>/dev/null || rm -rf new.$$; }; }; }";
    if (system(make) || setenv("LOCPATH", BUILD_DIR "/locale", 1)) {
        fprintf(stderr, "the locale " TEST_LOCALE " cannot be made in " BUILD_DIR
                        "/locale: are localedef and Debian's package locales there?\n");
        exit(1);
    }
}

// Makes it this process's locale.
static inline void test_comma_locale(void)
{
    test_locale_make();
    if (!setlocale(LC_ALL, TEST_LOCALE)) {
        fprintf(stderr, "the locale " TEST_LOCALE " cannot be set\n");
        exit(1);
    }
}

#endif
