/* The highest priority first, of equals the oldest; every byte arrives. */
#include "mqueue.h"

int main(void)
{
	static const unsigned priorities[] = { 3, 32767, 0, 3, 7, 0, 7, 3 };
	static const char expected[] = "begadhcf";
	mqd_t q = new_queue(8, 64, 0);
	char name, buf[64];
	unsigned last = ~0u, got;

	for (int i = 0; i < 8; i++) {
		name = (char)('a' + i);
		CHECK_EQ(mq_send(q, &name, 1, priorities[i]), 0);
	}
	for (int i = 0; i < 8; i++) {
		CHECK_EQ(mq_receive(q, buf, sizeof(buf), &got), 1);
		CHECK_EQ(buf[0], expected[i]);
		CHECK_EQ(got, priorities[buf[0] - 'a']);
		CHECK(got <= last);
		last = got;
	}
	for (int i = 0; i < 64; i++)
		buf[i] = (char)i;
	CHECK_EQ(mq_send(q, buf, 64, 1), 0);
	memset(buf, 0, sizeof(buf));
	CHECK_EQ(mq_receive(q, buf, 64, NULL), 64);
	for (int i = 0; i < 64; i++)
		CHECK_EQ(buf[i], i);
	return TEST_RESULT;
}
