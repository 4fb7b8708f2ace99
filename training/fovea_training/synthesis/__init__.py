"""Implanted nodules, hard negatives and augmented patches."""
