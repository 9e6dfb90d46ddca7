"""A demo payment provider: slow, repeats itself, answers in the wrong order, and cannot pay everyone."""
