/*
 * Where the kernel lives in every process of a sandbox.
 *
 * One range of 320 GiB, the same in all processes, at a random place (4 GiB steps) in a part
 * of the address space that no program asks for: below the lowest place that mappings grow
 * down from (mm.c), and above what runtimes cover whole. Between its application's regions
 * ThreadSanitizer maps every page, so does MemorySanitizer; both leave 0x7e8000000000 and
 * above to libraries and stacks, AddressSanitizer all from 0x100000000000. Cosmopolitan's fixed
 * mappings end below. All of it is in one of the host's 512 GiB tables. Guest mappings never
 * overlap it; copy_in/copy_out refuse it.
 */
#ifndef NACRE_KERNEL_MM_ZONE_H
#define NACRE_KERNEL_MM_ZONE_H

#include "lib/types.h"

#define ZONE_MIN 0x7e8000000000ull
#define ZONE_MAX 0x7ef000000000ull
#define ZONE_SIZE 0x5000000000ull
#define ZONE_STEP 0x100000000ull

/*
 * Offsets within the zone; the gaps between the parts are never mapped. What every process
 * touches lies close together, because each 2 MiB, each GiB and each 512 GiB with something in
 * it costs a process a page of the host's page tables, made by fork and freed at the end: the
 * image, the first stack and the private heap's beginning are in the same 2 MiB, and the first
 * GiB has more stacks and the beginning of the shared heap, too.
 */
#define ZONE_IMAGE 0x0ull
#define ZONE_IMAGE_SIZE 0x160000ull
#define ZONE_FIRST_STACK 0x160000ull /* private: of a process's first thread */
#define ZONE_PRIVATE_HEAP 0x180000ull /* private: VMAs and the like */
#define ZONE_PRIVATE_HEAP_SIZE 0xfc80000ull
#define ZONE_SLOTS 0xfe00000ull /* private: descriptions of kernel stacks */
#define ZONE_PRIVATE_END 0x10000000ull
#define ZONE_BLOCK 0x10000000ull /* the broker's options, read-only */
#define ZONE_BLOCK_SIZE 0x10000000ull
#define ZONE_STACKS 0x20000000ull /* private: the next kernel stacks, one slot a thread */
#define ZONE_STACKS_SIZE 0x8000000ull
#define ZONE_SHARED_HEAP 0x3f000000ull /* anonymous, shared */
#define ZONE_SHARED_HEAP_SIZE 0x400000000ull
#define ZONE_MORE_STACKS 0x440000000ull /* private: all others */
#define ZONE_MORE_STACKS_SIZE 0x1f8000000ull
#define ZONE_TRACE 0x640000000ull /* memfd of the broker, shared: statistics and trace */
#define ZONE_POOL 0xc00000000ull /* memfd, shared: file pages */
#define ZONE_POOL_SIZE 0x4000000000ull
#define ZONE_MANIFESTS 0x4c00000000ull /* shared, read-only: of mounted images */
#define ZONE_MANIFESTS_SIZE 0x400000000ull

extern uaddr_t zone_base; /* set once, before any guest */

#endif
