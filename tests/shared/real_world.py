"""All situations by kind; see `situations`."""

from situations.answers import ANSWERS
from situations.bindings import BINDINGS
from situations.calls import CALLS
from situations.definitions import SENT
from situations.echoes import ECHOES
from situations.failures import FAILURES
from situations.histories import HISTORIES
from situations.objects import OBJECTS

REPLIES = [*ANSWERS, *CALLS]
KINDS = {
    "failures": FAILURES,
    "replies": REPLIES,
    "echoes": ECHOES,
    "histories": HISTORIES,
    "requests": SENT,
    "bindings": BINDINGS,
    "objects": OBJECTS,
}
