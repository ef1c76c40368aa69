/*
 * Why a run failed: a list of rules, the first that fits is the cause.
 *
 * Each rule looks at the calls before the end, the crash and the program's code, and says no
 * more than they show: what is only likely is called that. See crash.h.
 */
#include <Zydis/Zydis.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/calls.h"
#include "report/crash.h"

#define WINDOW 400u /* calls before the end that are looked at */

struct finding {
	const struct program *p;
	const struct profile *profile;
	json_t *run, *crash;
	json_t *calls; /* of the process that crashed, the last ones */
	json_t *cause;
};

static void say(struct finding *f, const char *list, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct finding *f, const char *list, const char *fmt, ...)
{
	json_t *lines = json_object_get(f->cause, list);
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) >= 0) {
		if (lines == NULL)
			fact_put_text(f->cause, list, text);
		else
			fact_add(lines, fact_text(text));
		free(text);
	}
	va_end(ap);
}

static void begin(struct finding *f, const char *rule, const char *certainty)
{
	f->cause = fact_object();
	fact_put_text(f->cause, "rule", rule);
	fact_put_text(f->cause, "certainty", certainty);
	fact_put(f->cause, "steps", fact_list());
	fact_put(f->cause, "evidence", fact_list());
	fact_put(f->cause, "advice", fact_list());
}

static const char *platform(const struct finding *f)
{
	return f->profile == NULL ? "the platform" : f->profile->title;
}

/* The last call by that name whose arguments begin so and that failed, and was not repeated
 * with success. */
static const json_t *refused_call(const struct finding *f, const char *name, const char *args)
{
	const json_t *found = NULL;
	size_t i;
	json_t *call;

	json_array_foreach(f->calls, i, call) {
		if (strcmp(fact_string(call, "name"), name) != 0 ||
		    strncmp(fact_string(call, "args"), args, strlen(args)) != 0)
			continue;
		found = fact_string(call, "error")[0] != 0 ? call : NULL;
	}
	return found;
}

/* --- the base of thread-local storage --- */

/*
 * Is there an instruction before the crash, in its function, that reads by that segment? The
 * function's start is its symbol's, or where the code before it looks like an end.
 */
static bool segment_read_before(const struct finding *f, ZydisRegister segment, json_t **ret_text)
{
	u64 ip = fact_number(f->crash, "regs.rip") - load_bias(f->p, f->crash), start, addr;
	json_t *symbol = elf_symbol(f->p, ip);
	const char *plus = symbol == NULL ? NULL : strrchr(json_string_value(symbol), '+');
	const u8 *code;
	ZydisDecoder decoder;
	size_t len;

	start = plus != NULL ? ip - strtoull(plus + 1, NULL, 16) : ip - MIN(ip, 64ull);
	json_decref(symbol);
	code = program_bytes(f->p, start, &len);
	*ret_text = NULL;
	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	for (addr = start; code != NULL && addr < ip && len > 0;) {
		ZydisDecodedInstruction in;
		ZydisDecodedOperand op[ZYDIS_MAX_OPERAND_COUNT];

		if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, code, len, &in, op))) {
			in.length = 1;
			in.operand_count = 0;
		}
		for (u32 i = 0; i < in.operand_count; i++)
			if (op[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
			    op[i].mem.segment == segment) {
				json_t *list = code_disassemble(code, len, addr, 1);

				json_decref(*ret_text);
				*ret_text = fact_format(
					"0x%llx: %s", (unsigned long long)addr,
					fact_string(json_array_get(list, 0), "text"));
				json_decref(list);
			}
		addr += in.length;
		code += in.length;
		len -= in.length;
	}
	return *ret_text != NULL;
}

