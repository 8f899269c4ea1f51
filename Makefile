# `make help` lists the targets. Everything runs from .venv, made from an interpreter that scripts/find-python finds.
#
# To add a target: give it a `## one line` for the help, depend on $(RUNTIME) or $(DEV), and start with $(PY).
# A prerequisite is a stamp file, so that nothing asks pip again while the lock files stay as they are.

LISTEN ?= 127.0.0.1
PORT ?= 8080
POLICY ?= default
WORKERS ?=
ARGS ?=
JOBS ?= auto
SAMPLES ?= 100
DATA ?=
PIECES ?= 30e6
EVAL_DATA ?= $(wildcard ../shared/eval/data)

VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip --disable-pip-version-check --no-input install --quiet --no-deps --require-hashes
RUNTIME := $(VENV)/.requirements.lock
DEV := $(VENV)/.requirements-dev.lock
TRAIN_VENV := build/train-venv
TRAIN := $(TRAIN_VENV)/.requirements-train.lock
NODE := tests/interop/node
NODE_PACKAGES := $(if $(wildcard $(NODE)/package.json),$(NODE)/node_modules/.package-lock.json)

# A PYTHONPATH or PYTHONHOME of the shell would be searched before what the lock files say.
unexport PYTHONPATH PYTHONHOME
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

##@ Use
.PHONY: setup
setup: $(RUNTIME)  ## install the locked packages into .venv (the targets below do it by themselves)

.PHONY: run
run: $(RUNTIME)  ## start the proxy; PORT=8080 LISTEN=127.0.0.1 POLICY=default (a name or a file) WORKERS=4 (processes)
	@exec $(PY) -m dlp proxy --listen '$(LISTEN)' --port '$(PORT)' --policy '$(POLICY)' \
		$(if $(WORKERS),--processes '$(WORKERS)') $(ARGS)

.PHONY: demo
demo: $(RUNTIME)  ## show what an application sends, what the provider sees, what comes back; offline
	@exec $(PY) -m dlp demo $(ARGS)

.PHONY: certs
certs: $(RUNTIME)  ## make the CA under certs/ if there is none; CONSTRAIN=1 HOSTS="llm.corp.example ..."
	@$(PY) -m dlp ca init $(if $(CONSTRAIN),--constrain) $(foreach host,$(HOSTS),--host '$(host)')

##@ Develop
# Every process of the tests would compile what it imports again; and tests/conftest.py orders the files.
.PHONY: test
test: $(DEV) $(NODE_PACKAGES)  ## run the tests, a process per core; ARGS="-k sse -x" JOBS=0 (one process, for a debugger)
	@scripts/test-servers
	env -u PYTHONDONTWRITEBYTECODE $(PY) -m pytest -n $(JOBS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: matrix
matrix: $(DEV) $(NODE_PACKAGES)  ## run the clients of all providers with and without the proxy; writes docs/interoperability.md
	$(PY) -m tests.interop.matrix

.PHONY: lint
lint: $(DEV)  ## ruff (rules and layout), and what no file may hold
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	git ls-files -z | xargs -0 $(PY) scripts/check_files.py

.PHONY: format
format: $(DEV)  ## let ruff mend what it can
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

.PHONY: types
types: $(DEV)  ## mypy --strict
	$(PY) -m mypy

.PHONY: eval
eval: $(RUNTIME)  ## measure detection; EVAL_DATA="FOLDER ..." adds labelled sets, SAMPLES=1000, ARGS="--errors 5"
	@$(PY) -m dlp eval $(EVAL_DATA) --sentences $(SAMPLES) --report report/eval.json $(ARGS)

.PHONY: bench
bench: $(DEV)  ## measure against bare mitmproxy and rivals; ARGS="--only stages --rounds 50", "--commit" keeps the result
	$(PY) -m bench $(ARGS)

.PHONY: soak
soak: $(DEV)  ## measure memory over many requests; ARGS="--requests 100000 --streams 1000"
	$(PY) -m bench --only soak $(ARGS)

.PHONY: train-ner
train-ner: $(TRAIN)  ## train the name model anew into build/ner/model; DATA=FOLDER PIECES=30e6 ARGS="--device cuda"
	@$(TRAIN_VENV)/bin/python -m training.ner --work build/ner $(if $(DATA),--data '$(DATA)') --pieces $(PIECES) $(ARGS)

.PHONY: lock
lock: $(DEV)  ## resolve the ranges of pyproject.toml anew into both lock files
	scripts/lock $(ARGS)

.PHONY: clean
clean:  ## remove what the targets above made, but neither the CA nor the token key
	rm -rf $(VENV) $(NODE)/node_modules build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help
help:  ## this list
	@awk 'BEGIN {FS = ":.*## "} /^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- what the targets stand on -------------------------------------------------------------------------------------

# The .pth makes `python -m dlp` work from any folder, without a build and its packages.
$(PY):
	@python=$$(scripts/find-python) && echo "Making $(VENV) with $$python" && "$$python" -m venv --clear $(VENV)
	@$(PY) -c 'import os, pathlib, sysconfig; \
		pathlib.Path(sysconfig.get_path("purelib"), "llm-egress-dlp.pth").write_text(os.getcwd() + "\n")'

# The stamps are copies of the lock files: one that is only older (after a git checkout) costs a comparison. They lie in
# .venv and depend on its interpreter, so that an environment that had to be made anew gets its packages back.
$(RUNTIME): requirements.lock $(PY)
	@$(call install,$<,$@)

$(DEV): requirements-dev.lock $(PY)
	@$(call install,$<,$@)
	@cp requirements.lock $(RUNTIME)

# An environment of its own: PyTorch weighs more than everything else together, and nobody who runs the proxy needs it.
$(TRAIN): requirements-train.lock
	@python=$$(scripts/find-python) && "$$python" -m venv $(TRAIN_VENV)
	@echo "Installing the packages of $< into $(TRAIN_VENV) (once; PyTorch is large)"
	@$(TRAIN_VENV)/bin/python -m pip --disable-pip-version-check --no-input install --quiet --no-deps --require-hashes --requirement $<
	@cp $< $@

install = cmp -s $(1) $(2) || { \
		echo "Installing the packages of $(1) (once, takes a minute or two)"; \
		$(PIP_INSTALL) --requirement $(1) || { \
			echo "pip could not install $(1); its message is above. It needs a package index: check the network, \
	or set PIP_INDEX_URL, PIP_PROXY or PIP_CERT for yours." >&2; exit 1; }; }; \
	cp $(1) $(2)

# npm is optional: without it, or without its registry, the Node part of the interoperability tests says that it is skipped.
$(NODE)/node_modules/.package-lock.json: $(NODE)/package-lock.json
	@echo "Installing the Node packages of $(NODE) (once)"
	@npm ci --prefix $(NODE) --no-audit --no-fund --loglevel=error && touch $@ || \
		echo "npm could not install them: the Node clients are not tested" >&2
