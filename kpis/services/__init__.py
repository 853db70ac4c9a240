"""State changes of the delivery facts and of what is computed from them."""
