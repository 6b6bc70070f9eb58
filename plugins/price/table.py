"""Makes table.tsv from LiteLLM's list of models, a JSON file inside its wheel.

    python3 plugins/price/table.py path/to/model_prices_and_context_window_backup.json \\
        --source 'LiteLLM 1.81.3, model_prices_and_context_window_backup.json (MIT)' --date 2026-01-25 > plugins/price/table.tsv

Names, numbers and flags are taken, no texts. What was left out, and why, is told on standard error. Standard library alone.
"""

import argparse
import json
import sys

MODES = {"chat", "completion", "responses", "embedding"}

PRICES = [  # column, LiteLLM's key; USD per token
    ("input", "input_cost_per_token"),
    ("output", "output_cost_per_token"),
    ("cached_input", "cache_read_input_token_cost"),
    ("cache_write", "cache_creation_input_token_cost"),
    ("reasoning", "output_cost_per_reasoning_token"),
]
SIZES = [("max_input", "max_input_tokens"), ("max_output", "max_output_tokens")]  # tokens
CAPABILITIES = [  # the word in the last column, LiteLLM's key
    ("tools", "supports_function_calling"),
    ("vision", "supports_vision"),
    ("schema", "supports_response_schema"),
    ("streaming", "supports_native_streaming"),
    ("caching", "supports_prompt_caching"),
    ("reasoning", "supports_reasoning"),
]

# The dearest real price is 600 dollars per million tokens. A row above a thousand states its price per thousand tokens
# or per hundred thousand, and one wrong figure says nothing good of its neighbours: none of that row's prices is taken.
DEAREST = 0.001


def number(entry, key):
    """The number at key, None when there is none."""
    value = entry.get(key)
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def usd(value):
    """Shortest text that reads back as the same float; '0' is a stated price of nothing."""
    return "" if value is None else repr(float(value)).removesuffix(".0")


def size(value):
    """Whole tokens; LiteLLM writes 0 where it does not know, and a model that takes nothing is no model."""
    return str(int(value)) if value else ""


def fields(name, entry):
    """The columns of one row, or None for what is no model of text or says nothing."""
    prices = [number(entry, key) for _, key in PRICES]
    mode = entry.get("mode")
    if mode not in MODES and not (mode is None and any(p is not None for p in prices[:2])):
        return None
    if any(p is not None and not 0 <= p <= DEAREST for p in prices):
        print(f"{name}: its prices are left out, {prices[:2]} USD per token cannot be", file=sys.stderr)
        prices = [None] * len(PRICES)
    words = ["+-"[entry[key] is False] + word for word, key in CAPABILITIES if isinstance(entry.get(key), bool)]
    facts = [usd(p) for p in prices] + [size(number(entry, key)) for _, key in SIZES] + [" ".join(words)]
    if not any(facts):
        print(f"{name}: left out, it states neither a price nor a size nor a capability", file=sys.stderr)
        return None
    row = [name, entry["litellm_provider"], *facts]
    if any(c in field for field in row for c in "\t\r\n"):
        raise ValueError(f"{name!r} would break its row")
    return row


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("path")
    arguments.add_argument("--source", required=True, help="where the figures are from, with its licence")
    arguments.add_argument("--date", required=True, help="when that was released, YYYY-MM-DD")
    options = arguments.parse_args()

    with open(options.path, encoding="utf-8") as file:
        entries = json.load(file)
    del entries["sample_spec"]  # explains the keys
    rows = sorted(filter(None, (fields(name, entry) for name, entry in entries.items())))
    columns = ["name", "provider", *(column for column, _ in PRICES + SIZES), "capabilities"]
    lines = [f"# source: {options.source}", f"# date: {options.date}", *("\t".join(row) for row in [columns, *rows])]
    sys.stdout.buffer.write(("\n".join(lines) + "\n").encode())


if __name__ == "__main__":
    main()
