// The one random number generator. It is counter-based: the n-th number of a stream depends on
// (seed, stream, n) alone, so a resumed run or another number of threads draws the same numbers.
// The mixing function is SplitMix64's finalizer (Steele, Lea, Flood, OOPSLA 2014), applied twice.
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t seed;    // of the run
    uint64_t stream;  // of the photo, the layer, ...
    uint64_t counter; // the next number to draw
};

static inline uint64_t rng_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

// The number at (seed, stream, counter), 64 uniform bits.
static inline uint64_t rng_at(uint64_t seed, uint64_t stream, uint64_t counter)
{
    return rng_mix(rng_mix(seed ^ rng_mix(stream)) + counter * 0x9e3779b97f4a7c15u);
}

// 64 uniform bits; moves the counter by one.
uint64_t rng_u64(struct rng *rng);
// Uniform in [0, 1), 24 bits.
float rng_uniform(struct rng *rng);
// Uniform in [low, high).
float rng_range(struct rng *rng, float low, float high);
// Uniform in 0 .. n-1; n is at least 1.
uint32_t rng_below(struct rng *rng, uint32_t n);
// Standard normal (Box-Muller); moves the counter by two.
float rng_normal(struct rng *rng);

#endif
