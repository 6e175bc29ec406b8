#include "CSimdJSON.h"
#include <simdjson.h>
const char *sio_json_implementation(void) { return "simdjson"; }
