"""Serves timings: one JSON request a line on stdin, one JSON answer a line on stdout, until stdin closes."""
import json
import sys
import time


def timed(action, repeats):
    """Milliseconds that one of `repeats` calls of `action` takes."""
    start = time.perf_counter()
    for _ in range(repeats):
        action()
    return (time.perf_counter() - start) * 1e3 / repeats


def serve(handlers):
    """Answers `{"do": name, ..}` with the dictionary `handlers[name](request)`, an exception with `{"error": text}`."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = handlers[request["do"]](request)
        except Exception as error:  # reported to the benchmark, which stops
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
