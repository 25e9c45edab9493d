# SPDX-License-Identifier: Apache-2.0
# Builds, tests and installs uidzero. `make help` lists the targets.

VERSION   := 0.1.0
OUTPUT    := .output
PREFIX    ?= /usr/local
DESTDIR   ?=
CC        := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG     ?= clang
LLVM_STRIP ?= llvm-strip
BPFTOOL   ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
ARCH      ?= $(shell uname -m | sed -e 's/x86_64/x86/' -e 's/aarch64/arm64/')

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
BPF_CFLAGS := -O2 -g -target bpf -mcpu=v2 -D__TARGET_ARCH_$(ARCH) -Wall -Wextra -Werror \
	      -Wno-unused-parameter -Wno-gnu-variable-sized-type-not-at-end -Iinclude -Ibpf -Ivmlinux/$(ARCH)
LDLIBS   += -lbpf -lelf -lz -ljansson -lcyaml -lyaml -lcap

# Objects of another flavour live elsewhere, so that switching never mixes them.
FLAVOUR := $(notdir $(firstword $(CC)))
ifeq ($(SANITIZE),1)
CFLAGS  += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS += -fsanitize=address,undefined
FLAVOUR := $(FLAVOUR)-sanitize
endif
ifeq ($(STATIC),1)
CFLAGS  += -ffunction-sections -fdata-sections
LDFLAGS += -static -Wl,--gc-sections
FLAVOUR := $(FLAVOUR)-static
endif
OBJ := $(OUTPUT)/$(FLAVOUR)

SOURCES   := $(sort $(wildcard user/*.c user/*/*.c user/*/*/*.c))
LIBRARY   := $(OBJ)/libuidzero.a
LIB_OBJS  := $(patsubst %.c,$(OBJ)/%.o,$(filter-out user/main.c user/cmd/%,$(SOURCES)))
PROG_OBJS := $(patsubst %.c,$(OBJ)/%.o,$(filter user/main.c user/cmd/%,$(SOURCES)))
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

$(OBJ)/%.o: %.c | $(SKELETON)
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(LIB_OBJS)
	$(say) AR $@
	$(Q)rm -f $@ && ar rcs $@ $^

$(PROGRAM): $(PROG_OBJS) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $(PROG_OBJS) $(LIBRARY) $(LDLIBS) -o $@

$(OBJ)/tests/unit/%: $(OBJ)/tests/unit/%.o $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $< $(LIBRARY) $(LDLIBS) -lcmocka -o $@

.PHONY: unit-programs
unit-programs: $(UNIT)

.PHONY: clean
clean:
	$(say) CLEAN $(OUTPUT)
	$(Q)rm -rf $(OUTPUT)

-include $(wildcard $(OUTPUT)/*.d) $(patsubst %.o,%.d,$(LIB_OBJS) $(PROG_OBJS)) $(UNIT:=.d)
.SECONDARY:
