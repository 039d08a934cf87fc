"""Orderherald: Kafka in, decisions, Kafka out."""
