"""Who is told what, by which way: the inbox, contact ways, and deliveries that are not lost."""
