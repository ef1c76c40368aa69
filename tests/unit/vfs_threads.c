/*
 * Many threads in one tree: no crash, no hang, and when all is removed nothing is left.
 *
 * vfs_threads [SEED [CALLS]]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/vfs_world.h"

#ifndef THREADS
#define THREADS 4
#endif
#define BUF 70000

static u32 calls = 6000;
static u64 first_seed = 1;
static u32 running;

struct worker {
	u64 state;
	int fd[4];
	char *buf;
};

static u32 rnd(struct worker *w, u32 below)
{
	w->state ^= w->state << 13;
	w->state ^= w->state >> 7;
	w->state ^= w->state << 17;
	return (u32)((w->state >> 16) % below);
}

static const char *random_path(struct worker *w, char *p)
{
	static const char *const parts[] = { "a", "b", "c", "d", ".." };
	u32 depth = 1 + rnd(w, 3);

	strcpy(p, rnd(w, 4) == 0 ? "." : rnd(w, 3) ? "/w" : "/tmp");
	for (u32 i = 0; i < depth; i++) {
		strcat(p, "/");
		strcat(p, parts[rnd(w, rnd(w, 8) == 0 ? 5 : 4)]);
	}
	return p;
}

static void io(struct worker *w)
{
	int *fd = &w->fd[rnd(w, 4)];
	struct file *f;
	u32 len = rnd(w, 2) ? rnd(w, 300) : rnd(w, BUF);

	switch (rnd(w, 7)) {
	case 0:
	case 1:
		k_try(k_io(*fd, w->buf, len, false,
			   rnd(w, 3) ? -1 : (s64)rnd(w, 100000)));
		break;
	case 2:
	case 3:
		k_try(k_io(*fd, w->buf, len, true,
			   rnd(w, 3) ? -1 : (s64)rnd(w, 100000)));
		break;
	case 4:
		k_try(k_lseek(*fd, rnd(w, 100000), (int)rnd(w, 5)));
		break;
	case 5:
		f = fd_get(*fd);
		if (f == NULL)
			break;
		k_try(rnd(w, 2) ? file_truncate(f, rnd(w, 100000)) :
				  file_fallocate(
					  f, (int[]){ 0, 1, 3, 8, 16, 32 }[rnd(w, 6)],
					  rnd(w, 20) * 4096, (rnd(w, 10) + 1) * 4096));
		file_put(f);
		break;
	default:
		f = fd_get(*fd);
		if (f != NULL) {
			struct map_request req = {
				.addr = 0x200000000000 +
					(u64)current()->tid * 0x1000000,
				.len = 0x10000,
				.prot = 3,
				.shared = true,
			};

			if (file_map(f, &req) == 0)
				plat_unmap(req.addr, req.len);
			file_put(f);
		}
	}
}

static void list(struct worker *w, const char *path)
{
	struct k_names n = { .max = 32 };
	int fd = k_open(path, O_RDONLY | O_DIRECTORY, 0);

	if (fd < 0)
		return;
	n.name = calloc(32, 256);
	n.type = calloc(32, 1);
	k_try(k_readdir(fd, &n, 1 + rnd(w, 4)));
	free(n.name);
	free(n.type);
	k_close(fd);
}

static void step(struct worker *w)
{
	char a[64], b[64];
	struct inode_attr attr;
	struct path p;
	u32 i = rnd(w, 4);

	random_path(w, a);
	random_path(w, b);
	switch (rnd(w, 18)) {
	case 0:
	case 1:
		if (w->fd[i] >= 0)
			k_close(w->fd[i]);
		w->fd[i] = k_open(a,
				  (u32)(O_RDWR | (rnd(w, 2) ? O_CREAT : 0) |
					(rnd(w, 4) ? 0 : O_TRUNC) |
					(rnd(w, 6) ? 0 : O_APPEND)),
				  0644);
		break;
	case 2:
		k_try(vfs_mkdir(LINUX_AT_FDCWD, a, 0755));
		break;
	case 3:
		k_try(vfs_rmdir(LINUX_AT_FDCWD, a));
		break;
	case 4:
		k_try(vfs_unlink(LINUX_AT_FDCWD, a));
		break;
	case 5:
	case 6:
		k_try(vfs_rename(LINUX_AT_FDCWD, a, LINUX_AT_FDCWD, b,
				 rnd(w, 4) ? 0 : LINUX_RENAME_EXCHANGE));
		break;
	case 7:
		k_try(vfs_link(LINUX_AT_FDCWD, a, LINUX_AT_FDCWD, b, 0));
		break;
	case 8:
		k_try(vfs_symlink(b, LINUX_AT_FDCWD, a));
		break;
	case 9:
		list(w, a);
		break;
	case 10:
	case 11:
		k_try(k_stat(LINUX_AT_FDCWD, a, WALK_FOLLOW, &attr));
		break;
	case 12:
		k_try(k_ask(LINUX_AT_FDCWD, a, rnd(w, 2) ? WALK_FOLLOW : 0, &attr));
		break;
	case 13:
		if (path_walk(LINUX_AT_FDCWD, a, WALK_FOLLOW, &p) == 0) {
			k_try(vfs_chdir(&p));
			path_put(&p);
		}
		break;
	default:
		io(w);
	}
}

static void work(struct thread *t)
{
	struct worker w = { .state = first_seed * 0x9e3779b97f4a7c15ull + (u64)t->tid,
			    .fd = { -1, -1, -1, -1 },
			    .buf = calloc(1, BUF) };

	for (u32 i = 0; i < calls; i++)
		step(&w);
	for (u32 i = 0; i < 4; i++)
		if (w.fd[i] >= 0)
			k_close(w.fd[i]);
	free(w.buf);
	atomic_sub(&running, 1);
	plat_thread_exit();
}

static void remove_all(const char *dir)
{
	struct k_names n = { .max = 64 };
	int fd = k_open(dir, O_RDONLY | O_DIRECTORY, 0);
	char path[512];

	REQUIRE(fd >= 0);
	n.name = calloc(64, 256);
	n.type = calloc(64, 1);
	CHECK_EQ(k_readdir(fd, &n, 64), 0);
	k_close(fd);
	for (u32 i = 0; i < n.count; i++) {
		if (strcmp(n.name[i], "tmp") == 0)
			continue; /* a mount */
		snprintf(path, sizeof(path), "%s/%s", dir, n.name[i]);
		if (n.type[i] == LINUX_DT_DIR) {
			remove_all(path);
			CHECK_EQ(vfs_rmdir(LINUX_AT_FDCWD, path), 0);
		} else {
			CHECK_EQ(vfs_unlink(LINUX_AT_FDCWD, path), 0);
		}
	}
	free(n.name);
	free(n.type);
}

