/*
 * Vector state in signal frames.
 *
 * LINUX BEHAVIOUR. The format is XSAVE's standard form with the software bytes of
 * struct linux_fpx_sw_bytes and a closing magic number; the components are all that the
 * host enables, without those a program must ask for (AMX tile data). rt_sigreturn loads it
 * with XRSTOR: whatever makes that fault (mxcsr reserved bits, compacted form, unknown
 * components, a misaligned address) is SIGSEGV; a frame without the magic numbers restores
 * x87 and SSE and resets the rest.
 *
 * The checks are made here, on a copy, so that no XRSTOR of the kernel or of the host's
 * sigreturn can fault.
 */
#include "kernel/x86_64/fpu.h"

#include "abi/errno.h"
#include "abi/linux/signal.h"
#include "kernel/mm/heap.h"
#include "kernel/mm/uaccess.h"
#include "kernel/task/task.h"
#include "lib/string.h"

#define FEATURE_X87 (1ull << 0)
#define FEATURE_SSE (1ull << 1)
#define FEATURE_AVX (1ull << 2)
#define FEATURE_PKRU (1ull << 9)
#define FEATURE_TILE_DATA (1ull << 18)
#define FEATURES_LEGACY (FEATURE_X87 | FEATURE_SSE)

#define CPUID_OSXSAVE (1u << 27) /* leaf 1, ecx */
#define CPUID_XSTATE 0xdu
#define XSTATE_FIRST_EXTENDED 2
#define XSTATE_AREA_MIN 576u /* legacy area and header */

#define LEGACY_SIZE 512u
#define STATE_ALIGN 64u
#define CWD_DEFAULT 0x37fu
#define MXCSR_DEFAULT 0x1f80u
#define MXCSR_MASK_DEFAULT 0xffbfu
/* Linux: init_pkru: key 0 open, all others closed to access. */
#define PKRU_DEFAULT 0x55555554u

static struct {
	bool ready, xsave;
	u64 features;
	u32 size; /* of the state, without the closing magic */
	u32 pkru_offset;
	u32 mxcsr_mask;
} layout;

static void cpuid(u32 leaf, u32 sub, u32 ret[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(ret[0]), "=b"(ret[1]), "=c"(ret[2]), "=d"(ret[3])
			 : "a"(leaf), "c"(sub));
}

static u32 read_mxcsr_mask(void)
{
	struct linux_fpstate state ALIGNED(16);

	memset(&state, 0, sizeof(state));
	__asm__ volatile("fxsave64 %0" : "+m"(state));
	return state.mxcsr_mask != 0 ? state.mxcsr_mask : MXCSR_MASK_DEFAULT;
}

static void layout_measure_xsave(void)
{
	u32 lo, hi, r[4];

	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	layout.features = ((u64)hi << 32 | lo) & ~FEATURE_TILE_DATA;
	layout.size = XSTATE_AREA_MIN;
	for (u32 i = XSTATE_FIRST_EXTENDED; i < 63; i++) {
		if (!(layout.features >> i & 1))
			continue;
		cpuid(CPUID_XSTATE, i, r);
		layout.size = MAX(layout.size, r[1] + r[0]);
		if (1ull << i == FEATURE_PKRU)
			layout.pkru_offset = r[1];
	}
}

/* Computed on first use. Two threads may do it at once: both write the same values. */
static void layout_init(void)
{
	u32 r[4];

	if (likely(atomic_load(&layout.ready)))
		return;
	layout.mxcsr_mask = read_mxcsr_mask();
	layout.features = FEATURES_LEGACY;
	layout.size = LEGACY_SIZE;
	cpuid(1, 0, r);
	if (r[2] & CPUID_OSXSAVE) {
		layout_measure_xsave();
		layout.xsave = true;
	}
	atomic_store(&layout.ready, true);
}

bool fpu_has_xsave(void)
{
	layout_init();
	return layout.xsave;
}

u32 fpu_frame_size(void)
{
	layout_init();
	return layout.xsave ? layout.size + LINUX_FP_XSTATE_MAGIC2_SIZE : layout.size;
}

