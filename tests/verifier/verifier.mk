# SPDX-License-Identifier: Apache-2.0
# Builds the BPF object with each compiler that it is tested with, and what holds the verifier's work against the bounds.

VERIFIED := $(patsubst %,$(OUTPUT)/verifier/%.bpf.o,clang-14 clang-16 clang-19)

$(OUTPUT)/verifier/%.bpf.o: bpf/uidzero.bpf.c
	$(say) BPF $@
	$(Q)mkdir -p $(@D)
	$(Q)$* $(BPF_CFLAGS) -MMD -MP -c $< -o $@
	$(Q)$(LLVM_STRIP) -g $@

VERIFY_SOURCES := tests/verifier/verify.c user/source/program_types.c user/source/kernel_types.c

$(OUTPUT)/verifier/verify: $(VERIFY_SOURCES) $(SKELETON) | $(SYSROOT)
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -O2 -std=gnu11 -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
		-Iinclude -Iuser -I$(OUTPUT) -static $(VERIFY_SOURCES) -o $@ -lbpf -lelf -lz

test-programs: $(VERIFIED) $(OUTPUT)/verifier/verify

-include $(wildcard $(OUTPUT)/verifier/*.d)
