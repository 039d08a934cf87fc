"""How a claim becomes words: cleaning, links, formats and the templates' environment."""
