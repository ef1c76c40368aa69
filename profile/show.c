/* What a profile decides, and printing one. */
#include "abi/names.h"
#include "abi/syscalls.h"
#include "profile/profile.h"

bool profile_answer(const struct profile *p, u32 nr, const u64 *args, s64 *ret_result)
{
	for (u32 i = 0; i < p->rule_count; i++) {
		const struct boot_rule *r = &p->rules[i];

		if (r->nr != nr || !boot_rule_holds(r, args))
			continue;
		*ret_result = r->result;
		return !r->allow;
	}
	return false;
}

enum profile_verdict profile_call(const struct profile *p, u32 nr, s64 *ret_result)
{
	for (u32 i = 0; i < p->rule_count; i++) {
		const struct boot_rule *r = &p->rules[i];

		if (r->nr != nr)
			continue;
		if (r->arg != BOOT_RULE_ALWAYS)
			return PROFILE_DEPENDS;
		*ret_result = r->result;
		return r->allow ? PROFILE_ALLOWED : r->result < 0 ? PROFILE_REFUSED :
								    PROFILE_CONSTANT;
	}
	return PROFILE_ALLOWED;
}

static void show_answer(const struct boot_rule *r, FILE *out)
{
	if (r->allow)
		fprintf(out, "allow");
	else if (r->result < 0)
		fprintf(out, "%s", errno_name((int)-r->result));
	else
		fprintf(out, "answers %lld", (long long)r->result);
}

static void show_rule(const struct boot_rule *r, FILE *out)
{
	const struct syscall_desc *d = syscall_desc_find(r->nr);
	const char *name = NULL;

	fprintf(out, "    %-24s ", d->name);
	if (r->arg != BOOT_RULE_ALWAYS) {
		if (arg_kind_parameter(d->args[r->arg].kind) == ARG_SET && r->mask == ~(u64)0)
			name = enum_name(d->args[r->arg].param, r->value);
		fprintf(out, "argument %u", r->arg);
		if (r->mask != ~(u64)0)
			fprintf(out, " & 0x%llx", (unsigned long long)r->mask);
		fprintf(out, r->differs ? " != " : " == ");
		if (name != NULL)
			fprintf(out, "%s: ", name);
		else
			fprintf(out, "0x%llx: ", (unsigned long long)r->value);
	}
	show_answer(r, out);
	fputc('\n', out);
}

void profile_show(const struct profile *p, FILE *out)
{
	u32 allowed = 0, refused = 0, constant = 0, depends = 0;
	s64 result;

	for (u32 nr = 0; nr < LINUX_SYS_LIMIT; nr++) {
		if (syscall_desc_find(nr) == NULL)
			continue;
		switch (profile_call(p, nr, &result)) {
		case PROFILE_ALLOWED:
			allowed++;
			break;
		case PROFILE_REFUSED:
			refused++;
			break;
		case PROFILE_CONSTANT:
			constant++;
			break;
		case PROFILE_DEPENDS:
			depends++;
			break;
		}
	}
	fprintf(out, "%s: %s\n\n  Source: %s\n", p->name, p->title, p->source);
	for (u32 i = 0; i < p->fact_count; i++)
		fprintf(out, "  - %s\n", p->facts[i]);
	fprintf(out,
		"\n  Calls: %u allowed, %u refused, %u answered with a constant, %u decided by an "
		"argument\n",
		allowed, refused, constant, depends);
	if (p->release != NULL)
		fprintf(out, "  Kernel release: %s\n", p->release);
	if (p->version != NULL)
		fprintf(out, "  Kernel version: %s\n", p->version);
	if (p->brk_limit != 0)
		fprintf(out, "  brk limit: %llu bytes\n", (unsigned long long)p->brk_limit);
	if (p->flags & BOOT_PROFILE_WINDOW)
		fprintf(out, "  Window: %u columns, %u rows\n", p->columns, p->rows);
	if (p->has_user)
		fprintf(out, "  User and group: %u, %u\n", p->uid, p->gid);
	if (p->flags & BOOT_PROFILE_GS_OCCUPIED)
		fprintf(out, "  The GS base is the platform's: not zero, over its own memory\n");
	if (p->rule_count == 0)
		return;
	fprintf(out, "\n  Rules, the first that holds:\n");
	for (u32 i = 0; i < p->rule_count; i++)
		show_rule(&p->rules[i], out);
}
