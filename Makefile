# SPDX-License-Identifier: Apache-2.0
# Builds, tests and installs uidzero. `make help` lists the targets.

VERSION   := 0.1.0
PREFIX    ?= /usr/local
DESTDIR   ?=
CC        := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG     ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL   ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)

# As the kernel's BPF headers call it.
arch_name  = $(patsubst x86_64,x86,$(patsubst aarch64,arm64,$(1)))
HOST_ARCH := $(call arch_name,$(shell uname -m))
override ARCH := $(call arch_name,$(or $(ARCH),$(HOST_ARCH)))
ifeq ($(ARCH),$(HOST_ARCH))
OUTPUT    := .output
CROSS_COMPILE ?=
else
# For aarch64 on another machine: always by its gcc, always static, with Debian's libraries for it.
OUTPUT    := .output/$(ARCH)
CROSS_COMPILE ?= aarch64-linux-gnu-
SYSROOT   ?= $(OUTPUT)/sysroot
override CC := $(CROSS_COMPILE)gcc --sysroot=$(SYSROOT)
STATIC    := 1
endif

ifeq ($(V),1)
Q :=
say = @true
else
Q := @
say = @printf '  %-8s %s\n'
MAKEFLAGS += --no-print-directory
endif

CPPFLAGS += -D_GNU_SOURCE -DUIDZERO_VERSION='"$(VERSION)"' -Iinclude -Iuser -I$(OUTPUT)
CFLAGS   ?= -O2 -g
CFLAGS   += -std=gnu11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -fno-strict-aliasing
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Wall -Wextra -Werror \
	      -Wno-unused-parameter -Wno-gnu-variable-sized-type-not-at-end -Iinclude -Ibpf -Ivmlinux/$(ARCH)
LDLIBS   += -lbpf -lelf -lz -ljansson -lcyaml -lyaml -lcap -lm -pthread

# Objects of another flavour live elsewhere, so that switching never mixes them.
FLAVOUR := $(notdir $(firstword $(CC)))
ifeq ($(SANITIZE),1)
CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
FLAVOUR := $(FLAVOUR)-sanitize
endif
# For libFuzzer: clang alone has it.
ifeq ($(FUZZ),1)
CFLAGS  += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS += -fsanitize=fuzzer,address,undefined
FLAVOUR := clang-fuzz
endif
ifeq ($(STATIC),1)
CFLAGS  += -ffunction-sections -fdata-sections
LDFLAGS += -static -Wl,--gc-sections
FLAVOUR := $(FLAVOUR)-static
endif
OBJ := $(OUTPUT)/$(FLAVOUR)

SOURCES   := $(sort $(wildcard user/*.c user/*/*.c user/*/*/*.c))
LIBRARY   := $(OBJ)/libuidzero.a
LIB_OBJS  := $(patsubst %.c,$(OBJ)/%.o,$(filter-out user/main.c,$(SOURCES)))
PROG_OBJS := $(OBJ)/user/main.o
PROGRAM   := $(OBJ)/uidzero
SKELETON  := $(OUTPUT)/uidzero.skel.h
UNIT      := $(patsubst tests/unit/%.c,$(OBJ)/tests/unit/%,$(sort $(wildcard tests/unit/test_*.c)))

.PHONY: all
all: $(OUTPUT)/uidzero

# The one that was built last, whatever its flavour.
.PHONY: $(OUTPUT)/uidzero
$(OUTPUT)/uidzero: $(PROGRAM)
	$(Q)ln -sfn $(FLAVOUR)/uidzero $@

$(OUTPUT)/%.bpf.o: bpf/%.bpf.c | $(OUTPUT)
	$(say) BPF $@
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

$(SKELETON): $(OUTPUT)/uidzero.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name uidzero_bpf >$@.tmp && mv $@.tmp $@

$(OUTPUT):
	$(Q)mkdir -p $@

$(SYSROOT):
	$(say) SYSROOT $@
	$(Q)deploy/sysroot $(ARCH) $@

$(OBJ)/%.o: %.c | $(SKELETON) $(SYSROOT)
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(LIB_OBJS)
	$(say) AR $@
	$(Q)rm -f $@ && $(CROSS_COMPILE)ar rcs $@ $^

$(PROGRAM): $(PROG_OBJS) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $(PROG_OBJS) $(LIBRARY) $(LDLIBS) -o $@

$(OBJ)/tests/unit/%: $(OBJ)/tests/unit/%.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $< $(LIBRARY) $(LDLIBS) -lcmocka -o $@

include tests/Makefile.include
include tests/fuzz/fuzz.mk
include tests/bench/bench.mk
include tests/vm/vm.mk
include tests/verifier/verifier.mk

.PHONY: deps
deps:
	$(Q)deploy/deps.sh build

.PHONY: test-deps
test-deps:
	$(Q)deploy/deps.sh test

# Packages first, in a make of their own: what they bring decides what is built.
.PHONY: demo
demo: deps
	$(Q)$(MAKE) all $(OUTPUT)/demo-guest
	$(Q)deploy/demo/run $(OUTPUT)/uidzero $(OUTPUT)/demo-guest

$(OUTPUT)/demo-guest: deploy/demo/guest.c | $(OUTPUT) $(SYSROOT)
	$(say) CC $@
	$(Q)$(CC) -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -static $< -o $@

