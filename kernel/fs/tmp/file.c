/*
 * Regular files in memory.
 *
 * OVERVIEW. Data is in pages of the pool, found through the inode's extents; read and write
 * are copies between them and the caller. A mapping maps the pool's pages themselves, so all
 * see one memory.
 *
 * LOCKING. inode.lock is never held while data is copied from or to the guest. A writer
 * holds io_lock, so nobody else frees or moves pages. A reader counts itself in `active`
 * before it looks at the extents; pages are freed only when, under the lock, nobody is
 * counted, and are cleared but kept otherwise. The same holds for files that are mapped: the
 * pages of a mapping are never given to another file.
 *
 * LINUX BEHAVIOUR. tmpfs, and of larger file systems fallocate's COLLAPSE, INSERT and ZERO
 * ranges. A mapped access past the end is SIGBUS.
 *
 * NOT DONE. Pages that were mapped count as data for SEEK_HOLE, used or not.
 */
#include "abi/linux/fcntl.h"
#include "abi/linux/mman.h"
#include "kernel/fs/tmp/tmpfs.h"
#include "kernel/mm/pool.h"
#include "lib/string.h"

#define OFFSET_MAX ((u64)INT64_MAX)
#define WRITE_RUN_MAX 1024u /* pages allocated by one step of a write */
#define FILL_RUN_MAX 65536u /* pages of one allocation where none is copied */
#define MAP_HOLES_MAX (1u << 22) /* holes filled when a file is mapped, in pages */
#define TIDY_EXTENTS 16u /* a mapping of more pieces is put together first */
#define SEGMENTS 16u
#define SHIFT_TRIES 100000u
#define ATIME_MAX_AGE (24 * 60 * 60) /* seconds */

static u64 page_of(u64 pos)
{
	return pos >> PAGE_SHIFT;
}

static u64 page_up(u64 pos)
{
	return (pos >> PAGE_SHIFT) + ((pos & (PAGE_SIZE - 1)) != 0);
}

/* --- accounts --- */

/* At most want pages of the file system's size; zero when it is full. */
static u32 charge(struct inode *i, u32 want)
{
	struct tmp_super *s = tmp_super(i);
	u64 used = atomic_load(&s->pages), limit = atomic_load(&s->page_limit);

	do {
		if (used >= limit)
			return 0;
		want = (u32)MIN((u64)want, limit - used);
	} while (!atomic_cas(&s->pages, &used, used + want));
	return want;
}

static void uncharge(struct inode *i, u64 pages)
{
	atomic_sub(&tmp_super(i)->pages, pages);
}

/* Free the pages in [from, to), or clear them when somebody may look at them. */
static void remove_pages(struct inode *i, u64 from, u64 to)
{
	struct tmp_node *n = tmp_node(i);
	u64 before = n->extents.pages;

	extents_remove(&n->extents, from, to,
		       n->mapped != 0 || atomic_load(&n->active) != 0);
	uncharge(i, before - n->extents.pages);
}

/* One zeroed run in a hole: as much of [page, page + want) as there is in one piece. */
static int fill_hole(struct inode *i, u64 page, u64 want, u32 flags, u32 *ret_pages)
{
	struct tmp_node *n = tmp_node(i);
	struct extent e = { .page = page, .flags = flags };
	u32 pages = charge(i, (u32)MIN(want, (u64)FILL_RUN_MAX));
	int err = pages == 0 ? -ENOSPC : extents_reserve(&n->extents, 1);

	if (err == 0)
		err = pool_alloc(pages, &e.index);
	if (err < 0) {
		uncharge(i, pages);
		return err;
	}
	e.pages = pages;
	extents_insert(&n->extents, &e);
	*ret_pages = pages;
	return 0;
}

/* Allocate every hole in [from, to). Under the inode's lock. */
static int fill_holes(struct inode *i, u64 from, u64 to, u32 flags)
{
	struct extents *x = &tmp_node(i)->extents;
	int err = 0;

	while (from < to && err == 0) {
		u32 at = extents_find(x, from), pages = 0;
		u64 next = at == x->count ? to : MIN(x->v[at].page, to);

		if (next <= from) {
			from = x->v[at].page + x->v[at].pages;
			continue;
		}
		err = fill_hole(i, from, next - from, flags, &pages);
		from += pages;
	}
	return err;
}

