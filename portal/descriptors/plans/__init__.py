"""What descriptors mean here, compared with what the catalogue holds. Pure."""
