"""One line a check: ok, FAIL or skip, a tab, its name, a tab, why."""

import re
import sys


class Skipped(Exception):
    """The check does not apply."""


def line(word, name, why=""):
    why = re.sub(r"\s+", " ", str(why))[:400]
    print(f"{word}\t{name}\t{why}", flush=True)


def check(name):
    """Runs the decorated function as a check; what it raises fails it."""

    def run(work):
        try:
            work()
            line("ok", name)
        except Skipped as why:
            line("skip", name, why)
        except Exception as fault:  # whatever it is, it is reported and the next one runs
            line("FAIL", name, f"{type(fault).__name__}: {fault}")
        return work

    return run


def equal(found, wanted):
    assert found == wanted, f"expected {wanted!r}, found {found!r}"


def refused(kind, code, work):
    """The work must raise `kind`, and say `code`."""
    try:
        work()
    except kind as fault:
        said = f"{fault} {getattr(fault, 'content', '')}"
        assert code in said, f"expected {code}, got {said}"
        return fault
    raise AssertionError(f"expected {code}, nothing was raised")


if __name__ == "__main__":
    sys.exit("imported by the checks of each client")
