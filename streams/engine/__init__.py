"""The unit of work: one fetched batch of one partition, folded and made durable in one transaction."""