static void cpu_save(void *area, u64 features)
{
	if (layout.xsave)
		__asm__ volatile("xsave64 (%0)"
				 :
				 : "r"(area), "a"((u32)features), "d"((u32)(features >> 32))
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static void cpu_load(const void *area, u64 features)
{
	if (layout.xsave)
		__asm__ volatile("xrstor64 (%0)"
				 :
				 : "r"(area), "a"((u32)features), "d"((u32)(features >> 32))
				 : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

/* An area of the frame's size in kernel memory, zeroed and aligned; *ret_free is kfree'd. */
static void *area_alloc(void **ret_free)
{
	void *p = kzalloc(fpu_frame_size() + STATE_ALIGN);

	*ret_free = p;
	return p == NULL ? NULL : (void *)ALIGN_UP((u64)p, (u64)STATE_ALIGN);
}

/* What Linux writes around the saved state. */
static void area_finish(void *area)
{
	struct linux_xstate *x = area;
	struct linux_fpx_sw_bytes *sw = &x->fpstate.sw_reserved;

	memset(sw, 0, sizeof(*sw));
	if (!layout.xsave)
		return;
	sw->magic1 = LINUX_FP_XSTATE_MAGIC1;
	sw->extended_size = layout.size + LINUX_FP_XSTATE_MAGIC2_SIZE;
	sw->xfeatures = layout.features;
	sw->xstate_size = layout.size;
	x->header.xfeatures |= FEATURES_LEGACY;
	*(u32 *)((char *)area + layout.size) = LINUX_FP_XSTATE_MAGIC2;
}

/* Does the host's frame have our layout? It does unless the host has odd ideas of features. */
static bool host_frame_fits(const void *frame)
{
	const struct linux_fpx_sw_bytes *sw = &((const struct linux_fpstate *)frame)->sw_reserved;

	if (!layout.xsave)
		return true;
	return sw->magic1 == LINUX_FP_XSTATE_MAGIC1 && sw->xstate_size == layout.size &&
	       sw->xfeatures == layout.features;
}

/* Bytes of state the host's frame has room for. */
static u32 host_frame_size(const void *frame)
{
	const struct linux_fpx_sw_bytes *sw = &((const struct linux_fpstate *)frame)->sw_reserved;

	return sw->magic1 == LINUX_FP_XSTATE_MAGIC1 ? sw->xstate_size : LEGACY_SIZE;
}

int fpu_copy_out(u64 dst)
{
	const void *frame = current()->fpu_frame;
	void *to_free;
	int err;

	layout_init();
	if (frame != NULL && host_frame_fits(frame))
		return copy_out(dst, frame, fpu_frame_size());

	void *area = area_alloc(&to_free);

	if (area == NULL)
		return -ENOMEM;
	if (frame != NULL)
		memcpy(area, frame, MIN(layout.size, host_frame_size(frame)));
	else
		cpu_save(area, layout.features);
	area_finish(area);
	err = copy_out(dst, area, fpu_frame_size());
	kfree(to_free);
	return err;
}

/* Make area, of our layout, the thread's state. It has been checked. */
static void area_load(void *area)
{
	void *frame = current()->fpu_frame;

	if (frame == NULL) {
		cpu_load(area, layout.features);
		return;
	}
	struct linux_xstate *to = frame;
	struct linux_xstate *from = area;
	u32 size = MIN(host_frame_size(frame), layout.size);

	from->fpstate.sw_reserved = to->fpstate.sw_reserved;
	if (layout.xsave && size >= XSTATE_AREA_MIN)
		from->header.xfeatures &= to->fpstate.sw_reserved.xfeatures;
	memcpy(frame, area, size);
}

static void area_set_initial(void *area)
{
	struct linux_xstate *x = area;

	memset(area, 0, layout.size);
	x->fpstate.cwd = CWD_DEFAULT;
	x->fpstate.mxcsr = MXCSR_DEFAULT;
	x->fpstate.mxcsr_mask = layout.mxcsr_mask;
	if (layout.pkru_offset != 0) {
		*(u32 *)((char *)area + layout.pkru_offset) = PKRU_DEFAULT;
		x->header.xfeatures = FEATURE_PKRU;
	}
}

void fpu_reset(void)
{
	struct linux_xstate *frame = current()->fpu_frame;

	layout_init();
	if (frame == NULL || !host_frame_fits(frame)) {
		void *to_free, *area = area_alloc(&to_free);

		if (area == NULL)
			return; /* the old values stay: harmless, if unlike Linux */
		area_set_initial(area);
		area_load(area);
		kfree(to_free);
		return;
	}
	/* A component whose bit is clear is loaded with its initial value, whatever is there. */
	frame->fpstate.cwd = CWD_DEFAULT;
	frame->fpstate.mxcsr = MXCSR_DEFAULT;
	if (!layout.xsave) {
		memset(frame, 0, offsetof(struct linux_fpstate, sw_reserved));
		frame->fpstate.cwd = CWD_DEFAULT;
		frame->fpstate.mxcsr = MXCSR_DEFAULT;
		return;
	}
	frame->header.xfeatures = 0;
	if (layout.pkru_offset != 0) {
		*(u32 *)((char *)frame + layout.pkru_offset) = PKRU_DEFAULT;
		frame->header.xfeatures = FEATURE_PKRU;
	}
}

/*
 * Fetch the guest's frame. *ret_plain: it has no extended state (one of the magic numbers is
 * missing), so only the legacy area counts and was fetched.
 */
static int area_fetch(void *area, u64 src, bool *ret_plain)
{
	const struct linux_fpx_sw_bytes *sw = &((struct linux_fpstate *)area)->sw_reserved;
	u32 rest = fpu_frame_size() - LEGACY_SIZE;

	if (copy_in(area, src, LEGACY_SIZE) < 0)
		return -EFAULT;
	*ret_plain = true;
	if (!layout.xsave || sw->magic1 != LINUX_FP_XSTATE_MAGIC1)
		return 0;
	if (copy_in((char *)area + LEGACY_SIZE, src + LEGACY_SIZE, rest) < 0)
		return -EFAULT;
	*ret_plain = *(u32 *)((char *)area + layout.size) != LINUX_FP_XSTATE_MAGIC2;
	return 0;
}

/* Check and normalise a state the guest supplied. False: XRSTOR would have faulted. */
static bool area_accept(void *area, bool plain)
{
	struct linux_xstate *x = area;
	u64 restored = plain ? FEATURES_LEGACY :
			       x->fpstate.sw_reserved.xfeatures & layout.features;
	bool uses_mxcsr = restored & (FEATURE_SSE | FEATURE_AVX);

	if (uses_mxcsr && (x->fpstate.mxcsr & ~layout.mxcsr_mask))
		return false;
	if (!layout.xsave)
		return true;
	if (plain) {
		memset(&x->header, 0, sizeof(x->header));
		x->header.xfeatures = FEATURES_LEGACY;
	}
	if (x->header.xcomp_bv != 0 || x->header.reserved[0] != 0 ||
	    (x->header.xfeatures & ~layout.features))
		return false;
	/* A component that is not restored gets its initial value. */
	x->header.xfeatures &= restored;
	memset(x->header.reserved, 0, sizeof(x->header.reserved));
	if (!uses_mxcsr)
		x->fpstate.mxcsr = MXCSR_DEFAULT;
	if (layout.pkru_offset != 0 && !(restored & FEATURE_PKRU)) {
		*(u32 *)((char *)area + layout.pkru_offset) = PKRU_DEFAULT;
		x->header.xfeatures |= FEATURE_PKRU;
	}
	return true;
}

int fpu_copy_in(u64 src)
{
	void *to_free = NULL, *area;
	bool plain, ok = false;

	layout_init();
	if (src == 0) {
		fpu_reset();
		return 0;
	}
	area = area_alloc(&to_free);
	if (area != NULL && area_fetch(area, src, &plain) == 0 &&
	    IS_ALIGNED(src, (u64)(plain ? 16 : STATE_ALIGN)))
		ok = area_accept(area, plain);
	if (ok)
		area_load(area);
	else
		fpu_reset();
	kfree(to_free);
	return ok ? 0 : -EFAULT;
}

void fpu_make_live(void)
{
	void *frame = current()->fpu_frame;

	layout_init();
	if (frame != NULL && host_frame_fits(frame))
		cpu_load(frame, layout.features);
}

void fpu_save_host(void *fpstate)
{
	layout_init();
	if (host_frame_fits(fpstate))
		cpu_save(fpstate, layout.features);
}
