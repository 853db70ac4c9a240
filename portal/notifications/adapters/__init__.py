"""What leaves the portal: addresses, hosts that may be asked, sending; and the rows of the outbox."""
