#include "out/word.h"

#include <stdio.h>

#include "color/hair.h"
#include "color/list.h"
#include "color/shop.h"
#include "color/skin.h"

static struct rgb rgb_of(const swatch_color *c)
{
    return (struct rgb){c->rgb[0], c->rgb[1], c->rgb[2]};
}

const char *word_of_color(const swatch_result *r, size_t region, const swatch_color *c)
{
    if (region == SWATCH_SKIN)
        return "";
    if (region == SWATCH_HAIR)
        return hair_word(rgb_of(c), r->hair.reason ? NULL : r->hair.name);
    return r->telling.names ? list_name(r->telling.names, rgb_of(c)) : shop_name(rgb_of(c));
}

const char *word_of_skin(const swatch_skin *s, char text[WORD_ROOM])
{
    const char *undertone = s->reason ? NULL : skin_undertone(rgb_of(&s->color));
    text[0] = 0;
    if (!s->reason)
        snprintf(text, WORD_ROOM, "Monk %d%s%s%s", s->monk, undertone ? ", " : "",
                 undertone ? undertone : "", undertone ? " undertone" : "");
    return text;
}
