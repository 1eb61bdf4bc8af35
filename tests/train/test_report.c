// Tests the log of a run, also when it is cut off and continued, and the run's page, whose curves
// are measured.
#include "train/report.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/folder.h"
#include "comma_locale.h"
#include "folder.h"
#include "test.h"
#include "train/report_log.h"

static swatch_error error;

static struct report_log parse(const char *text)
{
    struct report_log log;
    // The block has exactly this size, so an overrun shows.
    const size_t size = strlen(text);
    char *exact = malloc(size);
    if (!exact)
        abort();
    memcpy(exact, text, size);
    CHECK(report_log_parse(exact, size, &log, &error) == 0);
    free(exact);
    return log;
}

static char *read_text(const char *path)
{
    char *text = NULL;
    size_t size;
    CHECK(file_read(path, 1 << 20, &text, &size, &error) == 0);
    return text ? text : strdup("");
}

static int append(const char *log, uint64_t step, const char *name, double value)
{
    const swatch_training_value named = {name, value};
    return report_append(log, step, &named, 1, &error);
}

static void test_lines(void)
{
    const char *log = test_path("lines.jsonl");
    const swatch_training_value values[] = {
        {"loss_pixel", 0.25}, {"rate", 1e-6}, {"lost", NAN}, {"endless", INFINITY}};
    CHECK(report_append(log, 7, values, 4, &error) == 0);
    CHECK(append(log, 9, "loss_pixel", 0.5) == 0);
    char *text = read_text(log);
    CHECK_STRING(text, "{\"step\":7,\"loss_pixel\":0.25,\"rate\":1e-6}\n"
                       "{\"step\":9,\"loss_pixel\":0.5}\n");
    free(text);

    // If a run was killed in the middle of a line and continued, only that line is lost.
    test_file("lines.jsonl", "{\"step\":7,\"a\":1}\n{\"step\":8,\"a\":0.", 32);
    CHECK(append(log, 9, "a", 3) == 0);
    text = read_text(log);
    struct report_log parsed = parse(text);
    const struct series *a = report_log_find(&parsed, "a");
    CHECK(parsed.unreadable == 1 && a && a->count == 2);
    CHECK(a && a->points[0].step == 7 && a->points[1].step == 9 && a->points[1].value == 3);
    report_log_free(&parsed);
    free(text);

    CHECK(append(test_path("no-folder/log.jsonl"), 1, "a", 1) == SWATCH_FAILED);
    CHECK(strstr(error.message, "no-folder/log.jsonl: cannot be opened"));
    CHECK(append("/dev/full", 1, "a", 1) == SWATCH_FAILED);
    CHECK(strstr(error.message, "/dev/full: cannot be written"));
}

static void test_parse(void)
{
    // A run that is continued from step 20 makes step 30 again. Another series has its own steps.
    struct report_log log = parse("{\"step\":10,\"a\":1,\"b\":1}\n{\"step\":20,\"a\":2}\n"
                                  "{\"step\":30,\"a\":3}\n{\"step\":40,\"a\":4}\n"
                                  "{\"step\":30,\"a\":5}");
    const struct series *a = report_log_find(&log, "a"), *b = report_log_find(&log, "b");
    CHECK(log.count == 2 && a && b && a->count == 3 && b->count == 1);
    CHECK(a && a->points[1].value == 2 && a->points[2].step == 30 && a->points[2].value == 5);
    CHECK(!report_log_find(&log, "c") && !report_log_find(&log, "step"));
    report_log_free(&log);

    log = parse(
        "\n\nnonsense\n[1]\n{\"a\":1}\n{\"step\":-1,\"a\":1}\n{\"step\":\"1\",\"a\":1}\n"
        "{\"step\":1,\"a\":\"x\",\"b\":null,\"c\":1e300,\"d\":[2]}\n{\"step\":1,\"a\":1e999}");
    CHECK(log.unreadable == 6 && log.count == 0);
    report_log_free(&log);
    log = parse("");
    CHECK(log.count == 0 && log.unreadable == 0);
    report_log_free(&log);
}

