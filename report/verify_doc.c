/* The report of a verification, in the order and words of the reports it takes after. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "report/calls.h"
#include "report/sections.h"
#include "report/verify.h"

#define TRACE_SHOWN 16u
#define START_SHOWN 12u
#define OUTPUT_SHOWN 2000u

static const char *mark(const char *verdict)
{
	return strcmp(verdict, "works") == 0 ? "\xe2\x9c\x85" :
	       strcmp(verdict, "fails") == 0 ? "\xe2\x9d\x8c" :
					       "\xe2\x9a\xa0\xef\xb8\x8f";
}

static const char *verdict_words(const char *verdict)
{
	return strcmp(verdict, "works") == 0 ? "works" :
	       strcmp(verdict, "fails") == 0 ? "fails" :
					       "works with differences";
}

/* The profile whose failure the report explains: the first asked for that fails, or NULL. */
static const json_t *failing(const json_t *facts)
{
	size_t i;
	json_t *row;

	json_array_foreach(fact_get(facts, "profiles"), i, row)
		if (strcmp(fact_string(row, "verdict"), "fails") == 0 && fact_true(row, "asked"))
			return row;
	return NULL;
}

static const json_t *failed_run(const json_t *profile)
{
	size_t i;
	json_t *run;

	json_array_foreach(fact_get(profile, "runs"), i, run)
		if (!fact_true(run, "passed"))
			return run;
	return NULL;
}

static const json_t *first_run(const json_t *profile)
{
	return json_array_get(fact_get(profile, "runs"), 0);
}

static void section_summary(struct doc *d, const json_t *facts)
{
	const json_t *run = failed_run(failing(facts)), *crash = fact_get(run, "crash");
	size_t i;
	json_t *row;

	doc_heading(d, 2, "Executive summary");
	json_array_foreach(fact_get(facts, "profiles"), i, row) {
		const char *verdict = fact_string(row, "verdict");

		if (fact_true(row, "asked"))
			doc_text(d, "**Status**: %s %s under %s (`%s`)", mark(verdict),
				 verdict_words(verdict), fact_string(row, "title"),
				 fact_string(row, "name"));
	}
	if (crash != NULL)
		doc_text(d, "**Crash**: %s at address `%s`", fact_string(crash, "signal"),
			 fact_string(crash, "addr"));
	if (fact_get(run, "cause") != NULL)
		doc_text(d, "**Root cause**: %s", fact_string(run, "cause.summary"));
}

static void section_environment(struct doc *d, const json_t *facts)
{
	struct utsname host;
	size_t i, j;
	json_t *row, *line;

	doc_heading(d, 2, "Runtime environment");
	doc_fact(d, "Engine", "nacre " NACRE_VERSION ", which answers as the profile says", false);
	if (uname(&host) == 0) {
		json_t *text = fact_format("%s %s %s", host.sysname, host.release, host.machine);

		doc_fact(d, "Host", json_string_value(text), false);
		json_decref(text);
	}
	doc_fact(d, "Architecture", "64-bit (LONG_BIT=64, WORD_BIT=32)", false);
	json_array_foreach(fact_get(facts, "profiles"), i, row) {
		doc_heading(d, 3, "%s", fact_string(row, "title"));
		if (fact_string(row, "release")[0] != 0) {
			json_t *text = fact_format("Linux %s", fact_string(row, "release"));

			doc_fact(d, "Kernel", json_string_value(text), false);
			json_decref(text);
		}
		doc_fact(d, "Platform", "x86_64", false);
		doc_fact(d, "Known from", fact_string(row, "source"), false);
		json_array_foreach(fact_get(row, "facts"), j, line)
			doc_bullet(d, "%s", json_string_value(line));
	}
}

/* --- tests --- */

