"""What the daemon shows by HTTP: operations, and the timeline pages for sellers."""
