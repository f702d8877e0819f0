"""Answers that are errors, and the errors they become."""

import json

from weryai_core.reply.outcome.error_body import error_from_response
from weryai_core.secrets.redact import Secrets

KEY = "sk-0123456789abcdef0123456789abcdef"


def envelope(code, message=None, **more):
    return {"status": code, "desc": "failed", "message": message, "data": None, **more}


def to_error(status, body, headers=None, api_key=""):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return error_from_response(status, headers or {}, body, secrets=Secrets(api_key))
