"""The frame of the client programs: each check prints "ok NAME"; an exception in one fails the program."""

import sys
import traceback

CHECKS = []


def check(function):
    """Marks a function as a check; it is called with the base URL."""
    CHECKS.append(function)
    return function


def raises(kind, call):
    """Calls, and returns the error, which must be of exactly this class."""
    try:
        call()
    except Exception as error:
        assert type(error) is kind, f"raised {type(error).__name__} ({error}), expected {kind.__name__}"
        return error
    raise AssertionError(f"raised nothing, expected {kind.__name__}")


def equal(got, want):
    assert got == want, f"is {got!r}, expected {want!r}"


def main():
    url = sys.argv[1]
    failed = 0
    for function in CHECKS:
        try:
            function(url)
            print("ok", function.__name__, flush=True)
        except Exception:
            failed += 1
            print("FAILED", function.__name__, flush=True)
            traceback.print_exc(file=sys.stdout)
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} checks passed", flush=True)
    sys.exit(1 if failed else 0)
