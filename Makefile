# Fovea's front door. `make demo` shows the main job, `make test` runs all tests; both install what they need.

PREFIX ?= /usr/local
DESTDIR ?=
SERIES ?=
BINARY := .build/release/fovea

.PHONY: build demo test bench bench-inference install clean train-setup test-training

build:
	@Scripts/install-dependencies.sh build
	swift build -c release --product fovea

demo:
	@Scripts/install-dependencies.sh demo
	swift build -c release --product fovea
	@Scripts/demo.sh $(SERIES)

test:
	@Scripts/install-dependencies.sh test
	@Scripts/install-test-peers.sh
	@Scripts/test.sh

bench:
	@Scripts/install-dependencies.sh test
	@Scripts/install-test-peers.sh
	swift build -c release --product fovea
	swift build -c release --product fovea-benchmark
	@Benchmarks/run.sh

bench-inference:
	swift build -c release --product fovea
	@Benchmarks/inference/run.sh

install: build
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/fovea
	install -d $(DESTDIR)$(PREFIX)/share/fovea
	sed 's|"/usr/share/fovea/models"|"$(PREFIX)/share/fovea/models"|' etc/fovea.toml > $(DESTDIR)$(PREFIX)/share/fovea/fovea.toml
	install -D -m 644 Docs/Operations.md $(DESTDIR)$(PREFIX)/share/doc/fovea/Operations.md
	for model in Models/*/; do \
	    for file in $$model*; do \
	        install -D -m 644 "$$file" "$(DESTDIR)$(PREFIX)/share/fovea/models/$$(basename $$model)/$$(basename $$file)"; \
	    done; \
	done
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|@PREFIX@|$(PREFIX)|g' systemd/fovea.service.in > $(DESTDIR)$(PREFIX)/lib/systemd/system/fovea.service
	install -D -m 644 systemd/fovea.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/fovea.conf
	install -D -m 644 systemd/fovea.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/fovea.conf

train-setup:
	python3 -m venv training/.venv
	training/.venv/bin/pip install --quiet --editable 'training[train,test]'

test-training:
	cd training && .venv/bin/python -m pytest --quiet

clean:
	rm -rf .build .venv training/.venv
