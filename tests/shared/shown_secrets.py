"""Where an exception shows secrets: its words, the local variables of its frames, its request."""

import json
from collections.abc import Iterator, Mapping


def shown_in(error: BaseException, *secrets: str, skip: str) -> list[tuple[str, str]]:
    """The functions and names of local variables, and the attributes, that show a secret.

    Args:
        error: The exception; those behind it count as well.
        secrets: The secrets.
        skip: Part of the paths of files that may have them: those of the test itself.
    """
    return [
        (where, name)
        for one in _chain(error)
        for where, name, text in (*_words(one), *_locals(one, skip), *_request(one))
        if any(secret in text for secret in secrets)
    ]


def files_and_functions(error: BaseException) -> list[str]:
    """The functions in the tracebacks of an exception and of those behind it."""
    return [function for one in _chain(error) for function, _, _ in _frames(one)]


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    behind: list[BaseException | None] = [error]
    while behind:
        one = behind.pop()
        if one is not None and one not in found:
            found.append(one)
            behind += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
    return found


def _words(error: BaseException) -> Iterator[tuple[str, str, str]]:
    kind = type(error).__name__
    yield kind, "str", str(error)
    yield kind, "args", repr(error.args)
    yield kind, "vars", repr(vars(error))
    response = getattr(error, "response", None)
    yield kind, "response", repr((getattr(response, "text", ""), getattr(response, "headers", "")))


def _frames(error: BaseException) -> Iterator[tuple[str, str, dict[str, object]]]:
    entry = error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        yield code.co_qualname, code.co_filename, entry.tb_frame.f_locals
        entry = entry.tb_next


def _locals(error: BaseException, skip: str) -> Iterator[tuple[str, str, str]]:
    for function, file, variables in _frames(error):
        if skip not in file:
            for name, value in [*variables.items()]:
                yield function, name, _shown(value)


def _shown(value: object) -> str:
    """What error trackers show of a value: its repr, or what a mapping holds."""
    return json.dumps(dict(value), default=repr) if isinstance(value, Mapping) else repr(value)


def _request(error: BaseException) -> Iterator[tuple[str, str, str]]:
    try:
        request = getattr(error, "request", None)
    except RuntimeError:
        return
    headers = list(getattr(request, "headers", {}).items())
    yield type(error).__name__, "request", f"{request!r} {headers}"
    yield type(error).__name__, "request_info", repr(getattr(error, "request_info", None))
