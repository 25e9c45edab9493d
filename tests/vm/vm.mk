# SPDX-License-Identifier: Apache-2.0
# Tests on Debian's kernels in virtual machines; see docs/kernels.md.

VM_PREPARE = $(MAKE) STATIC=1 all test-programs $(OUTPUT)/demo-guest
# Emulated processors are slow, and slower beside others.
VM_RUN     = BATS_TEST_TIMEOUT=600 tests/run --no-unit tests/vm/kernels.bats

# A program for arm, whose ELF header is written out: it needs no linker.
LLVM_OBJCOPY ?= llvm-objcopy
$(OUTPUT)/arm32: tests/vm/arm32.S | $(OUTPUT)
	$(say) AS $@
	$(Q)$(CLANG) --target=armv7-none-eabi -c $< -o $@.o
	$(Q)$(LLVM_OBJCOPY) -O binary --only-section=.text $@.o $@

# On all of them.
.PHONY: check-vm
check-vm:
	$(Q)$(VM_PREPARE)
	$(Q)$(MAKE) ARCH=arm64 all test-programs $(addprefix $(OUTPUT)/arm64/,demo-guest arm32)
	$(Q)$(VM_RUN)

# On the oldest, and on Debian stable's.
.PHONY: check-vm-quick
check-vm-quick:
	$(Q)$(VM_PREPARE)
	$(Q)UIDZERO_VM_KERNELS="5.10 6.12" $(VM_RUN)
