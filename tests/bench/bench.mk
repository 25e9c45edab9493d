# SPDX-License-Identifier: Apache-2.0
# Builds and runs the measurements of tests/bench; see docs/benchmarks.md.

BENCH       := $(OUTPUT)/bench
BENCH_TOOLS := $(BENCH)/floor $(BENCH)/storm $(BENCH)/stamp $(BENCH)/nothing
# Never the sanitizers' flags: what measures must not be slowed, and two of these are static.
BENCH_FLAGS := -O2 -g -D_GNU_SOURCE -std=gnu11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	       -Wmissing-prototypes -Iuser -I$(BENCH)

$(BENCH)/floor.bpf.o: tests/bench/floor.bpf.c
	$(say) BPF $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

$(BENCH)/floor.skel.h: $(BENCH)/floor.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name floor_bpf >$@.tmp && mv $@.tmp $@

$(BENCH)/floor: tests/bench/floor.c $(BENCH)/floor.skel.h
	$(say) CC $@
	$(Q)$(CC) $(BENCH_FLAGS) -MMD -MP $< -o $@ -lbpf -lelf -lz

$(BENCH)/storm: tests/bench/storm.c
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_FLAGS) -MMD -MP -static $< -o $@

$(BENCH)/stamp: tests/bench/stamp.c
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_FLAGS) -MMD -MP $< -o $@

$(BENCH)/nothing: tests/bench/nothing.c
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_FLAGS) -MMD -MP -static -nostdlib -ffreestanding -fno-stack-protector $< -o $@

$(BENCH)/count: tests/bench/count.c
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(BENCH_FLAGS) -MMD -MP -static $< -o $@

# Instructions of system calls by each hook, in a virtual machine of x86.
.PHONY: bench-icount
bench-icount: $(BENCH)/count
	$(Q)$(MAKE) STATIC=1 all test-programs $(OUTPUT)/demo-guest
	$(Q)tests/bench/icount

# BENCH_ARGS="--long" runs a million execs; tests/bench/run --help lists the rest.
.PHONY: bench
bench: all $(BENCH_TOOLS)
	$(Q)tests/bench/run --agent $(OUTPUT)/uidzero --tools $(BENCH) $(BENCH_ARGS)

-include $(wildcard $(BENCH)/*.d)
