"""The rules of feedback, counters and notices: plain Python over states and messages."""
