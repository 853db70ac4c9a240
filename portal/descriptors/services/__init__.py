"""Planning and applying of descriptors, and their synchronisation with repositories."""