// Reads up to `room` marks of the y axis: number and height. Returns how many there are.
static size_t y_marks(const char *svg, double (*marks)[2], size_t room)
{
    const char *end = strstr(svg, "</svg>");
    size_t count = 0;
    for (const char *at = svg; (at = strstr(at, "text-anchor=\"end\">")) && at < end; at++) {
        double height = 0;
        const char *line = at;
        while (strncmp(line, "<line", 5) != 0)
            line--;
        const char *y = strstr(line, "y1=\"");
        height = y ? strtod(y + 4, NULL) : 0;
        if (count < room) {
            marks[count][0] = strtod(at + 18, NULL);
            marks[count++][1] = height;
        }
    }
    return count;
}

static void test_page(void)
{
    const char *run = test_path("a<b>&\"c\xff"); // the last byte is no UTF-8
    char log[600], page_path[600], sample[600];
    snprintf(log, sizeof log, "%s/log.jsonl", run);
    snprintf(page_path, sizeof page_path, "%s/index.html", run);
    snprintf(sample, sizeof sample, "%s/samples", run);
    CHECK(folder_make(sample, &error) == 0);
    const char *names[] = {"00000005.png", "00000100.png", ".00000200.png.0123", "notes.txt"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(sample, sizeof sample, "%s/samples/%s", run, names[i]);
        fclose(fopen(sample, "wb"));
    }
    const char *recipe = "{\"generator\":\"<i>u&net\",\"rate\":0.0002,\"flip\":true,\"steps\":400,"
                         "\"rotation\":12.5,\"scale\":[0.5,1.25],\"split\":null}";

    // Without a log.
    CHECK(report_write(run, recipe, "mean_iou", &error) == 0);
    char *page = read_text(page_path);
    CHECK(strstr(page, "No step has been taken yet") && !strstr(page, "<svg"));
    free(page);

    for (uint64_t step = 0; step <= 200; step += 100) {
        CHECK(append(log, step, "mean_iou", 0.25 + (double)step / 400) == 0);
        CHECK(append(log, step, "iou_T-shirt<", 0.5) == 0); // a curve that is flat
        CHECK(append(log, step, "loss_pixel", 100 / (1. + (double)step)) == 0);
    }
    CHECK(append(log, 300, "mean_iou", 0.625) == 0);
    test_comma_locale();
    CHECK(report_write(run, recipe, "mean_iou", &error) == 0);
    CHECK(append(log, 300, "loss_pixel", 0.125) == 0);
    setlocale(LC_ALL, "C");
    page = read_text(page_path);
    CHECK(strstr(page, "<title>Training run a&lt;b&gt;&amp;&quot;c\xef\xbf\xbd</title>"));
    CHECK(strstr(page, "<b>generator</b> &lt;i&gt;u&amp;net</li>") && !strstr(page, "<i>u"));
    CHECK(strstr(page, "<b>rate</b> 0.0002<") && strstr(page, "<b>flip</b> yes<"));
    CHECK(strstr(page, "<b>rotation</b> 12.5<") && strstr(page, "<b>scale</b> 0.5 to 1.25<"));
    CHECK(!strstr(page, "<b>split</b>"));
    CHECK(strstr(page, "Step 200 of 400."));
    CHECK(strstr(page, "Best mean iou on validation photos: <b>0.7500</b> at step 200."));
    CHECK(strstr(page, "It started from 0.2500."));
    CHECK(strstr(page, "T-shirt&lt; <small>0.5<"));
    CHECK(!strstr(page, "<script") && !strstr(page, "http") && !strstr(page, "nan"));

    // The newest sample is first and open. Hidden files and files that are no PNG are left out.
    const char *newest = strstr(page, "<details open><summary>Step 100<");
    const char *oldest = strstr(page, "<details><summary>Step 5<");
    CHECK(newest && oldest && newest < oldest && strstr(page, "src=\"samples/00000005.png\""));
    CHECK(!strstr(page, "Step 200<") && !strstr(page, "notes"));

    // Each point of mean IoU lies at its value by the marks.
    const char *figure = strstr(page, "<b>Validation</b>"), *circle = figure;
    double marks[16][2], want[] = {0.25, 0.5, 0.75, 0.625};
    const size_t count = figure ? y_marks(figure, marks, 16) : 0;
    CHECK(count >= 3 && marks[0][1] == 270 && marks[count - 1][1] == 8); // the frame's ends
    for (size_t i = 0; i < 4 && count >= 2 && circle; i++) {
        circle = strstr(circle + 1, "<circle");
        const double x = circle ? strtod(strstr(circle, "cx=\"") + 4, NULL) : -1;
        const double y = circle ? strtod(strstr(circle, "cy=\"") + 4, NULL) : -1;
        const double *low = marks[0], *high = marks[count - 1];
        CHECK_NEAR(low[0] + (y - low[1]) / (high[1] - low[1]) * (high[0] - low[0]), want[i], 1e-3);
        CHECK_NEAR(x, 56 + 832 * (double)i / 3, 0.06); // the frame spans 56 .. 888
    }
    // On the logarithmic axis a decade is as high as any other.
    figure = strstr(page, "<b>Losses</b>");
    double one = 0, ten = 0, hundred = 0;
    const size_t losses = figure ? y_marks(figure, marks, 16) : 0;
    for (size_t i = 0; i < losses; i++) {
        one = marks[i][0] == 1 ? marks[i][1] : one;
        ten = marks[i][0] == 10 ? marks[i][1] : ten;
        hundred = marks[i][0] == 100 ? marks[i][1] : hundred;
    }
    CHECK(one > ten && ten > hundred && hundred > 0);
    CHECK_NEAR(one - ten, ten - hundred, 0.11); // written with one decimal
    free(page);

    // A folder that is missing and options that are none are errors. Nothing is left behind.
    const int before = test_names(run);
    CHECK(report_write(run, "[]", NULL, &error) == SWATCH_FAILED);
    CHECK(report_write(test_path("none"), recipe, NULL, &error) == SWATCH_FAILED);
    CHECK(strstr(error.message, "none/index.html"));
    CHECK(test_names(run) == before && before == 3);
}

