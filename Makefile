# `make demo` shows academico at work; `make check` and `make test` are what CI runs.
# Each makes the virtual environment that it needs: .venv as a user would, .venv-dev for development.
SHELL := /bin/bash
.DEFAULT_GOAL := help
DEV := .venv-dev/bin
SQL := alembic/sql/*.sql
WORKERS ?= 3
BENCH ?= build/bench.json
SBOM ?= build/sbom.cdx.json
COMPILE = $(DEV)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
    --no-annotate --custom-compile-command "make lock"

.PHONY: help demo test faults mutation bench dashboards check format lock audit sbom clean

help:
	@echo "make demo    install into .venv and run the demo"
	@echo "make faults  inflict every fault for longer, a line each (FAULT_SEED=N repeats a run)"
	@echo "make mutation  inject every kind of bad data, a line for each rule that must find it"
	@echo "make bench   measure it against the broker and the database (ARGS='--quick', '--only CASE')"
	@echo "make dashboards  write dashboards/*.json from tools/dashboards"
	@echo "make check   format, lint, types, imports, SQL of migrations, Docker's files, package"
	@echo "make test    install what tests need, then run them all (ARGS='-k name' to choose)"
	@echo "make format  let ruff rewrite what it can"
	@echo "make lock    lock the dependencies anew, of users and of development"
	@echo "make audit   compare both locks with the known vulnerabilities"
	@echo "make sbom    write what a user's installation is made of, as CycloneDX"
	@echo "make clean   delete virtual environments, builds and caches"

demo:
	@.ci/venv .venv
	@.venv/bin/academico demo

test:
	@.ci/venv .venv-dev dev
	@.ci/services
	@$(DEV)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

faults:
	@.ci/venv .venv-dev dev
	@.ci/services
	@FAULTS=long $(DEV)/python -m pytest tests/faults -q $(ARGS)

mutation:
	@.ci/venv .venv-dev dev
	@.ci/services
	@$(DEV)/python -m pytest tests/mutation -q $(ARGS)

bench:
	@.ci/venv .venv-bench
	@.ci/services
	@.venv-bench/bin/python -m pip install --quiet -r benchmarks/requirements.txt \
	    || echo "aio-pika cannot be installed: the case peer is skipped" >&2
	@.venv-bench/bin/python -m benchmarks --output $(BENCH) $(ARGS)

dashboards:
	@.ci/venv .venv-dev dev
	@$(DEV)/python -m tools.dashboards

check:
	@.ci/venv .venv-dev dev
	$(DEV)/ruff format --check .
	$(DEV)/ruff check .
	$(DEV)/mypy
	$(DEV)/lint-imports
	$(DEV)/squawk $(SQL)
	$(DEV)/hadolint compose/Dockerfile
	$(DEV)/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose/docker-compose.yml
	@ACADEMICO_SECRETS=/run/secrets $(DEV)/docker-compose --file compose/docker-compose.yml --env-file .env.example config --quiet
	$(DEV)/python -m build --no-isolation --outdir build/dist . > build.log 2>&1 || { cat build.log; exit 1; }
	@rm -f build.log

format:
	@.ci/venv .venv-dev dev
	$(DEV)/ruff check --fix .
	$(DEV)/ruff format .

lock:
	@.ci/venv .venv-dev dev
	$(DEV)/python -m pip install --quiet uv
	$(COMPILE) $(ARGS) pyproject.toml --group dev -o requirements-dev.lock
	$(COMPILE) $(ARGS) pyproject.toml -c requirements-dev.lock -o requirements.lock

audit:
	@.ci/venv .venv-dev dev
	@$(DEV)/python .ci/audit requirements.lock requirements-dev.lock

sbom:
	@.ci/venv .venv-dev dev
	@mkdir -p $(dir $(SBOM))
	@$(DEV)/python -W ignore::UserWarning -m cyclonedx_py requirements requirements.lock \
	    --pyproject pyproject.toml --mc-type application --sv 1.6 --of JSON \
	    --output-reproducible --validate -o $(SBOM)

clean:
	rm -rf .venv .venv-dev .venv-bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
