/* The pack of kept texts from the side that writes it: growing, renewing, what is refused. */
/* build: broker, code */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/linux/elf.h"
#include "broker/text.h"
#include "lib/panic.h"
#include "tests/guest/test.h"

#define LINKER "/lib64/ld-linux-x86-64.so.2"
#define COPIES 16
#define SMALL_PACK (KEPT_DATA + (1u << 20)) /* room for five or so */

const char kernel_image_start[1], kernel_image_end[1];

static char where[] = "/var/tmp/nacre-kept-XXXXXX";
static char directory[64];
static u64 text_at, text_len;

static void path_in(char *buf, size_t size, const char *name, u32 number)
{
	snprintf(buf, size, "%s/%s%u", where, name, number);
}

/* So many files, each with the linker's bytes. */
static void copies_make(void)
{
	int from = open(LINKER, O_RDONLY);
	off_t size = lseek(from, 0, SEEK_END);
	char *bytes = malloc((size_t)size), path[96];
	struct linux_elf64_ehdr *eh = (struct linux_elf64_ehdr *)bytes;
	struct linux_elf64_phdr *ph;

	REQUIRE(pread(from, bytes, (size_t)size, 0) == size);
	close(from);
	ph = (struct linux_elf64_phdr *)(bytes + eh->e_phoff);
	for (u32 i = 0; i < eh->e_phnum; i++)
		if (ph[i].p_type == LINUX_PT_LOAD && ph[i].p_flags & LINUX_PF_X) {
			text_at = ALIGN_DOWN(ph[i].p_offset, PAGE_SIZE);
			text_len = ALIGN_UP(ph[i].p_offset + ph[i].p_filesz, PAGE_SIZE) - text_at;
		}
	for (u32 i = 0; i < COPIES; i++) {
		path_in(path, sizeof(path), "copy", i);
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0755);

		REQUIRE(write(fd, bytes, (size_t)size) == size);
		close(fd);
	}
	free(bytes);
}

