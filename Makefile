# The two commands a newcomer needs: `make demo` and `make test`. Nothing to install by hand but Python and make.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: demo up test check format bench lock chromium clean

demo: $(VENV)/installed  ## the site with demo people, the sample benchmark and scored baselines
	@DEBUG=true PORT=$(PORT) exec $(BIN)/python manage.py up --demo

up: $(VENV)/installed  ## the site alone
	@PORT=$(PORT) exec $(BIN)/python manage.py up

test: $(VENV)/installed-for-work chromium  ## every test, on real PostgreSQL, Redis, a worker and a browser
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: $(VENV)/installed-for-work  ## lint, types, import contracts, migrations: under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	DEBUG=true PYTHONWARNINGS=ignore::RuntimeWarning $(BIN)/python manage.py makemigrations --check --dry-run
	DEBUG=true $(BIN)/mypy

format: $(VENV)/installed-for-work  ## put the code in house style
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/installed-for-work  ## speed, as ratios measured in one run
	@for each in bench/*.py; do echo "== $$each"; DEBUG=true $(BIN)/python $$each || exit 1; done

lock: $(VENV)/installed-for-work  ## pin what pyproject.toml asks for
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev -c requirements.lock -o requirements-dev.lock

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

clean:  ## forget the virtual environment; the data in .consilium stay
	rm -rf $(VENV)
