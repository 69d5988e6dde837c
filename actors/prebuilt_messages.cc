#include "caf_dgram/actors/prebuilt_messages.h"

CAF_DGRAM_PREBUILT_MESSAGES(template)
