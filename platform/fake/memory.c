/*
 * Simulated guest memory: an address space kept in the test program's heap.
 *
 * Regions are a sorted array; pages that were written to are in a hash table by
 * address. Pages never written come from the region's file, or are zero. Shared file
 * mappings read and write the file itself; a page wholly beyond the end of its file
 * faults, as SIGBUS would. In identity mode everything is passed to the host instead.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "abi/linux/mman.h"
#include "lib/string.h"
#include "platform/fake/fake.h"
#include "platform/fake/internal.h"

#define BUCKETS 4096u

struct page {
	struct page *next;
	uaddr_t addr;
	u8 bytes[PAGE_SIZE];
};

static struct {
	pthread_mutex_t lock;
	bool identity;
	struct fake_region *regions;
	size_t count, space;
	struct page *buckets[BUCKETS];
	size_t page_count;
} mem = { .lock = PTHREAD_MUTEX_INITIALIZER };

void fake_die(const char *what)
{
	perror(what);
	abort();
}

bool fake_is_identity(void)
{
	return mem.identity;
}

/* --- pages --- */

static struct page **page_slot(uaddr_t addr)
{
	struct page **p =
		&mem.buckets[(addr >> PAGE_SHIFT) * 0x9e3779b97f4a7c15ull >> 52];

	while (*p != NULL && (*p)->addr != addr)
		p = &(*p)->next;
	return p;
}

static void page_drop(struct page **slot)
{
	struct page *p = *slot;

	*slot = p->next;
	mem.page_count--;
	free(p);
}

static void pages_drop(uaddr_t start, uaddr_t end)
{
	if ((end - start) >> PAGE_SHIFT <= mem.page_count) {
		for (uaddr_t a = start; a < end; a += PAGE_SIZE) {
			struct page **slot = page_slot(a);

			if (*slot != NULL)
				page_drop(slot);
		}
		return;
	}
	for (u32 i = 0; i < BUCKETS; i++)
		for (struct page **slot = &mem.buckets[i]; *slot != NULL;) {
			if ((*slot)->addr >= start && (*slot)->addr < end)
				page_drop(slot);
			else
				slot = &(*slot)->next;
		}
}

/* --- regions --- */

