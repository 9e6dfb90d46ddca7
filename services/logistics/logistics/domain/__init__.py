"""The rules of stock, promise and shipments: plain Python over states and messages."""