static int keep(u32 copy, u64 offset, u64 len, u64 pack_max)
{
	struct text_wanted w = { .offset = offset, .len = len, .pack = "pack",
				 .pack_max = pack_max };
	char path[96];
	int status;
	pid_t pid;

	path_in(path, sizeof(path), "copy", copy);
	w.fd = open(path, O_RDONLY | O_CLOEXEC);
	REQUIRE(w.fd >= 0);
	/* As in a maker, which ends then. */
	pid = fork();
	if (pid == 0)
		_exit(text_keep(directory, &w));
	close(w.fd);
	REQUIRE(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int keep_copy(u32 copy, u64 pack_max)
{
	return keep(copy, text_at, text_len, pack_max);
}

/* How many texts the pack has; each must be what a kernel accepts. */
static u32 pack_count(void)
{
	static struct kept_slot slots[KEPT_SLOTS];
	static struct kept_site sites[CODE_SITES_MAX];
	char path[96];
	struct stat st;
	u32 count = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/pack", directory);
	fd = open(path, O_RDONLY);
	REQUIRE(fd >= 0 && fstat(fd, &st) == 0);
	REQUIRE((st.st_mode & 07777) == 0600);
	REQUIRE(pread(fd, slots, sizeof(slots), KEPT_SLOTS_AT) == sizeof(slots));
	for (u32 i = 0; i < KEPT_SLOTS; i++) {
		const struct kept_slot *s = &slots[i];
		size_t bytes = s->site_count * sizeof(sites[0]);

		if (s->check == 0)
			continue;
		REQUIRE(s->check == kept_check(s) && kept_slot_ok(s, (u64)st.st_size));
		REQUIRE(kept_bucket(&s->key) ==
			ALIGN_DOWN(KEPT_SLOTS_AT + i * sizeof(*s), PAGE_SIZE));
		REQUIRE(pread(fd, sites, bytes, (off_t)s->sites_at) == (ssize_t)bytes);
		REQUIRE(s->at == 0 || kept_sites_ok(sites, s));
		count++;
	}
	close(fd);
	return count;
}

static void check_refused(void)
{
	REQUIRE(keep(0, 1, text_len, KEPT_PACK_MAX) == TEXT_NOT_THIS);
	REQUIRE(keep(0, text_at, 0, KEPT_PACK_MAX) == TEXT_NOT_THIS);
	REQUIRE(keep(0, text_at, text_len + 1, KEPT_PACK_MAX) == TEXT_NOT_THIS);
	REQUIRE(keep(0, text_at, ~0ull << 12, KEPT_PACK_MAX) == TEXT_NOT_THIS);
	REQUIRE(keep(0, 1ull << 62, PAGE_SIZE, KEPT_PACK_MAX) == TEXT_NOT_THIS);
	REQUIRE(keep(0, ~0ull << 12, PAGE_SIZE, KEPT_PACK_MAX) == TEXT_NOT_THIS);
	/* Not where the file has code: it is noted that there is nothing. */
	REQUIRE(keep(0, 0, PAGE_SIZE, KEPT_PACK_MAX) == TEXT_KEPT);
	REQUIRE(pack_count() == 1);
}

static void check_growth(void)
{
	for (u32 i = 0; i < 4; i++) {
		REQUIRE(keep_copy(i, KEPT_PACK_MAX) == TEXT_KEPT);
		REQUIRE(keep_copy(i, KEPT_PACK_MAX) == TEXT_KEPT);
		REQUIRE(pack_count() == 2 + i);
	}
}

/* With little room the pack is written anew, again and again, and stays right. */
static void check_renewal(void)
{
	char path[96];
	struct stat st;

	for (u32 i = 4; i < COPIES; i++) {
		REQUIRE(keep_copy(i, SMALL_PACK) == TEXT_KEPT);
		REQUIRE(pack_count() >= 1);
		snprintf(path, sizeof(path), "%s/pack", directory);
		REQUIRE(stat(path, &st) == 0 && (u64)st.st_size <= SMALL_PACK);
	}
	REQUIRE(pack_count() < COPIES);
	/* What cannot fit at all is refused, and the pack is as before. */
	REQUIRE(keep_copy(0, KEPT_DATA + PAGE_SIZE) == TEXT_NOT_THIS ||
		keep_copy(0, KEPT_DATA + PAGE_SIZE) == TEXT_KEPT);
}

/* Identifiers are found to the last byte, and nothing is read behind it. */
static void check_heads(void)
{
	static const u32 gnu[] = { 4, 8, 3, 0x554e47 }, go[] = { 4, 8, 4, 0x6f47 };
	u32 *head = calloc(1, 64);

	REQUIRE(!kept_head_identifies(head, 64) && !kept_head_identifies(head, 0));
	memcpy(head + 10, gnu, sizeof(gnu));
	REQUIRE(kept_head_identifies(head, 64));
	REQUIRE(!kept_head_identifies(head, 63) && !kept_head_identifies(head, 56));
	head[11] = 9;
	REQUIRE(!kept_head_identifies(head, 64));
	head[11] = 0xfffffff8;
	REQUIRE(!kept_head_identifies(head, 64));
	memcpy(head + 3, go, sizeof(go));
	REQUIRE(kept_head_identifies(head, 64));
	REQUIRE(kept_head(head, 64) != kept_head(head, 56) && kept_head(head, 0) != 0);
	free(head);
}

int main(void)
{
	char command[96];

	check_heads();
	REQUIRE(mkdtemp(where) != NULL);
	snprintf(directory, sizeof(directory), "%s/a/b", where);
	copies_make();
	/* They are too new. */
	REQUIRE(keep_copy(0, KEPT_PACK_MAX) == TEXT_NOT_THIS);
	sleep(4);
	check_refused();
	check_growth();
	check_renewal();
	snprintf(command, sizeof(command), "rm -rf '%s'", where);
	return system(command) == 0 ? 0 : 1;
}
