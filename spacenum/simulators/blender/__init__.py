"""The embedded simulator: Cycles through the ``bpy`` module, on any CPU, or on a GPU through CUDA or OptiX."""
