"""Checks a complete answer against what its request requires, where nobody behind us does.

An agent that gets no call, or none that can be run, ends without a word or asks the model again
without end. A program that makes an object of an answer takes `{"error": "I cannot."}` for an
object of defaults if no field is required. Such answers are errors that carry the answer, however
it ended.
"""

from __future__ import annotations

from collections.abc import Mapping

from weryai_core.chunk import Choice, Chunk, ToolCallDelta
from weryai_core.errors import StructuredOutputError, ToolCallError
from weryai_core.json_text import find_json, parse_arguments, read_json
from weryai_core.reply.outcome.finish_reasons import explain_end, meaning_of
from weryai_core.reply_options import ReplyOptions
from weryai_core.schemas.answers import AnswerShape, to_shape

_MOST_SHOWN = 200  # characters of the answer in the message


def check_answer(answer: Chunk, options: ReplyOptions) -> None:
    """Check what a request requires of a complete answer.

    Raises:
        ToolCallError: It lacks the required call, or its calls cannot be run.
        StructuredOutputError: It does not follow the schema.
    """
    if options.checks_arguments:
        _check_arguments(answer)
    if options.requires_call:
        _check_required_call(answer, options)
    for choice in answer.choices if options.checks_answer or options.answer_tools else ():
        _check_text(choice, answer, options)
        _check_calls(choice, answer, options)


def has_unreadable_calls(choice: Choice) -> bool:
    """Whether a choice has tool calls, and none of them has readable arguments."""
    return bool(choice.tool_calls) and not any(map(_is_readable, choice.tool_calls))


def shown(text: str) -> str:
    """A text for an error, its beginning if it is long."""
    return f"{text[:_MOST_SHOWN]}..." if len(text) > _MOST_SHOWN else text


def _check_arguments(answer: Chunk) -> None:
    """Check that an answer with tool calls has one that can be run.

    The arguments of the others are not lost: frameworks report them to the model together with the
    results of the calls that were run.

    Raises:
        ToolCallError: It has none. It is retried, unless the answer was truncated or blocked.
    """
    if not answer.choices or not all(map(has_unreadable_calls, answer.choices)):
        return
    choice = answer.choices[0]
    call, end = choice.tool_calls[0], explain_end(choice.finish_reason)
    advice = "The answer {}. {}".format(*end) if end else "Ask again, or use another model."
    error = ToolCallError(
        f"The arguments of the tool call {call.name!r} are not a JSON object: "
        f"{shown(call.arguments)!r}. {advice} check_arguments=False returns such calls.",
        status_code=200,
        partial=answer,
    )
    error.is_retryable = end is None  # it is an accident of the sampling
    raise error


def _is_readable(call: ToolCallDelta) -> bool:
    return parse_arguments(call.arguments) is not None


def _check_required_call(answer: Chunk, options: ReplyOptions) -> None:
    """Check that an answer has the tool call that its request required.

    Raises:
        ToolCallError: No choice has one, and none is a refusal that may take its place.
    """
    if any(choice.tool_calls for choice in answer.choices):
        return
    refusal = "".join(choice.refusal for choice in answer.choices)
    if refusal and not options.refuses_refusals:
        return
    end = explain_end(answer.choice.finish_reason)
    if refusal:
        what, advice = "the model refused", "Rephrase the request, or use another model."
    elif end:
        what, advice = f"the answer {end[0]}", end[1]
    elif not options.is_forced:
        what = "the answer has none"
        advice = "The model rejects a forced call, and chose to answer in words. Use another model."
    elif options.reads_calls_from_text:
        what = "the answer has none"
        advice = "The model does not follow the instructions in the prompt; another model may."
    else:
        what = "the answer has none"
        advice = (
            'The model or the gateway may not know `tools`: tool_calling="prompted" puts them into '
            "the prompt."
        )
    error = ToolCallError(
        f"The request requires a tool call (`tool_choice`), but {what}: "
        f"{shown(refusal or answer.text)!r}. {advice}",
        status_code=200,
        partial=answer,
    )
    error.is_retryable = not (refusal or end or options.is_forced)  # it may choose otherwise
    raise error


