"""The rules of suppliers, offers and prices: plain Python over states and messages."""
