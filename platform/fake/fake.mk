# How test programs over platform/fake are built: FAKE_CFLAGS and, to be linked with the
# test, FAKE_SOURCES and what it tests (LOADER_SOURCES for the loader).
FAKE_SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all
FAKE_CFLAGS = -DPLAT_FAKE -std=gnu17 -g -O1 $(FAKE_SANITIZE) -I. -Wall -Wextra -Wshadow \
	-Wvla -Wstrict-prototypes -Wmissing-prototypes
FAKE_SOURCES = $(sort $(wildcard platform/fake/*.c)) lib/fmt.c kernel/sync/lock.c \
	kernel/sync/waitq.c kernel/task/title.c
FAKE_MM_SOURCES = kernel/mm/mm.c kernel/mm/mmap.c kernel/mm/mlock.c kernel/mm/vma.c
LOADER_SOURCES = $(addprefix kernel/task/,exec.c exec_args.c exec_map.c elf.c ape.c \
	script.c stack.c auxv.c) $(FAKE_MM_SOURCES)
# The real VFS and its file systems, linked before the rest so that they win.
VFS_SOURCES = $(sort $(wildcard kernel/vfs/*.c kernel/fs/tmp/*.c kernel/fs/over/*.c kernel/fs/image/*.c) store/image.c store/index.c \
	$(filter-out %/stream.c %/tty.c,$(wildcard kernel/fs/host/*.c)) kernel/mm/pool.c)
