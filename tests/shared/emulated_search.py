"""What the emulator answers after a web search: a text, its sources, and where both come."""

PROMPT = "Grüße 🥐! Did the telescope see croissants?"
TELESCOPE = "The telescope sent new pictures of a spiral galaxy this week."
CROISSANTS = "The café in Zürich bakes croissants 🥐 all day, for 2 € each."
SAID = 'You said: "Grüße 🥐! Did the telescope see croissants?"'
TEXT = f"{SAID} {TELESCOPE} {CROISSANTS}"
SPACE, ASTRONOMY = "https://example.com/space", "https://example.net/astronomy"
CAFE = "https://cafe.example.org/croissants"
# The shape of sources -> the fields of the reply that they come in.
SOURCE_FIELDS = {
    "openrouter": {"annotations"},
    "openai_flat": {"annotations"},
    "late": {"annotations"},
    "perplexity": {"citations", "search_results"},
    "gemini": {"groundingMetadata"},
    "gemini_snake": {"grounding_metadata"},
    "litellm": {"annotations", "vertex_ai_grounding_metadata"},
    "litellm_message": {"vertex_ai_grounding_metadata"},
    "anthropic": {"content_citations"},
}
