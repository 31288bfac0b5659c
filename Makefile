# Two commands on a fresh machine with Python 3.11, Node 20 and make: `make run` and `make test`.
# PORT=8080 make run        another port
# DEBUG=true make run       with the developers' pages

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
# One more than there are cores: tests in a browser wait as much as they work.
JOBS ?= 3

.PHONY: run test bench check messages clean

run: $(VENV)/.run node_modules/.ready
	@PORT=$(PORT) $(BIN)/python deploy/run_local.py

# What is compiled is kept, whatever the environment says: ten seconds of every process.
test: $(VENV)/.dev node_modules/.ready
	DEBUG=true DATABASE_URL=sqlite:///:memory: $(BIN)/python manage.py build_assets --catalogues
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

bench: $(VENV)/.dev node_modules/.ready
	DEBUG=false SECRET_KEY=bench-0123456789-abcdefghijklmnopqrstuvwxyz-0123456789 SECRETS_KEYS=YmVuY2gta2V5LWJlbmNoLWtleS1iZW5jaC1rZXktMDE= ALLOWED_HOSTS=localhost SITE_URL=http://localhost EMAIL_URL=dummymail:// DATABASE_URL=sqlite:///:memory: $(BIN)/python manage.py build_assets --skip-npm
	$(BIN)/python -m bench $(ARGS)

check: $(VENV)/.dev node_modules/.ready
	PATH="$(CURDIR)/$(BIN):$$PATH" .ci/checks

# Collects new interface strings into the catalogue (needs GNU gettext).
messages: $(VENV)/.dev
	$(BIN)/python .ci/messages.py collect

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 is needed; set PYTHON=path") if sys.version_info[:2] != (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.run

node_modules/.ready: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

clean:
	rm -rf $(VENV) node_modules staticfiles var
