// A C face on simdjson's DOM parser.
#pragma once
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
const char *sio_json_implementation(void);
#ifdef __cplusplus
}
#endif
