// Options as tables: help of every verb, manual pages, completion, and how words are understood.

#include "cli/command.h"
#include "test.h"
#include "tiny_model.h"

static const char *const verbs[] = {"extract", "person", "palette", "catalog", "train",
                                    "eval",    "import", "info",    "serve"};
#define VERBS (sizeof verbs / sizeof *verbs)

// No line of help is wider than a terminal.
static void test_help(void)
{
    check_runs("for v in '' extract person palette catalog 'catalog add' 'catalog find' train eval "
               "import info "
               "serve; do $S help $v; done "
               "| awk 'length > 80 { print; bad = 1 } END { exit bad }'");
    check_runs("$S extract --colors 2 --help --nonsense | grep -q '^Usage: swatch extract'");
    // An action has its own options, wherever its help is asked for.
    check_runs("$S catalog find --help");
    CHECK(strncmp(out_text, "Usage: swatch catalog find DB", 29) == 0);
    CHECK(strstr(out_text, "--like PHOTO") && !strstr(out_text, "--watch"));
    check_runs("$S catalog find --help >1.txt && $S help catalog find | cmp 1.txt");
    check_runs("$S help catalog add");
    CHECK(strstr(out_text, "--watch") && !strstr(out_text, "--like PHOTO  "));
    check_runs("$S help catalog export");
    CHECK(strstr(out_text, "--help") && !strstr(out_text, "--json"));
    // Limits, choices and defaults come from the table.
    check_runs("$S help extract | tr -s ' \\n' ' '");
    CHECK(strstr(out_text, "(1 to 8; default 5)"));
    CHECK(strstr(out_text, "(auto, f32 or bf16; default auto)"));
}

static void test_manual(void)
{
    check_runs("mkdir man && $S --write-manual man");
    CHECK(test_names(test_path("man")) == 4 + (int)VERBS);
    for (size_t i = 0; i < VERBS; i++) {
        char line[256];
        // Each option of the help stands in the page, the completions and nowhere twice.
        snprintf(line, sizeof line,
                 "for o in $($S help %s | grep -o '^  ....--[a-z0-9-]*' | grep -o -e '--.*'); do "
                 "sed 's/\\\\//g' man/swatch-%s.1 | grep -q -e \"fB$o\" || exit 1; "
                 "grep -q -e \"$o\" man/swatch.bash && grep -q -e \"$o\" man/_swatch || exit 2; "
                 "done",
                 verbs[i], verbs[i]);
        check_runs(line);
        snprintf(line, sizeof line,
                 "[ $(grep -c 'subcommand_from %s'\\' man/swatch.fish) = "
                 "$(($($S help %s | grep -c '^  ....--') - 1)) ]",
                 verbs[i], verbs[i]);
        check_runs(line);
    }
    check_fails("$S --write-manual missing", 1, "missing/swatch.1: ");
}

// The words that bash is offered after a line.
static const char *completed(const char *before, const char *word)
{
    char line[1024];
    snprintf(line, sizeof line,
             "bash -c 'source man/swatch.bash; COMP_WORDS=(swatch %s \"%s\"); "
             "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _swatch swatch \"%s\" "
             "\"${COMP_WORDS[COMP_CWORD - 1]}\"; echo \"${COMPREPLY[@]}\"'",
             before, word, word);
    check_runs(line);
    return out_text;
}

static void test_completion(void)
{
    if (run("command -v bash") != 0)
        return;
    CHECK_STRING(completed("", "p"), "person palette\n");
    CHECK_STRING(completed("extract", "--no"), "--no-flip --no-refine\n");
    CHECK_STRING(completed("extract --masks", ""), "auto argmax hsv\n");
    CHECK_STRING(completed("extract --masks", "h"), "hsv\n");
    CHECK_STRING(completed("extract", "an"), "\n"); // bash completes files itself
    CHECK_STRING(completed("info", "--"), "--help --json\n");
    CHECK_STRING(completed("catalog", ""), "add remove find list export\n");
    CHECK_STRING(completed("catalog", "e"), "export\n");
    CHECK_STRING(completed("catalog", "--li"), "--like --limit\n");
    CHECK_STRING(completed("catalog add", ""), "\n");
    CHECK_STRING(completed("catalog find --part", ""), "clothes skin hair\n");
}

// Nothing that a terminal would obey comes out.
static void test_terminal(void)
{
    check_fails("$S \"$(printf 'ex\\033[31m')\"", 2, "no verb ex\\x1b[31m;");
    check_fails("$S info \"$(printf 'a\\033]0;x\\007\\302\\233\\377\\303\\244.st')\"", 1,
                "a\\x1b]0;x\\x07\\u009b\\xff\303\244.st: ");
    // Nor from within a model's file.
    char *data, *name;
    size_t size;
    if (file_read(test_path("tiny.safetensors"), (size_t)1 << 24, &data, &size, NULL) ||
        !(name = memmem(data, size, "made_by", 7)))
        exit(1);
    memcpy(name, "\\\\u001b", 7); // JSON within JSON
    test_file("escape.safetensors", data, size);
    free(data);
    CHECK(run("$S info escape.safetensors") == 0 && strstr(out_text, "\\x1b") &&
          !strchr(out_text, '\033'));
    CHECK(run("$S palette --bo\"$(printf '\\033')\" x 2>&1 | grep -q '[[:cntrl:]]'") == 1);
}

int main(void)
{
    test_folder_make();
    tiny_model(test_path("tiny.safetensors"), 0);
    test_help();
    test_manual();
    test_completion();
    test_terminal();
    run_end();
    test_folder_remove();
    return test_end();
}
