"""Reasoning traces: what models write before they answer, and which failure modes rules,
a judge and people see in it."""
