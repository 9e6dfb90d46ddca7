"""The Headwater kit: what every service stands on. It knows no business; read `processor.py` first."""
