"""LangChain's standard integration tests, as published, against the emulator. None is skipped.

All of them run twice: with tools sent as such and with tools in the prompt. The tests of structured
output run again for each method that a user can name. "json_mode" is not among these methods: it
does not send the schema, and only the question of `test_json_mode` names its keys.

The files that the tests download are made here, and no connection leaves the machine.
`test_stream_time` measures a stream from a cassette. Record it again with
`pytest -k stream_time --record-mode=rewrite`.
"""

import io
import struct
import wave
import zlib
from types import SimpleNamespace

import pytest
from langchain_core.messages import AIMessage
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.integration_tests import chat_models as standard
from langchain_tests.unit_tests.chat_models import ChatModelTests

from langchain_weryai import ChatWeryAI

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.default_cassette("stream_time"),
    # Nothing is measured while the cassette is recorded.
    pytest.mark.filterwarnings("ignore::pytest_benchmark.logger.PytestBenchmarkWarning"),
]


def png():
    """A red dot."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\0\0")
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def wav():
    """A tenth of a second of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(bytes(1600))
    return file.getvalue()


def pdf():
    """An empty page."""
    body, offsets = b"%PDF-1.4\n", []
    for number, fields in enumerate(
        (
            b"/Type /Catalog /Pages 2 0 R",
            b"/Type /Pages /Kids [3 0 R] /Count 1",
            b"/Type /Page /Parent 2 0 R /MediaBox [0 0 72 72]",
        ),
        start=1,
    ):
        offsets.append(len(body))
        body += b"%d 0 obj << %s >> endobj\n" % (number, fields)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer << /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + b"xref\n0 4\n" + table + trailer


FILES = {".png": png(), ".pdf": pdf(), ".wav": wav()}


def serve(url, **_):
    """Return a file in place of its download."""
    return SimpleNamespace(content=FILES[url[-4:]])


class Abilities:
    """What the tests need to know of the model: every ability is claimed."""

    @pytest.fixture(autouse=True)
    def _offline(self, weryai_emulator, monkeypatch):
        type(self).emulator = weryai_emulator
        monkeypatch.setattr(standard, "httpx", SimpleNamespace(get=serve))
        monkeypatch.setenv("LANGCHAIN_TESTS_USER_AGENT", "none: nothing is downloaded")

    @property
    def chat_model_class(self):
        return ChatWeryAI

    @property
    def chat_model_params(self):
        return {
            "model": "GEMINI_25_FLASH",
            "api_key": "test-key",
            "base_url": self.emulator.base_url,
        }

    has_tool_calling = True
    has_tool_choice = True
    has_structured_output = True
    supports_json_mode = True
    supports_image_inputs = True
    supports_image_urls = True
    supports_pdf_inputs = True
    supports_audio_inputs = True
    supports_video_inputs = True
    supports_image_tool_message = True
    supports_pdf_tool_message = True
    supports_anthropic_inputs = True
    supports_model_override = True
    model_override_value = "GPT_4O"
    returns_usage_metadata = True
    enable_vcr_tests = True

    @property
    def supported_usage_metadata_details(self):
        details = [
            "audio_input",
            "audio_output",
            "reasoning_output",
            "cache_read_input",
            "cache_creation_input",
        ]
        return {"invoke": details, "stream": details}

    def invoke_with_audio_input(self, *, stream=False):
        sound = {"type": "audio", "url": "data:audio/wav;base64,UklGRg=="}
        message = self._ask(
            [("human", [{"type": "text", "text": "Describe this."}, sound])], stream
        )
        assert message.usage_metadata["input_token_details"]["audio"] > 0
        return message

    def invoke_with_audio_output(self, *, stream=False):
        message = self._ask("Hello", stream, modalities=["text", "audio"], audio={"format": "wav"})
        assert message.additional_kwargs["audio"]["transcript"]
        assert message.usage_metadata["output_token_details"]["audio"] > 0
        return message

    def invoke_with_reasoning_output(self, *, stream=False):
        message = self._ask("Hello", stream, reasoning_effort="high")
        assert message.content_blocks[0]["type"] == "reasoning"
        assert message.usage_metadata["output_token_details"]["reasoning"] > 0
        return message

    def invoke_with_cache_read_input(self, *, stream=False):
        # A prompt is cached from 1,024 tokens on.
        prompt = "Summarize this text. " + "It goes on and on. " * 250
        self._ask(prompt, stream, max_tokens=10)
        message = self._ask(prompt, stream, max_tokens=10)
        assert message.usage_metadata["input_token_details"]["cache_read"] >= 1024
        return message

    def invoke_with_cache_creation_input(self, *, stream=False):
        text = "Be brief. " * 400
        mark = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
        message = self._ask([("system", [mark]), ("human", "Hello")], stream)
        assert message.usage_metadata["input_token_details"]["cache_creation"] > 0
        return message

    def _ask(self, question, stream, **parameters):
        model = ChatWeryAI(**self.chat_model_params)
        if not stream:
            return model.invoke(question, **parameters)
        first, *rest = model.stream(question, **parameters)
        message = sum(rest, start=first)
        assert isinstance(message, AIMessage)
        return message


class TestChatWeryAI(Abilities, ChatModelIntegrationTests):
    """All tests. Structured output uses the method that the model's profile suggests."""


class TestToolsInThePrompt(Abilities, ChatModelIntegrationTests):
    """All tests, without sending `tools`."""

    @property
    def chat_model_params(self):
        return {**super().chat_model_params, "tool_calling": "prompted"}


class StructuredOutputTests(Abilities, ChatModelTests):
    """The tests that `structured_output_kwargs` changes."""

    test_structured_output = ChatModelIntegrationTests.test_structured_output
    test_structured_output_async = ChatModelIntegrationTests.test_structured_output_async
    test_structured_output_pydantic_2_v1 = (
        ChatModelIntegrationTests.test_structured_output_pydantic_2_v1
    )
    test_structured_output_optional_param = (
        ChatModelIntegrationTests.test_structured_output_optional_param
    )


class TestJsonSchema(StructuredOutputTests):
    structured_output_kwargs = {"method": "json_schema"}  # noqa: RUF012  # as the suite has it


class TestFunctionCalling(StructuredOutputTests):
    structured_output_kwargs = {"method": "function_calling"}  # noqa: RUF012


class TestPrompted(StructuredOutputTests):
    structured_output_kwargs = {"method": "prompted"}  # noqa: RUF012


def test_every_test_of_structured_output_runs_for_each_method():
    published = [name for name in dir(ChatModelIntegrationTests) if "structured_output" in name]
    tests = {name for name in published if name.startswith("test_")}
    assert tests == {name for name in dir(StructuredOutputTests) if name in tests}