static void command_text(FILE *out, const json_t *run)
{
	size_t i;
	json_t *word;

	fputc('$', out);
	json_array_foreach(fact_get(run, "command"), i, word) {
		const char *text = json_string_value(word);
		bool plain = text[0] != 0 && strcspn(text, " '\"$`\\|&;<>()*?\n") == strlen(text);

		fprintf(out, plain ? " %s" : " '%s'", text);
	}
	fputc('\n', out);
}

static void run_shown(struct doc *d, const json_t *run)
{
	static const char *const streams[] = { "stdout", "stderr" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return;
	command_text(out, run);
	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		const char *s = fact_string(run, streams[i]);
		size_t len = strlen(s);

		if (len == 0)
			continue;
		json_t *part = fact_bytes(s, MIN(len, (size_t)OUTPUT_SHOWN));

		fprintf(out, "%s%s%s", json_string_value(part),
			len > OUTPUT_SHOWN ? "\n..." : "", s[len - 1] == '\n' ? "" : "\n");
		json_decref(part);
	}
	fclose(out);
	doc_code(d, "", text);
	free(text);
}

static void section_tests(struct doc *d, const json_t *facts)
{
	size_t i, j;
	json_t *profile, *run;

	doc_heading(d, 2, "Test results");
	json_array_foreach(fact_get(facts, "profiles"), i, profile) {
		doc_heading(d, 3, "%s %s", mark(fact_string(profile, "verdict")),
			    fact_string(profile, "title"));
		json_array_foreach(fact_get(profile, "runs"), j, run) {
			doc_text(d, "**%s**: %s%s%s", fact_string(run, "name"),
				 fact_true(run, "passed") ? "passed" : "failed: ",
				 fact_string(run, "why"),
				 fact_string(run, "differs")[0] != 0 ? ", not as under linux" : "");
			run_shown(d, run);
		}
	}
}

/* --- calls --- */

static char *calls_text(const json_t *list, const json_t *ends)
{
	char *text = NULL;
	size_t size = 0, i;
	FILE *out = open_memstream(&text, &size);
	json_t *call;

	if (out == NULL)
		return strdup("");
	json_array_foreach(list, i, call)
		fprintf(out, "%s\n", fact_string(call, "text"));
	json_array_foreach(ends, i, call)
		fprintf(out, "%s\n", json_string_value(call));
	fclose(out);
	return text;
}

/* The signal and the end, as traces show them, for those that do not. */
static json_t *ends_of(const json_t *run)
{
	const json_t *crash = fact_get(run, "crash");
	json_t *ends = fact_list();
	const char *name = fact_string(crash, "signal");

	if (json_array_size(fact_get(run, "calls.ends")) != 0) {
		json_decref(ends);
		return json_incref(fact_get(run, "calls.ends"));
	}
	if (crash == NULL)
		return ends;
	fact_add(ends, fact_format("--- %s {si_signo=%s, si_code=%s, si_addr=%s} ---", name, name,
				   strcmp(name, "SIGSEGV") != 0	     ? "?" :
				   fact_number(crash, "code") == 1   ? "SEGV_MAPERR" :
				   fact_number(crash, "code") == 2   ? "SEGV_ACCERR" :
				   fact_number(crash, "code") == 128 ? "SI_KERNEL" :
								       "?",
				   fact_string(crash, "addr")));
	fact_add(ends, fact_format("+++ killed by %s +++", name));
	return ends;
}

static void section_startup(struct doc *d, const json_t *facts)
{
	const json_t *profiles = fact_get(facts, "profiles");
	const json_t *profile = json_array_get(profiles, json_array_size(profiles) - 1);
	const json_t *run = first_run(profile), *calls = fact_get(run, "calls.first");
	size_t i;
	json_t *call;

	if (fact_get(run, "crash") != NULL)
		run = first_run(profile = json_array_get(profiles, 0));
	calls = fact_get(run, "calls.first");
	if (fact_get(run, "crash") != NULL || json_array_size(calls) == 0)
		return;
	doc_heading(d, 2, "Startup sequence");
	doc_text(d, "Under `%s` the program begins so:", fact_string(profile, "name"));
	json_array_foreach(calls, i, call) {
		if (i == START_SHOWN)
			break;
		doc_step(d, "`%s`", fact_string(call, "text"));
	}
	if (json_array_size(calls) > START_SHOWN)
		doc_step(d, "Normal work continues: %llu calls in all",
			 (unsigned long long)fact_number(run, "calls.total"));
}

