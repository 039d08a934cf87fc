"""A shop living on one machine: broker, shops' events, mail and SMS sinks, and a page to read them."""
