"""What stands in scenes: packs of assets behind one manifest format, and the toolkit of the procedural one."""