/* --- the crash --- */

static void registers_shown(struct doc *d, const json_t *crash)
{
	static const char *const names[] = { "rax", "rbx", "rcx", "rdx", "rsi", "rdi",
					     "rbp", "rsp", "r8",  "r9",	 "r10", "r11",
					     "r12", "r13", "r14", "r15", "rip", "eflags" };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char key[24];

		snprintf(key, sizeof(key), "regs.%s", names[i]);
		fprintf(out, "%-6s %-18s%s", names[i], fact_string(crash, key),
			i % 3 == 2 ? "\n" : "  ");
	}
	fprintf(out, "fs     %-18s  gs     %s\n", fact_string(crash, "regs.fs_base"),
		fact_string(crash, "regs.gs_base"));
	fclose(out);
	doc_code(d, "", text);
	free(text);
}

static void crash_place(struct doc *d, const json_t *crash)
{
	size_t i;
	json_t *frame;
	char *text;

	doc_heading(d, 3, "Fault");
	doc_fact(d, "Signal", fact_string(crash, "signal"), false);
	doc_fact(d, "Address", fact_string(crash, "addr"), true);
	doc_fact(d, "The address is", fact_string(crash, "address"), false);
	doc_fact(d, "Instruction", fact_string(crash, "instruction"), true);
	doc_fact(d, "At", fact_string(crash, "place"), true);
	doc_fact(d, "Source", fact_string(crash, "source"), true);
	text = code_text(fact_get(crash, "disassembly"), fact_number(crash, "regs.rip"));
	doc_code(d, "asm", text);
	free(text);
	doc_heading(d, 3, "Registers");
	registers_shown(d, crash);
	doc_heading(d, 3, "Back-trace");
	json_array_foreach(fact_get(crash, "frames"), i, frame)
		doc_step(d, "`%s`", json_string_value(frame));
}

static void section_crash(struct doc *d, const json_t *facts)
{
	const json_t *run = failed_run(failing(facts)), *crash = fact_get(run, "crash");
	json_t *calls, *ends;
	char *text;
	size_t i;
	json_t *step;

	if (run == NULL)
		return;
	doc_heading(d, 2, crash != NULL ? "Crash analysis" : "Failure analysis");
	doc_heading(d, 3, "System call trace");
	calls = calls_of(fact_get(run, "calls"), fact_number(crash, "pid"), TRACE_SHOWN);
	ends = ends_of(run);
	text = calls_text(calls, ends);
	doc_code(d, "", text);
	free(text);
	json_decref(calls);
	json_decref(ends);
	doc_heading(d, 3, "Failure sequence");
	json_array_foreach(fact_get(run, "cause.steps"), i, step)
		doc_step(d, "%s", json_string_value(step));
	if (crash != NULL)
		crash_place(d, crash);
}

/* --- thread-local storage: what was asked for, and where that lies --- */

static const json_t *tls_call(const json_t *run)
{
	size_t i;
	json_t *call;

	json_array_foreach(fact_get(run, "calls.first"), i, call)
		if (strncmp(fact_string(call, "text"), "arch_prctl(ARCH_SET_", 20) == 0)
			return call;
	return NULL;
}

static const char *section_at(const json_t *program, u64 addr)
{
	size_t i;
	json_t *row;

	json_array_foreach(fact_get(program, "sections"), i, row) {
		u64 start = fact_number(row, "addr"), size = fact_number(row, "size");

		if (start != 0 && strchr(fact_string(row, "flags"), 'T') == NULL &&
		    addr >= start && addr - start < size)
			return fact_string(row, "name");
	}
	return "";
}