/* Clear bytes of one page, if it has memory. Under the inode's lock. */
static void clear_bytes(struct inode *i, u64 pos, size_t len)
{
	struct extents *x = &tmp_node(i)->extents;
	u32 at = extents_find(x, page_of(pos));

	if (len == 0 || at == x->count || x->v[at].page > page_of(pos) ||
	    x->v[at].flags & EXTENT_UNWRITTEN)
		return;
	memset((char *)pool_ptr(x->v[at].index + (u32)(page_of(pos) - x->v[at].page)) +
		       (pos & (PAGE_SIZE - 1)),
	       0, len);
}

/* What a mapping left behind the end of the file must not become data when it grows. */
static void clear_tail(struct inode *i)
{
	u64 size = i->size;

	if (tmp_node(i)->mapped != 0 && size & (PAGE_SIZE - 1))
		clear_bytes(i, size, PAGE_SIZE - (size & (PAGE_SIZE - 1)));
}

static void set_size_locked(struct inode *i, u64 size)
{
	if (size > i->size)
		clear_tail(i);
	atomic_store(&i->size, size);
}

/* --- read --- */

struct segment {
	const char *ptr; /* NULL: zeros */
	size_t len;
};

/* The memory of [pos, pos + len), or a first part of it. Under the inode's lock. */
static u32 gather(struct inode *i, u64 pos, u64 len, struct segment *segments, u32 max)
{
	struct extents *x = &tmp_node(i)->extents;
	u32 at = extents_find(x, page_of(pos)), count = 0;

	while (len != 0 && count < max) {
		struct segment *s = &segments[count++];
		const struct extent *e = at < x->count ? &x->v[at] : NULL;
		u64 start = e == NULL ? OFFSET_MAX : e->page << PAGE_SHIFT;

		if (start > pos) {
			s->ptr = NULL;
			s->len = MIN(len, start - pos);
		} else {
			s->len = MIN(len, start + ((u64)e->pages << PAGE_SHIFT) - pos);
			s->ptr = e->flags & EXTENT_UNWRITTEN ?
					 NULL :
					 (char *)pool_ptr(e->index) + (pos - start);
			at++;
		}
		pos += s->len;
		len -= s->len;
	}
	return count;
}

static s64 read_some(struct inode *i, struct iter *to, u64 pos)
{
	struct segment segments[SEGMENTS];
	u32 count = 0;
	s64 done = 0;

	lock_acquire(&i->lock);
	if (pos < i->size)
		count = gather(i, pos, MIN((u64)to->count, i->size - pos), segments,
			       SEGMENTS);
	lock_release(&i->lock);
	for (u32 n = 0; n < count; n++) {
		const struct segment *s = &segments[n];
		s64 moved = s->ptr == NULL ? iter_zero(to, s->len) :
					     iter_copy_to(to, s->ptr, s->len);

		if (moved < 0)
			return done == 0 ? moved : done;
		done += moved;
		if ((size_t)moved < s->len)
			break;
	}
	return done;
}

void tmp_touch_read(struct file *f)
{
	struct inode *i = f->inode;
	const struct linux_timespec *a = &i->atime;
	bool newer = a->tv_sec > i->mtime.tv_sec ||
		     (a->tv_sec == i->mtime.tv_sec && a->tv_nsec > i->mtime.tv_nsec);
	enum file_atime how = file_atime(f);

	/* Linux: relatime. */
	if (how == ATIME_NEVER ||
	    (how == ATIME_RELATIVE && newer && time_now().tv_sec - a->tv_sec < ATIME_MAX_AGE))
		return;
	inode_touch(i, SETATTR_ATIME);
}

static s64 tmp_read(struct file *f, struct iter *to, u64 *pos)
{
	struct tmp_node *node = tmp_node(f->inode);
	s64 done = 0, n = 0;

	atomic_add(&node->active, 1);
	while (to->count != 0) {
		n = read_some(f->inode, to, *pos);
		if (n <= 0)
			break;
		*pos += (u64)n;
		done += n;
	}
	atomic_sub(&node->active, 1);
	if (done != 0)
		tmp_touch_read(f);
	return done == 0 ? n : done;
}

/* --- write, under io_lock --- */

