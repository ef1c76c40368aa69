/* getrandom(2): the host's generator, which is seeded before any sandbox can start. */
#include "abi/linux/random.h"
#include "kernel/mm/uaccess.h"
#include "kernel/sys/syscall.h"
#include "lib/string.h"
#include "platform/plat.h"

#define CHUNK 1024u
#define LEN_MAX 0x7ffffffful /* Linux: INT_MAX */

SYSCALL_DEFINE(getrandom, uaddr_t, buf, u64, len, u32, flags)
{
	const u32 known = LINUX_GRND_NONBLOCK | LINUX_GRND_RANDOM | LINUX_GRND_INSECURE;
	u8 chunk[CHUNK];
	u64 done = 0;

	if (flags & ~known)
		return -EINVAL;
	/* Linux: asking for both the best and any bytes makes no sense. */
	if ((flags & (LINUX_GRND_RANDOM | LINUX_GRND_INSECURE)) ==
	    (LINUX_GRND_RANDOM | LINUX_GRND_INSECURE))
		return -EINVAL;
	len = MIN(len, LEN_MAX);
	while (done < len) {
		size_t want = MIN(len - done, (u64)sizeof(chunk));
		size_t left;

		plat_random(chunk, want);
		left = copy_out_partial(buf + done, chunk, want);
		done += want - left;
		if (left != 0)
			break;
		/* Linux: a signal ends a long request, never one of a page or less. */
		if (done % PAGE_SIZE == 0 && done < len && signal_pending())
			break;
	}
	memset(chunk, 0, sizeof(chunk));
	return done == 0 && len != 0 ? -EFAULT : (s64)done;
}