static void section_tls_analysis(struct doc *d, const json_t *facts)
{
	static const char *const names[] = { ".tdata", ".tbss", ".data", ".bss" };
	const json_t *program = fact_get(facts, "program"), *profile = failing(facts), *run, *call;
	size_t i, n;
	json_t *row;

	run = profile != NULL ? failed_run(profile) :
				first_run(json_array_get(fact_get(facts, "profiles"), 0));
	call = tls_call(run);
	doc_heading(d, 2, "TLS analysis");
	doc_fact(d, "Mechanism", tls_mechanism(program), false);
	if (call != NULL) {
		const char *comma = strchr(fact_string(call, "args"), ',');
		u64 target = comma == NULL ? 0 : strtoull(comma + 1, NULL, 0);
		const char *section = section_at(program, target);

		doc_fact(d, "Call", fact_string(call, "text"), true);
		doc_text(d, "Register target: `0x%llx` (%llu decimal)%s%s",
			 (unsigned long long)target, (unsigned long long)target,
			 section[0] != 0 ? ", which lies in section " : "", section);
	}
	if (fact_get(run, "crash") != NULL)
		doc_text(d, "Fault address: `%s` (%llu decimal)", fact_string(run, "crash.addr"),
			 (unsigned long long)fact_number(run, "crash.addr"));
	json_array_foreach(fact_get(program, "sections"), i, row)
		for (n = 0; n < ARRAY_SIZE(names); n++)
			if (strcmp(fact_string(row, "name"), names[n]) == 0)
				doc_bullet(d, "Section `%s`: address `%s`, size `0x%llx` bytes",
					   names[n], fact_string(row, "addr"),
					   (unsigned long long)fact_number(row, "size"));
}

/* --- causes and advice --- */

static void section_cause(struct doc *d, const json_t *facts)
{
	const json_t *profile = failing(facts), *run = failed_run(profile);
	size_t i;
	json_t *line;

	if (fact_get(run, "cause") == NULL)
		return;
	doc_heading(d, 2, "Root cause analysis");
	doc_heading(d, 3, "Why it fails");
	doc_text(d, "%s", fact_string(run, "cause.summary"));
	doc_fact(d, "Certainty", fact_string(run, "cause.certainty"), false);
	doc_heading(d, 3, "Evidence");
	json_array_foreach(fact_get(run, "cause.evidence"), i, line)
		doc_bullet(d, "%s", json_string_value(line));
	doc_heading(d, 3, "What the platform does");
	json_array_foreach(fact_get(profile, "facts"), i, line)
		doc_bullet(d, "%s", json_string_value(line));
	doc_heading(d, 2, "Attempted workarounds");
	json_array_foreach(fact_get(profile, "workarounds"), i, line)
		doc_bullet(d, "%s: %s", fact_string(line, "what"), fact_string(line, "result"));
}

static void section_refused(struct doc *d, const json_t *facts)
{
	size_t i, j;
	json_t *profile, *row;
	bool any = false;

	json_array_foreach(fact_get(facts, "profiles"), i, profile)
		any |= json_array_size(fact_get(first_run(profile), "refused")) != 0;
	if (!any)
		return;
	doc_heading(d, 2, "Calls that were refused");
	doc_table(d, "Profile|Call|Answer");
	json_array_foreach(fact_get(facts, "profiles"), i, profile)
		json_array_foreach(fact_get(first_run(profile), "refused"), j, row) {
			const char *const cells[] = { fact_string(profile, "name"),
						      fact_string(row, "name"),
						      fact_string(row, "error") };

			doc_row(d, cells);
		}
}