/* Data up to end is there. The tail was cleared before it came. */
static void wrote(struct inode *i, u64 end)
{
	lock_acquire(&i->lock);
	if (end > i->size)
		atomic_store(&i->size, end);
	lock_release(&i->lock);
}

/* Into allocated pages: e is the extent around pos. Releases the inode's lock. */
static s64 write_present(struct inode *i, struct iter *from, u64 pos, struct extent e)
{
	struct extents *x = &tmp_node(i)->extents;
	u64 start = e.page << PAGE_SHIFT, end = start + ((u64)e.pages << PAGE_SHIFT);
	int err = 0;
	s64 n;

	end = MIN(end, pos + from->count);
	if (e.flags & EXTENT_UNWRITTEN) {
		err = extents_reserve(x, 2);
		if (err == 0)
			extents_set_flags(x, page_of(pos), page_up(end), 0);
	}
	if (end > i->size)
		clear_tail(i);
	lock_release(&i->lock);
	if (err < 0)
		return err;
	n = iter_copy_from(from, (char *)pool_ptr(e.index) + (pos - start), end - pos);
	if (n > 0 && pos + (u64)n > i->size)
		wrote(i, pos + (u64)n);
	return n;
}

/*
 * Enter a run of copied pages. A mapping may have filled the hole meanwhile: then its pages
 * stay and get the bytes.
 */
static int enter_run(struct inode *i, struct extent e, u64 pos, size_t len)
{
	struct extents *x = &tmp_node(i)->extents;
	const char *src = (char *)pool_ptr(e.index) + (pos - (e.page << PAGE_SHIFT));
	int err = extents_reserve(x, 1);

	if (err == 0 && extents_holes(x, e.page, e.page + e.pages) == e.pages) {
		extents_insert(x, &e);
		return 0;
	}
	if (err == 0)
		err = fill_holes(i, e.page, e.page + e.pages, 0);
	while (err == 0 && len != 0) {
		struct segment s;

		gather(i, pos, len, &s, 1);
		memcpy((char *)(uintptr_t)s.ptr, src, s.len);
		pos += s.len;
		src += s.len;
		len -= s.len;
	}
	pool_free(e.index, e.pages);
	uncharge(i, e.pages);
	return err;
}

static void free_run(struct inode *i, u32 index, u32 pages)
{
	if (pages == 0)
		return;
	pool_free(index, pages);
	uncharge(i, pages);
}

static int alloc_run(struct inode *i, u32 want, struct extent *e, bool *ret_dirty)
{
	u32 charged = charge(i, want);
	int err = charged == 0 ?
			  -ENOSPC :
			  pool_alloc_some(charged, &e->index, &e->pages, ret_dirty);

	uncharge(i, err < 0 ? charged : charged - e->pages);
	return err;
}

/*
 * At most room bytes into fresh pages, from byte head of the first. The host provides the pages
 * and copies to them in one call, which takes half of what clearing, mapping and copying take;
 * what it cannot read, or is too little for that, is copied here.
 */
static s64 copy_to_fresh(struct iter *from, const struct extent *e, size_t head, size_t room)
{
	char *mem = (char *)pool_ptr(e->index) + head;
	size_t done = 0;
	void *piece;

	while (done < room) {
		s64 len = iter_piece(from, room - done, &piece), n = 0;

		if (len >= (s64)PAGE_SIZE)
			n = plat_file_write(pool_fd, piece, (size_t)len,
					    (s64)(pool_offset(e->index) + head + done));
		if (n > 0)
			iter_advance(from, (size_t)n);
		else
			n = len <= 0 ? len : iter_copy_from(from, mem + done, (size_t)len);
		if (n <= 0)
			return done != 0 ? (s64)done : n;
		done += (size_t)n;
	}
	return (s64)done;
}