static void base_evidence(struct finding *f, const json_t *call, const char *segment)
{
	char key[24];

	snprintf(key, sizeof(key), "regs.%s_base", segment);
	say(f, "evidence", "`%s`", fact_string(call, "text"));
	say(f, "evidence", "%s base at the fault: `%s`", segment, fact_string(f->crash, key));
	say(f, "evidence", "`%s {si_addr=%s}` at `%s`: `%s`", fact_string(f->crash, "signal"),
	    fact_string(f->crash, "addr"), fact_string(f->crash, "place"),
	    fact_string(f->crash, "instruction"));
	snprintf(key, sizeof(key), "tls.%s.accesses", segment);
	if (fact_number(f->p->facts, key) != 0)
		say(f, "evidence", "the code uses %%%s %llu times", segment,
		    (unsigned long long)fact_number(f->p->facts, key));
}

/* arch_prctl(ARCH_SET_x) refused, the refusal ignored, then a fault by way of that base. */
static bool rule_segment_base(struct finding *f, const char *code, const char *segment,
			      ZydisRegister reg)
{
	const json_t *call = refused_call(f, "arch_prctl", code);
	const char *error = fact_string(call, "error");
	const char *used = fact_string(f->crash, "operand.segment");
	json_t *read = NULL;
	bool direct, through;
	char key[24];

	if (call == NULL || f->crash == NULL)
		return false;
	snprintf(key, sizeof(key), "regs.%s_base", segment);
	direct = strcmp(used, segment) == 0;
	through = !direct && segment_read_before(f, reg, &read);
	begin(f, "segment-base", direct || through ? "shown" : "likely");
	say(f, "summary",
	    "`arch_prctl(%s)` is refused with %s, the program ignores that, and %s%%%s, whose base "
	    "is not the one it asked for.",
	    code, error,
	    direct  ? "then accesses memory by " :
	    through ? "then uses a pointer that it has read by " :
		      "its thread-local storage goes by ",
	    segment);
	say(f, "steps", "The program asks for its thread-local storage: `%s`.",
	    fact_string(call, "text"));
	say(f, "steps", "%s answers %s: the %s base stays `%s`.", platform(f), error, segment,
	    fact_string(f->crash, key));
	say(f, "steps", "The program does not look at the result and goes on.");
	if (through)
		say(f, "steps", "`%s` reads a pointer from the wrong base.",
		    json_string_value(read));
	if (strcmp(fact_string(f->crash, "address_kind"), "anchor") == 0)
		say(f, "steps", "What should have been mapped was not: the address is %s.",
		    fact_string(f->crash, "address"));
	say(f, "steps", "`%s` %s `%s`: %s.", fact_string(f->crash, "instruction"),
	    fact_true(f->crash, "operand.write") ? "writes to" : "accesses",
	    fact_string(f->crash, "addr"), fact_string(f->crash, "signal"));
	base_evidence(f, call, segment);
	if (through)
		say(f, "evidence", "read before it: `%s`", json_string_value(read));
	if (strcmp(segment, "gs") == 0)
		say(f, "advice",
		    "Build the program so that it keeps its thread-local storage at FS "
		    "(ARCH_SET_FS), which %s serves.",
		    platform(f));
	say(f, "advice",
	    "Look at the result of `arch_prctl` and stop with a message when it fails.");
	json_decref(read);
	return true;
}

static bool rule_gs(struct finding *f)
{
	return rule_segment_base(f, "ARCH_SET_GS", "gs", ZYDIS_REGISTER_GS);
}

static bool rule_fs(struct finding *f)
{
	return rule_segment_base(f, "ARCH_SET_FS", "fs", ZYDIS_REGISTER_FS);
}

/* --- memory that was asked for and not given --- */

