/*
 * What a crash means: where it was, what the address is, and what caused it.
 *
 * Facts that come from a run are the program's own words: everything is checked again.
 */
#ifndef NACRE_REPORT_CRASH_H
#define NACRE_REPORT_CRASH_H

#include "profile/profile.h"
#include "report/program.h"

/*
 * Complete run.crash with "disassembly", "instruction", "operand", "place", "source",
 * "address" (its classification), "address_kind" (a word for rules) and "frames".
 */
void crash_analyse(const struct program *p, json_t *run);

/*
 * Why a run failed, by rules, as "cause" of the run: {"rule", "summary", "steps": [...],
 * "evidence": [...], "advice": [...], "certainty": "shown"|"likely"|"unknown"}. Nothing is
 * added to a run that succeeded.
 */
void cause_find(const struct program *p, const struct profile *profile, json_t *run);

/* One mapping of /proc/PID/maps as crash records have it. False: not such a line. */
struct mapping {
	u64 start, end, offset;
	char perms[8];
	const char *name;
};
bool mapping_parse(const char *line, struct mapping *ret);
/* What to add to the program's own addresses to get those of the run. */
u64 load_bias(const struct program *p, const json_t *crash);
/* Bytes of a crash record's "code_bytes" and the like; false: none at addr. */
bool record_bytes_at(const json_t *record, u64 addr, u8 *out, size_t len);

#endif
