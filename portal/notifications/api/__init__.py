"""The operations of the API on notices, contact ways and deliveries."""