/* mmap(A, len) refused, and the fault lies in that range. */
static bool rule_mapping(struct finding *f)
{
	u64 addr = fact_number(f->crash, "addr");
	size_t i;
	json_t *call;

	if (f->crash == NULL)
		return false;
	json_array_foreach(f->calls, i, call) {
		const char *args = fact_string(call, "args"), *comma = strchr(args, ',');
		u64 start = strtoull(args, NULL, 0);
		u64 len = comma == NULL ? 0 : strtoull(comma + 1, NULL, 0);

		if (fact_string(call, "error")[0] == 0 || len == 0 || start == 0 ||
		    (strcmp(fact_string(call, "name"), "mmap") != 0 &&
		     strcmp(fact_string(call, "name"), "mprotect") != 0) ||
		    addr < start || addr - start >= len)
			continue;
		begin(f, "mapping", "shown");
		say(f, "summary", "`%s` is refused, the program ignores that and uses the memory.",
		    fact_string(call, "name"));
		say(f, "steps", "The program asks for memory: `%s`.", fact_string(call, "text"));
		say(f, "steps", "It accesses `%s`, which lies in that range.",
		    fact_string(f->crash, "addr"));
		say(f, "evidence", "`%s`", fact_string(call, "text"));
		say(f, "advice", "Look at the result of `%s`.", fact_string(call, "name"));
		return true;
	}
	return false;
}

/* The last failed call whose result was taken for an address: null, or -errno. */
static bool rule_result_as_pointer(struct finding *f)
{
	const char *kind = fact_string(f->crash, "address_kind");
	const json_t *found = NULL;
	size_t i;
	json_t *call;

	if (strcmp(kind, "errno") != 0)
		return false;
	json_array_foreach(f->calls, i, call)
		if (fact_string(call, "error")[0] != 0)
			found = call;
	if (found == NULL)
		return false;
	begin(f, "result-as-pointer", "likely");
	say(f, "summary", "`%s` fails with %s, and the result is used as an address.",
	    fact_string(found, "name"), fact_string(found, "error"));
	say(f, "steps", "`%s`", fact_string(found, "text"));
	say(f, "steps", "The program accesses `%s`: %s.", fact_string(f->crash, "addr"),
	    fact_string(f->crash, "address"));
	say(f, "evidence", "`%s`", fact_string(found, "text"));
	say(f, "advice", "Look at the result of `%s`.", fact_string(found, "name"));
	return true;
}

/* --- crashes that explain themselves --- */

static bool rule_stack(struct finding *f)
{
	if (strcmp(fact_string(f->crash, "address_kind"), "guard") != 0)
		return false;
	begin(f, "stack", "shown");
	say(f, "summary", "The stack has run over: the access is %s.",
	    fact_string(f->crash, "address"));
	say(f, "evidence", "rsp `%s`, address `%s`", fact_string(f->crash, "regs.rsp"),
	    fact_string(f->crash, "addr"));
	say(f, "advice", "Look for recursion without end, or raise the limit (ulimit -s).");
	return true;
}

static bool rule_illegal(struct finding *f)
{
	if (strcmp(fact_string(f->crash, "signal"), "SIGILL") != 0)
		return false;
	begin(f, "illegal-instruction", "shown");
	say(f, "summary", "The processor does not know `%s` (%s).",
	    fact_string(f->crash, "instruction"), fact_string(f->crash, "isa"));
	say(f, "evidence", "SIGILL at `%s`", fact_string(f->crash, "place"));
	say(f, "advice", "Build for an older instruction set (-march=x86-64).");
	return true;
}

static bool rule_abort(struct finding *f)
{
	if (strcmp(fact_string(f->crash, "signal"), "SIGABRT") != 0)
		return false;
	begin(f, "abort", "shown");
	say(f, "summary", "The program ended itself (abort); its last words are in the output.");
	say(f, "evidence", "SIGABRT at `%s`", fact_string(f->crash, "place"));
	return true;
}

/* --- calls that the platform refuses --- */

static void refused_names(struct finding *f, const char *list)
{
	size_t i;
	json_t *row;

	json_array_foreach(fact_get(f->run, "refused"), i, row)
		say(f, list, "`%s` is refused with %s", fact_string(row, "name"),
		    fact_string(row, "error"));
}

/* Is it in the list of what the platform refuses? */
static bool is_refused(const struct finding *f, const json_t *call)
{
	size_t i;
	json_t *row;

	json_array_foreach(fact_get(f->run, "refused"), i, row)
		if (strcmp(fact_string(row, "name"), fact_string(call, "name")) == 0 &&
		    strcmp(fact_string(row, "error"), fact_string(call, "error")) == 0)
			return true;
	return false;
}

