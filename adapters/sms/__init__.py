"""Providers of short messages, one small file each."""
