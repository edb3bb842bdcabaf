"""NVIDIA Isaac Sim: layouts as OpenUSD stages, rendered by Isaac's own Python in a process of its own."""