def _check_text(choice: Choice, answer: Chunk, options: ReplyOptions) -> None:
    """Check the text of an answer to a schema.

    Raises:
        StructuredOutputError: It is not JSON, not an object, or has no field of the schema; or the
            answer is a refusal.
    """
    is_call = bool(choice.tool_calls) and not has_unreadable_calls(choice)
    if options.answer_schema is None or not options.checks_answer or is_call:
        return
    shape = to_shape(options.answer_schema)
    if choice.refusal:
        raise StructuredOutputError(
            f"The model refused: {choice.refusal}", status_code=200, partial=answer
        )
    try:
        value = read_json(find_json(choice.text))
    except ValueError as error:
        end = explain_end(choice.finish_reason)
        advice = "It {}. {}".format(*end) if end else ""
        reason = ValueError(f"it is not JSON ({error})")
        raise _of_schema(shape, reason, choice.text, answer, advice) from error
    if not shape.is_wrapped:
        _check_fields(shape, value, choice.text, answer)


def _check_calls(choice: Choice, answer: Chunk, options: ReplyOptions) -> None:
    """Check the arguments of calls that are answers to a schema.

    Those of a schema with a required field are checked only if the request says that nobody else
    does: a program that makes an object of them misses that field, and may ask the model again.

    Raises:
        StructuredOutputError: They have no field of the schema. It is retried if nobody corrects
            the model.
    """
    schemas = options.answer_schemas()
    for call in choice.tool_calls:
        if call.name not in schemas:
            continue
        shape, value = to_shape(schemas[call.name], name=call.name), parse_arguments(call.arguments)
        is_others = bool(shape.required) and not options.checks_answer
        if value is not None and not (is_others or shape.is_wrapped):
            try:
                _check_fields(shape, value, call.arguments, answer)
            except StructuredOutputError as error:
                error.is_retryable = options.checks_answer
                raise


def _check_fields(shape: AnswerShape, value: object, text: str, answer: Chunk) -> None:
    try:
        if not isinstance(value, Mapping):
            raise ValueError("it is not a JSON object")
        shape.check(value)
    except ValueError as error:
        raise _of_schema(shape, error, text, answer) from error


def _of_schema(
    shape: AnswerShape, reason: ValueError, text: str, answer: Chunk, advice: str = ""
) -> StructuredOutputError:
    message = (
        f"The answer does not follow the schema of {shape.name}: {reason}. The answer is "
        f"{shown(text)!r}. {advice}"
    )
    return StructuredOutputError(message.strip(), status_code=200, partial=answer)


def is_answered(choice: Choice, options: ReplyOptions) -> bool:
    """Whether a choice holds an answer to a schema, in its text or in a call.

    Arguments that another tool of the request takes are in doubt: their call may have lost its
    name.
    """
    answers, names = options.answer_schemas(), options.tool_names
    others = [
        to_shape(schema)
        for name, schema in options.tools.items()
        if names.get(name, name) not in answers
    ]
    written = [
        (to_shape(answers[call.name], name=call.name), call.arguments)
        for call in choice.tool_calls
        if call.name in answers
    ]
    if options.answer_schema is not None:
        written.append((to_shape(options.answer_schema), choice.text))
    return any(
        not shape.names.isdisjoint(value)
        and not any(other.required <= value.keys() <= other.names for other in others)
        for shape, text in written
        if (value := parse_arguments(text))
    )


def unreadable_call(choice: Choice, answer: Chunk, options: ReplyOptions) -> ToolCallError:
    """The error of a choice that ends in a call that cannot be made."""
    said = choice.text if choice.text.strip() else choice.reasoning
    is_truncated = meaning_of(choice.finish_reason) == "truncated"
    if is_truncated:
        what, advice = "was truncated in", "Raise `max_tokens`."
    elif options.forbids_calls:
        what, advice = "is", "The request forbids calls (`tool_choice`). Ask again."
    elif options.tools:
        what, advice = "holds", "Ask again, or use another model."
    else:
        what, advice = "is", "The request has no tools: pass `tools`, or ask again."
    error = ToolCallError(
        f"The answer {what} a tool call in its model's own form that cannot be read: "
        f"{shown(said)!r}. {advice}",
        status_code=200,
        partial=answer,
    )
    error.is_retryable = not is_truncated  # it is an accident of the sampling
    return error
