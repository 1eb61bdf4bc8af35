// A locale with a decimal comma, for tests of what must not depend on the locale. The system's
// localedef makes it in the build folder, so no test needs an installed one. A test fails where it
// cannot be made.
#ifndef TESTS_COMMA_LOCALE_H
#define TESTS_COMMA_LOCALE_H

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_LOCALE "de_DE.UTF-8"

// Makes the locale unless it exists, and sets LOCPATH to its folder for this process and those it
// starts. Several tests may do this at once: each makes a copy and renames it.
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

// Sets it as this process's locale.
static inline void test_comma_locale(void)
{
    test_locale_make();
    if (!setlocale(LC_ALL, TEST_LOCALE)) {
        fprintf(stderr, "the locale " TEST_LOCALE " cannot be set\n");
        exit(1);
    }
}

#endif
