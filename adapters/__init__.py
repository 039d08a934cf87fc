"""The outside world: providers, templates, calendars. Imports the domain and nothing else of ours."""
