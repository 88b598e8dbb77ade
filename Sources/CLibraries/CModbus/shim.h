// libmodbus (LGPL-2.1), Debian package libmodbus-dev.
#ifndef SITEWATCH_CMODBUS_SHIM_H
#define SITEWATCH_CMODBUS_SHIM_H

#include <errno.h>
#include <modbus.h>

// The error macros compute from an enumeration constant, which Swift does not import.
static inline int sitewatch_embbadcrc(void) { return EMBBADCRC; }
static inline int sitewatch_embbaddata(void) { return EMBBADDATA; }
static inline int sitewatch_embbadexc(void) { return EMBBADEXC; }
static inline int sitewatch_embmdata(void) { return EMBMDATA; }
static inline int sitewatch_embbadslave(void) { return EMBBADSLAVE; }
static inline int sitewatch_emb_exception_base(void) { return MODBUS_ENOBASE; }

#endif
