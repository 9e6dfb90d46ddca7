"""The rules of an order: plain Python over states and messages."""
