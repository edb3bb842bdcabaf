"""Pieces that several kinds of objects share. All lengths in metres, in the frame of ``mesh`` (front towards -Y)."""
