/* Sections of a report that come from a program's facts; inspect and verify share them. */
#ifndef NACRE_REPORT_SECTIONS_H
#define NACRE_REPORT_SECTIONS_H

#include "report/doc.h"

/* Each adds a heading of level 2 and what is known; nothing known: the heading is not shown. */
void section_binary(struct doc *d, const json_t *facts);
void section_versions(struct doc *d, const json_t *facts);
void section_linking(struct doc *d, const json_t *facts);
void section_properties(struct doc *d, const json_t *facts);
void section_tls(struct doc *d, const json_t *facts);
void section_calls(struct doc *d, const json_t *facts);
void section_build(struct doc *d, const json_t *facts);
void section_resources(struct doc *d, const json_t *facts);
void section_elf(struct doc *d, const json_t *facts);
void section_ape(struct doc *d, const json_t *facts);
void section_licences(struct doc *d, const json_t *facts);
void section_hazards(struct doc *d, const json_t *facts);

/* "ELF 64-bit LSB executable, x86-64, statically linked, stripped"; the caller's. */
json_t *type_line(const json_t *facts);
/* "ARCH_SET_FS": how the program sets the base of its thread-local storage. */
const char *tls_mechanism(const json_t *facts);
/* Instructions, one a line; at: marked with "=>", 0 none. The caller frees it. */
char *code_text(const json_t *list, u64 at);
/* The texts of a list with commas in between; more than max: "and N more". Caller frees. */
char *list_text(const json_t *list, size_t max);

/* All of them under the title of an inspection. */
void inspect_document(struct doc *d, const json_t *facts);

#endif
