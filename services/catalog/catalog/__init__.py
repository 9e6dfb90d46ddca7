"""Catalog: suppliers, offers, SKUs and ladder prices."""
