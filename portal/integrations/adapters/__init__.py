"""Readers of what lies outside the portal: git repositories."""
