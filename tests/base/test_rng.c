// The generator: its mixing against SplitMix64's published sequence, its numbers against what their
// distributions promise, and that the n-th number depends on nothing but its place.

#include "base/rng.h"

#include "test.h"

// The first outputs of SplitMix64 seeded with 1234567, as Rosetta Code and many test suites list
// them; its n-th output is rng_mix of the seed plus n-1 times the golden ratio.
static void test_mix(void)
{
    const uint64_t want[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
                             4593380528125082431u, 16408922859458223821u};
    for (uint64_t i = 0; i < 5; i++)
        CHECK(rng_mix(1234567 + i * 0x9e3779b97f4a7c15u) == want[i]);
}

static void test_places(void)
{
    struct rng a = {7, 3, 0}, b = {7, 3, 100};
    uint64_t number = 0;
    for (int i = 0; i <= 100; i++)
        number = rng_u64(&a);
    CHECK(number == rng_u64(&b));
    CHECK(number == rng_at(7, 3, 100));
    CHECK(a.counter == 101 && b.counter == 101);
    CHECK(rng_at(7, 3, 0) != rng_at(7, 4, 0));
    CHECK(rng_at(7, 3, 0) != rng_at(8, 3, 0));
    // Neighbouring streams must not be one another's continuation.
    for (uint64_t i = 0; i < 1000; i++)
        CHECK(rng_at(7, 0, i) != rng_at(7, 1, 0));
}

// Bounds are five standard deviations of each estimate: a sound generator fails one in 10^6 runs,
// and this one always draws the same numbers.
static void test_distributions(void)
{
    enum { N = 100000 };
    struct rng rng = {42, 0, 0};
    double sum = 0, square = 0;
    int low = 0, counts[7] = {0};
    for (int i = 0; i < N; i++) {
        const float x = rng_uniform(&rng);
        low += x < 0 || x >= 1;
        sum += x;
        square += (double)x * x;
    }
    CHECK(low == 0);
    CHECK_NEAR(sum / N, 0.5, 5 * sqrt(1.0 / 12 / N));
    CHECK_NEAR(square / N, 1.0 / 3, 5 * sqrt(4.0 / 45 / N));

    for (int i = 0; i < N; i++)
        counts[rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++)
        CHECK_NEAR(counts[i], N / 7.0, 5 * sqrt(N * 6.0 / 49));
    for (int i = 0; i < 100; i++)
        CHECK(rng_below(&rng, 1) == 0);

    double cube = 0, fourth = 0;
    sum = square = 0;
    for (int i = 0; i < N; i++) {
        const double x = rng_normal(&rng);
        sum += x;
        square += x * x;
        cube += x * x * x;
        fourth += x * x * x * x;
    }
    CHECK_NEAR(sum / N, 0, 5 * sqrt(1.0 / N));
    CHECK_NEAR(square / N, 1, 5 * sqrt(2.0 / N));
    CHECK_NEAR(cube / N, 0, 5 * sqrt(15.0 / N));
    CHECK_NEAR(fourth / N, 3, 5 * sqrt(96.0 / N));

    for (int i = 0; i < 1000; i++) {
        const float x = rng_range(&rng, -3, 5);
        CHECK(x >= -3 && x <= 5);
    }
}

int main(void)
{
    test_mix();
    test_places();
    test_distributions();
    return test_end();
}
