"""How bright what is ours is in RTX, for lights and for surfaces that shine by themselves."""

from __future__ import annotations

import numpy as np

NITS_PER_RADIANCE = 1000.0
"""USD's light intensity for 1 W/m²/sr, so that a lit white wall is bright under Isaac's default exposure; ours."""
EMISSIVE_PER_RADIANCE = NITS_PER_RADIANCE * float(np.pi)
"""``emissiveColor`` that is as bright as a light of 1 W/m²/sr.

RTX draws preview surfaces with MDL materials. OmniPBR's source gives its emission no ``mode``, which MDL takes for
radiant exitance, and a diffuse surface of exitance M has the luminance M / pi; a light's intensity is its luminance.
That preview surfaces are like OmniPBR, and that the factor is right, fits what users found: either's emission must be
multiplied by 3000 to 4000 to look as its colour does (forums.developer.nvidia.com, topic 210354). Never seen by us.
"""
