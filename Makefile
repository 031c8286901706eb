# Everything a newcomer types. `make demo` and `make test` need only Python 3.11 or newer.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
export TOKENIZERS_PARALLELISM := false
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo run test lint bench screenshots clean

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c "import sys; sys.exit('Python 3.11 or newer is needed; this is %s.' % sys.version.split()[0] if sys.version_info < (3, 11) else 0)"
	@sh resources/setup/qt_libraries.sh
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[development]'
	@echo "Compiling byte code, so that later starts are quick."
	@$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib studio workers resources main.py || true # templates inside packages do not compile
	@touch $(READY)

demo: setup
	$(BIN)/python main.py models get minilm
	$(BIN)/python main.py demo --window

run: setup
	$(BIN)/python main.py

test: setup lint
	$(BIN)/python main.py models get minilm
	$(BIN)/python main.py models get smollm2
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder --durations 20

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/basedpyright

bench: setup
	$(BIN)/python main.py models get minilm
	$(BIN)/python main.py models get smollm2
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.benchmarks

screenshots: setup
	$(BIN)/python main.py models get minilm
	$(BIN)/python main.py models get smollm2
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m studio.ui.screenshots docs/screenshots \
		--states answers-recipe-template,answers-runs-evaluation,answers-runs-try,answers-attention

clean:
	rm -rf $(VENV) build *.egg-info
