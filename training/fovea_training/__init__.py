"""Training of the models that Fovea runs: networks, data, synthesis, losses, loops, export.

Nothing at run time imports this package; it ends in a folder that the node reads (a model package).
"""
