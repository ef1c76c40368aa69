/* SHM_STAT, SHM_STAT_ANY, SHM_INFO, IPC_INFO, SHM_LOCK, /proc/sysvipc/shm, /proc/self/maps. */
#include "sysv.h"

#ifndef SHM_STAT_ANY
#define SHM_STAT_ANY 15
#endif

static bool file_has(const char *path, const char *text)
{
	static char buf[262144];
	FILE *f = fopen(path, "r");
	size_t n;

	if (f == NULL)
		return false;
	n = fread(buf, 1, sizeof(buf) - 1, f);
	buf[n] = '\0';
	fclose(f);
	return strstr(buf, text) != NULL;
}

int main(void)
{
	key_t key = free_key();
	int id = keep('m', shmget(key, 3 * PAGE, IPC_CREAT | 0600)), max, found = 0;
	struct shminfo limits;
	struct shm_info usage;
	struct shmid_ds ds;
	char text[100];
	char *p = shmat(id, NULL, 0);

	max = shmctl(0, IPC_INFO, (struct shmid_ds *)&limits);
	CHECK(max >= 0);
	CHECK_EQ(limits.shmmin, 1);
	CHECK_EQ(limits.shmmni, 4096);
	CHECK(limits.shmmax > 1UL << 40);
	CHECK_EQ(shmctl(0, SHM_INFO, (struct shmid_ds *)&usage), max);
	CHECK(usage.used_ids >= 1 && usage.shm_tot >= 3);
	for (int i = 0; i <= max; i++)
		if (shmctl(i, SHM_STAT, &ds) == id) {
			found++;
			CHECK_EQ(ds.shm_segsz, 3 * PAGE);
			CHECK_EQ(ds.shm_nattch, 1);
			CHECK_EQ(shmctl(i, SHM_STAT_ANY, &ds), id);
		}
	CHECK_EQ(found, 1);
	CHECK_ERR(shmctl(max + 1, SHM_STAT, &ds), EINVAL);
	CHECK_EQ(shmctl(id, SHM_LOCK, NULL), 0);
	CHECK(shmctl(id, IPC_STAT, &ds) == 0 && ds.shm_perm.mode == (02000 | 0600));
	CHECK_EQ(shmctl(id, SHM_UNLOCK, NULL), 0);
	CHECK(shmctl(id, IPC_STAT, &ds) == 0 && ds.shm_perm.mode == 0600);
	snprintf(text, sizeof(text), "%10d %10d   600                 12288 %5u %5u      1 ", key,
		 id, getpid(), getpid());
	CHECK(file_has("/proc/sysvipc/shm", text));
	snprintf(text, sizeof(text), "%lx-%lx rw-s 00000000 ", (long)p, (long)p + 3 * PAGE);
	CHECK(file_has("/proc/self/maps", text));
	snprintf(text, sizeof(text), "/SYSV%08x (deleted)\n", key);
	CHECK(file_has("/proc/self/maps", text));
	CHECK(file_has("/proc/sys/kernel/shmmni", "4096\n"));
	return TEST_RESULT;
}
