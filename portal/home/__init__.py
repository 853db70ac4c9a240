"""Pages composed from the selectors of other apps; no models of its own."""
