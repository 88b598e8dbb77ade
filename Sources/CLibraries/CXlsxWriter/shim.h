// libxlsxwriter (BSD-2-Clause), Debian package libxlsxwriter-dev.
#ifndef SITEWATCH_CXLSXWRITER_SHIM_H
#define SITEWATCH_CXLSXWRITER_SHIM_H

#include <xlsxwriter.h>

#endif
