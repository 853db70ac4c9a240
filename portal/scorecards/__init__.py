"""Scorecards: levels of rules over the facts of applications, exemptions, history, initiatives."""
