"""Providers of mail, one small file each."""