/* Into new pages. hole: how many pages there is room for. Releases the inode's lock. */
static s64 write_hole(struct inode *i, struct iter *from, u64 pos, u64 hole)
{
	struct extent e = { .page = page_of(pos) };
	size_t head = pos & (PAGE_SIZE - 1), room;
	u64 want = MIN(page_up(pos + from->count) - e.page, hole);
	bool dirty = false;
	u32 keep;
	char *mem;
	s64 n;
	int err;

	lock_release(&i->lock);
	err = alloc_run(i, (u32)MIN(want, (u64)WRITE_RUN_MAX), &e, &dirty);
	if (err < 0)
		return err;
	mem = pool_ptr(e.index);
	room = MIN((size_t)e.pages * PAGE_SIZE - head, from->count);
	if (dirty) {
		memset(mem, 0, head);
		n = iter_copy_from(from, mem + head, room);
	} else {
		n = copy_to_fresh(from, &e, head, room);
	}
	keep = n <= 0 ? 0 : (u32)page_up(head + (u64)n);
	free_run(i, e.index + keep, e.pages - keep);
	e.pages = keep;
	if (n <= 0)
		return n;
	if (dirty)
		memset(mem + head + n, 0, (size_t)keep * PAGE_SIZE - head - (size_t)n);
	lock_acquire(&i->lock);
	if (pos + (u64)n > i->size)
		clear_tail(i);
	err = enter_run(i, e, pos, (size_t)n);
	if (err == 0 && pos + (u64)n > i->size)
		atomic_store(&i->size, pos + (u64)n);
	lock_release(&i->lock);
	return err < 0 ? err : n;
}

static s64 write_some(struct inode *i, struct iter *from, u64 pos)
{
	struct extents *x = &tmp_node(i)->extents;
	u64 page = page_of(pos), hole;
	u32 at;

	lock_acquire(&i->lock);
	at = extents_find(x, page);
	if (at < x->count && x->v[at].page <= page)
		return write_present(i, from, pos, x->v[at]);
	hole = at < x->count ? x->v[at].page - page : ~(u64)0;
	return write_hole(i, from, pos, hole);
}

static s64 tmp_write(struct file *f, struct iter *from, u64 *pos)
{
	struct inode *i = f->inode;
	struct tmp_node *node = tmp_node(i);
	s64 done = 0, n = 0;
	u64 at;

	if (from->count == 0)
		return 0;
	lock_acquire(&node->io_lock);
	at = file_write_appends(f, from) ? i->size : *pos;
	if (at > OFFSET_MAX - from->count)
		n = -EFBIG;
	while (n >= 0 && from->count != 0) {
		n = write_some(i, from, at);
		if (n <= 0)
			break;
		at += (u64)n;
		done += n;
	}
	if (done != 0) {
		inode_touch(i, SETATTR_MTIME | SETATTR_CTIME);
		*pos = at;
	}
	lock_release(&node->io_lock);
	return done == 0 ? n : done;
}

/* --- size --- */

int tmp_set_size(struct inode *i, u64 size)
{
	struct tmp_node *n = tmp_node(i);

	if (size > OFFSET_MAX)
		return -EFBIG;
	lock_acquire(&n->io_lock);
	lock_acquire(&i->lock);
	if (size < i->size) {
		clear_bytes(i, size, -size & (PAGE_SIZE - 1));
		remove_pages(i, page_up(size), PAGE_NONE);
	}
	set_size_locked(i, size);
	lock_release(&i->lock);
	lock_release(&n->io_lock);
	return 0;
}

/* Zero [from, to), whole pages by freeing them. Under both locks. */
static int punch(struct inode *i, u64 from, u64 to)
{
	u64 first = page_up(from), last = page_of(to);
	int err = extents_reserve(&tmp_node(i)->extents, 2);

	if (err < 0)
		return err;
	if (first > last) { /* inside of one page */
		clear_bytes(i, from, to - from);
		return 0;
	}
	clear_bytes(i, from, (first << PAGE_SHIFT) - from);
	clear_bytes(i, last << PAGE_SHIFT, to & (PAGE_SIZE - 1));
	if (first < last)
		remove_pages(i, first, last);
	return 0;
}

/* COLLAPSE and INSERT: what follows is moved. Mapped pages cannot be. */
static int shift(struct inode *i, u64 offset, u64 len, bool insert)
{
	struct tmp_node *n = tmp_node(i);
	int err;

	if ((offset | len) & (PAGE_SIZE - 1))
		return -EINVAL;
	if (insert ? offset >= i->size : offset + len >= i->size)
		return -EINVAL;
	if (insert && len > OFFSET_MAX - i->size)
		return -EFBIG;
	if (n->mapped != 0)
		return -EOPNOTSUPP;
	if (atomic_load(&n->active) != 0)
		return -EBUSY;
	err = extents_reserve(&n->extents, 2);
	if (err < 0)
		return err;
	if (insert) {
		extents_cut(&n->extents, page_of(offset));
		extents_shift(&n->extents, page_of(offset), (s64)page_of(len));
		atomic_store(&i->size, i->size + len);
	} else {
		remove_pages(i, page_of(offset), page_of(offset + len));
		extents_shift(&n->extents, page_of(offset + len), -(s64)page_of(len));
		atomic_store(&i->size, i->size - len);
	}
	return 0;
}

