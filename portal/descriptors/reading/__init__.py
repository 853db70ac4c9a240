"""Descriptor files as they are written: YAML, the format of the entities, references. Pure."""
