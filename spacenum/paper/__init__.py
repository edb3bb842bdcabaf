"""The reproduction report of a study, typeset as a PDF."""
