"""Poses, cameras, boxes and what follows from depth: pure numpy and scipy, no engine.

World: metres, right-handed, Z up. Camera: OpenCV's (x right, y down, z forward), pixel centres at half integers.
"""
