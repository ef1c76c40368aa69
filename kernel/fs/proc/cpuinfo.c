/*
 * /proc/cpuinfo, and which CPUs there are.
 *
 * OVERVIEW. The CPUs are those the broker may run on (boot block); what they are comes from
 * the cpuid instruction, decoded with Linux's names.
 */
#include "kernel/boot.h"
#include "kernel/fs/proc/proc.h"
#include "lib/string.h"

#define CPUS_MAX_SHOWN 1024u

bool proc_cpu_present(u32 n)
{
	return n < CPUS_MAX_SHOWN && (boot_block()->cpus[n / 64] >> (n % 64) & 1);
}

u32 proc_cpu_count(void)
{
	u32 count = 0;

	for (u32 n = 0; n < CPUS_MAX_SHOWN; n++)
		count += proc_cpu_present(n);
	return MAX(count, 1u);
}

void proc_print_cpus(struct seq *s)
{
	const char *comma = "";

	for (u32 n = 0; n < CPUS_MAX_SHOWN; n++) {
		u32 last = n;

		if (!proc_cpu_present(n))
			continue;
		while (proc_cpu_present(last + 1))
			last++;
		if (last == n)
			seq_print(s, "%s%u", comma, n);
		else
			seq_print(s, "%s%u-%u", comma, n, last);
		comma = ",";
		n = last;
	}
	seq_string(s, "\n");
}

/* --- cpuid --- */

struct leaf {
	u32 a, b, c, d;
};

static struct leaf cpuid(u32 number, u32 sub)
{
	struct leaf l;

	__asm__ volatile("cpuid"
			 : "=a"(l.a), "=b"(l.b), "=c"(l.c), "=d"(l.d)
			 : "a"(number), "c"(sub));
	return l;
}

/* Names of the bits, lowest first, as Linux prints them; "-": not printed. */
static const char flags_1_d[] =
	"fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat pse36 pn clflush "
	"- dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe";
static const char flags_1_c[] =
	"pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma cx16 xtpr pdcm "
	"- pcid dca sse4_1 sse4_2 x2apic movbe popcnt tsc_deadline_timer aes xsave - avx f16c "
	"rdrand hypervisor";
static const char flags_7_b[] =
	"fsgsbase tsc_adjust - bmi1 hle avx2 - smep bmi2 erms invpcid rtm cqm - mpx rdt_a "
	"avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb intel_pt avx512pf "
	"avx512er avx512cd sha_ni avx512bw avx512vl";
static const char flags_7_c[] =
	"- avx512vbmi umip pku ospke waitpkg avx512_vbmi2 - gfni vaes vpclmulqdq avx512_vnni "
	"avx512_bitalg tme avx512_vpopcntdq - la57 - - - - - rdpid - bus_lock_detect "
	"cldemote - movdiri movdir64b enqcmd - -";
static const char flags_7_d[] =
	"- - avx512_4vnniw avx512_4fmaps fsrm - - - avx512_vp2intersect - md_clear - - - "
	"serialize - - - pconfig arch_lbr ibt - amx_bf16 avx512_fp16 amx_tile amx_int8 - - "
	"flush_l1d arch_capabilities - -";
static const char flags_81_c[] =
	"lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse 3dnowprefetch osvw ibs "
	"xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm topoext perfctr_core perfctr_nb - "
	"bpext ptsc perfctr_llc mwaitx - -";
static const char flags_81_d[] =
	"- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - fxsr_opt pdpe1gb rdtscp "
	"- lm 3dnowext 3dnow";

static void print_flags(struct seq *s, const char *names, u32 bits)
{
	for (u32 bit = 0; bit < 32 && *names != '\0'; bit++) {
		const char *end = strchr(names, ' ');
		size_t len = end != NULL ? (size_t)(end - names) : strlen(names);

		if ((bits >> bit & 1) && names[0] != '-') {
			seq_write(s, names, len);
			seq_write(s, " ", 1);
		}
		names += len + (end != NULL);
	}
}

static void print_all_flags(struct seq *s, u32 max, u32 max_extended)
{
	struct leaf l = cpuid(1, 0);

	seq_string(s, "flags\t\t: ");
	print_flags(s, flags_1_d, l.d);
	if (max_extended >= 0x80000001) {
		struct leaf x = cpuid(0x80000001, 0);

		print_flags(s, flags_81_d, x.d);
		print_flags(s, flags_81_c, x.c);
	}
	print_flags(s, flags_1_c, l.c);
	if (max >= 7) {
		l = cpuid(7, 0);
		print_flags(s, flags_7_b, l.b);
		print_flags(s, flags_7_c, l.c);
		print_flags(s, flags_7_d, l.d);
	}
	seq_string(s, "\n");
}