// A long run makes a small page; values of any size make finite drawings.
static void test_extremes(void)
{
    const char *run = test_path("long");
    char log[600], page_path[600];
    snprintf(log, sizeof log, "%s/log.jsonl", run);
    snprintf(page_path, sizeof page_path, "%s/index.html", run);
    CHECK(folder_make(run, &error) == 0);
    FILE *file = fopen(log, "wb");
    for (int step = 1; file && step <= 20000; step++)
        fprintf(file, "{\"step\":%d,\"loss_a\":%g,\"loss_b\":%g,\"rate\":%s,\"mean_iou\":0}\n",
                step, 1. / step, step % 7 ? 1e90 : 1e-90, step % 2 ? "-9.9e99" : "9.9e99");
    for (int i = 0; file && i < 200; i++) // more classes than any chart takes
        fprintf(file, "{\"step\":9223372036854775807,\"iou_%d\":1e-300}\n", i);
    CHECK(file && fclose(file) == 0);
    CHECK(report_write(run, "{}", "mean_iou", &error) == 0);
    char *page = read_text(page_path);
    CHECK(strlen(page) > 1000 && strlen(page) < 200000);
    CHECK(!strstr(page, "nan") && !strstr(page, "inf"));
    free(page);
}

int main(void)
{
    test_folder_make();
    test_lines();
    test_parse();
    test_page();
    test_extremes();
    test_folder_remove();
    return test_end();
}
