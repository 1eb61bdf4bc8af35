// Draws from the counter-based generator of rng.h.

#include "base/rng.h"

#include <math.h>

uint64_t rng_u64(struct rng *rng)
{
    return rng_at(rng->seed, rng->stream, rng->counter++);
}

float rng_uniform(struct rng *rng)
{
    return (float)(rng_u64(rng) >> 40) * 0x1p-24f;
}

float rng_range(struct rng *rng, float low, float high)
{
    return low + (high - low) * rng_uniform(rng);
}

uint32_t rng_below(struct rng *rng, uint32_t n)
{
    // The high half of a 32x32-bit product; its bias, n / 2^32, is beyond notice here.
    return (uint32_t)(((rng_u64(rng) >> 32) * n) >> 32);
}

float rng_normal(struct rng *rng)
{
    const float radius = sqrtf(-2 * logf(1 - rng_uniform(rng)));
    return radius * cosf(6.283185307f * rng_uniform(rng));
}
