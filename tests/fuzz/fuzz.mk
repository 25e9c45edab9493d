# SPDX-License-Identifier: Apache-2.0
# Builds and runs the fuzz targets; see docs/testing.md.

FUZZ_SHARED   := $(patsubst %,$(OBJ)/tests/fuzz/%.o,lines records quiet_log)
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(OBJ)/tests/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
# libFuzzer has a main() of its own; without it the target goes over its corpus once.
FUZZ_MAIN     := $(if $(filter 1,$(FUZZ)),,$(OBJ)/tests/fuzz/corpus_main.o)
FUZZ_SECONDS  ?= 45
FUZZ_TARGETS  ?= $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

# For tests/run: as if there were one processor, and some for valgrind.
FUZZ_TIMEOUT   = $(shell echo $$(($(FUZZ_SECONDS) * $(words $(FUZZ_TARGETS)) + 300)))

# Only what is tested is worth following.
$(OBJ)/tests/fuzz/%.o: CFLAGS += $(if $(filter 1,$(FUZZ)),-fno-sanitize=fuzzer-no-link)

$(OBJ)/tests/fuzz/fuzz_%: $(OBJ)/tests/fuzz/fuzz_%.o $(FUZZ_SHARED) $(FUZZ_MAIN) $(LIBRARY)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

.PHONY: fuzz-one-flavour
fuzz-one-flavour: $(FUZZ_PROGRAMS)

.PHONY: fuzz-programs
fuzz-programs:
	$(Q)$(MAKE) CC=$(CLANG) FUZZ=1 fuzz-one-flavour
	$(Q)$(MAKE) CC=gcc fuzz-one-flavour

.PHONY: fuzz
fuzz: fuzz-programs
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_TARGETS="$(FUZZ_TARGETS)" \
		UNIT_TIMEOUT=$(FUZZ_TIMEOUT) tests/run --unit-only tests/fuzz/run

# Adds to the corpora what the last runs found, as far as it reaches code that nothing in there does; small files only.
FUZZ_MERGE_SIZE ?= 1500
.PHONY: fuzz-merge
fuzz-merge: fuzz-programs
	$(Q)for target in $(FUZZ_TARGETS); do \
		$(OUTPUT)/clang-fuzz/tests/fuzz/fuzz_$$target -set_cover_merge=1 -use_counters=0 \
			-max_len=$(FUZZ_MERGE_SIZE) tests/fuzz/corpus/$$target $(OUTPUT)/fuzz/$$target/corpus || exit 1; \
	done

-include $(wildcard $(OBJ)/tests/fuzz/*.d)
