// Training learns two photos by heart in a few steps, with each network and each kind of output,
// with and without a discriminator.

#include <omp.h>

#include "train/tiny_run.h"

static struct run_files files;

static void test_learning(struct recipe recipe, double share)
{
    char run[128];
    struct run_watch w = {0};
    int finished;
    snprintf(run, sizeof run, "%s/%s-%d-%g", test_folder, recipe.generator, recipe.rgb,
             (double)recipe.gan_weight);
    recipe.augmentation = (struct augmentation){.scale_low = 1, .scale_high = 1};
    struct train_options options = run_options(&files, run, recipe);
    options.split = test_file("two.txt", "0001\n0002\n", 10);
    options.validate_every = 5;
    CHECK(run_go(&options, &w, &finished) == 0 && finished == 1);
    fprintf(stderr, "%s: pixel loss %.4f to %.4f\n", run, w.first, w.last);
    CHECK(w.last < share * w.first);
}

int main(void)
{
    omp_set_num_threads(1); // more threads do not help so small a network
    run_files_make(&files);
    for (int gan = 0; gan < 2; gan++)
        for (int rgb = 0; rgb < 2; rgb++) {
            struct recipe recipe = run_rgb(DTYPE_F32);
            recipe.rgb = rgb;
            recipe.pixel_weight = rgb ? 100 : 1;
            recipe.gan_weight = gan ? 1 : 0;
            recipe.steps = 40;
            test_learning(recipe, 0.3);
        }
    struct recipe recipe = run_scores(DTYPE_F32);
    recipe.steps = 20;
    recipe.rate = 1e-2f;
    test_learning(recipe, 0.7);
    run_files_remove(&files);
    return test_end();
}
