"""Chat models behind an OpenAI-compatible address: what ``spacenum.models.openai`` and a served vLLM have in common."""
