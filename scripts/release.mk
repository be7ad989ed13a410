# The release pipeline, one step a rule: WASM, style sheet, site, server. `make build` runs it.
# Every product carries the hash of what goes into it in its name (see keys.mjs): it is there, or it is to be made.

WASM_PROFILE ?= wasm
$(foreach line,$(shell WASM_PROFILE=$(WASM_PROFILE) node scripts/keys.mjs),$(eval $(line)))

out    := $(CARGO_TARGET_DIR)/latchkey
wasm   := $(out)/wasm-$(wasm_key)
style  := $(out)/style-$(style_key).css
site   := $(out)/site-$(site_key)
server := $(out)/server-$(server_key)

# Half a product never gets the name of a whole one: each is made beside its place and then moved there.
part = $@.$(shell echo $$PPID)

.PHONY: binary site
.DELETE_ON_ERROR:

# What runs keeps its file: the new one takes the name only.
binary: $(server)
	@touch $(wasm) $(style) $(site) $(server)
	@find $(out) -mindepth 1 -maxdepth 1 -mtime +14 -exec rm -rf {} +
	@mkdir -p dist
	@cmp -s $(server) dist/latchkey || { cp $(server) dist/latchkey.new && mv dist/latchkey.new dist/latchkey; }

# For a server that reads the site from the folder: `make dev`, tests.
site: $(site)
	@ln -sfn $(site) $(CARGO_TARGET_DIR)/site

# `make dev` says `dev`: quick to build, and large.
ifeq ($(WASM_PROFILE),dev)
frontend := $(CARGO_TARGET_DIR)/wasm/wasm32-unknown-unknown/debug/frontend.wasm
wasm_opt := wasm-opt -O0
else
frontend := $(CARGO_TARGET_DIR)/wasm/wasm32-unknown-unknown/$(WASM_PROFILE)/frontend.wasm
wasm_opt := wasm-opt -Oz
endif

# wasm-opt is told what rustc turns on by default.
$(wasm):
	scripts/wasm-cargo build --package frontend --lib --profile $(WASM_PROFILE)
	rm -rf $(part) && mkdir -p $(part)
	wasm-bindgen --target web --no-typescript --out-name latchkey --out-dir $(part) $(frontend)
	$(wasm_opt) --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals \
		--enable-reference-types --enable-multivalue --strip-producers --strip-target-features \
		-o $(part)/latchkey.wasm $(part)/latchkey_bg.wasm
	rm $(part)/latchkey_bg.wasm
	mv $(part) $@

$(style):
	mkdir -p $(out)
	tailwindcss --minify --input style/latchkey.css --output $(part)
	mv $(part) $@

$(site): | $(wasm) $(style)
	rm -rf $(part) && mkdir -p $(part)/pkg
	cp -R public/. $(part)
	cp $(wasm)/* frontend/islands.js $(part)/pkg
	cp $(style) $(part)/pkg/latchkey.css
	mv $(part) $@

$(server): | $(site)
	LATCHKEY_SITE=$(site) cargo build --release --package server --bin latchkey --features embed
	cp $(CARGO_TARGET_DIR)/release/latchkey $(part)
	mv $(part) $@
