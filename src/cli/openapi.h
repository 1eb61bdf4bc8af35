// A description of the service for programs, made from the tables of options.
#ifndef CLI_OPENAPI_H
#define CLI_OPENAPI_H

// OpenAPI 3.1 as JSON, to be freed; NULL without memory. After request_options_make.
char *openapi_text(void);

#endif