static void section_compatibility(struct doc *d, const json_t *facts)
{
	size_t i;
	json_t *profile;

	doc_heading(d, 2, "Compatibility assessment");
	doc_text(d, "Only what was run:");
	doc_table(d, "Profile|Result|First difference|Calls|Time|Memory");
	json_array_foreach(fact_get(facts, "profiles"), i, profile) {
		const json_t *run = first_run(profile), *place = fact_get(run, "diverges");
		json_t *calls, *time, *memory, *result;

		calls = fact_format("%llu", (unsigned long long)fact_number(run, "calls.total"));
		time = fact_format("%llu ms", (unsigned long long)fact_number(run, "milliseconds"));
		memory = fact_format("%llu KB", (unsigned long long)fact_number(run, "memory_kb"));
		result = fact_format("%s %s", mark(fact_string(profile, "verdict")),
				     verdict_words(fact_string(profile, "verdict")));

		const char *const cells[] = { fact_string(profile, "title"),
					      json_string_value(result),
					      fact_string(place, "b.text"),
					      json_string_value(calls), json_string_value(time),
					      json_string_value(memory) };

		doc_row(d, cells);
		json_decref(calls);
		json_decref(time);
		json_decref(memory);
		json_decref(result);
	}
}

static void section_recommendations(struct doc *d, const json_t *facts)
{
	const json_t *run = failed_run(failing(facts));
	size_t i;
	json_t *line;

	doc_heading(d, 2, "Recommendations");
	json_array_foreach(fact_get(run, "cause.advice"), i, line)
		doc_step(d, "%s", json_string_value(line));
	if (run != NULL)
		return;
	json_array_foreach(fact_get(facts, "profiles"), i, line)
		if (fact_true(line, "asked"))
			doc_bullet(d, "%s Use it on %s.", mark(fact_string(line, "verdict")),
				   fact_string(line, "title"));
}

static void section_metadata(struct doc *d, const json_t *facts)
{
	const json_t *program = fact_get(facts, "program");
	size_t i;
	json_t *profile;

	section_licences(d, program);
	if (fact_number(program, "command_line_size") != 0) {
		doc_heading(d, 2, "Build metadata");
		doc_text(d, "`.GCC.command.line`: %llu bytes, %llu command lines.",
			 (unsigned long long)fact_number(program, "command_line_size"),
			 (unsigned long long)fact_number(program, "command_lines"));
	}
	doc_heading(d, 2, "References");
	json_array_foreach(fact_get(facts, "profiles"), i, profile)
		doc_bullet(d, "`%s`: %s", fact_string(profile, "name"),
			   fact_string(profile, "source"));
}

static void figures(struct doc *d, const json_t *facts)
{
	const json_t *profile = failing(facts);
	const json_t *first = json_array_get(fact_get(facts, "profiles"), 0);
	const json_t *run = profile != NULL ? failed_run(profile) : first_run(first);

	doc_figure(d, "timeline", json_incref(fact_get(run, "calls")));
	doc_figure(d, "histogram", json_incref(fact_get(run, "calls")));
}

void verify_document(struct doc *d, const json_t *facts)
{
	const json_t *program = fact_get(facts, "program");
	const char *file = fact_string(program, "file"), *slash = strrchr(file, '/');

	doc_heading(d, 1, "%s binary verification report", slash == NULL ? file : slash + 1);
	section_summary(d, facts);
	section_binary(d, program);
	section_versions(d, program);
	section_environment(d, facts);
	section_tests(d, facts);
	figures(d, facts);
	section_crash(d, facts);
	section_tls_analysis(d, facts);
	section_startup(d, facts);
	section_refused(d, facts);
	section_linking(d, program);
	section_build(d, program);
	section_resources(d, program);
	section_elf(d, program);
	section_ape(d, program);
	section_cause(d, facts);
	section_compatibility(d, facts);
	section_recommendations(d, facts);
	section_hazards(d, program);
	section_metadata(d, facts);
}
