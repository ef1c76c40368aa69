/* splice and sendfile: directories and objects that are no streams of bytes are EINVAL. */
#include "../test.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

int main(void)
{
	int dir = open("/tmp", O_RDONLY), event = eventfd(1, 0), file, p[2];
	int timer = timerfd_create(CLOCK_MONOTONIC, 0);
	sigset_t none;

	sigemptyset(&none);
	file = open("/tmp/f", O_RDWR | O_CREAT, 0600);
	REQUIRE(pipe(p) == 0 && dir >= 0 && event >= 0 && file >= 0 && timer >= 0);
	/* before anything is waited for: the pipe is empty */
	CHECK_ERR(splice(p[0], NULL, event, NULL, 8, 0), EINVAL);
	CHECK_ERR(splice(dir, NULL, p[1], NULL, 8, 0), EINVAL);
	CHECK_ERR(splice(event, NULL, p[1], NULL, 8, 0), EINVAL);
	CHECK_ERR(splice(timer, NULL, p[1], NULL, 8, 0), EINVAL);
	CHECK_ERR(splice(signalfd(-1, &none, 0), NULL, p[1], NULL, 8, 0), EINVAL);
	CHECK_EQ(write(file, "12345678", 8), 8);
	CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
	CHECK_ERR(sendfile(event, file, NULL, 8), EINVAL);
	CHECK_ERR(sendfile(file, dir, NULL, 8), EINVAL);
	CHECK_EQ(splice(file, NULL, p[1], NULL, 8, 0), 8);
	CHECK_EQ(splice(p[0], NULL, open("/dev/null", O_WRONLY), NULL, 8, 0), 8);
	return TEST_RESULT;
}