static size_t region_lower_bound(uaddr_t addr)
{
	size_t lo = 0, hi = mem.count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (mem.regions[mid].end <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static const struct fake_region *region_find(uaddr_t addr)
{
	size_t i = region_lower_bound(addr);

	return i < mem.count && mem.regions[i].start <= addr ? &mem.regions[i] : NULL;
}

static void region_insert(const struct fake_region *r)
{
	size_t i = region_lower_bound(r->start);

	if (mem.count == mem.space) {
		mem.space = mem.space * 2 + 64;
		mem.regions = realloc(mem.regions, mem.space * sizeof(*r));
		if (mem.regions == NULL)
			fake_die("realloc");
	}
	memmove(&mem.regions[i + 1], &mem.regions[i], (mem.count - i) * sizeof(*r));
	mem.regions[i] = *r;
	mem.count++;
}

static plat_fd_t fd_copy(plat_fd_t fd)
{
	plat_fd_t copy = fd < 0 ? -1 : dup(fd);

	if (fd >= 0 && copy < 0)
		fake_die("dup");
	return copy;
}

static void region_split(uaddr_t addr)
{
	size_t i = region_lower_bound(addr);
	struct fake_region upper;

	if (i == mem.count || mem.regions[i].start >= addr)
		return;
	upper = mem.regions[i];
	upper.fd = fd_copy(upper.fd);
	upper.offset += addr - upper.start;
	upper.start = addr;
	mem.regions[i].end = addr;
	region_insert(&upper);
}

static void regions_cut(uaddr_t start, uaddr_t end)
{
	size_t first, n = 0;

	region_split(start);
	region_split(end);
	first = region_lower_bound(start);
	while (first + n < mem.count && mem.regions[first + n].start < end) {
		if (mem.regions[first + n].fd >= 0)
			close(mem.regions[first + n].fd);
		n++;
	}
	if (n == 0)
		return;
	mem.count -= n;
	memmove(&mem.regions[first], &mem.regions[first + n],
		(mem.count - first) * sizeof(mem.regions[0]));
	pages_drop(start, end);
}

static bool regions_cover(uaddr_t start, uaddr_t end)
{
	size_t i = region_lower_bound(start);

	for (; start < end; i++) {
		if (i == mem.count || mem.regions[i].start > start)
			return false;
		start = mem.regions[i].end;
	}
	return true;
}

size_t fake_region_count(void)
{
	return mem.count;
}

const struct fake_region *fake_region_at(size_t i)
{
	return &mem.regions[i];
}

size_t fake_page_count(void)
{
	return mem.page_count;
}

void fake_memory_init(bool identity)
{
	mem.identity = identity;
}

void fake_memory_fini(void)
{
	regions_cut(0, ~0ull & PAGE_MASK);
	free(mem.regions);
	mem.regions = NULL;
	mem.count = mem.space = 0;
}

/* --- access --- */

/* The page's present contents. False: it lies beyond the end of its file. */
static bool page_contents(const struct fake_region *r, uaddr_t addr, u8 *buf)
{
	const struct page *p = *page_slot(addr);
	ssize_t got;

	memset(buf, 0, PAGE_SIZE);
	if (p != NULL) {
		memcpy(buf, p->bytes, PAGE_SIZE);
		return true;
	}
	if (r->fd < 0)
		return true;
	got = pread(r->fd, buf, PAGE_SIZE, (off_t)(r->offset + (addr - r->start)));
	return got > 0;
}

static bool page_read(const struct fake_region *r, uaddr_t addr, void *buf, size_t len)
{
	u8 bytes[PAGE_SIZE];

	if (!page_contents(r, addr & PAGE_MASK, bytes))
		return false;
	memcpy(buf, bytes + (addr & ~PAGE_MASK), len);
	return true;
}

static bool page_write(const struct fake_region *r, uaddr_t addr, const void *buf,
		       size_t len)
{
	uaddr_t base = addr & PAGE_MASK;
	struct page **slot = page_slot(base), *p = *slot;
	u8 probe[PAGE_SIZE];

	if (r->shared && r->fd >= 0) {
		if (!page_contents(r, base, probe))
			return false;
		return pwrite(r->fd, buf, len,
			      (off_t)(r->offset + (addr - r->start))) == (ssize_t)len;
	}
	if (p == NULL) {
		p = malloc(sizeof(*p));
		if (p == NULL)
			fake_die("malloc");
		if (!page_contents(r, base, p->bytes)) {
			free(p);
			return false;
		}
		p->addr = base;
		p->next = NULL;
		*slot = p;
		mem.page_count++;
	}
	memcpy(p->bytes + (addr & ~PAGE_MASK), buf, len);
	return true;
}

/*
 * Bytes moved. need: protection bits of which one must be there; 0: any mapping will
 * do.
 */
static size_t move_simulated(uaddr_t addr, void *to, const void *from, size_t len,
			     int need)
{
	size_t done = 0;

	pthread_mutex_lock(&mem.lock);
	while (done < len) {
		uaddr_t a = addr + done;
		size_t n = MIN(len - done, PAGE_SIZE - (a & ~PAGE_MASK));
		const struct fake_region *r = region_find(a);
		bool ok = r != NULL && (need == 0 || (r->prot & need) != 0);

		if (ok && to != NULL)
			ok = page_read(r, a, (u8 *)to + done, n);
		else if (ok)
			ok = page_write(r, a, (const u8 *)from + done, n);
		if (!ok)
			break;
		done += n;
	}
	pthread_mutex_unlock(&mem.lock);
	return done;
}

/* Through the host, so that a bad address is an error and not a crash. */
static size_t move_identity(uaddr_t addr, void *to, const void *from, size_t len)
{
	size_t done = 0;

	/* Page by page: the call is all or nothing within one vector. */
	while (done < len) {
		uaddr_t a = addr + done;
		size_t n = MIN(len - done, PAGE_SIZE - (a & ~PAGE_MASK));
		struct iovec local = { to ? (u8 *)to + done :
					    (u8 *)(uintptr_t)from + done,
				       n };
		struct iovec remote = { (void *)a, n };
		ssize_t r = to ? process_vm_readv(getpid(), &local, 1, &remote, 1, 0) :
				 process_vm_writev(getpid(), &local, 1, &remote, 1, 0);

		if (r < 0 && errno != EFAULT)
			fake_die("process_vm_readv");
		if (r <= 0)
			break;
		done += (size_t)r;
	}
	return done;
}

size_t fake_guest_read(uaddr_t addr, void *buf, size_t len)
{
	if (mem.identity)
		return move_identity(addr, buf, NULL, len);
	return move_simulated(addr, buf, NULL, len,
			      LINUX_PROT_READ | LINUX_PROT_WRITE | LINUX_PROT_EXEC);
}

size_t fake_guest_write(uaddr_t addr, const void *buf, size_t len)
{
	if (mem.identity)
		return move_identity(addr, NULL, buf, len);
	return move_simulated(addr, NULL, buf, len, LINUX_PROT_WRITE);
}

size_t fake_peek(uaddr_t addr, void *buf, size_t len)
{
	return mem.identity ? fake_guest_read(addr, buf, len) :
			      move_simulated(addr, buf, NULL, len, 0);
}

size_t fake_poke(uaddr_t addr, const void *buf, size_t len)
{
	return mem.identity ? fake_guest_write(addr, buf, len) :
			      move_simulated(addr, NULL, buf, len, 0);
}

/* --- plat.h --- */

static int host_result(s64 r)
{
	return r < 0 ? -errno : 0;
}

/* plat.h promises checked ranges: a caller that breaks that is a bug to be found. */
static void check_range(uaddr_t addr, size_t len)
{
	u64 end;

	if (addr % PAGE_SIZE != 0 || len % PAGE_SIZE != 0 || len == 0 ||
	    __builtin_add_overflow(addr, len, &end) ||
	    end > LINUX_TASK_SIZE + PAGE_SIZE)
		panic("platform: bad range %#llx, %#zx bytes", (unsigned long long)addr,
		      len);
}

/*
 * Linux, overcommit mode 0: a single mapping that no memory could ever hold is refused.
 */
static bool is_overcommit(size_t len, int prot, int flags)
{
	u64 ram = (u64)sysconf(_SC_PHYS_PAGES) * PAGE_SIZE;

	return (prot & LINUX_PROT_WRITE) && !(flags & LINUX_MAP_NORESERVE) &&
	       (flags & LINUX_MAP_TYPE) == LINUX_MAP_PRIVATE && len > ram;
}

int plat_map(uaddr_t addr, size_t len, int prot, int flags, plat_fd_t fd, u64 offset)
{
	struct fake_region r = {
		.start = addr, .end = addr + len, .prot = prot, .fd = -1
	};

	if (mem.identity)
		return host_result((s64)mmap((void *)addr, len, prot, flags | MAP_FIXED,
					     fd, (off_t)offset));
	check_range(addr, len);
	if (offset % PAGE_SIZE != 0)
		panic("platform: bad file offset %#llx", (unsigned long long)offset);
	if (is_overcommit(len, prot, flags))
		return -ENOMEM;
	r.shared = (flags & LINUX_MAP_TYPE) != LINUX_MAP_PRIVATE;
	if (!(flags & LINUX_MAP_ANONYMOUS)) {
		r.fd = fd_copy(fd);
		r.offset = offset;
	}
	pthread_mutex_lock(&mem.lock);
	regions_cut(r.start, r.end);
	region_insert(&r);
	pthread_mutex_unlock(&mem.lock);
	return 0;
}

int plat_unmap(uaddr_t addr, size_t len)
{
	if (mem.identity)
		return host_result(munmap((void *)addr, len));
	check_range(addr, len);
	pthread_mutex_lock(&mem.lock);
	regions_cut(addr, addr + len);
	pthread_mutex_unlock(&mem.lock);
	return 0;
}

int plat_protect(uaddr_t addr, size_t len, int prot)
{
	int r = 0;

	if (mem.identity)
		return host_result(mprotect((void *)addr, len, prot));
	check_range(addr, len);
	pthread_mutex_lock(&mem.lock);
	if (!regions_cover(addr, addr + len)) {
		r = -ENOMEM;
	} else {
		region_split(addr);
		region_split(addr + len);
		for (size_t i = region_lower_bound(addr);
		     i < mem.count && mem.regions[i].start < addr + len; i++)
			mem.regions[i].prot = prot;
	}
	pthread_mutex_unlock(&mem.lock);
	return r;
}

/* Pages of [from, from + len) change their address to the same place from `to` on. */
static void pages_move(uaddr_t from, size_t len, uaddr_t to)
{
	for (uaddr_t a = 0; a < len; a += PAGE_SIZE) {
		struct page **slot = page_slot(from + a), *p = *slot;

		if (p == NULL)
			continue;
		*slot = p->next;
		p->addr = to + a;
		slot = page_slot(p->addr);
		p->next = NULL;
		*slot = p;
	}
}

int plat_remap(uaddr_t old, size_t old_len, uaddr_t new, size_t new_len, int flags)
{
	const struct fake_region *at;
	struct fake_region r;

	if (mem.identity)
		return host_result((s64)mremap((void *)old, old_len, new_len,
					       flags | MREMAP_MAYMOVE | MREMAP_FIXED,
					       (void *)new));
	check_range(old, old_len);
	check_range(new, new_len);
	pthread_mutex_lock(&mem.lock);
	region_split(old);
	at = region_find(old);
	if (at == NULL || at->end < old + MIN(old_len, new_len)) {
		pthread_mutex_unlock(&mem.lock);
		return -EFAULT;
	}
	r = *at;
	r.fd = fd_copy(r.fd);
	r.start = new;
	r.end = new + new_len;
	regions_cut(new, new + new_len);
	pages_move(old, MIN(old_len, new_len), new);
	regions_cut(old, old + old_len);
	if (flags & LINUX_MREMAP_DONTUNMAP) {
		struct fake_region left = r;

		left.start = old;
		left.end = old + old_len;
		left.fd = fd_copy(r.fd);
		region_insert(&left);
	}
	region_insert(&r);
	pthread_mutex_unlock(&mem.lock);
	return 0;
}

int plat_resize(uaddr_t addr, size_t old_len, size_t new_len)
{
	size_t i;

	if (mem.identity)
		return host_result((s64)mremap((void *)addr, old_len, new_len, 0));
	check_range(addr, new_len);
	pthread_mutex_lock(&mem.lock);
	if (new_len < old_len) {
		regions_cut(addr + new_len, addr + old_len);
	} else {
		i = region_lower_bound(addr + old_len - 1);
		mem.regions[i].end = addr + new_len;
	}
	pthread_mutex_unlock(&mem.lock);
	return 0;
}

int plat_advise(uaddr_t addr, size_t len, int advice)
{
	if (mem.identity)
		return host_result(madvise((void *)addr, len, advice));
	check_range(addr, len);
	pthread_mutex_lock(&mem.lock);
	if (advice == LINUX_MADV_DONTNEED || advice == LINUX_MADV_DONTNEED_LOCKED)
		pages_drop(addr, addr + len);
	pthread_mutex_unlock(&mem.lock);
	return 0;
}

int plat_mincore(uaddr_t addr, size_t len, u8 *vec)
{
	int r = 0;

	if (mem.identity)
		return host_result(mincore((void *)addr, len, vec));
	pthread_mutex_lock(&mem.lock);
	if (regions_cover(addr, addr + len))
		memset(vec, LINUX_MINCORE_RESIDENT, len >> PAGE_SHIFT);
	else
		r = -ENOMEM;
	pthread_mutex_unlock(&mem.lock);
	return r;
}
