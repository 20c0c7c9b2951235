# web.mk - the page that reads archives in a browser: `make web`. It needs
# clang, lld, wasi-libc and the builtins of compiler-rt for wasm32, all of
# Debian, and fetches Debian's sources of zstd and libsodium once.

O       := build/web-objects
FROM    := build/web-sources
TO      := build/web
MUSL    := /usr/share/doc/wasi-libc/copyright
WASM_CC ?= clang

MEMORY  := 536870912
STACK   := 1048576

SODIUM := crypto_generichash/blake2b/ref/blake2b-compress-ref.c \
          crypto_generichash/blake2b/ref/blake2b-ref.c \
          crypto_generichash/blake2b/ref/generichash_blake2b.c \
          crypto_generichash/crypto_generichash.c \
          crypto_hash/sha256/hash_sha256.c crypto_hash/sha256/cp/hash_sha256_cp.c \
          crypto_hash/sha512/hash_sha512.c crypto_hash/sha512/cp/hash_sha512_cp.c \
          crypto_hash/crypto_hash.c crypto_verify/sodium/verify.c \
          crypto_shorthash/siphash24/shorthash_siphashx24.c \
          crypto_shorthash/siphash24/ref/shorthash_siphashx24_ref.c \
          crypto_core/ed25519/ref10/ed25519_ref10.c \
          crypto_sign/crypto_sign.c crypto_sign/ed25519/sign_ed25519.c \
          crypto_sign/ed25519/ref10/open.c \
          crypto_sign/ed25519/ref10/sign.c sodium/codecs.c
ZSTD   := common/entropy_common.c common/error_private.c common/fse_decompress.c \
          common/xxhash.c common/zstd_common.c decompress/huf_decompress.c \
          decompress/zstd_ddict.c decompress/zstd_decompress.c \
          decompress/zstd_decompress_block.c

# base/pool.c and base/sink.c are replaced; base/packet.c is for processes, and
# base/mark.c for appends. Nothing here compresses, signs or writes files: what only
# that needs is not linked.
OURS := $(filter-out $(addprefix src/base/,pool.c sink.c packet.c mark.c),$(wildcard \
            $(addprefix src/,$(addsuffix /*.c,base log format read proof check web))))
OBJ  := $(OURS:%.c=$(O)/%.o) $(SODIUM:%.c=$(O)/sodium/%.o) $(ZSTD:%.c=$(O)/zstd/%.o)

# -Os would save an eighth of the bytes.
COMMON := --target=wasm32-wasi --sysroot=/usr -O2 -fvisibility=hidden
NEED   := $(COMMON) -std=c11 -D_GNU_SOURCE -Isrc/web/include -Isrc -Ibuild/made \
          -Wall -Wextra -Wno-unused-parameter -isystem $(FROM)/zstd/lib \
          -isystem $(O)/include -isystem $(FROM)/sodium/src/libsodium/include \
          -isystem $(FROM)/sodium/src/libsodium/include/sodium
S      := $(FROM)/sodium/src/libsodium
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@ &&)

all: $(addprefix $(TO)/,index.html sheaf.css sheaf.js sheaf.wasm)

# The module is one file, with the licences of what is in sheaf.wasm: its parts
# in this order, without what binds them together. No two may have a name for
# different things.
PARTS := failure source module session dom diff text worker trust list app \
         pictures article browse reading dialogs page main
$(TO)/sheaf.js: $(PARTS:%=src/web/%.mjs) $(FROM)/versions src/web/web.mk
	@mkdir -p $(@D)
	$(call say,JOIN) { { cat LICENSE; \
	    printf '\nsheaf.wasm also has parts of zstd, libsodium and musl.\n\n'; \
	    cat $(FROM)/zstd/LICENSE; printf '\n'; cat $(FROM)/sodium/LICENSE; \
	    printf '\n'; awk -v RS= '/^License: MIT\n/ || /Copyright: 2005-2019 Rich/' $(MUSL); } | \
	    sed 's|^|// |; s| *$$||'; \
	    awk '/^import / { skip = 1 } \
	         !skip { sub(/^export /, ""); print } \
	         !skip && match($$0, /^(async )?(const|let|class|function\*?) +[A-Za-z0-9_]+/) { \
	             n = split(substr($$0, 1, RLENGTH), word, " "); \
	             if (seen[word[n]]++) { \
	                 print FILENAME ": another part has " word[n] > "/dev/stderr"; bad = 1 } } \
	         /;$$/ { skip = 0 } \
	         END { exit bad }' $(PARTS:%=src/web/%.mjs); } > $@ || { rm -f $@; exit 1; }
$(TO)/%: src/web/%
	@mkdir -p $(@D)
	$(call say,COPY) cp $< $@

$(FROM)/versions:
	$(call say,FETCH) sh src/web/sources $(FROM)
$(O)/include/sodium/version.h: $(FROM)/versions src/web/web.mk
	@mkdir -p $(@D)
	@sed '/MINIMAL_DEF/d; s/@[A-Z_]*@/0/' \
	    $(S)/include/sodium/version.h.in > $@

$(O)/src/%.o: src/%.c $(O)/include/sodium/version.h src/web/web.mk
	@mkdir -p $(@D)
	$(call say,WASM) $(WASM_CC) $(NEED) -MMD -MP -c -o $@ $<
$(O)/sodium/%.o: $(O)/include/sodium/version.h src/web/web.mk
	@mkdir -p $(@D)
	$(call say,WASM) $(WASM_CC) $(COMMON) -w -DNDEBUG -DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN \
	    -DHAVE_WEAK_SYMBOLS=0 -I$(O)/include -I$(O)/include/sodium -I$(S)/include \
	    -I$(S)/include/sodium -I$(S)/include/sodium/private -c -o $@ $(S)/$*.c
$(O)/zstd/%.o: $(FROM)/versions src/web/web.mk
	@mkdir -p $(@D)
	$(call say,WASM) $(WASM_CC) $(COMMON) -w -DNDEBUG -DZSTD_DISABLE_ASM -DZSTD_LEGACY_SUPPORT=0 \
	    -DDEBUGLEVEL=0 -I$(FROM)/zstd/lib -I$(FROM)/zstd/lib/common \
	    -c -o $@ $(FROM)/zstd/lib/$*.c
-include $(OBJ:.o=.d)

# No stack overflow goes unseen: the stack is below everything else.
$(TO)/sheaf.wasm: $(OBJ)
	@mkdir -p $(@D)
	$(call say,LINK) $(WASM_CC) --target=wasm32-wasi --sysroot=/usr -nostartfiles \
	    -Wl,--no-entry,--strip-all,--stack-first,-z,stack-size=$(STACK) \
	    -Wl,--max-memory=$(MEMORY) -o $@ $^ -lc-printscan-no-floating-point
.PHONY: all
.DELETE_ON_ERROR:
.SUFFIXES:
