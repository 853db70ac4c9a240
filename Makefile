# What a developer types; `make` alone lists it. From elsewhere: make -C path/to/quarterdeck up

FITS := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3; do \
	$$python -c '$(FITS)' 2>/dev/null && echo $$python && break; done)
PY := .venv/bin/python
SERVERS := $(PY) -m portal.core.embedded
PIP := $(PY) -m pip install --quiet --disable-pip-version-check \
	--no-deps --no-compile --require-hashes
COMPILE := $(PY) -m uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-annotate --no-header
# What `check --deploy` wants to see; no server is asked.
PRODUCTION := DJANGO_SETTINGS_MODULE=portal.settings.prod ALLOWED_HOSTS=portal.example.com \
	DATABASE_URL=postgres://portal@db.example.com/portal \
	ENCRYPTION_KEYS=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))')

.DEFAULT_GOAL := help
.PHONY: help up reset install test check bench lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

up: .venv/base ## bring the portal up at http://127.0.0.1:8000 (PORT=...) until Ctrl-C
	@exec $(SERVERS) up $(if $(PORT),--port $(PORT))

reset: .venv/base ## remove the database, the queue and the keys, after asking
	@$(SERVERS) reset

install: .venv/dev ## make the virtual environment with all that tests and checks need

test: install ## run all tests: first those that drive a browser, then the others in parallel
	@status=0; \
	DJANGO_ALLOW_ASYNC_UNSAFE=1 $(PY) -m pytest -m e2e || status=$$?; \
	$(PY) -m pytest --numprocesses logical --dist worksteal || status=$$?; \
	exit $$status

check: install ## lint, types, layers, templates, migrations, settings, documentation
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy .
	.venv/bin/lint-imports
	git ls-files -z 'templates/*.html' | xargs -0 .venv/bin/djade --check --target-version 5.2
	$(PY) -m djlint --quiet --lint templates  # djade owns the format; the two fight over it
	$(PY) -W ignore manage.py makemigrations --check --settings portal.settings.test
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) -m pytest -q tests/docs

bench: install ## measure the promised limits at full size: 1,000,000 deployments
	@$(SERVERS) run bench $(PY) -m benchmarks $(ONLY)

lock: install ## compile requirements/*.in into the locked requirements/*.txt
	$(COMPILE) requirements/base.in --output-file requirements/base.txt
	$(COMPILE) requirements/dev.in --output-file requirements/dev.txt

# Another Python than the one of .venv was asked for: make .venv anew.
ifneq ($(filter command environment,$(origin PYTHON)),)
ifneq ($(shell $(PY) -V 2>&1),$(shell $(PYTHON) -V 2>&1))
.PHONY: $(PY)
endif
endif

$(PY):
	@test -n "$(PYTHON)" || { echo "Quarterdeck needs Python 3.11 or newer with venv." \
		"Debian: apt-get install python3 python3-venv. Or name one: make up PYTHON=..."; exit 1; }
	$(PYTHON) -m venv --clear .venv

.venv/base: requirements/base.txt $(PY)
	$(PIP) --requirement requirements/base.txt
	@touch $@

.venv/dev: requirements/dev.txt $(PY)
	$(PIP) --requirement requirements/dev.txt
	@touch .venv/base $@
