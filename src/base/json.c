#include "base/json.h"

#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/text.h"

json_t *json_rounded(double value)
{
    // 0.0 is added because -0 would be one of the roundings.
    return isfinite(value) ? json_real(round(value * 10000) / 10000 + 0.0) : json_null();
}

json_t *json_rounded_array(const double *values, size_t count)
{
    json_t *array = json_array();
    int failed = 0;
    for (size_t i = 0; i < count; i++)
        failed |= json_array_append_new(array, json_rounded(values[i]));
    return json_unless(failed, array);
}

json_t *json_text(const char *text)
{
    char *clean = text_utf8(text);
    json_t *json = clean ? json_string(clean) : NULL;
    free(clean);
    return json;
}

json_t *json_text_or_null(const char *text)
{
    return text ? json_text(text) : json_null();
}

json_t *json_hex(const uint8_t rgb[3])
{
    char hex[8];
    number_hex(rgb, hex);
    return json_string(hex);
}

json_t *json_unless(int failed, json_t *json)
{
    if (!failed)
        return json;
    json_decref(json);
    return NULL;
}

char *json_line(const json_t *json)
{
    return json ? json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(8))
                : NULL;
}
