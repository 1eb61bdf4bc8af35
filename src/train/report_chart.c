// Draws at most COLUMNS points a curve, each the mean of the values in its column, so that the page
// of a long run stays small. Colors are those of Okabe and Ito (2008), which people with any color
// vision tell apart. More curves than there are colors get hues at the golden angle.

#include "train/report_chart.h"

#include <float.h>
#include <math.h>

#include "base/html.h"
#include "base/number.h"

#define WIDTH 900
#define HEIGHT 300
#define LEFT 56
#define RIGHT 12
#define TOP 8
#define BOTTOM 30
#define COLUMNS 300
#define MEAN_REACH 8 // columns on either side that a running mean takes in

static const char *const colors[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                     "#e69f00", "#56b4e9", "#333333"};
#define COLORS (sizeof colors / sizeof *colors)

struct axes {
    double x0, x1, y0, y1; // steps from 0; y as its logarithm when logarithmic
    int logarithmic;
};

static double to_x(const struct axes *a, double step)
{
    return LEFT + (step - a->x0) / (a->x1 - a->x0) * (WIDTH - LEFT - RIGHT);
}

static double to_y(const struct axes *a, double value)
{
    const double v = a->logarithmic ? log10(value) : value;
    return HEIGHT - BOTTOM - (v - a->y0) / (a->y1 - a->y0) * (HEIGHT - TOP - BOTTOM);
}

static void color(FILE *html, size_t index, size_t count)
{
    if (count <= COLORS)
        fputs(colors[index], html);
    else
        fprintf(html, "hsl(%s,65%%,%d%%)", FIXED(fmod(137.508 * (double)index, 360), 0),
                40 + 10 * (int)(index % 3));
}

