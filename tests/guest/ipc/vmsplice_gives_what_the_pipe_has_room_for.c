/* Into a pipe vmsplice waits for room, then gives what fits: its caller may be the reader. */
#include "../test.h"
#include <fcntl.h>
#include <sys/uio.h>

int main(void)
{
	static char big[1 << 17] __attribute__((aligned(4096))), back[1 << 17];
	struct iovec v = { big, sizeof(big) };
	size_t done = 0;
	int p[2];

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + (i >> 12));
	REQUIRE(pipe(p) == 0);
	while (v.iov_len != 0) {
		long n = vmsplice(p[1], &v, 1, 0), got;

		CHECK(n > 0 && n <= 65536);
		if (n <= 0)
			break;
		for (long at = 0; at < n; at += got) {
			got = read(p[0], back + done, (size_t)(n - at));
			REQUIRE(got > 0);
			done += (size_t)got;
		}
		v.iov_base = (char *)v.iov_base + n;
		v.iov_len -= (size_t)n;
	}
	CHECK_EQ(memcmp(big, back, sizeof(big)), 0);
	/* full: only the flag of the call keeps it from waiting */
	v = (struct iovec){ big, sizeof(big) };
	CHECK_EQ(vmsplice(p[1], &v, 1, SPLICE_F_NONBLOCK), 65536);
	CHECK_ERR(vmsplice(p[1], &v, 1, SPLICE_F_NONBLOCK), EAGAIN);
	v.iov_len = 0;
	CHECK_EQ(vmsplice(p[1], &v, 1, SPLICE_F_NONBLOCK), 0);
	return TEST_RESULT;
}
