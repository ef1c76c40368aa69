/* The structures of structs.def by number. Internal to trace/. */
#ifndef NACRE_TRACE_STRUCT_H
#define NACRE_TRACE_STRUCT_H

#include "trace/print.h"

enum struct_id {
#define STRUCT(id, type) STRUCT_##id,
#define FIELD(type, member, style, detail)
#define DETAIL(type, member, style, detail)
#include "trace/structs.def"
	STRUCT_COUNT,
};

/* data: at least the structure's size. */
void print_struct_data(struct print *p, enum struct_id id, const void *data);

#endif
