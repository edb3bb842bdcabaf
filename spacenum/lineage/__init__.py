"""From any output of a study back to what it was made from: by the meta files alone, with or without a workflow."""