static void print_vendor(struct seq *s)
{
	struct leaf l = cpuid(0, 0);
	char vendor[13] = "";

	memcpy(vendor, &l.b, 4);
	memcpy(vendor + 4, &l.d, 4);
	memcpy(vendor + 8, &l.c, 4);
	seq_print(s, "vendor_id\t: %s\n", vendor);
}

static void print_model_name(struct seq *s, u32 max_extended)
{
	char name[49] = "unknown";
	const char *start = name;

	for (u32 i = 0; i < 3 && max_extended >= 0x80000004; i++) {
		struct leaf l = cpuid(0x80000002 + i, 0);

		memcpy(name + 16 * i, &l, 16);
	}
	while (*start == ' ')
		start++;
	seq_print(s, "model name\t: %s\n", start);
}

static void print_signature(struct seq *s, u32 max_extended)
{
	u32 a = cpuid(1, 0).a, family = a >> 8 & 15, model = a >> 4 & 15;

	if (family == 15)
		family += a >> 20 & 255;
	if (family >= 6)
		model |= (a >> 16 & 15) << 4;
	seq_print(s, "cpu family\t: %u\nmodel\t\t: %u\n", family, model);
	print_model_name(s, max_extended);
	seq_print(s, "stepping\t: %u\n", a & 15);
}

/* Leaf 0x15: the TSC's rate as a ratio to the crystal's; 0x16: the base clock. */
static void print_clock(struct seq *s, u32 max)
{
	u64 khz = 0;

	if (max >= 0x15) {
		struct leaf l = cpuid(0x15, 0);

		if (l.a != 0 && l.b != 0 && l.c != 0)
			khz = (u64)l.c * l.b / l.a / 1000;
	}
	if (khz == 0 && max >= 0x16)
		khz = (u64)(cpuid(0x16, 0).a & 0xffff) * 1000;
	if (khz != 0)
		seq_print(s, "cpu MHz\t\t: %lu.%03lu\n", (unsigned long)(khz / 1000),
			  (unsigned long)(khz % 1000));
}

#define LEAF_CACHES 4u /* a row per cache: level, ways, partitions, line, sets */
#define CACHES_MAX 8u

/* In KiB. Linux: of Intel's the last level's, of others the second's. */
static u32 cache_size(u32 max, u32 max_extended)
{
	bool intel = cpuid(0, 0).c == 0x6c65746e; /* "ntel" */
	u64 bytes = 0;

	if (!intel)
		return max_extended >= 0x80000006 ? cpuid(0x80000006, 0).c >> 16 : 0;
	for (u32 i = 0; i < CACHES_MAX && max >= LEAF_CACHES; i++) {
		struct leaf l = cpuid(LEAF_CACHES, i);
		u32 type = l.a & 31, level = l.a >> 5 & 7;

		if (type == 0)
			break;
		if (level >= 2)
			bytes = (u64)((l.b >> 22) + 1) * ((l.b >> 12 & 1023) + 1) *
				((l.b & 4095) + 1) * ((u64)l.c + 1);
	}
	return (u32)(bytes / 1024);
}

static void print_cache(struct seq *s, u32 max, u32 max_extended)
{
	u32 size = cache_size(max, max_extended);

	/* Linux: no line where it is not known. */
	if (size != 0)
		seq_print(s, "cache size\t: %u KB\n", size);
}

static void print_sizes(struct seq *s, u32 max_extended)
{
	seq_print(s, "clflush size\t: %u\n", (cpuid(1, 0).b >> 8 & 255) * 8);
	seq_print(s, "cache_alignment\t: %u\n", (cpuid(1, 0).b >> 8 & 255) * 8);
	if (max_extended >= 0x80000008) {
		u32 a = cpuid(0x80000008, 0).a;

		seq_print(s, "address sizes\t: %u bits physical, %u bits virtual\n", a & 255,
			  a >> 8 & 255);
	}
}

static void print_cpu(struct seq *s, u32 n, u32 index)
{
	u32 max = cpuid(0, 0).a, max_extended = cpuid(0x80000000, 0).a;

	seq_print(s, "processor\t: %u\n", n);
	print_vendor(s);
	print_signature(s, max_extended);
	print_clock(s, max);
	print_cache(s, max, max_extended);
	seq_print(s, "physical id\t: 0\nsiblings\t: %u\ncore id\t\t: %u\ncpu cores\t: %u\n",
		  proc_cpu_count(), index, proc_cpu_count());
	seq_print(s, "apicid\t\t: %u\ninitial apicid\t: %u\n", n, n);
	seq_print(s, "fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: %u\nwp\t\t: yes\n", max);
	print_all_flags(s, max, max_extended);
	print_sizes(s, max_extended);
	seq_string(s, "\n");
}

int proc_show_cpuinfo(struct seq *s, UNUSED const struct pseudo_key *key)
{
	u32 index = 0;

	for (u32 n = 0; n < CPUS_MAX_SHOWN; n++)
		if (proc_cpu_present(n))
			print_cpu(s, n, index++);
	return 0;
}
