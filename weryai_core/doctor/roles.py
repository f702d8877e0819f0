"""Chooses the model for each question: the one that was named, unless it lacks an ability."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from weryai_core.doctor.question import Role
from weryai_core.models import ModelInfo, model_info

DEFAULT_MODEL = "GPT_4_1"
"""Does not reason, so its answers are short. Its vendor knows all of OpenAI's parameters, so what
is refused is refused by the gateway."""

# A cheap model for each role. Of those that reason, GLM shows it.
_DEFAULTS: Mapping[Role, str] = {
    "main": DEFAULT_MODEL,
    "images": DEFAULT_MODEL,
    "search": "GEMINI_3_1_FLASH_LITE",
    "reasoning": "GLM_4_7_FLASH",
    "signatures": "GEMINI_3_1_FLASH_LITE",
    "fixed": "GPT_5",
}
# Whether a model can take a role, as far as the catalogue knows.
_FITS: Mapping[Role, Callable[[ModelInfo], bool | None]] = {
    "main": lambda info: True,
    "images": lambda info: info.image_inputs,
    "search": lambda info: info.web_search,
    "reasoning": lambda info: info.reasoning,
    "signatures": lambda info: info.key.startswith("GEMINI_3") and info.image_tool_message,
    "fixed": lambda info: "temperature" in info.fixed_parameters,
}
_ROOM = 1000  # tokens


@dataclass(frozen=True, slots=True)
class Roles:
    """The models of a run.

    Args:
        named: The model that the user named.
        listed: The models that the service lists; empty if that is not known.
    """

    named: str
    listed: Collection[str] = ()

    def model_for(self, role: Role) -> str:
        """The model for a role."""
        info = model_info(self.named)
        if role == "main" or (info is not None and _FITS[role](info)):
            return self.named
        others = [key for key in self.listed if (one := model_info(key)) and _FITS[role](one)]
        default = _DEFAULTS[role]
        return default if default in others or not others else others[0]


def room_for_reasoning(model: str) -> int:
    """Tokens that a model may need before its answer."""
    info = model_info(model)
    return 0 if info is not None and info.reasoning is False else _ROOM
