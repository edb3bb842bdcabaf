"""Items: questions with options made from frames, their prompts, and the checks that a build must pass."""
