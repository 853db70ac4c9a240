"""Scorecards as JSON, for pipelines and reports: reading alone."""
