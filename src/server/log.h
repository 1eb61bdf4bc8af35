// Lines of JSON on standard error. They never hold anything of a photo, its name neither.
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

#include "exchange.h"

// {"time", "event", "message"}.
void log_event(const char *event, const char *message);
// What became of a request.
void log_exchange(const struct exchange *exchange, double now);

#endif
