"""From items to answers: every model, VLM or baseline, behind one protocol (``spacenum.asking.base``)."""
