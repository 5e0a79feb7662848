#!/usr/bin/env python3
"""The same chip with a mistake: a neuron fires above its threshold, not at it."""
from core import Chip, serve


class Broken(Chip):
    def fires(self, v, threshold):
        return v > threshold


serve(Broken, "broken-python-core")
