"""Where an exception shows secrets: the local variables of its frames, and its request."""

from collections.abc import Iterator


def shown_in(error: BaseException, *secrets: str, skip: str) -> list[tuple[str, str]]:
    """The functions and names of local variables whose repr has one of the secrets.

    Args:
        error: The exception; those behind it count as well.
        secrets: The secrets.
        skip: Part of the paths of files that may have them: those of the test itself.
    """
    return [
        (where, name)
        for one in _chain(error)
        for where, name, text in (*_locals(one, skip), *_headers(one))
        if any(secret in text for secret in secrets)
    ]


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    behind: list[BaseException | None] = [error]
    while behind:
        one = behind.pop()
        if one is not None and one not in found:
            found.append(one)
            behind += [one.__cause__, one.__context__]
    return found


def _locals(error: BaseException, skip: str) -> Iterator[tuple[str, str, str]]:
    entry = error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        if skip not in code.co_filename:
            for name, value in [*entry.tb_frame.f_locals.items()]:
                yield code.co_qualname, name, repr(value)
        entry = entry.tb_next


def _headers(error: BaseException) -> Iterator[tuple[str, str, str]]:
    try:
        request = getattr(error, "request", None)
    except RuntimeError:
        return
    yield type(error).__name__, "request", repr(list(getattr(request, "headers", {}).items()))
    yield type(error).__name__, "request_info", repr(getattr(error, "request_info", None))