/* What was allocated in [from, to) and never written goes again. */
static void drop_unwritten(struct inode *i, u64 from, u64 to)
{
	struct extents *x = &tmp_node(i)->extents;
	u32 at;

	while (from < to && (at = extents_find(x, from)) < x->count && x->v[at].page < to) {
		struct extent e = x->v[at];
		u64 end = MIN(e.page + e.pages, to);

		if (e.flags & EXTENT_UNWRITTEN && extents_reserve(x, 2) == 0)
			remove_pages(i, MAX(e.page, from), end);
		from = end;
	}
}

/* All of the pages or, as far as nothing was allocated before, none. */
static int fill_unwritten(struct inode *i, u64 offset, u64 len)
{
	u64 from = page_of(offset), to = page_up(offset + len);
	int err = fill_holes(i, from, to, EXTENT_UNWRITTEN);

	if (err < 0)
		drop_unwritten(i, from, to);
	return err;
}

static int allocate(struct inode *i, u64 offset, u64 len, bool keep_size)
{
	int err = fill_unwritten(i, offset, len);

	if (err == 0 && !keep_size && offset + len > i->size)
		set_size_locked(i, offset + len);
	return err;
}

static int fallocate_locked(struct inode *i, int mode, u64 offset, u64 len)
{
	bool keep_size = mode & LINUX_FALLOC_FL_KEEP_SIZE;
	int err;

	switch (mode & ~LINUX_FALLOC_FL_KEEP_SIZE) {
	case LINUX_FALLOC_FL_PUNCH_HOLE:
		return punch(i, offset, offset + len);
	case LINUX_FALLOC_FL_ZERO_RANGE:
		/* There is room for it before anything is lost. */
		err = fill_unwritten(i, offset, len);
		if (err == 0)
			err = punch(i, offset, offset + len);
		return err < 0 ? err : allocate(i, offset, len, keep_size);
	case LINUX_FALLOC_FL_COLLAPSE_RANGE:
		return shift(i, offset, len, false);
	case LINUX_FALLOC_FL_INSERT_RANGE:
		return shift(i, offset, len, true);
	default:
		return allocate(i, offset, len, keep_size);
	}
}

static int tmp_fallocate(struct file *f, int mode, u64 offset, u64 len)
{
	struct inode *i = f->inode;
	struct tmp_node *n = tmp_node(i);
	int err;

	lock_acquire(&n->io_lock);
	/* Pages are not moved under a reader; it needs no lock of ours to come to its end. */
	for (u32 tries = 0;; tries++) {
		lock_acquire(&i->lock);
		err = fallocate_locked(i, mode, offset, len);
		lock_release(&i->lock);
		if (err != -EBUSY || tries >= SHIFT_TRIES)
			break;
		plat_yield();
	}
	if (err == 0)
		inode_touch(i, SETATTR_MTIME | SETATTR_CTIME);
	lock_release(&n->io_lock);
	return err;
}

/* Where data (or a hole) begins at or after pos, below size. Under the inode's lock. */
static u64 find_kind(struct inode *i, u64 pos, bool data)
{
	struct extents *x = &tmp_node(i)->extents;
	u32 at = extents_find(x, page_of(pos));

	for (; at < x->count; at++) {
		u64 start = x->v[at].page << PAGE_SHIFT;

		if (x->v[at].flags & EXTENT_UNWRITTEN) {
			if (!data)
				return pos;
		} else {
			if (data)
				return MAX(pos, start);
			if (start > pos)
				return pos;
			pos = start + ((u64)x->v[at].pages << PAGE_SHIFT);
		}
	}
	return data ? OFFSET_MAX : pos;
}

