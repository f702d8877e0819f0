"""JSON as models write it: mistakes, and what stands around it."""

VALUE = {"city": "Rome\nItaly", "degrees": 22}
STRICT = '{"city": "Rome\\nItaly", "degrees": 22}'

# Each means `VALUE`.
MISTAKES = {
    "a raw line break": '{"city": "Rome\nItaly", "degrees": 22}',
    "a trailing comma": '{"city": "Rome\\nItaly", "degrees": 22,}',
    "a comment": '{"city": "Rome\\nItaly", // the place\n"degrees": 22}',
    "Python": "{'city': 'Rome\\nItaly', 'degrees': 22}",
    "names without quotes": '{city: "Rome\\nItaly", degrees: 22}',
    "a fence": '```json\n{"city": "Rome\\nItaly", "degrees": 22}\n```',
    "a bracket too many": '{"city": "Rome\\nItaly", "degrees": 22}}',
}
# Only in arguments.
ENCODED_TWICE = '"{\\"city\\": \\"Rome\\\\nItaly\\", \\"degrees\\": 22}"'
# Only in texts.
AROUND = {
    "prose": f"Here you are: {STRICT}. Anything else?",
    "prose and a fence": f"Here you are:\n\n```json\n{STRICT}\n```\n\nAnything else?",
    "reasoning": f'<think>{{"city": "Oslo"}}?</think>\n\n{STRICT}',
}
TRUNCATED = '{"city": "Rome\nIta'
