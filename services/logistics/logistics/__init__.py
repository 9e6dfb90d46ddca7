"""Logistics: stock over origin warehouses, shipments and tracking."""