static s64 tmp_seek(struct file *f, s64 offset, int whence)
{
	struct inode *i = f->inode;
	u64 size = atomic_load(&i->size), found;

	if ((whence != LINUX_SEEK_DATA && whence != LINUX_SEEK_HOLE) || offset < 0 ||
	    (u64)offset >= size)
		return file_seek_size(f, offset, whence, size);
	lock_acquire(&i->lock);
	found = find_kind(i, (u64)offset, whence == LINUX_SEEK_DATA);
	lock_release(&i->lock);
	if (found >= size) {
		if (whence == LINUX_SEEK_DATA)
			return -ENXIO;
		found = size;
	}
	f->pos = found;
	return (s64)found;
}

/* --- mappings, under the inode's lock --- */

static int map_run(const struct map_request *req, u64 page, u32 pages, u32 index)
{
	return plat_map(req->addr + ((page << PAGE_SHIFT) - req->offset),
			(size_t)pages << PAGE_SHIFT, req->prot,
			LINUX_MAP_FIXED | req->extra |
				(req->shared ? LINUX_MAP_SHARED : LINUX_MAP_PRIVATE),
			pool_fd, pool_offset(index));
}

static void unmap_pages(const struct map_request *req, u64 from, u64 to)
{
	if (from < to)
		plat_unmap(req->addr + ((from << PAGE_SHIFT) - req->offset),
			   (to - from) << PAGE_SHIFT);
}

/* Map what is allocated of [from, to) and nothing else. */
static int map_extents(struct inode *i, const struct map_request *req, u64 from, u64 to)
{
	struct extents *x = &tmp_node(i)->extents;
	int err = 0;

	for (u32 at = extents_find(x, from); at < x->count && x->v[at].page < to;
	     at++) {
		const struct extent *e = &x->v[at];
		u64 start = MAX(e->page, from), end = MIN(e->page + e->pages, to);

		unmap_pages(req, from, start);
		err = map_run(req, start, (u32)(end - start),
			      e->index + (u32)(start - e->page));
		if (err < 0)
			return err;
		from = end;
	}
	unmap_pages(req, from, to);
	return 0;
}

/*
 * A range in many pieces would need a host mapping for each: put it together in one run
 * first. Only while nobody else can be looking at the pages.
 */
static void tidy(struct inode *i, u64 from, u64 to)
{
	struct tmp_node *n = tmp_node(i);
	struct extents *x = &n->extents;
	u32 first = extents_find(x, from), last = extents_find(x, to), index;
	u64 pages = to - from;

	if (last - first < TIDY_EXTENTS || pages > WRITE_RUN_MAX * 64 ||
	    n->mapped != 0 || extents_holes(x, from, to) != 0 || !lock_try(&n->io_lock))
		return;
	if (atomic_load(&n->active) == 0 && extents_reserve(x, 3) == 0 &&
	    pool_alloc((u32)pages, &index) == 0) {
		struct extent e = { .page = from, .pages = (u32)pages, .index = index };

		for (u64 page = from; page < to; page++) {
			struct segment s = { 0 };

			gather(i, page << PAGE_SHIFT, PAGE_SIZE, &s, 1);
			if (s.ptr != NULL)
				memcpy(pool_ptr(index + (u32)(page - from)), s.ptr,
				       PAGE_SIZE);
		}
		extents_remove(x, from, to, false);
		extents_insert(x, &e);
	}
	lock_release(&n->io_lock);
}

/* Map [from, to), which is inside of the file. must: the first page has to be there. */
static int map_inside(struct file *f, const struct map_request *req, u64 from, u64 to,
		      bool must)
{
	struct inode *i = f->inode;
	struct tmp_node *n = tmp_node(i);
	u64 holes = extents_holes(&n->extents, from, to);
	int err = 0;

	/* What cannot be allocated is left out; an access comes to tmp_fault(). */
	if (holes != 0 && holes <= MAP_HOLES_MAX)
		err = fill_holes(i, from, to, 0);
	if (err < 0 && must)
		return err;
	err = extents_reserve(&n->extents, 2);
	if (err < 0)
		return err;
	extents_set_flags(&n->extents, from, to, 0);
	tidy(i, from, to);
	if (f->private == NULL) {
		f->private = f;
		n->mapped++;
	}
	return map_extents(i, req, from, to);
}

static int tmp_map(struct file *f, const struct map_request *req)
{
	struct inode *i = f->inode;
	u64 from = page_of(req->offset), to = from + page_of(req->len), end;
	int err = 0;

	lock_acquire(&i->lock);
	end = MAX(from, MIN(to, page_up(i->size)));
	if (from < end)
		err = map_inside(f, req, from, end, false);
	if (err == 0)
		unmap_pages(req, end, to);
	lock_release(&i->lock);
	return err;
}

