"""Plain values of what comes in: how it is named, which shapes it has, what is wrong with it."""

from portal.integrations.types.releases import external_id, source_label, tag_of

__all__ = ["external_id", "source_label", "tag_of"]
