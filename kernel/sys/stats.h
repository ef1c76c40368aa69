/* Counting calls, for the closing line, --stats and the log of unknown calls. */
#ifndef NACRE_KERNEL_SYS_STATS_H
#define NACRE_KERNEL_SYS_STATS_H

#include "lib/types.h"

MUST_USE int stats_init(void);
void stats_enter(s64 nr);
void stats_exit(s64 nr, s64 result);
/* A call that nobody serves: logged by name the first time. */
void stats_unknown(s64 nr);
/* One line per unknown call with how often it came; when the sandbox ends. */
void stats_report_unknown(void);

#endif