int main(int argc, char **argv)
{
	char lower[] = "/tmp/vfs_threads.XXXXXX", cmd[256];
	u64 used, limit;
	struct path p;
	u64 memory;

	if (argc > 1)
		first_seed = strtoull(argv[1], NULL, 0);
	if (argc > 2)
		calls = (u32)atoi(argv[2]);
	alarm(600);
	REQUIRE(mkdtemp(lower) != NULL);
	snprintf(cmd, sizeof(cmd),
		 "cd %s && mkdir -p w/a/b w/c/d tmp && echo 1 >w/a/a && "
		 "head -c 90000 /dev/urandom >w/c/a && ln w/c/a w/b",
		 lower);
	REQUIRE(system(cmd) == 0);
	fake_tree_set(0, lower);
	world_mount(0, BOOT_MOUNT_OVERLAY, "/", "");
	world_mount(~0u, 0, "/tmp", "mode=1777");
	world_start();
	memory = fake_heap_live();
	for (u32 i = 0; i < THREADS; i++) {
		struct thread *t = fake_thread_create();

		t->files = fdtable_get(current()->files);
		t->fs = fs_context_get(current()->fs);
		atomic_add(&running, 1);
		REQUIRE(plat_thread_create(t, work) == 0);
	}
	while (atomic_load(&running) != 0)
		usleep(1000);
	CHECK_EQ(path_walk(LINUX_AT_FDCWD, "/", 0, &p), 0);
	CHECK_EQ(vfs_chdir(&p), 0);
	path_put(&p);
	remove_all("/");
	remove_all("/tmp");
	CHECK_EQ(path_walk(LINUX_AT_FDCWD, "/tmp", 0, &p), 0);
	CHECK_EQ(p.dentry->inode->nlink, 2);
	path_put(&p);
	pool_usage(&used, &limit);
	CHECK_EQ(used, 0);
	fprintf(stderr, "allocations before %llu, after %llu\n",
		(unsigned long long)memory, (unsigned long long)fake_heap_live());
	snprintf(cmd, sizeof(cmd), "rm -rf %s", lower);
	REQUIRE(system(cmd) == 0);
	return TEST_RESULT;
}
