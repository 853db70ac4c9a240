"""Pages of the inbox, contact ways, preferences and the log of deliveries."""
