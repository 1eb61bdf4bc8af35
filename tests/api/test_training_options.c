// swatch_training as a program uses it: options by name, what is refused, a run and its end.

#include "train/tiny_run.h"

static struct run_files files;

static void test_options(void)
{
    const swatch_training_option *o;
    size_t count = 0, of_clothes = 0, of_people = 0;
    while ((o = swatch_training_option_get(count))) {
        CHECK(o->name && o->help && *o->help && (o->of_clothes || o->of_people));
        CHECK(!o->choices || o->argument);
        of_clothes += o->of_clothes != NULL;
        of_people += o->of_people != NULL;
        count++;
    }
    CHECK(count > 40 && of_clothes > 35 && of_people > 30 && of_people < of_clothes);
    CHECK(!swatch_training_option_get(count + 5) && !swatch_training_option_get(SIZE_MAX));
}

static void test_set(void)
{
    swatch_training *t = (swatch_training *)&files;
    CHECK(swatch_training_new("animals", &t, &error) == SWATCH_USAGE && t == NULL);
    CHECK(strstr(error.message, "animals"));
    swatch_training_free(NULL);
    CHECK(swatch_training_new("people", &t, &error) == 0);
    CHECK(swatch_training_set(t, "filters", "4", &error) == SWATCH_USAGE);
    CHECK_STRING(error.message, "filters is no option of the task people");
    CHECK(swatch_training_set(t, "flters", "4", &error) == SWATCH_USAGE);
    CHECK_STRING(error.message, "there is no option flters");
    CHECK(swatch_training_set(t, "anchors", "4", &error) == SWATCH_USAGE); // is none of a user's
    CHECK(swatch_training_set(t, NULL, "4", NULL) == SWATCH_USAGE);
    CHECK(swatch_training_set(t, "rate", NULL, &error) == SWATCH_USAGE);
    CHECK(swatch_training_set(t, "beta1", "1", &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "beta1 must be a number from 0 to below 1"));
    CHECK(swatch_training_set(t, "beta1", "0.5", &error) == 0);
    int finished = 7;
    CHECK(swatch_training_run(t, NULL, NULL, &finished, &error) == SWATCH_USAGE && finished == 0);
    CHECK(strstr(error.message, "folder for the run"));
    CHECK(swatch_training_set(t, "run", test_path("people"), &error) == 0);
    CHECK(swatch_training_run(t, NULL, NULL, NULL, &error) == SWATCH_USAGE);
    CHECK(strstr(error.message, "people, a dataset, or both"));
    swatch_training_free(t);
}

struct seen {
    size_t calls, losses, learned;
    double rate;
};

static int watch(void *user, const swatch_training_progress *p)
{
    struct seen *seen = user;
    if (seen->calls++ == 0)
        CHECK(p->loss_count == 0 && p->figure_count == 0 && p->step == 0);
    seen->losses = p->loss_count;
    seen->learned = p->learned;
    if (p->step == 0)
        seen->rate = p->rate;
    return 0;
}

static int set_all(swatch_training *t, const char *const (*options)[2])
{
    int status = 0;
    for (; !status && (*options)[0]; options++)
        status = swatch_training_set(t, (*options)[0], (*options)[1], &error);
    return status;
}

// The article's recipe counts where nothing else is said, wherever it is set; a run goes on by
// another handle that knows nothing but its folder.
static void test_run(void)
{
    const char *run = test_path("run");
    const char *const options[][2] = {{"dataset", files.source},  {"split", files.split},
                                      {"classes", files.classes}, {"run", run},
                                      {"height", "128"},          {"width", "128"},
                                      {"filters", "2"},           {"discriminator-filters", "2"},
                                      {"device", "cpu"},          {"precision", "f32"},
                                      {"hold-out", "0"},          {"steps", "1"},
                                      {"article", "yes"},         {NULL, NULL}};
    const char *const resumed[][2] = {
        {"run", run}, {"resume", "yes"}, {"steps", "2"}, {NULL, NULL}};
    struct seen seen = {0};
    swatch_training *t = NULL;
    int finished = 0;
    CHECK(swatch_training_new(NULL, &t, &error) == 0 && set_all(t, options) == 0);
    CHECK(swatch_training_run(t, watch, &seen, &finished, &error) == 0 && finished == 1);
    CHECK(seen.calls == 2 && seen.learned == 4);
    CHECK(seen.losses == 3); // pixel, fool, discriminator
    CHECK_NEAR(seen.rate, 2e-4, 1e-9);
    swatch_training_free(t);

    CHECK(swatch_training_new("people", &t, &error) == 0 && set_all(t, resumed) == 0);
    CHECK(swatch_training_run(t, NULL, NULL, &finished, &error) == SWATCH_USAGE && !finished);
    CHECK(strstr(error.message, "the run's task is clothes"));
    swatch_training_free(t);
    CHECK(swatch_training_new(NULL, &t, &error) == 0 && set_all(t, resumed) == 0);
    CHECK(swatch_training_run(t, NULL, NULL, &finished, &error) == 0 && finished == 1);
    // An option that the run's task does not have is told though the task was not.
    CHECK(swatch_training_set(t, "ccp-share", "0.5", &error) == 0);
    CHECK(swatch_training_run(t, NULL, NULL, &finished, &error) == SWATCH_USAGE && !finished);
    CHECK(strstr(error.message, "ccp-share is no option of the task clothes"));
    swatch_training_free(t);
    test_file("run/options.json", "{\"task\":\"clothes\"}", 18);
    CHECK(swatch_training_new(NULL, &t, &error) == 0 && set_all(t, resumed) == 0);
    CHECK(swatch_training_run(t, NULL, NULL, &finished, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "run/options.json: not the options of a run"));
    swatch_training_free(t);
}

int main(void)
{
    run_files_make(&files);
    test_options();
    test_set();
    test_run();
    run_files_remove(&files);
    return test_end();
}