// Returns 1, 2 or 5 times a power of ten, so that about `count` marks fit `range`.
static double mark_distance(double range, double count)
{
    const double rough = range / count, power = pow(10, floor(log10(rough)));
    const double lead = rough / power;
    return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

// Widens the range of a linear axis to marks at both ends.
static void round_range(double *low, double *high)
{
    if (*high - *low < 1e-9 * fmax(fabs(*low), fabs(*high)) || *high == *low) {
        const double reach = *low == 0 ? 1 : 0.1 * fabs(*low);
        *low -= reach;
        *high += reach;
    }
    const double distance = mark_distance(*high - *low, 5);
    *low = floor(*low / distance + 1e-9) * distance;
    *high = ceil(*high / distance - 1e-9) * distance;
}

// Computes the mean of the values in each column; NAN where there are none.
static void columns_of(const struct axes *a, const struct series *s, double means[COLUMNS])
{
    double sums[COLUMNS] = {0};
    size_t counts[COLUMNS] = {0};
    for (size_t i = 0; i < s->count; i++) {
        const double place = (s->points[i].step - a->x0) / (a->x1 - a->x0) * COLUMNS;
        const size_t c = place < COLUMNS ? (size_t)place : COLUMNS - 1;
        sums[c] += s->points[i].value;
        counts[c]++;
    }
    for (size_t c = 0; c < COLUMNS; c++)
        means[c] = counts[c] ? sums[c] / (double)counts[c] : NAN;
}

// Replaces each value by the mean around it: on a logarithmic axis the geometric mean, which lies
// in the middle there.
static void smooth(double values[COLUMNS], int logarithmic)
{
    double smoothed[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) {
        double sum = 0, count = 0;
        for (int k = c - MEAN_REACH; k <= c + MEAN_REACH; k++)
            if (k >= 0 && k < COLUMNS && !isnan(values[k])) {
                sum += logarithmic ? log(values[k]) : values[k];
                count++;
            }
        smoothed[c] = isnan(values[c]) ? NAN : logarithmic ? exp(sum / count) : sum / count;
    }
    for (int c = 0; c < COLUMNS; c++)
        values[c] = smoothed[c];
}

static void curve_start(FILE *html, const struct chart *chart, size_t index, int pale)
{
    fputs("<polyline fill=\"none\" stroke=\"", html);
    color(html, index, chart->count);
    fprintf(html, "\" stroke-width=\"%s\"%s points=\"", pale ? "1" : "1.8",
            pale ? " stroke-opacity=\"0.3\"" : "");
}

static void point(FILE *html, const struct axes *a, double step, double value)
{
    fprintf(html, "%s,%s ", FIXED(to_x(a, step), 1), FIXED(to_y(a, value), 1));
}

static void curve(FILE *html, const struct chart *chart, const struct axes *a, size_t index)
{
    const struct series *s = chart->series[index];
    if (s->count > COLUMNS || chart->noisy) {
        double means[COLUMNS];
        columns_of(a, s, means);
        for (int pale = chart->noisy ? 1 : 0; pale >= 0; pale--) {
            if (chart->noisy && !pale)
                smooth(means, a->logarithmic);
            curve_start(html, chart, index, pale);
            for (size_t c = 0; c < COLUMNS; c++)
                if (!isnan(means[c]))
                    point(html, a, a->x0 + ((double)c + 0.5) / COLUMNS * (a->x1 - a->x0), means[c]);
            fputs("\"/>\n", html);
        }
        return;
    }
    curve_start(html, chart, index, 0);
    for (size_t i = 0; i < s->count; i++)
        point(html, a, s->points[i].step, s->points[i].value);
    fputs("\"/>\n", html);
    for (size_t i = 0; i < s->count && s->count <= COLUMNS / 5; i++) {
        fprintf(html, "<circle cx=\"%s\" cy=\"%s\" r=\"2.5\" fill=\"",
                FIXED(to_x(a, s->points[i].step), 1), FIXED(to_y(a, s->points[i].value), 1));
        color(html, index, chart->count);
        fputs("\"/>\n", html);
    }
}

static void mark_y(FILE *html, const struct axes *a, double value)
{
    const double y = to_y(a, value);
    fprintf(html,
            "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%s\" y2=\"%s\"/>"
            "<text x=\"%d\" y=\"%s\" text-anchor=\"end\">%s</text>\n",
            LEFT, WIDTH - RIGHT, FIXED(y, 1), FIXED(y, 1), LEFT - 6, FIXED(y + 4, 1),
            SHORT(value, 4));
}

static void marks(FILE *html, const struct axes *a)
{
    if (a->logarithmic) {
        const double decades = a->y1 - a->y0;
        const char *leads = decades > 3 ? "1" : decades > 1.2 ? "125" : "1234568";
        for (double power = floor(a->y0); power <= a->y1; power++)
            for (const char *lead = leads; *lead; lead++) {
                const double value = pow(10, power) * (*lead - '0');
                if (log10(value) >= a->y0 && log10(value) <= a->y1)
                    mark_y(html, a, value);
            }
    } else {
        const double distance = mark_distance(a->y1 - a->y0, 5);
        for (int i = 0; i <= 12 && a->y0 + i * distance <= a->y1 + distance / 2; i++)
            mark_y(html, a, fabs(a->y0 + i * distance) < distance / 2 ? 0 : a->y0 + i * distance);
    }
    const double distance = fmax(1, mark_distance(a->x1 - a->x0, 8));
    for (double x = ceil(a->x0 / distance) * distance; x <= a->x1; x += distance) {
        const char *at = FIXED(to_x(a, x), 1);
        fprintf(html,
                "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%d\" y2=\"%d\"/>"
                "<text x=\"%s\" y=\"%d\" text-anchor=\"middle\">%s</text>\n",
                at, at, TOP, HEIGHT - BOTTOM, at, HEIGHT - BOTTOM + 17, FIXED(x, 0));
    }
    fprintf(html, "<rect class=\"frame\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>\n", LEFT,
            TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
}

// Returns 0 when there is nothing to draw.
static int axes_of(const struct chart *chart, struct axes *a)
{
    *a = (struct axes){0, -1, DBL_MAX, -DBL_MAX, 0};
    for (size_t k = 0; k < chart->count; k++) {
        const struct series *s = chart->series[k];
        for (size_t i = 0; i < s->count; i++) {
            a->x1 = fmax(a->x1, s->points[i].step);
            a->y0 = fmin(a->y0, s->points[i].value);
            a->y1 = fmax(a->y1, s->points[i].value);
        }
    }
    if (a->x1 < 0)
        return 0;
    a->x1 = fmax(a->x1, 1);
    a->logarithmic = chart->logarithmic && a->y0 > 0;
    if (a->logarithmic) {
        a->y0 = log10(a->y0) - 0.02;
        a->y1 = log10(a->y1) + 0.02;
    } else {
        round_range(&a->y0, &a->y1);
    }
    return 1;
}

void report_chart(FILE *html, const struct chart *chart)
{
    struct axes a;
    if (!axes_of(chart, &a))
        return;
    fputs("<figure><figcaption><b>", html);
    html_text(html, chart->title);
    fputs("</b>", html);
    for (size_t k = 0; k < chart->count; k++) {
        const struct series *s = chart->series[k];
        if (s->count == 0)
            continue;
        fputs(" <span><i style=\"background:", html);
        color(html, k, chart->count);
        fputs("\"></i>", html);
        html_text(html, chart->labels[k]);
        fprintf(html, " <small>%s</small></span>", SHORT(s->points[s->count - 1].value, 4));
    }
    fprintf(html, "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\">\n", WIDTH, HEIGHT);
    marks(html, &a);
    for (size_t k = 0; k < chart->count; k++)
        curve(html, chart, &a, k);
    fputs("</svg></figure>\n", html);
}
