# SPDX-License-Identifier: Apache-2.0
# Tests on Debian's kernels in virtual machines; see docs/kernels.md.

VM_PREPARE = $(MAKE) STATIC=1 all test-programs $(OUTPUT)/demo-guest
# Emulated processors are slow, and slower beside others.
VM_RUN     = BATS_TEST_TIMEOUT=600 tests/run --no-unit tests/vm/kernels.bats

# On all of them.
.PHONY: check-vm
check-vm:
	$(Q)$(VM_PREPARE)
	$(Q)$(VM_RUN)

# On the oldest, and on Debian stable's.
.PHONY: check-vm-quick
check-vm-quick:
	$(Q)$(VM_PREPARE)
	$(Q)UIDZERO_VM_KERNELS="5.10 6.12" $(VM_RUN)
