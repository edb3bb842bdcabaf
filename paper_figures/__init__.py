"""The paper's tables and figures: scores in, a CSV of exactly the plotted numbers, a PDF and a PNG out."""
