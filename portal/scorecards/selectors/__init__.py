"""Reads of scorecards: who stands where and why, history, exemptions, initiatives."""
