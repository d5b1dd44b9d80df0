# make demo    talk to the bot: a throw-away database, a small IRC server and a prompt
# make test    every check, as the CI runs it
# make lint    format, style and types alone
# make score   how well recaps are read, against the labels beside this repository
# make bench   speed and size; QUICK=1 with a tenth of the recaps
# make lock    the lock files from pyproject.toml; UPGRADE=--upgrade takes the newest of everything

PYTHON_FILES = bot tests tools
RUN = .venv/bin/python -m

.PHONY: demo test lint score bench lock
.NOTPARALLEL:

demo:
	@tools/environment.sh requirements.lock
	@$(RUN) bot demo

test: lint
	@$(RUN) tests.servers.packages
	@$(RUN) pytest --quiet

lint:
	@tools/environment.sh requirements-dev.lock
	@$(RUN) ruff format --check --quiet $(PYTHON_FILES) || { echo 'Please run: .venv/bin/ruff format $(PYTHON_FILES)'; exit 1; }
	@$(RUN) ruff check --quiet $(PYTHON_FILES)
	@$(RUN) mypy

SCORE = ../shared/tools/score_extraction.py
score:
	@tools/environment.sh requirements-dev.lock
	@test -e $(SCORE) || { echo 'The labels and their measure are not here: $(SCORE)'; exit 1; }
	@echo 'The recaps of seeds/:'
	@.venv/bin/python $(SCORE) --gold ../shared/gold/seeds --docs seeds -- $(RUN) bot extract
	@echo 'Recaps of authors whom the seeds do not know:'
	@.venv/bin/python $(SCORE) --gold ../shared/gold/more --docs ../shared/recaps -- $(RUN) bot extract

bench:
	@tools/environment.sh requirements-dev.lock
	@$(RUN) tests.servers.packages
	@$(RUN) tools.bench

# uv resolves for every Python and platform at once, which pip cannot; it lives in a throw-away environment.
lock:
	@rm -rf .cache/uv && python3 -m venv .cache/uv && .cache/uv/bin/pip install -qq --disable-pip-version-check uv
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@rm -rf .cache/uv
LOCK = .cache/uv/bin/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml
