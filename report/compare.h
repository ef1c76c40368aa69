/*
 * Comparing two programs, two traces, or one program under two profiles.
 *
 * The facts of a comparison are {"names": [a, b], "rows": [{"aspect", "a", "b", "same"}],
 * "only": {"a": [call name...], "b": [...]}, "diverges": calls_diverge(), "different": bool}.
 */
#ifndef NACRE_REPORT_COMPARE_H
#define NACRE_REPORT_COMPARE_H

#include "report/doc.h"

/* a and b are facts of inspect; verified: those of verify for each, or NULL. */
json_t *compare_programs(const json_t *a, const json_t *b, const json_t *verified_a,
			 const json_t *verified_b);
/* Two traces as calls_read() gives them. */
json_t *compare_traces(const char *name_a, const json_t *a, const char *name_b, const json_t *b);
/* The last two profiles of one verification. */
json_t *compare_profiles(const json_t *verified);

void compare_document(struct doc *d, const json_t *facts);

#endif
