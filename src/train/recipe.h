// What decides a training run: the same recipe and data give the same weights (on one machine, with
// one number of threads).
#ifndef TRAIN_RECIPE_H
#define TRAIN_RECIPE_H

#include <stddef.h>
#include <stdint.h>
#include <swatch.h>

#include "base/ranks.h"
#include "nn/backend.h"
#include "train/clothes/loader.h"

struct recipe {
    char generator[32]; // a name of model/networks.h
    int rgb;            // the generator puts out a color-coded map instead of class scores
    size_t filters;     // of the generator; 0: its own
    size_t discriminator_filters;
    int patchgan;        // the paper's discriminator instead of the article's
    int logistic;        // the logistic GAN loss instead of least squares
    float pixel_weight;  // of L1 (article: 100) or cross-entropy
    float gan_weight;    // 0: no discriminator
    float region_weight; // of the soft Dice beside cross-entropy; 0: none
    float class_balance; // classes weigh in cross-entropy as their frequency to minus this power
    float repeat_rare;   // photos with a class that fewer of them have than this share are shown
                         //   several times an epoch (train/repeats.h); 0: none
    size_t height, width, batch, classes;
    uint64_t steps; // of the whole run
    uint64_t seed;
    float rate, beta1, beta2, decay; // Adam; decay: decoupled weight decay
    float encoder_rate; // of lite-unet's parameters "encoder....", as a share of rate; over 0, to 1
    float warmup;       // share of the steps in which the rate rises from 0
    int cosine;         // the rate falls to 0 along a cosine; else it stays
    float average_decay; // of the weights' moving average; 0: none, the last weights count
    enum dtype dtype;
    struct augmentation augmentation;
    int sync_norm; // batch normalization over the whole batch, though ranks share it
    // No part of the text: a run goes on with others.
    struct ranks *ranks;           // share each batch; lent
    const struct backend *backend; // that trains; NULL: the CPU
};

// The recipe as one line of JSON with its keys in a fixed order; two recipes are the same when
// their texts are. The caller frees it; NULL when memory is lacking.
char *recipe_text(const struct recipe *recipe);

// What recipe `here` differs in from `there`, both as recipe_text made them, as "rate (there 0.001,
// here 0.01), batch (there 4, here 8)"; cut where the room ends. Empty when they do not differ or
// one of them is no JSON object.
#define RECIPE_DIFFERENCE 512
void recipe_difference(const char *there, const char *here, char text[RECIPE_DIFFERENCE]);

// The learning rate at a step: rising over the first `warmup` of the steps, then `rate`, or falling
// from it to 0 along a cosine.
float recipe_rate(float rate, float warmup, int cosine, uint64_t step, uint64_t steps);

// An error naming the first option out of its range.
int recipe_check(const struct recipe *recipe, swatch_error *error);

#endif