static int tmp_fault(struct file *f, const struct map_request *req)
{
	struct inode *i = f->inode;
	u64 from = page_of(req->offset), to = from + page_of(req->len), end;
	int err = -EFAULT;

	lock_acquire(&i->lock);
	end = MIN(to, page_up(i->size));
	if (from < end && map_inside(f, req, from, end, true) == 0)
		err = 0;
	lock_release(&i->lock);
	return err;
}

static void tmp_release(struct file *f)
{
	struct inode *i = f->inode;

	if (f->private == NULL)
		return;
	lock_acquire(&i->lock);
	tmp_node(i)->mapped--;
	lock_release(&i->lock);
}

static int tmp_fsync(UNUSED struct file *f, UNUSED bool data_only)
{
	return 0;
}

/* --- for copy-up --- */

/* The next stretch of data of from at or after pos, in whole pages; false: only holes follow. */
static bool next_data(struct file *from, u64 pos, u64 size, u64 *ret_start,
		      u64 *ret_end)
{
	s64 start = (s64)pos, end = (s64)size;

	if (from->ops->seek != NULL) {
		start = from->ops->seek(from, (s64)pos, LINUX_SEEK_DATA);
		if (start == -ENXIO)
			return false;
		if (start < 0)
			start = (s64)pos;
		end = from->ops->seek(from, start, LINUX_SEEK_HOLE);
		if (end <= start)
			end = (s64)size;
	}
	*ret_start = MAX(pos, (u64)start & PAGE_MASK);
	*ret_end = MIN((u64)end, size);
	return *ret_start < *ret_end;
}

/* One run of pages from pos, a page's start, at most to end. Value: bytes done. */
static s64 fill_run(struct inode *i, tmp_bring_fn *bring, void *context, u64 pos, u64 end)
{
	struct extents *x = &tmp_node(i)->extents;
	struct extent e = { 0 };
	u32 pages = 0;
	u64 len;
	s64 n;
	int err;

	lock_acquire(&i->lock);
	err = fill_hole(i, page_of(pos),
			MIN(page_up(end) - page_of(pos), (u64)WRITE_RUN_MAX), 0,
			&pages);
	if (err == 0)
		e = x->v[extents_find(x, page_of(pos))];
	lock_release(&i->lock);
	if (err < 0)
		return err;
	len = MIN((u64)pages << PAGE_SHIFT, end - pos);
	n = bring(context, (char *)pool_ptr(e.index) + (pos - (e.page << PAGE_SHIFT)), len, pos);
	/* A file that has become shorter underneath reads as zeros where it ended. */
	return n < 0 ? n : (s64)((u64)pages << PAGE_SHIFT);
}

static int fill_range(struct inode *i, tmp_bring_fn *bring, void *context, u64 start, u64 end)
{
	while (start < end) {
		s64 n = fill_run(i, bring, context, start, end);

		if (n < 0)
			return (int)n;
		start += (u64)n;
	}
	return 0;
}

static s64 bring_from_file(void *file, char *to, u64 len, u64 pos)
{
	return file_read_kernel(file, to, len, pos);
}

int tmp_fill(struct inode *i, struct file *from, u64 size)
{
	u64 start, end = 0;
	int err = 0;

	while (err == 0 && end < size && next_data(from, end, size, &start, &end))
		err = fill_range(i, bring_from_file, from, start, end);
	if (err == 0)
		wrote(i, size);
	return err;
}

int tmp_fill_by(struct inode *i, u64 size, tmp_bring_fn *bring, void *context)
{
	int err = fill_range(i, bring, context, 0, size);

	if (err == 0)
		wrote(i, size);
	return err;
}

static int tmp_content(struct file *f, struct file_content *ret)
{
	return inode_executed_content(f->inode, ret);
}

const struct file_ops tmp_file_ops = {
	.read = tmp_read,
	.write = tmp_write,
	.seek = tmp_seek,
	.map = tmp_map,
	.fault = tmp_fault,
	.fsync = tmp_fsync,
	.fallocate = tmp_fallocate,
	.content = tmp_content,
	.release = tmp_release,
};