/* C libraries and runtimes try these and do without: a refusal explains nothing. */
static bool is_optional(const char *name)
{
	static const char *const names[] = {
		"rseq",	   "set_robust_list", "clone3",	    "openat2",	       "statx",
		"faccessat2", "membarrier",   "close_range", "copy_file_range", "sendfile",
		"io_uring_setup", "landlock_create_ruleset", "prctl", "ioctl",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool rule_refused(struct finding *f)
{
	const json_t *last = NULL;
	size_t i;
	json_t *call;

	json_array_foreach(f->calls, i, call)
		if (is_refused(f, call) && !is_optional(fact_string(call, "name")))
			last = call;
	if (last == NULL)
		return false;
	begin(f, "refused-call", "likely");
	say(f, "summary", "%s refuses `%s` with %s, the last refusal before the %s.", platform(f),
	    fact_string(last, "name"), fact_string(last, "error"),
	    f->crash != NULL ? "crash" : "program gives up");
	say(f, "steps", "`%s`", fact_string(last, "text"));
	if (f->crash != NULL)
		say(f, "steps", "%s at `%s`, address `%s`: %s.", fact_string(f->crash, "signal"),
		    fact_string(f->crash, "place"), fact_string(f->crash, "addr"),
		    fact_string(f->crash, "address"));
	else
		say(f, "steps", "The program ends with status %llu.",
		    (unsigned long long)fact_number(f->run, "status"));
	refused_names(f, "evidence");
	if (strncmp(fact_string(last, "args"), "ARCH_SET_GS", 11) == 0)
		say(f, "advice",
		    "Build the program so that it keeps its thread-local storage at FS "
		    "(ARCH_SET_FS).");
	say(f, "advice", "Run it where `%s` is served, or let it do without.",
	    fact_string(last, "name"));
	return true;
}

static bool rule_timeout(struct finding *f)
{
	if (!fact_true(f->run, "timeout"))
		return false;
	begin(f, "timeout", "shown");
	say(f, "summary", "The program did not end in time.");
	if (json_array_size(f->calls) != 0)
		say(f, "evidence", "last call: `%s`",
		    fact_string(json_array_get(f->calls, json_array_size(f->calls) - 1), "text"));
	say(f, "advice", "Give it more time with --timeout if it is not stuck.");
	return true;
}

static bool rule_null(struct finding *f)
{
	if (f->crash == NULL)
		return false;
	begin(f, "crash", "unknown");
	say(f, "summary", "%s at `%s`, address `%s`: %s. No refused call explains it.",
	    fact_string(f->crash, "signal"), fact_string(f->crash, "place"),
	    fact_string(f->crash, "addr"), fact_string(f->crash, "address"));
	say(f, "evidence", "`%s`", fact_string(f->crash, "instruction"));
	return true;
}

static bool rule_status(struct finding *f)
{
	u64 status = fact_number(f->run, "status");

	begin(f, "status", "unknown");
	say(f, "summary", "%s",
	    status == 126 ? "The program cannot be run." :
	    status == 127 ? "The program was not found." :
			    "The program says itself that it failed.");
	say(f, "evidence", "exit status %llu", (unsigned long long)status);
	return true;
}

void cause_find(const struct program *p, const struct profile *profile, json_t *run)
{
	static bool (*const rules[])(struct finding *) = {
		rule_timeout, rule_gs,	    rule_fs,	rule_mapping, rule_result_as_pointer,
		rule_illegal, rule_stack,   rule_abort, rule_refused, rule_null,
		rule_status,
	};
	struct finding f = { p, profile, run, json_object_get(run, "crash"), NULL, NULL };

	if (fact_number(run, "status") == 0)
		return;
	f.calls = calls_of(fact_get(run, "calls"), fact_number(f.crash, "pid"), WINDOW);
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (rules[i](&f))
			break;
	fact_put(run, "cause", f.cause);
	json_decref(f.calls);
}
