# nacre: `make` builds build/nacre; the tree is the build: sources are globbed.
#
#   make demo    install what is needed, build, run real programs
#   make check   everything CI runs: unit tests, guest tests natively and under nacre
#   make lint    layers, headers, formatting rules
#   make doc     regenerate doc/syscalls.md
#   make install PREFIX=/usr/local [DESTDIR=]
#   DEBUG=1      kernel with run-time lock checks

CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
BUILD ?= build
Q := $(if $(V),,@)
PREFIX ?= /usr/local
VERSION := 0.1.0

WARN := -Wall -Wextra -Werror -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes
COMMON := -std=gnu17 -I. -O2 -g $(WARN) -MMD -MP -DNACRE_VERSION='"$(VERSION)"'
ifdef DEBUG
COMMON += -DNACRE_DEBUG
endif

is_clang := $(findstring clang,$(shell $(CC) --version | head -1))

# --- the kernel image: freestanding, no host header can be found ---
KFLAGS := $(COMMON) -ffreestanding -nostdlib -nostdinc -Wframe-larger-than=2048 \
	-isystem $(shell $(CC) -print-file-name=include) \
	-fPIE -fvisibility=hidden -mgeneral-regs-only -mno-red-zone -fno-stack-protector \
	-fcf-protection=none -fno-asynchronous-unwind-tables -fno-omit-frame-pointer -ffunction-sections \
	$(if $(is_clang),,-fno-tree-loop-distribute-patterns)
ifneq ($(is_clang),)
KFLAGS := $(subst -isystem $(shell $(CC) -print-file-name=include),-isystem $(shell $(CC) -print-resource-dir)/include,$(KFLAGS))
endif
# Of the tables of names the kernel has those that it uses: each row is to be relocated.
KABI_FLAGS := -ffunction-sections -fdata-sections
KSRC := $(sort $(shell find lib abi code kernel platform/linux -name '*.c') \
	$(wildcard wire/codec.c) store/image.c store/index.c $(shell find platform/linux kernel -name '*.S'))
KOBJ := $(patsubst %,$(BUILD)/kernel/%.o,$(KSRC))

# --- the host program ---
HFLAGS := $(COMMON) -Wframe-larger-than=8192 -D_GNU_SOURCE -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
# Static: no library of these is loaded at the start of `nacre run`.
HLIBS := -l:libjansson.a -l:libcrypto.a
HSRC := $(sort $(shell find $(wildcard cli broker profile wire trace abi code) -name '*.c' \
	-not -path 'cli/report/*') lib/fmt.c $(wildcard cli/*.S profile/*.S) \
	store/image.c store/index.c $(patsubst %,store/host/%.c,digest blocks place ref fence))
HOBJ := $(patsubst %,$(BUILD)/host/%.o,$(HSRC))
# --- the program of `nacre store`, apart for the libraries it needs ---
STORE_SRC := $(sort $(wildcard store/*.c store/host/*.c))
STORE_OBJ := $(patsubst %,$(BUILD)/host/%.o,$(STORE_SRC))
STORE_LIBS := -larchive -ljansson -lcrypto -pthread

# --- the program that makes reports: it has the libraries, which nacre starts without ---
RLIBS := -ldw -lelf -lZydis -lzip -lcrypto -ljansson
RSRC := $(sort $(shell find report cli/report profile abi -name '*.c') cli/tables.c cli/help.c cli/values.c lib/fmt.c profile/shipped.S)
ROBJ := $(patsubst %,$(BUILD)/host/%.o,$(RSRC))

.PHONY: all demo check lint doc install clean format
all: $(BUILD)/nacre $(BUILD)/nacre-store $(BUILD)/nacre-report

$(BUILD)/kernel/%.c.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(KFLAGS) $(if $(filter abi/%,$<),$(KABI_FLAGS)) -c $< -o $@

$(BUILD)/kernel/%.S.o: %.S
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) -I. -MMD -MP -c $< -o $@

$(BUILD)/kernel.elf: $(KOBJ) $(wildcard platform/linux/*.lds)
	@echo "  LD      $@"
	$(Q)$(CC) -nostdlib -static-pie -Wl,--no-dynamic-linker -Wl,-z,text -Wl,-z,noexecstack \
		-Wl,--gc-sections -Wl,--build-id=none -Wl,-z,max-page-size=4096 -T platform/linux/kernel.lds $(KOBJ) -o $@

$(BUILD)/kernel.stripped: $(BUILD)/kernel.elf
	$(Q)objcopy --strip-all $< $@

$(BUILD)/host/%.c.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) $(HFLAGS) -c $< -o $@

$(BUILD)/host/cli/kernel_image.S.o: cli/kernel_image.S $(BUILD)/kernel.stripped
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) -I. -DKERNEL_IMAGE='"$(BUILD)/kernel.stripped"' -c $< -o $@

# The shipped profiles are inside the programs: a table of them is made from the folder.
PROFILES := $(sort $(wildcard profiles/*.json))
$(BUILD)/profiles.inc: $(PROFILES) Makefile
	@mkdir -p $(@D)
	$(Q)for f in $(PROFILES); do \
		n=$${f#profiles/}; echo "PROFILE \"$${n%.json}\", \"$$f\""; done > $@

PROFILE_OBJ := $(BUILD)/host/profile/shipped.S.o $(BUILD)/check/host/profile/shipped.S.o
$(PROFILE_OBJ): profile/shipped.S $(BUILD)/profiles.inc
	@mkdir -p $(@D)
	@echo "  CC      $<"
	$(Q)$(CC) -I. -DPROFILES='"$(BUILD)/profiles.inc"' -c $< -o $@

# Static as a whole: loading the libc would be a tenth of a sandbox's start. libcrypto's set-up is
# called later than it would be (broker/ahead.c), by a weak reference, for which alone the linker
# would take nothing out of the archive.
$(BUILD)/nacre: $(HOBJ)
	@echo "  LD      $@"
	$(Q)$(CC) -static-pie -Wl,-z,relro,-z,now -Wl,-e,nacre_start \
		-Wl,--wrap=OPENSSL_cpuid_setup,--undefined=OPENSSL_cpuid_setup $(HOBJ) $(HLIBS) -o $@

$(BUILD)/nacre-store: $(STORE_OBJ)
	@echo "  LD      $@"
	$(Q)$(CC) -pie -Wl,-z,relro,-z,now $(STORE_OBJ) $(STORE_LIBS) -o $@

$(BUILD)/nacre-report: $(ROBJ)
	@echo "  LD      $@"
	$(Q)$(CC) -pie -Wl,-z,relro,-z,now $(ROBJ) $(RLIBS) -o $@

doc: doc/syscalls.md
doc/syscalls.md: abi/syscalls.def tools/gen-syscalls-page
	tools/gen-syscalls-page > $@.tmp && mv $@.tmp $@

clean:
	rm -rf $(BUILD)

-include $(KOBJ:.o=.d) $(HOBJ:.o=.d) $(STORE_OBJ:.o=.d) $(ROBJ:.o=.d)

# --- checks: unit tests and fuzz targets run under ASan and UBSan ---
include platform/fake/fake.mk
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all
CHECK := $(BUILD)/check
FAKE_SRC := $(sort $(FAKE_SOURCES) $(LOADER_SOURCES))
VFS_OBJ := $(patsubst %,$(CHECK)/fake/%.o,$(VFS_SOURCES))
FAKE_OBJ := $(patsubst %,$(CHECK)/fake/%.o,$(FAKE_SRC))
SANHOST_OBJ := $(patsubst %,$(CHECK)/host/%.o,$(filter-out cli/main.c cli/%.S,$(HSRC)))
SANSTORE_OBJ := $(patsubst %,$(CHECK)/host/%.o,$(filter-out store/host/main.c,$(STORE_SRC)))
SANREPORT_OBJ := $(patsubst %,$(CHECK)/host/%.o,$(filter-out cli/%,$(RSRC)))
UNIT := $(patsubst tests/%.c,$(CHECK)/%,$(wildcard tests/unit/*.c tests/fuzz/*.c))

$(CHECK)/fake/%.c.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC      $< (fake)"
	$(Q)$(CC) $(FAKE_CFLAGS) -MMD -MP -c $< -o $@

$(CHECK)/host/%.c.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC      $< (sanitized)"
	$(Q)$(CC) $(COMMON) -D_GNU_SOURCE $(SAN) -c $< -o $@
-include $(SANHOST_OBJ:.o=.d) $(SANSTORE_OBJ:.o=.d) $(SANREPORT_OBJ:.o=.d)

$(CHECK)/libfake.a: $(FAKE_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(CHECK)/libvfs.a: $(VFS_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(CHECK)/libhost.a: $(SANHOST_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(CHECK)/libreport.a: $(SANREPORT_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

$(CHECK)/libstore.a: $(SANSTORE_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^

# Programs over the kernel's parts (loader_, vfs_) link platform/fake, those over report/
# (report_) that, those of the store (store_) it, the others the host side.
$(UNIT): $(CHECK)/%: tests/%.c $(CHECK)/libfake.a $(CHECK)/libvfs.a $(CHECK)/libhost.a \
		$(CHECK)/libreport.a $(CHECK)/libstore.a
	@mkdir -p $(@D)
	@echo "  TEST    $<"
	$(Q)$(CC) -std=gnu17 -g -O1 -I. $(WARN) $(SAN) \
		$(if $(filter loader_% vfs_% mm_%,$(@F)),-DPLAT_FAKE) $(if $(shell grep -l _GNU_SOURCE $<),,-D_GNU_SOURCE) -MMD -MP \
		$< $(if $(filter vfs_%,$(@F)),$(CHECK)/libvfs.a) \
		$(if $(filter loader_% vfs_% mm_%,$(@F)),$(CHECK)/libfake.a,$(if \
			$(filter report_%,$(@F)),$(CHECK)/libreport.a $(RLIBS),$(if \
			$(filter store_%,$(@F)),$(CHECK)/libstore.a $(STORE_LIBS),$(CHECK)/libhost.a))) \
		$(HLIBS) -o $@

.PHONY: check-programs fuzz-% bench
check-programs: $(UNIT)

check: all check-programs
	tests/check

bench: all
	bench/run $(ROUNDS) --json $(BUILD)/bench.json --svg $(BUILD)/bench.svg $(if $(PEERS),--peers) \
		$(if $(ONLY),--only "$(ONLY)")

fuzz-%: $(CHECK)/fuzz/%_fuzz
	$< $(N)

lint:
	tools/check-syscalls
	tools/check-layers
	tools/check-headers
	tools/check-style
	tools/check-tests

demo:
	tools/setup
	$(MAKE) all
	tools/demo

# --- installation: program, manual page, completions from one table of options ---
DOCS := $(BUILD)/nacre.1 $(BUILD)/nacre.bash $(BUILD)/_nacre $(BUILD)/nacre.fish
$(BUILD)/nacre.1: $(BUILD)/nacre
	$(Q)$< internal-docs man > $@
$(BUILD)/nacre.bash: $(BUILD)/nacre
	$(Q)$< internal-docs bash > $@
$(BUILD)/_nacre: $(BUILD)/nacre
	$(Q)$< internal-docs zsh > $@
$(BUILD)/nacre.fish: $(BUILD)/nacre
	$(Q)$< internal-docs fish > $@

install: all $(DOCS)
	install -D -m 755 $(BUILD)/nacre $(DESTDIR)$(PREFIX)/bin/nacre
	install -D -m 755 $(BUILD)/nacre-store $(DESTDIR)$(PREFIX)/libexec/nacre/nacre-store
	install -D -m 755 $(BUILD)/nacre-report $(DESTDIR)$(PREFIX)/libexec/nacre/nacre-report
	install -D -m 644 $(BUILD)/nacre.1 $(DESTDIR)$(PREFIX)/share/man/man1/nacre.1
	install -D -m 644 $(BUILD)/nacre.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/nacre
	install -D -m 644 $(BUILD)/_nacre $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_nacre
	install -D -m 644 $(BUILD)/nacre.fish \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/nacre.fish

-include $(FAKE_OBJ:.o=.d) $(VFS_OBJ:.o=.d) $(SANHOST_OBJ:.o=.d) $(SANREPORT_OBJ:.o=.d) $(UNIT:=.d)