SANITIZED_UNIT = $(UNIT:$(OBJ)/%=$(OUTPUT)/$(notdir $(firstword $(CC)))-sanitize/%)

# All tests. The unit tests run under sanitizers, as does each fuzz target for FUZZ_SECONDS; the integration tests run what
# users run, the static binary; those in virtual machines two of the kernels, `make check-vm` runs all. For arm64 the BPF
# programs are compiled, which needs nothing more; check-vm runs them.
.PHONY: check
check: test-deps
	$(Q)$(MAKE) lint
	$(Q)$(MAKE) SANITIZE=1 unit-programs
	$(Q)$(MAKE) fuzz-programs
	$(Q)$(MAKE) ARCH=arm64 .output/arm64/uidzero.bpf.o
	$(Q)$(MAKE) CC=gcc all
	$(Q)$(MAKE) CC=gcc STATIC=1 all test-programs $(OUTPUT)/demo-guest
	$(Q)UIDZERO_VM_KERNELS="5.10 6.12" BATS_TEST_TIMEOUT=600 FUZZ_SECONDS=$(FUZZ_SECONDS) \
		UNIT_TIMEOUT=$(FUZZ_TIMEOUT) tests/run $(SANITIZED_UNIT) tests/fuzz/run $(INTEGRATION) tests/vm/kernels.bats

# The one that holds all lines against the published field list comes after those that make them.
INTEGRATION := $(filter-out %/ecs.bats,$(sort $(wildcard tests/integration/*.bats))) \
	       $(sort $(wildcard tests/verdicts/*.bats)) tests/integration/ecs.bats

# Those that need no privileges.
.PHONY: check-unit
check-unit:
	$(Q)$(MAKE) SANITIZE=1 unit-programs
	$(Q)tests/run --unit-only $(SANITIZED_UNIT)

# Those that need root: real kernels' hooks, real runtimes.
.PHONY: check-root
check-root:
	$(Q)$(MAKE) CC=gcc all
	$(Q)$(MAKE) CC=gcc STATIC=1 all test-programs $(OUTPUT)/demo-guest
	$(Q)tests/run --no-unit

.PHONY: unit-programs
unit-programs: $(UNIT)

FORMATTED := $(wildcard user/*.[ch] user/*/*.[ch] user/*/*/*.[ch] include/*.h bpf/*.[ch] tests/unit/*.[ch] \
		tests/fuzz/*.[ch] tests/programs/*.c tests/bench/*.[ch] tests/vm/module/*.c tests/verifier/*.c \
		deploy/demo/*.c)

.PHONY: fmt
fmt:
	$(Q)clang-format -i $(FORMATTED)

.PHONY: lint
lint:
	$(say) LINT
	$(Q)clang-format --dry-run -Werror $(FORMATTED)
	$(Q)tests/lint

.PHONY: install
install: all
	install -D -m 0755 $(OUTPUT)/uidzero $(DESTDIR)$(PREFIX)/bin/uidzero
	install -D -m 0644 man/uidzero.8 $(DESTDIR)$(PREFIX)/share/man/man8/uidzero.8
	install -D -m 0644 deploy/uidzero.yaml $(DESTDIR)$(PREFIX)/share/uidzero/uidzero.yaml
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's,/usr/local/bin/uidzero,$(PREFIX)/bin/uidzero,' deploy/uidzero.service \
		>$(DESTDIR)$(PREFIX)/lib/systemd/system/uidzero.service

.PHONY: uninstall
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/uidzero $(DESTDIR)$(PREFIX)/share/man/man8/uidzero.8 \
		$(DESTDIR)$(PREFIX)/share/uidzero/uidzero.yaml $(DESTDIR)$(PREFIX)/lib/systemd/system/uidzero.service
	-rmdir $(DESTDIR)$(PREFIX)/share/uidzero

.PHONY: help
help:
	@printf '%s\n' \
	'make            build $(OUTPUT)/uidzero' \
	'make demo       install what building needs, build, and show it beside a small container (root)' \
	'make check      install what testing needs, build, and pass all tests (root)' \
	'make check-unit the tests that need no privileges      make check-root  those that do' \
	'make check-vm   the tests on Debian kernels in virtual machines (check-vm-quick: 5.10 and 6.12)' \
	'make fuzz       feed hostile input to all that reads it, each for FUZZ_SECONDS (45)' \
	'make bench      measure cost against an empty program and peers (root)' \
	'make deps       install the packages that building needs (root)' \
	'make lint       formatting and structure               make fmt         format' \
	'make install    to DESTDIR and PREFIX                  make uninstall' \
	'make clean      remove what was built' \
	'' \
	'V=1 shows commands; CC=gcc|clang; STATIC=1 one static binary; SANITIZE=1 with ASan and UBSan' \
	'ARCH=arm64 one static binary for aarch64, in $(OUTPUT)/arm64 (CROSS_COMPILE=aarch64-linux-gnu-; `deploy/deps.sh arm64`)'

.PHONY: clean
clean:
	$(say) CLEAN $(OUTPUT)
	$(Q)rm -rf $(OUTPUT)

-include $(wildcard $(OUTPUT)/*.d) $(patsubst %.o,%.d,$(LIB_OBJS) $(PROG_OBJS)) $(UNIT:=.d)
.SECONDARY:
