# Sheaf. GNU make, no configure. `make help` says what there is to make.
#
# Flavours are built in folders of their own, build/$(FLAVOUR). CC, CPPFLAGS,
# CFLAGS, LDFLAGS, PREFIX and DESTDIR are yours; what the build itself needs
# is kept in other variables.

VERSION := $(shell sed -n 's/^.define SHEAF_VERSION "\(.*\)"/\1/p' src/sheaf.h)
SOMAJOR := $(firstword $(subst ., ,$(VERSION)))

PREFIX      ?= /usr/local
bindir      ?= $(PREFIX)/bin
libdir      ?= $(PREFIX)/lib
libexecdir  ?= $(PREFIX)/libexec
includedir  ?= $(PREFIX)/include
mandir      ?= $(PREFIX)/share/man
datadir     ?= $(PREFIX)/share
docdir      ?= $(PREFIX)/share/doc/sheaf
# Empty where there is no Python: then its package is not installed.
pythondir   ?= $(shell $(PYTHON) src/python/installdir.py $(PREFIX) 2> /dev/null)
PKG_CONFIG  ?= pkg-config
INSTALL     ?= install
OBJCOPY     ?= objcopy
PERL        ?= perl
PYTHON      ?= python3
CFLAGS      ?= -O2 -g
FUZZ_CC     ?= clang
JOBS        ?= 2
T           ?= 60

FLAVOUR     ?= release
B           := build/$(FLAVOUR)

# ---- Flags ------------------------------------------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
        -Wstrict-prototypes -Wmissing-prototypes -Wvla
ifeq ($(CI),true)
WARN += -Werror
endif

FLAGS_release := -fstack-protector-strong
FLAGS_test    := -DSHEAF_TEST -O1 -fno-omit-frame-pointer
FLAGS_asan    := $(FLAGS_test) -fsanitize=address,undefined \
                 -fno-sanitize-recover=all
FLAGS_tsan    := $(FLAGS_test) -fsanitize=thread
FLAGS_cov     := -DSHEAF_TEST -O0 --coverage
FLAGS_fuzz    := $(FLAGS_asan) -fsanitize=fuzzer-no-link
LINK_release  := -Wl,-O1,--as-needed,-z,relro,-z,now
ifeq ($(filter $(FLAVOUR),release test asan tsan cov fuzz),)
$(error no such flavour: $(FLAVOUR))
endif

LIB_NEEDS    := libzstd libsodium
IMPORT_NEEDS := libarchive libxml-2.0 zlib libzstd libsodium libseccomp sqlite3 yaml-0.1 gmime-3.0 \
                libbrotlidec nettle uchardet icu-i18n
EXPORT_NEEDS := libarchive sqlite3 libsodium libseccomp libutf8proc
HTTP_NEEDS   := libcurl libseccomp
TIME_NEEDS   := libcrypto libcurl libseccomp
SERVE_NEEDS  := libmicrohttpd libseccomp libsodium
comma       := ,
cflags_of = $(patsubst -I%,-isystem %,\
            $(shell $(PKG_CONFIG) --cflags $(1) 2> /dev/null))
libs_of   = $(shell $(PKG_CONFIG) --libs $(1) 2> /dev/null)
# SHA-256 comes from the static libcrypto where there is one: it is six times as
# fast as libsodium's, and 20 KB of code. CRYPTO= leaves it out.
CRYPTO      ?= $(if $(shell $(PKG_CONFIG) --exists libcrypto 2> /dev/null && echo yes),\
               $(filter /%,$(shell $(CC) -print-file-name=libcrypto.a 2> /dev/null)))
CRYPTO_LIBS := $(if $(CRYPTO),$(CRYPTO) -Wl$(comma)--exclude-libs$(comma)libcrypto.a)
LIB_LIBS    := $(call libs_of,$(LIB_NEEDS)) $(CRYPTO_LIBS) -pthread
# ZIM files are read if there is libzim, and a compiler of C++.
CXX_OF      := $(if $(findstring clang,$(CC)),clang++,g++)
ZIM         ?= $(shell $(PKG_CONFIG) --exists libzim 2> /dev/null && command -v $(CXX_OF))
IMPORT_LIBS := $(call libs_of,$(IMPORT_NEEDS)) -lcsv $(CRYPTO_LIBS) \
               $(if $(ZIM),$(call libs_of,libzim) -lstdc++)
EXPORT_LIBS := $(call libs_of,$(EXPORT_NEEDS)) $(CRYPTO_LIBS) -lm -pthread
HTTP_LIBS   := $(call libs_of,$(HTTP_NEEDS))
TIME_LIBS   := $(call libs_of,$(TIME_NEEDS))
SERVE_LIBS  := $(call libs_of,$(SERVE_NEEDS)) $(CRYPTO_LIBS) -pthread
# The command starts faster, and with 18 system calls less, when libzstd and
# libsodium are in it; STATIC= links the shared ones.
STATIC      ?= $(filter /%,$(foreach n,zstd sodium,\
               $(shell $(CC) -print-file-name=lib$(n).a 2> /dev/null)))
CLI_LIBS    := $(if $(filter 2,$(words $(STATIC))),$(STATIC) $(CRYPTO_LIBS) -pthread,\
               $(LIB_LIBS))

NEED = -std=c11 -D_GNU_SOURCE -Isrc -Ibuild/made $(WARN) -fPIC -fvisibility=hidden -pthread
COMPILE = $(CC) $(CPPFLAGS) $(CFLAGS) $(NEED) $(FLAGS_$(FLAVOUR)) $(EXTRA)
LINK    = $(CC) $(CFLAGS) $(FLAGS_$(FLAVOUR)) $(LINK_$(FLAVOUR)) $(LDFLAGS)

# One short line for each step; all of it with V=1.
say = $(if $(V),,@printf '  %-5s %s\n' $(1) $@ &&)

# ---- Files ------------------------------------------------------------------

obj_of = $(patsubst %.c,$(B)/%.o,$(1))

LIB_DIRS   := $(addprefix src/,base log format read write proof check)
LIB_SRC    := $(sort $(wildcard $(LIB_DIRS:%=%/*.c)))
IMPORT_SRC := $(sort $(wildcard src/import/*.c))
EXPORT_SRC := $(sort $(wildcard src/export/*.c))
HTTP_SRC   := $(sort $(wildcard src/http/*.c))
TIME_SRC   := $(sort $(wildcard src/time/*.c))
SERVE_SRC  := $(sort $(wildcard src/serve/*.c))
CLI_SRC    := $(sort $(wildcard src/cli/*.c))
TEST_SRC   := $(sort $(wildcard tests/t_*.c))
# What tests and fuzz targets share: linked into those that use it.
HELP_SRC   := $(sort $(filter-out $(TEST_SRC) tests/smoke.c tests/race.c \
                tests/nomem.c tests/make_%.c,$(wildcard tests/*.c)))
FUZZ_SRC   := $(sort $(wildcard fuzz/fuzz_*.c))
BENCH_SRC  := $(sort $(wildcard tests/bench/*.c))
MANUALS    := $(sort $(wildcard src/man/*.[1357]))
EXAMPLES   := $(sort $(wildcard src/examples/*))
PACKAGE    := $(sort $(wildcard src/python/sheaf/*.py)) src/python/sheaf/py.typed

LIB_OBJ    := $(call obj_of,$(LIB_SRC))
BASE_OBJ   := $(filter $(B)/src/base/%,$(LIB_OBJ))
CLI_OBJ    := $(call obj_of,$(CLI_SRC))
IMPORT_OBJ := $(call obj_of,$(IMPORT_SRC)) \
              $(if $(ZIM),$(B)/src/import/zimread.o)
EXPORT_OBJ := $(call obj_of,$(EXPORT_SRC))
HTTP_OBJ   := $(call obj_of,$(HTTP_SRC))
TIME_OBJ   := $(call obj_of,$(TIME_SRC))
SERVE_OBJ  := $(call obj_of,$(SERVE_SRC))
HELP_OBJ   := $(call obj_of,$(HELP_SRC))
ALL_OBJ    := $(LIB_OBJ) $(CLI_OBJ) $(IMPORT_OBJ) $(EXPORT_OBJ) $(HTTP_OBJ) \
              $(SERVE_OBJ) $(TIME_OBJ) $(HELP_OBJ) $(call obj_of,$(TEST_SRC) $(FUZZ_SRC) $(BENCH_SRC) \
                fuzz/driver.c tests/make_vectors.c tests/make_policies.c \
                tests/make_proofs.c)

# A program is made once there are sources for it.
PROGRAMS := $(if $(CLI_SRC),$(B)/sheaf) \
            $(if $(IMPORT_SRC),$(B)/sheaf-import) \
            $(if $(EXPORT_SRC),$(B)/sheaf-export) \
            $(if $(HTTP_SRC),$(B)/sheaf-http) \
            $(if $(SERVE_SRC),$(B)/sheaf-serve) \
            $(if $(TIME_SRC),$(B)/sheaf-time)
LIBS     := $(B)/libsheaf.a $(B)/libsheaf.so
TESTS    := $(TEST_SRC:%.c=$(B)/%)
FUZZERS  := $(FUZZ_SRC:%.c=$(B)/%)
BENCHES  := $(BENCH_SRC:%.c=$(B)/%)

# examples.sh runs the demonstration. Some scripts look only at the source or
# at what is released; they run in one flavour.
SCRIPTS := $(sort $(filter-out tests/demo.sh,$(wildcard tests/*.sh)))
OF_SOURCE  := $(patsubst %,tests/%.sh,floors clauses hexdump symbols)
OF_RELEASE := $(patsubst %,tests/%.sh,symbols install examples guard)
ifneq ($(FLAVOUR),test)
SCRIPTS := $(filter-out $(OF_SOURCE) $(OF_RELEASE),$(SCRIPTS))
endif

# make check TEST="t_leaf proofs cli/append": these alone, and what they need.
TEST      :=
RUN       := $(if $(TEST),\
              $(patsubst %,$(B)/tests/%,$(filter t_%,$(TEST))) \
              $(patsubst %,tests/%.sh,$(filter-out t_%,$(TEST))),\
              $(TESTS) $(SCRIPTS))
MAKERS    := $(addprefix $(B)/tests/,make_vectors make_policies make_proofs)
RUN_NEEDS := $(filter $(B)/%,$(RUN)) \
             $(if $(filter %.sh,$(RUN)),$(PROGRAMS)) \
             $(if $(filter tests/python.sh,$(RUN)),$(B)/libsheaf.so) \
             $(if $(filter tests/vectors.sh,$(RUN)),$(MAKERS)) \
             $(if $(filter tests/fuzz.sh,$(RUN)),$(FUZZERS))
NO_SUCH   := $(filter-out $(TESTS) $(wildcard tests/*.sh tests/cli/*.sh),$(RUN))
ifneq ($(NO_SUCH),)
$(error no such test: $(notdir $(basename $(NO_SUCH))))
endif

# ---- Building ---------------------------------------------------------------

.PHONY: all demo deps check check-asan check-tsan check-debian check-machines \
        check-slurm \
        check-decoders coverage fuzz fuzzers mutants soak bench \
        eval bench-built benches bench-check bench-damage bench-growth torture torture-serve lint \
        install uninstall dist distcheck deb check-deb clean help force vectors run-tests \
        run-fuzz web check-web
.DELETE_ON_ERROR:
.SUFFIXES:

all: $(PROGRAMS) $(LIBS)

# A stamp changes when what is in it does, so that another compiler, other
# flags or another prefix rebuild what depends on them. $(1): its text.
stamp = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' > $@.new; \
        cmp -s $@.new $@ && rm $@.new || mv $@.new $@
# $(1): pkg-config modules without which there is no point in going on.
needs = @$(PKG_CONFIG) --print-errors --exists $(1) || \
        { echo "sheaf: 'make deps' installs what is missing" >&2; exit 1; }

$(B)/flags: force
	$(call needs,$(LIB_NEEDS))
	$(call stamp,$(COMPILE) | $(LINK) | $(LIB_LIBS))
$(B)/flags-import: force
	$(call needs,$(IMPORT_NEEDS) $(EXPORT_NEEDS))
	$(call stamp,$(IMPORT_LIBS) $(EXPORT_LIBS))
$(B)/flags-http: force
	$(call needs,$(HTTP_NEEDS))
	$(call stamp,$(HTTP_LIBS))
$(B)/flags-time: force
	$(call needs,$(TIME_NEEDS))
	$(call stamp,$(TIME_LIBS))
$(B)/flags-serve: force
	$(call needs,$(SERVE_NEEDS))
	$(call stamp,$(SERVE_LIBS))
$(B)/flags-cli: force
	$(call stamp,$(libexecdir) $(datadir))

$(LIB_OBJ): EXTRA = $(LIB_CFLAGS)
$(LIB_OBJ): LIB_CFLAGS := $(call cflags_of,$(LIB_NEEDS))
$(B)/src/base/hash.o: EXTRA = $(LIB_CFLAGS) $(if $(CRYPTO),-DSHEAF_LIBCRYPTO)
# The page of text that each archive carries, as strings.
build/made/format/recipe.inc: spec/recipe.py
	@mkdir -p $(@D)
	$(call say,MAKE) sed 's/[\\"]/\\&/g; s/^/"/; s/$$/\\n",/' $< > $@
$(B)/src/format/recipe.o: build/made/format/recipe.inc
$(B)/src/cli/importer.o: EXTRA = -DLIBEXECDIR='"$(libexecdir)/sheaf"'
$(B)/src/cli/cmd_serve.o: EXTRA = -DWEBDIR='"$(datadir)/sheaf/web"'
$(B)/src/cli/importer.o $(B)/src/cli/cmd_serve.o: $(B)/flags-cli
$(IMPORT_OBJ): IMPORT_CFLAGS := $(call cflags_of,$(IMPORT_NEEDS))
$(IMPORT_OBJ): EXTRA = $(IMPORT_CFLAGS) $(if $(ZIM),-DHAVE_LIBZIM)
$(IMPORT_OBJ) $(EXPORT_OBJ): $(B)/flags-import
$(EXPORT_OBJ): EXTRA = $(EXPORT_CFLAGS)
$(EXPORT_OBJ): EXPORT_CFLAGS := $(call cflags_of,$(EXPORT_NEEDS))
$(HTTP_OBJ): $(B)/flags-http
$(HTTP_OBJ): EXTRA = $(HTTP_CFLAGS)
$(HTTP_OBJ): HTTP_CFLAGS := $(call cflags_of,$(HTTP_NEEDS))
$(TIME_OBJ): $(B)/flags-time
$(TIME_OBJ): EXTRA = $(TIME_CFLAGS)
$(TIME_OBJ): TIME_CFLAGS := $(call cflags_of,$(TIME_NEEDS))
$(SERVE_OBJ): $(B)/flags-serve
$(SERVE_OBJ): EXTRA = $(SERVE_CFLAGS)
$(SERVE_OBJ): SERVE_CFLAGS := $(call cflags_of,$(SERVE_NEEDS))
# The sandbox would not let a program write down which lines were reached, so
# that the programs that have one get objects of src/base of their own.
IMPORT_BASE := $(BASE_OBJ)
ifeq ($(FLAVOUR),cov)
IMPORT_BASE := $(BASE_OBJ:$(B)/%=$(B)/plain/%)
$(IMPORT_OBJ) $(EXPORT_OBJ) $(HTTP_OBJ) $(SERVE_OBJ) $(TIME_OBJ) $(IMPORT_BASE): FLAGS_cov := -DSHEAF_TEST -O0
$(IMPORT_BASE): EXTRA = $(LIB_CFLAGS)
$(IMPORT_BASE): LIB_CFLAGS := $(call cflags_of,$(LIB_NEEDS))
$(B)/plain/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC) $(COMPILE) -MMD -MP -c -o $@ $<
endif

$(B)/src/import/zimread.o: src/import/zimread.cc $(B)/flags $(B)/flags-import
	@mkdir -p $(@D)
	$(call say,CXX) $(CXX_OF) -std=c++17 -Isrc -Wall -Wextra -fPIC $(CPPFLAGS) \
	    $(CFLAGS) $(FLAGS_$(FLAVOUR)) -fno-sanitize=vptr $(call cflags_of,libzim) \
	    -MMD -MP -c -o $@ $<
$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC) $(COMPILE) -MMD -MP -c -o $@ $<
-include $(ALL_OBJ:.o=.d)

# One object in which only the public names are visible: a static archive
# would otherwise export the names that our files share, and those of libcrypto.
$(B)/libsheaf.o: $(LIB_OBJ)
	$(call say,LD) $(LD) -r -d -o $@ $^ $(CRYPTO) && \
	    $(OBJCOPY) -w --localize-hidden --keep-global-symbol='sheaf_*' $@
$(B)/libsheaf.a: $(B)/libsheaf.o
	$(call say,AR) rm -f $@ && $(AR) rcs $@ $<

$(B)/libsheaf.so.$(VERSION): $(LIB_OBJ)
	$(call say,LINK) $(LINK) -shared -Wl,-soname,libsheaf.so.$(SOMAJOR) -Wl,-z,defs \
	    -o $@ $^ $(LIB_LIBS)
$(B)/libsheaf.so.$(SOMAJOR): $(B)/libsheaf.so.$(VERSION)
	@ln -sf $(<F) $@
$(B)/libsheaf.so: $(B)/libsheaf.so.$(SOMAJOR)
	@ln -sf $(<F) $@

# The command is linked with the objects of the library, which saves a few
# system calls at each start and gives it the hidden functions of src/base.
$(B)/sheaf: $(CLI_OBJ) $(LIB_OBJ)
	$(call say,LINK) $(LINK) -o $@ $^ $(CLI_LIBS)
# The importer is linked with what it calls of src/base, and has its own
# base/mem.h.
$(B)/libbase.a: $(IMPORT_BASE)
	$(call say,AR) rm -f $@ && $(AR) rcs $@ $^
$(B)/libimport.a: $(filter-out %/main.o,$(IMPORT_OBJ))
	$(call say,AR) rm -f $@ && $(AR) rcs $@ $^
$(B)/sheaf-import: $(IMPORT_OBJ) $(B)/libbase.a
	$(call say,LINK) $(LINK) -o $@ $^ $(IMPORT_LIBS)
$(B)/sheaf-export: $(EXPORT_OBJ) $(B)/src/import/sandbox.o $(B)/src/import/onefile.o \
    $(B)/libbase.a
	$(call say,LINK) $(LINK) -o $@ $^ $(EXPORT_LIBS)
$(B)/sheaf-http: $(HTTP_OBJ) $(B)/src/import/sandbox.o $(B)/libbase.a
	$(call say,LINK) $(LINK) -o $@ $^ $(HTTP_LIBS)
# Without CRYPTO: it has all of libcrypto, and base/hash.o is not in it.
$(B)/sheaf-time: $(TIME_OBJ) $(B)/src/import/sandbox.o $(B)/libbase.a
	$(call say,LINK) $(LINK) -o $@ $^ $(TIME_LIBS)
$(B)/sheaf-serve: $(SERVE_OBJ) $(B)/src/import/sandbox.o $(B)/libbase.a
	$(call say,LINK) $(LINK) -o $@ $^ $(SERVE_LIBS)

# Tests and fuzz targets use hidden functions, so they are linked with the
# objects, and with what the tests share.
$(B)/libparts.a: $(LIB_OBJ) $(HELP_OBJ) $(B)/src/http/answer.o
	$(call say,AR) rm -f $@ && $(AR) rcs $@ $^
# Those of the importer are linked with its parts, which replace base/mem.h.
PARTS        = $(B)/libparts.a
IMPORT_PARTS = $(B)/libimport.a $(B)/libbase.a
$(filter-out $(B)/tests/t_import_%,$(TESTS)): %: %.o $(PARTS)
	$(call say,LINK) $(LINK) -o $@ $^ $(LIB_LIBS)
$(filter $(B)/tests/t_import_%,$(TESTS)): %: %.o $(IMPORT_PARTS)
	$(call say,LINK) $(LINK) -o $@ $^ $(IMPORT_LIBS) -pthread

ifeq ($(FLAVOUR),fuzz)
FUZZ_ENGINE :=
$(FUZZERS): LINK += -fsanitize=fuzzer
else
FUZZ_ENGINE := $(B)/fuzz/driver.o
endif
SERVE_PARTS := $(addprefix $(B)/src/serve/,ranges.o route.o)
$(B)/fuzz/fuzz_serve: $(B)/fuzz/fuzz_serve.o $(SERVE_PARTS) $(FUZZ_ENGINE) $(PARTS)
	$(call say,LINK) $(LINK) -o $@ $^ $(LIB_LIBS)
$(filter-out $(B)/fuzz/fuzz_import_% $(B)/fuzz/fuzz_serve,$(FUZZERS)): \
    %: %.o $(FUZZ_ENGINE) $(PARTS)
	$(call say,LINK) $(LINK) -o $@ $^ $(LIB_LIBS)
$(filter $(B)/fuzz/fuzz_import_%,$(FUZZERS)): %: %.o $(FUZZ_ENGINE) $(IMPORT_PARTS)
	$(call say,LINK) $(LINK) -o $@ $^ $(IMPORT_LIBS)

# They call hidden functions too, to measure parts of what the library does.
$(BENCHES): %: %.o $(LIB_OBJ)
	$(call say,LINK) $(LINK) -o $@ $^ $(LIB_LIBS)

# The vectors are part of the repository: review what changes as a diff.
$(MAKERS): %: %.o $(B)/libparts.a
	$(call say,LINK) $(LINK) -o $@ $^ $(LIB_LIBS)
vectors: build/deps-build
	@$(again) FLAVOUR=test $(addprefix build/test/tests/,$(notdir $(MAKERS)))
	build/test/tests/make_vectors spec/vectors
	build/test/tests/make_policies spec/vectors
	build/test/tests/make_proofs spec/vectors/proof
	python3 tests/reference/twin.py spec/vectors/*.sheaf

# The page that reads archives in a browser. Nothing else needs it.
web: build/deps-web build/made/format/recipe.inc
	@$(again) -f src/web/web.mk V=$(V)
# In Chromium without a window, and the library in Node.
check-web: build/deps-check-web web
	@$(again) FLAVOUR=release all
	@SHEAF=$(CURDIR)/build/release/sheaf SHEAF_LIBEXEC=$(CURDIR)/build/release \
	    $(PERL) tests/run.pl $(JOBS) $(sort $(wildcard tests/web/*.sh))

# ---- Checking ---------------------------------------------------------------

# Make in another flavour, with as many jobs as this make was given, or JOBS.
again = $(MAKE) --no-print-directory \
        $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

# Looks once for missing packages, and may ask for root to install them. `make
# deps` looks each time.
deps:
	@sh .ci/deps test
build/deps-%: .ci/deps
	@sh .ci/deps $* && mkdir -p $(@D) && touch $@

demo: build/deps-demo
	@$(again) FLAVOUR=release all
	@SHEAF=$(CURDIR)/build/release/sheaf SHEAF_LIBEXEC=$(CURDIR)/build/release \
	    sh tests/demo.sh

check: build/deps-test
	$(if $(filter $(OF_RELEASE),$(if $(TEST),$(RUN),$(OF_RELEASE))),\
	    @$(again) FLAVOUR=release all benches)
	@$(again) FLAVOUR=test run-tests
# libarchive asks for absurd sizes where an archive states them.
check-asan: build/deps-test
	@ASAN_OPTIONS=allocator_may_return_null=1 $(again) FLAVOUR=asan run-tests
check-tsan: build/deps-test
	@$(again) FLAVOUR=tsan run-tests
check-debian:
	@sh .ci/debian
# On one node of Slurm, which it starts; as root.
check-slurm: build/deps-slurm
	@$(again) FLAVOUR=release all
	SHEAF=$(CURDIR)/build/release/sheaf \
	    SHEAF_LIBEXEC=$(CURDIR)/build/release sh tests/slow/slurm.sh
# MACHINES="s390x i386 armhf"
check-machines:
	@sh .ci/machines $(MACHINES)

# Every zstd frame of archives through many versions of zstd, and other decoders.
# FILES= are archives besides those that it makes.
check-decoders: build/deps-test
	@$(again) FLAVOUR=release all
	@SHEAF=$(CURDIR)/build/release/sheaf SHEAF_LIBEXEC=$(CURDIR)/build/release \
	    CC='$(CC)' $(PYTHON) tests/decoders/run.py $(FILES)

# Scripts start Python a hundred times. What pyenv puts in its place takes
# longer than Python to start.
THE_PYTHON = $(or $(shell $(PYTHON) -c 'import sys; print(sys.executable)' \
                 2> /dev/null),$(PYTHON))
run-tests: $(RUN_NEEDS)
	@B=$(CURDIR)/$(B) CC='$(CC)' FLAVOUR=$(FLAVOUR) MAKE='$(MAKE)' \
	    RELEASE=$(CURDIR)/build/release NEWSROOM=$(CURDIR)/tests/newsroom \
	    SHEAF=$(CURDIR)/$(B)/sheaf SHEAF_LIBEXEC=$(CURDIR)/$(B) \
	    SHEAF_IMPORT=$(CURDIR)/$(B)/sheaf-import PYTHON='$(THE_PYTHON)' \
	    XDG_CACHE_HOME=$(CURDIR)/$(B)/cache \
	    $(PERL) tests/run.pl $(JOBS) $(RUN)

# Shows how many lines of each source file the tests and fuzz targets reach, and
# which functions they never call.
coverage: build/deps-test
	@find build/cov -name '*.gcda' -delete 2> /dev/null || true
	-@$(again) FLAVOUR=cov run-tests
	@for f in $(LIB_SRC) $(CLI_SRC); do \
	    gcov -f -n -o build/cov/$${f%/*} $$f 2> /dev/null | \
	    awk -F "'" '/^Function/ { f = $$2 } /^Lines.*:0.00%/ && f { print f } \
	        /^$$/ { f = "" }' | while read -r name; do \
	        ! grep -q "^$$name(" $$f || echo "never called: $$f $$name"; \
	    done; \
	done
	@for d in $(LIB_DIRS) src/cli; do \
	    gcov -n -o build/cov/$$d $$d/*.c 2> /dev/null; \
	done | awk '$(COVERAGE_AWK)' | sort
COVERAGE_AWK = /^File/ { f = $$2; gsub(/[^a-z0-9_.\/]/, "", f) } \
    /^Lines/ && f ~ /^src\/.*[.]c$$/ { split($$2, p, /[:%]/); \
        printf "%6.2f %%  %5d  %s\n", p[2], $$4, f; \
        hit += p[2] * $$4 / 100; all += $$4; f = "" } \
    END { printf "%6.2f %%  %5d  %s\n", 100 * hit / all, all, "total" }

# make fuzz T=600 FUZZ="open note"
FUZZ ?= $(patsubst fuzz/fuzz_%.c,%,$(FUZZ_SRC))
fuzz: build/deps-build
	@$(again) FLAVOUR=fuzz CC=$(FUZZ_CC) FUZZ='$(FUZZ)' run-fuzz
run-fuzz: $(FUZZ:%=$(B)/fuzz/fuzz_%)
	@for name in $(FUZZ); do \
	    mkdir -p $(B)/corpus/$$name fuzz/corpus/$$name && \
	    echo "== fuzz_$$name, $(T) s" && \
	    case $$name in import_*) more=-malloc_limit_mb=65536 ;; *) more= ;; esac; \
	    $(B)/fuzz/fuzz_$$name -max_total_time=$(T) -timeout=20 $$more \
	        -rss_limit_mb=2560 -dict=fuzz/sheaf.dict -print_final_stats=1 \
	        -verbosity=0 -artifact_prefix=$(B)/$$name- \
	        $(B)/corpus/$$name fuzz/corpus/$$name $(wildcard spec/vectors) || \
	    exit 1; \
	done

# Everything that is measured: sheaf, and programs around the library.
bench-built: build/deps-test
	@$(again) FLAVOUR=release all benches
benches: $(BENCHES)

bench: bench-built
	SHEAF=$(CURDIR)/build/release/sheaf SHEAF_LIBEXEC=$(CURDIR)/build/release \
	    $(PYTHON) tests/bench/bench.py
	SHEAF_LIBEXEC=$(CURDIR)/build/release $(PYTHON) tests/bench/importing.py

# Scores the text and metadata extracted from the pages and feeds in SHEAF_EVAL.
eval: build/deps-build
	@$(again) FLAVOUR=release all
	@SHEAF=$(CURDIR)/build/release/sheaf SHEAF_LIBEXEC=$(CURDIR)/build/release \
	    $(PYTHON) tests/bench/extract.py
	@SHEAF=$(CURDIR)/build/release/sheaf SHEAF_LIBEXEC=$(CURDIR)/build/release \
	    $(PYTHON) tests/bench/feeds.py

# What takes long: many more crashes, damages and forgeries than in 'make
# check', kills, several writers at once, and failing system calls.
torture: build/deps-test
	@$(again) FLAVOUR=test build/test/tests/t_crash build/test/tests/t_lost \
	    build/test/tests/t_oracle
	@$(again) FLAVOUR=release all
	SHEAF_CRASHES=$${SHEAF_CRASHES:-10000} build/test/tests/t_crash
	ORACLE_ROUNDS=$${ORACLE_ROUNDS:-20000} build/test/tests/t_oracle
	SHEAF=$(CURDIR)/build/release/sheaf \
	    SHEAF_LIBEXEC=$(CURDIR)/build/release sh tests/slow/torture.sh
	CRAWL_STEP=1 SHEAF=$(CURDIR)/build/release/sheaf \
	    SHEAF_LIBEXEC=$(CURDIR)/build/release \
	    SHEAF_IMPORT=$(CURDIR)/build/release/sheaf-import sh tests/crawl.sh
	LOST_ROUNDS=$${LOST_ROUNDS:-1000} build/test/tests/t_lost

# A server under AddressSanitizer, with slow and broken clients beside wrk.
torture-serve: build/deps-test
	@$(again) FLAVOUR=asan all
	SHEAF=$(CURDIR)/build/asan/sheaf SHEAF_LIBEXEC=$(CURDIR)/build/asan SERVE_MIB=2000 \
	    PYTHON='$(THE_PYTHON)' sh tests/slow/serve.sh

# Changes in the library and the command that the tests should notice. N= of
# them, by SEED=; MUTATE= are files and options of tests/mutants.py.
mutants: build/deps-test
	@$(again) FLAVOUR=test all
	$(PYTHON) tests/mutants.py -n $(or $(N),50) -s $(or $(SEED),1) -j $(JOBS) $(MUTATE)

# A piece of a day of fuzzing, damages and forgeries; build/soak.log has them all.
soak: build/deps-build
	@$(again) FLAVOUR=fuzz CC=$(FUZZ_CC) FUZZ='$(FUZZ)' fuzzers
	@$(again) FLAVOUR=test build/test/tests/t_oracle \
	    build/test/tests/t_behind_seal build/test/tests/t_lost
	@FUZZ='$(FUZZ)' sh tests/slow/soak.sh $(or $(MINUTES),10)
fuzzers: $(FUZZ:%=$(B)/fuzz/fuzz_%)

# SHEAF_GROWTH=1000,10000 for fewer articles than a million.
bench-growth: bench-built
	@SHEAF=$(CURDIR)/build/release/sheaf SHEAF_LIBEXEC=$(CURDIR)/build/release \
	    $(PYTHON) tests/bench/growth.py

# SHEAF_DAMAGES=1000 for more of each kind.
bench-damage: bench-built
	@SHEAF=$(CURDIR)/build/release/sheaf SHEAF_LIBEXEC=$(CURDIR)/build/release \
	    $(PYTHON) tests/bench/damage.py

# Instructions and sizes against tests/bench/guard.json; UPDATE=1 writes it.
bench-check: bench-built
	@RELEASE=$(CURDIR)/build/release $(PYTHON) tests/bench/guard.py \
	    $(if $(UPDATE),--update)

# Warnings of both compilers, the header alone as C99 and C++11, columns and
# tabs, manual pages, and what the scripts find.
LINT_C := $(LIB_SRC) $(CLI_SRC) $(IMPORT_SRC) $(EXPORT_SRC) $(HTTP_SRC) $(SERVE_SRC) $(TIME_SRC) \
          $(TEST_SRC) $(HELP_SRC) $(FUZZ_SRC) \
          $(BENCH_SRC)
lint: build/deps-build
	@$(again) FLAVOUR=release all
	@for t in $(OF_SOURCE); do \
	    found=$$(B=build/release sh $$t) || \
	    { echo "$$found" | grep -v '^ok'; exit 1; }; \
	done
	@for cc in gcc $(FUZZ_CC); do \
	    command -v $$cc > /dev/null || continue; \
	    echo "warnings of $$cc" && \
	    $$cc $(NEED) -Werror -DSHEAF_TEST -DLIBEXECDIR='""' -DWEBDIR='""' -fsyntax-only \
	        $(call cflags_of,$(LIB_NEEDS) $(IMPORT_NEEDS) $(HTTP_NEEDS) $(SERVE_NEEDS) $(TIME_NEEDS)) \
	        $(LINT_C) && \
	    for as in 'c -std=c99' 'c++ -std=c++11'; do \
	        echo '#include "sheaf.h"' | $$cc -x $$as -Isrc -Wall -Wextra \
	            -Wpedantic -Werror -fsyntax-only - || exit 1; \
	    done || exit 1; \
	done
	@if ls | grep -vxE 'Makefile|README.md|LICENSE|build|fuzz|spec|src|tests'; \
	    then echo "does not belong beside the Makefile"; exit 1; fi
	@if grep -nE '.{81}|	| $$' \
	    $(wildcard src/*.h src/*/*.[ch] tests/*.[ch] fuzz/*.[ch] \
	        src/web/include/*.h src/web/include/*/*.h src/web/*.mjs src/web/*.css \
	        tests/web/*.mjs); \
	    then echo "a line is too long, or has a tab or a space at its end"; \
	    exit 1; fi
	@if command -v mandoc > /dev/null; then \
	    $(if $(MANUALS),mandoc -T lint -W warning $(MANUALS),:); fi
	@if command -v shellcheck > /dev/null; then \
	    shellcheck -S warning -e SC1090,SC1111,SC2046,SC2154 -s sh \
	        $(wildcard tests/*.sh src/examples/*.sh) tests/expect .ci/deps .ci/debian .ci/deb; fi
	@echo "lint: nothing to complain about"

# ---- Installing -------------------------------------------------------------

D = $(DESTDIR)
# Installed if it was made.
WEB := $(addprefix build/web/,index.html sheaf.css sheaf.js sheaf.wasm)
# shell:file below datadir
COMPLETIONS := bash:bash-completion/completions/sheaf \
               zsh:zsh/site-functions/_sheaf \
               fish:fish/vendor_completions.d/sheaf.fish
install: all
	$(INSTALL) -d $(D)$(bindir) $(D)$(libdir)/pkgconfig $(D)$(includedir) \
	    $(D)$(libexecdir)/sheaf
	$(INSTALL) -m 644 src/sheaf.h $(D)$(includedir)
	$(INSTALL) -m 644 $(B)/libsheaf.a $(D)$(libdir)
	$(INSTALL) -m 755 $(B)/libsheaf.so.$(VERSION) $(D)$(libdir)
	ln -sf libsheaf.so.$(VERSION) $(D)$(libdir)/libsheaf.so.$(SOMAJOR)
	ln -sf libsheaf.so.$(SOMAJOR) $(D)$(libdir)/libsheaf.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(libdir)|' \
	    -e 's|@INCLUDEDIR@|$(includedir)|' -e 's|@VERSION@|$(VERSION)|' \
	    src/sheaf.pc.in > $(D)$(libdir)/pkgconfig/sheaf.pc
	for f in $(filter %/sheaf,$(PROGRAMS)); do \
	    $(INSTALL) -m 755 $$f $(D)$(bindir) || exit 1; done
	for f in $(filter %/sheaf-import %/sheaf-export %/sheaf-http %/sheaf-serve %/sheaf-time,\
	    $(PROGRAMS)); do \
	    $(INSTALL) -m 755 $$f $(D)$(libexecdir)/sheaf || exit 1; done
	for shell in $(COMPLETIONS); do \
	    name=$${shell%%:*} && file=$(D)$(datadir)/$${shell#*:} && \
	    $(INSTALL) -d $${file%/*} && \
	    $(B)/sheaf completion $$name > $$file || exit 1; done
	for f in $(MANUALS); do \
	    $(INSTALL) -d $(D)$(mandir)/man$${f##*.} && \
	    $(INSTALL) -m 644 $$f $(D)$(mandir)/man$${f##*.} || exit 1; done
	$(INSTALL) -d $(D)$(docdir)/examples
	$(INSTALL) -m 644 $(filter-out %.sh,$(EXAMPLES)) $(D)$(docdir)/examples
	$(INSTALL) -m 755 $(filter %.sh,$(EXAMPLES)) $(D)$(docdir)/examples
	for f in $(wildcard $(WEB)); do \
	    $(INSTALL) -d $(D)$(datadir)/sheaf/web && \
	    $(INSTALL) -m 644 $$f $(D)$(datadir)/sheaf/web || exit 1; done
	to='$(pythondir)'; [ -z "$$to" ] || { \
	    $(INSTALL) -d "$(D)$$to/sheaf" && \
	    $(INSTALL) -m 644 $(PACKAGE) "$(D)$$to/sheaf" && \
	    sed 's|^LIBDIR = .*|LIBDIR = "$(libdir)"|' src/python/sheaf/_library.py \
	        > "$(D)$$to/sheaf/_library.py"; }

uninstall:
	rm -f $(D)$(bindir)/sheaf $(D)$(libexecdir)/sheaf/sheaf-import \
	    $(D)$(libexecdir)/sheaf/sheaf-export \
	    $(D)$(libexecdir)/sheaf/sheaf-http $(D)$(libexecdir)/sheaf/sheaf-serve \
	    $(D)$(libexecdir)/sheaf/sheaf-time \
	    $(D)$(includedir)/sheaf.h $(D)$(libdir)/pkgconfig/sheaf.pc \
	    $(D)$(libdir)/libsheaf.a $(D)$(libdir)/libsheaf.so \
	    $(D)$(libdir)/libsheaf.so.$(SOMAJOR) \
	    $(D)$(libdir)/libsheaf.so.$(VERSION)
	rm -f $(foreach c,$(COMPLETIONS),$(D)$(datadir)/$(lastword $(subst :, ,$c)))
	rm -f $(foreach f,$(MANUALS),$(D)$(mandir)/man$(subst .,,$(suffix $(f)))/$(notdir $(f)))
	rm -f $(EXAMPLES:src/%=$(D)$(docdir)/%)
	-rmdir $(D)$(docdir)/examples $(D)$(docdir) 2> /dev/null
	rm -f $(WEB:build/web/%=$(D)$(datadir)/sheaf/web/%)
	-rmdir $(D)$(datadir)/sheaf/web $(D)$(datadir)/sheaf 2> /dev/null
	-rmdir $(D)$(libexecdir)/sheaf 2> /dev/null
	to='$(pythondir)'; [ -z "$$to" ] || rm -rf "$(D)$$to/sheaf"

# The same commit gives the same bytes.
NAME := sheaf-$(VERSION)
# DIST= is another place for it.
DIST := build/$(NAME).tar.gz
dist:
	@mkdir -p $(dir $(DIST))
	git -c tar.umask=0022 -c core.autocrlf=false archive --prefix=$(NAME)/ HEAD | \
	    gzip -9n > $(DIST)
distcheck: dist
	rm -rf build/distcheck
	mkdir -p build/distcheck
	tar -xzf build/$(NAME).tar.gz -C build/distcheck
	$(MAKE) -C build/distcheck/$(NAME) check
	rm -rf build/distcheck

# Debian packages of the last commit, in build/deb.
deb: build/deps-deb
	@sh .ci/deb
# The same in a fresh root, twice to the same bytes, with lintian and the
# packages' own tests; as root. SUITE=trixie
check-deb:
	@sh .ci/deb check $(SUITE)

clean:
	rm -rf build

help:
	@echo 'make [all]       the library and the programs, in build/release'
	@echo 'make demo        pack, list, get, verify and append, step by step'
	@echo 'make check       all tests, or TEST="t_leaf proofs cli/append" alone'
	@echo 'make deps        install what the tests need, if anything is missing'
	@echo 'make check-asan  the same with AddressSanitizer and UBSan'
	@echo 'make check-tsan  the same with ThreadSanitizer'
	@echo 'make check-debian  demo and check in fresh roots of Debian 12 and 13'
	@echo 'make check-machines  s390x and i386 write what this machine writes'
	@echo 'make check-slurm  an array job, on one node of Slurm; as root'
	@echo 'make check-decoders  all frames through zstd 1.4.4 to 1.5.7 and others'
	@echo 'make web         the page that reads archives in a browser, build/web'
	@echo 'make check-web   test it, in Chromium and Node'
	@echo 'make coverage    all tests, then lines reached in each file'
	@echo 'make fuzz        fuzz each target for T=60 seconds [FUZZ="open note"]'
	@echo 'make bench       sizes and speed, beside other archive formats'
	@echo 'make eval        score what is extracted from web pages and feeds'
	@echo 'make bench-check   has it become larger or slower? [UPDATE=1]'
	@echo 'make bench-damage  what damage costs, beside other archive formats'
	@echo 'make bench-growth  what grows with the number of articles'
	@echo 'make torture     crashes, kills and failing system calls, for long'
	@echo 'make torture-serve  a server under load, with slow and broken clients'
	@echo 'make mutants     does a test notice what is changed? [N=50 SEED=1]'
	@echo 'make soak        fuzzing, damages, forgeries for MINUTES=10; sums up'
	@echo 'make vectors     write spec/vectors again'
	@echo 'make lint        what can be said of the source without running it'
	@echo 'make install     to PREFIX=/usr/local, under DESTDIR'
	@echo 'make uninstall   remove it from there'
	@echo 'make dist        a tarball of the last commit; distcheck tries it out'
	@echo 'make deb         Debian packages of the last commit, in build/deb'
	@echo 'make check-deb   the same in a fresh root: bytes, lintian, tests; as root'
	@echo 'make clean       remove build/'
